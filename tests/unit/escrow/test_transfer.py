"""transfer(token, amount, to)"""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import Protocol, reverts
from tests.unit.escrow.helpers import MAX, both_decimals, log


@both_decimals
@pytest.mark.parametrize("left", [0, 1, 99])
def test_transfer__within_the_balance__moves_it(protocol: Protocol, left: int) -> None:
    owner, to = protocol.account(free=100), protocol.account()
    held = protocol.token.balanceOf(protocol.escrow)
    with protocol.gains(owner, to) as gained:
        protocol.escrow.transfer(protocol.token, 100 - left, to, sender=owner)
        events = log(protocol)
    fields = {"token": protocol.token.address, "account": owner, "to": to, "amount": 100 - left}
    assert events == [("Transferred", fields)]
    assert gained == [left - 100, 100 - left]
    assert protocol.token.balanceOf(protocol.escrow) == held
    protocol.assert_conserved()


def test_transfer__to_oneself__changes_nothing(protocol: Protocol) -> None:
    owner = protocol.account(free=100)
    protocol.escrow.transfer(protocol.token, 100, owner, sender=owner)
    assert protocol.free(owner) == 100


@pytest.mark.parametrize("amount", [101, MAX])
def test_transfer__more_than_the_balance__is_refused(protocol: Protocol, amount: int) -> None:
    owner = protocol.account(free=100)
    for to in (protocol.requester, owner):
        with reverts("ledger: balance too low"):
            protocol.escrow.transfer(protocol.token, amount, to, sender=owner)


def test_transfer__of_a_token_never_seen__is_refused(protocol: Protocol) -> None:
    owner = protocol.account(free=100)
    for token in (ZERO_ADDRESS, owner):
        with reverts("ledger: balance too low"):
            protocol.escrow.transfer(token, 1, protocol.requester, sender=owner)


def test_transfer__zero__is_refused(protocol: Protocol) -> None:
    with reverts("ledger: zero amount"):
        protocol.escrow.transfer(protocol.token, 0, protocol.requester)


def test_transfer__to_an_account_that_could_not_withdraw__is_refused(protocol: Protocol) -> None:
    owner = protocol.account(free=100)
    for nobody in (ZERO_ADDRESS, protocol.escrow.address):
        with reverts("ledger: bad account"):
            protocol.escrow.transfer(protocol.token, 100, nobody, sender=owner)
