"""Credentials: only their holder, only at their gate, only in time, and only while the issuer stands by them."""

from contextlib import suppress
from dataclasses import replace

import boa
import pytest

from goldleaf.signing.credentials import SignedCredential
from tests.credentials import Board
from tests.protocol import Protocol, reverts
from tests.relayed import Gasless, call, flipped, signer


@pytest.fixture(scope="module")
def board():
    return Board()


@pytest.fixture(scope="module")
def protocol(board):
    return Protocol()


@pytest.fixture(scope="module")
def task(protocol, board):
    return protocol.open(gate=board.gate.address, items=200, redundancy=1)


def refused(protocol, task, slot, annotator, data):
    with reverts("submissions: not admitted"):
        protocol.take(task, slot, annotator, data)


def test_expired_credential__admits_nobody(protocol, board, task):
    holder = protocol.account()
    signed = board.issue(holder, expires=protocol.now + 100)
    protocol.travel(100)
    refused(protocol, task, 0, holder, signed.gate_data)
    # Nor with a later expiry written over it.
    later = replace(signed, credential=replace(signed.credential, expires=protocol.now + 100))
    refused(protocol, task, 0, holder, later.gate_data)


def test_revoked_credential__admits_nobody(protocol, board, task):
    holder = protocol.account()
    signed, earlier = board.issue(holder, nonce=10), board.issue(holder, nonce=9)
    protocol.take(task, 0, holder, signed.gate_data)
    board.revoke(signed)
    for each in (signed, earlier):
        refused(protocol, task, 1, holder, each.gate_data)
    # Nor with another nonce written over it.
    other = replace(signed, credential=replace(signed.credential, nonce=11))
    refused(protocol, task, 1, holder, other.gate_data)
    protocol.take(task, 1, holder, board.issue(holder, nonce=11).gate_data)


def test_revoked_credential__in_another_form_of_its_signature__admits_nobody(protocol, board, task):
    holder = protocol.account()
    signed = board.issue(holder)
    board.revoke(signed)
    refused(protocol, task, 2, holder, SignedCredential(signed.credential, flipped(signed.signature)).gate_data)


def test_credential_lent_to_another__admits_nobody(protocol, board, task):
    """It can be seen by all in the holder's own transactions."""
    holder, borrower = protocol.account(), protocol.account()
    signed = board.issue(holder)
    protocol.take(task, 3, holder, signed.gate_data)
    refused(protocol, task, 4, borrower, signed.gate_data)


def test_credential_lent_to_another__through_the_relay__admits_the_signer_alone():
    """Who relays a request brings the holder's credential, and takes nothing by it."""
    gasless = Gasless()
    protocol, board = Protocol(relay=gasless.relay.address), Board()
    task = protocol.open(gate=board.gate.address)
    holder, borrower = signer("holder"), signer("borrower")
    signed = board.issue(holder.address)
    for account in (holder, borrower):
        protocol.fund(account.address, 100 * protocol.unit)
    data = call("TaskEscrow", "take", task, 0, signed.gate_data)
    with reverts("submissions: not admitted"):
        gasless.execute(gasless.signed(borrower, protocol.escrow, data), holder.address)
    gasless.execute(gasless.signed(holder, protocol.escrow, data), borrower.address)
    assert protocol.lens.submission(task << 64).annotator == holder.address


@pytest.mark.parametrize(
    "other", [{}, {"domain": "cardiology"}, {"key": "other board"}], ids=["gate", "domain", "issuer"]
)
def test_credential_of_another_gate_domain_or_issuer__admits_nobody(protocol, board, task, other):
    holder = protocol.account()
    elsewhere = Board(**other).issue(holder)
    refused(protocol, task, 5, holder, elsewhere.gate_data)


def test_credential_with_the_gate_of_another_domain__signed_for_this_address__admits_nobody(protocol, board, task):
    """The domain is the gate's own, not what the holder says."""
    holder = protocol.account()
    refused(protocol, task, 5, holder, board.issue(holder, domain="cardiology").gate_data)


def test_replay_of_a_credential__on_another_chain__admits_nobody(protocol, board, task, monkeypatch):
    holder = protocol.account()
    signed = board.issue(holder)
    monkeypatch.setattr(boa.env.evm.patch, "chain_id", protocol.chain.id + 1)
    refused(protocol, task, 6, holder, signed.gate_data)
    monkeypatch.undo()
    protocol.take(task, 6, holder, signed.gate_data)


def test_zero_signer__credential_that_no_key_signed__admits_nobody(protocol, board, task):
    holder = protocol.account()
    credential = board.credential(holder)
    for signature in (bytes(65), bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1c"):
        refused(protocol, task, 7, holder, SignedCredential(credential, signature).gate_data)


def test_credential_signed_by_its_holder__admits_nobody(protocol, board, task):
    holder = signer("holder")
    refused(protocol, task, 7, holder.address, board.credential(holder.address).sign(holder).gate_data)


def test_issuer_that_says_yes_to_everything__binds_its_own_gate_alone(protocol, board, task):
    wallet = protocol.chain.deploy("mocks/OddAnswers")
    wallet.set_answer(bytes.fromhex("1626ba7e") + bytes(28))
    lax = Board(wallet.address)
    holder = protocol.account()
    signed = SignedCredential(lax.credential(holder), b"any")
    assert lax.allows(holder, signed.gate_data)
    refused(protocol, task, 7, holder, signed.gate_data)


def test_request_to_a_relay__is_no_credential():
    """A signature for one purpose serves no other: type and domain are part of what is signed."""
    gasless = Gasless()
    board = Board(relay=gasless.relay.address)
    credential = board.credential(boa.env.eoa)
    request = gasless.request(board.key, board.gate, call("CredentialGate", "revoke", boa.env.eoa, 1))
    with reverts("relay: not signed"):
        gasless.execute(replace(request.sign(board.key), signature=credential.sign(board.key).signature))
    assert not board.allows(
        boa.env.eoa, replace(credential.sign(board.key), signature=request.sign(board.key).signature).gate_data
    )


def test_malformed_data__never_reverts_in_the_gate(protocol, board, task):
    holder = protocol.account()
    for length in (0, 1, 31, 32, 63, 64, 65, 128, 129, 1023, 1024):
        for byte in (b"\x00", b"\x01", b"\xff"):
            refused(protocol, task, 7, holder, byte * length)


# ------------------------------------------------------------ too little gas


@pytest.mark.parametrize(("kind", "cost"), [("issuer", 450_000), ("token", 170_000)])
def test_little_gas__never_turns_a_yes_into_a_no(kind, cost):
    """Whoever dismisses a juror chooses the gas; an issuer or token that runs out of it has not said no."""
    board = Board()
    asked = board.chain.deploy("mocks/CostlyAnswers")
    asked.set_cost(cost)
    if kind == "issuer":
        asked.set_answer(bytes.fromhex("1626ba7e") + bytes(28))
        gate = Board(asked.address).gate
        data = SignedCredential(board.credential(boa.env.eoa), b"any").gate_data
    else:
        asked.set_answer(bytes(31) + b"\x01")
        gate = board.chain.deploy("gates/TokenGate", asked, 1, False, 0)
        data = b""
    answers = []
    for gas in range(cost - 20_000, cost + 80_000, 5_000):
        with suppress(boa.BoaError):
            answers.append(gate.is_allowed(boa.env.eoa, 0, data, gas=gas))
    assert len(answers) > 0 and all(answers)
