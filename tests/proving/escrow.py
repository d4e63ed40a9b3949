"""The escrow with any task that `TaskTerms` lets through, and one submission of it."""

from typing import Any

import z3

from tests.proving.claim import EARLIEST, Money
from tests.proving.evaluator import Evaluator, Hook, Items, Value
from tests.proving.numbers import MAX, Truth
from tests.proving.source import Source, source

DEPLOYABLES = ("TaskEscrow", "TaskTerms")
PRIZE_DIVISOR = 4
MAX_LABELS = 4096


def bounds(money: Money, terms: Value, pay: Value, batch: Value) -> dict[str, Truth]:
    """What is taken for granted of a task and of a batch of it in every claim on money.

    That `TaskTerms` refuses whatever is otherwise is a claim as well.
    """
    term = money.term
    least = term(pay.reward) * (term(batch.tolerated) + 1)
    return {
        "a batch has 1 to 4,096 labels": z3.And(term(batch.labels) >= 1, term(batch.labels) <= MAX_LABELS),
        "labels of a batch are items of the task": term(batch.first) + term(batch.labels) <= term(terms.items),
        "fewer errors are tolerated than there are labels": term(batch.tolerated) < term(batch.labels),
        "the stake is below 2^92": term(batch.stake) < 2**92,
        "the stake is at least two rewards for each error that rejects": term(batch.stake) / 2 >= least,
        "a reward is at least 4 base units": term(pay.reward) >= PRIZE_DIVISOR,
        "no more than 2^31 - 1 labels are asked for": term(terms.items) * term(terms.redundancy) < 2**31,
        "no period is longer than a year": z3.And(
            *(
                term(period) <= 365 * 86_400
                for period in (terms.work_period, terms.challenge_period, pay.publish_period, pay.response_period)
            )
        ),
    }


