"""Forged senders: behind the relay nobody acts but who has signed."""

import boa
import pytest

from goldleaf.signing.relaying import SignedRequest
from goldleaf.types import ZERO_ADDRESS
from tests.protocol import Protocol, reverts
from tests.relayed import Gasless, call, signer

VICTIM, THIEF = signer("victim of forgery"), signer("thief")


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


@pytest.fixture(scope="module")
def protocol(gasless):
    protocol = Protocol(relay=gasless.relay.address)
    protocol.accounts += [VICTIM.address, THIEF.address]
    protocol.fund(VICTIM.address, 1000)
    return protocol


def suffix(account):
    return bytes.fromhex(account.address[2:])


def theft(protocol):
    return call("TaskEscrow", "transfer", protocol.token.address, 1000, THIEF.address)


def raw(contract, data, sender):
    """Calls with these very bytes; whether it succeeded."""
    return not boa.env.execute_code(contract.address, sender=sender, data=data).is_error


def test_forged_sender_behind_the_relay__victim_appended_to_the_signed_calldata__the_signer_acts(gasless, protocol):
    """The relay's own 20 bytes come last."""
    for data in (theft(protocol) + suffix(VICTIM), theft(protocol)[:-20] + suffix(VICTIM)):
        with reverts("ledger: balance too low"):
            gasless.act(THIEF, protocol.escrow, data)
    assert protocol.free(VICTIM.address) == 1000


def test_forged_sender_behind_the_relay__account_of_the_victim_signed_by_the_thief__is_refused(gasless, protocol):
    request = gasless.request(VICTIM, protocol.escrow, theft(protocol))
    with reverts("relay: not signed"):
        gasless.execute(gasless.signed_by_owner(THIEF, request), THIEF.address)


def test_direct_call_with_an_appended_address__is_the_caller_s(gasless, protocol):
    """At the escrow as at the relay."""
    assert not raw(protocol.escrow, theft(protocol) + suffix(VICTIM), THIEF.address)
    assert raw(gasless.relay, call("Relay", "cancel", 77) + suffix(VICTIM), THIEF.address)
    assert not gasless.relay.is_used(VICTIM.address, 77)
    assert gasless.relay.is_used(THIEF.address, 77)


def test_forged_sender_behind_the_relay__cancelling_for_the_victim__is_the_signer_s_own(gasless, protocol):
    gasless.act(THIEF, gasless.relay, call("Relay", "cancel", 78) + suffix(VICTIM))
    assert not gasless.relay.is_used(VICTIM.address, 78)
    assert gasless.relay.is_used(THIEF.address, 78)


def test_forged_sender_behind_the_relay__through_a_contract_in_between__is_that_contract(gasless, protocol):
    """What the relay calls may call on: then it is itself the caller, whatever it appends."""
    between = gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
    between.set_call(protocol.escrow, theft(protocol) + suffix(VICTIM))
    gasless.act(THIEF, between, between.act.prepare_calldata(1))
    assert between.called() and not between.succeeded()
    assert protocol.free(VICTIM.address) == 1000


def test_forged_sender_behind_the_relay__fee_out_of_the_victim_s_balance__is_impossible(gasless, protocol):
    """The fee is the signer's: the payment ends with the signer's address like the call."""
    target = gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
    fee = {"ledger": protocol.escrow, "token": protocol.token, "fee": 1000}
    with reverts("ledger: balance too low"):
        gasless.act(THIEF, target, target.act.prepare_calldata(1), **fee)
    assert protocol.free(VICTIM.address) == 1000


def test_zero_signer__by_a_signature_that_no_key_makes__is_refused(gasless, protocol):
    """`ecrecover` answers with the empty address; a request of that account is nobody's."""
    protocol.escrow.transfer(protocol.token, 10, protocol.requester, sender=VICTIM.address)
    request = gasless.request(ZERO_ADDRESS, protocol.escrow, theft(protocol))
    for signature in (
        b"",
        bytes(65),
        bytes(64) + b"\x1b",
        bytes(63) + b"\x01\x1c",
        b"\xff" * 32 + bytes(31) + b"\x01\x1b",
    ):
        with reverts("relay: not signed"):
            gasless.execute(SignedRequest(request, signature))


def test_precompile_as_the_account__is_refused(gasless, protocol):
    """Accounts without code are never asked: the identity precompile would answer with what it was asked."""
    for number in range(1, 10):
        account = f"0x{number:040x}"
        with reverts("relay: not signed"):
            gasless.execute(SignedRequest(gasless.request(account, protocol.escrow, theft(protocol)), bytes(65)))


def test_wallet_that_says_yes_to_everything__binds_itself_alone(gasless, protocol):
    """Whoever sends with its name acts with its money, and with nobody else's."""
    wallet = gasless.chain.deploy("mocks/OddAnswers")
    wallet.set_answer(bytes.fromhex("1626ba7e") + bytes(28))
    protocol.fund(wallet.address, 3)
    before = protocol.free(VICTIM.address)
    with reverts("ledger: balance too low"):
        gasless.execute(SignedRequest(gasless.request(wallet.address, protocol.escrow, theft(protocol)), b"any"))
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(gasless.request(VICTIM, protocol.escrow, theft(protocol)), b"any"))
    data = call("TaskEscrow", "transfer", protocol.token.address, 3, THIEF.address)
    gasless.execute(SignedRequest(gasless.request(wallet.address, protocol.escrow, data), b"any"))
    assert (protocol.free(wallet.address), protocol.free(VICTIM.address)) == (0, before)


def test_calls_in_the_relay_s_own_name__reach_nothing_that_does_not_ask_for_them(gasless, protocol):
    """Tokens sent to the relay, or approved for it by mistake, cannot be had by signing a request to the token."""
    token = protocol.token
    token.mint(gasless.relay, 100)
    token.mint(VICTIM.address, 100)
    token.approve(gasless.relay, 100, sender=VICTIM.address)
    for data in (
        token.transfer.prepare_calldata(THIEF.address, 100),
        token.transferFrom.prepare_calldata(VICTIM.address, THIEF.address, 100),
    ):
        with reverts("relay: not trusted by target"):
            gasless.act(THIEF, token, data)
        with reverts("relay: not trusted by target"):
            gasless.act(THIEF, gasless.relay, call("Relay", "cancel", 79), ledger=token, token=token, fee=1)
    assert token.balanceOf(THIEF.address) == 0


def test_delegated_account__its_key_signs_as_before(gasless, protocol):
    """An account with a key and code (EIP-7702), whatever the code answers."""
    account = signer("delegated")
    protocol.accounts.append(account.address)
    protocol.fund(account.address, 9)
    target = gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
    boa.env.evm.vm.state.set_code(bytes.fromhex(account.address[2:]), boa.env.get_code(target.address))
    assert boa.env.get_code(account.address)
    data = call("TaskEscrow", "transfer", protocol.token.address, 9, protocol.requester)
    with reverts("relay: not signed"):
        gasless.execute(gasless.signed_by_owner(THIEF, gasless.request(account, protocol.escrow, data)))
    gasless.act(account, protocol.escrow, data)
    assert protocol.free(account.address) == 0
