"""pay(task, amount, memo)"""

import pytest

from tests.protocol import deposit, reverts
from tests.royalty import Royalties
from tests.unit.escrow.helpers import UNKNOWN_TASKS, both_decimals
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import ACCEPTED, MAX_PAID, PARTS, ROYALTY_BPS, log, per_share


@both_decimals
@pytest.mark.parametrize("amount", [1, 7, 9_999, 10_000, 10**6 + 1, 10**18 + 3])
def test_pay__any_amount__is_shared_to_the_unit(royalties: Royalties, enrolled: Closed, amount: int) -> None:
    payer = royalties.account()
    royalties.provide_in_pool(payer, amount + 5)
    royalties.pool.pay(enrolled.task, amount, "a model", sender=payer)
    fields = {"task": enrolled.task, "payer": payer, "amount": amount, "memo": "a model"}
    assert log(royalties) == [("Paid", fields)]
    assert royalties.earned(payer) == 5
    royalty = amount * ROYALTY_BPS // 10_000
    data_set = royalties.pool.data_set(enrolled.task)
    assert data_set.paid == amount
    assert data_set.per_share == royalty // PARTS
    assert data_set.dust == royalty % PARTS
    assert data_set.requester_share == amount - royalty + (PARTS - ACCEPTED) * (royalty // PARTS)
    assert data_set.requester_share + data_set.dust + ACCEPTED * data_set.per_share == amount
    royalties.assert_pool_conserved(enrolled.task)


def test_pay__before_anybody_enrols__waits_for_them(royalties: Royalties, closed: Closed) -> None:
    royalties.pay(closed.task, 10**6)
    assert royalties.pool.data_set(closed.task).per_share == per_share(10**6) > 0
    royalties.assert_pool_conserved(closed.task)
    royalties.pool.enroll([closed.last.submission])
    assert royalties.pool.collectable(closed.task, closed.last.annotator) == 7 * per_share(10**6)
    royalties.assert_pool_conserved(closed.task)


def test_pay__in_many_parts__is_as_at_once(royalties: Royalties, enrolled: Closed) -> None:
    """Each part alone is too small to make a unit per share."""
    for _ in range(40):
        royalties.pay(enrolled.task, 57)
    data_set = royalties.pool.data_set(enrolled.task)
    assert per_share(57) == 0
    assert data_set.per_share == per_share(40 * 57) > 0
    royalties.assert_pool_conserved(enrolled.task)


def test_pay__nothing_was_accepted__is_the_requesters(royalties: Royalties) -> None:
    task = royalties.open(royalty_bps=10_000)
    royalties.finish(task, [])
    royalties.pay(task, 1000)
    data_set = royalties.pool.data_set(task)
    assert (data_set.accepted, data_set.parts) == (0, 40)
    assert (data_set.per_share, data_set.requester_share, data_set.dust) == (25, 1000, 0)


@pytest.mark.parametrize(("royalty_bps", "per_share"), [(0, 0), (10_000, 25)])
def test_pay__royalty_at_its_bounds__is_none_or_all(royalties: Royalties, royalty_bps: int, per_share: int) -> None:
    works = royalties.finished(royalty_bps=royalty_bps)
    royalties.pay(works[0].task, 1000)
    data_set = royalties.pool.data_set(works[0].task)
    assert (data_set.per_share, data_set.requester_share) == (per_share, 1000 - 40 * per_share)


def test_pay__all_that_is_free__leaves_nothing(royalties: Royalties, closed: Closed) -> None:
    payer = royalties.pay(closed.task, 1)
    assert royalties.earned(payer) == 0


@pytest.mark.parametrize("enroll", [False, True])
def test_pay__more_than_is_free__is_refused(royalties: Royalties, closed: Closed, enroll: bool) -> None:
    """What was paid in for others does not help."""
    royalties.pay(closed.task, 10**6)
    payer = royalties.account()
    royalties.provide_in_pool(payer, 99)
    if enroll:
        royalties.pool.enroll([closed.full.submission])
    with reverts("ledger: balance too low"):
        royalties.pool.pay(closed.task, 100, "", sender=payer)


def test_pay__zero__is_refused(royalties: Royalties, closed: Closed) -> None:
    with reverts("ledger: zero amount"):
        royalties.pool.pay(closed.task, 0, "")


def test_pay__more_than_2_to_the_128_in_all__is_refused(royalties: Royalties, enrolled: Closed) -> None:
    payer = royalties.account()
    for amount in (1, MAX_PAID):
        deposit(royalties.token, royalties.pool, payer, amount)
    for amount in (MAX_PAID + 1, 2**256 - 1):
        with reverts("revenue: too much in all"):
            royalties.pool.pay(enrolled.task, amount, "", sender=payer)
    royalties.pool.pay(enrolled.task, MAX_PAID, "", sender=payer)
    with reverts("revenue: too much in all"):
        royalties.pool.pay(enrolled.task, 1, "", sender=payer)
    for work in enrolled.paid:
        royalties.pool.collect(enrolled.task, work.annotator)
    royalties.pool.collect_requester_share(enrolled.task)
    royalties.assert_pool_conserved(enrolled.task)


def test_pay__task_is_not_closed__is_refused(royalties: Royalties) -> None:
    with reverts("royalty: task is not closed"):
        royalties.pool.pay(royalties.open(), 1, "")


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_pay__unknown_task__is_refused(royalties: Royalties, task: int) -> None:
    with reverts("royalty: task is not closed"):
        royalties.pool.pay(task, 1, "")
