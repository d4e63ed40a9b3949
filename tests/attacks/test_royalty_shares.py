"""Attacks on shares: more of them than labels, others' of them, or others' earnings with them."""

from itertools import pairwise

import pytest

from goldleaf.ids import submission_id
from tests.protocol import Work, reverts
from tests.royalty import Royalties

PAID = 10**6


@pytest.fixture
def royalties() -> Royalties:
    return Royalties()


@pytest.fixture
def works(royalties: Royalties) -> list[Work]:
    """Of 40 labels asked for, 20 accepted: ten each of two annotators."""
    return royalties.finished(batches=1)


def ids(works: list[Work]) -> list[int]:
    return [work.submission for work in works]


def test_enrol_twice__in_one_call_or_two__mints_once(royalties: Royalties, works: list[Work]) -> None:
    first = works[0].submission
    assert royalties.pool.enroll([first, first]) == 1
    assert royalties.pool.enroll([first, works[1].submission, first]) == 1
    assert royalties.pool.enroll([works[1].submission, first]) == 0
    assert royalties.pool.totalSupply(works[0].task) == 20
    assert [royalties.pool.balanceOf(work.annotator, work.task) for work in works] == [10, 10]


@pytest.mark.parametrize("first", [0, 1])
def test_spoiling_a_batch_call__by_enrolling_first__enrolls_the_others(
    royalties: Royalties, works: list[Work], first: int
) -> None:
    royalties.pool.enroll([works[first].submission], sender=royalties.account())
    assert royalties.pool.enroll(ids(works)) == 1
    assert royalties.pool.totalSupply(works[0].task) == 20


def test_spoiling_a_batch_call__by_collecting_first__collects_the_others(royalties: Royalties) -> None:
    annotator = royalties.account()
    submissions = [royalties.solo(annotator, 1, 10)[0] for _ in range(2)]
    royalties.pool.enroll(submissions)
    tasks = [submission >> 64 for submission in submissions]
    for task in tasks:
        royalties.pay(task, PAID)
    royalties.pool.collect(tasks[1], annotator, sender=royalties.account())
    assert royalties.pool.collect_many(tasks, annotator) == 1
    assert [royalties.pool.collectable(task, annotator) for task in tasks] == [0, 0]


def test_enrol_twice__after_all_shares_were_sold__mints_once(royalties: Royalties, works: list[Work]) -> None:
    """What marks a submission is not the balance of its annotator."""
    task, annotator, buyer = works[0].task, works[0].annotator, royalties.account()
    royalties.pool.enroll(ids(works))
    royalties.pool.transfer(buyer, task, 10, sender=annotator)
    assert royalties.pool.enroll([works[0].submission]) == 0
    assert royalties.pool.balanceOf(annotator, task) == 0


def test_enrol_a_rejected_submission__never__has_shares(royalties: Royalties) -> None:
    task = royalties.open()
    good, bad = royalties.deliver(task)
    royalties.prove_wrong(bad, [0, 1])
    royalties.finish(task, [good])
    royalties.pool.enroll([good.submission])
    assert royalties.pool.enroll([bad.submission]) == 0
    assert royalties.pool.totalSupply(task) == royalties.lens.accepted_labels(task) == 10


def test_enrol_labels_proven_wrong__with_a_tolerated_error__are_no_shares(royalties: Royalties) -> None:
    task = royalties.open()
    works = royalties.deliver(task)
    royalties.prove_wrong(works[0], [3])
    royalties.finish(task, works)
    royalties.pool.enroll(ids(works))
    assert royalties.pool.balanceOf(works[0].annotator, task) == 9


@pytest.mark.parametrize("slot", [1, 3, 2**63, 2**64 - 1])
def test_enrol_an_open_slot_or_forged_id__of_a_closed_task__mints_nothing(
    royalties: Royalties, works: list[Work], slot: int
) -> None:
    """Slots 1 and 3 were never taken; the others do not exist."""
    assert royalties.pool.enroll([submission_id(works[0].task, slot)]) == 0
    assert royalties.pool.totalSupply(works[0].task) == 0


def test_enrol_for_another_task__by_a_forged_id__mints_nothing(royalties: Royalties, works: list[Work]) -> None:
    """The slots of a task without submissions do not inherit those of another."""
    idle = royalties.open()
    royalties.finish(idle, [])
    for work in works:
        assert royalties.pool.enroll([submission_id(idle, work.slot)]) == 0
    royalties.pool.enroll(ids(works))
    assert royalties.pool.balanceOf(works[0].annotator, idle) == 0


def test_a_task_of_a_foreign_escrow__whatever_its_owner_made_it_say__has_no_shares(royalties: Royalties) -> None:
    """A pool knows one escrow; the same id means its own task, or none."""
    foreign = Royalties()
    theirs = foreign.finished()
    assert royalties.pool.enroll(ids(theirs)) == 0
    with reverts("royalty: task is not closed"):
        royalties.pool.pay(theirs[0].task, 1, "")
    ours = royalties.open()
    assert ours == theirs[0].task
    assert royalties.pool.enroll(ids(theirs)) == 0
    assert royalties.pool.totalSupply(ours) == 0


