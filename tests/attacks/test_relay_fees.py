"""Fees, re-entry and gas: nobody is paid twice, for nothing, or for somebody else's work."""

from contextlib import suppress
from dataclasses import replace

import boa
import pytest

from tests.protocol import Protocol, reverts
from tests.relayed import Gasless, call, gains, signer

ALICE = signer("alice who pays fees")
FEE = 7


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


@pytest.fixture(scope="module")
def protocol(gasless):
    protocol = Protocol(relay=gasless.relay.address)
    protocol.accounts.append(ALICE.address)
    protocol.fund(ALICE.address, 1000 * protocol.unit)
    return protocol


@pytest.fixture
def target(gasless):
    return gasless.chain.deploy("mocks/RelayTarget", gasless.relay)


def paid(gasless, protocol, to, data, **overrides):
    fee = {"ledger": protocol.escrow, "token": protocol.token, "fee": FEE}
    return gasless.signed(ALICE, to, data, **{**fee, **overrides})


def test_fee_taken_twice__is_impossible(gasless, protocol, target):
    relayer = protocol.account()
    signed = paid(gasless, protocol, target, target.act.prepare_calldata(1))
    with gains(protocol, relayer) as gained:
        gasless.execute(signed, relayer)
        with reverts("relay: nonce is used"):
            gasless.execute(signed, relayer)
    assert gained == [FEE]


def test_fee_raised_or_redirected__is_not_signed(gasless, protocol, target):
    signed = paid(gasless, protocol, target, target.act.prepare_calldata(1))
    other = protocol.chain.deploy("mocks/TokenMock", 6)
    for change in ({"fee": FEE + 1}, {"token": other.address}, {"ledger": target.address}):
        with reverts("relay: not signed"):
            gasless.execute(replace(signed, request=replace(signed.request, **change)))


def test_fee_to_somebody_else__by_front_running__is_refused_where_the_relayer_is_named(gasless, protocol, target):
    """Who copies a request out of the mempool does the work and has the fee, unless the request names its relayer."""
    relayer, thief = protocol.account(), protocol.account()
    anyone = paid(gasless, protocol, target, target.act.prepare_calldata(1))
    named = paid(gasless, protocol, target, target.act.prepare_calldata(2), relayer=relayer)
    with gains(protocol, relayer, thief) as gained:
        gasless.execute(anyone, thief)
        with reverts("relay: for another relayer"):
            gasless.execute(named, thief)
        gasless.execute(named, relayer)
    assert gained == [FEE, FEE]


def test_fee_for_a_call_that_fails__is_not_paid(gasless, protocol, target):
    """Else a relayer could make calls fail, by their gas or their moment, to be paid for nothing."""
    relayer = protocol.account()
    refused = paid(gasless, protocol, target, target.refuse.prepare_calldata())
    starved = paid(gasless, protocol, target, target.act.prepare_calldata(1))
    with gains(protocol, relayer, ALICE.address) as gained:
        with reverts("target: refuses"):
            gasless.execute(refused, relayer)
        with boa.reverts():
            gasless.relay.execute(starved.request.struct(), starved.signature, sender=relayer, gas=60_000)
    assert gained == [0, 0]
    assert not any(gasless.relay.is_used(ALICE.address, each.request.nonce) for each in (refused, starved))


def test_little_gas__at_any_amount__happens_whole_or_not_at_all(gasless, protocol, target):
    """Whatever gas a relayer sends, the account never pays for less than the call."""
    happened = []
    for gas in range(30_000, 260_000, 4_000):
        relayer = protocol.account()
        signed = paid(gasless, protocol, target, target.act.prepare_calldata(gas))
        acts = target.acts()
        with gains(protocol, relayer, ALICE.address) as gained, suppress(boa.BoaError):
            gasless.relay.execute(signed.request.struct(), signed.signature, sender=relayer, gas=gas)
        whole = target.acts() == acts + 1
        assert gained == ([FEE, -FEE] if whole else [0, 0])
        assert gasless.relay.is_used(ALICE.address, signed.request.nonce) is whole
        happened.append(whole)
    assert happened[0] is False and happened[-1] is True
    assert happened == sorted(happened), "more gas is never worse"


