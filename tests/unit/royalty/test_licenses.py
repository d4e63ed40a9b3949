"""set_price(task, price, terms) and buy_license(task, licensee, terms, max_price)"""

import pytest
from eth_utils import keccak

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import reverts
from tests.royalty import TERMS, Royalties
from tests.unit.escrow.helpers import MAX, UNKNOWN_TASKS, both_decimals
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import FULL, log, per_share

PRICE = 10**6 + 7


@pytest.mark.parametrize(("price", "terms"), [(PRICE, TERMS), (MAX, TERMS), (0, TERMS), (0, bytes(32))])
def test_set_price__by_the_requester__is_on_offer(
    royalties: Royalties, closed: Closed, price: int, terms: bytes
) -> None:
    royalties.offer(closed.task, 1, keccak(b"earlier terms"))
    royalties.offer(closed.task, price, terms)
    assert log(royalties) == [("Priced", {"task": closed.task, "price": price, "terms": terms})]
    assert royalties.pool.offer(closed.task) == (price, terms)


def test_set_price__by_anybody_else__is_refused(royalties: Royalties, enrolled: Closed) -> None:
    for stranger in (royalties.account(), enrolled.full.annotator):
        with reverts("licenses: not the requester"):
            royalties.pool.set_price(enrolled.task, PRICE, TERMS, sender=stranger)


def test_set_price__without_terms__is_refused(royalties: Royalties, closed: Closed) -> None:
    with reverts("licenses: no terms"):
        royalties.offer(closed.task, PRICE, bytes(32))


def test_set_price__task_is_not_closed__is_refused(royalties: Royalties) -> None:
    with reverts("royalty: task is not closed"):
        royalties.offer(royalties.open(), PRICE)


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_set_price__unknown_task__is_refused(royalties: Royalties, task: int) -> None:
    with reverts("royalty: task is not closed"):
        royalties.offer(task, PRICE)


@both_decimals
@pytest.mark.parametrize("max_price", [PRICE, MAX])
def test_buy_license__on_offer__is_recorded_and_shared(royalties: Royalties, enrolled: Closed, max_price: int) -> None:
    buyer, licensee, task = royalties.account(), royalties.account(), enrolled.task
    royalties.offer(task, PRICE)
    royalties.provide_in_pool(buyer, PRICE + 5)
    license = royalties.pool.buy_license(task, licensee, TERMS, max_price, sender=buyer)
    fields = {"license": license, "task": task, "licensee": licensee, "buyer": buyer}
    assert log(royalties) == [("Licensed", fields | {"terms": TERMS, "price": PRICE})]
    assert license == task << 64
    assert royalties.pool.license(license) == (licensee, TERMS, PRICE, royalties.now)
    assert royalties.pool.license_count(task) == 1
    assert royalties.earned(buyer) == 5
    assert royalties.pool.data_set(task).paid == PRICE
    assert royalties.pool.collect(task, enrolled.full.annotator) == FULL * per_share(PRICE)
    royalties.assert_pool_conserved(task)


def test_buy_license__again__is_another_licence(royalties: Royalties, closed: Closed) -> None:
    buyer, task = royalties.account(), closed.task
    royalties.offer(task, PRICE)
    royalties.provide_in_pool(buyer, 2 * PRICE + 1)
    first = royalties.pool.buy_license(task, buyer, TERMS, PRICE, sender=buyer)
    sold = royalties.pool.license(first)
    later = keccak(b"later terms")
    royalties.offer(task, PRICE + 1, later)
    second = royalties.pool.buy_license(task, buyer, later, PRICE + 1, sender=buyer)
    assert (first, second) == (task << 64, task << 64 | 1)
    assert royalties.pool.license(first) == sold == (buyer, TERMS, PRICE, royalties.now)
    assert royalties.pool.license(second) == (buyer, later, PRICE + 1, royalties.now)
    assert royalties.pool.license_count(task) == 2
    assert royalties.pool.license(task << 64 | 2).licensee == ZERO_ADDRESS
    royalties.assert_pool_conserved(task)


def test_buy_license__price_has_fallen__is_paid_at_the_lower_one(royalties: Royalties, closed: Closed) -> None:
    buyer = royalties.account()
    royalties.offer(closed.task, PRICE)
    royalties.offer(closed.task, PRICE - 7)
    royalties.provide_in_pool(buyer, PRICE)
    royalties.pool.buy_license(closed.task, buyer, TERMS, PRICE, sender=buyer)
    assert royalties.earned(buyer) == 7


@pytest.mark.parametrize("offered", [False, True])
def test_buy_license__not_for_sale__is_refused(royalties: Royalties, closed: Closed, offered: bool) -> None:
    if offered:
        royalties.offer(closed.task, PRICE)
        royalties.offer(closed.task, 0)
    for terms in (TERMS, bytes(32)):
        with reverts("licenses: not for sale"):
            royalties.pool.buy_license(closed.task, royalties.account(), terms, MAX)


@pytest.mark.parametrize("task", UNKNOWN_TASKS)
def test_buy_license__unknown_task__is_refused(royalties: Royalties, task: int) -> None:
    with reverts("licenses: not for sale"):
        royalties.pool.buy_license(task, royalties.account(), TERMS, MAX)


def test_buy_license__other_terms__is_refused(royalties: Royalties, closed: Closed) -> None:
    royalties.offer(closed.task, PRICE)
    with reverts("licenses: other terms"):
        royalties.pool.buy_license(closed.task, royalties.account(), keccak(b"better terms"), PRICE)


@pytest.mark.parametrize("max_price", [0, PRICE - 1])
def test_buy_license__dearer_than_the_maximum__is_refused(royalties: Royalties, closed: Closed, max_price: int) -> None:
    royalties.offer(closed.task, PRICE)
    with reverts("licenses: price above maximum"):
        royalties.pool.buy_license(closed.task, royalties.account(), TERMS, max_price)


def test_buy_license__for_nobody__is_refused(royalties: Royalties, closed: Closed) -> None:
    royalties.offer(closed.task, PRICE)
    with reverts("licenses: no licensee"):
        royalties.pool.buy_license(closed.task, ZERO_ADDRESS, TERMS, PRICE)


def test_buy_license__more_than_is_free__is_refused(royalties: Royalties, closed: Closed) -> None:
    buyer = royalties.account()
    royalties.offer(closed.task, PRICE)
    royalties.provide_in_pool(buyer, PRICE - 1)
    with reverts("ledger: balance too low"):
        royalties.pool.buy_license(closed.task, buyer, TERMS, PRICE, sender=buyer)
    assert royalties.pool.license_count(closed.task) == 0


def test_buy_license__price_beyond_all_bounds__is_refused(royalties: Royalties, closed: Closed) -> None:
    royalties.offer(closed.task, 2**128)
    with reverts("revenue: too much in all"):
        royalties.pool.buy_license(closed.task, royalties.account(), TERMS, MAX)
