"""What the contracts remember, and what a chain tells of itself, as typed values.

What contracts remember is, field by field, the structs of `contracts/interfaces`. Amounts are integers in base units of
the token, times unix seconds, periods seconds, hashes 32 bytes, addresses checksummed strings. The empty address is
`ZERO_ADDRESS`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import TypeAlias

from . import economics

# Base units, or whole tokens as a Decimal.
Amount: TypeAlias = int | Decimal
# Seconds, or a timedelta.
Period: TypeAlias = int | timedelta
# Unix seconds, an aware datetime, or a timedelta from now on.
Moment: TypeAlias = int | datetime | timedelta

ZERO_ADDRESS = "0x0000000000000000000000000000000000000000"
# The ruling of a dispute that was not heard, and the vote of a seat that did not reveal.
NOT_HEARD = 2**256 - 1
NOT_REVEALED = 2**256 - 1
# The terms of licences that are sold without any.
NO_TERMS = bytes(32)


class SubmissionState(IntEnum):
    """Where a submission stands."""

    OPEN = 0
    TAKEN = 1
    COMMITTED = 2
    PUBLISHED = 4
    PAID = 8
    REJECTED = 16
    FORFEITED = 32


class ChallengeState(IntEnum):
    """Where a challenge of either kind stands."""

    NONE = 0
    FILED = 1
    CONCEDED = 2
    DEFENDED = 4
    RULED = 8
    SETTLED = 16


class ChallengeKind(IntEnum):
    """What a challenge says."""

    NONE = 0
    CORRECTNESS = 1  # each of these labels is wrong
    AVAILABILITY = 2  # not each of these labels can be read


class Outcome(IntEnum):
    """How a challenge of either kind ended."""

    CONCEDED = 1
    UNANSWERED = 2
    WRONG = 4
    NOT_WRONG = 8
    UNDECIDED = 16
    NOT_HEARD = 32
    ANSWERED = 64
    VOID = 128


class TestPhase(IntEnum):
    """Where the test of a batch stands."""

    UNSEALED = 1  # not every label is sealed
    SEALED = 2  # the requester may open the gold, or waive it
    OPENED = 4  # the gold is open, the outcome as well
    GRADED = 8  # what is published passes the test
    UNGRADED = 16  # not opened in time, waived, or voided by disputes


class GoldDisputeState(IntEnum):
    """Where a dispute about known answers stands."""

    NONE = 0
    FILED = 1
    RULED = 2
    SETTLED = 4


class Phase(IntEnum):
    """Where a dispute stands in its court."""

    NONE = 0
    WAITING = 1
    COMMIT = 2
    REVEAL = 4
    APPEAL = 8
    FINAL = 16
    NOT_HEARD = 32


@dataclass(frozen=True, slots=True)
class TaskParameters:
    """The terms of a task; they never change."""

    arbitrator: str
    gate: str
    grader: str
    reward: int  # per label
    stake: int  # per label
    items: int
    batch_size: int
    redundancy: int
    tolerance_bps: int
    deadline: int
    work_period: int
    publish_period: int
    challenge_period: int
    response_period: int
    arbitration_timeout: int
    availability_bond: int
    royalty_bps: int
    terms: bytes

    @property
    def is_graded(self) -> bool:
        """Whether a grader tests sealed labels before they are published."""
        return self.grader != ZERO_ADDRESS

    @property
    def publishes_directly(self) -> bool:
        """Whether labels are published without being sealed before: nobody copies them, and nothing tests them."""
        return self.redundancy == 1 and not self.is_graded

    @property
    def batches(self) -> int:
        """Number of batches; the last one is what is left."""
        return -(-self.items // self.batch_size)

    @property
    def slots(self) -> int:
        """Number of slots: each batch has `redundancy` of them."""
        return self.batches * self.redundancy

    @property
    def pot(self) -> int:
        """What the requester puts in: `reward * items * redundancy`."""
        return self.reward * self.items * self.redundancy

    @property
    def publish_end(self) -> int:
        """The time from which what was committed cannot be published any more: `deadline + publish_period`.

        In a graded task it may be later: see the grader's `publish_until`.
        """
        return self.deadline + self.publish_period

    def siblings(self, batch: int) -> range:
        """The slots of a batch."""
        return range(batch, self.slots, self.batches)

    def items_of(self, slot: int) -> range:
        """The item numbers of the batch that a slot holds."""
        first = slot % self.batches * self.batch_size
        return range(first, min(first + self.batch_size, self.items))

    def stake_of(self, slot: int) -> int:
        """What taking a slot locks."""
        return self.stake * len(self.items_of(slot))

    def tolerated(self, slot: int) -> int:
        """How many labels of a submission in this slot may be proven wrong."""
        return economics.tolerated(labels=len(self.items_of(slot)), tolerance_bps=self.tolerance_bps)

    @property
    def prize(self) -> int:
        """What whoever proves a label wrong gets for it, of its pay."""
        return economics.prize(self.reward)

    def crossing_bonus(self, slot: int, bond: int) -> int:
        """What the challenge with this bond that has a submission in this slot rejected gets besides its prizes."""
        return economics.crossing_bonus(stake=self.stake, labels=len(self.items_of(slot)), bond=bond)

    def availability_bonus(self, slot: int) -> int:
        """What a challenge of availability gets besides its bond, if labels of this slot are not all shown in time."""
        labels = len(self.items_of(slot))
        return economics.availability_bonus(stake=self.stake, labels=labels, availability_bond=self.availability_bond)


@dataclass(frozen=True, slots=True)
class Task:
    parameters: TaskParameters
    requester: str
    token: str
    live: int  # slots that are neither open nor final
    accepted: int  # labels paid for
    delivered: int  # labels of submissions that were paid or rejected: the pot holds nothing for them any more
    publish_from: int  # time from which what is committed may be published whatever the siblings do
    cancelled: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class GoldPreview:
    """The test that labels have to pass before they are published, and are lost with the stake if they do not."""

    counts: tuple[int, ...]  # items of each class in a graded batch whose answers the requester knows
    allowed: int  # errors on them that pass
    opening_period: int  # from when a batch is sealed: in it the requester shows its known items, or it is not tested
    dispute_period: int  # from then: in it they may be disputed
    # (accuracy, chance to fail a test): for whoever is right on 70, 80 and 90 % of the items.
    chances: tuple[tuple[Fraction, Fraction], ...]

    @property
    def size(self) -> int:
        """Known items in a graded batch."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class TakePreview:
    """What taking a slot means for the annotator, if it is mined now."""

    task: int
    slot: int | None  # None: any slot of a full batch
    token: str
    labels: int
    locked: int  # out of the free balance, until the end
    pay: int  # if no label is proven wrong; one that is earns nothing, and costs no stake
    worst_loss: int
    prize: int  # of each label proven wrong: what of its pay goes to whoever proves it
    tolerated: int  # labels that may be proven wrong before all of it is rejected
    due: int  # time before which the work is to be delivered
    free_by: int  # time at which what is left of the stake can be free again at the latest
    # What is unwise, in the words of `take`'s warnings, and what else the annotator should know.
    notes: tuple[str, ...]
    test: GoldPreview | None = None  # None: not tested, or by a grader that is not read here


