"""What the contracts remember, as typed values.

Field by field the structs of `contracts/interfaces`. Amounts are integers in base units of the token, times unix
seconds, periods seconds, hashes 32 bytes, addresses checksummed strings. The empty address is `ZERO_ADDRESS`.
"""

from dataclasses import dataclass
from enum import IntEnum

from . import economics

ZERO_ADDRESS = "0x0000000000000000000000000000000000000000"
# The ruling of a dispute that was not heard, and the vote of a seat that did not reveal.
NOT_HEARD = 2**256 - 1
NOT_REVEALED = 2**256 - 1


class SubmissionState(IntEnum):
    """Where a submission stands."""

    OPEN = 0
    TAKEN = 1
    COMMITTED = 2
    PUBLISHED = 4
    PAID = 8
    REJECTED = 16
    FORFEITED = 32


class FightState(IntEnum):
    """Where a challenge or demand stands."""

    NONE = 0
    FILED = 1
    CONCEDED = 2
    DEFENDED = 4
    RULED = 8
    ANSWERED = 16
    SETTLED = 32


class Outcome(IntEnum):
    """How a challenge or demand ended."""

    CONCEDED = 1
    UNANSWERED = 2
    WRONG = 4
    NOT_WRONG = 8
    UNDECIDED = 16
    NOT_HEARD = 32
    ANSWERED = 64
    VOID = 128


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
    demand_bond: int
    royalty_bps: int
    terms: bytes

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

    def penalty(self, slot: int) -> int:
        """What one label proven wrong takes from the stake of a submission in this slot."""
        return economics.penalty(stake=self.stake, labels=len(self.items_of(slot)), tolerance_bps=self.tolerance_bps)

    @property
    def lowest_penalty(self) -> int:
        """The penalty of a full or of the last batch, whichever is lower."""
        return min(self.penalty(0), self.penalty(self.batches - 1))


@dataclass(frozen=True, slots=True)
class Task:
    parameters: TaskParameters
    requester: str
    token: str
    live: int  # slots that are neither open nor final
    accepted: int  # labels paid for
    publish_from: int  # time from which what is committed may be published whatever the siblings do
    cancelled: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Submission:
    annotator: str
    state: SubmissionState
    clock: int  # TAKEN, COMMITTED: when the work was due; PUBLISHED: end of the challenge window
    errors: int  # labels proven wrong
    root: bytes  # COMMITTED: the commitment; later: the Merkle root
    labels: int
    stake: int  # what was locked, before penalties
    filed: int  # challenges and demands so far
    settled: int  # of these, settled


@dataclass(frozen=True, slots=True)
class Fight:
    """A challenge or a demand."""

    party: str  # challenger or demander
    state: FightState
    clock: int  # time of filing; once defended, of the defence
    labels: int  # labels challenged; 0: a demand
    item: int  # of a demand: the item number
    ruling: int  # once ruled: 0, 1, 2 or NOT_HEARD
    bond: int
    indices_hash: bytes
    defender: str
    fee: int  # what the arbitrator took

    @property
    def is_demand(self) -> bool:
        return self.labels == 0


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
    worth: int  # what it is paid out with, if nothing more is lost
    load: int  # unsettled rounds that it sits in
    ready_from: int  # time from which it may be listed, and may leave
    listed: bool  # may be drawn
    leaving: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    arbitrable: str
    choices: int
    phase: Phase
    phase_end: int  # time; 0: nothing more to wait for
    round: int  # the latest, dropped ones aside
    ruling: int  # as it stands: 0..choices or NOT_HEARD
    executed: bool
    settled: int  # rounds settled


@dataclass(frozen=True, slots=True)
class Round:
    payer: str  # who is paid back: of round 0 `refund_to`, later who appealed
    seats: tuple[int, ...]  # seats drawn, empty before
    votes: tuple[int, ...]  # by position: the choice or NOT_REVEALED
    committed: int  # seats whose holders have committed


@dataclass(frozen=True, slots=True)
class Line:
    """The disputes that wait for jurors."""

    head: int  # dispute that is served next; 0: none
    tail: int  # dispute that is served last
    armed: bool  # whether the head's draw is fixed but for the seed
    ticket: int
    candidates: int
