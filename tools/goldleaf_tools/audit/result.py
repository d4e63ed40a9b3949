"""What the audit of a task gives: what reports show, and what challenges are filed from.

Amounts are base units of the task's token, times unix seconds, probabilities floats of 0 to 1, labels canonical JSON.
`to_json` and `from_json` are exact inverses, for `TaskAudit` and for each part of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Self

from goldleaf.canonical import Json
from goldleaf.types import ChallengeKind, ChallengeState, Outcome, SubmissionState, TaskParameters, TestPhase

from ..errors import ResultError
from ..manifests import file_name
from . import _json
from ._json import Big, Label, Numbers

VERSION = 5
# From this chance on a label is probably wrong.
PROBABLY = 0.5


class _Part:
    """Plain values for `json.dumps`, and back."""

    __slots__ = ()

    def to_json(self) -> dict[str, Json]:
        """Plain values for `json.dumps`; ids and amounts are text."""
        content: dict[str, Json] = _json.encode(self, type(self))
        return content

    @classmethod
    def from_json(cls, content: Json) -> Self:
        """From what `to_json` made. Raises `ResultError` if it is something else."""
        return _json.decode(content, cls)


class Verdict(Enum):
    """What became of fetching and checking the label set of a submission."""

    VERIFIED = "verified"  # it rebuilds the root, and each label is one that the schema allows
    OFF_SCHEMA = "off schema"  # it rebuilds the root, and some labels are not what the schema allows
    MISSING = "missing"  # the store has no such file
    UNREACHABLE = "unreachable"  # the store does not answer, or the URI is none that is read
    MISMATCH = "mismatch"  # a label set, but of another root or other items
    MALFORMED = "malformed"  # no label set
    UNSURE = "cannot tell"  # not to be read here, which may be the auditor's own line, or whoever keeps the file
    NOT_PUBLISHED = "not published"  # taken or committed only

    @property
    def readable(self) -> bool:
        """Whether its labels are known and are those on chain."""
        return self in (Verdict.VERIFIED, Verdict.OFF_SCHEMA)

    @property
    def at_fault(self) -> bool:
        """Whether whoever published it is at fault, as far as can be told from here: money may be staked on that."""
        return self in (Verdict.MISSING, Verdict.MISMATCH, Verdict.MALFORMED)


class Grade(Enum):
    """What a test of sealed labels on known items has come to, for one submission."""

    NONE = "no test"  # its task is not tested by the deployment's GoldTest
    PENDING = "not decided"
    PASSED = "passed"
    SPARED = "not tested"  # nothing was opened for its batch, or disputes have made the test void
    NEVER_PUBLISHED = "never published"  # its batch was tested: it has failed, or nobody published it


@dataclass(frozen=True, slots=True)
class OffSchema(_Part):
    """A label that the schema does not allow: wrong at sight."""

    item: int
    label: Label
    refusal: str  # why, in the words of the schema check


@dataclass(frozen=True, slots=True)
class SetFinding(_Part):
    """What was found of one submission."""

    submission: Big
    slot: int
    annotator: str
    state: SubmissionState
    errors: int  # labels proven wrong so far
    labels: int
    first_item: int  # the set holds the items [first_item, first_item + labels)
    window_end: int | None  # end of the challenge window; None: not published
    uri: str | None
    root: bytes | None
    verdict: Verdict
    detail: str  # one sentence; empty if there is nothing to say
    off_schema: tuple[OffSchema, ...] = ()
    grade: Grade = Grade.NONE


@dataclass(frozen=True, slots=True)
class BatchFinding(_Part):
    """The test of a batch on items whose answers the requester knows."""

    batch: int
    phase: TestPhase
    size: int  # known items of a batch that is tested
    allowed: int  # errors on them that pass, less one for each item that was dropped
    items: tuple[int, ...]  # what was opened and not dropped, rising: cannot be challenged as wrong
    dropped: int  # items
    disputes: int
    undecided: int  # of these, not settled
    deposit: Big  # what is left of it


class Estimator(Enum):
    """How the truth is estimated."""

    MAJORITY = "majority"
    ONE_COIN = "one-coin Dawid-Skene"
    DAWID_SKENE = "Dawid-Skene"
    MACE = "MACE"


@dataclass(frozen=True, slots=True)
class Score(_Part):
    """How well an estimator did on what it was not shown."""

    estimator: Estimator
    log_loss: float  # mean of -ln P(what was held out); what is chosen by
    accuracy: float  # share of held-out golds or answers whose class was the most probable one
    brier: float  # mean of the sum over classes of (P - 1 if it is the class)^2


@dataclass(frozen=True, slots=True)
class Choice(_Part):
    """Which estimator was chosen, and why."""

    estimator: Estimator
    criterion: str  # what was held out: "gold", "answers", or "none" if there was too little to compare by
    held_out: int  # how many golds or answers the scores are of
    scores: tuple[Score, ...]  # one for each candidate, in the order of `Estimator`; empty if none could be compared
    why: str  # a sentence or two for people


class LabelRow(NamedTuple):
    """One label of the table."""

    submission: int
    annotator: str
    item: int
    label: bytes
    # What is more probable, by all answers, gold and rulings, or the label itself if nothing is; None: several others
    # are, or it was not estimated (off schema).
    consensus: bytes | None
    p_wrong: float
    gold: bytes | None  # the auditor's, if it was shown to the estimator

    @property
    def doubted(self) -> bool:
        """Whether something else is more probable: a tie accuses nobody."""
        return self.consensus != self.label


@dataclass(frozen=True, slots=True)
class LabelTable(_Part):
    """All readable labels of the task, by columns of one length: classes and submissions are places in their tables."""

    classes: tuple[Label, ...]
    submissions: tuple[Big, ...]
    annotators: tuple[str, ...]  # of each submission, in the order of `submissions`
    submission: tuple[int, ...]
    item: tuple[int, ...]  # item numbers in the task
    label: tuple[int, ...]
    consensus: tuple[int | None, ...]
    p_wrong: tuple[float, ...]
    gold: tuple[int | None, ...]

    def __post_init__(self) -> None:
        columns = (self.submission, self.item, self.label, self.consensus, self.p_wrong, self.gold)
        if len({len(column) for column in columns}) != 1 or len(self.annotators) != len(self.submissions):
            raise ResultError("the columns differ in length")

    def __len__(self) -> int:
        return len(self.label)

    def row(self, row: int) -> LabelRow:
        """One label, with names instead of codes."""
        return LabelRow(
            submission=self.submissions[self.submission[row]],
            annotator=self.annotators[self.submission[row]],
            item=self.item[row],
            label=self.classes[self.label[row]],
            consensus=self._name(self.consensus[row]),
            p_wrong=self.p_wrong[row],
            gold=self._name(self.gold[row]),
        )

    def suspects(self) -> list[int]:
        """The rows of labels that are probably wrong and less probable than something else, the most doubtful first."""
        found = [
            row for row, (label, other) in enumerate(zip(self.label, self.consensus, strict=True)) if label != other
        ]
        return sorted((row for row in found if self.p_wrong[row] >= PROBABLY), key=lambda row: -self.p_wrong[row])

    def rows(self) -> Iterator[LabelRow]:
        """All labels."""
        return (self.row(row) for row in range(len(self)))

    def _name(self, code: int | None) -> bytes | None:
        return None if code is None else self.classes[code]


@dataclass(frozen=True, slots=True)
class AnnotatorEstimate(_Part):
    """How reliable an annotator is, by the estimate of the truth."""

    annotator: str
    labels: int  # that the estimate is of
    accuracy: float  # expected share of right labels
    low: float  # of an interval that holds the accuracy with 95 %
    high: float
    # Expected numbers of labels: confusion[truth][label], in the order of the label table's classes.
    confusion: tuple[tuple[float, ...], ...]
    agreement: (
        float | None
    )  # share of pairs with other annotators' labels of the same item that are equal; None: no pair
    gold_labels: int  # of the labels, on items whose gold was shown
    gold_right: int  # of these, right


@dataclass(frozen=True, slots=True)
class Bin(_Part):
    """Labels whose probability of being wrong was predicted to lie in [low, high), the last bin's with high."""

    low: float
    high: float
    predicted: float  # mean; 0 if there are none
    observed: float  # share that was wrong; 0 if there are none
    count: int


