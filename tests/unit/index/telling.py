"""Events brought to an index without a node."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from goldleaf.deployment import SINK
from goldleaf_tools.index import Index
from goldleaf_tools.index.schema import DERIVED, Block, EntryRow, EventRow
from tests.unit.index.hearing import Hearing, Told


def tell(index: Index, played: Hearing, told: Sequence[Told], journal_from: int = 0) -> None:
    """Takes in what was told, as `Following` does that has read it from a node."""
    database = index._database
    database.begin()
    if database.stand().sink is None:
        database.note_sink(SINK)
        if played.court_parameters is not None:
            database.note_court(played.court_parameters)
    logged = [logged for one in told for logged in one.logged]
    times = {one.number: one.time for one in told}
    database.add(logged, times, told[-1].cursor, told[-1].time, journal_from)


def contents(index: Index) -> dict[str, list[Any]]:
    """All rows that are made of events, and the events."""
    kinds: tuple[Any, ...] = (*DERIVED, EntryRow, EventRow, Block)
    with index.engine.connect() as connection:
        return {
            kind.__tablename__: sorted(map(tuple, connection.execute(select(kind.__table__))), key=repr)
            for kind in kinds
        }


def fields(struct: Any) -> list[Any]:
    """The members of a struct that a contract has answered with."""
    return [fields(member) if hasattr(member, "_fields") else member for member in struct]


def values(found: Any) -> list[Any]:
    """The fields of a dataclass in the order of the contract's struct."""
    return [
        values(member)
        if hasattr(member, "__dataclass_fields__")
        else list(member)
        if isinstance(member, tuple)
        else member
        for member in (getattr(found, name) for name in found.__dataclass_fields__)
    ]
