"""Frozen dataclasses to JSON and back, exactly, by their type hints.

`Big` whole numbers (ids, amounts) are text, since they are larger than what other programs read as a number; so is any
other whole number beyond 2^53 - 1. `bytes` are 0x and hex digits, but `Label` is the text of its canonical JSON.
`Numbers` are the text of the ranges that rising whole numbers make, such as `1-4303` or `2, 5-7`.
Tuples are lists, enums their values.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

from cattrs import BaseValidationError, Converter, transform_error
from cattrs.v import format_exception

from goldleaf.canonical import Json

from ..errors import ResultError

Big = Annotated[int, "text"]
Numbers = Annotated[tuple[int, ...], "ranges"]
Label = Annotated[bytes, "canonical JSON"]

_SAFE_INTEGER = 2**53 - 1
# In a range.
_MOST = 10_000_000
_Made = TypeVar("_Made")


def encode(value: object, kind: Any) -> Json:
    """Plain values for `json.dumps`."""
    content: Json = _CONVERTER.unstructure(value, kind)
    return content


def decode(content: Json, kind: type[_Made]) -> _Made:
    """The dataclass whose JSON `content` is. Raises `ResultError` if it is something else."""
    try:
        return _CONVERTER.structure(content, kind)
    except BaseValidationError as error:
        raise ResultError(
            f"not a {kind.__name__}: {'; '.join(transform_error(error, format_exception=_tell))}"
        ) from error


def _tell(error: BaseException, kind: type | None) -> str:
    if isinstance(error, AttributeError):  # it has no `keys`
        return "expected an object"
    told = isinstance(error, TypeError | ValueError | ResultError)
    return str(error) if told else format_exception(error, kind)


def _as(content: Json, kind: type[_Made]) -> _Made:
    # bool is an int in Python, and JSON's `true` is no number.
    if type(content) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {content!r}")
    return content


def _read_integer(content: Json, _: object) -> int:
    return int(content) if isinstance(content, str) else _as(content, int)


def _read_float(content: Json, _: object) -> float:
    return float(content) if type(content) is int else _as(content, float)


def _read_tuple(content: Json, kind: Any) -> tuple[Any, ...]:
    parts: Any = list[get_args(kind)[0]]  # type: ignore[misc, index]
    return tuple(_CONVERTER.structure(_as(content, list), parts))


def _read_numbers(content: Json, _: object) -> tuple[int, ...]:
    return tuple(number for part in _as(content, str).split(", ") if part for number in _range(part))


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


def _is(kind: Any) -> Callable[[Any], bool]:
    return lambda hint: bool(hint == kind)


_CONVERTER = Converter(forbid_extra_keys=True, unstruct_collection_overrides={tuple: list})
for _plain in (str, bool):
    _CONVERTER.register_structure_hook(_plain, _as)
_CONVERTER.register_structure_hook(float, _read_float)
_CONVERTER.register_structure_hook(int, _read_integer)
_CONVERTER.register_unstructure_hook(int, lambda value: value if abs(value) <= _SAFE_INTEGER else str(value))
# Which are integers in Python.
_CONVERTER.register_structure_hook(IntEnum, lambda content, kind: kind(content))
_CONVERTER.register_unstructure_hook(IntEnum, lambda value: value.value)
_CONVERTER.register_structure_hook(bytes, lambda content, _: bytes.fromhex(_as(content, str).removeprefix("0x")))
_CONVERTER.register_unstructure_hook(bytes, lambda value: f"0x{value.hex()}")
_CONVERTER.register_structure_hook_func(lambda hint: get_origin(hint) is tuple, _read_tuple)
_CONVERTER.register_structure_hook_func(_is(Big), lambda content, _: int(_as(content, str)))
_CONVERTER.register_unstructure_hook_func(_is(Big), str)
_CONVERTER.register_structure_hook_func(_is(Label), lambda content, _: _as(content, str).encode())
_CONVERTER.register_unstructure_hook_func(_is(Label), bytes.decode)
_CONVERTER.register_structure_hook_func(_is(Numbers), _read_numbers)
_CONVERTER.register_unstructure_hook_func(_is(Numbers), _ranges)
