"""What the server keeps besides the index: drafts of labels, answers that a requester knows, copies of manifests.

Each private thing belongs to an account, and is read and written for that account alone.
"""

import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, Text, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from goldleaf_tools.index.database import open_engine
from goldleaf_tools.index.schema import Wide

# Seconds for which requests that nobody has signed are kept after their end.
KEPT = 86_400


# PostgreSQL's number of the lock under which uploads are counted.
_UPLOADS = 0x676C7570


class Table(DeclarativeBase):
    """A table of the server's own."""


class Private(Table):
    """Something that an account keeps here: a draft, known answers. Nobody else reads it."""

    __tablename__ = "app_private"
    __table_args__ = (Index("app_private_by_kind", "kind"),)

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)  # "draft", "known answers", ...
    name: Mapped[str] = mapped_column(Text, primary_key=True)  # of the thing among those of its kind
    content: Mapped[str] = mapped_column(Text)  # JSON
    changed: Mapped[int] = mapped_column(BigInteger)  # unix seconds


class Content(Table):
    """A file that was read once, by its keccak-256: what has that hash never changes."""

    __tablename__ = "app_content"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)  # hex
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Title(Table):
    """What a task is about, in a line of its guidelines; for lists."""

    __tablename__ = "app_titles"

    task: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)


class Nonce(Table):
    """Something that is good once, or once in a while: a nonce that somebody has signed in with, a mail."""

    __tablename__ = "app_nonces"

    nonce: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[int] = mapped_column(BigInteger)  # unix seconds; a nonce is refused for its age later


class Request(Table):
    """A call that somebody was asked to sign, to have it relayed."""

    __tablename__ = "app_requests"

    digest: Mapped[str] = mapped_column(Text, primary_key=True)  # hex
    until: Mapped[int] = mapped_column(BigInteger)  # unix seconds of the chain; later no relay takes it
    content: Mapped[str] = mapped_column(Text)  # JSON


class Spending(Table):
    """What relaying for an account has cost on a day."""

    __tablename__ = "app_spending"

    day: Mapped[str] = mapped_column(Text, primary_key=True)  # 2026-01-31, UTC
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    wei: Mapped[int] = mapped_column(Wide)


class Uploaded(Table):
    """What an account has uploaded on a day."""

    __tablename__ = "app_uploaded"

    day: Mapped[str] = mapped_column(Text, primary_key=True)  # 2026-01-31, UTC
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)  # bytes


class Reminded(Table):
    """A reminder that was sent."""

    __tablename__ = "app_reminded"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    lead: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # seconds before the deadline
    end: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # the deadline, unix seconds


