"""Canonical JSON (RFC 8785): one value, one sequence of bytes, one hash."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

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


def _parse_any(text: str) -> tuple[Json, bytes]:
    value = json.loads(text, parse_int=_parse_int, parse_constant=refuse_constant, object_pairs_hook=unique)
    return value, to_canonical(value)


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


def plain_labels(lines: bytes, first: int) -> list[bytes] | None:
    """The canonical JSON of the labels in lines of `{"item": number, "label": value}` with the items from `first` on.

    All at once by the C library of the extra `goldleaf[fast]`, in a fifth of the time of `parse`; None for what has to
    be read line by line: without that library everything, with it what most files are not made of.
    """
    if _FAST is None or b"\\" in lines:
        return None
    texts = [text for line in lines.split(b"\n") if (text := line.strip(b" \t\r"))]
    # The library reads values, wherever lines end; and it crashes on what is nested too deep.
    if not all(
        text.startswith(b"{") and text.endswith(b"}") and text.count(b"[") + text.count(b"{") <= MAX_NESTING
        for text in texts
    ):
        return None
    try:
        entries = _FAST.lines(lines)
        made = _FAST.encode_lines([entry.label for entry in entries])
    except _FAST.errors:
        return None
    items = [entry.item for entry in entries]
    if items != list(range(first, first + len(texts))) or set(map(type, items)) != {int}:
        return None
    # Four quotation marks of a line are not the label's. A field beside these two, or a repeated key, is gone from
    # what was made.
    if made.count(b'"') + 4 * len(items) != lines.count(b'"'):
        return None
    labels = made[:-1].split(b"\n")
    try:
        if _is_doubtful(made):
            otherwise = {label: parse(label)[1] for label in set(labels) if _is_doubtful(label)}
            labels = [otherwise.get(label, label) for label in labels]
    except NotCanonical:
        return None
    return labels


def _parse_plain(data: bytes) -> tuple[Json, bytes] | None:
    if _FAST is None:
        return None
    try:
        value = _FAST.decode(data)
        made = _FAST.encode(value)
    except _FAST.errors:
        return None
    # Without escapes, each string has two quotation marks; of repeated keys only the last one is still there.
    if b"\\" in data or made.count(b'"') != data.count(b'"') or _is_doubtful(made):
        return None
    return value, made


def _is_doubtful(text: bytes) -> bool:
    """Whether RFC 8785 may write this compact JSON, or lines of it, otherwise. Errs on the safe side: strings are not
    told apart."""
    shape = text.translate(_SHAPE)
    return (
        b"^" in shape
        # Numbers with an exponent, small ones with many zeros, whole ones with a fraction, large whole ones.
        or b"0e" in shape
        or b"0.000000" in text
        or b".0," in text
        or b".0}" in text
        or b".0]" in text
        or b".0\n" in text
        or text.endswith(b".0")
        or shape.count(_MANY_DIGITS) != shape.count(b"." + _MANY_DIGITS)
    )


class _Fast(NamedTuple):
    """What is used of msgspec."""

    decode: Callable[[bytes], Json]
    encode: Callable[[Json], bytes]
    lines: Callable[[bytes], list[Any]]
    encode_lines: Callable[[list[Json]], bytes]
    errors: tuple[type[Exception], ...]


def _fast() -> _Fast | None:
    try:
        import msgspec
    except ImportError:
        return None
    # Of both kinds, so that an item number 1.0 is seen to be none.
    line = msgspec.defstruct("Line", [("item", int | float), ("label", Any)], gc=False)
    encoder = msgspec.json.Encoder(order="sorted")
    return _Fast(
        msgspec.json.Decoder().decode,
        encoder.encode,
        msgspec.json.Decoder(line).decode_lines,
        encoder.encode_lines,
        (msgspec.MsgspecError, ValueError, OverflowError, RecursionError),
    )


_FAST = _fast()
