"""The fights of one submission, settled again by the escrow's rules, in the order in which they were settled.

What a fight pays depends on those before it: which labels they have proven wrong, and whether they have led to a
rejection. So all are tried together, each on what the rules, not the events, say of the earlier ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from goldleaf import events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.ids import split_fight, split_submission
from goldleaf.types import Outcome

from ..rules.escrow import RULINGS
from ..rules.money import Rejection, Split, least_bond, prize, rejection, rejection_bonus, split, withheld_bonus
from .findings import Check, Finding, Payment
from .steps import Clock, within

KINDS: tuple[type[Event], ...] = (
    events.Challenged,
    events.Demanded,
    events.Conceded,
    events.Defended,
    events.Ruled,
    events.Answered,
    events.Settled,
)
# Who is credited with what is lost: no event tells its address.
SINK = "the sink"
BOND = "the bond of a challenge is at least half of the pay of its labels, and three times what a dispute costs"
DEMAND_BOND = "the bond of a demand is fixed by the task"
FEE = "who defends pays what the arbitrator asks: of the court, three juror fees"
ORDER = "fights of a submission are settled in the order in which they were filed, each once"
STEPS = "a fight is conceded, defended or answered at most once, ruled on once defended, and nothing after a rejection"
PROVEN = "each label that was not proven wrong before counts, until one more than is tolerated is wrong"
LOST = (
    "of a rejected submission what is left of the stake, less prizes and bonus, goes to the sink, and with it its pay, "
    "as far as that is no more than half of the stake"
)
SPARED = "of a rejected submission the requester has the rest of the pay back"
CLAIMED = "a submission is paid for each label not proven wrong, and gets its whole stake back"
UNPAID = "of each label proven wrong the requester has the pay back, less the prize"
OUTCOMES = {
    Outcome.CONCEDED: "the annotator has conceded",
    Outcome.UNANSWERED: "nobody has conceded, defended or answered in time",
    Outcome.WRONG: "the arbitrator has ruled 1: each of the labels is wrong",
    Outcome.NOT_WRONG: "the arbitrator has ruled 2: not each of the labels is wrong",
    Outcome.UNDECIDED: "the arbitrator could not decide, or has not ruled in time",
    Outcome.NOT_HEARD: "the arbitrator has not heard the dispute",
    Outcome.ANSWERED: "the label was shown",
    Outcome.VOID: "the submission was rejected before, and nobody had defended",
}
PRIZES = {
    Outcome.CONCEDED: "conceded: the bond is returned, with a prize for each label newly proven wrong",
    Outcome.UNANSWERED: "unanswered: the bond is returned, with a prize for each label newly proven wrong",
    Outcome.WRONG: "ruled wrong: the bond is returned, with a prize for each label newly proven wrong, and the "
    "defender has lost the fee",
    Outcome.NOT_WRONG: "ruled not wrong: the bond is lost; the fee goes back to the defender, the rest half to the "
    "defender, half to the annotator, an odd unit to the sink",
    Outcome.UNDECIDED: "undecided: the bond is returned less half of the fee, which goes to the defender",
    Outcome.NOT_HEARD: "not heard: the bond is returned whole",
    Outcome.ANSWERED: "answered: the bond goes to the sink",
    Outcome.VOID: "void after a rejection: the bond is returned",
}
CROSSED = ", and a bonus out of the stake, up to twice the bond, for the submission is rejected by it"
WITHHELD = (
    "a label that nobody shows: the bond is returned with a bonus out of the stake, and the submission is rejected"
)


@dataclass(slots=True)
class Fight:
    """A challenge or a demand, as far as it has come."""

    filed: Logged
    conceded: Logged | None = None
    defended: Logged | None = None
    ruled: Logged | None = None
    answered: Logged | None = None
    settled: Logged | None = None
    outcome: Outcome | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_demand(self) -> bool:
        return isinstance(self.filed.event, events.Demanded)

    @property
    def party(self) -> str:
        event = self.filed.event
        return event.challenger if isinstance(event, events.Challenged) else getattr(event, "demander", "")

    @property
    def bond(self) -> int:
        return int(getattr(self.filed.event, "bond", 0))


class Escrow:
    """The fights of one submission, by their events alone."""

    def __init__(
        self, opened: events.Opened, published: Logged, cost: Callable[[str], int | None], clock: Clock | None
    ) -> None:
        """`cost` tells what a dispute costs at an arbitrator, base units; None where that can change."""
        event = published.event
        assert isinstance(event, events.Published)
        self.fights: dict[int, Fight] = {}
        self._terms = opened.parameters
        self._requester = opened.requester
        self._published = event
        self._cost = cost(opened.parameters.arbitrator)
        self._clock = clock
        _, slot = split_submission(event.submission)
        self._labels = len(self._terms.items_of(slot))
        self._stake = self._terms.stake_of(slot)
        self._tolerated = self._terms.tolerated(slot)
        self._window_end = event.window_end
        self._wrong: set[int] = set()
        self._turn = 0
        self._rejected = False
        # A rejection that no settlement has called for yet.
        self._told: Logged | None = None
        # Of the submission, not of one of its fights.
        self.findings: list[Finding] = []

    def apply(self, logged: Logged) -> None:
        """Takes the events of the submission one after the other; others are passed over."""
        event = logged.event
        if getattr(event, "submission", None) == self._published.submission:
            if isinstance(event, events.Rejected):
                self._told = logged
            elif isinstance(event, events.Claimed):
                self._claim(event, logged)
            elif isinstance(event, events.Accepted) and self._clock is not None:
                self._window_end = self._clock(logged.block)
            return
        if not isinstance(event, KINDS):
            return
        submission, number = split_fight(getattr(event, "fight", 0))
        if submission != self._published.submission:
            return
        if isinstance(event, events.Challenged | events.Demanded):
            self._file(number, logged)
        elif number in self.fights:
            self._advance(number, self.fights[number], logged)

    def close(self) -> None:
        """Takes that there are no more events."""
        if self._told is not None:
            event = self._told.event
            assert isinstance(event, events.Rejected)
            self.findings += self._lost(Rejection(0, 0), event, self._told.transaction)

    def _file(self, number: int, logged: Logged) -> None:
        fight = self.fights[number] = Fight(logged)
        event, link = logged.event, logged.transaction
        fight.findings.append(Check.of("number", ORDER, len(self.fights) - 1, number, link))
        fight.findings.append(Check.of("filed before a rejection", STEPS, False, self._rejected, link))
        if isinstance(event, events.Demanded):
            end = self._window_end - self._terms.challenge_period + self._terms.challenge_period // 2
            paid = Payment("bond", event.demander, False, DEMAND_BOND, self._terms.demand_bond, event.bond, link)
            rule = "demands are filed in the first half of the challenge window"
        else:
            assert isinstance(event, events.Challenged)
            end = self._window_end
            # Where what the arbitrator asked for then is in no event, what the labels ask for is all that is known.
            least = least_bond(
                challenged=len(event.indices), reward=self._terms.reward, arbitration_cost=self._cost or 0
            )
            paid = Payment("bond", event.challenger, False, BOND, max(least, event.bond), event.bond, link)
            rule = "challenges are filed within the challenge window"
        fight.findings += [paid, within("time of filing", rule, logged, self._clock, end=end)]

    def _advance(self, number: int, fight: Fight, logged: Logged) -> None:
        event, link = logged.event, logged.transaction
        answered = fight.conceded or fight.defended or fight.answered or fight.settled
        is_first = answered is None and not self._rejected
        match event:
            case events.Conceded():
                allowed, fight.conceded = is_first and not fight.is_demand, logged
                fight.findings.append(self._response("time of conceding", fight, logged))
            case events.Defended():
                allowed, fight.defended = is_first and not fight.is_demand, logged
                self._defend(fight, event, logged)
            case events.Ruled():
                allowed = fight.defended is not None and fight.ruled is None and fight.settled is None
                fight.ruled = logged
            case events.Answered():
                allowed, fight.answered = is_first and fight.is_demand, logged
                end = self._time(fight.filed, self._terms.challenge_period // 4)
                rule = "a demand is answered within a quarter of the challenge period"
                fight.findings.append(within("time of the answer", rule, logged, self._clock, end=end))
            case events.Settled():
                allowed = fight.settled is None
                fight.findings.append(Check.of("turn", ORDER, self._turn, number, link))
                self._turn = number + 1
                fight.settled = logged
                self._settle(fight, event, logged)
            case _:
                return
        name = type(event).__name__.lower()
        fight.findings.append(Check.of(f"{name} when it may be", STEPS, True, allowed, link))

    def _defend(self, fight: Fight, event: events.Defended, logged: Logged) -> None:
        arbitrator = self._terms.arbitrator
        fight.findings.append(
            Check.of("arbitrator", "the task names its arbitrator", arbitrator, event.arbitrator, logged.transaction)
        )
        if self._cost is not None:
            paid = Payment("fee", event.defender, False, FEE, self._cost, event.fee, logged.transaction)
            fight.findings.append(paid)
        fight.findings.append(self._response("time of the defence", fight, logged))
        if event.defender != self._published.annotator:
            start = self._time(fight.filed, self._terms.response_period // 2)
            rule = "in the first half of the response period only the annotator defends"
            fight.findings.append(within("turn of a stranger's defence", rule, logged, self._clock, start))

    def _response(self, name: str, fight: Fight, logged: Logged) -> Check:
        end = self._time(fight.filed, self._terms.response_period)
        return within(
            name, "challenges are conceded or defended within the response period", logged, self._clock, end=end
        )

    def _settle(self, fight: Fight, event: events.Settled, logged: Logged) -> None:
        link = logged.transaction
        outcome = fight.outcome = self._outcome(fight)
        reason = OUTCOMES[outcome]
        fight.findings.append(Check.of("outcome", reason, outcome.name, event.outcome.name, link))
        fight.findings += self._patience(fight, outcome, logged)
        proven = self._prove(fight, outcome)
        fight.findings.append(Check.of("labels newly proven wrong", PROVEN, len(proven), event.proven, link))

        fee = fight.defended.event.fee if fight.defended and isinstance(fight.defended.event, events.Defended) else 0
        rejects, bonus = False, 0
        if not fight.is_demand:
            due = split(outcome, bond=fight.bond, fee=fee, proven=len(proven), reward=self._terms.reward)
            rejects = bool(proven) and len(self._wrong) > self._tolerated
            bonus = rejection_bonus(stake=self._stake, bond=fight.bond) if rejects else 0
        elif outcome == Outcome.UNANSWERED:
            due, rejects = Split(self._terms.demand_bond), True
            bonus = withheld_bonus(stake=self._stake, bond=self._terms.demand_bond)
        elif outcome == Outcome.ANSWERED:
            due = Split(sink=self._terms.demand_bond)
        else:
            due = Split(self._terms.demand_bond)
        due = due._replace(party=due.party + bonus)
        rule = WITHHELD if fight.is_demand and rejects else PRIZES[outcome] + (CROSSED if rejects else "")
        defender = getattr(fight.defended.event, "defender", "") if fight.defended else ""
        parties = (
            ("to the demander" if fight.is_demand else "to the challenger", fight.party, due.party, event.to_party),
            ("to the annotator", self._published.annotator, due.annotator, event.to_annotator),
            ("to the defender", defender, due.defender, event.to_defender),
            ("to the sink", SINK, due.sink, event.to_sink),
        )
        fight.findings += [
            Payment(name, account, True, rule, expected, found, link)
            for name, account, expected, found in parties
            if expected or found
        ]
        self._reject(fight, rejects, bonus, link)

    def _outcome(self, fight: Fight) -> Outcome:
        """How the fight ends when it is settled now."""
        if fight.is_demand:
            if self._rejected:
                return Outcome.VOID
            return Outcome.ANSWERED if fight.answered else Outcome.UNANSWERED
        if fight.ruled and isinstance(fight.ruled.event, events.Ruled):
            return RULINGS.get(fight.ruled.event.ruling, Outcome.UNDECIDED)
        if fight.defended:
            return Outcome.UNDECIDED
        if self._rejected:
            return Outcome.VOID
        return Outcome.CONCEDED if fight.conceded else Outcome.UNANSWERED

    def _patience(self, fight: Fight, outcome: Outcome, logged: Logged) -> list[Finding]:
        """What had to be waited for before it could end so."""
        since, period = fight.filed, 0
        if outcome == Outcome.UNANSWERED:
            period = self._terms.challenge_period // 4 if fight.is_demand else self._terms.response_period
        elif outcome == Outcome.UNDECIDED and fight.ruled is None and fight.defended is not None:
            since, period = fight.defended, self._terms.arbitration_timeout
        if not period:
            return []
        rule = "it ends for want of an answer or a ruling only when the time for that is over"
        return [within("time of settling", rule, logged, self._clock, self._time(since, period))]

    def _prove(self, fight: Fight, outcome: Outcome) -> list[int]:
        """The labels that the fight proves wrong; they are marked."""
        event = fight.filed.event
        if (
            self._rejected
            or not isinstance(event, events.Challenged)
            or outcome not in (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG)
        ):
            return []
        new = [item for item in event.indices if item not in self._wrong]
        proven = new[: self._tolerated + 1 - len(self._wrong)]
        self._wrong.update(proven)
        return proven

    def _reject(self, fight: Fight, rejects: bool, bonus: int, link: str) -> None:
        told = self._told if self._told is not None and self._told.transaction == link else None
        if not rejects and told is None:
            return
        due = Rejection(0, 0)
        if rejects:
            due = rejection(
                stake=self._stake,
                labels=self._labels,
                errors=len(self._wrong),
                reward=self._terms.reward,
                bonus=bonus,
            )
        event = told.event if told is not None and isinstance(told.event, events.Rejected) else None
        fight.findings += self._lost(due, event, link)
        self._told = None
        self._rejected = self._rejected or rejects

    def _lost(self, due: Rejection, event: events.Rejected | None, link: str) -> list[Payment]:
        """Where the stake and the pay of a rejected submission went; `event` tells, if anything does."""
        lost, back = (0, 0) if event is None else (event.to_sink, event.to_requester)
        return [
            Payment("stake and pay lost", SINK, True, LOST, due.sink, lost, link),
            Payment("pay returned", self._requester, True, SPARED, due.requester, back, link),
        ]

    def _claim(self, event: events.Claimed, logged: Logged) -> None:
        good = self._labels - len(self._wrong)
        reward = self._terms.reward
        unpaid = len(self._wrong) * (reward - prize(reward))
        annotator, link = self._published.annotator, logged.transaction
        pending = sum(fight.settled is None for fight in self.fights.values())
        self.findings += [
            Check.of("paid with fights pending", "nothing is paid while a fight is pending", 0, pending, link),
            Check.of("paid after a rejection", "a rejected submission is not paid", False, self._rejected, link),
            Payment("pay", annotator, True, CLAIMED, good * reward, event.pay, link),
            Payment("stake back", annotator, True, CLAIMED, self._stake, event.stake, link),
            Payment("pay returned", self._requester, True, UNPAID, unpaid, event.to_requester, link),
        ]

    def _time(self, logged: Logged, period: int) -> int:
        return self._clock(logged.block) + period if self._clock is not None else 0
