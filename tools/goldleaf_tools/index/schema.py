"""The tables of the index.

Times are unix seconds, amounts base units, hashes and other bytes 0x and digits, addresses checksummed, states the
names that `goldleaf.types` has for them. Ids are taken apart, for a database's integers have 64 bits: a submission is
(task, slot), a challenge (task, slot, number), a dispute about known answers (task, batch, number). Amounts have up to
256 bits: PostgreSQL keeps them as NUMERIC(78, 0), exact and ready for arithmetic. SQLite has nothing that wide, so
there they are decimal digits in a TEXT: exact where they are read, and to be cast for sums and comparisons,
`CAST(pay AS REAL)`.
"""

import json
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Any, Self, TypeVar

from sqlalchemy import BigInteger, Boolean, Dialect, Index, Numeric, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from goldleaf.types import ZERO_ADDRESS, ChallengeKind, ChallengeState, GoldDisputeState, Outcome, SubmissionState

# Of these tables: raised with every change of them, or of what the events are made into.
VERSION = 5
NO_HASH = bytes(32)
# Digits of 2**256 - 1.
_DIGITS = 78

T = TypeVar("T")


class AsText(TypeDecorator[T]):
    """A value that is written as text."""

    impl = Text
    cache_ok = True

    def write(self, value: T) -> str:
        """The text of a value."""
        raise NotImplementedError

    def read(self, text: str) -> T:
        """The value of a text."""
        raise NotImplementedError

    def process_bind_param(self, value: T | None, dialect: Dialect) -> Any:
        return None if value is None else self.write(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> T | None:
        return None if value is None else self.read(value)


class Wide(AsText[int]):
    """An integer of up to 256 bits."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        wide: Any = Numeric(_DIGITS, 0) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(wide)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return Decimal(value) if dialect.name == "postgresql" else str(value)

    def write(self, value: int) -> str:
        return str(value)

    def read(self, text: str) -> int:
        return int(text)


class Octets(AsText[bytes]):
    """Bytes, as 0x and digits."""

    cache_ok = True

    def write(self, value: bytes) -> str:
        return "0x" + value.hex()

    def read(self, text: str) -> bytes:
        return bytes.fromhex(text[2:])


class Named(AsText[IntEnum]):
    """A member of an enumeration, as its name."""

    cache_ok = True

    def __init__(self, kind: type[IntEnum]) -> None:
        super().__init__()
        self.kind = kind

    def write(self, value: IntEnum) -> str:
        return value.name

    def read(self, text: str) -> IntEnum:
        return self.kind[text]


class Listed(AsText[tuple[int, ...]]):
    """Item numbers, counts or gold numbers, as a JSON array."""

    cache_ok = True

    def write(self, value: tuple[int, ...]) -> str:
        return json.dumps(value)

    def read(self, text: str) -> tuple[int, ...]:
        return tuple(json.loads(text))


class ListedOctets(AsText[tuple[bytes, ...]]):
    """Hashes, as a JSON array of 0x and digits."""

    cache_ok = True

    def write(self, value: tuple[bytes, ...]) -> str:
        return json.dumps(["0x" + each.hex() for each in value])

    def read(self, text: str) -> tuple[bytes, ...]:
        return tuple(bytes.fromhex(each[2:]) for each in json.loads(text))


Key = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
TextKey = Annotated[str, mapped_column(Text, primary_key=True)]
Number = Annotated[int, mapped_column(BigInteger)]
Amount = Annotated[int, mapped_column(Wide)]
Flag = Annotated[bool, mapped_column(Boolean)]
Words = Annotated[str, mapped_column(Text)]
Bytes = Annotated[bytes, mapped_column(Octets)]
Items = Annotated[tuple[int, ...], mapped_column(Listed)]


class Record(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """A row of a table."""

    @classmethod
    def of(cls, found: Any) -> Self:
        """What a query for all columns has found."""
        return cls(**found._asdict())


# ---------------------------------------------------------------- what the index is of, and how far it has come


class Stand(Record):
    """One row: which deployment this is, and up to where it was read."""

    __tablename__ = "stand"

    id: Mapped[Key]
    version: Mapped[Number]  # of the tables
    chain_id: Mapped[Number]
    first_block: Mapped[Number]
    contracts: Mapped[Words]  # JSON: name -> address
    court: Mapped[Words | None]  # JSON: what the court was deployed with; no event tells
    sink: Mapped[Words | None]  # who gets what the escrow sends to its sink; no event tells
    # Counts commits. Who writes names the one that they have read, so that two writers notice each other.
    revision: Mapped[Number]
    # Everything up to this block, it included, was read. None: nothing yet.
    block: Mapped[Number | None]
    block_hash: Mapped[Words | None]
    time: Mapped[Number | None]  # of that block
    # What this and later blocks have changed can be undone by the journal.
    journal_from: Mapped[Number]


class Block(Record):
    """A block with events."""

    __tablename__ = "blocks"

    number: Mapped[Key]
    hash: Mapped[Words]
    time: Mapped[Number]


class EventRow(Record):
    """An event as it was logged. All other tables are made of these rows, in this order."""

    __tablename__ = "events"
    __table_args__ = (
        Index("events_of_slot", "task", "slot"),
        Index("events_of_dispute", "dispute"),
        Index("events_by_kind", "kind"),
    )

    block: Mapped[Key]
    log_index: Mapped[Key]  # its place among the logs of the block
    time: Mapped[Number]
    contract: Mapped[Words]
    kind: Mapped[Words]  # its name, such as Taken
    # What it is about, as far as its own fields tell.
    task: Mapped[Number | None]
    slot: Mapped[Number | None]
    number: Mapped[Number | None]  # of a challenge
    batch: Mapped[Number | None]  # of a graded task
    gold_dispute: Mapped[Number | None]  # its number in the batch
    dispute: Mapped[Number | None]  # of the court
    transaction_hash: Mapped[Words]
    fields: Mapped[Words]  # JSON; integers as strings of digits


class EntryRow(Record):
    """A movement of an account's money by an event; see `Entry`."""

    __tablename__ = "entries"
    __table_args__ = (Index("entries_of_account", "account", "block"),)

    block: Mapped[Key]  # with log_index: the event
    log_index: Mapped[Key]
    account: Mapped[TextKey]
    kind: Mapped[TextKey]  # of `EntryKind`
    token: Mapped[Words]
    amount: Mapped[Amount]


class Journal(Record):
    """A row as it was before a block has changed it; the latest blocks alone."""

    __tablename__ = "journal"

    block: Mapped[Key]
    rows_of: Mapped[TextKey]  # a table
    key: Mapped[TextKey]  # JSON: the values of the primary key
    before: Mapped[Words | None]  # JSON: column -> value; None: there was no such row


# ---------------------------------------------------------------- the escrow


class TaskRow(Record):
    """A task, with its terms; see `TaskParameters` and `Task`."""

    __tablename__ = "tasks"
    __table_args__ = (Index("tasks_of_requester", "requester"),)

    task: Mapped[Key]
    requester: Mapped[Words]
    token: Mapped[Words]
    arbitrator: Mapped[Words]
    gate: Mapped[Words]
    grader: Mapped[Words]
    reward: Mapped[Amount]
    stake: Mapped[Amount]
    items: Mapped[Number]
    batch_size: Mapped[Number]
    redundancy: Mapped[Number]
    tolerance_bps: Mapped[Number]
    deadline: Mapped[Number]
    work_period: Mapped[Number]
    publish_period: Mapped[Number]
    challenge_period: Mapped[Number]
    response_period: Mapped[Number]
    arbitration_timeout: Mapped[Number]
    availability_bond: Mapped[Amount]
    royalty_bps: Mapped[Number]
    terms: Mapped[Bytes]
    uri: Mapped[Words]  # of the manifest
    opened: Mapped[Number]  # time
    opened_block: Mapped[Number]
    opened_by: Mapped[Words]  # transaction
    publish_from: Mapped[Number]
    live: Mapped[Number] = mapped_column(default=0)
    accepted: Mapped[Number] = mapped_column(default=0)
    delivered: Mapped[Number] = mapped_column(default=0)
    cancelled: Mapped[Flag] = mapped_column(default=False)
    closed: Mapped[Flag] = mapped_column(default=False)


class SubmissionRow(Record):
    """A slot that was ever taken; see `Submission`."""

    __tablename__ = "submissions"
    __table_args__ = (
        Index("submissions_of_annotator", "annotator"),
        Index("submissions_in_state", "state", "window_end"),
    )

    task: Mapped[Key]
    slot: Mapped[Key]
    annotator: Mapped[Words]  # empty address: the slot is open again
    state: Mapped[SubmissionState] = mapped_column(Named(SubmissionState))
    due_at: Mapped[Number] = mapped_column(default=0)  # TAKEN, COMMITTED, FORFEITED: time by which the work is due
    # From PUBLISHED on: end of the challenge window, which the requester may have cut short.
    window_end: Mapped[Number] = mapped_column(default=0)
    errors: Mapped[Number] = mapped_column(default=0)
    commitment: Mapped[Bytes] = mapped_column(default=NO_HASH)  # COMMITTED, FORFEITED
    root: Mapped[Bytes] = mapped_column(default=NO_HASH)  # from PUBLISHED on
    filed: Mapped[Number] = mapped_column(default=0)
    settled: Mapped[Number] = mapped_column(default=0)
    wrong_items: Mapped[Items] = mapped_column(default=())  # proven wrong
    shown_items: Mapped[Items] = mapped_column(default=())  # shown in answer to availability challenges
    # Of the publication, once there is one.
    uri: Mapped[Words | None] = mapped_column(default=None)
    published_window_end: Mapped[Number | None] = mapped_column(default=None)  # the window's end as it was then
    published: Mapped[Number | None] = mapped_column(default=None)  # time
    published_block: Mapped[Number | None] = mapped_column(default=None)
    published_by: Mapped[Words | None] = mapped_column(default=None)  # transaction
    # Of a task that the deployment's GoldTest tests: published after a passed test, or without one. None: of no such
    # task, or not published.
    passed: Mapped[Flag | None] = mapped_column(default=None)
    # Once paid.
    pay: Mapped[Amount | None] = mapped_column(default=None)
    enrolled: Mapped[Flag] = mapped_column(default=False)  # its shares have been minted


class ChallengeRow(Record):
    """A challenge of either kind; see `Challenge`."""

    __tablename__ = "challenges"
    __table_args__ = (
        Index("challenges_in_state", "state"),
        Index("challenges_of_challenger", "challenger"),
        Index("challenges_of_defender", "defender"),
    )

    task: Mapped[Key]
    slot: Mapped[Key]
    number: Mapped[Key]
    challenger: Mapped[Words]
    kind: Mapped[ChallengeKind] = mapped_column(Named(ChallengeKind))
    state: Mapped[ChallengeState] = mapped_column(Named(ChallengeState))
    items: Mapped[Items]
    bond: Mapped[Amount]
    filed_at: Mapped[Number]  # time
    filed_block: Mapped[Number]
    filed_by: Mapped[Words]  # transaction
    # Of correctness.
    evidence: Mapped[Bytes | None] = mapped_column(default=None)
    uri: Mapped[Words | None] = mapped_column(default=None)
    # Once defended.
    defended_at: Mapped[Number] = mapped_column(default=0)  # time
    defender: Mapped[Words] = mapped_column(default=ZERO_ADDRESS)
    fee: Mapped[Amount] = mapped_column(default=0)
    arbitrator: Mapped[Words | None] = mapped_column(default=None)
    dispute: Mapped[Amount | None] = mapped_column(default=None)  # the arbitrator's number of it
    ruling: Mapped[Amount] = mapped_column(default=0)
    # Once settled.
    outcome: Mapped[Outcome | None] = mapped_column(Named(Outcome), default=None)
    proven: Mapped[Number | None] = mapped_column(default=None)
    to_challenger: Mapped[Amount | None] = mapped_column(default=None)
    to_annotator: Mapped[Amount | None] = mapped_column(default=None)
    to_defender: Mapped[Amount | None] = mapped_column(default=None)
    to_sink: Mapped[Amount | None] = mapped_column(default=None)


class ChallengedLabel(Record):
    """A label of a challenge."""

    __tablename__ = "challenged_labels"

    task: Mapped[Key]
    slot: Mapped[Key]
    number: Mapped[Key]
    item: Mapped[Key]
    proven: Mapped[Flag] = mapped_column(default=False)  # by this challenge, and not by one before


class ChallengeCommitmentRow(Record):
    """A commitment to a challenge. Whether that was filed no event tells."""

    __tablename__ = "challenge_commitments"

    commitment: Mapped[TextKey]
    time: Mapped[Number]


# ---------------------------------------------------------------- tests on known items


class TaskTestRow(Record):
    """The test of a task's sealed labels; see `TaskTest`."""

    __tablename__ = "tests"

    task: Mapped[Key]
    classes: Mapped[tuple[bytes, ...]] = mapped_column(ListedOctets)  # digests of labels, rising
    counts: Mapped[Items]  # known items of each class in a graded batch
    allowed: Mapped[Number]
    opening_period: Mapped[Number]
    dispute_period: Mapped[Number]


class BatchRow(Record):
    """The test of a batch of which an event tells. Its phase follows from these columns, its submissions and the time;
    see `BatchTest`."""

    __tablename__ = "batches"

    task: Mapped[Key]
    batch: Mapped[Key]
    sealed_at: Mapped[Number] = mapped_column(default=0)
    opened_at: Mapped[Number] = mapped_column(default=0)
    waived_at: Mapped[Number] = mapped_column(default=0)
    voided_at: Mapped[Number] = mapped_column(default=0)
    settled_at: Mapped[Number] = mapped_column(default=0)  # the latest dispute by whose end the outcome may be fixed
    gold_hash: Mapped[Bytes] = mapped_column(default=NO_HASH)
    filed: Mapped[Number] = mapped_column(default=0)
    settled: Mapped[Number] = mapped_column(default=0)
    cost: Mapped[Amount] = mapped_column(default=0)
    deposit: Mapped[Amount] = mapped_column(default=0)  # what is left of it
    released: Mapped[Flag] = mapped_column(default=False)


class GoldItemRow(Record):
    """An item whose answer the requester has shown."""

    __tablename__ = "gold_items"
    __table_args__ = (Index("gold_by_item", "task", "item"),)

    task: Mapped[Key]
    batch: Mapped[Key]
    number: Mapped[Key]  # its place in the gold list
    item: Mapped[Number]
    answer: Mapped[Bytes]  # digest of the right label
    dropped: Mapped[Flag] = mapped_column(default=False)


class GoldDisputeRow(Record):
    """A dispute about known answers; see `GoldDispute`."""

    __tablename__ = "gold_disputes"
    __table_args__ = (Index("gold_disputes_of_disputer", "disputer"),)

    task: Mapped[Key]
    batch: Mapped[Key]
    number: Mapped[Key]
    slot: Mapped[Number]  # of the disputer's submission
    disputer: Mapped[Words]
    state: Mapped[GoldDisputeState] = mapped_column(Named(GoldDisputeState))
    numbers: Mapped[Items]  # places in the gold list
    fee: Mapped[Amount]  # and the bond as well
    arbitrator: Mapped[Words]
    dispute: Mapped[Amount]  # the arbitrator's number of it
    evidence: Mapped[Bytes]
    uri: Mapped[Words]
    filed_at: Mapped[Number]  # time
    filed_block: Mapped[Number]
    filed_by: Mapped[Words]  # transaction
    ruling: Mapped[Amount] = mapped_column(default=0)
    # Once settled.
    outcome: Mapped[Outcome | None] = mapped_column(Named(Outcome), default=None)
    dropped: Mapped[Items | None] = mapped_column(default=None)  # those of `numbers` that were not dropped before
    to_disputer: Mapped[Amount | None] = mapped_column(default=None)
    to_sink: Mapped[Amount | None] = mapped_column(default=None)


# ---------------------------------------------------------------- all ledgers


class Balance(Record):
    """What an account may use or withdraw."""

    __tablename__ = "balances"
    __table_args__ = (Index("balances_of_account", "account"),)

    contract: Mapped[TextKey]
    token: Mapped[TextKey]
    account: Mapped[TextKey]
    free: Mapped[Amount] = mapped_column(default=0)


# ---------------------------------------------------------------- the court


class Stage(IntEnum):
    """Where a dispute stands whatever the time is."""

    WAITING = 1
    VOTING = 2
    CLOSED = 3  # an appeal found no jurors: the ruling stands
    NOT_HEARD = 4


class SeatRow(Record):
    """A juror's seat; see `Seat`."""

    __tablename__ = "seats"
    __table_args__ = (Index("seats_of_holder", "holder"),)

    seat: Mapped[Key]
    holder: Mapped[Words]
    reserves: Mapped[Number]
    ready_from: Mapped[Number]  # time
    reserved: Mapped[Number] = mapped_column(default=0)
    listed: Mapped[Flag] = mapped_column(default=False)
    leaves_at: Mapped[Number | None] = mapped_column(default=None)  # time
    closed: Mapped[Flag] = mapped_column(default=False)


class DisputeRow(Record):
    """A dispute before the court. Its phase follows from these columns and the time; see `Dispute`."""

    __tablename__ = "disputes"
    __table_args__ = (Index("disputes_of_challenge", "task", "slot", "number"),)

    dispute: Mapped[Key]
    arbitrable: Mapped[Words]
    evidence: Mapped[Bytes]
    choices: Mapped[Number]
    created: Mapped[Number]  # time
    # What it is about: the challenge (task, slot, number) if the escrow brought it, the dispute about known answers
    # (task, batch, number) if GoldTest did.
    task: Mapped[Number | None]
    slot: Mapped[Number | None]
    batch: Mapped[Number | None]
    number: Mapped[Number | None]
    stage: Mapped[Stage] = mapped_column(Named(Stage))
    since: Mapped[Number]  # time; WAITING: of entering the queue; later: of the latest draw
    round: Mapped[Number] = mapped_column(default=0)
    committed: Mapped[Number] = mapped_column(default=0)  # seats of the latest round whose holders have committed
    settled_count: Mapped[Number] = mapped_column(default=0)  # rounds
    executed: Mapped[Flag] = mapped_column(default=False)


class RoundRow(Record):
    """A round of a dispute."""

    __tablename__ = "rounds"
    __table_args__ = (Index("rounds_of_payer", "payer"),)

    dispute: Mapped[Key]
    round: Mapped[Key]
    payer: Mapped[Words]  # who is paid back
    size: Mapped[Number]  # seats
    entered: Mapped[Number]  # time
    drawn: Mapped[Number | None] = mapped_column(default=None)  # time
    seed: Mapped[Bytes | None] = mapped_column(default=None)
    dropped: Mapped[Flag] = mapped_column(default=False)  # no jurors were found in time
    # Once settled.
    share: Mapped[Amount | None] = mapped_column(default=None)
    remainder: Mapped[Amount | None] = mapped_column(default=None)
    refund: Mapped[Amount | None] = mapped_column(default=None)


class VoteRow(Record):
    """A seat that was drawn, and how its holder has voted."""

    __tablename__ = "votes"
    __table_args__ = (Index("votes_of_holder", "holder"),)

    dispute: Mapped[Key]
    round: Mapped[Key]
    position: Mapped[Key]
    seat: Mapped[Number]
    holder: Mapped[Words]
    commitment: Mapped[Bytes | None] = mapped_column(default=None)
    choice: Mapped[Number | None] = mapped_column(default=None)
    # Once the round is settled.
    paid: Mapped[Flag | None] = mapped_column(default=None)
    fined: Mapped[Flag | None] = mapped_column(default=None)


# ---------------------------------------------------------------- the royalty pool


class DataSetRow(Record):
    """What was paid for a task's data set, and what is on offer; see `DataSet` and `Offer`."""

    __tablename__ = "data_sets"

    task: Mapped[Key]
    enrolled: Mapped[Number] = mapped_column(default=0)
    paid: Mapped[Amount] = mapped_column(default=0)
    requester_collected: Mapped[Amount] = mapped_column(default=0)
    price: Mapped[Amount] = mapped_column(default=0)
    terms: Mapped[Bytes] = mapped_column(default=NO_HASH)


class ShareRow(Record):
    """Shares of a data set that an account holds or has held."""

    __tablename__ = "shares"
    __table_args__ = (Index("shares_of_account", "account"),)

    task: Mapped[Key]
    account: Mapped[TextKey]
    shares: Mapped[Number] = mapped_column(default=0)
    settled: Mapped[Amount] = mapped_column(
        default=0
    )  # of what these shares have earned, what is not still to be collected


class LicenseRow(Record):
    """A licence that was sold; see `License`."""

    __tablename__ = "licenses"
    __table_args__ = (Index("licenses_of_buyer", "buyer"), Index("licenses_of_licensee", "licensee"))

    task: Mapped[Key]
    number: Mapped[Key]
    licensee: Mapped[Words]
    buyer: Mapped[Words]
    terms: Mapped[Bytes]
    price: Mapped[Amount]
    time: Mapped[Number]


# Made of the events; the others are kept as they come.
DERIVED: tuple[type[Record], ...] = (
    TaskRow,
    SubmissionRow,
    ChallengeRow,
    ChallengedLabel,
    ChallengeCommitmentRow,
    TaskTestRow,
    BatchRow,
    GoldItemRow,
    GoldDisputeRow,
    Balance,
    SeatRow,
    DisputeRow,
    RoundRow,
    VoteRow,
    DataSetRow,
    ShareRow,
    LicenseRow,
)
