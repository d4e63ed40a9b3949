"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one hash."""

import json
import re
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


def to_canonical(value: Json) -> bytes:
    """The canonical JSON of `value`, as UTF-8.

    Raises `NotCanonical` if `value` has no JSON form: NaN, infinities, whole numbers beyond 2^53 - 1, keys that
    are not strings, lone surrogates, types that JSON does not have, more than 100 lists and objects inside each other.
    """
    try:
        data = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise NotCanonical(str(error)) from error
    _check_nesting(data)
    return data


def from_canonical(data: bytes) -> Json:
    """The value whose canonical JSON `data` is.

    Raises `NotCanonical` if `data` is no JSON, or JSON in another form than the canonical one: other spacing, order
    of keys, number format, escapes, a repeated key.
    """
    _check_nesting(data)
    try:
        value = json.loads(data.decode("utf-8"), parse_int=_parse_int, parse_constant=_refuse)
    except ValueError as error:
        raise NotCanonical(f"not JSON: {error}") from error
    canonical = to_canonical(value)
    if canonical != data:
        raise NotCanonical(f"JSON, but not in canonical form: expected {_shorten(canonical)}, found {_shorten(data)}")
    return value


def _check_nesting(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= MAX_NESTING:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_NESTING:
            raise NotCanonical("nesting", value=f"more than {MAX_NESTING} deep", bound=f"at most {MAX_NESTING}")


def _parse_int(digits: str) -> int | float:
    number = int(digits) if len(digits) <= 17 else float(digits)
    return number if abs(number) <= _SAFE_INTEGER else float(number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _shorten(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    return repr(text if len(text) <= 80 else text[:77] + "...")
