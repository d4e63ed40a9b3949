"""Rows that are read, changed and written together, and what they were before."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from ..errors import IndexDamaged
from .schema import DERIVED, AsText, Journal, Record

R = TypeVar("R", bound=Record)
Key = tuple[Any, ...]

# Rows that are kept in memory between two commits.
CACHE = 100_000

_TABLES: dict[str, type[Record]] = {kind.__tablename__: kind for kind in DERIVED}


class Rows:
    """The derived rows of one database, for who alone writes them.

    They are changed in memory. `write` brings what has changed to the database, in the caller's transaction.
    """

    def __init__(self) -> None:
        self.connection: Connection | None = None
        # None: there is no such row.
        self._cache: dict[tuple[type[Record], Key], Any] = {}
        self._changed: dict[tuple[type[Record], Key], None] = {}
        # Whether all rows that there are lie in the cache.
        self._is_whole = False
        # What rows were before the block whose events are applied; None: nobody wants to know.
        self._before: dict[tuple[type[Record], Key], str | None] | None = None

    def find(self, kind: type[R], *key: Any) -> R | None:
        """A row to be read, and only that; None if there is none."""
        place = (kind, key)
        if place not in self._cache:
            self._cache[place] = self._load(kind, key)
        found: R | None = self._cache[place]
        return found

    def need(self, kind: type[R], *key: Any) -> R:
        """A row to be read, and only that. Raises `IndexDamaged` if there is none."""
        found = self.find(kind, *key)
        if found is None:
            name = kind.__tablename__
            raise IndexDamaged(f"an event is about what no event has made: {name} {', '.join(map(str, key))}")
        return found

    def change(self, kind: type[R], *key: Any) -> R:
        """A row to be changed. Raises `IndexDamaged` if there is none."""
        found = self.need(kind, *key)
        self._touch(kind, key)
        return found

    def provide(self, kind: type[R], *key: Any) -> R:
        """A row to be changed, made if there is none."""
        if self.find(kind, *key) is None:
            self.add(kind(**dict(zip(_keys(kind), key, strict=True))))
        return self.change(kind, *key)

    def add(self, row: Record) -> None:
        """A row that takes the place of one with its key, if there is any."""
        kind = type(row)
        key = tuple(getattr(row, name) for name in _keys(kind))
        self._touch(kind, key)
        self._cache[kind, key] = row

    def begin(self) -> None:
        """From now on it is noted what rows were before."""
        self._before = {}

    def end(self, block: int) -> None:
        """Writes what rows were before that have changed since `begin`, as what the block has done to them."""
        assert self._before is not None and self.connection is not None
        rows = [
            {"block": block, "rows_of": kind.__tablename__, "key": json.dumps(key), "before": before}
            for (kind, key), before in self._before.items()
        ]
        self._before = None
        if rows:
            self.connection.execute(insert(Journal), rows)

    def write(self) -> None:
        """Writes all rows that have changed."""
        assert self.connection is not None
        by_kind: dict[type[Record], list[Record]] = {}
        for kind, key in self._changed:
            by_kind.setdefault(kind, []).append(self._cache[kind, key])
        for kind, rows in by_kind.items():
            _upsert(self.connection, kind, [_values(row) for row in rows])
        self._changed.clear()
        if len(self._cache) > CACHE:
            self._cache.clear()
            self._is_whole = False

    def forget(self, *, is_empty: bool = False) -> None:
        """Drops what is in memory and was not written.

        If the database has no rows, `is_empty`, it is not asked for any as long as all that come are in memory.
        """
        self._cache.clear()
        self._is_whole = is_empty
        self._changed.clear()
        self._before = None

    def undo(self, first_block: int) -> None:
        """Makes all rows what they were before the events of this block, by the journal. Nothing may be unwritten."""
        assert self.connection is not None and not self._changed
        newest_first = select(Journal).where(Journal.block >= first_block).order_by(Journal.block.desc())
        for entry in self.connection.execute(newest_first).all():
            kind = _TABLES[entry.rows_of]
            key = json.loads(entry.key)
            if entry.before is None:
                self.connection.execute(delete(kind).where(*_is(kind, key)))
            else:
                _upsert(self.connection, kind, [_from_text(kind, entry.before)])
        self.connection.execute(delete(Journal).where(Journal.block >= first_block))
        self._cache.clear()
        self._is_whole = False

    def _touch(self, kind: type[Record], key: Key) -> None:
        place = (kind, key)
        self._changed[place] = None
        if self._before is not None and place not in self._before:
            found = self.find(kind, *key)
            self._before[place] = None if found is None else _to_text(found)

    def _load(self, kind: type[R], key: Key) -> R | None:
        assert self.connection is not None
        if self._is_whole:
            return None
        found = self.connection.execute(_select(kind), dict(zip(_keys(kind), key, strict=True))).first()
        return None if found is None else kind.of(found)


@cache
def _table(kind: type[Record]) -> Any:
    return kind.__table__


@cache
def _keys(kind: type[Record]) -> list[str]:
    return [column.name for column in _table(kind).primary_key.columns]


@cache
def _columns(kind: type[Record]) -> list[str]:
    return [column.name for column in _table(kind).columns]


@cache
def _select(kind: type[Record]) -> Any:
    table = _table(kind)
    return select(table).where(*(table.c[name] == bindparam(name) for name in _keys(kind)))


def _is(kind: type[Record], key: Sequence[Any]) -> Iterable[Any]:
    table = _table(kind)
    return [table.c[name] == value for name, value in zip(_keys(kind), key, strict=True)]


def _values(row: Record) -> dict[str, Any]:
    # What was set lies in the row itself, where it is found much faster than by SQLAlchemy's attributes.
    values = row.__dict__
    return {name: values[name] if name in values else getattr(row, name) for name in _columns(type(row))}


@cache
def _upsert_statement(kind: type[Record], dialect: str) -> Any:
    table = _table(kind)
    # Both have the same words for it.
    statement: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    others = {name: statement.excluded[name] for name in _columns(kind) if name not in _keys(kind)}
    return statement.on_conflict_do_update(index_elements=_keys(kind), set_=others)


def _upsert(connection: Connection, kind: type[Record], rows: list[dict[str, Any]]) -> None:
    connection.execute(_upsert_statement(kind, connection.dialect.name), rows)


def _to_text(row: Record) -> str:
    """A row as JSON."""
    values = _values(row)
    for column in _table(type(row)).columns:
        if isinstance(column.type, AsText) and values[column.name] is not None:
            values[column.name] = column.type.write(values[column.name])
    return json.dumps(values)


def _from_text(kind: type[Record], text: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text)
    for column in _table(kind).columns:
        if isinstance(column.type, AsText) and values[column.name] is not None:
            values[column.name] = column.type.read(values[column.name])
    return values
