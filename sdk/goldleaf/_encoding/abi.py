"""The ABI's encoding of values, by eth-abi.

Importing eth-abi takes half a second, so that is put off until something is encoded: who only reads label files is
spared it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

_WORD = 32  # bytes
_PADDING = bytes(12)  # in front of an address


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
