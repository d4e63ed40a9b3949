"""Between typed values and the bytes that contracts speak, by the packaged ABIs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, is_dataclass
from enum import IntEnum
from functools import cache, cached_property
from importlib import resources
from typing import Any, TypeVar, get_type_hints

from .. import errors
from ..events import EVENTS, Event
from .abi import decode, decode_words, encode
from .address import checksum
from .keccak import keccak256

T = TypeVar("T")

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
_WORD = 32  # bytes


class Function:
    """One function of a contract."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name: str = entry["name"]
        self._inputs: list[str] = [_type(argument) for argument in entry["inputs"]]
        self._outputs: list[Mapping[str, Any]] = entry["outputs"]
        self._returned: list[str] = [_type(output) for output in self._outputs]
        self.selector = keccak256(f"{self.name}({','.join(self._inputs)})".encode())[:4]

    def encode(self, *arguments: object) -> bytes:
        """The calldata. Raises `ArgumentError` if an argument is not of its type."""
        try:
            return self.selector + encode(self._inputs, [_plain(argument) for argument in arguments])
        except ValueError as error:
            raise errors.ArgumentError(f"{self.name}({', '.join(self._inputs)}): {error}") from error

    def decode_arguments(self, data: bytes) -> tuple[Any, ...]:
        """The arguments in calldata, behind the selector. Raises `ValueError` if they are not of their types."""
        return decode(self._inputs, data)

    def decode(self, kind: type[T], data: bytes) -> T:
        """The value returned, as a `kind`. Raises `UnexpectedAnswer` if the bytes are none."""
        # Whatever is returned begins with a word; an account without code answers with nothing.
        if len(data) < _WORD:
            raise errors.UnexpectedAnswer(f"{self.name} answered {len(data)} bytes")
        try:
            (value,) = decode(self._returned, data)
        except ValueError as error:
            raise errors.UnexpectedAnswer(f"{self.name} answered {len(data)} bytes: {error}") from error
        typed: T = _typed(kind, self._outputs[0], value)
        return typed


class EventCodec:
    """One event of a contract."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name: str = entry["name"]
        self._inputs: list[Mapping[str, Any]] = entry["inputs"]
        types = ",".join(_type(field) for field in self._inputs)
        self.topic = keccak256(f"{self.name}({types})".encode())
        # Name and type of each indexed field, in the order of the topics.
        self.indexed: dict[str, str] = {field["name"]: _type(field) for field in self._inputs if field["indexed"]}
        self._plain: list[str] = [_type(field) for field in self._inputs if not field["indexed"]]
        # As topics and data have them.
        self._order = sorted(self._inputs, key=lambda field: not field["indexed"])

    def decode(self, topics: Sequence[bytes], data: bytes) -> Event:
        """The event of a log whose first topic is this one's."""
        indexed = [*self.indexed.values()]
        words = b"".join(topics[1:])
        values = decode_words(indexed, words) or decode(indexed, words)
        values += decode_words(self._plain, data) or decode(self._plain, data)
        event: Event = _build(EVENTS[self.name], self._order, values)
        return event


class Contract:
    """The functions and events of one packaged ABI."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.abi: list[dict[str, Any]] = json.loads(
            resources.files("goldleaf").joinpath("abi", f"{name}.json").read_text(encoding="utf-8")
        )

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """By name: Vyper has no overloads without default arguments, and the contracts use none."""
        return {entry["name"]: Function(entry) for entry in self.abi if entry["type"] == "function"}

    @cached_property
    def events(self) -> Mapping[str, EventCodec]:
        """By name."""
        return {entry["name"]: EventCodec(entry) for entry in self.abi if entry["type"] == "event"}

    def decode_log(self, topics: Sequence[bytes], data: bytes) -> Event | None:
        """The event of a log; None if this contract has no such event."""
        codec = self._by_topic.get(topics[0]) if topics else None
        return codec.decode(topics, data) if codec is not None else None

    @cached_property
    def _by_topic(self) -> Mapping[bytes, EventCodec]:
        return {codec.topic: codec for codec in self.events.values()}


@cache
def contract(name: str) -> Contract:
    """The packaged ABI of that name."""
    return Contract(name)


def decode_revert(data: bytes) -> errors.ContractError:
    """The error that a revert's return data stands for."""
    try:
        if data[:4] == _ERROR:
            return errors.from_reason(decode(["string"], data[4:])[0])
        if data[:4] == _PANIC:
            return errors.Reverted(f"panic 0x{decode(['uint256'], data[4:])[0]:02x}")
    except ValueError:
        pass
    return errors.Reverted(f"custom error 0x{data.hex()}") if data else no_reason()


def no_reason() -> errors.ContractError:
    """The error of a revert without return data."""
    return errors.Reverted("reverted without a reason: a number out of range, or too little gas")


def word(value: int | str | bytes) -> bytes:
    """A value as an event's topic: an integer, an address or 32 bytes."""
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x")).rjust(32, b"\0")
    return value.to_bytes(32, "big") if isinstance(value, int) else value


def _type(field: Mapping[str, Any]) -> str:
    """The type of a function's or event's field as signatures have it: a struct is the tuple of its members."""
    name: str = field["type"]
    if not name.startswith("tuple"):
        return name
    return f"({','.join(_type(member) for member in field['components'])}){name.removeprefix('tuple')}"


def _plain(value: object) -> object:
    """Dataclasses as the tuples that the ABI has for structs."""
    return astuple(value) if is_dataclass(value) and not isinstance(value, type) else value


def _typed(kind: Any, field: Mapping[str, Any], value: Any) -> Any:
    """A decoded value as a `kind`: structs as dataclasses, flags as enums, arrays as tuples, addresses checksummed."""
    abi_type: str = field["type"]
    if abi_type.endswith("[]"):
        element = {**field, "type": abi_type.removesuffix("[]")}
        return tuple(_typed(None, element, part) for part in value)
    if abi_type == "tuple":
        return _build(kind, field["components"], value)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return kind(value)
    return checksum(value) if abi_type == "address" else value


def _build(kind: Any, members: Sequence[Mapping[str, Any]], values: Iterable[Any]) -> Any:
    hints = _hints(kind)
    return kind(
        **{
            member["name"]: _typed(hints[member["name"]], member, value)
            for member, value in zip(members, values, strict=True)
        }
    )


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
