"""Values as people write them, to those that contracts take; and back, in messages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation
from typing import TypeAlias

from .. import errors
from .._encoding.address import checksum
from ..signing.credentials import SignedCredential
from ..types import Amount as Amount
from ..types import Moment as Moment
from ..types import Period as Period
from .asks import Flow
from .core import now, view_at

# What a gate wants to see: a credential, or what a gate of another kind takes.
GateData: TypeAlias = bytes | SignedCredential

# Whatever the program's own context is, no digit of an amount is rounded away.
_MAX_DIGITS = 100
_EXACT = Context(prec=_MAX_DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact, InvalidOperation])

MAX_URI_BYTES = 256
MAX_GATE_DATA_BYTES = 1024


def base_units(amount: Amount, token: str) -> Flow[int]:
    """An amount in base units. A Decimal counts whole tokens, by the token's own `decimals`."""
    if isinstance(amount, int) and not isinstance(amount, bool):
        return amount
    if not isinstance(amount, Decimal):
        raise errors.ArgumentError(f"{amount!r} is no amount: give an int (base units) or a Decimal (whole tokens)")
    decimals = yield from view_at(int, "ERC20", token, "decimals")
    try:
        units = _EXACT.to_integral_exact(_EXACT.scaleb(amount, decimals))
    except Inexact as error:
        raise errors.ArgumentError(f"{amount} has more places than the {decimals} of the token") from error
    except ArithmeticError as error:
        raise errors.ArgumentError(f"{amount} is no amount of a token") from error
    if not units.is_finite() or units.adjusted() > _MAX_DIGITS:
        raise errors.ArgumentError(f"{amount} is no amount of a token")
    return int(units)


def seconds(period: Period) -> int:
    """A period in whole seconds."""
    return int(period.total_seconds()) if isinstance(period, timedelta) else period


def duration(period: Period | float) -> float:
    """A period in seconds, parts of them too."""
    return period.total_seconds() if isinstance(period, timedelta) else period


def moment(value: Moment) -> Flow[int]:
    """A time in unix seconds. A timedelta counts from the chain's clock."""
    if isinstance(value, timedelta):
        time = yield from now()
        return time + seconds(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise errors.ArgumentError(f"{value.isoformat()} has no time zone: give an aware datetime")
        return int(value.timestamp())
    return value


def address(value: str) -> str:
    """A checksummed address."""
    try:
        return checksum(value)
    except ValueError as error:
        raise errors.ArgumentError(str(error)) from error


def word(name: str, value: bytes) -> bytes:
    """32 bytes: a hash or a salt."""
    if not isinstance(value, bytes) or len(value) != 32:
        # It may be a salt, which no message shows.
        found = f"{len(value)} bytes" if isinstance(value, bytes) else f"of type {type(value).__name__}"
        raise errors.ArgumentError(name, value=found, bound="32 bytes")
    return bytes(value)


def uri(value: str) -> str:
    """A URI that a contract takes."""
    if len(value.encode()) > MAX_URI_BYTES:
        raise errors.ArgumentError("uri", value=f"{len(value.encode())} bytes long", bound=f"at most {MAX_URI_BYTES}")
    return value


def gate_data(value: GateData) -> bytes:
    """What a gate wants to see."""
    if isinstance(value, SignedCredential):
        return value.gate_data
    if len(value) > MAX_GATE_DATA_BYTES:
        raise errors.ArgumentError("gate data", value=f"{len(value)} bytes", bound=f"at most {MAX_GATE_DATA_BYTES}")
    return value


def between(error: type[errors.GoldleafError], name: str, value: int, low: int, high: int) -> None:
    """Raises `error` unless `low <= value <= high`."""
    if not low <= value <= high:
        raise error(name, value=value, bound=f"{low} to {high}")


def at_most(name: str, values: Sequence[object], most: int) -> None:
    """Raises `ArgumentError` unless there are 1 to `most` values."""
    between(errors.ArgumentError, f"number of {name}", len(values), 1, most)


def show_time(time: int) -> str:
    """A time in messages."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