def test_collect_transfer_collect__through_fresh_accounts__earns_once(royalties: Royalties, works: list[Work]) -> None:
    """Shares that move on have nothing left to collect."""
    task, holder = works[0].task, works[0].annotator
    royalties.pool.enroll(ids(works))
    royalties.pay(task, PAID)
    accounts = [holder] + [royalties.account() for _ in range(3)]
    for sender, receiver in pairwise(accounts):
        royalties.pool.collect(task, sender)
        royalties.pool.transfer(receiver, task, 10, sender=sender)
        royalties.pool.collect(task, receiver)
    royalties.pool.transfer(holder, task, 10, sender=accounts[-1])
    royalties.pool.collect(task, holder)
    each = royalties.pool.data_set(task).per_share
    assert [royalties.earned(account) for account in accounts] == [10 * each, 0, 0, 0]
    royalties.assert_pool_conserved(task)


def test_buying_shares_before_a_collect__of_past_revenue__earns_none_of_it(
    royalties: Royalties, works: list[Work]
) -> None:
    task, seller, buyer = works[0].task, works[0].annotator, royalties.account()
    royalties.pool.enroll(ids(works))
    royalties.pay(task, PAID)
    royalties.pool.transfer(buyer, task, 10, sender=seller)
    assert royalties.earned(seller) == 10 * royalties.pool.data_set(task).per_share
    assert royalties.pool.collect(task, buyer) == royalties.earned(buyer) == 0


def test_transfer_to_self__again_and_again__changes_nothing(royalties: Royalties, works: list[Work]) -> None:
    task, holder = works[0].task, works[0].annotator
    royalties.pool.enroll(ids(works))
    for _ in range(3):
        royalties.pay(task, PAID)
        for amount in (10, 10, 1):
            royalties.pool.transfer(holder, task, amount, sender=holder)
            royalties.pool.transferFrom(holder, holder, task, amount, sender=holder)
    assert royalties.pool.balanceOf(holder, task) == 10
    royalties.pool.collect(task, holder)
    assert royalties.earned(holder) == 10 * royalties.pool.data_set(task).per_share
    royalties.assert_pool_conserved(task)


def test_operator_abuse__of_a_revoked_right__takes_nothing(royalties: Royalties, works: list[Work]) -> None:
    task, owner, operator = works[0].task, works[0].annotator, royalties.account()
    royalties.pool.enroll(ids(works))
    royalties.pay(task, PAID)
    royalties.pool.setOperator(operator, True, sender=owner)
    # An operator moves shares, not what they have earned.
    royalties.pool.transferFrom(owner, operator, task, 5, sender=operator)
    each = royalties.pool.data_set(task).per_share
    assert (royalties.earned(owner), royalties.earned(operator)) == (10 * each, 0)
    with reverts("ledger: balance too low"):
        royalties.pool.withdraw(royalties.token, 1, operator, sender=operator)
    royalties.pool.setOperator(operator, False, sender=owner)
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(owner, operator, task, 1, sender=operator)
    # Nor does an operator's operator, or a right in the other direction.
    royalties.pool.setOperator(royalties.account(), True, sender=operator)
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(operator, owner, task, 1, sender=owner)


def test_allowance_abuse__spent_twice_or_by_another__takes_no_more(royalties: Royalties, works: list[Work]) -> None:
    task, owner, spender = works[0].task, works[0].annotator, royalties.account()
    royalties.pool.enroll(ids(works))
    royalties.pool.approve(spender, task, 4, sender=owner)
    royalties.pool.transferFrom(owner, spender, task, 4, sender=spender)
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(owner, spender, task, 1, sender=spender)
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(owner, spender, task, 1, sender=royalties.account())
    # A zero transfer needs no allowance and moves nothing.
    royalties.pool.transferFrom(owner, spender, task, 0, sender=royalties.account())
    assert royalties.pool.balanceOf(owner, task) == 6


def test_dilution__by_filling_idle_slots__is_impossible(royalties: Royalties) -> None:
    """What a share earns does not depend on how many other labels are accepted."""
    earned = []
    for batches in (1, 2):
        works = royalties.finished(batches=batches)
        royalties.pool.enroll([works[0].submission])
        royalties.pay(works[0].task, PAID)
        earned.append(royalties.pool.collect(works[0].task, works[0].annotator))
    assert earned[0] == earned[1] == 10 * (PAID // 10 // 40)


def test_dilution__by_cancelling_and_closing_early__is_impossible(royalties: Royalties) -> None:
    """A requester who stops after the first batch has the rest of the pot back at once, but no more of the revenue."""
    task = royalties.open()
    works = royalties.deliver(task)
    royalties.escrow.cancel(task, sender=royalties.requester)
    for work in works:
        royalties.pass_window(work)
        royalties.escrow.claim(work.submission)
    royalties.escrow.close(task)
    assert royalties.now < royalties.parameters_of(task).deadline
    assert royalties.pool.enroll([*ids(works), submission_id(task, 1)]) == 2
    royalties.pay(task, PAID)
    with royalties.earns(*[work.annotator for work in works]) as earned:
        for work in works:
            royalties.pool.collect(task, work.annotator)
    assert earned == [10 * (PAID // 10 // 40)] * 2
    royalties.assert_pool_conserved(task)


def test_holding_up_a_batch__by_collecting_for_the_victim_first__fails(royalties: Royalties, works: list[Work]) -> None:
    """Collecting twice is no error, so nobody can make another's transaction fail by being first."""
    task, holder = works[0].task, works[0].annotator
    royalties.pool.enroll(ids(works))
    royalties.pay(task, PAID)
    royalties.pool.collect(task, holder, sender=royalties.account())
    before = royalties.earned(holder)
    royalties.pool.collect(task, holder, sender=holder)
    royalties.pool.withdraw(royalties.token, before, holder, sender=holder)
    assert royalties.token.balanceOf(holder) == before
