"""Gold disputes: to stall, to void a test by one bad item, to be paid twice, or to be paid for nothing."""

from dataclasses import replace

import pytest

from goldleaf.types import NOT_HEARD, Outcome
from tests.gold import ARBITRATION_TIMEOUT, DISPUTE_PERIOD, MAX, PUBLISH_PERIOD, GoldWorld, Terms
from tests.protocol import DAY, EVIDENCE, SINK, URI, reverts

THIRTY = Terms(items=60, batch_size=60, redundancy=3, counts=(15, 15), allowed=12)
FIFTEEN = Terms(items=20, batch_size=20, redundancy=15)


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


def test_gold_disputed_by_who_has_no_submission__is_refused(world: GoldWorld) -> None:
    """Neither outsiders nor the requester, nor whoever took a slot and never committed."""
    task = world.tested()
    work = world.commit(task, 0)
    idle = world.account()
    taken = world.take(task, 2, idle)
    world.travel_to(world.deadline(task))
    world.open_gold(task)
    with reverts("gold: not committed"):
        world.dispute(replace(work, submission=taken), [0], idle)
    world.escrow.expire(taken)
    with reverts("gold: not committed"):
        world.dispute(replace(work, submission=taken), [0], idle)
    for account in (world.account(), world.requester, idle):
        with reverts("gold: not the annotator"):
            world.dispute(work, [0], account)


def test_gold_disputed_twice__by_one_submission__is_refused(world: GoldWorld) -> None:
    _, [work, other] = world.graded()
    filed = world.dispute(work, [0])
    with reverts("gold: already disputed"):
        world.dispute(work, [1])
    world.rule(filed, 0)
    world.settle(filed)
    with reverts("gold: already disputed"):
        world.dispute(work, [1])
    world.dispute(other, [0])


def test_gold_disputed_late__in_the_second_in_which_it_can_be_graded__is_refused(world: GoldWorld) -> None:
    task, [work, other] = world.graded()
    world.travel(DISPUTE_PERIOD)
    with reverts("gold: too late to dispute"):
        world.dispute(work, [0])
    world.publish(other, world.answers(task, other))


def test_stalling_by_gold_disputes__one_after_another__ends_in_bounded_time(world: GoldWorld) -> None:
    """Fourteen accounts dispute in the last second, before an arbitrator that never rules: all time out at once."""
    task, works = world.graded(FIFTEEN)
    opened_at = world.now
    world.travel(DISPUTE_PERIOD - 1)
    filed = [world.dispute(work, [0]) for work in works[1:]]
    world.travel_to(opened_at + DISPUTE_PERIOD - 1 + ARBITRATION_TIMEOUT)
    sunk = world.free(SINK)
    for one in filed:
        world.settle(one)
    world.publish(works[0], world.answers(task, works[0]))
    # Each has paid the fee for it.
    assert all(world.free(work.annotator) == world.cost for work in works[1:])
    assert world.free(SINK) == sunk
    world.gold.release_deposit(task, 0)
    world.assert_conserved()


def test_stalling_by_gold_disputes__until_the_escrow_gives_up__is_impossible(world: GoldWorld) -> None:
    """The longest test that can be set up is over before a failing annotator could go with the whole stake."""
    longest = replace(
        Terms(), arbitration_timeout=178 * DAY, opening_period=90 * DAY, dispute_period=90 * DAY, deadline=60 * DAY
    )
    task = world.tested(longest)
    [failing, other] = world.sealed(task, wrong=[range(10)])
    deadline = world.deadline(task)
    world.travel_to(deadline + 90 * DAY - 1)
    world.open_gold(task)
    world.travel(90 * DAY - 1)
    filed = world.dispute(failing, [0])
    world.travel(178 * DAY)
    world.settle(filed)
    assert world.now < deadline + 358 * DAY
    with reverts("gold: too many errors"):
        world.publish(failing, world.answers(task, failing))
    world.publish(other, world.answers(task, other))
    world.travel(PUBLISH_PERIOD)
    sunk = world.escrow.free(world.token, SINK)
    world.escrow.expire(failing.submission)
    assert world.escrow.free(world.token, SINK) - sunk == longest.stake * longest.batch_size


def test_voiding_a_test_by_one_bad_item__only_drops_it(world: GoldWorld) -> None:
    """A requester errs once: who is wrong on all else is not spared, though every sibling names that item."""
    task, works = world.graded(THIRTY, wrong=[range(30)])
    for work in works:
        world.decided(work, [7], 1)
    assert world.gold.batch(task, 0).dropped == 1 << 7
    world.pass_dispute_period(task)
    with reverts("gold: too many errors"):
        world.publish(works[0], world.answers(task, works[0]))


