"""deposit(token, amount, account), free(token, account)"""

import boa
import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import deployer
from tests.protocol import Protocol, reverts
from tests.unit.escrow.helpers import MAX, MAX_DEPOSIT, deployed_with, log

HONEST = [
    {"token": "TokenMock", "decimals": 6},
    {"token": "TokenMock", "decimals": 18},
    {"token": "NoReturnToken", "decimals": 6},
]


def payer(protocol: Protocol, amount: int) -> str:
    """An account that has approved all that it owns."""
    account = protocol.account()
    protocol.token.mint(account, amount)
    protocol.token.approve(protocol.escrow, amount, sender=account)
    return account


@deployed_with(*HONEST)
@pytest.mark.parametrize("amount", [1, 10**24 + 1, MAX_DEPOSIT])
def test_deposit__honest_token__is_credited(protocol: Protocol, amount: int) -> None:
    """To whoever is named: a requester may pay an annotator's stake."""
    account, paying, before = protocol.account(), payer(protocol, amount), protocol.token.balanceOf(protocol.escrow)
    with protocol.gains(account, paying) as gained:
        assert protocol.escrow.deposit(protocol.token, amount, account, sender=paying) == amount
        events = log(protocol)
    fields = {"token": protocol.token.address, "account": account, "payer": paying, "amount": amount}
    assert events == [("Deposited", fields)]
    assert gained == [amount, 0]
    assert protocol.token.balanceOf(paying) == 0
    assert protocol.token.balanceOf(protocol.escrow) == before + amount
    protocol.assert_conserved()


@pytest.mark.parametrize("amount", [MAX_DEPOSIT + 1, 2**255, MAX])
def test_deposit__more_than_any_credit_may_reach__is_refused(protocol: Protocol, amount: int) -> None:
    """Else a token that lies could make a credit overflow, in the middle of a call that pays others."""
    token, account = deployer("mocks/TokenMock").deploy(0), protocol.account()
    token.mint(account, amount)
    token.approve(protocol.escrow, amount, sender=account)
    with reverts("ledger: too much arrived"):
        protocol.escrow.deposit(token, amount, account, sender=account)


def test_deposit__several__add_up(protocol: Protocol) -> None:
    account, paying = protocol.account(), payer(protocol, 30)
    for amount in (10, 20):
        protocol.escrow.deposit(protocol.token, amount, account, sender=paying)
    assert protocol.free(account) == 30


def test_deposit__two_tokens__are_kept_apart(protocol: Protocol) -> None:
    other, account = deployer("mocks/TokenMock").deploy(18), payer(protocol, 5)
    other.mint(account, 7)
    other.approve(protocol.escrow, 7, sender=account)
    protocol.escrow.deposit(protocol.token, 5, account, sender=account)
    protocol.escrow.deposit(other, 7, account, sender=account)
    assert [protocol.escrow.free(token, account) for token in (protocol.token, other)] == [5, 7]


@deployed_with({"token": "FeeToken"})
@pytest.mark.parametrize(("fee_bps", "arrives"), [(1, 9_999_001), (1000, 9_000_001), (9999, 1001)])
def test_deposit__token_takes_a_fee__credits_what_arrived(protocol: Protocol, fee_bps: int, arrives: int) -> None:
    amount = 10_000_001
    account = payer(protocol, amount)
    protocol.token.set_fee(fee_bps)
    assert arrives == amount - amount * fee_bps // 10_000
    assert protocol.escrow.deposit(protocol.token, amount, account, sender=account) == arrives
    assert log(protocol)[0][1]["amount"] == arrives
    assert protocol.free(account) == arrives
    protocol.assert_conserved()


@deployed_with({"token": "FeeToken"})
def test_deposit__token_takes_all__is_refused(protocol: Protocol) -> None:
    account = payer(protocol, 100)
    protocol.token.set_fee(10_000)
    with reverts("ledger: nothing arrived"):
        protocol.escrow.deposit(protocol.token, 100, account, sender=account)


@deployed_with({"token": "FalseToken"})
def test_deposit__token_returns_false__is_refused(protocol: Protocol) -> None:
    account = payer(protocol, 100)
    protocol.token.set_refusing(True)
    with reverts("ledger: transferFrom refused"):
        protocol.escrow.deposit(protocol.token, 100, account, sender=account)


@deployed_with({"token": "GreedyToken"})
def test_deposit__token_takes_more_from_the_payer__credits_what_arrived(protocol: Protocol) -> None:
    account = payer(protocol, 100)
    protocol.token.set_extra(40)
    protocol.escrow.deposit(protocol.token, 60, account, sender=account)
    assert (protocol.free(account), protocol.token.balanceOf(account)) == (60, 0)
    protocol.assert_conserved()


@deployed_with({"token": "BlacklistToken"})
def test_deposit__payer_is_blacklisted__is_refused_by_the_token(protocol: Protocol) -> None:
    account = payer(protocol, 100)
    protocol.token.set_blacklisted(account, True)
    with reverts("blacklisted"):
        protocol.escrow.deposit(protocol.token, 100, account, sender=account)


@deployed_with({"token": "CallbackToken"})
@pytest.mark.parametrize("function", ["deposit", "transfer", "withdraw", "claim_many", "free"])
def test_deposit__token_calls_back__is_locked_out(protocol: Protocol, function: str) -> None:
    """Or what arrived would be counted twice."""
    account, token = payer(protocol, 100), protocol.token.address
    protocol.fund(token, 10)
    protocol.token.mint(token, 10)
    protocol.token.approve(protocol.escrow, 10, sender=token)
    arguments = {"claim_many": ([],), "free": (token, token)}.get(function, (token, 10, account))
    call = getattr(protocol.escrow, function)
    with boa.env.anchor():
        call(*arguments, sender=token)  # good outside of the lock
    protocol.token.set_call(protocol.escrow, call.prepare_calldata(*arguments))
    protocol.escrow.deposit(protocol.token, 100, account, sender=account)
    assert protocol.token.called()
    assert not protocol.token.succeeded()
    assert protocol.free(account) == 100
    assert protocol.free(token) == 10


@pytest.mark.parametrize("amount", [11, MAX])
def test_deposit__more_than_approved__is_refused_by_the_token(protocol: Protocol, amount: int) -> None:
    account = payer(protocol, 10)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit(protocol.token, amount, account, sender=account)


@pytest.mark.parametrize("amount", [11, MAX])
def test_deposit__more_than_owned__is_refused_by_the_token(protocol: Protocol, amount: int) -> None:
    account = payer(protocol, 10)
    protocol.token.approve(protocol.escrow, MAX, sender=account)
    with reverts("erc20: transfer amount exceeds balance"):
        protocol.escrow.deposit(protocol.token, amount, account, sender=account)


def test_deposit__zero__is_refused(protocol: Protocol) -> None:
    with reverts("ledger: zero amount"):
        protocol.escrow.deposit(protocol.token, 0, protocol.requester)


def test_deposit__account_that_could_not_withdraw__is_refused(protocol: Protocol) -> None:
    account = payer(protocol, 10)
    for nobody in (ZERO_ADDRESS, protocol.escrow.address):
        with reverts("ledger: bad account"):
            protocol.escrow.deposit(protocol.token, 10, nobody, sender=account)


def test_deposit__token_without_code__is_refused(protocol: Protocol) -> None:
    for token in (ZERO_ADDRESS, protocol.requester):
        with reverts("ledger: token has no code"):
            protocol.escrow.deposit(token, 1, protocol.requester)
