"""The database of an index: opened, checked, and written in steps of which each is done whole or not at all."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from goldleaf import errors
from goldleaf.deployment import Deployment
from goldleaf.feed import Cursor, Logged
from goldleaf.types import CourtParameters

from ..errors import ForeignIndex, IndexBusy, IndexFailed
from . import records
from .replay import HANDLERS, Books, Place
from .rows import Rows
from .schema import DERIVED, VERSION, Block, EntryRow, EventRow, Journal, Record, Stand

# For so many blocks under the latest one it is kept what they have changed. Deeper ones are undone by doing all again.
DEPTH = 512
# Events that are applied at once where all is done again.
PAGE = 5_000
# How long a writer waits for another one, seconds.
PATIENCE = 30

# The one row of `stand`.
_ONLY = 1
# PostgreSQL's number of the lock under which tables are made.
_LOCK = 0x676F6C64


def open_engine(url: str | Engine) -> Engine:
    """The engine of a database. Raises `ArgumentError` for what is no URL, `MissingExtra` without its driver."""
    if isinstance(url, Engine):
        engine = url
    else:
        try:
            parsed = make_url(url)
            if parsed.drivername in ("postgres", "postgresql"):
                parsed = parsed.set(drivername="postgresql+psycopg")
            engine = create_engine(parsed)
        except ModuleNotFoundError as error:
            raise errors.MissingExtra("postgres", "goldleaf-tools") from error
        except (ArgumentError, ValueError) as error:
            # Without the URL, in which a password may stand.
            raise errors.ArgumentError(
                "the database is no URL such as sqlite:///index.db or postgresql://host/name"
            ) from error
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise errors.ArgumentError(f"the database is {engine.dialect.name}; an index needs SQLite or PostgreSQL")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


@contextmanager
def failing() -> Iterator[None]:
    """Turns the database's errors into typed ones."""
    try:
        yield
    except SQLAlchemyError as error:
        # Of the error alone: the statement and its values help nobody, and connection strings hold passwords.
        cause = getattr(error, "orig", None) or error
        raise IndexFailed(str(cause).strip().splitlines()[0]) from error


