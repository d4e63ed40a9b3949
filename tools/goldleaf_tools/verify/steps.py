"""Steps and the times at which they are allowed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from goldleaf.feed import Logged

from .findings import Check, Verdict

# The time of a block by its number, unix seconds.
Clock: TypeAlias = Callable[[int], int]
# The hash of a block by its number, 32 bytes.
Hashes: TypeAlias = Callable[[int], bytes]


def within(
    name: str, rule: str, logged: Logged, clock: Clock | None, start: int | None = None, end: int | None = None
) -> Check:
    """Whether a step was taken in `[start, end)`, unix seconds; None: no bound."""
    if clock is None:
        return Check(name, rule, "in its time", None, Verdict.UNTOLD, logged.transaction)
    low = "" if start is None else f"from {_show(start)}"
    high = "" if end is None else f"before {_show(end)}"
    expected = " and ".join(part for part in (low, high) if part)
    time = clock(logged.block)
    fits = (start is None or time >= start) and (end is None or time < end)
    return Check(name, rule, expected, _show(time), Verdict.OK if fits else Verdict.BROKEN, logged.transaction)


def _show(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