@dataclass(frozen=True, slots=True)
class Reliability(_Part):
    """How far predicted probabilities of being wrong are from what was."""

    bins: tuple[Bin, ...]
    brier: float  # mean of (p_wrong - wrong)^2
    ece: float  # expected calibration error: mean over labels of |predicted - observed| of their bin
    log_loss: float  # mean of -ln P(what was)


@dataclass(frozen=True, slots=True)
class Calibration(_Part):
    """How probabilities were made honest, measured on gold that was not shown."""

    method: str  # a sentence
    # How far the errors of two annotators go together, by what the gold shows: an item's log-odds are divided by
    # 1 + (its answers - 1) * correlation.
    correlation: float
    held_out_golds: int  # items
    held_out_labels: int  # answers to these items; 0: there was no gold, nothing is measured
    calibrated: Reliability | None  # None: nothing is measured
    uncalibrated: Reliability | None


class Action(Enum):
    """What a proposal says to do."""

    FILE = "file"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Expectation(_Part):
    """What filing a challenge is worth on average, and of what. Amounts are floats of base units: means, no payments.

    `value = prize + bonus - bond_loss - fee_loss - gas`.
    """

    value: float
    prize: float  # of each label not proven before, times the chance of winning it
    bonus: float  # for having the submission rejected, times the chance of that
    bond_loss: float  # the bond, times the chance of losing it
    fee_loss: float  # half of the arbitration cost, times the chance that the jury decides nothing
    gas: float
    p_all_wrong: float  # that each of its labels is wrong
    p_won: float  # that the challenge is conceded, unanswered, or ruled right
    p_lost: float  # that the bond is lost


