"""Replay: a signed request happens once, here, as it was signed, and in time."""

from dataclasses import replace

import boa
import pytest

from goldleaf.signing.relaying import SignedRequest
from tests.protocol import Protocol, reverts
from tests.relayed import Gasless, call, flipped, permit, signer

VICTIM = signer("victim of replay")


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


@pytest.fixture(scope="module")
def protocol(gasless):
    protocol = Protocol(relay=gasless.relay.address)
    protocol.accounts.append(VICTIM.address)
    protocol.fund(VICTIM.address, 1000 * protocol.unit)
    return protocol


def payment(gasless, protocol, amount=5, **overrides):
    """The victim pays somebody inside the ledger."""
    data = call("TaskEscrow", "transfer", protocol.token.address, amount, protocol.requester)
    return gasless.signed(VICTIM, protocol.escrow, data, **overrides)


def test_replay_of_a_request__with_the_same_nonce__is_refused(gasless, protocol):
    signed = payment(gasless, protocol)
    with protocol.gains(protocol.requester) as gained:
        gasless.execute(signed)
        for _ in range(2):
            with reverts("relay: nonce is used"):
                gasless.execute(signed)
    assert gained == [5]


def test_replay_of_a_request__with_another_nonce__is_not_signed(gasless, protocol):
    signed = payment(gasless, protocol)
    gasless.execute(signed)
    for nonce in (signed.request.nonce + 1, signed.request.nonce + 256, signed.request.nonce + 2**255):
        with reverts("relay: not signed"):
            gasless.execute(replace(signed, request=replace(signed.request, nonce=nonce)))


def test_replay_of_a_request__with_the_other_form_of_the_signature__is_refused(gasless, protocol):
    """Signatures are malleable; nonces are counted, not signatures, and the upper form is not accepted at all."""
    signed = payment(gasless, protocol)
    gasless.execute(signed)
    other = SignedRequest(signed.request, flipped(signed.signature))
    with reverts("relay: not signed"):
        gasless.execute(other)
    unused = payment(gasless, protocol)
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(unused.request, flipped(unused.signature)))


def test_replay_of_a_request__to_a_wallet_that_takes_any_signature__is_refused(gasless, protocol):
    """Whatever form of signature the wallet takes, the nonce is used."""
    wallet = gasless.chain.deploy("mocks/OddAnswers")
    wallet.set_answer(bytes.fromhex("1626ba7e") + bytes(28))
    protocol.fund(wallet.address, 20)
    data = call("TaskEscrow", "transfer", protocol.token.address, 5, protocol.requester)
    request = gasless.request(wallet.address, protocol.escrow, data)
    gasless.execute(SignedRequest(request, b"\x01"))
    for signature in (b"", b"\x01", b"\x02", bytes(65)):
        with reverts("relay: nonce is used"):
            gasless.execute(SignedRequest(request, signature))
    assert protocol.free(wallet.address) == 15


def test_replay_of_a_request__on_another_chain__is_not_signed(gasless, protocol, monkeypatch):
    signed = payment(gasless, protocol)
    monkeypatch.setattr(boa.env.evm.patch, "chain_id", gasless.chain.id + 1)
    with reverts("relay: not signed"):
        gasless.execute(signed)
    monkeypatch.undo()
    gasless.execute(signed)


def test_replay_of_a_request__at_another_relay__is_not_signed(gasless, protocol):
    """Nor can another relay speak for anyone at the same escrow."""
    other = Gasless()
    signed = payment(gasless, protocol)
    with reverts("relay: not signed"):
        other.execute(signed)
    with reverts("relay: not trusted by target"):
        other.execute(payment(other, protocol))


def test_replay_of_a_request__at_another_escrow_of_the_same_relay__is_not_signed(gasless, protocol):
    other = Protocol(relay=gasless.relay.address)
    other.fund(VICTIM.address, 1000)
    signed = payment(gasless, protocol)
    with reverts("relay: not signed"):
        gasless.execute(replace(signed, request=replace(signed.request, to=other.escrow.address)))
    assert other.free(VICTIM.address) == 1000


def test_replay_of_a_request__for_another_task__is_not_signed(gasless, protocol):
    first, second = protocol.open(), protocol.open()
    signed = gasless.signed(VICTIM, protocol.escrow, call("TaskEscrow", "take", first, 0, b""))
    gasless.execute(signed)
    moved = replace(signed.request, data=call("TaskEscrow", "take", second, 0, b""))
    with reverts("relay: nonce is used"):
        gasless.execute(signed)
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(replace(moved, nonce=moved.nonce + 1000), signed.signature))
    assert protocol.lens.submission(second << 64).state == 0


def test_replay_of_a_request__after_its_deadline__is_refused(gasless, protocol):
    signed = payment(gasless, protocol)
    protocol.travel_to(signed.request.deadline)
    with reverts("relay: deadline passed"):
        gasless.execute(signed)
    later = replace(signed.request, deadline=signed.request.deadline + 1)
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(later, signed.signature))


def test_replay_of_a_request__that_was_cancelled__is_refused(gasless, protocol):
    """Also when a relayer has held it back for long."""
    signed = payment(gasless, protocol)
    gasless.relay.cancel(signed.request.nonce, sender=VICTIM.address)
    with reverts("relay: nonce is used"):
        gasless.execute(signed)


def test_replay_of_a_cancellation__frees_no_nonce(gasless, protocol):
    signed = payment(gasless, protocol)
    cancelling = gasless.signed(VICTIM, gasless.relay, call("Relay", "cancel", signed.request.nonce))
    gasless.execute(cancelling)
    with reverts("relay: nonce is used"):
        gasless.execute(cancelling)
    assert gasless.relay.is_used(VICTIM.address, signed.request.nonce)


def test_replay_of_a_permit__through_the_relay__pays_once(gasless, protocol):
    """Each deposit needs a request of its own, and each request a permit or allowance of its own."""
    account = signer("depositor")
    protocol.token.mint(account.address, 10)
    deadline = protocol.now + 100
    signature = permit(protocol.token, account, protocol.escrow.address, 5, deadline, protocol.chain.id)
    arguments = (protocol.token.address, 5, account.address, deadline, *signature)
    data = call("TaskEscrow", "deposit_with_permit", *arguments)
    gasless.act(account, protocol.escrow, data)
    with reverts("erc20: insufficient allowance"):
        gasless.act(account, protocol.escrow, data)
    # Nor does the permit pay for a thief who relays the same deposit in their own name.
    with reverts("erc20: insufficient allowance"):
        gasless.act(signer("thief"), protocol.escrow, data)
    assert protocol.free(account.address) == 5
