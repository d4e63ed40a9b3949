"""What the contracts tell, as typed values: field by field the events of `contracts/interfaces`.

Units are those of `goldleaf.types`.
"""

from dataclasses import dataclass

from .types import Outcome, TaskParameters


class Event:
    """Base of all events."""

    __slots__ = ()


# ---------------------------------------------------------------- ledger


@dataclass(frozen=True, slots=True)
class Deposited(Event):
    token: str
    account: str  # who was credited
    payer: str
    amount: int  # what arrived


@dataclass(frozen=True, slots=True)
class Transferred(Event):
    token: str
    account: str
    to: str
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    token: str
    account: str
    receiver: str
    amount: int


# ---------------------------------------------------------------- tasks


@dataclass(frozen=True, slots=True)
class Opened(Event):
    task: int
    requester: str
    token: str
    parameters: TaskParameters
    uri: str


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    task: int
    publish_from: int


@dataclass(frozen=True, slots=True)
class Closed(Event):
    task: int
    accepted: int
    to_requester: int


# ---------------------------------------------------------------- submissions


@dataclass(frozen=True, slots=True)
class Taken(Event):
    submission: int
    annotator: str
    due: int


@dataclass(frozen=True, slots=True)
class Released(Event):
    submission: int
    annotator: str
    to_sink: int


@dataclass(frozen=True, slots=True)
class Expired(Event):
    submission: int
    annotator: str
    to_sink: int


@dataclass(frozen=True, slots=True)
class Forfeited(Event):
    submission: int
    annotator: str
    to_sink: int


@dataclass(frozen=True, slots=True)
class Committed(Event):
    submission: int
    annotator: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Published(Event):
    submission: int
    annotator: str
    root: bytes
    uri: str
    window_end: int


@dataclass(frozen=True, slots=True)
class Accepted(Event):
    submission: int


@dataclass(frozen=True, slots=True)
class Claimed(Event):
    submission: int
    annotator: str
    labels: int  # that were not proven wrong
    pay: int  # for them
    stake: int  # all of it: prizes that it had advanced came back out of the pot
    to_requester: int  # the pay of labels proven wrong, less prizes


@dataclass(frozen=True, slots=True)
class Rejected(Event):
    submission: int
    annotator: str
    to_sink: int  # the rest of the stake, and a part of the pay
    to_requester: int  # the rest of the pay


# ---------------------------------------------------------------- challenges


@dataclass(frozen=True, slots=True)
class ChallengeCommitted(Event):
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Challenged(Event):
    challenge: int
    challenger: str
    indices: tuple[int, ...]
    bond: int
    evidence: bytes
    uri: str


@dataclass(frozen=True, slots=True)
class AvailabilityChallenged(Event):
    challenge: int
    challenger: str
    indices: tuple[int, ...]
    bond: int


@dataclass(frozen=True, slots=True)
class Conceded(Event):
    challenge: int


@dataclass(frozen=True, slots=True)
class Defended(Event):
    challenge: int
    defender: str
    arbitrator: str
    dispute: int
    fee: int


@dataclass(frozen=True, slots=True)
class Ruled(Event):
    challenge: int
    ruling: int


@dataclass(frozen=True, slots=True)
class Answered(Event):
    challenge: int
    answerer: str
    item: int
    label: bytes  # canonical JSON


@dataclass(frozen=True, slots=True)
class Settled(Event):
    challenge: int
    outcome: Outcome
    proven: int
    to_challenger: int
    to_annotator: int
    to_defender: int
    to_sink: int


# ---------------------------------------------------------------- tests on known items


@dataclass(frozen=True, slots=True)
class TestSetUp(Event):
    task: int
    classes: tuple[bytes, ...]  # digests of labels, rising
    counts: tuple[int, ...]  # known items of each class in a graded batch
    allowed: int
    opening_period: int
    dispute_period: int


@dataclass(frozen=True, slots=True)
class BatchSealed(Event):
    task: int
    batch: int
    sealed_at: int  # start of the opening period


@dataclass(frozen=True, slots=True)
class GoldOpened(Event):
    task: int
    batch: int
    gold: bytes  # positions in the batch, two bytes each, grouped by class
    cost: int  # of an arbitration
    deposit: int


@dataclass(frozen=True, slots=True)
class GoldWaived(Event):
    task: int
    batch: int


@dataclass(frozen=True, slots=True)
class GoldDisputed(Event):
    gold_dispute: int
    disputer: str
    submission: int
    numbers: tuple[int, ...]  # places in the gold list
    arbitrator: str
    dispute: int
    fee: int  # what the arbitrator took, and the bond as well
    evidence: bytes
    uri: str


@dataclass(frozen=True, slots=True)
class GoldRuled(Event):
    gold_dispute: int
    ruling: int


@dataclass(frozen=True, slots=True)
class GoldDisputeSettled(Event):
    gold_dispute: int
    outcome: Outcome
    dropped: int  # mask of the gold numbers that it dropped
    to_disputer: int
    to_sink: int


@dataclass(frozen=True, slots=True)
class TestVoided(Event):
    task: int
    batch: int


@dataclass(frozen=True, slots=True)
class DepositReleased(Event):
    task: int
    batch: int
    to_requester: int
    to_each_winner: int
    to_sink: int


# ---------------------------------------------------------------- court