@dataclass(frozen=True, slots=True)
class Proposal(_Part):
    """A challenge that was thought of."""

    submission: Big
    items: tuple[int, ...]  # rising item numbers of the task
    p_wrong: tuple[float, ...]  # of each item's label, calibrated
    expectation: Expectation
    prize: Big  # for its labels, if it is won: on average, as what is settled before may use up the room
    bonus: Big  # besides, if it has the submission rejected; 0: it cannot
    bond: Big  # at risk until it is settled
    fee: Big  # the arbitration cost when it was thought of
    action: Action
    why: str  # a sentence


@dataclass(frozen=True, slots=True)
class AvailabilityProposal(_Part):
    """An availability challenge that was thought of: of labels that nobody can read."""

    submission: Big
    items: tuple[int, ...]  # rising item numbers of the task, at most 32
    bond: Big
    prize: Big  # if one of them is not shown
    end: int  # it is filed before
    action: Action
    why: str
    gas: Big = 0  # of filing and settling it, base units


@dataclass(frozen=True, slots=True)
class ChallengeEvent(_Part):
    """Something that happened to a challenge of either kind, or to its dispute, in the order of the chain."""

    time: int
    block: int
    transaction: str  # 0x and 64 digits
    kind: str  # name of the event, as in `goldleaf.events`
    text: str  # a sentence for people
    account: str | None  # who acted


@dataclass(frozen=True, slots=True)
class ChallengeReport(_Part):
    """What became of a challenge of either kind, the auditor's or another's."""

    challenge: Big
    submission: Big
    number: int
    kind: ChallengeKind
    challenger: str
    own: bool  # filed by this auditor
    items: tuple[int, ...]
    state: ChallengeState
    outcome: Outcome | None  # None: not settled
    bond: Big
    fee: Big  # what the arbitrator took
    to_challenger: Big | None  # what the settlement paid who filed it, the bond with it; None: not settled
    gas: Big  # wei that the auditor's transactions for it took; 0 for others' challenges
    dispute: Big | None
    proven: int | None  # labels that it proved wrong; None: not settled
    events: tuple[ChallengeEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow(_Part):
    """Money that went from one to another, summed: for a picture of where it went."""

    # Roles: "requester", "annotator", "challenger", "jurors", "defender", "auditor", "sink"; or what holds money:
    # "pot", "stakes", "deposits".
    source: str
    target: str
    amount: Big
    # "pay", "pay returned", "pay lost", "stake returned", "stake lost", "prize", "prize returned", "bond returned",
    # "bond lost", "fee", "availability bond", "deposit", "deposit returned"
    what: str


@dataclass(frozen=True, slots=True)
class Token(_Part):
    """The task's token."""

    address: str
    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Glance(_Part):
    """What people know an item by."""

    item: int
    shows: str  # the beginning of its text, or the name of its file


@dataclass(frozen=True, slots=True)
class ManifestFinding(_Part):
    """What the annotators were asked."""

    uri: str
    terms: bytes
    guidelines: str | None  # None: the manifest could not be read
    licence: str | None
    label_schema: Json  # None: could not be read
    item_uris: tuple[str, ...]  # by item number; empty: could not be read
    detail: str  # why not; empty if it was read
    # What people know those items by whose labels are wrong, or probably are: of the most probable ones.
    glances: tuple[Glance, ...] = ()

    def shows(self, item: int) -> str:
        """The text of an item or the name of its file, as far as it was read; else where it lies."""
        found = next((one.shows for one in self.glances if one.item == item), None)
        if found is None and item < len(self.item_uris):
            return file_name(self.item_uris[item]) or self.item_uris[item]
        return found or ""


@dataclass(frozen=True, slots=True)
class TaskAudit(_Part):
    """All that an audit of one task found, at one block."""

    chain: int
    escrow: str
    task: Big
    auditor: str | None  # address that files; None: nobody
    block: int
    time: int  # of the block
    requester: str
    closed: bool
    cancelled: bool
    parameters: TaskParameters
    token: Token
    manifest: ManifestFinding
    sets: tuple[SetFinding, ...]
    pooled_tasks: Numbers  # tasks of the same label schema whose answers helped to judge the annotators
    choice: Choice | None  # None: no label was readable
    labels: LabelTable
    annotators: tuple[AnnotatorEstimate, ...]
    calibration: Calibration | None
    proposals: tuple[Proposal, ...]
    availability: tuple[AvailabilityProposal, ...]
    challenges: tuple[ChallengeReport, ...]
    flows: tuple[Flow, ...]
    tests: tuple[BatchFinding, ...] = ()  # of each batch; none: the task is not tested by the deployment's GoldTest
    notes: tuple[str, ...] = ()  # what the reader has to know besides, a sentence each

    def to_json(self) -> dict[str, Json]:
        """Plain values for `json.dumps`, with the version of the format; ids and amounts are text."""
        return {"version": VERSION, **_json.encode(self, TaskAudit)}

    @classmethod
    def from_json(cls, content: Json) -> "TaskAudit":
        """From what `to_json` made. Raises `ResultError` if it is something else, or of another version."""
        if not isinstance(content, Mapping) or content.get("version") != VERSION:
            raise ResultError(f"not the result of an audit, or of another version than {VERSION}")
        return _json.decode({name: value for name, value in content.items() if name != "version"}, cls)
