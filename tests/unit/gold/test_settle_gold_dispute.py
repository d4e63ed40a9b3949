"""settle_gold_dispute(gold_dispute, gold_list)"""

from dataclasses import replace

import pytest

from goldleaf.types import NOT_HEARD, Outcome
from tests.gold import ARBITRATION_TIMEOUT, DISPUTE_PERIOD, MAX, GoldWorld, Terms, gold_dispute_id, gold_list
from tests.protocol import SINK, reverts

# Thirty items, of which three may be dropped.
THIRTY = Terms(items=60, batch_size=60, redundancy=3, counts=(15, 15), allowed=12)


@pytest.mark.parametrize(
    ("ruling", "outcome", "costs", "lost"),
    [
        (1, Outcome.WRONG, 3, 0),  # bond, fee and prize
        (2, Outcome.NOT_WRONG, 0, 1),
        (0, Outcome.UNDECIDED, 1, 0),
        (NOT_HEARD, Outcome.NOT_HEARD, 1, 0),
    ],
)
def test_settle__any_ruling__pays_as_the_protocol_says(
    world: GoldWorld, ruling: int, outcome: Outcome, costs: int, lost: int
) -> None:
    task, works = world.graded()
    filed = world.dispute(works[0], [4])
    world.rule(filed, ruling)
    before, sunk = world.free(works[0].annotator), world.free(SINK)
    world.settle(filed)
    dropped = 1 << 4 if ruling == 1 else 0
    assert world.event("GoldDisputeSettled") == {
        "gold_dispute": filed,
        "outcome": outcome,
        "dropped": dropped,
        "to_disputer": costs * world.cost,
        "to_sink": lost * world.cost,
    }
    assert world.free(works[0].annotator) - before == costs * world.cost
    assert world.free(SINK) - sunk == lost * world.cost
    batch = world.gold.batch(task, 0)
    assert (batch.dropped, batch.settled) == (dropped, 1)
    assert batch.deposit == (2 if ruling == 1 else 4) * world.cost
    world.assert_conserved()


def test_settle__dropped_items__can_be_challenged_and_the_others_not(world: GoldWorld) -> None:
    task, works = world.graded()
    positions = world.opened[task, 0]
    world.decided(works[0], [4], 1)
    for number, position in enumerate(positions):
        assert world.gold.is_tested(works[1].submission, position) == (number != 4)


def test_settle__the_same_items_again__gives_no_second_prize(world: GoldWorld) -> None:
    task, works = world.graded()
    first, second = world.dispute(works[0], [4]), world.dispute(works[1], [4])
    world.rule(first, 1)
    world.rule(second, 1)
    world.settle(first)
    before = world.free(works[1].annotator)
    world.settle(second)
    assert world.event("GoldDisputeSettled")["dropped"] == 0
    assert world.free(works[1].annotator) - before == 2 * world.cost  # bond and fee
    assert not world.gold.gold_dispute(second).won
    assert world.gold.batch(task, 0).dropped == 1 << 4


def test_settle__partly_the_same_items__gives_one_prize_for_what_is_new(world: GoldWorld) -> None:
    task, works = world.graded(THIRTY)
    world.decided(works[0], [1, 2], 1)
    second = world.dispute(works[1], [2, 3])
    world.rule(second, 1)
    before = world.free(works[1].annotator)
    world.settle(second)
    assert world.event("GoldDisputeSettled")["dropped"] == 1 << 3
    assert world.free(works[1].annotator) - before == 3 * world.cost
    assert world.gold.batch(task, 0).dropped == 0b1110


def test_settle__more_than_a_tenth_dropped__makes_the_test_void_at_once(world: GoldWorld) -> None:
    task, works = world.graded(THIRTY, wrong=[range(30)])
    world.decided(works[0], [0, 1, 2], 1)
    with reverts("gold: test is pending"):
        world.publish(works[0])
    second = world.dispute(works[1], [3])
    world.rule(second, 1)
    world.settle(second)
    assert world.event("TestVoided") == {"task": task, "batch": 0}
    assert world.gold.batch(task, 0).fixed_at == world.now
    world.publish(works[0])


def test_settle__once_the_test_is_void__drops_nothing_and_gives_no_prize(world: GoldWorld) -> None:
    task, works = world.graded(THIRTY)
    filed = [world.dispute(work, numbers) for work, numbers in zip(works, ([0, 1, 2, 3], [4], [5]), strict=True)]
    for one, ruling in zip(filed, (1, 1, 2), strict=True):
        world.rule(one, ruling)
    world.settle(filed[0])
    fixed_at = world.gold.batch(task, 0).fixed_at
    world.travel(10)
    before = [world.free(work.annotator) for work in works]
    world.settle(filed[1])
    world.settle(filed[2])
    after = [world.free(work.annotator) for work in works]
    assert [now - had for now, had in zip(after, before, strict=True)] == [0, 2 * world.cost, 0]
    batch = world.gold.batch(task, 0)
    assert (batch.dropped, batch.fixed_at) == (0b1111, fixed_at)
    assert batch.deposit == (6 - 3) * world.cost  # less two fees and a prize
    world.assert_conserved()


