"""publish_until(submission)"""

import pytest

from tests.gold import DISPUTE_PERIOD, MAX, OPENING_PERIOD, PUBLISH_PERIOD, GoldWorld
from tests.protocol import DAY, reverts


@pytest.mark.parametrize("meanwhile", ["nothing", "noted", "waived", "cancelled"])
def test_publish_until__unopened__is_a_publish_period_after_the_longest_opening(
    world: GoldWorld, meanwhile: str
) -> None:
    """Whatever brings the outcome forward, so that nobody is forfeited who reckons with what they knew before."""
    task = world.tested()
    [work, _] = world.sealed(task)
    until = world.deadline(task) + OPENING_PERIOD + PUBLISH_PERIOD
    assert world.gold.publish_until(work.submission) == until
    if meanwhile == "noted":
        world.gold.note_sealed(task, 0)
    elif meanwhile == "waived":
        world.gold.waive(task, 0, sender=world.requester)
    elif meanwhile == "cancelled":
        world.escrow.cancel(task, sender=world.requester)
    assert world.gold.publish_until(work.submission) == until
    world.travel(OPENING_PERIOD + 5 * DAY)
    assert world.gold.publish_until(work.submission) == until


@pytest.mark.parametrize("late", [False, True])
def test_publish_until__of_a_void_test__is_a_publish_period_after_the_longest_dispute_period(
    world: GoldWorld, late: bool
) -> None:
    """An early verdict takes nothing off the time, whether the gold was opened in the last moment or long before."""
    task = world.tested()
    works = world.sealed(task)
    world.travel_to(world.deadline(task) + OPENING_PERIOD - 1 if late else world.deadline(task))
    world.open_gold(task)
    opened_at = world.now
    world.decided(works[1], [0, 1], 1)
    starts = max(opened_at + DISPUTE_PERIOD, world.deadline(task) + OPENING_PERIOD)
    assert world.gold.publish_until(works[0].submission) == starts + PUBLISH_PERIOD


def test_publish_until__while_the_outcome_is_open__is_the_greatest_number(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    opened_at = world.now
    world.travel(DISPUTE_PERIOD - 1)
    assert world.gold.publish_until(work.submission) == MAX
    world.travel(1)
    starts = max(opened_at + DISPUTE_PERIOD, world.deadline(task) + OPENING_PERIOD)
    assert world.gold.publish_until(work.submission) == starts + PUBLISH_PERIOD


def test_publish_until__of_all_slots_of_the_batch__is_the_same(world: GoldWorld) -> None:
    task, works = world.graded()
    assert {world.gold.publish_until(work.submission) for work in works} == {MAX}
    assert world.gold.publish_until((task << 64) + 1) < MAX


def test_publish_until__the_test_ends_after_the_deadline__leaves_a_publish_period(world: GoldWorld) -> None:
    task = world.tested()
    [work, other] = world.sealed(task)
    world.travel_to(world.deadline(task) + OPENING_PERIOD - 1)
    world.open_gold(task)
    world.travel(DISPUTE_PERIOD)
    fixed_at = world.now
    answers = world.answers(task, work)
    world.travel_to(fixed_at + PUBLISH_PERIOD - 1)
    with reverts("submissions: may be published"):
        world.escrow.expire(work.submission)
    world.publish(work, answers)
    world.travel(1)
    with reverts("submissions: too late to publish"):
        world.publish(other, world.answers(task, other))
    world.escrow.expire(other.submission)


def test_publish_until__while_the_outcome_is_open__nobody_expires(world: GoldWorld) -> None:
    task = world.tested()
    [work, other] = world.sealed(task)
    world.travel_to(world.deadline(task) + 1)
    world.open_gold(task)
    filed = world.dispute(other, [0])
    world.travel(19 * DAY)
    with reverts("submissions: may be published"):
        world.escrow.expire(work.submission)
    world.rule(filed, 2)
    world.settle(filed)
    world.travel(PUBLISH_PERIOD)
    world.escrow.expire(work.submission)


def test_publish_until__of_a_task_without_a_test__is_refused(world: GoldWorld) -> None:
    for submission in (0, world.open() << 64, MAX):
        with reverts("gold: no such test"):
            world.gold.publish_until(submission)