class Database:
    """The server's own tables. Methods block: call them in a thread."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        # What is private does not get into a log with an error.
        self.engine.hide_parameters = True
        Table.metadata.create_all(self.engine)

    # ------------------------------------------------------------ private things

    def keep(self, account: str, kind: str, name: str, content: str) -> None:
        """Keeps a private thing of an account, in the place of one of the same name."""
        row = {"account": account, "kind": kind, "name": name, "content": content, "changed": int(time.time())}
        self.upsert(Private, row)

    def keep_once(self, account: str, kind: str, name: str, content: str) -> str:
        """Keeps a private thing unless there is one of that name; returns what is kept then."""
        try:
            with self.engine.begin() as connection:
                row = {"account": account, "kind": kind, "name": name, "content": content, "changed": int(time.time())}
                connection.execute(insert(Private).values(row))
        except IntegrityError:
            return self.recall(account, kind, name) or content
        return content

    def recall(self, account: str, kind: str, name: str) -> str | None:
        """A private thing of an account; None: there is none."""
        where = (Private.account == account, Private.kind == kind, Private.name == name)
        with self.engine.connect() as connection:
            return connection.execute(select(Private.content).where(*where)).scalar()

    def recall_all(self, account: str, kind: str) -> dict[str, str]:
        """An account's private things of a kind, by name, the last changed first."""
        statement = select(Private.name, Private.content).where(Private.account == account, Private.kind == kind)
        with self.engine.connect() as connection:
            return {row.name: row.content for row in connection.execute(statement.order_by(Private.changed.desc()))}

    def names(self, account: str, kind: str) -> list[str]:
        """The names of an account's private things of a kind, the last changed first."""
        statement = select(Private.name).where(Private.account == account, Private.kind == kind)
        with self.engine.connect() as connection:
            return list(connection.scalars(statement.order_by(Private.changed.desc())))

    def all_names(self, kind: str) -> list[tuple[str, str]]:
        """Account and name of each private thing of a kind, for the server's own duties."""
        with self.engine.connect() as connection:
            found = connection.execute(select(Private.account, Private.name).where(Private.kind == kind))
            return [(row.account, row.name) for row in found]

    def forget(self, account: str, kind: str, name: str) -> None:
        """Deletes a private thing of an account."""
        where = (Private.account == account, Private.kind == kind, Private.name == name)
        with self.engine.begin() as connection:
            connection.execute(delete(Private).where(*where))

    def all(self, kind: str) -> list[tuple[str, str]]:
        """The private things of a kind that accounts keep, with their accounts: for what is done for all of them."""
        with self.engine.connect() as connection:
            statement = select(Private.account, Private.content).where(Private.kind == kind)
            return [(row.account, row.content) for row in connection.execute(statement)]

    def note_reminded(self, account: str, what: str, lead: int, end: int) -> bool:
        """Notes that a reminder is sent; False: it was before."""
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(Reminded).values(account=account, what=what, lead=lead, end=end))
        except IntegrityError:
            return False
        return True

    def spend_nonce(self, nonce: str, until: int) -> bool:
        """Notes that a nonce was used; False: it was used before."""
        try:
            with self.engine.begin() as connection:
                connection.execute(delete(Nonce).where(Nonce.until < int(time.time())))
                connection.execute(insert(Nonce).values(nonce=nonce, until=until))
        except IntegrityError:
            return False
        return True

    # ------------------------------------------------------------ uploads

    def count_upload(self, account: str, size: int, *, per_user: int, per_day: int) -> bool:
        """Counts an upload of today's; False, and it is not counted, if it is more than an account or all may."""
        day = datetime.now(UTC).date().isoformat()
        with self.engine.connect() as connection:
            # Counted first, and looked at then: whoever comes at the same time waits, and sees it. In SQLite one alone
            # writes anyway; of PostgreSQL it is asked.
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_UPLOADS)))
            counting: Any = self._insert(Uploaded).values(day=day, account=account, size=size)
            together = {"size": Uploaded.size + counting.excluded.size}
            connection.execute(counting.on_conflict_do_update(index_elements=["day", "account"], set_=together))
            rows = connection.execute(select(Uploaded.account, Uploaded.size).where(Uploaded.day == day)).all()
            own = sum(row.size for row in rows if row.account == account)
            if own > per_user or sum(row.size for row in rows) > per_day:
                connection.rollback()
                return False
            connection.execute(delete(Uploaded).where(Uploaded.day < day))
            connection.commit()
        return True

    # ------------------------------------------------------------ relaying

    def keep_request(self, digest: bytes, until: int, content: str) -> None:
        """Keeps a request that is to be signed; those that are long over are dropped."""
        with self.engine.begin() as connection:
            connection.execute(delete(Request).where(Request.until < until - KEPT))
            connection.execute(insert(Request).values(digest=digest.hex(), until=until, content=content))

    def request(self, digest: bytes) -> str | None:
        """A request that was kept and not sent."""
        with self.engine.connect() as connection:
            return connection.execute(select(Request.content).where(Request.digest == digest.hex())).scalar()

    def forget_request(self, digest: bytes) -> bool:
        """Drops a request that is about to be sent; False: somebody else has."""
        with self.engine.begin() as connection:
            return connection.execute(delete(Request).where(Request.digest == digest.hex())).rowcount == 1

    def spent(self, account: str, day: str) -> tuple[int, int]:
        """What relaying has cost on a day, in wei: for all, and for an account."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(Spending.account, Spending.wei).where(Spending.day == day)).all()
        return sum(row.wei for row in rows), sum(row.wei for row in rows if row.account == account)

    def spend(self, account: str, day: str, wei: int) -> None:
        """Adds to what relaying for an account has cost on a day."""
        with self.engine.begin() as connection:
            # The row is there and held before it is read: what others add at the same time must not be lost.
            row: Any = self._insert(Spending).values(day=day, account=account, wei=0)
            connection.execute(row.on_conflict_do_nothing())
            where = (Spending.day == day, Spending.account == account)
            found = connection.execute(select(Spending.wei).where(*where).with_for_update()).scalar_one()
            connection.execute(update(Spending).where(*where).values(wei=found + wei))

    # ------------------------------------------------------------ copies

    def content(self, digest: bytes) -> bytes | None:
        """The copy of a file by its keccak-256."""
        with self.engine.connect() as connection:
            return connection.execute(select(Content.data).where(Content.digest == digest.hex())).scalar()

    def keep_content(self, digest: bytes, data: bytes) -> None:
        """Keeps a copy of a file whose keccak-256 was checked."""
        self.upsert(Content, {"digest": digest.hex(), "data": data})

    def titles(self, tasks: list[int]) -> dict[int, str]:
        """What tasks are about, as far as it is known."""
        with self.engine.connect() as connection:
            found = connection.execute(select(Title.task, Title.title).where(Title.task.in_(tasks)))
            return {row.task: row.title for row in found}

    def find_titles(self, words: str) -> list[int]:
        """The tasks whose titles have all of these words, the newest first; at most a thousand."""
        where = [Title.title.icontains(word, autoescape=True) for word in words.split()]
        with self.engine.connect() as connection:
            return list(connection.scalars(select(Title.task).where(*where).order_by(Title.task.desc()).limit(1000)))

    def keep_title(self, task: int, title: str) -> None:
        """Notes what a task is about."""
        self.upsert(Title, {"task": task, "title": title})

    def upsert(self, kind: type[Table], row: dict[str, Any]) -> None:
        """Writes a row in the place of one with its key."""
        statement = self._insert(kind)
        keys = [column.name for column in kind.__mapper__.primary_key]
        others = {name: statement.excluded[name] for name in row if name not in keys}
        with self.engine.begin() as connection:
            connection.execute(statement.values(row).on_conflict_do_update(index_elements=keys, set_=others))

    def _insert(self, kind: type[Table]) -> Any:
        """An insertion that says what to do about a row that is there; both databases have the same words for it."""
        of = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        return of.insert(kind)
