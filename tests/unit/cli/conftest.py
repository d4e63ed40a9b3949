"""Fixtures of several tests."""

from tests.shell import liar, shell  # noqa: F401