class EscrowMoney(Money):
    """What the escrow does to money, with one submission."""

    def __init__(self, of: Source | None = None, hooks: dict[str, Hook] | None = None) -> None:
        super().__init__(
            of or source(*DEPLOYABLES),
            {
                "escrow.batches._of": lambda *_: self.batch,
                "escrow.batches._count": lambda *_: self.number(self.evaluator.ledger.name("batches"), 2**31 - 1),
                "escrow.correctness._prove": _proven,
                "escrow.availability._count_shown": lambda *_: self.number(self.evaluator.ledger.name("shown"), 32),
                **(hooks or {}),
            },
        )
        now = self.now
        self.evaluator.invariants["escrow.correctness.committed_at"] = lambda time: self.is_(time, "<=", now)
        self.task = self.number("task", 2**64 - 1)
        self.assume(self.is_(self.task, "!=", 0))
        self.slot = self.number("slot", 2**32 - 1)
        self.submission = self.id_of(self.task, self.slot)
        terms, self.terms = self.packed("escrow.packing._unpack_terms")
        pay, self.pay = self.packed("escrow.packing._unpack_pay")
        progress, self.progress = self.packed("escrow.packing._unpack_progress")
        for place, word in (("TERMS", terms), ("PAY", pay), ("PROGRESS", progress)):
            self.store("escrow.tasks.words", self.task, self.constant(f"escrow.packing.{place}"), word)
        self.batch = self.fresh(self.evaluator.source.struct("escrow.batches.Batch"), "batch")
        self.assume(*bounds(self, self.terms, self.pay, self.batch).values())
        self.requester = self.call("escrow.tasks._requester", self.task)
        self.reward, self.labels, self.stake = map(self.term, (self.pay.reward, self.batch.labels, self.batch.stake))
        # The quotient that the contract's own division gives, so that the solver need not find out that they are equal.
        prize, _ = self.evaluator.numbers.binary("FloorDiv", self.pay.reward, PRIZE_DIVISOR)
        self.prize = self.term(prize)
        # What the pot still holds covers each label that was not delivered yet.
        self.delivered, accepted = self.term(self.progress.delivered), self.term(self.progress.accepted)
        self.asked_for = self.term(self.terms.items) * self.term(self.terms.redundancy)
        self.assume(accepted <= self.delivered, self.delivered <= self.asked_for)

    def id_of(self, parent: Value, number: Value) -> Value:
        """`parent << 64 | number`, as the contract puts ids together."""
        numbers = self.evaluator.numbers
        return numbers.binary("BitOr", numbers.binary("LShift", parent, 64)[0], number)[0]

    def is_held(self, state: str) -> None:
        """The submission is in this state, with no more errors than are tolerated, and was not counted as delivered."""
        word, self.held = self.packed(
            "escrow.packing._unpack_submission", state=self.flag("escrow.packing._unpack_submission", "state", state)
        )
        self.store("escrow.submissions.submission_word", self.submission, word)
        self.annotator, self.errors = self.held.annotator, self.term(self.held.errors)
        self.assume(
            self.errors <= self.term(self.batch.tolerated),
            self.term(self.held.until) >= EARLIEST,
            self.term(self.progress.live) >= 1,
            self.delivered + self.labels <= self.asked_for,
        )
        if state != "PUBLISHED":
            self.assume(self.errors == 0)
        # No chain has room for so many challenges.
        self.assume(self.term(self.held.filed) < 2**40 - 1)

    def is_challenged_already(self) -> None:
        """The last of the challenges that were filed is any: a claim waits for it."""
        filed, last = self.term(self.held.filed), self.number("last", 2**40 - 1)
        self.assume(z3.Or(filed == 0, self.term(last) == filed - 1))
        unpack = "escrow.packing._unpack_challenge"
        challenge, _ = self.packed(unpack, state=self.any_flag(unpack, "state"), kind=self.any_flag(unpack, "kind"))
        id_ = self.id_of(self.submission, last)
        self.store("escrow.submissions.challenge_word", id_, challenge)

    def found(self, challenge: Value) -> Value:
        """A challenge as it is stored."""
        return self.call("escrow.packing._unpack_challenge", self.stored(self.variable("challenge_word"), challenge))

    def is_challenged(self, kind: str) -> Value:
        """Somebody challenges labels of the published submission.

        Returns the challenge's id.
        """
        function = f"escrow.{kind}._challenge"
        types = self.parameters(function)
        self.indices: Items = self.fresh(types[2], "indices")
        arguments = [self.fresh(type_, f"{function} argument {i}") for i, type_ in enumerate(types[3:], 3)]
        self.challenger = self.number("challenger", 2**160 - 1)
        id_ = self.call(function, self.challenger, self.submission, self.indices, *arguments)
        self.later()
        return id_

    def is_defended(self, challenge: Value) -> None:
        """Somebody brings a challenge before the task's arbitrator."""
        self.defender = self.number("defender", 2**160 - 1)
        self.call("escrow.correctness._defend", self.defender, challenge, self.number("max_cost", MAX))
        self.later()

    def is_settled(self, kind: str, challenge: Value) -> Truth:
        """Settles a challenge; whether it was its turn."""
        found = self.found(challenge)
        rest = self.indices if kind == "correctness" else self.number("shown", 32)
        return self.is_(self.call(f"escrow.{kind}._settle", challenge, found, rest), "==", 0)

    def state_is(self, state: str) -> Truth:
        """Whether the submission is in this state now."""
        found = self.call("escrow.submissions._get", self.submission).state
        return self.is_(found, "==", self.flag("escrow.packing._unpack_submission", "state", state))

    def newly_proven(self) -> Any:
        """How many more labels are proven wrong now."""
        return self.term(self.call("escrow.submissions._get", self.submission).errors) - self.errors


def _proven(evaluator: Evaluator, submission: Value, first: Value, indices: Items, most: Value) -> Value:
    """How many labels `_prove` marks. No more is used here than is proven of it by itself."""
    proven = evaluator.numbers.fresh(evaluator.ledger.name("proven"), 32)
    evaluator.ledger.fact(evaluator.holds("<=", proven, most), evaluator.holds("<=", proven, indices.length))
    return proven
