"""Clocks of a test: all of it in one block, a task cancelled under it, disputes that stand when the escrow lets
everybody go, and whoever fails and hopes that nobody comes."""

import pytest

from goldleaf.types import SubmissionState
from tests.gold import ARBITRATION_TIMEOUT, PUBLISH_PERIOD, GoldWorld, Terms
from tests.protocol import DAY, SINK, reverts

GRADER_TIMEOUT = 365 * DAY


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


def free(world: GoldWorld, account: object) -> int:
    return int(world.escrow.free(world.token, account))


def test_everything_in_one_block__opened_disputed_voided_and_published__moves_what_the_rules_say(
    world: GoldWorld,
) -> None:
    task = world.tested()
    block = world.now
    first, second = world.sealed(task, wrong=[range(10)])
    world.gold.note_sealed(task, 0)
    world.open_gold(task)
    before = [world.free(account) for account in (world.requester, first.annotator, second.annotator, SINK)]
    spoiled, voided = world.dispute(first, [0]), world.dispute(second, [0, 1])
    for filed in (voided, spoiled):
        world.rule(filed, 1)
    with reverts("gold: not its turn"):
        world.settle(voided)
    world.settle(spoiled)
    world.settle(voided)
    with reverts("gold: already opened"):
        world.gold.waive(task, 0, sender=world.requester)
    for work in (first, second):
        world.publish(work)
        with reverts("gold: too late to dispute"):
            world.dispute(work, [2])
    world.gold.release_deposit(task, 0)
    assert world.now == block
    after = [world.free(account) for account in (world.requester, first.annotator, second.annotator, SINK)]
    cost = world.cost
    # Each was given two costs to dispute with, and has back fee, bond and prize: the whole deposit of four is theirs.
    assert [late - early for early, late in zip(before, after, strict=True)] == [0, 3 * cost, 3 * cost, 0]
    world.assert_conserved()


def test_cancelling_under_an_opened_test__frees_no_pay_and_spares_nobody(world: GoldWorld) -> None:
    task, [failing, passing] = world.graded(wrong=[range(10)])
    terms = world.terms[task]
    pot = terms.reward * terms.items * terms.redundancy
    world.escrow.cancel(task, sender=world.requester)
    with reverts("tasks: too early to close"):
        world.escrow.close(task)
    world.travel(terms.work_period)
    with reverts("tasks: submissions are live"):
        world.escrow.close(task)
    for work in (failing, passing):
        with reverts("gold: test is pending"):
            world.publish(work, world.answers(task, work))
    world.pass_dispute_period(task)
    with reverts("gold: too many errors"):
        world.publish(failing, world.answers(task, failing))
    world.publish(passing, world.answers(task, passing))
    world.travel_to(world.gold.publish_until(failing.submission) - 1)
    with reverts("submissions: may be published"):
        world.escrow.expire(failing.submission)
    world.travel(1)
    before = [free(world, account) for account in (world.requester, failing.annotator, passing.annotator, SINK)]
    world.escrow.expire(failing.submission)
    world.escrow.claim(passing.submission)
    world.escrow.close(task)
    after = [free(world, account) for account in (world.requester, failing.annotator, passing.annotator, SINK)]
    stake, pay = terms.stake * terms.batch_size, terms.reward * terms.batch_size
    gained = [late - early for early, late in zip(before, after, strict=True)]
    assert gained == [pot - pay, 0, pay + stake, stake]


def test_leaving_while_a_gold_dispute_stands__when_nobody_settles_for_a_year__leaves_no_unit_behind(
    world: GoldWorld,
) -> None:
    """The escrow asks the grader no more; bond and deposit are paid by the grader all the same, once."""
    task, [failing, other] = world.graded(wrong=[range(10)])
    terms = world.terms[task]
    filed = [world.dispute(failing, [0]), world.dispute(other, [1, 2])]
    world.rule(filed[1], 1)
    world.travel_to(world.deadline(task) + PUBLISH_PERIOD + GRADER_TIMEOUT - 1)
    for work in (failing, other):
        with reverts("submissions: may be published"):
            world.escrow.expire(work.submission)
    world.travel(1)
    before = [free(world, account) for account in (failing.annotator, other.annotator, SINK)]
    for work in (failing, other):
        world.escrow.expire(work.submission)
    stake = terms.stake * terms.batch_size
    after = [free(world, account) for account in (failing.annotator, other.annotator, SINK)]
    assert [late - early for early, late in zip(before, after, strict=True)] == [stake, stake, 0]
    world.escrow.close(task)
    assert free(world, world.requester) == terms.reward * terms.items * terms.redundancy
    with reverts("gold: test is pending"):
        world.gold.release_deposit(task, 0)
    for one in filed:
        world.settle(one)
    deposit = terms.deposit(world.cost)
    earlier = world.free(world.requester), world.free(other.annotator)
    world.gold.release_deposit(task, 0)
    # The test is void: of the deposit fee and prize were paid, and the rest goes to whoever dropped its items.
    assert world.free(world.requester) == earlier[0]
    assert world.free(other.annotator) - earlier[1] == deposit - 2 * world.cost
    assert [world.free(failing.annotator), world.free(SINK)] == [world.cost, 0]
    with reverts("gold: already released"):
        world.gold.release_deposit(task, 0)
    for work in (failing, other):
        with reverts("submissions: not taken"):
            world.publish(work, world.answers(task, work))
    world.assert_conserved()


def test_failing_and_hoping_that_nobody_comes__for_a_year_but_a_second__loses_the_stake(world: GoldWorld) -> None:
    task, [failing, _] = world.graded(wrong=[range(10)])
    terms = world.terms[task]
    world.travel_to(world.deadline(task) + PUBLISH_PERIOD + GRADER_TIMEOUT - 1)
    with reverts("submissions: too late to publish"):
        world.publish(failing, world.answers(task, failing))
    world.escrow.expire(failing.submission)
    assert free(world, SINK) == terms.stake * terms.batch_size
    assert world.state(failing.submission) == SubmissionState.FORFEITED


def test_a_silent_arbitrator__and_every_sibling_disputing_in_turn__holds_the_outcome_no_longer_than_one_timeout(
    world: GoldWorld,
) -> None:
    """A dispute waits for those before it, but its own time runs on meanwhile."""
    task, works = world.graded(Terms(items=20, batch_size=20, redundancy=15))
    opened_at, period = world.now, world.terms[task].dispute_period
    filed = []
    for number, work in enumerate(works):
        world.travel_to(opened_at + number * (period - 1) // 14)
        filed.append(world.dispute(work, [0]))
    assert world.now == opened_at + period - 1
    world.travel(ARBITRATION_TIMEOUT - 1)
    for one in filed[:-1]:
        world.settle(one)
    with reverts("gold: awaiting a ruling"):
        world.settle(filed[-1])
    world.travel(1)
    world.settle(filed[-1])
    assert world.gold.batch(task, 0).fixed_at == world.now
    world.publish(works[0], world.answers(task, works[0]))
    world.assert_conserved()
