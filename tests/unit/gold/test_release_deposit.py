"""release_deposit(task, batch)"""

import pytest

from tests.gold import DISPUTE_PERIOD, MAX, GoldWorld, Terms
from tests.protocol import SINK, reverts

FIVE = Terms(items=20, batch_size=20, redundancy=5)


def test_release_deposit__nobody_disputed__returns_it_to_the_requester(world: GoldWorld) -> None:
    task, _ = world.graded()
    before = world.free(world.requester)
    world.travel(DISPUTE_PERIOD - 1)
    with reverts("gold: test is pending"):
        world.gold.release_deposit(task, 0)
    world.travel(1)
    world.gold.release_deposit(task, 0, sender=world.account())
    assert world.event("DepositReleased") == {
        "task": task,
        "batch": 0,
        "to_requester": 4 * world.cost,
        "to_each_winner": 0,
        "to_sink": 0,
    }
    assert world.free(world.requester) - before == 4 * world.cost
    assert world.gold.batch(task, 0).deposit == 0
    world.assert_conserved()


def test_release_deposit__some_items_dropped__returns_what_is_left(world: GoldWorld) -> None:
    task, works = world.graded()
    world.decided(works[0], [0], 1)
    world.decided(works[1], [1], 2)
    world.travel(DISPUTE_PERIOD)
    before = world.free(world.requester)
    world.gold.release_deposit(task, 0)
    assert world.free(world.requester) - before == 2 * world.cost
    world.assert_conserved()


def test_release_deposit__while_disputes_stand__is_refused(world: GoldWorld) -> None:
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.travel(DISPUTE_PERIOD)
    with reverts("gold: test is pending"):
        world.gold.release_deposit(task, 0)
    world.rule(filed, 1)
    with reverts("gold: test is pending"):
        world.gold.release_deposit(task, 0)
    world.settle(filed)
    world.gold.release_deposit(task, 0)


def test_release_deposit__of_a_void_test__goes_in_equal_parts_to_who_dropped_items(world: GoldWorld) -> None:
    world.arbitrator.set_cost(world.cost + 1)
    cost = world.cost + 1
    task, works = world.graded(FIVE)
    filed = [world.dispute(work, [number]) for work, number in zip(works, (0, 0, 1, 2, 3), strict=True)]
    for one, ruling in zip(filed, (1, 1, 1, 1, 0), strict=True):
        world.rule(one, ruling)
    for one in filed[:3]:
        world.settle(one)
    # Void by the third, but two more have to be paid first.
    with reverts("gold: disputes are pending"):
        world.gold.release_deposit(task, 0)
    for one in filed[3:]:
        world.settle(one)
    left = 7 * cost - 4 * cost - 2 * cost  # fees of four, prizes of two
    assert world.gold.batch(task, 0).deposit == left
    accounts = [*(work.annotator for work in works), world.requester, SINK]
    before = [world.free(account) for account in accounts]
    world.gold.release_deposit(task, 0)
    gains = [world.free(account) - had for account, had in zip(accounts, before, strict=True)]
    assert gains == [left // 2, 0, left // 2, 0, 0, 0, left % 2]
    assert left % 2 == 1
    world.assert_conserved()


def test_release_deposit__twice__is_refused(world: GoldWorld) -> None:
    task, _ = world.graded()
    world.travel(DISPUTE_PERIOD)
    world.gold.release_deposit(task, 0)
    with reverts("gold: already released"):
        world.gold.release_deposit(task, 0)


def test_release_deposit__of_a_batch_that_was_not_opened__is_refused(world: GoldWorld) -> None:
    task, _ = world.graded()
    with reverts("gold: not opened"):
        world.gold.release_deposit(task, 1)
    world.sealed(task, 1)
    world.gold.waive(task, 1, sender=world.requester)
    with reverts("gold: not opened"):
        world.gold.release_deposit(task, 1)


@pytest.mark.parametrize("batch", [2, 2**64, MAX])
def test_release_deposit__of_a_batch_that_is_not_there__is_refused(world: GoldWorld, batch: int) -> None:
    task, _ = world.graded()
    with reverts("gold: no such batch"):
        world.gold.release_deposit(task, batch)
