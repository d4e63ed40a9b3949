"""The last moment to publish, brought forward while annotators reckon with the one that the contracts told them; and
the year after which the escrow lets everybody go, reached by a test that takes as long as may be."""

import pytest

from tests.gold import DISPUTE_PERIOD, PUBLISH_PERIOD, GoldWorld, Terms, Work
from tests.protocol import DAY, SINK


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


def sealed_at_the_deadline(world: GoldWorld) -> tuple[int, list[Work]]:
    task = world.tested()
    works = world.sealed(task)
    world.travel_to(world.deadline(task))
    return task, works


def test_bringing_the_last_moment_forward__by_waiving__forfeits_nobody(world: GoldWorld) -> None:
    """The opening period outlasts a publish period: whoever comes at its end, when they could first have published an
    unopened batch, finds the stake lost. It costs the requester nothing, who has all of the pay back."""
    task, [work, _] = sealed_at_the_deadline(world)
    told = world.gold.publish_until(work.submission)
    assert told == world.now + world.terms[task].opening_period + PUBLISH_PERIOD
    world.gold.waive(task, 0, sender=world.requester)
    world.travel_to(told - PUBLISH_PERIOD)
    world.publish(work)


def test_bringing_the_last_moment_forward__by_voiding_an_own_test__forfeits_nobody(world: GoldWorld) -> None:
    """An accomplice has two items of ten dropped that the requester has opened wrong on purpose, and wins the deposit:
    it costs both of them one fee. Nobody could have published before the end of the dispute period otherwise."""
    task, [work, accomplice] = sealed_at_the_deadline(world)
    world.open_gold(task)
    end_of_disputes = world.now + DISPUTE_PERIOD
    world.decided(accomplice, [0, 1], 1)
    world.travel_to(end_of_disputes)
    world.publish(work)


@pytest.mark.parametrize("how", ["noting the seal", "cancelling"])
def test_bringing_the_last_moment_forward__by_starting_the_opening_period__forfeits_nobody(
    world: GoldWorld, how: str
) -> None:
    """Any stranger can do the one, and the requester the other; elsewhere a cancellation moves no last moment."""
    task = world.tested()
    [work, _] = world.sealed(task)
    told = world.gold.publish_until(work.submission)
    if how == "noting the seal":
        world.gold.note_sealed(task, 0, sender=world.account())
    else:
        world.escrow.cancel(task, sender=world.requester)
    world.travel_to(told - PUBLISH_PERIOD)
    world.publish(work)


def test_stalling_until_the_escrow_gives_up__by_late_steps_of_the_longest_test__is_impossible(world: GoldWorld) -> None:
    """The longest test that can be set up leaves a week of the year in which the escrow waits."""
    longest = Terms(arbitration_timeout=178 * DAY, opening_period=90 * DAY, dispute_period=90 * DAY)
    task = world.tested(longest)
    [failing, _] = world.sealed(task, wrong=[range(10)])
    world.travel_to(world.deadline(task) + 90 * DAY - 1)
    world.open_gold(task)
    world.travel(90 * DAY - 1)
    filed = world.dispute(failing, [0])
    world.travel(178 * DAY + 6 * DAY)  # everybody sleeps
    world.settle(filed)
    world.travel(PUBLISH_PERIOD)
    world.escrow.expire(failing.submission)
    assert world.escrow.free(world.token, SINK) == longest.stake * longest.batch_size
