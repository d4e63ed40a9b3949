"""
GoldTest: what the protocol says of tests on known items, in plain integers, with time given by the caller.

It is written from the protocol's rules and not from the contract, so that each checks the other. It knows nothing of
hashes, calldata or storage: a class is a place in the list of classes, a gold list the positions of its items, and what
a submission has right is told by the caller, who has read its labels. It asks the escrow's model for its tasks and
submissions. Ids are the contract's: `gold dispute = task << 128 | batch << 64 | number`.

Every call either changes the state or raises `RefusedError` with the contract's reason and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from goldleaf.types import Outcome, SubmissionState, TestPhase

from .escrow import HOUR, MAX_COST, MAX_HORIZON, MAX_PERIOD, RULINGS, Escrow, Grader, Task
from .ledger import Ledger, Token
from .refusal import RefusedError, must

MIN_CLASSES, MAX_CLASSES = 2, 16
MIN_SIZE, MAX_SIZE = 10, 128
MAX_NUMBERS = 32  # gold items in one dispute
FOREVER = 2**256 - 1


@dataclass(frozen=True)
class GoldTerms:
    """The terms of a task's test."""

    classes: int
    counts: tuple[int, ...]
    allowed: int
    opening_period: int
    dispute_period: int

    @property
    def size(self) -> int:
        return sum(self.counts)

    @property
    def droppable(self) -> int:
        """Items that may be dropped from a test that is still held."""
        return self.size // 10

    def class_of(self, number: int) -> int:
        """The right class of a gold number."""
        ends = [sum(self.counts[: place + 1]) for place in range(len(self.counts))]
        return next(place for place, end in enumerate(ends) if number < end)

    def allowed_after(self, dropped: int) -> int:
        """Errors that pass once so many items are dropped."""
        return max(0, self.allowed - dropped)


class Answers(NamedTuple):
    """What is brought to pass a test."""

    numbers: Sequence[int]  # the gold numbers that it says are right
    gold: Sequence[int]  # as it says that it was opened
    classes_fit: bool = True  # whether the classes are those of the test
    fits: bool = True  # whether the proof leads from these answers to the root


@dataclass
class Dispute:
    disputer: Any
    submission: int
    numbers: frozenset[int]
    fee: int  # and the bond
    filed_at: int
    ruling: int | None = None
    outcome: Outcome | None = None  # once settled
    refund: int = 0  # of the fee, out of the deposit
    won: bool = False  # dropped an item that was not dropped before

    @property
    def bond_held(self) -> int:
        return self.fee if self.outcome is None else 0


@dataclass
class Batch:
    sealed_at: int | None = None  # start of the opening period, once noted
    waived_at: int | None = None
    opened_at: int | None = None
    voided_at: int | None = None
    gold: tuple[int, ...] = ()
    cost: int = 0
    deposit: int = 0  # what is left of it
    disputes: list[Dispute] = field(default_factory=list)
    settled: int = 0
    settled_at: int = 0  # the latest
    dropped: set[int] = field(default_factory=set)
    released: bool = False

    @property
    def pending(self) -> bool:
        return self.settled < len(self.disputes)

    @property
    def held(self) -> bool:
        """Whether what is published has to pass, once the outcome stands."""
        return self.opened_at is not None and self.voided_at is None


