"""
Random histories of GoldTest against the reference model, over the batches of a task that are committed, opened, waived,
disputed, graded and published at random times.

A step is one attempted call. It must be refused by both with the same reason, or change both alike; after each step the
contract's state is held against the model's, and invariants G1 to G3 are checked.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar

import boa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from goldleaf.types import NOT_HEARD
from goldleaf_tools.rules.escrow import Arbitrator, Escrow, Opening, Parameters
from goldleaf_tools.rules.gold import Gold, GoldTerms
from goldleaf_tools.rules.ledger import Token
from goldleaf_tools.rules.refusal import RefusedError
from tests.gold import DISPUTE_PERIOD, OPENING_PERIOD, GoldWorld, Terms, Work, gold_list
from tests.protocol import DAY, EVIDENCE, SALT, SINK, URI

TERMS = (
    Terms(),
    Terms(items=20, batch_size=20, redundancy=1, allowed=0),
    Terms(items=20, batch_size=20, redundancy=5),
    Terms(items=120, batch_size=60, redundancy=3, counts=(12, 13), allowed=8),
)
COSTS = (0, 1, 2_999_999, 3_000_000, 7_000_001)
SEALED_BATCH = st.integers(0, 2)
Sibling = st.integers(0, 4)
REASON = re.compile(r"<([a-z]+: [^>\n]+)>")


def reason_of(call: Callable[[], Any]) -> str:
    """Why the contract refuses the call; empty if it does not."""
    try:
        call()
    except boa.BoaError as error:
        found = REASON.search(str(error))
        return found[1] if found else str(error)
    return ""


def refusal_of(call: Callable[[], Any]) -> str:
    """Why the model refuses the call; empty if it does not."""
    try:
        call()
    except RefusedError as error:
        return error.reason
    return ""


class GoldMachine(RuleBasedStateMachine):
    deployed: ClassVar[GoldWorld]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.deployed.copy()
        self.anchor = boa.env.anchor()
        self.anchor.__enter__()
        self.token = Token()
        self.arbitrator = Arbitrator(self.token, self.world.cost, 10 * DAY)
        self.model = Gold(Escrow(sink=SINK))
        self.works: dict[tuple[int, int], Work] = {}  # batch, sibling

    def teardown(self) -> None:
        self.anchor.__exit__(None, None, None)

    @initialize(place=st.integers(0, len(TERMS) - 1))
    def open_task(self, place: int) -> None:
        world = self.world
        self.terms = terms = TERMS[place]
        self.task = world.tested(terms)
        parameters = Parameters(
            arbitrator=self.arbitrator,
            reward=terms.reward,
            stake=terms.stake,
            items=terms.items,
            batch_size=terms.batch_size,
            redundancy=terms.redundancy,
            tolerance_bps=terms.tolerance_bps,
            deadline=world.deadline(self.task),
            work_period=terms.work_period,
            publish_period=terms.publish_period,
            challenge_period=4 * DAY,
            response_period=2 * DAY,
            arbitration_timeout=terms.arbitration_timeout,
            availability_bond=terms.reward,
            grader=self.model,
        )
        escrow = self.model.escrow
        escrow.free[self.token, world.requester] = parameters.reward * parameters.items * parameters.redundancy
        assert escrow.open(world.requester, parameters, world.now) == self.task
        test = GoldTerms(2, tuple(terms.counts), terms.allowed, terms.opening_period, terms.dispute_period)
        self.model.set_up(world.requester, self.task, test, world.now)
        self.fund(world.requester, 10**9)

    # ------------------------------------------------------------ helpers

    def fund(self, account: str, amount: int) -> None:
        self.world.fund(account, amount)
        self.model.deposit(account, self.token, amount, account)

    def both(self, contract: Callable[[], Any], model: Callable[[], Any]) -> bool:
        """Calls both, which must agree; whether they did it."""
        expected = refusal_of(model)
        assert reason_of(contract) == expected
        return not expected

    def batch(self, number: int) -> int:
        """One of the task's, or the first that it has not."""
        return number % (self.terms.batches + 1)

    def submission(self, batch: int, sibling: int) -> int:
        return self.task << 64 | batch + sibling % self.terms.redundancy * self.terms.batches

    @property
    def now(self) -> int:
        return self.world.now

    # ------------------------------------------------------------ the escrow

    @rule(batch=SEALED_BATCH, sibling=Sibling, wrong=st.sets(st.integers(0, 24), max_size=25))
    def commit(self, batch: int, sibling: int, wrong: set[int]) -> None:
        world, terms = self.world, self.terms
        batch, sibling = batch % terms.batches, sibling % terms.redundancy
        slot = batch + sibling * terms.batches
        escrow, annotator = self.model.escrow, world.account()
        escrow.free[self.token, annotator] = terms.stake * terms.batch_size
        submission = self.task << 64 | slot
        if not self.both(
            lambda: world.take(self.task, slot, annotator),
            lambda: escrow.take(annotator, self.task, slot, self.now),
        ):
            return
        wrong = {number for number in wrong if number < terms.size}
        work = Work(submission, annotator, world.labels(self.task, batch, sorted(wrong)))
        self.works[batch, sibling] = work
        self.fund(annotator, 10**8)
        assert self.both(
            lambda: world.escrow.commit(submission, world.commitment(work), sender=annotator),
            lambda: escrow.commit(
                annotator, submission, Opening(submission, annotator, work.labels.root, URI, SALT), self.now
            ),
        )

    @rule(batch=SEALED_BATCH)
    def commit_all(self, batch: int) -> None:
        """Otherwise few batches were ever sealed before the deadline."""
        for sibling in range(self.terms.redundancy):
            self.commit(batch, sibling, set(range(sibling * 3)))

    @rule(chance=st.integers(0, 3))
    def cancel(self, chance: int) -> None:
        if not chance:
            requester = self.world.requester
            self.both(
                lambda: self.world.escrow.cancel(self.task, sender=requester),
                lambda: self.model.escrow.cancel(requester, self.task, self.now),
            )

    @rule(batch=SEALED_BATCH, sibling=Sibling, fewer=st.integers(0, 2))
    def publish(self, batch: int, sibling: int, fewer: int) -> None:
        batch %= self.terms.batches
        work = self.works.get((batch, sibling % self.terms.redundancy))
        if work is None:
            return
        held: Work = work
        right: list[int] = []
        answers = b""
        if (self.task, batch) in self.world.opened:
            right = self.world.right(self.task, work, batch)
            right = right[: len(right) - fewer]
            answers = self.world.answers(self.task, work, batch, right)
        self.both(
            lambda: self.world.publish(held, answers),
            lambda: self.model.escrow.publish_graded(held.submission, held.labels.root, SALT, URI, right, self.now),
        )

    @rule(batch=SEALED_BATCH, sibling=Sibling)
    def expire(self, batch: int, sibling: int) -> None:
        submission = self.submission(batch % self.terms.batches, sibling)
        self.both(lambda: self.world.escrow.expire(submission), lambda: self.model.escrow.expire(submission, self.now))

    @rule(days=st.sampled_from([0, 1, 2, 3, 5, 20, 30]), second=st.sampled_from([-1, 0, 1]))
    def travel(self, days: int, second: int) -> None:
        self.world.travel(max(0, days * DAY + second))

    @rule(batch=SEALED_BATCH, second=st.sampled_from([-1, 0]))
    def travel_to_boundary(self, batch: int, second: int) -> None:
        b = self.model.batches.get((self.task, batch))
        t = self.model.escrow.tasks[self.task]
        times = [t.publish_from, t.publish_from + OPENING_PERIOD]
        if b is not None and b.sealed_at is not None:
            times.append(b.sealed_at + OPENING_PERIOD)
        if b is not None and b.opened_at is not None:
            times.append(b.opened_at + DISPUTE_PERIOD)
        ahead = [time + second for time in times if time + second > self.now]
        if ahead:
            self.world.travel_to(min(ahead))

    # ------------------------------------------------------------ GoldTest

    @rule(batch=SEALED_BATCH)
    def note_sealed(self, batch: int) -> None:
        batch = self.batch(batch)
        self.both(
            lambda: self.world.gold.note_sealed(self.task, batch),
            lambda: self.model.note_sealed(self.task, batch, self.now),
        )

    @rule(batch=SEALED_BATCH, by_requester=st.integers(0, 9), shift=st.integers(0, 2), generous=st.integers(0, 9))
    def open_gold(self, batch: int, by_requester: int, shift: int, generous: int) -> None:
        batch = self.batch(batch)
        positions = [position + shift % 2 for position in self.world.positions(self.task)]
        if shift == 2:
            positions[-1] = positions[0]
        actor = self.world.requester if by_requester else SINK
        max_cost = self.arbitrator.cost if generous else self.arbitrator.cost // 2
        if self.both(
            lambda: self.world.gold.open_gold(self.task, batch, gold_list(positions), max_cost, sender=actor),
            lambda: self.model.open_gold(actor, self.task, batch, positions, max_cost, self.now),
        ):
            self.world.opened[self.task, batch] = positions
            # G1: nothing can be committed any more.
            t = self.model.escrow.tasks[self.task]
            siblings = [(batch, sibling) in self.works for sibling in range(self.terms.redundancy)]
            assert all(siblings) or self.now >= t.publish_from

    @rule(batch=SEALED_BATCH)
    def waive(self, batch: int) -> None:
        batch = self.batch(batch)
        self.both(
            lambda: self.world.gold.waive(self.task, batch, sender=self.world.requester),
            lambda: self.model.waive(self.world.requester, self.task, batch, self.now),
        )

    @rule(cost=st.sampled_from(COSTS))
    def set_cost(self, cost: int) -> None:
        self.world.arbitrator.set_cost(cost)
        self.arbitrator.cost = cost

    @rule(
        batch=SEALED_BATCH,
        sibling=Sibling,
        numbers=st.lists(st.integers(0, 25), min_size=0, max_size=5, unique=True).map(sorted),
        owner=st.integers(0, 9),
    )
    def dispute(self, batch: int, sibling: int, numbers: list[int], owner: int) -> None:
        submission = self.submission(self.batch(batch) % self.terms.batches, sibling)
        work = self.works.get((self.batch(batch) % self.terms.batches, sibling % self.terms.redundancy))
        actor = work.annotator if work and owner else self.world.requester
        cost = self.arbitrator.cost
        self.both(
            lambda: self.world.gold.dispute_gold(submission, numbers, cost, EVIDENCE, URI, sender=actor),
            lambda: self.model.dispute_gold(actor, submission, numbers, cost, self.now),
        )

    @rule(batch=SEALED_BATCH)
    def dispute_by_all(self, batch: int) -> None:
        for sibling in range(self.terms.redundancy):
            self.dispute(batch, sibling, [sibling, sibling + 1], 1)

    @rule(number=st.integers(0, 20), ruling=st.sampled_from([0, 1, 1, 1, 2, NOT_HEARD]))
    def rule_dispute(self, number: int, ruling: int) -> None:
        if not self.arbitrator.disputes:
            return
        dispute = number % self.arbitrator.disputes
        self.both(
            lambda: self.world.gold.rule(dispute, ruling, sender=self.world.arbitrator.address),
            lambda: self.model.rule(self.arbitrator, dispute, ruling),
        )

    @rule(batch=SEALED_BATCH, ahead=st.sampled_from([0, 0, 0, 1]))
    def settle(self, batch: int, ahead: int) -> None:
        batch = self.batch(batch)
        b = self.model.batches.get((self.task, batch))
        number = (b.settled if b else 0) + ahead
        dispute = (self.task << 64 | batch) << 64 | number
        positions = self.world.opened.get((self.task, batch), [])
        self.both(
            lambda: self.world.gold.settle_gold_dispute(dispute, gold_list(positions)),
            lambda: self.model.settle_gold_dispute(dispute, positions, self.now),
        )

    @rule(batch=SEALED_BATCH)
    def release_deposit(self, batch: int) -> None:
        batch = self.batch(batch)
        self.both(
            lambda: self.world.gold.release_deposit(self.task, batch),
            lambda: self.model.release_deposit(self.task, batch, self.now),
        )

    # ------------------------------------------------------------ what always holds

    @invariant()
    def agree(self) -> None:
        if not self.model.tests:
            return
        gold, model = self.world.gold, self.model
        for (task, batch), b in model.batches.items():
            stored = gold.batch(task, batch)
            assert stored.sealed_at == (b.sealed_at or 0)
            assert stored.opened_at == (b.opened_at or 0)
            assert stored.deposit == b.deposit >= 0
            assert stored.dropped == sum(1 << number for number in b.dropped)
            assert (stored.filed, stored.settled) == (len(b.disputes), b.settled)
            submission = task << 64 | batch
            assert gold.publish_until(submission) == model.publish_until(submission, self.now)
            words = self.terms.batch_size // 256 + 1
            tested = {256 * w + i for w in range(words) for i in range(256) if gold.tested(task, batch, w) >> i & 1}
            assert tested == {position for number, position in enumerate(b.gold) if number not in b.dropped}
        for account in {holder for _, holder in model.free}:
            assert self.world.free(account) == model.free[self.token, account] >= 0

    @invariant()
    def conserve(self) -> None:
        """G3."""
        if self.model.tests:
            held = self.world.token.balanceOf(self.world.gold)
            # The arbitrator has the fees.
            assert held == self.model.liabilities(self.token) == self.model.balance[self.token]


@pytest.fixture(scope="module", autouse=True)
def _deployed() -> None:
    """Before the first example, whose changes are taken back."""
    GoldMachine.deployed = GoldWorld()


TestGoldMachine = GoldMachine.TestCase
TestGoldMachine.settings = settings(max_examples=max(10, settings().max_examples // 5))