@dataclass(frozen=True, slots=True)
class Submission:
    annotator: str
    state: SubmissionState
    due_at: int  # TAKEN, COMMITTED: time by which the work is due; else 0
    window_end: int  # from PUBLISHED on: end of the challenge window; else 0
    errors: int  # labels proven wrong
    commitment: bytes  # COMMITTED: of root, URI and salt; else zeros
    root: bytes  # from PUBLISHED on: of the label tree; else zeros
    labels: int
    stake: int  # what was locked, before prizes
    filed: int  # challenges so far
    settled: int  # of these, settled


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge of either kind."""

    challenger: str
    kind: ChallengeKind
    state: ChallengeState
    filed_at: int
    defended_at: int  # 0: not defended
    labels: int  # labels challenged
    ruling: int  # once ruled: 0, 1, 2 or NOT_HEARD
    bond: int
    indices_hash: bytes  # keccak-256 of the item numbers: `commitments.hash_indices`
    defender: str
    fee: int  # what the arbitrator took


@dataclass(frozen=True, slots=True)
class TaskTest:
    """The test of a task's sealed labels on known items; it never changes."""

    counts: tuple[int, ...]  # known items of each class in a graded batch
    classes_hash: bytes  # keccak-256 of the classes' digests
    allowed: int  # errors that pass
    opening_period: int  # from when a batch is sealed
    dispute_period: int  # from the opening