def test_settle__a_fee_above_the_cost_at_the_opening__is_paid_back_up_to_it(world: GoldWorld) -> None:
    _, works = world.graded()
    world.arbitrator.set_cost(5 * world.cost)
    filed = world.dispute(works[0], [0])
    world.rule(filed, 1)
    before = world.free(works[0].annotator)
    world.settle(filed)
    assert world.free(works[0].annotator) - before == (5 + 1 + 1) * world.cost  # bond, fee, prize
    world.assert_conserved()


def test_settle__a_fee_below_the_cost_at_the_opening__is_paid_back_as_it_was(world: GoldWorld) -> None:
    _, works = world.graded()
    world.arbitrator.set_cost(world.cost // 3)
    filed = world.dispute(works[0], [0])
    world.rule(filed, 1)
    before = world.free(works[0].annotator)
    world.settle(filed)
    assert world.free(works[0].annotator) - before == 2 * (world.cost // 3) + world.cost
    world.assert_conserved()


def test_settle__without_a_ruling__waits_for_the_timeout(world: GoldWorld) -> None:
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.travel(ARBITRATION_TIMEOUT - 1)
    with reverts("gold: awaiting a ruling"):
        world.settle(filed)
    world.travel(1)
    world.settle(filed)
    assert world.event("GoldDisputeSettled")["outcome"] == Outcome.UNDECIDED
    assert world.gold.batch(task, 0).fixed_at == world.now


def test_settle__a_ruling_that_came_after_the_timeout__counts(world: GoldWorld) -> None:
    _, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.travel(ARBITRATION_TIMEOUT + 5)
    world.rule(filed, 1)
    world.settle(filed)
    assert world.event("GoldDisputeSettled")["outcome"] == Outcome.WRONG


def test_settle__before_its_turn_or_again__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    first, second = world.dispute(works[0], [0]), world.dispute(works[1], [1])
    world.rule(second, 1)
    with reverts("gold: not its turn"):
        world.settle(second)
    with reverts("gold: awaiting a ruling"):
        world.settle(first)
    world.rule(first, 2)
    world.settle(first)
    with reverts("gold: not its turn"):
        world.settle(first)
    world.settle(second)
    with reverts("gold: not its turn"):
        world.settle(second)


def test_settle__with_another_gold_list__is_refused(world: GoldWorld) -> None:
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.rule(filed, 1)
    positions = world.opened[task, 0]
    for gold in (b"", gold_list(positions[::-1]), gold_list(positions) + b"\0", gold_list(positions[:-1])):
        with reverts("gold: other gold"):
            world.gold.settle_gold_dispute(filed, gold)


def test_settle__of_a_dispute_that_is_not_there__is_refused(world: GoldWorld) -> None:
    task, works = world.graded()
    world.dispute(works[0], [0])
    for unknown in (0, gold_dispute_id(task, 0, 1), gold_dispute_id(task, 1, 0), gold_dispute_id(99, 0, 0), MAX):
        with reverts("gold: no such dispute"):
            world.gold.settle_gold_dispute(unknown, world.list_of(task))


def test_settle__after_the_dispute_period__fixes_the_outcome_then(world: GoldWorld) -> None:
    terms = replace(Terms(), publish_period=3600)
    task, works = world.graded(terms)
    opened_at = world.now
    filed = world.dispute(works[0], [0])
    world.rule(filed, 2)
    world.travel_to(opened_at + DISPUTE_PERIOD + 7)
    assert world.gold.publish_until(works[1].submission) == MAX
    world.settle(filed)
    assert world.gold.batch(task, 0).fixed_at == world.now
    assert world.gold.publish_until(works[1].submission) < MAX


def test_settle__before_the_end_of_the_dispute_period__leaves_it_open(world: GoldWorld) -> None:
    task, works = world.graded()
    opened_at = world.now
    world.decided(works[0], [0], 2)
    assert world.gold.publish_until(works[1].submission) == MAX
    with reverts("gold: test is pending"):
        world.publish(works[1], world.answers(task, works[1]))
    world.travel_to(opened_at + DISPUTE_PERIOD)
    assert world.gold.batch(task, 0).fixed_at == opened_at + DISPUTE_PERIOD
    world.publish(works[1], world.answers(task, works[1]))
