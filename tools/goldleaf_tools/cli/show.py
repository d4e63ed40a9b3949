"""Values as people read them, and as JSON."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

from goldleaf.ids import name_challenge, name_gold_dispute, name_submission
from goldleaf.types import Seat

from ..times import show_time

# Numbers above it lose digits in programs that read JSON's numbers as floats; they are written as strings.
LARGEST_NUMBER = 2**53

# Ids as they are typed: TASK/SLOT, TASK/SLOT/NUMBER, TASK/BATCH/NUMBER.
submission, challenge, gold_dispute = name_submission, name_challenge, name_gold_dispute


def to_json(value: Any) -> Any:
    """A value of the SDK as JSON: base units, unix seconds, 0x-hex, names of states; large integers as strings."""
    if isinstance(value, Enum):
        return value.name
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_NUMBER else str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if dataclasses.is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, range):
        return {"start": value.start, "stop": value.stop}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    return str(value)


def whole(units: int, decimals: int) -> str:
    """An amount of base units in whole tokens, exactly: no float and no rounding in between."""
    sign = "-" if units < 0 else ""
    tokens, rest = divmod(abs(units), 10**decimals)
    places = f"{rest:0{decimals}d}".rstrip("0") if rest else ""
    return f"{sign}{tokens:,}" + (f".{places}" if places else "")


def period(seconds: int) -> str:
    """A length of time in its two largest units."""
    units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]
    parts = []
    for name, length in units:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def percent(share: Fraction) -> str:
    """A share in percent, to a digit behind the point."""
    return f"{float(100 * share):.1f} %"


def until(time: int, now: int) -> str:
    """A time and how far away it is."""
    return f"{show_time(time)} (in {period(time - now)})" if time > now else f"{show_time(time)} (passed)"


def seat_state(seat: Seat, now: int) -> str:
    """What becomes of a juror's seat next."""
    if seat.leaves_at > now:
        return f"leaves at {show_time(seat.leaves_at)}"
    if seat.leaves_at:
        return "leaves with the next draw" if seat.listed else "leaves once its rounds are settled"
    if seat.listed:
        return "may be drawn"
    if seat.reserved == seat.reserves:
        return "full until a round is settled"
    return "make it ready" if now >= seat.ready_from else f"to be made ready from {show_time(seat.ready_from)}"


def items(numbers: "range | tuple[int, ...] | list[int]") -> str:
    """Item numbers, runs of them joined: `0-4, 7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