class Database:
    """What was read of one deployment."""

    def __init__(self, url: str | Engine, deployment: Deployment) -> None:
        self.engine = open_engine(url)
        self.deployment = deployment
        self._rows = Rows()
        # As this process has read or written it last.
        self._stand: Stand | None = None
        with failing():
            self._prepare()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read through."""
        with failing(), self.engine.connect() as connection:
            yield connection

    def stand(self) -> Stand:
        """How far the index has come."""
        with self.reading() as connection:
            found = connection.execute(select(Stand.__table__)).one()
            return Stand.of(found)

    def begin(self) -> Cursor | None:
        """Where to go on; None: at the deployment. Whatever others write from now on is noticed by the next writing."""
        stand = self.stand()
        if self._stand is None or self._stand.revision != stand.revision:
            # Before the first block there is nothing that any block has made.
            self._rows.forget(is_empty=stand.block is None and stand.revision == 0)
        self._stand = stand
        return None if stand.block is None or stand.block_hash is None else Cursor(stand.block, stand.block_hash)

    def note_sink(self, sink: str) -> None:
        """Stores who the escrow's sink is."""
        with self._writing() as (connection, stand):
            stand.sink = sink
            self._advance(connection, stand)

    def note_court(self, court: CourtParameters) -> None:
        """Stores what the court was deployed with."""
        with self._writing() as (connection, stand):
            stand.court = json.dumps({name: str(value) for name, value in asdict(court).items()})
            self._advance(connection, stand)

    def court(self) -> CourtParameters | None:
        """What the court was deployed with; None: there is none, or it was not asked yet."""
        return _court(self.stand())

    def add(
        self, logged: Sequence[Logged], times: dict[int, int], cursor: Cursor, time: int, journal_from: int
    ) -> None:
        """Takes in events, whole blocks of them, oldest first, and goes on to the cursor.

        `times` are those of their blocks; `time` that of the cursor's. What blocks from `journal_from` on change can
        be undone fast. Raises `IndexBusy` if somebody else has written since.
        """
        with self._writing() as (connection, stand):
            books = self._books(stand)
            blocks: dict[int, list[Logged]] = {}
            for one in logged:
                blocks.setdefault(one.block, []).append(one)
            if logged:
                rows = [{"number": n, "hash": found[0].block_hash, "time": times[n]} for n, found in blocks.items()]
                connection.execute(insert(Block), rows)
                connection.execute(insert(EventRow), [records.row(one, times[one.block]) for one in logged])
            entries: list[dict[str, Any]] = []
            for number, found in blocks.items():
                if number >= journal_from:
                    self._rows.begin()
                for one in found:
                    entries += _apply(books, one, times[number])
                if number >= journal_from:
                    self._rows.end(number)
                else:
                    stand.journal_from = number + 1
            self._rows.write()
            _write_entries(connection, entries)
            stand.block, stand.block_hash, stand.time = cursor.block, cursor.block_hash, time
            floor = cursor.block - DEPTH
            if floor > stand.journal_from:
                stand.journal_from = floor
                connection.execute(delete(Journal).where(Journal.block < floor))
            self._advance(connection, stand)

    def undo(self, first_block: int) -> int:
        """Undoes this and all later blocks; returns how many events that were.

        The index then stands at the last block with events that is left.
        """
        with self._writing() as (connection, stand):
            undone = connection.execute(delete(EventRow).where(EventRow.block >= first_block)).rowcount
            connection.execute(delete(Block).where(Block.number >= first_block))
            connection.execute(delete(EntryRow).where(EntryRow.block >= first_block))
            if first_block >= stand.journal_from:
                self._rows.undo(first_block)
            else:
                self._build(connection, stand)
            last = connection.execute(select(Block.__table__).order_by(Block.number.desc()).limit(1)).first()
            stand.block, stand.block_hash, stand.time = (None,) * 3 if last is None else tuple(last)
            self._advance(connection, stand)
        return undone

    def rebuild(self) -> None:
        """Makes all other tables of the events once more."""
        self.begin()
        with self._writing() as (connection, stand):
            self._build(connection, stand)
            self._advance(connection, stand)

    def blocks(self) -> list[tuple[int, str]]:
        """Numbers and hashes of the blocks with events, oldest first."""
        with self.reading() as connection:
            found = connection.execute(select(Block.__table__).order_by(Block.number))
            return [(block.number, block.hash) for block in found]

    def _build(self, connection: Connection, stand: Stand) -> None:
        connection.execute(delete(Journal))
        connection.execute(delete(EntryRow))
        for kind in DERIVED:
            connection.execute(delete(kind))
        self._rows.forget(is_empty=True)
        self._rows.connection = connection
        books = self._books(stand)
        after = (-1, -1)
        while page := _page(connection, after):
            entries: list[dict[str, Any]] = []
            for row, block_hash in page:
                entries += _apply(books, records.logged(row, block_hash), row.time)
                after = (row.block, row.log_index)
            self._rows.write()
            _write_entries(connection, entries)
        stand.journal_from = after[0] + 1

    def _books(self, stand: Stand) -> Books:
        contracts = self.deployment.contracts
        return Books(self._rows, contracts["TaskEscrow"], contracts.get("GoldTest"), stand.sink, _court(stand))

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Stand]]:
        """A transaction of which no other one saw what it changes."""
        stand = self._stand or self.stand()
        try:
            with failing(), self.engine.begin() as connection:
                # First of all, for this waits for whoever writes, and then finds out whether they did.
                mine = update(Stand).where(Stand.revision == stand.revision).values(revision=stand.revision + 1)
                if connection.execute(mine).rowcount != 1:
                    raise IndexBusy("another process has written to this database")
                stand.revision += 1
                self._rows.connection = connection
                yield connection, stand
        except BaseException:
            self._rows.forget()
            self._stand = None
            raise
        finally:
            self._rows.connection = None
        self._stand = stand

    def _advance(self, connection: Connection, stand: Stand) -> None:
        names = ("court", "sink", "block", "block_hash", "time", "journal_from")
        connection.execute(update(Stand).values({name: getattr(stand, name) for name in names}))

    def _prepare(self) -> None:
        """Makes the tables, or makes sure that they are the right ones."""
        with self.engine.begin() as connection:
            # One at a time: others would make the same tables.
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            found = set(inspect(connection).get_table_names()) & set(Record.metadata.tables)
            if not found:
                Record.metadata.create_all(connection)
                connection.execute(insert(Stand).values(**self._identity(), id=_ONLY, revision=0, journal_from=0))
                return
            if Stand.__tablename__ not in found:
                raise ForeignIndex(f"the database has tables of the same names: {', '.join(sorted(found))}")
            version = connection.execute(select(Stand.version)).scalar()
            if version != VERSION:
                raise ForeignIndex("version of its tables", value=version, bound=VERSION)
            stand = connection.execute(select(Stand.__table__)).one()
        for name, value in self._identity().items():
            if getattr(stand, name) != value:
                raise ForeignIndex(f"its {name}", value=getattr(stand, name), bound=value)

    def _identity(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "chain_id": self.deployment.chain_id,
            "first_block": self.deployment.block,
            "contracts": json.dumps(dict(self.deployment.contracts), sort_keys=True),
        }


def _apply(books: Books, logged: Logged, time: int) -> list[dict[str, Any]]:
    """Changes the rows that an event changes; what money it has moved."""
    handler: Callable[..., None] | None = HANDLERS.get(type(logged.event))
    if handler is not None:
        handler(books, logged.event, Place(logged.block, time, logged.transaction, logged.contract))
    return books.take_entries(logged.block, logged.index)


def _write_entries(connection: Connection, entries: list[dict[str, Any]]) -> None:
    if entries:
        connection.execute(insert(EntryRow), entries)


def _page(connection: Connection, after: tuple[int, int]) -> list[tuple[EventRow, str]]:
    block, index = after
    later = (EventRow.block > block) | ((EventRow.block == block) & (EventRow.log_index > index))
    found = connection.execute(
        select(EventRow.__table__, Block.hash)
        .join(Block, Block.number == EventRow.block)
        .where(later)
        .order_by(EventRow.block, EventRow.log_index)
        .limit(PAGE)
    )
    return [event_row(row) for row in found]


def event_row(found: Any) -> tuple[EventRow, str]:
    """A row of `events` joined with the hash of its block."""
    values = found._asdict()
    block_hash: str = values.pop("hash")
    return EventRow(**values), block_hash


def _court(stand: Stand) -> CourtParameters | None:
    if stand.court is None:
        return None
    content = json.loads(stand.court)
    return CourtParameters(**{name: _number(value) for name, value in content.items()})


def _number(text: str) -> Any:
    return int(text) if text.isdigit() else text


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Readers do not wait for the writer; after a loss of power the last commits may be missing, and are read again.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")
