"""Which challenges there are, by the events alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goldleaf import errors, events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.ids import split_challenge, split_gold_dispute, split_submission
from goldleaf.types import ChallengeKind, ChallengeState, GoldDisputeState, Outcome

if TYPE_CHECKING:
    from goldleaf import Goldleaf

KINDS: tuple[type[Event], ...] = (
    events.Challenged,
    events.AvailabilityChallenged,
    events.Conceded,
    events.Defended,
    events.Ruled,
    events.Settled,
)
# What the events say of the state that a challenge is in after them.
_STATES = {
    events.Conceded: ChallengeState.CONCEDED,
    events.Defended: ChallengeState.DEFENDED,
    events.Ruled: ChallengeState.RULED,
    events.Settled: ChallengeState.SETTLED,
}
# Challenges have ids from here on; disputes of a court, smaller numbers.
_FIRST_CHALLENGE = 2**128


@dataclass(slots=True)
class Entry:
    """A challenge of either kind, as far as it has come."""

    challenge: int
    kind: ChallengeKind
    challenger: str
    items: tuple[int, ...]
    bond: int
    # Of the evidence.
    uri: str
    evidence: bytes
    filed: int  # block
    state: ChallengeState = ChallengeState.FILED
    outcome: Outcome | None = None
    defender: str = ""
    arbitrator: str = ""
    dispute: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state != ChallengeState.SETTLED

    @property
    def task(self) -> int:
        return split_submission(split_challenge(self.challenge)[0])[0]


def find(
    logged: Iterable[Logged],
    *,
    is_open: bool | None = None,
    task: int | None = None,
    arbitrator: str | None = None,
    party: str | None = None,
) -> list[Entry]:
    """The challenges that events tell of, by when they were filed.

    `logged` are the escrow's events of the kinds `KINDS`, in order; others among them do no harm. Asked for may be open
    or closed ones, those of a task, those before an arbitrator, those in which an account is challenger or defender.
    """
    found: dict[int, Entry] = {}
    for each in logged:
        event = each.event
        if each.removed:
            continue
        if isinstance(event, events.Challenged):
            found[event.challenge] = Entry(
                event.challenge,
                ChallengeKind.CORRECTNESS,
                event.challenger,
                event.indices,
                event.bond,
                event.uri,
                event.evidence,
                each.block,
            )
        elif isinstance(event, events.AvailabilityChallenged):
            found[event.challenge] = Entry(
                event.challenge,
                ChallengeKind.AVAILABILITY,
                event.challenger,
                event.indices,
                event.bond,
                "",
                bytes(32),
                each.block,
            )
        elif (entry := found.get(getattr(event, "challenge", 0))) is not None and type(event) in _STATES:
            entry.state = _STATES[type(event)]
            if isinstance(event, events.Defended):
                entry.defender, entry.arbitrator, entry.dispute = event.defender, event.arbitrator, event.dispute
            elif isinstance(event, events.Settled):
                entry.outcome = event.outcome
    return [
        entry
        for entry in found.values()
        if (is_open is None or entry.is_open == is_open)
        and task in (None, entry.task)
        and arbitrator in (None, entry.arbitrator)
        and (party is None or party in (entry.challenger, entry.defender))
    ]


GOLD_KINDS: tuple[type[Event], ...] = (events.GoldDisputed, events.GoldRuled, events.GoldDisputeSettled)


@dataclass(slots=True)
class GoldEntry:
    """A dispute about known answers, as far as it has come."""

    gold_dispute: int
    disputer: str
    # Places in the list of known items.
    numbers: tuple[int, ...]
    fee: int
    # Of the evidence.
    uri: str
    evidence: bytes
    arbitrator: str
    dispute: int
    filed: int  # block
    state: GoldDisputeState = GoldDisputeState.FILED
    outcome: Outcome | None = None

    @property
    def is_open(self) -> bool:
        return self.state != GoldDisputeState.SETTLED

    @property
    def task(self) -> int:
        return split_gold_dispute(self.gold_dispute)[0]


def find_gold(
    logged: Iterable[Logged],
    *,
    is_open: bool | None = None,
    task: int | None = None,
    arbitrator: str | None = None,
    party: str | None = None,
) -> list[GoldEntry]:
    """The disputes about known answers that events tell of, by when they were filed.

    `logged` are events of GoldTest of the kinds `GOLD_KINDS`, in order. Asked for may be what `find` is asked for; the
    party is the disputer.
    """
    found: dict[int, GoldEntry] = {}
    for each in logged:
        event = each.event
        if each.removed:
            continue
        if isinstance(event, events.GoldDisputed):
            found[event.gold_dispute] = GoldEntry(
                event.gold_dispute,
                event.disputer,
                event.numbers,
                event.fee,
                event.uri,
                event.evidence,
                event.arbitrator,
                event.dispute,
                each.block,
            )
        elif isinstance(event, events.GoldRuled) and event.gold_dispute in found:
            found[event.gold_dispute].state = GoldDisputeState.RULED
        elif isinstance(event, events.GoldDisputeSettled) and event.gold_dispute in found:
            entry = found[event.gold_dispute]
            entry.state, entry.outcome = GoldDisputeState.SETTLED, event.outcome
    return [
        entry
        for entry in found.values()
        if (is_open is None or entry.is_open == is_open)
        and task in (None, entry.task)
        and arbitrator in (None, entry.arbitrator)
        and party in (None, entry.disputer)
    ]


@dataclass(frozen=True, slots=True)
class Case:
    """What a dispute is about: one of these."""

    challenge: int | None = None
    gold_dispute: int | None = None  # about known answers


def case_of(client: "Goldleaf", number: int) -> Case:
    """What is meant: a challenge by its own id, or what the deployment's court decides by the dispute of this number.

    Raises `NoSuchChallenge` if the court has no such dispute, or has it for a contract that is not of the deployment.
    """
    if number >= _FIRST_CHALLENGE:
        return Case(challenge=number)
    contracts = client.deployment.contracts
    for logged in client.events.history(events.DisputeCreated, contract="Court", dispute=number):
        event = logged.event
        if not isinstance(event, events.DisputeCreated):
            continue
        # Each names its cases by its own ids.
        if event.arbitrable == contracts["TaskEscrow"]:
            return Case(challenge=int.from_bytes(event.evidence))
        if event.arbitrable == contracts.get("GoldTest"):
            return Case(gold_dispute=int.from_bytes(event.evidence))
    raise errors.NoSuchChallenge(f"no dispute {number} of the court is about a challenge or known answers")


def challenge_of(client: "Goldleaf", number: int) -> int:
    """The challenge that is meant, as `case_of` has it. Raises `NoSuchChallenge`, also if it is about known answers."""
    case = case_of(client, number)
    if case.challenge is None:
        raise errors.NoSuchChallenge(f"dispute {number} of the court is about known answers of a test")
    return case.challenge
