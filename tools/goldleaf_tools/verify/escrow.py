"""The challenges of one submission, settled again by the escrow's rules, in the order in which they were settled.

What a challenge pays depends on those before it: which labels they have proven wrong, and whether they have led to a
rejection. So all are tried together, each on what the rules, not the events, say of the earlier ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from goldleaf import events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.ids import split_challenge, split_submission
from goldleaf.types import ChallengeKind, Outcome

from ..rules.escrow import RULINGS
from ..rules.money import Rejection, Split, availability_bonus, least_bond, prize, rejection, rejection_bonus, split
from .findings import Check, Finding, Payment
from .steps import Clock, within

KINDS: tuple[type[Event], ...] = (
    events.Challenged,
    events.AvailabilityChallenged,
    events.Conceded,
    events.Defended,
    events.Ruled,
    events.Answered,
    events.Settled,
)
# Who is credited with what is lost: no event tells its address.
SINK = "the sink"
BOND = "the bond of a challenge is at least half of the pay of its labels, and three times what a dispute costs"
AVAILABILITY_BOND = "the bond of an availability challenge is fixed by the task"
FEE = "who defends pays what the arbitrator asks: of the court, three juror fees"
ORDER = "challenges of a submission are settled in the order in which they were filed, each once"
STEPS = (
    "a challenge of correctness is conceded or defended at most once, and ruled on once defended; one of availability "
    "is answered until it is settled; nothing is done after a rejection, except to rule"
)
SHOWN = "a label is shown once, and not challenged as unavailable after that"
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
    Outcome.UNANSWERED: "nobody has conceded or defended in time, or not all labels were shown in time",
    Outcome.WRONG: "the arbitrator has ruled 1: each of the labels is wrong",
    Outcome.NOT_WRONG: "the arbitrator has ruled 2: not each of the labels is wrong",
    Outcome.UNDECIDED: "the arbitrator could not decide, or has not ruled in time",
    Outcome.NOT_HEARD: "the arbitrator has not heard the dispute",
    Outcome.ANSWERED: "all of its labels were shown",
    Outcome.VOID: "the submission was rejected before, and nobody had defended",
}
PRIZES = {
    Outcome.CONCEDED: "conceded: the bond is returned, with a prize for each label newly proven wrong",
    Outcome.UNANSWERED: "unanswered: the bond is returned, with a prize for each label newly proven wrong",
    Outcome.WRONG: "ruled wrong: the bond is returned, with a prize for each label newly proven wrong, and the "
    "defender has lost the fee",
    Outcome.NOT_WRONG: "ruled not wrong: the bond is lost; the fee goes back to the defender, and of what is left as "
    "much again, but at most half of it; the rest goes to the annotator",
    Outcome.UNDECIDED: "undecided: the bond is returned less half of the fee, which goes to the defender",
    Outcome.NOT_HEARD: "not heard: the bond is returned whole",
    Outcome.ANSWERED: "answered: the bond goes to the sink",
    Outcome.VOID: "void after a rejection: the bond is returned",
}
CROSSED = ", and a bonus out of the stake, up to twice the bond, for the submission is rejected by it"
WITHHELD = (
    "labels that are not all shown: the bond is returned with a bonus out of the stake, and the submission is rejected"
)


@dataclass(slots=True)
class Challenge:
    """A challenge of either kind, as far as it has come."""

    filed: Logged
    conceded: Logged | None = None
    defended: Logged | None = None
    ruled: Logged | None = None
    settled: Logged | None = None
    outcome: Outcome | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def kind(self) -> ChallengeKind:
        is_correctness = isinstance(self.filed.event, events.Challenged)
        return ChallengeKind.CORRECTNESS if is_correctness else ChallengeKind.AVAILABILITY

    @property
    def filing(self) -> events.Challenged | events.AvailabilityChallenged:
        assert isinstance(self.filed.event, events.Challenged | events.AvailabilityChallenged)
        return self.filed.event


class Escrow:
    """The challenges of one submission, by their events alone."""

    def __init__(
        self, opened: events.Opened, published: Logged, cost: Callable[[str], int | None], clock: Clock | None
    ) -> None:
        """`cost` tells what a dispute costs at an arbitrator, base units; None where that can change."""
        event = published.event
        assert isinstance(event, events.Published)
        self.challenges: dict[int, Challenge] = {}
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
        self._shown: set[int] = set()
        self._turn = 0
        self._rejected = False
        # A rejection that no settlement has called for yet.
        self._told: Logged | None = None
        # Of the submission, not of one of its challenges.
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
        submission, number = split_challenge(getattr(event, "challenge", 0))
        if submission != self._published.submission:
            return
        if isinstance(event, events.Challenged | events.AvailabilityChallenged):
            self._file(number, logged)
        elif number in self.challenges:
            self._advance(number, self.challenges[number], logged)

    def close(self) -> None:
        """Takes that there are no more events."""
        if self._told is not None:
            event = self._told.event
            assert isinstance(event, events.Rejected)
            self.findings += self._lost(Rejection(0, 0), event, self._told.transaction)

    def _file(self, number: int, logged: Logged) -> None:
        challenge = self.challenges[number] = Challenge(logged)
        event, link = logged.event, logged.transaction
        challenge.findings.append(Check.of("number", ORDER, len(self.challenges) - 1, number, link))
        challenge.findings.append(Check.of("filed before a rejection", STEPS, False, self._rejected, link))
        if isinstance(event, events.AvailabilityChallenged):
            end = self._window_end - self._terms.challenge_period + self._terms.challenge_period // 2
            shown = sorted(self._shown.intersection(event.indices))
            challenge.findings.append(Check.of("labels shown before", SHOWN, [], shown, link))
            paid = Payment(
                "bond", event.challenger, False, AVAILABILITY_BOND, self._terms.availability_bond, event.bond, link
            )
            rule = "availability challenges are filed in the first half of the challenge window"
        else:
            assert isinstance(event, events.Challenged)
            end = self._window_end
            # Where what the arbitrator asked for then is in no event, what the labels ask for is all that is known.
            least = least_bond(
                challenged=len(event.indices), reward=self._terms.reward, arbitration_cost=self._cost or 0
            )
            paid = Payment("bond", event.challenger, False, BOND, max(least, event.bond), event.bond, link)
            rule = "challenges are filed within the challenge window"
        challenge.findings += [paid, within("time of filing", rule, logged, self._clock, end=end)]

    def _advance(self, number: int, challenge: Challenge, logged: Logged) -> None:
        event, link = logged.event, logged.transaction
        is_open = (challenge.conceded or challenge.defended or challenge.settled) is None and not self._rejected
        is_correctness = challenge.kind == ChallengeKind.CORRECTNESS
        match event:
            case events.Conceded():
                allowed, challenge.conceded = is_open and is_correctness, logged
                challenge.findings.append(self._response("time of conceding", challenge, logged))
            case events.Defended():
                allowed, challenge.defended = is_open and is_correctness, logged
                self._defend(challenge, event, logged)
            case events.Ruled():
                allowed = challenge.defended is not None and challenge.ruled is None and challenge.settled is None
                challenge.ruled = logged
            case events.Answered():
                allowed = is_open and not is_correctness
                self._answer(challenge, event, logged)
            case events.Settled():
                allowed = challenge.settled is None
                challenge.findings.append(Check.of("turn", ORDER, self._turn, number, link))
                self._turn = number + 1
                challenge.settled = logged
                self._settle(challenge, event, logged)
            case _:
                return
        name = type(event).__name__.lower()
        challenge.findings.append(Check.of(f"{name} when it may be", STEPS, True, allowed, link))

    def _answer(self, challenge: Challenge, event: events.Answered, logged: Logged) -> None:
        name, link = f"label of item {event.item}", logged.transaction
        is_new = event.item not in self._shown
        self._shown.add(event.item)
        end = self._time(challenge.filed, self._terms.challenge_period // 4)
        rule = "labels are shown within a quarter of the challenge period"
        challenge.findings += [
            Check.of(f"{name} shown for the first time", SHOWN, True, is_new, link),
            within(f"time of showing the {name}", rule, logged, self._clock, end=end),
        ]

    def _defend(self, challenge: Challenge, event: events.Defended, logged: Logged) -> None:
        arbitrator = self._terms.arbitrator
        challenge.findings.append(
            Check.of("arbitrator", "the task names its arbitrator", arbitrator, event.arbitrator, logged.transaction)
        )
        if self._cost is not None:
            paid = Payment("fee", event.defender, False, FEE, self._cost, event.fee, logged.transaction)
            challenge.findings.append(paid)
        challenge.findings.append(self._response("time of the defence", challenge, logged))
        if event.defender != self._published.annotator:
            start = self._time(challenge.filed, self._terms.response_period // 2)
            rule = "in the first half of the response period only the annotator defends"
            challenge.findings.append(within("turn of a stranger's defence", rule, logged, self._clock, start))

    def _response(self, name: str, challenge: Challenge, logged: Logged) -> Check:
        end = self._time(challenge.filed, self._terms.response_period)
        return within(
            name, "challenges are conceded or defended within the response period", logged, self._clock, end=end
        )

    def _settle(self, challenge: Challenge, event: events.Settled, logged: Logged) -> None:
        link = logged.transaction
        outcome = challenge.outcome = self._outcome(challenge)
        reason = OUTCOMES[outcome]
        challenge.findings.append(Check.of("outcome", reason, outcome.name, event.outcome.name, link))
        challenge.findings += self._patience(challenge, outcome, logged)
        proven = self._prove(challenge, outcome)
        challenge.findings.append(Check.of("labels newly proven wrong", PROVEN, len(proven), event.proven, link))

        fee = (
            challenge.defended.event.fee
            if challenge.defended and isinstance(challenge.defended.event, events.Defended)
            else 0
        )
        rejects, bonus = False, 0
        filing, is_correctness = challenge.filing, challenge.kind == ChallengeKind.CORRECTNESS
        if is_correctness:
            due = split(
                outcome,
                bond=filing.bond,
                fee=fee,
                challenged=len(filing.indices),
                proven=len(proven),
                reward=self._terms.reward,
            )
            rejects = bool(proven) and len(self._wrong) > self._tolerated
            bonus = rejection_bonus(stake=self._stake, bond=filing.bond) if rejects else 0
        elif outcome == Outcome.UNANSWERED:
            due, rejects = Split(self._terms.availability_bond), True
            bonus = availability_bonus(stake=self._stake, bond=self._terms.availability_bond)
        elif outcome == Outcome.ANSWERED:
            due = Split(sink=self._terms.availability_bond)
        else:
            due = Split(self._terms.availability_bond)
        due = due._replace(challenger=due.challenger + bonus)
        rule = WITHHELD if rejects and not is_correctness else PRIZES[outcome] + (CROSSED if rejects else "")
        defender = getattr(challenge.defended.event, "defender", "") if challenge.defended else ""
        parties = (
            ("to the challenger", filing.challenger, due.challenger, event.to_challenger),
            ("to the annotator", self._published.annotator, due.annotator, event.to_annotator),
            ("to the defender", defender, due.defender, event.to_defender),
            ("to the sink", SINK, due.sink, event.to_sink),
        )
        challenge.findings += [
            Payment(name, account, True, rule, expected, found, link)
            for name, account, expected, found in parties
            if expected or found
        ]
        self._reject(challenge, rejects, bonus, link)

    def _outcome(self, challenge: Challenge) -> Outcome:
        """How the challenge ends when it is settled now."""
        if challenge.kind == ChallengeKind.AVAILABILITY:
            if self._rejected:
                return Outcome.VOID
            return Outcome.ANSWERED if self._shown.issuperset(challenge.filing.indices) else Outcome.UNANSWERED
        if challenge.ruled and isinstance(challenge.ruled.event, events.Ruled):
            return RULINGS.get(challenge.ruled.event.ruling, Outcome.UNDECIDED)
        if challenge.defended:
            return Outcome.UNDECIDED
        if self._rejected:
            return Outcome.VOID
        return Outcome.CONCEDED if challenge.conceded else Outcome.UNANSWERED

    def _patience(self, challenge: Challenge, outcome: Outcome, logged: Logged) -> list[Finding]:
        """What had to be waited for before it could end so."""
        since, period = challenge.filed, 0
        if outcome == Outcome.UNANSWERED:
            is_correctness = challenge.kind == ChallengeKind.CORRECTNESS
            period = self._terms.response_period if is_correctness else self._terms.challenge_period // 4
        elif outcome == Outcome.UNDECIDED and challenge.ruled is None and challenge.defended is not None:
            since, period = challenge.defended, self._terms.arbitration_timeout
        if not period:
            return []
        rule = "it ends for want of an answer or a ruling only when the time for that is over"
        return [within("time of settling", rule, logged, self._clock, self._time(since, period))]

    def _prove(self, challenge: Challenge, outcome: Outcome) -> list[int]:
        """The labels that the challenge proves wrong; they are marked."""
        event = challenge.filed.event
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

    def _reject(self, challenge: Challenge, rejects: bool, bonus: int, link: str) -> None:
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
        challenge.findings += self._lost(due, event, link)
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
        pending = sum(challenge.settled is None for challenge in self.challenges.values())
        self.findings += [
            Check.of("paid with challenges pending", "nothing is paid while a challenge is pending", 0, pending, link),
            Check.of("paid after a rejection", "a rejected submission is not paid", False, self._rejected, link),
            Payment("pay", annotator, True, CLAIMED, good * reward, event.pay, link),
            Payment("stake back", annotator, True, CLAIMED, self._stake, event.stake, link),
            Payment("pay returned", self._requester, True, UNPAID, unpaid, event.to_requester, link),
        ]

    def _time(self, logged: Logged, period: int) -> int:
        return self._clock(logged.block) + period if self._clock is not None else 0
