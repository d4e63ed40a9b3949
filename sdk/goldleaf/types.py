"""What the contracts remember, and what a chain tells of itself, as typed values.

What contracts remember is, field by field, the structs of `contracts/interfaces`. Amounts are integers in base units of
the token, times unix seconds, periods seconds, hashes 32 bytes, addresses checksummed strings. The empty address is
`ZERO_ADDRESS`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
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

    @property
    def publish_end(self) -> int:
        """The time from which what was committed cannot be published any more: `deadline + publish_period`."""
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

    def withheld_bonus(self, slot: int) -> int:
        """What a demand of a submission in this slot gets, besides its bond, if nobody answers it."""
        labels = len(self.items_of(slot))
        return economics.withheld_bonus(stake=self.stake, labels=labels, demand_bond=self.demand_bond)


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


@dataclass(frozen=True, slots=True)
class Submission:
    annotator: str
    state: SubmissionState
    clock: int  # TAKEN, COMMITTED: when the work was due; PUBLISHED: end of the challenge window
    errors: int  # labels proven wrong
    root: bytes  # COMMITTED: the commitment; later: the Merkle root
    labels: int
    stake: int  # what was locked, before prizes
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
    rest: int  # what the requester has earned of it
    rest_collected: int  # of the rest, already credited
    dust: int  # royalty that waits until it makes a base unit per share

    @property
    def rest_due(self) -> int:
        """What the requester can collect."""
        return self.rest - self.rest_collected


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
class Line:
    """The disputes that wait for jurors."""

    head: int  # dispute that is served next; 0: none
    tail: int  # dispute that is served last
    armed: bool  # whether the head's draw is fixed but for the seed
    ticket: int
    candidates: int


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
