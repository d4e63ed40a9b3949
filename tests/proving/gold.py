"""GoldTest with any test that can be set up for a task, and one batch of it."""

from typing import Any

import z3

from tests.proving.claim import EARLIEST, Money, implies
from tests.proving.evaluator import Evaluator, Hook, Value
from tests.proving.numbers import Truth, both, negated
from tests.proving.source import Source, source

DAY = 86_400
MAX_LABELS = 4096
MAX_GOLD = 128
MAX_NAMED = 32  # gold numbers that a dispute can name
SIBLINGS = 15  # at most, of a batch
CLASSES = 16  # at most


def bounds(money: Money, test: Value, counts: list[Value]) -> dict[str, Truth]:
    """What is taken for granted of a test in every claim on money.

    That `set_up` refuses whatever is otherwise is a claim as well.
    """
    term = money.term
    size, allowed, numbers = term(test.size), term(test.allowed), [term(count) for count in counts]
    periods = term(test.opening_period) + term(test.dispute_period) + term(test.arbitration_timeout)
    passes = z3.If(size / 10 > allowed, size / 10, allowed)
    return {
        "10 to 128 items are gold": z3.And(size >= 10, size <= 128),
        "at most half of a batch is gold": 2 * size <= term(test.batch_size),
        "a batch has 4,096 labels at most": term(test.batch_size) <= 4096,
        "there is a batch": term(test.batches) >= 1,
        "a test has as many items as its classes have together": size == sum(numbers),
        "whoever gives one answer to everything errs on more than can be allowed or dropped": z3.And(
            *(passes < size - number for number in numbers)
        ),
        "a test takes 358 days at most": periods <= 358 * DAY,
    }