@dataclass(frozen=True, slots=True)
class BatchTest:
    """Where the test of a batch stands."""

    phase: TestPhase
    sealed_at: int  # start of the opening period; 0 until it is noted
    opened_at: int  # 0: not opened
    fixed_at: int  # time of the outcome; 0 while it is open
    gold_hash: bytes  # keccak-256 of the gold list; zeros: not opened
    dropped: int  # mask: bit i for gold number i
    filed: int  # disputes so far
    settled: int  # of these, settled
    cost: int  # of an arbitration when the gold was opened
    deposit: int  # what is left of it


@dataclass(frozen=True, slots=True)
class GoldDispute:
    """A dispute about known answers: each of these is wrong, or cannot be told from the item."""

    disputer: str
    state: GoldDisputeState
    filed_at: int
    ruling: int  # once ruled: 0, 1, 2 or NOT_HEARD
    numbers: int  # mask of the disputed gold numbers
    fee: int  # what the arbitrator took, and the bond as well
    won: bool  # dropped an item that was not dropped before


@dataclass(frozen=True, slots=True)
class Gold:
    """What a batch is tested on, as its requester has shown it. The place of an item in it is its gold number."""

    items: tuple[int, ...]  # item numbers of the task
    answers: tuple[bytes, ...]  # digest of the right label of each
    dropped: tuple[int, ...]  # items that disputes have taken out of the test

    @property
    def tested(self) -> tuple[int, ...]:
        """Items that count, rising."""
        return tuple(sorted(set(self.items) - set(self.dropped)))


@dataclass(frozen=True, slots=True)
class GoldResult:
    """How a label set does in the test of its batch."""

    right: tuple[int, ...]  # items, rising
    wrong: tuple[int, ...]
    allowed: int  # errors that pass, less one for each item that was dropped

    @property
    def is_passed(self) -> bool:
        return len(self.wrong) <= self.allowed


@dataclass(frozen=True, slots=True)
class CourtParameters:
    """What a court was deployed with; it never changes."""

    token: str
    gate: str
    randomness: str
    juror_fee: int  # per drawn seat
    load: int  # unsettled rounds that a new seat may sit in
    max_seats: int
    max_seats_per_holder: int
    join_delay: int
    draw_timeout: int
    commit_period: int
    reveal_period: int
    appeal_period: int


@dataclass(frozen=True, slots=True)
class Seat:
    holder: str
    reserves: int  # penalties that it is worth: it is paid out with `reserves * seat_penalty`, if no more is lost
    reserved: int  # of these, for the unsettled rounds that it sits in
    ready_from: int  # time from which it may be listed, and may leave; 0 once it leaves
    leaves_at: int  # time from which it is taken out, and paid out once its rounds are settled; 0: it does not leave
    listed: bool  # may be drawn


@dataclass(frozen=True, slots=True)
class Dispute:
    arbitrable: str
    choices: int
    phase: Phase
    phase_end: int  # time; 0: nothing more to wait for
    round: int  # the latest, dropped ones aside
    ruling: int  # as it stands: 0..choices or NOT_HEARD
    executed: bool
    settled_count: int  # rounds settled


@dataclass(frozen=True, slots=True)
class Round:
    payer: str  # who is paid back: of round 0 `refund_to`, later who appealed
    seats: tuple[int, ...]  # seats drawn, empty before
    votes: tuple[int, ...]  # by position: the choice or NOT_REVEALED
    committed: int  # seats whose holders have committed


