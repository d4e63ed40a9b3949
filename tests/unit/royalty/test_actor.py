"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

import pytest

from tests.protocol import reverts
from tests.relayed import RELAY, Acts, call_as
from tests.royalty import TERMS, Royalties
from tests.unit.escrow.helpers import MAX, deployed_with
from tests.unit.royalty.conftest import Closed
from tests.unit.royalty.helpers import FULL, log

relayed = deployed_with({"relay": RELAY})


# Whoever calls these, the same happens.
FOR_ANYONE = {"collect", "collect_many", "collect_requester_share"}


@relayed
def test_actor__relayed__is_the_account_named_in_every_entry_point(royalties: Royalties, closed: Closed) -> None:
    """A licensee and a holder who never send a transaction themselves."""
    buyer, holder, friend = royalties.account(), closed.full.annotator, royalties.account()
    task, token = closed.task, royalties.token
    act = Acts(royalties.pool, "RoyaltyPool")
    token.mint(buyer, 200)
    token.approve(royalties.pool, MAX, sender=buyer)
    act(buyer, "deposit", token, 150, buyer)
    act(buyer, "deposit_with_permit", token, 50, buyer, 0, 0, bytes(32), bytes(32))
    assert royalties.earned(buyer) == 200

    act(holder, "enroll", [closed.full.submission])
    assert log(royalties)[1][1]["caller"] == holder
    act(buyer, "pay", task, 100, "")
    assert log(royalties)[0][1]["payer"] == buyer
    act(royalties.requester, "set_price", task, 100, TERMS)
    act(buyer, "buy_license", task, friend, TERMS, 100)
    assert log(royalties)[0][1]["buyer"] == buyer
    assert royalties.earned(buyer) == 0

    act(holder, "transfer", friend, task, 1)
    act(holder, "approve", friend, task, 2)
    act(friend, "transferFrom", holder, friend, task, 2)
    act(holder, "setOperator", friend, True)
    act(friend, "transferFrom", holder, friend, task, 3)
    assert [royalties.pool.balanceOf(account, task) for account in (holder, friend)] == [FULL - 6, 6]

    act(buyer, "collect", task, holder)
    act(buyer, "collect_many", [task], friend)
    act(holder, "collect_requester_share", task)
    act(royalties.requester, "withdraw", token, 100, friend)
    assert token.balanceOf(friend) == 100
    assert royalties.earned(RELAY) == token.balanceOf(RELAY) == 0
    royalties.assert_pool_conserved(task)
    act.assert_complete(FOR_ANYONE)


@relayed
def test_actor__relayed_for_a_stranger__has_no_rights(royalties: Royalties, enrolled: Closed) -> None:
    stranger, holder, task = royalties.account(), enrolled.full.annotator, enrolled.task
    with reverts("licenses: not the requester"):
        call_as(royalties.pool, stranger, "set_price", task, 100, TERMS)
    with reverts("shares: balance too low"):
        call_as(royalties.pool, stranger, "transfer", holder, task, 1)
    with reverts("shares: allowance too low"):
        call_as(royalties.pool, stranger, "transferFrom", holder, stranger, task, 1)


@pytest.mark.parametrize("deployed", [{"relay": RELAY}, {}], indirect=True, ids=["relay", "no relay"])
def test_actor__not_the_relay__cannot_speak_for_others(royalties: Royalties, enrolled: Closed) -> None:
    thief, holder = royalties.account(), enrolled.full.annotator
    with reverts("shares: balance too low"):
        call_as(royalties.pool, holder, "transfer", thief, enrolled.task, 1, sender=thief)
