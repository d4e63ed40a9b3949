"""Between events and the JSON in which the index keeps them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from goldleaf.events import EVENTS, Event
from goldleaf.feed import Logged
from goldleaf.ids import split_fight, split_submission

from .schema import EventRow


def write(event: Event) -> str:
    """The fields of an event as JSON: integers as strings of digits, bytes as 0x-hex, outcomes as their names."""
    kind: Any = type(event)
    return json.dumps({name: to_json(getattr(event, name)) for name, to_json, _ in _fields(kind)})


def read(kind: str, text: str) -> Event:
    """The event that `write` has written."""
    event: Event = _build(EVENTS[kind], json.loads(text))
    return event


def row(logged: Logged, time: int) -> dict[str, Any]:
    """An event as a row of `events`, with what it is about."""
    event = logged.event
    task: int | None = None
    slot: int | None = None
    number: int | None = None
    fight: int | None = getattr(event, "fight", None)
    submission: int | None = getattr(event, "submission", None)
    if fight is not None:
        submission, number = split_fight(fight)
    if submission is not None:
        task, slot = split_submission(submission)
    elif logged.contract in ("TaskEscrow", "RoyaltyPool"):
        task = getattr(event, "task", getattr(event, "id", None))
    return {
        "block": logged.block,
        "log_index": logged.index,
        "time": time,
        "contract": logged.contract,
        "kind": type(event).__name__,
        "task": task,
        "slot": slot,
        "number": number,
        "dispute": getattr(event, "dispute", None) if logged.contract == "Court" else None,
        "transaction_hash": logged.transaction,
        "fields": write(event),
    }


def logged(found: EventRow, block_hash: str) -> Logged:
    """What `row` was made of."""
    event = read(found.kind, found.fields)
    return Logged(event, found.block, block_hash, found.log_index, found.transaction_hash, found.contract)


def _build(kind: Any, content: Mapping[str, Any]) -> Any:
    return kind(**{name: from_json(content[name]) for name, _, from_json in _fields(kind)})


@cache
def _fields(kind: Any) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
    hints = get_type_hints(kind)
    return [(field.name, *_converters(hints[field.name])) for field in fields(kind)]


def _converters(hint: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """How a value of a type is written, and how it is read."""
    if hint is bytes:
        return lambda value: "0x" + value.hex(), lambda text: bytes.fromhex(text[2:])
    if hint is bool or hint is str:
        return _same, _same
    if hint is int:
        return str, int
    if get_origin(hint) is tuple:
        to_json, from_json = _converters(get_args(hint)[0])
        return lambda values: [to_json(value) for value in values], lambda values: tuple(map(from_json, values))
    if issubclass(hint, IntEnum):
        return lambda value: value.name, lambda name: hint[name]
    assert is_dataclass(hint), hint
    members = _fields(hint)
    return (
        lambda value: {name: to_json(getattr(value, name)) for name, to_json, _ in members},
        lambda content: _build(hint, content),
    )


def _same(value: Any) -> Any:
    return value
