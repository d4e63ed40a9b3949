"""Between typed values and the bytes that contracts speak: the packaged ABIs, and the ABI's encoding, by eth-abi.

Importing eth-abi takes half a second, so that is put off until something is encoded: who only reads label files is
spared it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, is_dataclass
from enum import IntEnum
from functools import cache, cached_property
from importlib import resources
from typing import Any, TypeVar, get_type_hints

from .. import errors
from ..events import EVENTS, Event
from .address import mark
from .keccak import keccak256

T = TypeVar("T")
# Makes a value of another one.
Reader = Callable[[Any], Any]

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
_WORD = 32  # bytes
_PADDING = bytes(12)  # in front of an address


class Function:
    """One function of a contract."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name: str = entry["name"]
        self._inputs: list[str] = [_type(argument) for argument in entry["inputs"]]
        self._outputs: list[Mapping[str, Any]] = entry["outputs"]
        self._returned: list[str] = [_type(output) for output in self._outputs]
        # By what they make.
        self._readers: dict[Any, Reader | None] = {}
        self.selector = keccak256(f"{self.name}({','.join(self._inputs)})".encode())[:4]

    def encode(self, *arguments: object) -> bytes:
        """The calldata. Raises `ArgumentError` if an argument is not of its type."""
        try:
            # Structs are tuples in the ABI.
            plain = [astuple(each) if is_dataclass(each) else each for each in arguments]
            return self.selector + encode(self._inputs, plain)
        except ValueError as error:
            raise errors.ArgumentError(f"{self.name}({', '.join(self._inputs)}): {error}") from error

    def decode_arguments(self, data: bytes) -> tuple[Any, ...]:
        """The arguments in calldata, behind the selector. Raises `ValueError` if they are not of their types."""
        return decode(self._inputs, data)

    def decode(self, kind: type[T], result: Any) -> T:
        """The value returned, of a node's result, as a `kind`. Raises `UnexpectedAnswer` if the bytes are none."""
        data = octets(result)
        # Whatever is returned begins with a word; an account without code answers with nothing.
        if len(data) < _WORD:
            raise errors.UnexpectedAnswer(f"{self.name} answered {len(data)} bytes")
        try:
            (value,) = decode(self._returned, data)
        except ValueError as error:
            raise errors.UnexpectedAnswer(f"{self.name} answered {len(data)} bytes: {error}") from error
        if kind not in self._readers:
            self._readers[kind] = _reader(kind, self._outputs[0])
        read = self._readers[kind]
        typed: T = value if read is None else read(value)
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
        event: Event = self._build(values)
        return event

    @cached_property
    def _build(self) -> Reader:
        return _builder(EVENTS[self.name], self._order)


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


def number(value: Any) -> int:
    """An integer in an answer of a node. eth-tester gives integers as they are, and bytes too."""
    return int(value, 16) if isinstance(value, str) else int(value)


def octets(value: Any) -> bytes:
    """Bytes in an answer of a node."""
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def hexadecimal(value: Any) -> str:
    """Bytes, or what stands for them, as hexadecimal digits after 0x."""
    return f"0x{octets(value).hex()}"


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


def _reader(kind: Any, field: Mapping[str, Any]) -> Reader | None:
    """What makes a `kind` of a decoded value: of structs dataclasses, of flags enums, of arrays tuples.

    None if the value is one already.
    """
    abi_type: str = field["type"]
    if abi_type.endswith("[]"):
        read = _reader(None, {**field, "type": abi_type.removesuffix("[]")})
        if read is None:
            return tuple
        each: Reader = read
        return lambda values: tuple(map(each, values))
    if abi_type == "tuple":
        return _builder(kind, field["components"])
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return kind
    return mark if abi_type == "address" else None


def _builder(kind: Any, members: Sequence[Mapping[str, Any]]) -> Reader:
    """What makes a dataclass of its members' values, in their order."""
    hints = get_type_hints(kind)
    names = [member["name"] for member in members]
    readers = {member["name"]: _reader(hints[member["name"]], member) for member in members}
    read = {name: reader for name, reader in readers.items() if reader is not None}

    def build(values: Sequence[Any]) -> Any:
        fields = dict(zip(names, values, strict=True))
        for name, reader in read.items():
            fields[name] = reader(fields[name])
        return kind(**fields)

    return build


