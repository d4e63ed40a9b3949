"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one hash."""

import json
import math
import re
from importlib import import_module
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

# Whole numbers of up to so many digits are written the same by everybody.
_SAFE_DIGITS = 15
_BEYOND = re.compile("[\ud800-\U0010ffff]")


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
        text = data.decode("utf-8")
        return _parse_plain(text) or _parse_any(text)
    except ValueError as error:
        raise NotCanonical(f"not JSON: {error}") from error


def _parse_plain(text: str) -> tuple[Json, bytes] | None:
    """`parse` in C for what most labels are made of; None for what Python's JSON writes otherwise than RFC 8785 does,
    or might read otherwise than it was meant: all this, `_parse_any` looks at."""
    if "\\" in text:
        return None
    try:
        value, end = _scan(text, 0)
    except (StopIteration, ValueError):
        return None
    plain = "".join(_encode(value, 0))
    # Without escapes, each string has two quotation marks; of repeated keys only the last one is still there.
    if end != len(text) or plain.count('"') != text.count('"'):
        return None
    # RFC 8785 sorts keys by UTF-16 units, whose order differs from that of characters from here on.
    if not plain.isascii() and _BEYOND.search(plain):
        return None
    return value, plain.encode("utf-8")


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


def _plain_int(digits: str) -> int:
    if len(digits) > _SAFE_DIGITS:
        raise ValueError(digits)
    return int(digits)


def _plain_float(digits: str) -> int | float:
    number = float(digits)
    shortest = repr(number)
    # Python and ECMAScript write a double in the same way, unless it has an exponent or is a whole number.
    if "e" not in shortest and not shortest.endswith(".0"):
        return number
    if number.is_integer() and abs(number) <= _SAFE_INTEGER:
        return int(number)
    raise ValueError(digits)


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


# What `json.JSONDecoder` and `json.JSONEncoder` make anew for each text.
_scanner: Any = import_module("json.scanner")
_encoder: Any = import_module("json.encoder")
_scan = _scanner.c_make_scanner(
    json.JSONDecoder(parse_int=_plain_int, parse_float=_plain_float, parse_constant=refuse_constant)
)
_encode = _encoder.c_make_encoder(None, None, _encoder.encode_basestring, None, ":", ",", True, False, False)