@dataclass(frozen=True, slots=True)
class DataSet:
    """A closed task's data set: what it has earned, and for whom. Base units of the task's token."""

    requester: str
    token: str
    parts: int  # that each royalty is divided into: one per label that the task asked for
    accepted: int  # labels paid for; each is a share
    enrolled: int  # shares that their annotators have got so far
    royalty_bps: int  # contributors' part of revenue, 1/10,000
    paid: int  # revenue since the task closed
    per_share: int  # what each share has earned of it
    requester_share: int  # what the requester has earned of it
    requester_collected: int  # of that, already credited
    dust: int  # royalty that waits until it makes a base unit per share

    @property
    def requester_due(self) -> int:
        """What the requester can collect."""
        return self.requester_share - self.requester_collected


@dataclass(frozen=True, slots=True)
class Offer:
    price: int  # base units of the task's token; 0: not for sale
    terms: bytes  # keccak-256 of the licence's terms


@dataclass(frozen=True, slots=True)
class License:
    licensee: str
    terms: bytes  # keccak-256
    price: int  # what was paid for it
    time: int  # of the purchase


class CaseState(IntEnum):
    """Where a dispute before an ERC-792 arbitrator stands."""

    NONE = 0
    WAITING = 1  # for the arbitrator
    RULED = 2  # and who has brought it has refused to hear it
    EXECUTED = 4  # who has brought it was told


@dataclass(frozen=True, slots=True)
class AdapterTerms:
    """What an adapter stands for: an ERC-792 arbitrator, with one setting of it."""

    adapter: str
    arbitrator: str  # the ERC-792 contract
    extra_data: bytes  # what it is told with each dispute; for Kleros: subcourt and least number of jurors
    token: str  # wrapped ether
    max_duration: int  # seconds, as its deployer said: nothing makes the arbitrator keep to it


@dataclass(frozen=True, slots=True)
class Case:
    """A dispute before an ERC-792 arbitrator."""

    arbitrable: str  # who has brought it, and is told the ruling
    choices: int  # rulings are 0..choices
    evidence: bytes  # the arbitrable's own name of it: of an escrow, the challenge's id
    ruling: int  # 0 until it is ruled
    state: CaseState


@dataclass(frozen=True, slots=True)
class CredentialTerms:
    """What a CredentialGate wants to see: a credential that its issuer has signed."""

    gate: str
    issuer: str
    domain: str  # what the credential is for


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """What a TokenGate wants to see: a balance."""

    gate: str
    token: str
    minimum: int  # base units
    id: int | None  # of an ERC-1155 or ERC-6909; None: the token has no ids


@dataclass(frozen=True, slots=True)
class Queue:
    """The disputes that wait for jurors."""

    head: int  # dispute that is served next; 0: none
    tail: int  # dispute that is served last
    armed: bool  # whether the head's draw is fixed but for the seed
    ticket: int
    candidates: int


@dataclass(frozen=True, slots=True)
class DrandChain:
    """The chain of beacons that a court draws by, as its DrandRandomness was deployed for it."""

    public_key: bytes  # 96 bytes, compressed, as nodes of the chain tell it
    genesis: int  # time of round 1
    period: int  # seconds from a round to the next
    margin: int  # seconds from arming a draw until its round is due, at least


@dataclass(frozen=True, slots=True)
class ArmedBeacon:
    """The round of a drand chain by which the head of a court's queue is drawn."""

    dispute: int
    round: int
    due: int  # time from which its beacon can be shown
    randomness: bytes  # 32 zero bytes: nobody has shown it yet

    @property
    def is_shown(self) -> bool:
        """Whether the draw can go on."""
        return any(self.randomness)


@dataclass(frozen=True, slots=True)
class Block:
    """The head of a block."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int  # unix seconds


@dataclass(frozen=True, slots=True)
class GasPrice:
    """What gas costs now, in wei."""

    # None on a chain without EIP-1559.
    base_fee: int | None
    # What is usual above the base fee; all of the price on a chain without EIP-1559.
    tip: int

    @property
    def total(self) -> int:
        """What a transaction pays for each gas that is mined at once."""
        return (self.base_fee or 0) + self.tip


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a transaction, whoever has sent it."""

    # Its hash.
    transaction: str
    sender: str
    block: int
    succeeded: bool
    gas_used: int
    # What was paid for each gas, wei; 0 where the node does not tell.
    gas_price: int