# ---------------------------------------------------------------- the ABI's encoding, by eth-abi


def encode(types: Sequence[str], values: Sequence[object]) -> bytes:
    """The ABI encoding of values. Raises `ValueError` if one is not of its type."""
    from eth_abi.abi import encode
    from eth_abi.exceptions import EncodingError

    try:
        return encode(types, values)
    except (EncodingError, TypeError) as error:
        raise ValueError(str(error)) from error


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """The values that an ABI encoding holds. Raises `ValueError` if it holds others."""
    from eth_abi.exceptions import DecodingError

    try:
        values: tuple[Any, ...] = _decoder()(types, data)
        return values
    except (DecodingError, OverflowError) as error:
        raise ValueError(str(error)) from error


@cache
def _decoder() -> Any:
    from eth_abi import decoding, registry
    from eth_abi.codec import ABIDecoder

    # In part without type hints.
    decoders: Any = decoding
    known: Any = registry
    texts = decoders.StringDecoder()
    texts.decoder_fn = lambda data, errors: _legible(data)
    # A registry of our own: in eth-abi's, which all in the process share, ape has numbers padded that are cut short.
    own = known.ABIRegistry()
    for kind, decoder in (
        (known.BaseEquals("uint"), decoders.UnsignedIntegerDecoder),
        (known.BaseEquals("int"), decoders.SignedIntegerDecoder),
        (known.BaseEquals("address"), decoders.AddressDecoder),
        (known.BaseEquals("bool"), decoders.BooleanDecoder),
        (known.BaseEquals("bytes", with_sub=True), decoders.BytesDecoder),
        (known.BaseEquals("bytes", with_sub=False), decoders.ByteStringDecoder),
        (known.BaseEquals("string", with_sub=False), texts),
        (known.has_arrlist, decoders.BaseArrayDecoder),
        (known.is_base_tuple, decoders.TupleDecoder),
    ):
        own.register_decoder(kind, decoder)
    return ABIDecoder(own).decode


def _legible(text: bytes) -> str:
    """Contracts take any bytes for a text. What is no UTF-8 or no character of a text file, such as PostgreSQL refuses,
    becomes U+FFFD, so that nobody can stop those who read everybody's events."""
    return text.decode("utf-8", "replace").replace("\0", "\ufffd")


def decode_words(types: Sequence[str], data: bytes) -> tuple[Any, ...] | None:
    """What `decode` gives, twenty times as fast, of values that have a word each, or a text; None for any others.

    An index decodes thousands of events a second, and nearly all are made of these. None as well where something is
    wrong with the data, to be told by `decode`.
    """
    values = []
    for place, kind in enumerate(types):
        word = data[place * _WORD : (place + 1) * _WORD]
        read = _READERS.get(kind)
        value = read(word, data) if read is not None and len(word) == _WORD else None
        if value is None:
            return None
        values.append(value)
    return tuple(values)


def _address(word: bytes, data: bytes) -> str | None:
    return "0x" + word[12:].hex() if word.startswith(_PADDING) else None


def _bool(word: bytes, data: bytes) -> bool | None:
    number = int.from_bytes(word, "big")
    return bool(number) if number < 2 else None


def _text(word: bytes, data: bytes) -> str | None:
    first = int.from_bytes(word, "big") + _WORD
    end = first + int.from_bytes(data[first - _WORD : first], "big")
    padded = data[end : first + -(-(end - first) // _WORD) * _WORD]
    if first > len(data) or end > len(data) or len(data) % _WORD or any(padded):
        return None
    return _legible(data[first:end])


_READERS: Mapping[str, Callable[[bytes, bytes], Any]] = {
    "uint256": lambda word, data: int.from_bytes(word, "big"),
    "bytes32": lambda word, data: word,
    "address": _address,
    "bool": _bool,
    "string": _text,
}
