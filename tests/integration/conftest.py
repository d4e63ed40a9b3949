"""Fixtures of several tests."""

from tests.databases import server, url  # noqa: F401
from tests.shell import shell  # noqa: F401
