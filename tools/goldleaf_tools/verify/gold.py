"""The test of one batch, held against GoldTest's rules: what was opened, disputed, paid and published.

Who may publish depends on the items that disputes have dropped, and what the deposit pays on those before. So the batch
is replayed as a whole, and each step held against what the rules, not the events, say of the earlier ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from goldleaf import economics, events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.ids import split_gold_dispute, split_submission
from goldleaf.labels import LabelSet, digest
from goldleaf.types import Outcome, TaskParameters

from ..rules.escrow import MAX_HORIZON, RULINGS
from ..rules.gold import MAX_NUMBERS, GoldTerms
from .findings import Check, Finding, Payment
from .steps import Clock, within

# The label set of a submission, if it can be had.
Labels: TypeAlias = Callable[[int], LabelSet | None]

OF_BATCH: tuple[type[Event], ...] = (
    events.BatchSealed,
    events.GoldOpened,
    events.GoldWaived,
    events.TestVoided,
    events.DepositReleased,
)
OF_DISPUTE: tuple[type[Event], ...] = (events.GoldDisputed, events.GoldRuled, events.GoldDisputeSettled)
# Of the escrow, of the batch's submissions.
WORK: tuple[type[Event], ...] = (events.Committed, events.Published, events.Forfeited)
SINK = "the sink"
CONSTANT = "a constant answer never passes: not by the errors allowed, nor by the items that disputes may drop"
SEALED = "known items are opened, or waived, when all submissions of the batch are sealed or nobody can seal any more"
OPENING = "a batch is opened or waived once, within the opening period"
LIST = "a gold list names each item once, of the batch, grouped by class as the test's counts say and rising in each"
DEPOSIT = "the deposit covers each annotator's fee, and a prize for each dispute that may drop items of a held test"
COST = "the deposit is reckoned by what a dispute costs at the opening: of the court, three juror fees"
DISPUTER = "known answers are disputed by the annotator of a committed submission of the batch, once each"
PERIOD = "known answers are disputed within the dispute period, while the test is not void"
NUMBERS = f"a dispute names 1 to {MAX_NUMBERS} known answers, rising"
FEE = "who disputes pays what the arbitrator asks: of the court, three juror fees"
BOND = "who disputes locks as much as the fee for a bond"
ORDER = "disputes of a batch are settled in the order in which they were filed, each once, with their rulings if any"
PATIENCE = "a dispute without a ruling is settled only when the time for that is over"
DROPPED = "what is ruled wrong is dropped, as far as it was not before and the test is not void"
OUTCOMES = {
    Outcome.WRONG: "ruled wrong: the bond and, at most the cost at the opening, the fee are returned, with a prize of "
    "that cost for dropping what was not dropped before",
    Outcome.NOT_WRONG: "ruled not wrong: fee and bond are lost, the bond to the sink",
    Outcome.UNDECIDED: "undecided, or not ruled in time: the bond is returned",
    Outcome.NOT_HEARD: "not heard: the bond is returned",
}
VOID = "a test is void once more than a tenth of its items are dropped"
RELEASE = "the deposit is released once, when the outcome stands and all disputes are settled"
TO_REQUESTER = "what is left of the deposit is the requester's again, unless the test is void"
TO_WINNERS = "of a void test what is left of the deposit goes in equal parts to those who dropped items"
TO_SINK = "of a void test what cannot be divided goes to the sink"
STANDS = "a submission of a graded task is published once the outcome of its test stands"
IN_TIME = "what is published is published in time, and what is forfeited was not"
PASSED = "what is published of a batch that is tested has no more errors on its known items than are allowed"
FORFEIT = "whoever does not publish in time loses the stake"
FREED = "a year after the last moment to publish nobody loses a stake to a test any more"


@dataclass(slots=True)
class Dispute:
    """A dispute about known answers, as far as it has come."""

    filed: Logged
    ruled: Logged | None = None
    settled: Logged | None = None
    outcome: Outcome | None = None
    # Whether it has dropped an item that was not dropped before.
    won: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def filing(self) -> events.GoldDisputed:
        assert isinstance(self.filed.event, events.GoldDisputed)
        return self.filed.event


class Test:
    """The test of one batch, by its events alone."""

    def __init__(
        self,
        opened: events.Opened,
        set_up: Logged,
        batch: int,
        cost: int | None,
        clock: Clock | None,
        labels: Labels | None,
    ) -> None:
        """`cost` is what a dispute costs at the task's arbitrator, base units; None where that can change."""
        event = set_up.event
        assert isinstance(event, events.TestSetUp)
        self.token = opened.token
        self.disputes: dict[int, Dispute] = {}
        self.findings: list[Finding] = []
        self._task, self._batch = opened.task, batch
        self._terms: TaskParameters = opened.parameters
        self._requester = opened.requester
        self._test = GoldTerms(
            len(event.classes), event.counts, event.allowed, event.opening_period, event.dispute_period
        )
        # By gold number.
        kinds = zip(event.classes, event.counts, strict=False)
        self._answers = [kind for kind, count in kinds for _ in range(count)]
        self._cost, self._clock, self._labels = cost, clock, labels
        self._publish_from = opened.parameters.deadline
        self._committed: dict[int, str] = {}  # submission -> annotator, until it is published or forfeited
        self._sealed = 0
        self._noted: int | None = None
        self._gold: tuple[int, ...] = ()  # positions
        self._opened: Logged | None = None
        self._waived: Logged | None = None
        self._void: Logged | None = None
        self._voided_at = 0
        self._settled_at = 0
        self._at_opening = 0  # cost
        self._left = 0  # of the deposit
        self._dropped: set[int] = set()
        self._turn = 0
        self._released = False
        others = self._test.size - max(event.counts)
        most = max(event.allowed, self._test.droppable)
        self.findings.append(Check.of("a constant answer fails", CONSTANT, True, most < others, set_up.transaction))

    def apply(self, logged: Logged) -> None:
        """Takes the events of the task and its test one after the other; others are passed over."""
        event = logged.event
        if isinstance(event, events.Cancelled) and event.task == self._task:
            self._publish_from = event.publish_from
        elif isinstance(event, WORK):
            self._work(event, logged)
        elif isinstance(event, (*OF_BATCH, *OF_DISPUTE)):
            about: int | None = getattr(event, "gold_dispute", None)
            task: int | None
            batch: int | None
            if about is not None:
                task, batch, number = split_gold_dispute(about)
            else:
                task, batch, number = getattr(event, "task", None), getattr(event, "batch", None), 0
            if (task, batch) == (self._task, self._batch):
                self._advance(number, logged)

    def _advance(self, number: int, logged: Logged) -> None:
        event, link = logged.event, logged.transaction
        match event:
            case events.BatchSealed():
                self._seal("noting that it is sealed", logged)
                self._noted = event.sealed_at
                if self._clock is not None:
                    due = min(self._clock(logged.block), self._publish_from)
                    self._check("start of the opening period", SEALED, due, event.sealed_at, link)
            case events.GoldOpened():
                self._open(event, logged)
            case events.GoldWaived():
                self._seal("waiving", logged)
                self._begin("waiving", logged)
                self._waived = logged
            case events.GoldDisputed():
                self._file(number, event, logged)
            case events.GoldRuled() if number in self.disputes:
                dispute = self.disputes[number]
                is_open = dispute.ruled is None and dispute.settled is None
                dispute.findings.append(Check.of(f"{_name(number)}: ruled once", ORDER, True, is_open, link))
                dispute.ruled = logged
            case events.GoldDisputeSettled() if number in self.disputes:
                self._settle(number, self.disputes[number], event, logged)
            case events.TestVoided():
                # It was expected by the settlement before it.
                self._check("the test is void", VOID, True, self._is_void and self._void is None, link)
                self._void = logged
            case events.DepositReleased():
                self._release(event, logged)

    def close(self) -> None:
        """Takes that there are no more events."""
        if self._is_void and self._void is None:
            self._check("the test is void", VOID, True, None, None)

    # ------------------------------------------------------------ the gold

    @property
    def _is_void(self) -> bool:
        return len(self._dropped) > self._test.droppable

    @property
    def _size(self) -> int:
        return self._test.size

    def _open(self, event: events.GoldOpened, logged: Logged) -> None:
        link = logged.transaction
        self._seal("opening", logged)
        self._begin("opening", logged)
        self._opened = logged
        gold = event.gold
        self._gold = tuple(int.from_bytes(gold[i : i + 2]) for i in range(0, len(gold), 2))
        self._check("gold list", LIST, True, self._is_right(len(gold)), link)
        if self._cost is not None:
            self._check("cost at the opening", COST, self._cost, event.cost, link)
        due = economics.gold_deposit(cost=event.cost, redundancy=self._terms.redundancy, size=self._size)
        self.findings.append(Payment("deposit", self._requester, False, DEPOSIT, due, event.deposit, link))
        self._at_opening, self._left = event.cost, due

    def _is_right(self, length: int) -> bool:
        if length != 2 * self._size or len({*self._gold}) < self._size or max(self._gold) >= self._terms.batch_size:
            return False
        return all(
            low < high or self._answers[number] != self._answers[number + 1]
            for number, (low, high) in enumerate(zip(self._gold, self._gold[1:], strict=False))
        )

    def _seal(self, name: str, logged: Logged) -> None:
        """Whether nobody can seal labels any more."""
        is_sealed: bool | None = self._sealed == self._terms.redundancy
        if not is_sealed:
            is_sealed = None if self._clock is None else self._clock(logged.block) >= self._publish_from
        self._check(f"sealed before {name}", SEALED, True, is_sealed, logged.transaction)

    def _begin(self, name: str, logged: Logged) -> None:
        is_first = self._opened is None and self._waived is None
        self._check(f"{name} once", OPENING, True, is_first, logged.transaction)
        self.findings.append(within(f"time of {name}", OPENING, logged, self._clock, end=self._opening_end))

    @property
    def _opening_end(self) -> int:
        return (self._publish_from if self._noted is None else self._noted) + self._test.opening_period

    # ------------------------------------------------------------ disputes

    def _file(self, number: int, event: events.GoldDisputed, logged: Logged) -> None:
        link, name = logged.transaction, _name(number)
        once = all(dispute.filing.submission != event.submission for dispute in self.disputes.values())
        numbers = event.numbers
        is_right = numbers == tuple(sorted({*numbers})) and 0 < len(numbers) <= MAX_NUMBERS and numbers[-1] < self._size
        dispute = Dispute(logged)
        dispute.findings += [
            Check.of(f"{name}: number", ORDER, len(self.disputes), number, link),
            Check.of(f"{name}: disputer", DISPUTER, self._committed.get(event.submission), event.disputer, link),
            Check.of(f"{name}: first of its submission", DISPUTER, True, once, link),
            Check.of(f"{name}: known answers named", NUMBERS, True, is_right, link),
            Check.of(f"{name}: test not void", PERIOD, False, self._is_void, link),
            Check.of(
                f"{name}: arbitrator",
                "the task names its arbitrator",
                self._terms.arbitrator,
                event.arbitrator,
                link,
            ),
            Payment(f"{name}: fee", event.disputer, False, FEE, self._cost or event.fee, event.fee, link),
            Payment(f"{name}: bond", event.disputer, False, BOND, event.fee, None, link),
        ]
        if self._opened is not None:
            end = self._time(self._opened, self._test.dispute_period)
            dispute.findings.append(within(f"{name}: time of filing", PERIOD, logged, self._clock, end=end))
        self.disputes[number] = dispute

    def _settle(self, number: int, dispute: Dispute, event: events.GoldDisputeSettled, logged: Logged) -> None:
        link, name, filing = logged.transaction, _name(number), dispute.filing
        ruled = dispute.ruled.event if dispute.ruled is not None else None
        ruling = ruled.ruling if isinstance(ruled, events.GoldRuled) else 0
        outcome = dispute.outcome = RULINGS.get(ruling, Outcome.UNDECIDED)
        was_void = self._is_void
        dispute.findings += [
            Check.of(f"{name}: turn", ORDER, self._turn, number, link),
            Check.of(f"{name}: settled once", ORDER, True, dispute.settled is None, link),
            Check.of(f"{name}: outcome", OUTCOMES[outcome], outcome.name, event.outcome.name, link),
        ]
        if dispute.ruled is None:
            start = self._time(dispute.filed, self._terms.arbitration_timeout)
            dispute.findings.append(within(f"{name}: time of settling", PATIENCE, logged, self._clock, start))
        new: set[int] = set()
        due, lost = filing.fee, 0
        if outcome == Outcome.WRONG:
            new = set() if was_void else {*filing.numbers} - self._dropped
            refund, prize = min(filing.fee, self._at_opening), self._at_opening if new else 0
            due += refund + prize
            self._left -= refund + prize
        elif outcome == Outcome.NOT_WRONG:
            due, lost = 0, filing.fee
        dropped = tuple(each for each in range(self._size) if event.dropped >> each & 1)
        dispute.findings += [
            Check.of(f"{name}: dropped", DROPPED, tuple(sorted(new)), dropped, link),
            Payment(f"{name}: to the disputer", filing.disputer, True, OUTCOMES[outcome], due, event.to_disputer, link),
        ]
        if lost or event.to_sink:
            paid = Payment(f"{name}: to the sink", SINK, True, OUTCOMES[outcome], lost, event.to_sink, link)
            dispute.findings.append(paid)
        dispute.settled, dispute.won = logged, bool(new)
        self._dropped |= new
        self._turn = number + 1
        if not was_void:
            self._settled_at = self._time(logged)
            self._voided_at = self._settled_at if self._is_void else 0

    def _release(self, event: events.DepositReleased, logged: Logged) -> None:
        link = logged.transaction
        pending = sum(dispute.settled is None for dispute in self.disputes.values())
        winners = [dispute.filing.disputer for dispute in self.disputes.values() if dispute.won]
        requester, each, rest = self._left, 0, 0
        if self._is_void and winners:
            requester, (each, rest) = 0, divmod(self._left, len(winners))
        self._check("released once", RELEASE, False, self._released, link)
        self._check("disputes pending at the release", RELEASE, 0, pending, link)
        self.findings.append(within("time of the release", RELEASE, logged, self._clock, self._fixed_at()))
        paid = [
            Payment("deposit returned", self._requester, True, TO_REQUESTER, requester, event.to_requester, link),
            *(
                Payment("part of the deposit", winner, True, TO_WINNERS, each, event.to_each_winner, link)
                for winner in winners
                if self._is_void or event.to_each_winner
            ),
            Payment("rest of the deposit", SINK, True, TO_SINK, rest, event.to_sink, link),
        ]
        self.findings += [one for one in paid if one.expected or one.found]
        self._released = True
        self._left = 0

    # ------------------------------------------------------------ submissions

    def _work(self, event: Event, logged: Logged) -> None:
        submission = getattr(event, "submission", 0)
        task, slot = split_submission(submission)
        if task != self._task or slot % self._terms.batches != self._batch:
            return
        match event:
            case events.Committed():
                self._sealed += 1
                self._committed[submission] = event.annotator
            case events.Published():
                self._committed.pop(submission, None)
                self._publish(event, slot, logged)
            case events.Forfeited():
                self._committed.pop(submission, None)
                self._forfeit(event, slot, logged)

    def _publish(self, event: events.Published, slot: int, logged: Logged) -> None:
        name, link = f"submission in slot {slot}", logged.transaction
        pending = sum(dispute.settled is None for dispute in self.disputes.values())
        if not self._is_void:
            self._check(f"{name}: disputes pending when it was published", STANDS, 0, pending, link)
        start, end = self._fixed_at(), self._publish_end()
        self.findings.append(within(f"{name}: outcome when it was published", STANDS, logged, self._clock, start))
        self.findings.append(within(f"{name}: time of publishing", IN_TIME, logged, self._clock, end=end))
        if self._opened is None or self._is_void:
            return
        allowed = self._test.allowed_after(len(self._dropped))
        labels = None if self._labels is None else self._labels(event.submission)
        found: object = None
        if labels is not None and labels.root != event.root:
            found = "labels of another root"
        elif labels is not None:
            wrong = self._wrong(labels)
            found = f"at most {allowed} errors" if len(wrong) <= allowed else f"errors on items {wrong}"
        self._check(f"{name}: errors on known items", PASSED, f"at most {allowed} errors", found, link)

    def _forfeit(self, event: events.Forfeited, slot: int, logged: Logged) -> None:
        name, link = f"submission in slot {slot}", logged.transaction
        lost, rule, start = self._terms.stake_of(slot), FORFEIT, self._publish_end()
        freed = self._terms.deadline + self._terms.publish_period + MAX_HORIZON
        if self._time(logged) >= freed:
            lost, rule, start = 0, FREED, freed
        self.findings += [
            Payment(f"{name}: stake lost", SINK, True, rule, lost, event.to_sink, link),
            within(f"{name}: time of forfeiting", IN_TIME, logged, self._clock, start),
        ]

    def _wrong(self, labels: LabelSet) -> list[int]:
        """The known items that count and on which a label set errs."""
        first = self._batch * self._terms.batch_size
        return sorted(
            first + position
            for number, (position, answer) in enumerate(zip(self._gold, self._answers, strict=False))
            if number not in self._dropped and digest(labels.label(first + position)) != answer
        )

    # ------------------------------------------------------------ time

    def _fixed_at(self) -> int:
        """When the outcome of the test stood, or stands if nothing more happens."""
        if self._waived is not None:
            return self._time(self._waived)
        if self._is_void:
            return self._voided_at
        if self._opened is None:
            return self._opening_end
        return max(self._time(self._opened, self._test.dispute_period), self._settled_at)

    def _publish_end(self) -> int:
        return economics.graded_publish_end(
            deadline=self._terms.deadline,
            publish_period=self._terms.publish_period,
            opening_period=self._test.opening_period,
            dispute_period=self._test.dispute_period,
            fixed_at=self._fixed_at(),
            opened_at=0 if self._opened is None else self._time(self._opened),
        )

    def _time(self, logged: Logged, period: int = 0) -> int:
        return self._clock(logged.block) + period if self._clock is not None else 0

    def _check(self, name: str, rule: str, expected: object, found: object, link: str | None) -> None:
        self.findings.append(Check.of(name, rule, expected, found, link))


def _name(number: int) -> str:
    return f"gold dispute {number}"
