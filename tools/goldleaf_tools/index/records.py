"""Between events and the JSON in which the index keeps them."""

import json
from enum import IntEnum
from typing import Any

from cattrs import Converter

from goldleaf.events import EVENTS, Event
from goldleaf.feed import Logged
from goldleaf.ids import split_challenge, split_gold_dispute, split_submission

from .schema import EventRow


def write(event: Event) -> str:
    """The fields of an event as JSON: integers as strings of digits, bytes as 0x-hex, outcomes as their names."""
    return json.dumps(_CONVERTER.unstructure(event))


def read(kind: str, text: str) -> Event:
    """The event that `write` has written."""
    return _CONVERTER.structure(json.loads(text), EVENTS[kind])


def row(logged: Logged, time: int) -> dict[str, Any]:
    """An event as a row of `events`, with what it is about."""
    event = logged.event
    task: int | None = None
    slot: int | None = None
    number: int | None = None
    batch: int | None = getattr(event, "batch", None)
    gold_dispute: int | None = None
    challenge: int | None = getattr(event, "challenge", None)
    submission: int | None = getattr(event, "submission", None)
    if challenge is not None:
        submission, number = split_challenge(challenge)
    if submission is not None:
        task, slot = split_submission(submission)
    elif logged.contract in ("TaskEscrow", "GoldTest", "RoyaltyPool"):
        task = getattr(event, "task", getattr(event, "id", None))
    if (about := getattr(event, "gold_dispute", None)) is not None:
        task, batch, gold_dispute = split_gold_dispute(about)
    return {
        "block": logged.block,
        "log_index": logged.index,
        "time": time,
        "contract": logged.contract,
        "kind": type(event).__name__,
        "task": task,
        "slot": slot,
        "number": number,
        "batch": batch,
        "gold_dispute": gold_dispute,
        "dispute": getattr(event, "dispute", None) if logged.contract == "Court" else None,
        "transaction_hash": logged.transaction,
        "fields": write(event),
    }


def logged(found: EventRow, block_hash: str) -> Logged:
    """What `row` was made of."""
    event = read(found.kind, found.fields)
    return Logged(event, found.block, block_hash, found.log_index, found.transaction_hash, found.contract)


_CONVERTER = Converter(detailed_validation=False, unstruct_collection_overrides={tuple: list})
_CONVERTER.register_unstructure_hook(int, str)
_CONVERTER.register_unstructure_hook(bool, bool)  # which are integers in Python
_CONVERTER.register_unstructure_hook(IntEnum, lambda value: value.name)
_CONVERTER.register_structure_hook(IntEnum, lambda name, kind: kind[name])
_CONVERTER.register_unstructure_hook(bytes, lambda value: f"0x{value.hex()}")
_CONVERTER.register_structure_hook(bytes, lambda text, _: bytes.fromhex(text[2:]))
