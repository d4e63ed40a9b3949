"""The money of tests, whatever is disputed and ruled, and that no constant answer passes, whatever is dropped."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf.types import NOT_HEARD, Outcome, SubmissionState
from goldleaf_tools.rules.escrow import DAY, MAX_COST, Arbitrator, Escrow, Submission, Task
from goldleaf_tools.rules.gold import Answers, Gold, GoldTerms
from goldleaf_tools.rules.ledger import Token
from goldleaf_tools.rules.refusal import RefusedError

Cost = st.integers(0, 10) | st.integers(0, MAX_COST)
Rulings = st.sampled_from([0, 1, 1, 1, 1, 2, NOT_HEARD, None])
BATCH_SIZE = 256


class Terms:
    """What GoldTest asks of a task's parameters."""

    def __init__(self, arbitrator: Arbitrator, redundancy: int, grader: Any) -> None:
        self.arbitrator, self.redundancy, self.grader = arbitrator, redundancy, grader
        self.batches, self.slots, self.batch_size = 1, redundancy, BATCH_SIZE
        self.deadline, self.publish_period, self.arbitration_timeout = 30 * DAY, DAY, 20 * DAY


@st.composite
def accepted(draw: st.DrawFn) -> GoldTerms:
    """Nearly always one that can be set up."""
    counts = draw(st.lists(st.integers(1, 60), min_size=2, max_size=16).filter(lambda n: 10 <= sum(n) <= 128))
    size, others = sum(counts), sum(counts) - max(counts)
    bound = max(0, others - 1)
    allowed = draw(st.integers(0, bound) | st.just(bound))
    return GoldTerms(len(counts), tuple(counts), min(allowed, size), DAY, DAY)


def opened(test: GoldTerms, redundancy: int, cost: int) -> tuple[Gold, Arbitrator, Token] | None:
    """A batch whose gold is open, all of its submissions committed; None if the test can't be set up."""
    token = Token()
    arbitrator = Arbitrator(token, cost, 10 * DAY)
    escrow = Escrow()
    gold = Gold(escrow)
    parameters: Any = Terms(arbitrator, redundancy, gold)
    escrow.tasks[1] = Task(parameters, "requester", token, parameters.deadline)
    for slot in range(redundancy):
        escrow.submissions[1 << 64 | slot] = Submission(
            f"annotator {slot}", SubmissionState.COMMITTED, 0, range(BATCH_SIZE), 0, 0, 0, root="root"
        )
    try:
        gold.set_up("requester", 1, test, 0)
    except RefusedError:
        return None
    for account in ("requester", *(f"annotator {slot}" for slot in range(redundancy))):
        gold.deposit(account, token, 40 * MAX_COST, account)
    gold.open_gold("requester", 1, 0, range(test.size), MAX_COST, 0)
    return gold, arbitrator, token


@given(
    test=accepted(),
    redundancy=st.integers(1, 15),
    cost=Cost,
    fees=st.lists(Cost, min_size=15, max_size=15),
    choices=st.lists(
        st.tuples(st.sets(st.integers(0, 127), min_size=1, max_size=32), Rulings), min_size=15, max_size=15
    ),
)
def test_deposit__whatever_is_disputed_and_ruled__covers_every_winner(test, redundancy, cost, fees, choices):
    """G3. Fees go up and down, everybody disputes anything, and the arbitrator rules as it likes, or not at all."""
    started = opened(test, redundancy, cost)
    if started is None:
        return
    gold, arbitrator, token = started
    filed = []
    for slot in range(redundancy):
        arbitrator.cost = fees[slot]
        numbers = sorted(number for number in choices[slot][0] if number < test.size) or [0]
        filed.append(gold.dispute_gold(f"annotator {slot}", 1 << 64 | slot, numbers, MAX_COST, 1))
    for dispute, (_, ruling) in enumerate(choices[:redundancy]):
        if ruling is not None:
            gold.rule(arbitrator, dispute, ruling)
    batch = gold.batches[1, 0]
    deposit = batch.deposit
    assert deposit == cost * (redundancy + min(redundancy, test.size // 10 + 1))
    for one in filed:
        gold.settle_gold_dispute(one, range(test.size), 40 * DAY)
        assert batch.deposit >= 0
        assert gold.liabilities(token) == gold.balance[token]
    winners = [dispute for dispute in batch.disputes if dispute.won]
    assert len(winners) <= test.droppable + 1
    before = {account: gold.free[token, account] for account in ("requester", "sink")}
    left = batch.deposit
    gold.release_deposit(1, 0, 40 * DAY)
    assert gold.liabilities(token) == gold.balance[token]
    if batch.voided_at is None:
        assert gold.free[token, "requester"] - before["requester"] == left
    else:
        assert gold.free[token, "requester"] == before["requester"]
        assert gold.free[token, "sink"] - before["sink"] == left % len(winners)
    for slot, told in enumerate(batch.disputes):
        # Whoever is right is never worse off than before, but for what a fee has risen since the opening.
        gained = gold.free[token, f"annotator {slot}"] - 40 * MAX_COST
        if told.outcome == Outcome.WRONG:
            assert gained >= min(0, cost - told.fee) + (cost if told.won else 0)
        elif told.outcome == Outcome.NOT_WRONG:
            assert gained == -2 * told.fee
        else:
            # Of what was not heard the arbitrator gives back the fee itself.
            assert gained == -told.fee


@given(test=accepted(), dropped=st.sets(st.integers(0, 127), max_size=12))
def test_constant_answer__whatever_is_dropped__never_passes(test, dropped):
    """G2."""
    started = opened(test, 1, 0)
    dropped = {number for number in dropped if number < test.size}
    if started is None or len(dropped) > test.droppable:
        return
    gold, _, _ = started
    gold.batches[1, 0].dropped = dropped
    for place in range(test.classes):
        right = [n for n in range(test.size) if test.class_of(n) == place and n not in dropped]
        with pytest.raises(RefusedError, match="gold: too many errors"):
            gold.grade(1 << 64, "root", Answers(right, range(test.size)), 10 * DAY)


@pytest.mark.parametrize("size", range(10, 129))
def test_constant_answer__the_worst_items_dropped__never_passes(size):
    """G2, exhaustively for two classes: all that a test may drop are items that the constant answer errs on."""
    for most in range(size // 2, size):
        others = size - most
        for allowed in {0, others - 1}:
            test = GoldTerms(2, (most, others), allowed, DAY, DAY)
            if max(allowed, test.droppable) >= others:
                continue
            for dropped in range(test.droppable + 1):
                assert others - dropped > test.allowed_after(dropped)


@given(test=accepted(), redundancy=st.integers(1, 15))
def test_all_right__whatever_is_allowed__passes(test, redundancy):
    started = opened(test, redundancy, 0)
    if started is None:
        return
    gold, _, _ = started
    gold.grade(1 << 64, "root", Answers(range(test.size), range(test.size)), 10 * DAY)
    gold.grade(1 << 64, "root", Answers(range(test.allowed, test.size), range(test.size)), 10 * DAY)
    with pytest.raises(RefusedError, match="gold: too many errors"):
        gold.grade(1 << 64, "root", Answers(range(test.allowed + 1, test.size), range(test.size)), 10 * DAY)
