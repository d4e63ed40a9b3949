"""note_sealed(task, batch)"""

import pytest

from tests.gold import MAX, OPENING_PERIOD, PUBLISH_PERIOD, GoldWorld
from tests.protocol import DAY, reverts


def test_note_sealed__once_all_are_committed__starts_the_opening_period(world: GoldWorld) -> None:
    task = world.tested()
    works = world.sealed(task)
    assert world.gold.batch(task, 0).sealed_at == 0
    world.gold.note_sealed(task, 0, sender=world.account())
    assert world.event("BatchSealed") == {"task": task, "batch": 0, "sealed_at": world.now}
    assert world.gold.batch(task, 0).sealed_at == world.now
    assert world.gold.batch(task, 0).fixed_at == 0
    world.travel(OPENING_PERIOD)
    assert world.gold.batch(task, 0).fixed_at == world.now
    # It may be published from now on, and no shorter than before.
    assert world.gold.publish_until(works[0].submission) == world.deadline(task) + OPENING_PERIOD + PUBLISH_PERIOD


def test_note_sealed__while_a_sibling_is_missing_or_only_taken__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.commit(task, 0)
    with reverts("gold: batch is not sealed"):
        world.gold.note_sealed(task, 0)
    world.take(task, 2)
    with reverts("gold: batch is not sealed"):
        world.gold.note_sealed(task, 0)


def test_note_sealed__of_another_batch__is_refused(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task, 0)
    with reverts("gold: batch is not sealed"):
        world.gold.note_sealed(task, 1)


@pytest.mark.parametrize("late", [0, 1, DAY])
def test_note_sealed__from_the_deadline_on__counts_from_the_deadline(world: GoldWorld, late: int) -> None:
    task = world.tested()
    world.commit(task, 0)
    deadline = world.deadline(task)
    world.travel_to(deadline - 1)
    with reverts("gold: batch is not sealed"):
        world.gold.note_sealed(task, 0)
    world.travel_to(deadline + late)
    world.gold.note_sealed(task, 0)
    assert world.gold.batch(task, 0).sealed_at == deadline


def test_note_sealed__in_a_cancelled_task__counts_from_when_publishing_opens(world: GoldWorld) -> None:
    task = world.tested()
    world.commit(task, 0)
    world.escrow.cancel(task, sender=world.requester)
    publish_from = world.now + world.terms[task].work_period
    world.travel_to(publish_from - 1)
    with reverts("gold: batch is not sealed"):
        world.gold.note_sealed(task, 0)
    world.travel_to(publish_from + 5)
    world.gold.note_sealed(task, 0)
    assert world.gold.batch(task, 0).sealed_at == publish_from


def test_note_sealed__before_a_cancellation__stays(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.gold.note_sealed(task, 0)
    noted = world.now
    world.escrow.cancel(task, sender=world.requester)
    assert world.gold.batch(task, 0).sealed_at == noted


def test_note_sealed__again__does_not_push_the_clock(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    world.gold.note_sealed(task, 0)
    world.travel(DAY)
    with reverts("gold: already noted"):
        world.gold.note_sealed(task, 0)


def test_note_sealed__after_the_opening_or_the_waiver__is_refused(world: GoldWorld) -> None:
    task, _ = world.graded()
    with reverts("gold: already opened"):
        world.gold.note_sealed(task, 0)
    world.sealed(task, 1)
    world.gold.waive(task, 1, sender=world.requester)
    with reverts("gold: already waived"):
        world.gold.note_sealed(task, 1)


@pytest.mark.parametrize("batch", [2, 2**64, MAX])
def test_note_sealed__of_a_batch_that_is_not_there__is_refused(world: GoldWorld, batch: int) -> None:
    task = world.tested()
    with reverts("gold: no such batch"):
        world.gold.note_sealed(task, batch)


@pytest.mark.parametrize("task", [0, 99, MAX])
def test_note_sealed__of_a_task_without_a_test__is_refused(world: GoldWorld, task: int) -> None:
    with reverts("gold: no such test"):
        world.gold.note_sealed(task, 0)
