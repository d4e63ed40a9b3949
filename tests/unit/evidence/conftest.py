"""Fixtures of several tests."""

from tests.in_process import deployed, play, world  # noqa: F401
