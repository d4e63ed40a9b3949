"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one hash."""

import json
import math
import re
from typing import Any, NoReturn

import rfc8785

from .errors import NotCanonical

# A JSON value: None, bool, int, float, str, or lists and string-keyed dicts of these.
Json = Any

# The types of JSON Schema; each integer is a number too.
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")

# JSON numbers are doubles: whole ones beyond this are read as such, as every JavaScript reader does.
_SAFE_INTEGER = 2**53 - 1
# Of the largest double, and a sign.
_MOST_DIGITS = 310

# Lists and objects inside each other: parsers of deeper ones overflow their stack, Python's among them.
MAX_NESTING = 100
# Brackets inside of strings are none.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


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
        value = json.loads(
            data.decode("utf-8"), parse_int=_parse_int, parse_constant=refuse_constant, object_pairs_hook=unique
        )
        return value, to_canonical(value)
    except ValueError as error:
        raise NotCanonical(f"not JSON: {error}") from error


def read_json(data: bytes) -> Any:
    """The value of a JSON file or answer that somebody else wrote, and that need not be canonical.

    Reads what any program writes, such as whole numbers of any wallet, and still nothing that means two things. Raises
    `ValueError`, saying why, if `data` is no JSON, repeats a key, or has more than 100 lists and objects inside each
    other: Python's own reader of those overflows its stack.
    """
    try:
        check_nesting(data)
    except NotCanonical as error:
        raise ValueError(error.detail) from None
    return STRICT.decode(data.decode("utf-8-sig"))


def json_type(value: Json) -> str:
    """The narrowest of `TYPES` that a value is of. Python's numbers are told by value: 3.0 is an integer."""
    match value:
        case None:
            return "null"
        case bool():  # an int in Python
            return "boolean"
        case int() | float():
            return "integer" if value == math.floor(value) else "number"
        case str():
            return "string"
        case dict():
            return "object"
        case _:
            return "array"


def check_nesting(data: bytes) -> None:
    if len(data) <= MAX_NESTING or data.count(b"[") + data.count(b"{") <= MAX_NESTING:
        return
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(data):
        if found[0] in (b"[", b"{"):
            depth += 1
        elif found[0] in (b"]", b"}"):
            depth -= 1
        if depth > MAX_NESTING:
            raise NotCanonical("nesting", value=f"more than {MAX_NESTING} deep", bound=f"at most {MAX_NESTING}")


def _parse_int(digits: str) -> int | float:
    refuse_many_digits(digits)
    number = int(digits)
    if abs(number) <= _SAFE_INTEGER:
        return number
    double = float(digits)
    # What it stands for is written with the fewest digits that do, and zeros.
    if math.isinf(double) or (int(double) != number and to_canonical(double) != digits.encode()):
        raise ValueError(f"whole number {_shorten(digits.encode())} has more digits than a double holds")
    return double


def refuse_many_digits(digits: str) -> None:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"whole number {_shorten(digits.encode())} has more digits than a double holds")


def _whole_number(digits: str) -> int:
    refuse_many_digits(digits)
    return int(digits)


def unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is repeated")
    return found


def refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


# Reads what needs no canonical form, such as whole numbers of any wallet, and still nothing that means two things.
# `check_nesting` comes first: where somebody has raised Python's limit, deep texts take the process down.
STRICT = json.JSONDecoder(parse_int=_whole_number, parse_constant=refuse_constant, object_pairs_hook=unique)


def _shorten(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    return repr(text if len(text) <= 80 else text[:77] + "...")