def test_little_gas__for_a_wallet_to_say_yes__uses_no_nonce(gasless, protocol, target):
    wallet = gasless.chain.deploy("mocks/Wallet", ALICE.address)
    request = gasless.request(wallet.address, target, target.act.prepare_calldata(1))
    signed = gasless.signed_by_owner(ALICE, request)
    for gas in range(60_000, 520_000, 50_000):
        with boa.reverts():
            gasless.relay.execute(request.struct(), signed.signature, gas=gas)
        assert not gasless.relay.is_used(wallet.address, request.nonce)
    gasless.relay.execute(request.struct(), signed.signature, gas=700_000)


# ------------------------------------------------------------ re-entry


@pytest.mark.parametrize("what", ["the same request", "another request"])
def test_re_entry_through_the_target__is_refused(gasless, protocol, target, what):
    """The outer call goes on; nothing of the inner one happens."""
    relayer = protocol.account()
    outer = paid(gasless, protocol, target, target.act.prepare_calldata(1))
    inner = paid(gasless, protocol, protocol.escrow, call("TaskEscrow", "transfer", protocol.token.address, 1, relayer))
    target.set_call(gasless.relay, (outer if what == "the same request" else inner).calldata())
    with gains(protocol, relayer, ALICE.address) as gained:
        gasless.execute(outer, relayer)
    assert target.called() and not target.succeeded()
    assert gained == [FEE, -FEE]
    assert (target.acts(), target.last_actor()) == (1, ALICE.address)
    assert not gasless.relay.is_used(ALICE.address, inner.request.nonce)


def test_re_entry_through_the_ledger__is_refused(gasless, protocol, target):
    relayer = protocol.account()
    escrow = protocol.escrow
    inner = paid(gasless, protocol, escrow, call("TaskEscrow", "transfer", protocol.token.address, 1, relayer))
    data = call("TaskEscrow", "transfer", protocol.token.address, 2, relayer)
    outer = paid(gasless, protocol, escrow, data, ledger=target)
    target.set_call(gasless.relay, inner.calldata())
    with gains(protocol, relayer) as gained:
        gasless.execute(outer, relayer)
    assert target.called() and not target.succeeded()
    assert gained == [2]
    assert not gasless.relay.is_used(ALICE.address, inner.request.nonce)


def test_re_entry_by_relaying_a_request_to_the_relay_itself__is_refused(gasless, protocol, target):
    inner = paid(gasless, protocol, target, target.act.prepare_calldata(1))
    with boa.reverts():
        gasless.act(ALICE, gasless.relay, inner.calldata())
    assert not gasless.relay.is_used(ALICE.address, inner.request.nonce)
    gasless.execute(inner)


def test_re_entry_through_a_token__that_calls_back_into_the_relay__is_refused(gasless):
    """A deposit of such a token, relayed: neither the escrow's nor the relay's lock opens."""
    protocol = Protocol(token="CallbackToken", relay=gasless.relay.address)
    protocol.token.mint(ALICE.address, 10)
    protocol.token.approve(protocol.escrow, 10, sender=ALICE.address)
    inner = gasless.signed(
        ALICE, protocol.escrow, call("TaskEscrow", "deposit", protocol.token.address, 5, ALICE.address)
    )
    outer = gasless.signed(
        ALICE, protocol.escrow, call("TaskEscrow", "deposit", protocol.token.address, 4, ALICE.address)
    )
    protocol.token.set_call(gasless.relay, inner.calldata())
    gasless.execute(outer)
    assert protocol.token.called() and not protocol.token.succeeded()
    assert protocol.free(ALICE.address) == 4
    assert not gasless.relay.is_used(ALICE.address, inner.request.nonce)
