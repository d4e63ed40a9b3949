"""withdraw(token, amount, receiver)"""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import Protocol, reverts
from tests.unit.escrow.helpers import MAX, deployed_with, log

HONEST = [
    {"token": "TokenMock", "decimals": 6},
    {"token": "TokenMock", "decimals": 18},
    {"token": "NoReturnToken", "decimals": 6},
]


@deployed_with(*HONEST)
@pytest.mark.parametrize("left", [0, 1, 99])
def test_withdraw__within_the_balance__pays_the_receiver(protocol: Protocol, left: int) -> None:
    owner, receiver = protocol.account(free=100), protocol.account()
    held = protocol.token.balanceOf(protocol.escrow)
    with protocol.gains(owner, receiver) as gained:
        protocol.escrow.withdraw(protocol.token, 100 - left, receiver, sender=owner)
        events = log(protocol)
    fields = {"token": protocol.token.address, "account": owner, "receiver": receiver, "amount": 100 - left}
    assert events == [("Withdrawn", fields)]
    assert gained == [left - 100, 0]
    assert protocol.token.balanceOf(receiver) == 100 - left
    assert protocol.token.balanceOf(protocol.escrow) == held - (100 - left)
    protocol.assert_conserved()


@pytest.mark.parametrize("amount", [101, MAX])
def test_withdraw__more_than_the_balance__is_refused(protocol: Protocol, amount: int) -> None:
    """Whatever the escrow holds for others."""
    owner = protocol.account(free=100)
    protocol.fund(protocol.requester, 10**6)
    with reverts("ledger: balance too low"):
        protocol.escrow.withdraw(protocol.token, amount, owner, sender=owner)


def test_withdraw__of_a_token_never_seen__is_refused(protocol: Protocol) -> None:
    for token in (ZERO_ADDRESS, protocol.requester):
        with reverts("ledger: balance too low"):
            protocol.escrow.withdraw(token, 1, protocol.requester)


def test_withdraw__zero__is_refused(protocol: Protocol) -> None:
    with reverts("ledger: zero amount"):
        protocol.escrow.withdraw(protocol.token, 0, protocol.requester)


def test_withdraw__to_the_escrow_or_nobody__is_refused(protocol: Protocol) -> None:
    owner = protocol.account(free=100)
    for nobody in (ZERO_ADDRESS, protocol.escrow.address):
        with reverts("ledger: bad account"):
            protocol.escrow.withdraw(protocol.token, 100, nobody, sender=owner)


@deployed_with({"token": "FalseToken"})
def test_withdraw__token_returns_false__is_refused(protocol: Protocol) -> None:
    owner = protocol.account(free=100)
    protocol.token.set_refusing(True)
    with reverts("ledger: transfer refused"):
        protocol.escrow.withdraw(protocol.token, 100, owner, sender=owner)
    assert protocol.free(owner) == 100


@deployed_with({"token": "GreedyToken"})
@pytest.mark.parametrize("extra", [1, 50])
def test_withdraw__token_takes_more_than_it_was_told__is_refused(protocol: Protocol, extra: int) -> None:
    """It would take it from everybody else."""
    owner, _ = protocol.account(free=100), protocol.account(free=100)
    protocol.token.set_extra(extra)
    with reverts("ledger: token took too much"):
        protocol.escrow.withdraw(protocol.token, 100, owner, sender=owner)
    protocol.assert_conserved()


@deployed_with({"token": "FeeToken"})
def test_withdraw__token_takes_a_fee__is_the_receivers_loss(protocol: Protocol) -> None:
    owner = protocol.account(free=10_000)
    protocol.token.set_fee(250)
    protocol.escrow.withdraw(protocol.token, 10_000, owner, sender=owner)
    assert (protocol.free(owner), protocol.token.balanceOf(owner)) == (0, 9_750)
    protocol.assert_conserved()


@deployed_with({"token": "BlacklistToken"})
def test_withdraw__owner_is_blacklisted__names_another_receiver(protocol: Protocol) -> None:
    owner, receiver = protocol.account(free=100), protocol.account()
    protocol.token.set_blacklisted(owner, True)
    with reverts("blacklisted"):
        protocol.escrow.withdraw(protocol.token, 100, owner, sender=owner)
    assert protocol.free(owner) == 100
    protocol.escrow.withdraw(protocol.token, 100, receiver, sender=owner)
    assert protocol.token.balanceOf(receiver) == 100


def test_withdraw__token_sent_by_hand__belongs_to_nobody(protocol: Protocol) -> None:
    owner = protocol.account(free=100)
    protocol.token.mint(protocol.escrow, 50)
    with reverts("ledger: balance too low"):
        protocol.escrow.withdraw(protocol.token, 101, owner, sender=owner)
    protocol.escrow.withdraw(protocol.token, 100, owner, sender=owner)
    assert protocol.token.balanceOf(protocol.escrow) == protocol.held() + 50
