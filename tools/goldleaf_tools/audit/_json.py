"""Frozen dataclasses to JSON and back, exactly, by their type hints.

`Big` whole numbers (ids, amounts) are text, since they are larger than what other programs read as a number; so is any
other whole number beyond 2^53 - 1. `bytes` are 0x and hex digits, but `Label` is the text of its canonical JSON.
`Numbers` are the text of the ranges that rising whole numbers make, such as `1-4303` or `2, 5-7`.
Tuples are lists, enums their values.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from goldleaf.canonical import Json

from ..errors import ResultError

_BIG = "text"
_LABEL = "canonical JSON"
_RANGES = "ranges"
Big = Annotated[int, _BIG]
Numbers = Annotated[tuple[int, ...], _RANGES]
Label = Annotated[bytes, _LABEL]

_SAFE_INTEGER = 2**53 - 1
# In a range.
_MOST = 10_000_000
_Made = TypeVar("_Made")


def encode(value: object, kind: Any) -> Json:
    """Plain values for `json.dumps`."""
    encoder: Callable[[Any], Json] = _encoder(kind)
    return encoder(value)


@cache
def _encoder(kind: Any) -> Callable[[Any], Any]:
    """What makes a type's values plain: looked up once, for an audit of thousands of tasks has millions of them."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind == Numbers:
        return _ranges
    if origin is Annotated:
        if kind == Big:
            return lambda value: str(value)
        return lambda value: value.decode("utf-8")
    if origin in (Union, types.UnionType):
        present = _encoder(_present(arguments))
        return lambda value: None if value is None else present(value)
    if origin is tuple and arguments[-1] is Ellipsis:
        each = _encoder(arguments[0])
        return lambda value: [each(part) for part in value]
    if origin is tuple:
        places = [_encoder(argument) for argument in arguments]
        return lambda value: [to_json(part) for to_json, part in zip(places, value, strict=True)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: value.value
    if is_dataclass(kind):
        members = [(name, _encoder(hint)) for name, hint in _hints(kind).items()]
        return lambda value: {name: to_json(getattr(value, name)) for name, to_json in members}
    if kind is bytes:
        return lambda value: "0x" + value.hex()
    if kind is int:
        return lambda value: value if -_SAFE_INTEGER <= value <= _SAFE_INTEGER else str(value)
    return lambda value: value


def decode(content: Json, kind: type[_Made]) -> _Made:
    """The dataclass whose JSON `content` is. Raises `ResultError` if it is something else."""
    try:
        made = _decode(content, kind)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultError(f"not a {kind.__name__}: {type(error).__name__} {error}") from error
    assert isinstance(made, kind)
    return made


def _decode(content: Json, kind: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if content is None else _decode(content, _present(arguments))
    if origin is Annotated:
        text = _as(content, str)
        if kind == Numbers:
            return tuple(number for part in text.split(", ") if part for number in _range(part))
        return int(text) if kind == Big else text.encode("utf-8")
    if origin is tuple:
        parts = _as(content, list)
        return tuple(_decode(part, hint) for part, hint in zip(parts, _parts(arguments, len(parts)), strict=True))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(content)
    if is_dataclass(kind):
        hints = _hints(kind)
        if _as(content, Mapping).keys() != hints.keys():
            raise ValueError(f"expected the fields {', '.join(hints)}")
        return kind(**{name: _decode(content[name], hint) for name, hint in hints.items()})
    if kind is bytes:
        return bytes.fromhex(_as(content, str).removeprefix("0x"))
    if kind is int:
        return int(content) if isinstance(content, str) else _as(content, int)
    if kind is float:
        return float(_as(content, int | float))
    return content if kind is Any else _as(content, kind)


@lru_cache(16)
def _ranges(numbers: tuple[int, ...]) -> str:
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ", ".join("-".join(map(str, each)) for each in found)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    found = range(int(first), int(last or first) + 1)
    if len(found) > _MOST:
        raise ValueError(f"{text} are more than {_MOST} numbers")
    return found


def _as(content: Json, kind: Any) -> Any:
    # bool is an int in Python, and JSON's `true` is no number.
    if not isinstance(content, kind) or (isinstance(content, bool) and kind is not bool):
        raise TypeError(f"found {content!r}")
    return content


def _present(arguments: tuple[Any, ...]) -> Any:
    """Of `X | None`, X."""
    (kind,) = [argument for argument in arguments if argument is not types.NoneType]
    return kind


def _parts(arguments: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    return arguments[:1] * length if arguments[-1] is Ellipsis else arguments


def _read_hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


_hints: Callable[[Any], dict[str, Any]] = cache(_read_hints)
