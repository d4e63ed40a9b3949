"""Which challenges and demands there are, by the events alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goldleaf import errors, events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.ids import split_fight, split_submission
from goldleaf.types import FightState, Outcome

if TYPE_CHECKING:
    from goldleaf import Goldleaf

KINDS: tuple[type[Event], ...] = (
    events.Challenged,
    events.Demanded,
    events.Conceded,
    events.Defended,
    events.Ruled,
    events.Answered,
    events.Settled,
)
# What the events say of the state that a fight is in after them.
_STATES = {
    events.Conceded: FightState.CONCEDED,
    events.Defended: FightState.DEFENDED,
    events.Ruled: FightState.RULED,
    events.Answered: FightState.ANSWERED,
    events.Settled: FightState.SETTLED,
}
# Fights have ids from here on; disputes of a court, smaller numbers.
_FIRST_FIGHT = 2**128


@dataclass(slots=True)
class Entry:
    """A challenge or a demand, as far as it has come."""

    fight: int
    is_demand: bool
    # Challenger or demander.
    party: str
    items: tuple[int, ...]
    bond: int
    # Of the evidence.
    uri: str
    evidence: bytes
    filed: int  # block
    state: FightState = FightState.FILED
    outcome: Outcome | None = None
    defender: str = ""
    arbitrator: str = ""
    dispute: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state != FightState.SETTLED

    @property
    def task(self) -> int:
        return split_submission(split_fight(self.fight)[0])[0]


def find(
    logged: Iterable[Logged],
    *,
    is_open: bool | None = None,
    task: int | None = None,
    arbitrator: str | None = None,
    party: str | None = None,
) -> list[Entry]:
    """The challenges and demands that events tell of, by when they were filed.

    `logged` are the escrow's events of the kinds `KINDS`, in order; others among them do no harm. Asked for may be open
    or closed ones, those of a task, those before an arbitrator, those in which an account is challenger, demander or
    defender.
    """
    found: dict[int, Entry] = {}
    for each in logged:
        event = each.event
        if each.removed:
            continue
        if isinstance(event, events.Challenged):
            found[event.fight] = Entry(
                event.fight,
                False,
                event.challenger,
                event.indices,
                event.bond,
                event.uri,
                event.evidence,
                each.block,
            )
        elif isinstance(event, events.Demanded):
            found[event.fight] = Entry(
                event.fight, True, event.demander, (event.item,), event.bond, "", bytes(32), each.block
            )
        elif (entry := found.get(getattr(event, "fight", 0))) is not None and type(event) in _STATES:
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
        and (party is None or party in (entry.party, entry.defender))
    ]


def fight_of(client: "Goldleaf", number: int) -> int:
    """The fight that is meant: by its own id, or by the number of its dispute in the deployment's court.

    Raises `NoSuchFight` if the court has no such dispute, or has it for somebody else than the escrow.
    """
    if number >= _FIRST_FIGHT:
        return number
    for logged in client.events.history(events.DisputeCreated, contract="Court", dispute=number):
        event = logged.event
        if isinstance(event, events.DisputeCreated) and event.arbitrable == client.deployment.address("TaskEscrow"):
            return int.from_bytes(event.evidence)
    raise errors.NoSuchFight(f"no dispute {number} of the court is about a challenge")
