"""What people type, read into values of the SDK."""

import re
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from goldleaf.canonical import read_json
from goldleaf.encoding import checksum_address, keccak256
from goldleaf.ids import challenge_id, submission_id
from goldleaf.signing.credentials import SignedCredential

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
# Each part of an id has 64 bits.
MASK = 2**64 - 1
# A number below it is a length of time, one from it on unix seconds.
FIRST_MOMENT = 10**9
MAX_RANGE = 4096
# No amount of a token has more digits before the point or after it.
MAX_EXPONENT = 77


class Amount(click.ParamType):
    """Whole tokens as a Decimal, `12.5`; or base units as an int, `12500000u`."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"\d{1,78}u", value):
            return int(value[:-1])
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("nan")
        if not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > MAX_EXPONENT:
            self.fail(f"{value!r} is no amount: write whole tokens (12.5) or base units (12500000u)", param, ctx)
        return amount


class Period(click.ParamType):
    """A length of time, `90`, `15m`, `36h`, `2d`, `1w`, as a timedelta."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d{1,9})([smhdw]?)", value)
        if not found:
            self.fail(f"{value!r} is no length of time: write 90 (seconds), 15m, 36h, 2d or 1w", param, ctx)
        return timedelta(seconds=int(found[1]) * SECONDS[found[2] or "s"])


class Moment(click.ParamType):
    """A time: `2026-03-01T12:00Z`, `2026-03-01` (UTC), unix seconds, or a period from now, `14d`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if re.fullmatch(r"\d{1,9}[smhdw]", value):
            return PERIOD.convert(value, param, ctx)
        if value.isdigit() and FIRST_MOMENT <= int(value) < 2**40:
            return int(value)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time: write 2026-03-01T12:00Z, or 14d for two weeks from now", param, ctx)
        if moment.tzinfo is None:
            if ":" in value:
                self.fail(f"{value!r} has no time zone: add Z, or +02:00", param, ctx)
            return moment.replace(tzinfo=UTC)
        return moment


class Id(click.ParamType):
    """An id: the number, or its parts with slashes between them."""

    def __init__(self, name: str, *parts: str, or_else: str = "") -> None:
        """`or_else` is what a number stands for that is too small for an id; without it none is taken."""
        self.name = name
        self._parts = parts
        self._or_else = or_else

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"\d{1,78}(/\d{1,20})*", value):
            self._refuse(value, param, ctx)
        numbers = [int(part) for part in value.split("/")]
        if len(numbers) == 1:
            # Tasks count from 1, and each part has 64 bits: a smaller number is that of a task, or misses a part.
            if numbers[0] < 2 ** (64 * (len(self._parts) - 1)) and not self._or_else:
                self._refuse(value, param, ctx)
            return numbers[0]
        if len(numbers) != len(self._parts):
            self._refuse(value, param, ctx)
        submission = submission_id(numbers[0], numbers[1])
        return submission if len(numbers) == 2 else challenge_id(submission, numbers[2])

    def parts(self, value: int) -> dict[str, str]:
        """What an id says of itself and of what it is part of: `TASK/SLOT` and `TASK` of a submission's."""
        last = len(self._parts) - 1
        if value < 2 ** (64 * last):  # what `or_else` says
            return {}
        numbers = [str(value >> 64 * (last - place) & MASK) for place in range(last + 1)]
        known = {"/".join(self._parts[:end]): "/".join(numbers[:end]) for end in range(1, last + 2)}
        return {**known, **dict(zip(self._parts, numbers, strict=True))}

    def _refuse(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> None:
        wanted = f"write {'/'.join(self._parts)}, such as {'/'.join(('1', '0', '0')[: len(self._parts)])}"
        self.fail(f"{value!r} is no {self.name}: {wanted}{self._or_else and f', or {self._or_else}'}", param, ctx)


class Items(click.ParamType):
    """Item numbers, `3`, `3,5`, `3-8,12`, as a list in the order given."""

    name = "items"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        numbers: list[int] = []
        for part in value.replace(" ", "").split(","):
            found = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
            if not found:
                self.fail(f"{value!r} are no item numbers: write 3,5 or 3-8", param, ctx)
            low, high = int(found[1]), int(found[2] or found[1])
            if high - low >= MAX_RANGE:
                self.fail(f"{part} are too many items", param, ctx)
            numbers.extend(range(low, high + 1))
        return numbers


class Address(click.ParamType):
    """An address, with its checksum if it has upper-case letters."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return checksum_address(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Named(click.ParamType):
    """A contract: its name in the deployment, or its address."""

    name = "name|address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return ADDRESS.convert(value, param, ctx) if value.startswith("0x") else value


class HexBytes(click.ParamType):
    """Bytes in hex, with or without 0x."""

    name = "hex"

    def __init__(self, length: int | None = None) -> None:
        self._length = length

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, bytes):
            return value
        try:
            data = bytes.fromhex(value.removeprefix("0x"))
        except ValueError:
            self.fail(f"{value!r} is not hex", param, ctx)
        if self._length is not None and len(data) != self._length:
            self.fail(f"{len(data)} bytes, must be {self._length}", param, ctx)
        return data


class GateData(HexBytes):
    """What a gate wants to see: bytes in hex, or the file of a credential."""

    name = "hex|file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"(0x)?([0-9a-fA-F]{2})*", value):
            return CREDENTIAL.convert(value, param, ctx)
        return super().convert(value, param, ctx)


class CredentialFile(click.ParamType):
    """The file of a credential."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return SignedCredential.from_bytes(Path(value).read_bytes())
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)


class HashOfFile(click.ParamType):
    """A file, as the keccak-256 of what it holds."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return keccak256(Path(value).read_bytes())
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)


class JsonFile(click.ParamType):
    """A file of JSON; `-` is standard input."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            data = standard_input() if value == "-" else Path(value).read_bytes()
            return read_json(data)
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)
        except UnicodeDecodeError:
            self.fail(f"{value} holds no JSON: it is not UTF-8", param, ctx)
        except ValueError as error:
            self.fail(f"{value} holds no JSON: {error}", param, ctx)


def standard_input() -> bytes:
    """All that comes in. Raises `UsageError` if nothing can."""
    if sys.stdin is None:
        raise click.UsageError("standard input is closed: there is nothing to read")
    return sys.stdin.buffer.read()


AMOUNT = Amount()
PERIOD = Period()
MOMENT = Moment()
TASK = Id("task", "TASK")
SEAT = Id("seat", "SEAT")
DISPUTE = Id("dispute", "DISPUTE")
SUBMISSION = Id("submission", "TASK", "SLOT")
BATCH = Id("batch", "TASK", "BATCH")
CHALLENGE = Id("challenge", "TASK", "SLOT", "NUMBER")
GOLD_DISPUTE = Id("gold dispute", "TASK", "BATCH", "NUMBER")
CHALLENGE_OR_DISPUTE = Id("challenge", "TASK", "SLOT", "NUMBER", or_else="the number of a dispute")
ITEMS = Items()
ADDRESS = Address()
NAMED = Named()
HASH = HexBytes(32)
HEX = HexBytes()
CREDENTIAL = CredentialFile()
GATE_DATA = GateData()
JSON_FILE = JsonFile()
HASH_OF_FILE = HashOfFile()
