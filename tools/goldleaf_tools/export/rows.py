"""The rows of what is exported: one for each label, one for each item, one for each movement of money."""

from dataclasses import dataclass
from enum import Enum

from goldleaf.canonical import from_canonical
from goldleaf.ids import name_submission

from ..index import Entry
from .tables import MISSING, Column, Kind, Value


class State(Enum):
    """How far a published label has come."""

    PUBLISHED = "published"  # it can still be challenged, or its submission still be rejected
    CHALLENGED = "challenged"  # by a challenge that is not settled yet
    ACCEPTED = "accepted"  # by the requester, or as nobody has challenged it; nobody has claimed its pay yet
    PAID = "paid"
    REJECTED = "rejected"  # its submission has more errors than are tolerated, or was withheld


class Finding(Enum):
    """What is known against a label, or for it."""

    NOTHING = ""
    RIGHT = "ruled right"
    WRONG = "ruled wrong"
    CONCEDED = "conceded"  # by its annotator: nobody has ruled
    UNANSWERED = "unanswered"  # proven wrong as nobody has answered: nobody has ruled
    OFF_SCHEMA = "off schema"  # nobody has challenged it, and the label schema does not allow it


class Basis(Enum):
    """What the label of an item rests on."""

    NOTHING = "nothing"  # there is no label that counts
    MAJORITY = "majority"
    DAWID_SKENE = "Dawid-Skene"
    RULING = "ruling"  # jurors did not find it wrong
    KNOWN = "known answer"  # the requester's own, shown for a test


@dataclass(frozen=True, slots=True)
class Label:
    """What one annotator says of one item, and what became of it."""

    item: int
    uri: str  # of the item
    submission: int
    annotator: str  # address
    label: bytes  # canonical JSON
    state: State
    finding: Finding

    @property
    def counts(self) -> bool:
        """Whether it says something of the item's truth: not what is proven wrong, off schema, or was rejected."""
        return self.state is not State.REJECTED and self.finding in (Finding.NOTHING, Finding.RIGHT)


@dataclass(frozen=True, slots=True)
class Consensus:
    """What all labels of an item come to."""

    item: int
    uri: str
    label: bytes | None  # canonical JSON; None: no label counts, or several are as probable
    certainty: float | None  # 0 to 1; of a majority, its share of the labels that count; None: there is none
    basis: Basis
    counted: int  # labels that count
    agreeing: int  # of these, equal to `label`


LABELS = (
    Column("item", Kind.WHOLE),
    Column("uri", Kind.TEXT),
    Column("submission", Kind.TEXT),
    Column("annotator", Kind.TEXT),
    Column("label", Kind.JSON),
    Column("state", Kind.TEXT),
    Column("finding", Kind.TEXT),
    Column("counts", Kind.TRUTH),
)
CONSENSUS = (
    Column("item", Kind.WHOLE),
    Column("uri", Kind.TEXT),
    Column("label", Kind.JSON),
    Column("certainty", Kind.SHARE),
    Column("basis", Kind.TEXT),
    Column("counted", Kind.WHOLE),
    Column("agreeing", Kind.WHOLE),
)
ENTRIES = (
    Column("time", Kind.WHOLE),
    Column("block", Kind.WHOLE),
    Column("transaction", Kind.TEXT),
    Column("ledger", Kind.TEXT),
    Column("token", Kind.TEXT),
    Column("kind", Kind.TEXT),
    Column("about", Kind.TEXT),
    Column("task", Kind.WHOLE),
    Column("free", Kind.AMOUNT),
    Column("at_stake", Kind.AMOUNT),
    Column("gain", Kind.AMOUNT),
)


def label_cells(row: Label) -> tuple[Value, ...]:
    """A row of a table of `LABELS`."""
    value = from_canonical(row.label)
    name = name_submission(row.submission)
    finding = row.finding.value or None
    return (row.item, row.uri, name, row.annotator, value, row.state.value, finding, row.counts)


def consensus_cells(row: Consensus) -> tuple[Value, ...]:
    """A row of a table of `CONSENSUS`."""
    value = MISSING if row.label is None else from_canonical(row.label)
    return (row.item, row.uri, value, row.certainty, row.basis.value, row.counted, row.agreeing)


def entry_cells(entry: Entry) -> tuple[Value, ...]:
    """A row of a table of `ENTRIES`: what a movement of money changes of what is free and at stake, and its gain."""
    place = (entry.time, entry.block, entry.transaction, entry.ledger, entry.token)
    return (*place, entry.kind.value, entry.about, entry.task, entry.free, entry.at_stake, entry.gain)
