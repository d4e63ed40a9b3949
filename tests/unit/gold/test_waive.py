"""waive(task, batch)"""

import pytest

from tests.gold import OPENING_PERIOD, PUBLISH_PERIOD, GoldWorld
from tests.protocol import reverts


def test_waive__of_a_sealed_batch__lets_it_be_published_at_once(world: GoldWorld) -> None:
    task = world.tested()
    works = world.sealed(task, wrong=[range(10)])
    with reverts("gold: test is pending"):
        world.publish(works[0])
    world.gold.waive(task, 0, sender=world.requester)
    assert world.event("GoldWaived") == {"task": task, "batch": 0}
    assert world.gold.batch(task, 0).fixed_at == world.now
    assert world.gold.publish_until(works[0].submission) == world.deadline(task) + OPENING_PERIOD + PUBLISH_PERIOD
    for work in works:
        world.publish(work)
    world.assert_conserved()


def test_waive__by_anybody_else__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    works = world.sealed(task)
    with reverts("gold: not the requester"):
        world.gold.waive(task, 0, sender=works[0].annotator)


def test_waive__before_the_batch_is_sealed__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.commit(task, 0)
    with reverts("gold: batch is not sealed"):
        world.gold.waive(task, 0, sender=world.requester)


def test_waive__after_the_opening__is_refused(world: GoldWorld) -> None:
    task, _ = world.graded()
    with reverts("gold: already opened"):
        world.gold.waive(task, 0, sender=world.requester)


def test_waive__twice__does_not_push_the_clock(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.gold.waive(task, 0, sender=world.requester)
    with reverts("gold: already waived"):
        world.gold.waive(task, 0, sender=world.requester)


@pytest.mark.parametrize("before", [0, 1])
def test_waive__at_the_end_of_the_opening_period__is_in_it_or_refused(world: GoldWorld, before: int) -> None:
    task = world.tested()
    world.sealed(task)
    world.gold.note_sealed(task, 0)
    world.travel(OPENING_PERIOD - before)
    if before:
        world.gold.waive(task, 0, sender=world.requester)
    else:
        with reverts("gold: opening has ended"):
            world.gold.waive(task, 0, sender=world.requester)
