"""Gold that is opened to look answers up or to pick what is asked, that is opened again, or that never comes."""

from dataclasses import replace

import pytest

from goldleaf.types import SubmissionState
from tests.gold import DISPUTE_PERIOD, OPENING_PERIOD, GoldWorld, Terms, gold_list
from tests.protocol import DAY, SINK, reverts


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


def test_gold_opened_early__while_a_slot_is_open_taken_or_given_back__is_refused(world: GoldWorld) -> None:
    """A friend of the requester's would copy the answers before committing."""
    task = world.tested()
    world.fund(world.requester, 100 * world.cost)
    world.commit(task, 0)

    def refused() -> None:
        with reverts("gold: batch is not sealed"):
            world.gold.open_gold(task, 0, gold_list(world.positions(task)), world.cost, sender=world.requester)
        with reverts("gold: batch is not sealed"):
            world.gold.waive(task, 0, sender=world.requester)

    refused()
    friend = world.account()
    taken = world.take(task, 2, friend)
    refused()
    world.escrow.release(taken, sender=friend)
    refused()
    world.take(task, 2, friend)
    world.travel_to(world.deadline(task) - 1)
    world.escrow.expire(taken)
    refused()
    # From the deadline on nobody can take or commit.
    world.travel(1)
    with reverts("submissions: too late to take"):
        world.take(task, 2, friend)
    world.open_gold(task)


@pytest.mark.parametrize("wait", [0, DAY])
def test_gold_opened_early__in_a_cancelled_task__only_once_nobody_can_commit(world: GoldWorld, wait: int) -> None:
    """Whoever took in the second of the cancellation may commit until publishing opens, and the gold waits as long."""
    task = world.tested()
    world.commit(task, 0)
    world.travel(wait)
    late = world.take(task, 2)
    world.escrow.cancel(task, sender=world.requester)
    world.travel(world.terms[task].work_period - 1)
    with reverts("gold: batch is not sealed"):
        world.gold.open_gold(task, 0, gold_list(world.positions(task)), world.cost, sender=world.requester)
    world.travel(1)
    annotator = world.accounts[-1]
    with reverts("submissions: past due"):
        world.escrow.commit(late, b"\1" * 32, sender=annotator)
    world.open_gold(task)


def test_gold_opened_early__for_one_batch__says_nothing_of_another(world: GoldWorld) -> None:
    task, _ = world.graded()
    with reverts("gold: batch is not sealed"):
        world.gold.open_gold(task, 1, gold_list(world.positions(task)), world.cost, sender=world.requester)


def test_gold_opened_twice__in_whatever_order__is_refused(world: GoldWorld) -> None:
    """Else the requester would dispute their way to easier or harder questions."""
    task, works = world.graded()
    world.fund(world.requester, 100 * world.cost)
    other = gold_list([1, 3, 5, 7, 9, 0, 2, 4, 6, 8])
    for _ in range(3):
        with reverts("gold: already opened"):
            world.gold.open_gold(task, 0, other, world.cost, sender=world.requester)
        with reverts("gold: already opened"):
            world.gold.waive(task, 0, sender=world.requester)
        world.travel(DISPUTE_PERIOD // 2)
    world.gold.release_deposit(task, 0)
    with reverts("gold: already opened"):
        world.gold.open_gold(task, 0, other, world.cost, sender=world.requester)
    world.publish(works[0], world.answers(task, works[0]))


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        # Nine of one class and one of the other: a constant answer would err once.
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], "gold: wrong number of items"),
        # Five of each, but one item is asked as both classes, so that nobody is right on all.
        ([0, 2, 4, 6, 8, 8, 10, 12, 14, 16], "gold: item has two classes"),
        ([0, 2, 4, 6, 8, 1, 3, 5, 7, 8], "gold: item has two classes"),
        # The same item asked twice.
        ([0, 2, 4, 8, 8, 1, 3, 5, 7, 9], "gold: items not rising"),
        # An item of the next batch, which is not sealed.
        ([0, 2, 4, 6, 20, 1, 3, 5, 7, 9], "gold: item not in the batch"),
    ],
)
def test_gold_opened_unbalanced__or_of_another_batch_or_one_item_under_two_classes__is_refused(
    world: GoldWorld, positions: list[int], reason: str
) -> None:
    task = world.tested()
    world.sealed(task)
    world.fund(world.requester, 100 * world.cost)
    with reverts(reason):
        world.gold.open_gold(task, 0, gold_list(positions), world.cost, sender=world.requester)