class Gold(Ledger, Grader):
    """The state and every call of it. `now` is unix seconds. Checks come in the contract's order."""

    def __init__(self, escrow: Escrow, period_floor: int = HOUR) -> None:
        super().__init__()
        self.escrow = escrow
        self.period_floor = period_floor
        self.tests: dict[int, GoldTerms] = {}
        self.batches: dict[tuple[int, int], Batch] = {}
        self.disputes: dict[tuple[Any, int], int] = {}  # arbitrator, its id -> gold dispute

    def liabilities(self, token: Token) -> int:
        """Σ free + Σ deposits + Σ bonds: what GoldTest owes in `token`."""
        held = [b for (task, _), b in self.batches.items() if self.escrow.tasks[task].token is token]
        bonds = sum(dispute.bond_held for batch in held for dispute in batch.disputes)
        return self.free_in_all(token) + sum(batch.deposit for batch in held) + bonds

    # Ledger

    def transfer(self, account: Any, token: Token, amount: int, to: Any) -> None:
        self._begin()
        self._move(account, token, amount, to)

    # Tests

    def set_up(self, actor: Any, task: int, test: GoldTerms, now: int) -> None:
        self._begin()
        must(task in self.escrow.tasks, "gold: no such task")
        t = self.escrow.tasks[task]
        p = t.parameters
        must(p.grader is self, "gold: not the task's grader")
        must(actor == t.requester, "gold: not the requester")
        must(task not in self.tests, "gold: already set up")
        must(MIN_CLASSES <= test.classes == len(test.counts), "gold: bad classes")
        must(all(1 <= count <= MAX_SIZE for count in test.counts), "gold: bad counts")
        must(MIN_SIZE <= test.size <= min(MAX_SIZE, p.batch_size // 2), "gold: bad size")
        others = test.size - max(test.counts)
        must(test.allowed < others and test.droppable < others, "gold: constant answer passes")
        must(self.period_floor <= test.opening_period <= MAX_PERIOD, "gold: bad opening period")
        must(self.period_floor <= test.dispute_period <= MAX_PERIOD, "gold: bad dispute period")
        longest = test.opening_period + test.dispute_period + p.arbitration_timeout
        must(longest <= MAX_HORIZON, "gold: test takes too long")
        self.tests[task] = test
        self._log("TestSetUp", task=task, test=test)

    def note_sealed(self, task: int, batch: int, now: int) -> None:
        self._begin()
        b = self._batch(task, batch)
        must(b.opened_at is None, "gold: already opened")
        must(b.waived_at is None, "gold: already waived")
        must(b.sealed_at is None, "gold: already noted")
        b.sealed_at = self._sealed_at(task, batch, now)
        self._log("BatchSealed", task=task, batch=batch, sealed_at=b.sealed_at)

    def open_gold(self, actor: Any, task: int, batch: int, gold: Sequence[int], max_cost: int, now: int) -> None:
        self._begin()
        must(len(gold) <= MAX_SIZE, "")  # more is no argument
        b = self._openable(actor, task, batch, now)
        t, test = self.escrow.tasks[task], self.tests[task]
        self._check_gold(t, test, gold)
        cost = self._cost(t, max_cost)
        siblings = t.parameters.redundancy
        deposit = cost * (siblings + min(siblings, test.droppable + 1))
        self._debit(t.token, actor, deposit)
        b.opened_at, b.gold, b.cost, b.deposit = now, tuple(gold), cost, deposit
        self._log("GoldOpened", task=task, batch=batch, gold=tuple(gold), cost=cost, deposit=deposit)

    def waive(self, actor: Any, task: int, batch: int, now: int) -> None:
        self._begin()
        b = self._openable(actor, task, batch, now)
        b.waived_at = now
        self._log("GoldWaived", task=task, batch=batch)

    # Disputes

    def dispute_gold(self, actor: Any, submission: int, numbers: Sequence[int], max_cost: int, now: int) -> int:
        self._begin()
        task = submission >> 64
        batch = self._batch_of(submission)
        b, test, t = self._batch(task, batch), self.tests[task], self.escrow.tasks[task]
        if b.opened_at is None:
            must(False, "gold: not opened")
        else:
            must(now < b.opened_at + test.dispute_period and b.voided_at is None, "gold: too late to dispute")
        s = self.escrow.submissions.get(submission)
        if s is None or s.state != SubmissionState.COMMITTED:
            must(False, "gold: not committed")
        else:
            must(actor == s.annotator, "gold: not the annotator")
        must(all(dispute.submission != submission for dispute in b.disputes), "gold: already disputed")
        cost = self._cost(t, max_cost)
        must(self.free[t.token, actor] >= cost, "ledger: balance too low")
        arbitrator = t.parameters.arbitrator
        key = (task << 64 | batch) << 64 | len(b.disputes)
        dispute, fee = arbitrator.create_dispute(key, actor)
        must(fee <= cost, "arbitration: took above cost")
        must((arbitrator, dispute) not in self.disputes, "arbitration: dispute id reused")
        must(self.free[t.token, actor] >= 2 * fee, "ledger: balance too low")
        must(bool(numbers), "gold: no items")
        for place, number in enumerate(numbers):
            must(number < test.size, "gold: no such item")
            must(place == 0 or numbers[place - 1] < number, "gold: numbers not rising")
        self._debit(t.token, actor, 2 * fee)
        self.balance[t.token] -= fee
        self.disputes[arbitrator, dispute] = key
        b.disputes.append(Dispute(actor, submission, frozenset(numbers), fee, now))
        self._log(
            "GoldDisputed",
            gold_dispute=key,
            disputer=actor,
            submission=submission,
            numbers=tuple(numbers),
            arbitrator=arbitrator,
            dispute=dispute,
            fee=fee,
        )
        return key

    def rule(self, arbitrator: Any, dispute: int, ruling: int) -> None:
        self._begin()
        must((arbitrator, dispute) in self.disputes, "arbitration: unknown dispute")
        must(ruling in RULINGS, "arbitration: no such ruling")
        key = self.disputes[arbitrator, dispute]
        d = self._dispute(key)
        must(d.ruling is None and d.outcome is None, "gold: already ruled")
        d.ruling = ruling
        self._log("GoldRuled", gold_dispute=key, ruling=ruling)

    def settle_gold_dispute(self, key: int, gold: Sequence[int], now: int) -> None:
        self._begin()
        task, batch, number = key >> 128, key >> 64 & 2**64 - 1, key & 2**64 - 1
        b = self.batches.get((task, batch), Batch())
        must(number < len(b.disputes), "gold: no such dispute")
        must(number == b.settled, "gold: not its turn")
        must(tuple(gold) == b.gold, "gold: other gold")
        test, t, d = self.tests[task], self.escrow.tasks[task], b.disputes[number]
        timeout = t.parameters.arbitration_timeout
        must(d.ruling is not None or now >= d.filed_at + timeout, "gold: awaiting a ruling")
        bond = d.fee
        d.outcome = RULINGS[d.ruling or 0]
        void = b.voided_at is not None
        dropped: set[int] = set()
        if d.outcome == Outcome.WRONG:
            d.refund = min(d.fee, b.cost)
            dropped = set() if void else set(d.numbers) - b.dropped
            d.won = bool(dropped)
            b.dropped |= dropped
        b.settled += 1
        if not void:
            b.settled_at = now
        to_sink = bond if d.outcome == Outcome.NOT_WRONG else 0
        prize = b.cost if d.won else 0
        to_disputer = bond - to_sink + d.refund + prize
        b.deposit -= d.refund + prize
        self.free[t.token, d.disputer] += to_disputer
        self.free[t.token, self.escrow.sink] += to_sink
        self._log(
            "GoldDisputeSettled",
            gold_dispute=key,
            outcome=d.outcome,
            dropped=frozenset(dropped),
            to_disputer=to_disputer,
            to_sink=to_sink,
        )
        if not void and len(b.dropped) > test.droppable:
            b.voided_at = now
            self._log("TestVoided", task=task, batch=batch)

    def release_deposit(self, task: int, batch: int, now: int) -> None:
        self._begin()
        b = self._batch(task, batch)
        must(b.opened_at is not None, "gold: not opened")
        must(not b.released, "gold: already released")
        must(now >= self._fixed_at(task, b), "gold: test is pending")
        must(not b.pending, "gold: disputes are pending")
        t = self.escrow.tasks[task]
        to_requester, each, to_sink = b.deposit, 0, 0
        if b.voided_at is not None:
            winners = [dispute.disputer for dispute in b.disputes if dispute.won]
            to_requester, (each, to_sink) = 0, divmod(b.deposit, len(winners))
            for winner in winners:
                self.free[t.token, winner] += each
        self.free[t.token, t.requester] += to_requester
        self.free[t.token, self.escrow.sink] += to_sink
        b.deposit, b.released = 0, True
        self._log(
            "DepositReleased",
            task=task,
            batch=batch,
            to_requester=to_requester,
            to_each_winner=each,
            to_sink=to_sink,
        )

    # The grader

    def is_ready(self, task: int) -> bool:
        return task in self.tests

    def grade(self, submission: int, root: Any, answers: Answers | None, now: int) -> bool:
        """`answers`: None if they can't be read."""
        task, batch = submission >> 64, self._batch_of(submission)
        b, test = self._batch(task, batch), self.tests[task]
        must(now >= self._fixed_at(task, b), "gold: test is pending")
        if not b.held:
            return True
        if answers is None:
            raise RefusedError("")
        must(tuple(answers.gold) == b.gold, "gold: other gold")
        must(answers.classes_fit, "gold: other classes")
        # What is dropped is not asked.
        errors = test.size - len(b.dropped) - len(answers.numbers)
        must(errors <= test.allowed_after(len(b.dropped)), "gold: too many errors")
        least = 0
        for number in answers.numbers:
            must(number < test.size, "gold: no such item")
            must(number not in b.dropped, "gold: item was dropped")
            must(b.gold[number] >= least, "gold: answers not rising")
            least = b.gold[number] + 1
        must(answers.fits, "gold: wrong proof")
        return True

    def publish_until(self, submission: int, now: int) -> int:
        task, batch = submission >> 64, self._batch_of(submission)
        b = self._batch(task, batch)
        fixed_at = self._fixed_at(task, b)
        if b.opened_at is not None and now < fixed_at:
            return FOREVER
        p, test = self.escrow.tasks[task].parameters, self.tests[task]
        starts = max(fixed_at, p.deadline + test.opening_period)
        if b.opened_at is not None:
            starts = max(starts, b.opened_at + test.dispute_period)
        return starts + p.publish_period

    def is_tested(self, submission: int, item: int) -> bool:
        task = submission >> 64
        if task not in self.tests:
            return False
        batch = self._batch_of(submission)
        b = self._batch(task, batch)
        position = item - batch * self.escrow.tasks[task].parameters.batch_size
        return any(gold == position and number not in b.dropped for number, gold in enumerate(b.gold))

    # Views

    def phase(self, task: int, batch: int, now: int) -> TestPhase:
        b = self._batch(task, batch)
        if now >= self._fixed_at(task, b):
            return TestPhase.GRADED if b.held else TestPhase.UNGRADED
        if b.opened_at is not None:
            return TestPhase.OPENED
        return TestPhase.SEALED if b.sealed_at is not None or self.is_sealed(task, batch, now) else TestPhase.UNSEALED

    def fixed_at(self, task: int, batch: int) -> int:
        """The time from which the outcome stands, which may be to come; `FOREVER` while it depends on disputes."""
        return self._fixed_at(task, self._batch(task, batch))

    def is_sealed(self, task: int, batch: int, now: int) -> bool:
        """Whether nothing can be committed to the batch any more."""
        t = self.escrow.tasks[task]
        return now >= t.publish_from or all(
            (s := self.escrow.submissions.get(task << 64 | slot)) is not None and s.root is not None
            for slot in range(batch, t.parameters.slots, t.parameters.batches)
        )

    # Shared rules

    def _batch_of(self, submission: int) -> int:
        task = submission >> 64
        must(task in self.tests, "gold: no such test")
        return (submission & 2**64 - 1) % self.escrow.tasks[task].parameters.batches

    def _batch(self, task: int, batch: int) -> Batch:
        must(task in self.tests, "gold: no such test")
        must(batch < self.escrow.tasks[task].parameters.batches, "gold: no such batch")
        return self.batches.setdefault((task, batch), Batch())

    def _dispute(self, key: int) -> Dispute:
        return self.batches[key >> 128, key >> 64 & 2**64 - 1].disputes[key & 2**64 - 1]

    def _sealed_at(self, task: int, batch: int, now: int) -> int:
        """When the opening period of a sealed batch starts, if it was not noted before."""
        must(self.is_sealed(task, batch, now), "gold: batch is not sealed")
        return min(now, self.escrow.tasks[task].publish_from)

    def _openable(self, actor: Any, task: int, batch: int, now: int) -> Batch:
        b = self._batch(task, batch)
        must(actor == self.escrow.tasks[task].requester, "gold: not the requester")
        must(b.opened_at is None, "gold: already opened")
        must(b.waived_at is None, "gold: already waived")
        sealed_at = self._sealed_at(task, batch, now) if b.sealed_at is None else b.sealed_at
        must(now < sealed_at + self.tests[task].opening_period, "gold: opening has ended")
        return b

    def _check_gold(self, t: Task, test: GoldTerms, gold: Sequence[int]) -> None:
        must(len(gold) == test.size, "gold: wrong number of items")
        ends = [sum(test.counts[:place]) for place in range(len(test.counts) + 1)]
        classes = [gold[first:end] for first, end in pairwise(ends)]
        must(all(a < b for items in classes for a, b in pairwise(items)), "gold: items not rising")
        must(max(gold) < t.parameters.batch_size, "gold: item not in the batch")
        must(len(set(gold)) == len(gold), "gold: item has two classes")

    def _cost(self, t: Task, max_cost: int) -> int:
        cost = t.parameters.arbitrator.cost
        must(cost <= MAX_COST, "arbitration: cost out of bounds")
        must(cost <= max_cost, "arbitration: cost above maximum")
        return cost

    def _fixed_at(self, task: int, b: Batch) -> int:
        """The time from which the outcome stands."""
        if b.waived_at is not None:
            return b.waived_at
        if b.voided_at is not None:
            return b.voided_at
        test = self.tests[task]
        if b.opened_at is None:
            starts = self.escrow.tasks[task].publish_from if b.sealed_at is None else b.sealed_at
            return starts + test.opening_period
        if b.pending:
            return FOREVER
        return max(b.opened_at + test.dispute_period, b.settled_at)