def test_a_mixed_dispute__of_good_and_bad_items__shields_neither(world: GoldWorld) -> None:
    """Ruled 'not each of them is wrong', it drops nothing, and the bad one can be named by another."""
    _, works = world.graded(THIRTY)
    mixed, plain = world.dispute(works[0], [3, 4, 5]), world.dispute(works[1], [3])
    world.rule(mixed, 2)
    world.rule(plain, 1)
    before = world.free(works[1].annotator)
    world.settle(mixed)
    world.settle(plain)
    assert world.event("GoldDisputeSettled")["dropped"] == 1 << 3
    assert world.free(works[1].annotator) - before == 3 * world.cost


def test_taking_an_earlier_disputers_prize__by_a_faster_ruling__is_refused(world: GoldWorld) -> None:
    _, works = world.graded(THIRTY)
    first, second = world.dispute(works[0], [3]), world.dispute(works[1], [3])
    world.rule(second, 1)
    with reverts("gold: not its turn"):
        world.settle(second)
    world.rule(first, 1)
    world.settle(first)
    world.settle(second)
    assert world.gold.gold_dispute(first).won
    assert not world.gold.gold_dispute(second).won


def test_earning_from_disputes__all_siblings_are_right_about_other_items__the_deposit_covers_them(
    world: GoldWorld,
) -> None:
    """Each drops one item: two of them void the test, and the deposit has nothing more to pay than it holds."""
    task, works = world.graded(replace(FIFTEEN, counts=(5, 5)))
    deposit = FIFTEEN.deposit(world.cost)
    paid_in = 0
    filed = []
    for number, work in enumerate(works[:10]):
        filed.append(world.dispute(work, [number]))
        paid_in += 2 * world.cost
    for work in works[10:]:
        filed.append(world.dispute(work, range(10)))
        paid_in += 2 * world.cost
    for one in filed:
        world.rule(one, 1)
        world.settle(one)
        world.assert_conserved()
    world.gold.release_deposit(task, 0)
    world.assert_conserved()
    owned = sum(world.free(work.annotator) for work in works)
    # All of the deposit, and all that they paid in but the fees that the arbitrator has.
    assert owned + world.free(SINK) == deposit + paid_in - 15 * world.cost


def test_fifteen_second_accounts_at_one_wrong_item__win_one_prize(world: GoldWorld) -> None:
    """One bad answer is in the gold, and one person holds all slots: it is dropped once, and pays once."""
    task, works = world.graded(FIFTEEN)
    deposit, arbitrated = FIFTEEN.deposit(world.cost), world.token.balanceOf(world.arbitrator)
    filed = [world.dispute(work, [0]) for work in works]
    for one in filed:
        world.rule(one, 1)
        world.settle(one)
    gained = sum(world.free(work.annotator) - 2 * world.cost for work in works)
    assert gained == world.cost
    # The fees of all that were right are the requester's to pay, and nothing else but the prize is.
    world.pass_dispute_period(task)
    before = world.free(world.requester)
    world.gold.release_deposit(task, 0)
    fees = world.token.balanceOf(world.arbitrator) - arbitrated
    assert world.free(world.requester) - before == deposit - fees - world.cost
    assert fees == 15 * world.cost
    assert world.gold.batch(task, 0).dropped == 1
    world.assert_conserved()


def test_a_fee_that_rose__is_not_charged_to_the_deposit(world: GoldWorld) -> None:
    """An arbitrator that raises its cost takes what the disputer allows, and no deposit pays for it."""
    task, works = world.graded()
    world.fund(works[0].annotator, 200 * world.cost)
    world.arbitrator.set_cost(100 * world.cost)
    with reverts("arbitration: cost above maximum"):
        world.gold.dispute_gold(works[0].submission, [0], world.cost, EVIDENCE, URI, sender=works[0].annotator)
    filed = world.dispute(works[0], [0, 1])
    world.rule(filed, 1)
    world.settle(filed)
    assert world.gold.batch(task, 0).deposit == 2 * world.cost
    world.gold.release_deposit(task, 0)
    world.assert_conserved()


def test_not_heard__the_arbitrator_has_paid_back__costs_nobody_anything(world: GoldWorld) -> None:
    _, works = world.graded()
    account = works[0].annotator
    world.fund(account, 2 * world.cost)
    filed = world.dispute(works[0], [0])
    world.rule(filed, NOT_HEARD)
    world.settle(filed)
    assert world.event("GoldDisputeSettled")["outcome"] == Outcome.NOT_HEARD
    assert world.free(account) == world.cost
    assert world.token.balanceOf(account) == world.cost


def test_disputing__before_publishing_opens__is_for_committed_submissions_alone(world: GoldWorld) -> None:
    """In a graded batch nothing is published before the dispute period is over, so nobody gives up their say by it."""
    task, works = world.graded()
    with reverts("gold: test is pending"):
        world.publish(works[0], world.answers(task, works[0]))
    assert world.gold.publish_until(works[0].submission) == MAX
    world.dispute(works[0], [0])