def test_waiving_after_opening__the_friend_who_fails__is_not_spared(world: GoldWorld) -> None:
    task, [failing, honest] = world.graded(wrong=[range(10)])
    with reverts("gold: already opened"):
        world.gold.waive(task, 0, sender=world.requester)
    world.pass_dispute_period(task)
    with reverts("gold: already opened"):
        world.gold.waive(task, 0, sender=world.requester)
    with reverts("gold: too many errors"):
        world.publish(failing, world.answers(task, failing))
    world.publish(honest, world.answers(task, honest))


def test_a_stake_that_waits_for_a_requester_who_never_opens__is_paid_after_the_opening_period(world: GoldWorld) -> None:
    """Anyone starts the clock as soon as the batch is sealed; nothing that the requester does not do stops it."""
    task = world.tested()
    [work, other] = world.sealed(task)
    world.gold.note_sealed(task, 0, sender=world.account())
    world.travel(OPENING_PERIOD)
    with reverts("gold: opening has ended"):
        world.gold.open_gold(task, 0, gold_list(world.positions(task)), world.cost, sender=world.requester)
    with reverts("gold: opening has ended"):
        world.gold.waive(task, 0, sender=world.requester)
    for one in (work, other):
        world.publish(one)
    world.travel(4 * DAY)
    before = world.escrow.free(world.token, work.annotator)
    world.escrow.claim(work.submission)
    terms = world.terms[task]
    earned = world.escrow.free(world.token, work.annotator) - before
    assert earned == terms.batch_size * (terms.stake + terms.reward)


def test_a_stake_that_waits__for_a_sibling_who_never_commits__until_the_deadline_at_the_latest(
    world: GoldWorld,
) -> None:
    task = world.tested()
    work = world.commit(task, 0)
    world.travel_to(world.deadline(task) + OPENING_PERIOD)
    world.publish(work)
    assert world.state(work.submission) == SubmissionState.PUBLISHED


def test_a_batch_that_nobody_committed__its_gold_is_opened__costs_the_requester_nothing(world: GoldWorld) -> None:
    task = world.tested()
    world.travel_to(world.deadline(task))
    world.open_gold(task)
    before = world.free(world.requester)
    world.travel(DISPUTE_PERIOD)
    world.gold.release_deposit(task, 0)
    assert world.free(world.requester) - before == 4 * world.cost
    world.escrow.close(task)
    world.assert_conserved()


def test_a_single_annotator__in_a_task_of_redundancy_one__is_tested_like_others(world: GoldWorld) -> None:
    terms = replace(Terms(), redundancy=1)
    task, [work] = world.graded(terms, wrong=[range(5)])
    assert world.gold.batch(task, 0).deposit == 2 * world.cost
    world.pass_dispute_period(task)
    with reverts("gold: too many errors"):
        world.publish(work, world.answers(task, work))
    world.travel_to(world.gold.publish_until(work.submission))
    sunk = world.escrow.free(world.token, SINK)
    world.escrow.expire(work.submission)
    assert world.escrow.free(world.token, SINK) - sunk == terms.stake * terms.batch_size


def test_noting_a_seal_in_the_last_second__ahead_of_the_opening__does_not_shorten_the_period(world: GoldWorld) -> None:
    """Whoever notes first can only give the period its full length from then on, or the one from the deadline."""
    task = world.tested()
    world.sealed(task)
    world.travel_to(world.deadline(task) - 1)
    world.gold.note_sealed(task, 0, sender=world.account())
    world.travel(OPENING_PERIOD - 1)
    world.open_gold(task)