@dataclass(frozen=True, slots=True)
class Joined(Event):
    first_seat: int
    holder: str
    seats: int  # numbered on from first_seat
    gate_data: bytes  # what the gate was shown


@dataclass(frozen=True, slots=True)
class Renewed(Event):
    holder: str
    gate_data: bytes  # in place of what the gate was shown before


@dataclass(frozen=True, slots=True)
class Listed(Event):
    seat: int


@dataclass(frozen=True, slots=True)
class Unlisted(Event):
    seat: int


@dataclass(frozen=True, slots=True)
class Left(Event):
    seat: int
    holder: str
    leaves_at: int  # time from which it is taken out


@dataclass(frozen=True, slots=True)
class Dismissed(Event):
    seat: int
    holder: str
    leaves_at: int  # time from which it is taken out


@dataclass(frozen=True, slots=True)
class SeatClosed(Event):
    seat: int
    holder: str
    amount: int


@dataclass(frozen=True, slots=True)
class DisputeCreated(Event):
    dispute: int
    arbitrable: str
    evidence: bytes
    choices: int
    refund_to: str


@dataclass(frozen=True, slots=True)
class Appealed(Event):
    dispute: int
    payer: str
    round: int  # the new one
    fee: int


@dataclass(frozen=True, slots=True)
class Armed(Event):
    dispute: int
    ticket: int
    candidates: int


@dataclass(frozen=True, slots=True)
class BeaconShown(Event):
    round: int  # of the drand chain: a ticket
    randomness: bytes  # its seed


@dataclass(frozen=True, slots=True)
class Postponed(Event):
    dispute: int


@dataclass(frozen=True, slots=True)
class Drawn(Event):
    dispute: int
    round: int
    seed: bytes
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotHeard(Event):
    dispute: int
    refund_to: str
    fee: int


@dataclass(frozen=True, slots=True)
class AppealDropped(Event):
    dispute: int
    payer: str
    round: int
    fee: int


@dataclass(frozen=True, slots=True)
class VoteCommitted(Event):
    dispute: int  # in its latest round
    holder: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class VoteRevealed(Event):
    dispute: int  # in its latest round
    holder: str
    choice: int


@dataclass(frozen=True, slots=True)
class RoundSettled(Event):
    dispute: int
    round: int
    paid: int  # positions that were paid, one bit each
    fined: int  # positions that lost the penalty, one bit each
    share: int  # to each paid seat
    remainder: int  # to the first paid seat besides
    refund: int  # to the payer of the next round, who was right, or of this one, when nobody revealed


@dataclass(frozen=True, slots=True)
class RulingExecuted(Event):
    dispute: int
    arbitrable: str
    ruling: int


# ---------------------------------------------------------------- relay and gates


@dataclass(frozen=True, slots=True)
class Relayed(Event):
    account: str  # who acted
    to: str
    relayer: str
    nonce: int


@dataclass(frozen=True, slots=True)
class RequestCancelled(Event):
    account: str
    nonce: int


@dataclass(frozen=True, slots=True)
class Revoked(Event):
    holder: str
    nonce: int  # void with all lower ones


# ---------------------------------------------------------------- royalty pool


@dataclass(frozen=True, slots=True)
class Enrolled(Event):
    submission: int
    annotator: str  # who got a share for each accepted label


@dataclass(frozen=True, slots=True)
class Paid(Event):
    task: int
    payer: str
    amount: int
    memo: str


@dataclass(frozen=True, slots=True)
class Collected(Event):
    task: int
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class RequesterShareCollected(Event):
    task: int
    requester: str
    amount: int


@dataclass(frozen=True, slots=True)
class Priced(Event):
    task: int
    price: int  # 0: no longer for sale
    terms: bytes


@dataclass(frozen=True, slots=True)
class Licensed(Event):
    license: int
    task: int
    licensee: str
    buyer: str
    terms: bytes
    price: int


@dataclass(frozen=True, slots=True)
class Transfer(Event):
    """Of shares; a mint comes from the empty address."""

    caller: str
    sender: str
    receiver: str
    id: int  # the task
    amount: int  # shares


@dataclass(frozen=True, slots=True)
class Approval(Event):
    owner: str
    spender: str
    id: int  # the task
    amount: int  # shares


@dataclass(frozen=True, slots=True)
class OperatorSet(Event):
    owner: str
    spender: str
    approved: bool


# ---------------------------------------------------------------- adapters to other arbitrators; see also court


@dataclass(frozen=True, slots=True)
class MetaEvidence(Event):
    """As ERC-1497 has it: where the question and the answers are explained."""

    meta_evidence: int
    evidence: str  # URI


@dataclass(frozen=True, slots=True)
class Dispute(Event):
    """As ERC-1497 has it."""

    arbitrator: str
    dispute: int
    meta_evidence: int
    evidence_group: int


@dataclass(frozen=True, slots=True)
class Evidence(Event):
    """As ERC-1497 has it."""

    arbitrator: str
    evidence_group: int
    party: str
    evidence: str  # URI


@dataclass(frozen=True, slots=True)
class Ruling(Event):
    """As ERC-792 has it."""

    arbitrator: str
    dispute: int
    ruling: int


@dataclass(frozen=True, slots=True)
class AppealPaid(Event):
    dispute: int
    payer: str
    fee: int  # what the arbitrator kept, wei


EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
