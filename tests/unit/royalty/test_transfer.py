"""transfer, transferFrom, approve and setOperator: ERC-6909"""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import reverts
from tests.royalty import Royalties
from tests.unit.escrow.helpers import MAX, UNKNOWN_TASKS
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import FULL, log, per_share

PAID = 10**6 + 7


def shares(royalties: Royalties, task: int, *holders: str) -> list[int]:
    return [royalties.pool.balanceOf(holder, task) for holder in holders]


@pytest.mark.parametrize("amount", [0, 1, FULL - 1, FULL])
def test_transfer__within_the_balance__moves_shares(royalties: Royalties, enrolled: Closed, amount: int) -> None:
    sender, receiver = enrolled.full.annotator, royalties.account()
    supply = royalties.pool.totalSupply(enrolled.task)
    assert royalties.pool.transfer(receiver, enrolled.task, amount, sender=sender) is True
    fields = {"caller": sender, "sender": sender, "receiver": receiver, "id": enrolled.task, "amount": amount}
    assert log(royalties) == [("Transfer", fields)]
    assert shares(royalties, enrolled.task, sender, receiver) == [FULL - amount, amount]
    assert royalties.pool.totalSupply(enrolled.task) == supply


def test_transfer__of_shares_that_have_earned__settles_both_sides(royalties: Royalties, enrolled: Closed) -> None:
    sender, receiver = enrolled.full.annotator, enrolled.last.annotator
    royalties.pay(enrolled.task, PAID)
    with royalties.earns(sender, receiver) as earned:
        royalties.pool.transfer(receiver, enrolled.task, 4, sender=sender)
    each = per_share(PAID)
    assert earned == [10 * each, 7 * each]
    common = {"task": enrolled.task}
    transfer = {"caller": sender, "sender": sender, "receiver": receiver, "id": enrolled.task, "amount": 4}
    assert [royalties.pool.collectable(enrolled.task, holder) for holder in (sender, receiver)] == [0, 0]
    royalties.pay(enrolled.task, PAID)
    royalties.pool.transfer(receiver, enrolled.task, 4, sender=sender)
    more = per_share(2 * PAID) - each
    assert log(royalties) == [
        ("Collected", common | {"account": sender, "amount": 6 * more}),
        ("Collected", common | {"account": receiver, "amount": 11 * more}),
        ("Transfer", transfer),
    ]
    royalties.assert_pool_conserved(enrolled.task)


@pytest.mark.parametrize("amount", [0, 1, FULL])
def test_transfer__to_oneself__changes_nothing(royalties: Royalties, enrolled: Closed, amount: int) -> None:
    holder = enrolled.full.annotator
    royalties.pay(enrolled.task, PAID)
    due = royalties.pool.collectable(enrolled.task, holder)
    for credited in (due, 0):
        with royalties.earns(holder) as earned:
            royalties.pool.transfer(holder, enrolled.task, amount, sender=holder)
        assert earned == [credited]
        assert shares(royalties, enrolled.task, holder) == [FULL]
        assert royalties.pool.collectable(enrolled.task, holder) == 0
    royalties.pay(enrolled.task, PAID)
    assert royalties.pool.collectable(enrolled.task, holder) == FULL * (per_share(2 * PAID) - per_share(PAID))
    royalties.assert_pool_conserved(enrolled.task)


@pytest.mark.parametrize("amount", [FULL + 1, 2**36, MAX])
def test_transfer__more_than_the_balance__is_refused(royalties: Royalties, enrolled: Closed, amount: int) -> None:
    receiver, sender = royalties.account(), enrolled.full.annotator
    with reverts("shares: balance too low"):
        royalties.pool.transfer(receiver, enrolled.task, amount, sender=sender)
    with reverts("shares: balance too low"):
        royalties.pool.transfer(sender, enrolled.task, amount, sender=sender)


def test_transfer__to_nobody_or_the_pool__is_refused(royalties: Royalties, enrolled: Closed) -> None:
    for receiver in (ZERO_ADDRESS, royalties.pool.address):
        with reverts("shares: bad receiver"):
            royalties.pool.transfer(receiver, enrolled.task, 1, sender=enrolled.full.annotator)


@pytest.mark.parametrize("amount", [0, 1])
def test_transfer__of_a_task_without_shares__is_refused(royalties: Royalties, closed: Closed, amount: int) -> None:
    for task in (closed.task, *UNKNOWN_TASKS):
        with reverts("royalty: nobody has enrolled"):
            royalties.pool.transfer(royalties.account(), task, amount)


