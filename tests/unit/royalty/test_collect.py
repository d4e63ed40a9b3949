"""collect(task, account), collect_many(tasks, account), collect_requester_share(task)"""

import pytest

from tests.protocol import reverts
from tests.royalty import Royalties
from tests.unit.escrow.helpers import UNKNOWN_TASKS, both_decimals, deployed_with
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import ACCEPTED, FULL, LAST, PARTS, ROYALTY_BPS, log, per_share

PAID = 10**6 + 7


def rest(paid: int) -> int:
    return paid - paid * ROYALTY_BPS // 10_000 + (PARTS - ACCEPTED) * per_share(paid)


@both_decimals
def test_collect__by_anyone__credits_the_holder(royalties: Royalties, enrolled: Closed) -> None:
    royalties.pay(enrolled.task, PAID)
    holder, caller = enrolled.full.annotator, royalties.account()
    due = FULL * per_share(PAID)
    assert royalties.pool.collectable(enrolled.task, holder) == due > 0
    with royalties.earns(holder, caller) as earned:
        assert royalties.pool.collect(enrolled.task, holder, sender=caller) == due
        assert log(royalties) == [("Collected", {"task": enrolled.task, "account": holder, "amount": due})]
    assert earned == [due, 0]
    assert royalties.pool.collectable(enrolled.task, holder) == 0
    assert royalties.pool.balanceOf(holder, enrolled.task) == FULL
    royalties.assert_pool_conserved(enrolled.task)
    royalties.pool.withdraw(royalties.token, due, holder, sender=holder)
    royalties.assert_pool_conserved(enrolled.task)


def test_collect__again__credits_only_what_came_since(royalties: Royalties, enrolled: Closed) -> None:
    holder = enrolled.last.annotator
    royalties.pay(enrolled.task, PAID)
    royalties.pool.collect(enrolled.task, holder)
    with royalties.earns(holder) as earned:
        assert royalties.pool.collect(enrolled.task, holder) == 0
        assert log(royalties) == []
    assert earned == [0]
    royalties.pay(enrolled.task, PAID)
    due = LAST * (per_share(2 * PAID) - per_share(PAID))
    assert royalties.pool.collect(enrolled.task, holder) == due > 0


def test_collect__account_without_shares__is_nothing(royalties: Royalties, enrolled: Closed) -> None:
    royalties.pay(enrolled.task, PAID)
    for account in (royalties.account(), royalties.requester, enrolled.rejected.annotator):
        assert royalties.pool.collect(enrolled.task, account) == 0
        assert royalties.pool.collectable(enrolled.task, account) == 0


def test_collect__nobody_has_enrolled__is_refused(royalties: Royalties, closed: Closed) -> None:
    royalties.pay(closed.task, PAID)
    for task in (closed.task, royalties.open(), *UNKNOWN_TASKS):
        for function in (royalties.pool.collect, royalties.pool.collectable):
            with reverts("royalty: nobody has enrolled"):
                function(task, closed.full.annotator)


def test_collect_many__several_tasks__credits_all(royalties: Royalties) -> None:
    annotator = royalties.account()
    tasks = []
    for labels in (4, 5):
        submissions = royalties.solo(annotator, 1, labels)
        royalties.pool.enroll(submissions)
        tasks.append(submissions[0] >> 64)
        royalties.pay(tasks[-1], 10**6)
    dues = [royalties.pool.collectable(task, annotator) for task in tasks]
    assert dues == [10**5, 10**5]
    assert royalties.pool.collect_many([tasks[0], tasks[1], tasks[0]], annotator) == 2
    assert [fields["amount"] for _, fields in log(royalties)] == dues
    assert royalties.earned(annotator) == sum(dues)
    royalties.assert_pool_conserved(*tasks)


def test_collect_many__one_has_no_shares__is_passed_over(royalties: Royalties, enrolled: Closed) -> None:
    royalties.pay(enrolled.task, PAID)
    due = royalties.pool.collectable(enrolled.task, enrolled.full.annotator)
    assert royalties.pool.collect_many([99, enrolled.task, 99], enrolled.full.annotator) == 1
    assert royalties.earned(enrolled.full.annotator) == due > 0
    assert royalties.pool.collect_many([enrolled.task], enrolled.full.annotator) == 0


@both_decimals
@pytest.mark.parametrize("enroll", [False, True])
def test_collect_requester_share__by_anyone__credits_the_requester(
    royalties: Royalties, closed: Closed, enroll: bool
) -> None:
    if enroll:
        royalties.pool.enroll([closed.full.submission])
    royalties.pay(closed.task, PAID)
    requester, caller = royalties.requester, royalties.account()
    with royalties.earns(requester, caller) as earned:
        assert royalties.pool.collect_requester_share(closed.task, sender=caller) == rest(PAID)
        fields = {"task": closed.task, "requester": requester, "amount": rest(PAID)}
        assert log(royalties) == [("RequesterShareCollected", fields)]
    assert earned == [rest(PAID), 0]
    data_set = royalties.pool.data_set(closed.task)
    assert data_set.requester_share == data_set.requester_collected == rest(PAID)
    royalties.assert_pool_conserved(closed.task)


def test_collect_requester_share__again__credits_only_what_came_since(royalties: Royalties, closed: Closed) -> None:
    royalties.pay(closed.task, PAID)
    royalties.pool.collect_requester_share(closed.task)
    assert royalties.pool.collect_requester_share(closed.task) == 0
    assert log(royalties) == []
    royalties.pay(closed.task, PAID)
    assert royalties.pool.collect_requester_share(closed.task) == rest(2 * PAID) - rest(PAID)
    royalties.assert_pool_conserved(closed.task)


def test_collect_requester_share__task_is_not_closed__is_refused(royalties: Royalties) -> None:
    with reverts("royalty: task is not closed"):
        royalties.pool.collect_requester_share(royalties.open())


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_collect_requester_share__unknown_task__is_refused(royalties: Royalties, task: int) -> None:
    with reverts("royalty: task is not closed"):
        royalties.pool.collect_requester_share(task)


@deployed_with({"token": "FeeToken"})
def test_collect__token_takes_a_fee__shares_what_arrived(royalties: Royalties, enrolled: Closed) -> None:
    royalties.token.set_fee(1000)
    payer = royalties.account()
    royalties.token.mint(payer, 10**6)
    royalties.token.approve(royalties.pool, 10**6, sender=payer)
    royalties.pool.deposit(royalties.token, 10**6, payer, sender=payer)
    with reverts("ledger: balance too low"):
        royalties.pool.pay(enrolled.task, 900_001, "", sender=payer)
    royalties.pool.pay(enrolled.task, 900_000, "", sender=payer)
    royalties.pool.collect(enrolled.task, enrolled.full.annotator)
    assert royalties.earned(enrolled.full.annotator) == FULL * per_share(900_000)
    royalties.assert_pool_conserved(enrolled.task)
