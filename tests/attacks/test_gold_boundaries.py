"""Time exactly on a boundary of a test: of two contrary acts one block allows one."""

import boa
import pytest

from goldleaf.types import Outcome
from tests.gold import ARBITRATION_TIMEOUT, DISPUTE_PERIOD, OPENING_PERIOD, PUBLISH_PERIOD, GoldWorld, gold_list
from tests.protocol import reverts


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


def test_the_end_of_the_opening__open_or_publish_untested_but_not_both(world: GoldWorld) -> None:
    task = world.tested()
    first, second = world.sealed(task)
    world.gold.note_sealed(task, 0)
    world.fund(world.requester, 100 * world.cost)
    world.travel(OPENING_PERIOD - 1)
    with reverts("gold: test is pending"):
        world.publish(first)
    with boa.env.anchor():
        world.open_gold(task)
        with reverts("gold: test is pending"):
            world.publish(first)
    world.travel(1)
    for call in (
        lambda: world.gold.open_gold(task, 0, gold_list(world.positions(task)), world.cost, sender=world.requester),
        lambda: world.gold.waive(task, 0, sender=world.requester),
    ):
        with reverts("gold: opening has ended"):
            call()
    world.publish(second)


def test_the_end_of_the_disputes__dispute_or_publish_but_not_both(world: GoldWorld) -> None:
    task, [work, other] = world.graded()
    opened_at = world.now
    world.travel_to(opened_at + DISPUTE_PERIOD - 1)
    with reverts("gold: test is pending"):
        world.publish(work, world.answers(task, work))
    with reverts("gold: test is pending"):
        world.gold.release_deposit(task, 0)
    world.travel(1)
    with reverts("gold: too late to dispute"):
        world.dispute(other, [0])
    world.publish(work, world.answers(task, work))
    world.gold.release_deposit(task, 0)


def test_the_timeout_of_a_gold_dispute__ruled_or_dropped_but_not_both(world: GoldWorld) -> None:
    """A ruling that comes after the settlement changes nothing."""
    task, [work, _] = world.graded()
    dispute = world.dispute(work, [0])
    world.travel(ARBITRATION_TIMEOUT - 1)
    with reverts("gold: awaiting a ruling"):
        world.settle(dispute)
    world.travel(1)
    world.settle(dispute)
    assert world.event("GoldDisputeSettled")["outcome"] == Outcome.UNDECIDED
    with reverts("gold: already ruled"):
        world.rule(dispute, 1)
    assert world.gold.batch(task, 0).dropped == 0


def test_the_last_moment_to_publish__publish_or_expire_but_not_both(world: GoldWorld) -> None:
    """A dispute that ends after the deadline leaves a whole publish period."""
    task = world.tested()
    first, second = world.sealed(task)
    world.travel_to(world.deadline(task))
    world.open_gold(task)
    dispute = world.dispute(first, [0])
    world.travel(ARBITRATION_TIMEOUT)
    for work in (first, second):
        with reverts("submissions: may be published"):
            world.escrow.expire(work.submission)
    world.settle(dispute)
    world.travel(PUBLISH_PERIOD - 1)
    with reverts("submissions: may be published"):
        world.escrow.expire(first.submission)
    world.publish(first, world.answers(task, first))
    world.travel(1)
    with reverts("submissions: too late to publish"):
        world.publish(second, world.answers(task, second))
    world.escrow.expire(second.submission)