def test_transfer_from__within_the_allowance__uses_it_up(royalties: Royalties, enrolled: Closed) -> None:
    owner, spender, receiver = enrolled.full.annotator, royalties.account(), royalties.account()
    assert royalties.pool.approve(spender, enrolled.task, 5, sender=owner) is True
    approval = {"owner": owner, "spender": spender, "id": enrolled.task, "amount": 5}
    assert log(royalties) == [("Approval", approval)]
    assert royalties.pool.transferFrom(owner, receiver, enrolled.task, 3, sender=spender) is True
    fields = {"caller": spender, "sender": owner, "receiver": receiver, "id": enrolled.task, "amount": 3}
    assert log(royalties) == [("Transfer", fields)]
    assert shares(royalties, enrolled.task, owner, receiver, spender) == [FULL - 3, 3, 0]
    assert royalties.pool.allowance(owner, spender, enrolled.task) == 2
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(owner, receiver, enrolled.task, 3, sender=spender)


def test_transfer_from__unlimited_allowance__stays(royalties: Royalties, enrolled: Closed) -> None:
    owner, spender = enrolled.full.annotator, royalties.account()
    royalties.pool.approve(spender, enrolled.task, MAX, sender=owner)
    royalties.pool.transferFrom(owner, spender, enrolled.task, FULL, sender=spender)
    assert royalties.pool.allowance(owner, spender, enrolled.task) == MAX
    with reverts("shares: balance too low"):
        royalties.pool.transferFrom(owner, spender, enrolled.task, 1, sender=spender)


def test_transfer_from__by_an_operator__needs_no_allowance(royalties: Royalties, enrolled: Closed) -> None:
    owner, operator = enrolled.full.annotator, royalties.account()
    royalties.pool.approve(operator, enrolled.task, 1, sender=owner)
    assert royalties.pool.setOperator(operator, True, sender=owner) is True
    assert log(royalties) == [("OperatorSet", {"owner": owner, "spender": operator, "approved": True})]
    assert royalties.pool.isOperator(owner, operator)
    royalties.pool.transferFrom(owner, operator, enrolled.task, 4, sender=operator)
    assert shares(royalties, enrolled.task, owner, operator) == [FULL - 4, 4]
    assert royalties.pool.allowance(owner, operator, enrolled.task) == 1
    royalties.pool.setOperator(operator, False, sender=owner)
    assert not royalties.pool.isOperator(owner, operator)
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(owner, operator, enrolled.task, 2, sender=operator)


def test_transfer_from__by_the_owner__needs_no_allowance(royalties: Royalties, enrolled: Closed) -> None:
    owner, receiver = enrolled.full.annotator, royalties.account()
    royalties.pool.transferFrom(owner, receiver, enrolled.task, FULL, sender=owner)
    assert shares(royalties, enrolled.task, owner, receiver) == [0, FULL]


def test_transfer_from__a_stranger__is_refused(royalties: Royalties, enrolled: Closed) -> None:
    stranger = royalties.account()
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(enrolled.full.annotator, stranger, enrolled.task, 1, sender=stranger)


def test_transfer_from__to_nobody_or_the_pool__is_refused(royalties: Royalties, enrolled: Closed) -> None:
    owner = enrolled.full.annotator
    for receiver in (ZERO_ADDRESS, royalties.pool.address):
        with reverts("shares: bad receiver"):
            royalties.pool.transferFrom(owner, receiver, enrolled.task, 1, sender=owner)


def test_approve__of_one_task__is_of_no_other(royalties: Royalties, enrolled: Closed) -> None:
    spender, annotator = royalties.account(), royalties.account()
    other = royalties.solo(annotator, 1, 5)
    royalties.pool.enroll(other)
    royalties.pool.approve(spender, enrolled.task, 5, sender=annotator)
    with reverts("shares: allowance too low"):
        royalties.pool.transferFrom(annotator, spender, other[0] >> 64, 1, sender=spender)


@pytest.mark.parametrize(
    ("interface", "supported"), [("01ffc9a7", True), ("0f632fb3", True), ("ffffffff", False), ("d9b67a26", False)]
)
def test_supports_interface__erc165_and_erc6909__are_told(
    royalties: Royalties, interface: str, supported: bool
) -> None:
    assert royalties.pool.supportsInterface(bytes.fromhex(interface)) is supported
