"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one hash."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

import rfc8785

from .errors import NotCanonical

# A JSON value: None, bool, int, float, str, or lists and string-keyed dicts of these.
Json = Any

# JSON numbers are doubles: whole ones beyond this are read as such, as every JavaScript reader does.
_SAFE_INTEGER = 2**53 - 1

# Lists and objects inside each other: parsers of deeper ones overflow their stack, Python's among them.
MAX_NESTING = 100
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")

# The shape of a JSON text: every digit is 0, and characters of keys that RFC 8785 sorts in an order of its own are ^.
_SHAPE = bytes.maketrans(b"123456789" + bytes(range(0xEE, 0x100)), b"0" * 9 + b"^" * 18)
# Whole numbers of fewer digits are the same to everybody.
_MANY_DIGITS = b"0" * 16


def to_canonical(value: Json) -> bytes:
    """The canonical JSON of `value`, as UTF-8.

    Raises `NotCanonical` if `value` has no JSON form: NaN, infinities, whole numbers beyond 2^53 - 1, keys that
    are not strings, lone surrogates, types that JSON does not have, more than 100 lists and objects inside each other.
    """
    try:
        data = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise NotCanonical(str(error)) from error
    check_nesting(data)
    return data


def from_canonical(data: bytes) -> Json:
    """The value whose canonical JSON `data` is.

    Raises `NotCanonical` if `data` is no JSON, or JSON in another form than the canonical one: other spacing, order
    of keys, number format, escapes, a repeated key.
    """
    value, canonical = parse(data)
    if canonical != data:
        raise NotCanonical(f"JSON, but not in canonical form: expected {_shorten(canonical)}, found {_shorten(data)}")
    return value


def parse(data: bytes) -> tuple[Json, bytes]:
    """The value of any JSON text, and its canonical JSON.

    Raises `NotCanonical` if `data` is no JSON, has no canonical form, or repeats a key.
    """
    check_nesting(data)
    try:
        return _parse_plain(data) or _parse_any(data.decode("utf-8"))
    except ValueError as error:
        raise NotCanonical(f"not JSON: {error}") from error


def plain(data: bytes) -> bytes | None:
    """The canonical JSON of a text, by the C library of the extra `goldleaf[fast]`; None for what has to go to `parse`:
    without that library all texts, with it those that most labels are not made of."""
    if data.count(b"[") + data.count(b"{") >= MAX_NESTING:
        return None
    found = _parse_plain(data)
    return None if found is None else found[1]


def _parse_any(text: str) -> tuple[Json, bytes]:
    value = json.loads(text, parse_int=_parse_int, parse_constant=refuse_constant, object_pairs_hook=unique)
    return value, to_canonical(value)


def check_nesting(data: bytes) -> None:
    if len(data) <= MAX_NESTING or data.count(b"[") + data.count(b"{") <= MAX_NESTING:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_NESTING:
            raise NotCanonical("nesting", value=f"more than {MAX_NESTING} deep", bound=f"at most {MAX_NESTING}")


def _parse_int(digits: str) -> int | float:
    number = int(digits)
    if abs(number) <= _SAFE_INTEGER:
        return number
    double = float(digits)
    # What it stands for is written with the fewest digits that do, and zeros.
    if math.isinf(double) or (int(double) != number and to_canonical(double) != digits.encode()):
        raise ValueError(f"whole number {_shorten(digits.encode())} has more digits than a double holds")
    return double


def unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is repeated")
    return found


def refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _shorten(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _is_doubtful(text: bytes) -> bool:
    """Whether RFC 8785 may write this compact JSON otherwise. Errs on the safe side: strings are not told apart."""
    shape = text.translate(_SHAPE)
    return (
        b"^" in shape
        # Numbers with an exponent, small ones with many zeros, whole ones with a fraction, large whole ones.
        or b"0e" in shape
        or b"0.000000" in text
        or b".0," in text
        or b".0}" in text
        or b".0]" in text
        or text.endswith(b".0")
        or shape.count(_MANY_DIGITS) != shape.count(b"." + _MANY_DIGITS)
    )


def _parser() -> Callable[[bytes], tuple[Json, bytes] | None]:
    try:
        import msgspec
    except ImportError:
        return lambda data: None
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder(order="sorted").encode

    def parse_plain(data: bytes) -> tuple[Json, bytes] | None:
        try:
            value = decode(data)
            made: bytes = encode(value)
        except (msgspec.MsgspecError, ValueError, OverflowError):
            return None
        # Without escapes, each string has two quotation marks; of repeated keys only the last one is still there.
        if b"\\" in data or made.count(b'"') != data.count(b'"') or _is_doubtful(made):
            return None
        return value, made

    return parse_plain


_parse_plain = _parser()
