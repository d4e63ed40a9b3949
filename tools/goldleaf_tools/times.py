"""Times for people."""

from datetime import UTC, datetime


def show_time(time: int) -> str:
    """A time, unix seconds, with the zone."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