class GoldMoney(Money):
    """What GoldTest does to money, with one batch of a test."""

    def __init__(self, of: Source | None = None, hooks: dict[str, Hook] | None = None) -> None:
        super().__init__(
            of or source("GoldTest"),
            {
                "call task_words": lambda *_: self.words,
                "gold.disputes._mask": self._mask,
                "gold.gold._drop": _dropped,
                **(hooks or {}),
            },
        )
        self.max_cost = self.constant("arbitration.MAX_COST")
        self.task = self.number("task", 2**64 - 1)
        word, self.test = self.packed("gold.packing._unpack_test")
        self.store("gold.tests.test_word", self.task, word)
        self.counts = [self.number(f"count {i}", 128) for i in range(CLASSES)]
        counts: Value = 0
        for i, count in enumerate(self.counts):
            counts = self.call("gold.packing._with_count", counts, i, count)
        self.store("gold.tests.counts_word", self.task, counts)
        self.assume(*bounds(self, self.test, self.counts).values())
        self.words = self._task_words()
        self.requester = self.call("escrow.packing._low_address", self.words[self._place("REQUESTER")])
        # The submission is the batch's by what the contract's own division gives.
        self.slot = self.number("slot", 2**32 - 1)
        self.submission = self.call("gold.packing._join", self.task, self.slot)
        self.sibling, _ = self.evaluator.numbers.binary("FloorDiv", self.slot, self.test.batches)
        self.number_of_batch, _ = self.evaluator.numbers.binary("Mod", self.slot, self.test.batches)
        self.batch = self.call("gold.packing._join", self.task, self.number_of_batch)
        # How many siblings may win a prize: each once, and as many as may drop an item.
        self.redundancy = self.term(self.test.redundancy)
        self.droppable = self.term(self.call("gold.tests._droppable", self.test.size))

    def _place(self, name: str) -> int:
        return self.constant(f"escrow.packing.{name}")

    def _task_words(self) -> list[Value]:
        """What the escrow says of the task."""
        words: list[Value] = [self.number(f"word {i}", 2**256 - 1) for i in range(8)]
        words[self._place("TERMS")], terms = self.packed("escrow.packing._unpack_terms")
        words[self._place("PROGRESS")], _ = self.packed("escrow.packing._unpack_progress")
        for name in ("REQUESTER", "ARBITRATOR", "GATE"):
            address, rest = self.number(name.lower(), 2**160 - 1), self.number(f"{name.lower()}'s rest", 2**96 - 1)
            words[self._place(name)] = self.call("escrow.packing._pack_address", address, rest)
        self.terms = terms
        return words

    # The batch, and what it keeps of its deposit

    def is_opened(self, **values: Value) -> Value:
        """Its gold was opened.

        Returns the batch, as it is stored.
        """
        word, self.state = self.packed("gold.packing._unpack_batch", **values)
        self.store("gold.gold.batch_word", self.batch, word)
        return self.state

    def is_disputed(self) -> None:
        """Some disputes were filed, and some of these settled, in any way that their calls leave them in."""
        self.disputes: list[Value] = []
        self.fees: list[Value] = []
        settled = self.term(self.state.settled)
        for i in range(SIBLINGS):
            flag = self.number(f"dispute {i}.any state", 4)
            self.assume(z3.Or(*(self.is_(flag, "==", 1 << member) for member in range(3))))
            dispute, found = self.packed("gold.packing._unpack_dispute", f"dispute {i}", state=flag)
            self.fees.append(self.number(f"fee {i}", self.max_cost))
            mask = self.number(f"mask {i}", 2**128 - 1)
            self.evaluator.ledger.fact(self.evaluator.numbers.ones(mask) <= MAX_NAMED)
            id_ = self.call("gold.packing._join", self.batch, i)
            self.store("gold.disputes.dispute_word", id_, dispute)
            self.store("gold.disputes.claim_word", id_, self.call("gold.packing._pack_claim", mask, self.fees[i]))
            self.disputes.append(found)
            # A prize is for a dispute that was ruled right and settled.
            self.assume(implies(found.won, both(i < settled, self.is_(found.ruling, "==", 1))))
        self.assume(*self.invariant(self.state, self.winners()).values())

    def winners(self) -> Any:
        """How many disputes have won a prize."""
        return sum((z3.If(dispute.won, 1, 0) for dispute in self.disputes), z3.IntVal(0))

    def invariant(self, state: Value, winners: Any) -> dict[str, Truth]:
        """What holds of an opened batch whatever is called; `winners` have won a prize."""
        term = self.term
        voided = z3.If(state.voided, 1, 0) if not isinstance(state.voided, bool) else int(state.voided)
        return {
            "the cost is within the arbitrator's bounds": term(state.cost) <= self.max_cost,
            "its gold was opened by now, and not waived": both(
                negated(state.waived), term(state.opened_at) >= EARLIEST, self.is_(state.opened_at, "<=", self.now)
            ),
            "no more is settled than was filed": term(state.settled) <= term(state.filed),
            "each sibling disputes once at most": term(state.filed) <= self.redundancy,
            "each prize is for a settled dispute": winners <= term(state.settled),
            "each prize is for another item, and the one that makes the test void is the last": z3.And(
                winners <= term(state.dropped), winners <= self.droppable + voided
            ),
            "a test is void only by whoever has won a prize": z3.Or(voided == 0, winners >= 1),
            "more items are dropped only of a test that is void": z3.Or(
                voided == 1, term(state.dropped) <= self.droppable
            ),
            "a deposit is given out when no dispute can be filed any more, and all are settled": implies(
                state.released,
                both(
                    self.is_(state.settled, "==", state.filed),
                    z3.Or(voided == 1, term(state.opened_at) + term(self.test.dispute_period) <= term(self.now)),
                ),
            ),
            "no more items are dropped than one dispute can name besides": term(state.dropped)
            <= self.droppable + MAX_NAMED,
        }

    def who_disputed(self, state: Value) -> list[Any]:
        """Of each sibling, 1 if it has disputed."""
        return [self.term(self.evaluator.numbers.bits(state.disputed, i, i + 1)) for i in range(SIBLINGS)]

    def disputes_are_counted(self, state: Value) -> Truth:
        """No sibling but the task's has disputed, and each that has was counted."""
        who = self.who_disputed(state)
        none_else = (z3.Or(bit == 0, i < self.redundancy) for i, bit in enumerate(who))
        return z3.And(self.term(state.filed) == sum(who), *none_else)

    def batch_now(self) -> Value:
        return self.call("gold.gold._get", self.batch)

    def dispute_now(self, number: Value) -> Value:
        return self.call("gold.disputes._get", self.call("gold.packing._join", self.batch, number))

    def claim_now(self, number: Value) -> Value:
        """The word that holds what a dispute names, and its fee."""
        return self.stored("gold.disputes.claim_word", self.call("gold.packing._join", self.batch, number))

    def deposit_left(self) -> Any:
        """What the deposit still holds, as the contract says it."""
        return self.term(self.call("gold.disputes._deposit_left", self.batch, self.test, self.batch_now()))

    # Functions on masks, of which no more is used than is proven of them by itself

    def _mask(self, evaluator: Evaluator, numbers: Value, test: Value) -> Value:
        mask = evaluator.numbers.fresh(evaluator.ledger.name("mask"), 2**128 - 1)
        evaluator.ledger.fact(evaluator.numbers.ones(mask) <= MAX_NAMED, negated(evaluator.equal(mask, 0)))
        return mask


def _dropped(evaluator: Evaluator, id_: Value, gold: Value, numbers: Value) -> Value:
    """How many of the gold items of a mask are dropped."""
    count = evaluator.numbers.fresh(evaluator.ledger.name("dropped"), 128)
    term = evaluator.numbers.term(count)
    evaluator.ledger.fact(
        term <= evaluator.numbers.ones(numbers), implies(negated(evaluator.equal(numbers, 0)), term >= 1)
    )
    return count
