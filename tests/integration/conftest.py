"""Fixtures of several tests."""

from tests.databases import server, url  # noqa: F401
