"""Who an issuer has signed for is let in, and nobody else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf.signing.credentials import SignedCredential
from goldleaf.signing.typed_data import sign
from goldleaf.types import ZERO_ADDRESS
from tests.chains import InProcessChain
from tests.credentials import DOMAIN, Board
from tests.protocol import Protocol, reverts
from tests.relayed import Gasless, call, flipped, signer

CHAIN = InProcessChain()
ALICE = CHAIN.account("alice")
BOB = CHAIN.account("bob")


# ------------------------------------------------------------ deployment


def test_init__what_was_given__is_told(board, gate):
    assert (gate.issuer(), gate.domain(), gate.relay()) == (board.issuer, DOMAIN, ZERO_ADDRESS)
    assert gate.revoked(ALICE) == 0
    relay = Gasless().relay.address
    assert Board(relay=relay).gate.relay() == relay


def test_init__no_issuer__is_refused():
    with reverts("gates: no issuer"):
        Board(issuer=ZERO_ADDRESS)


def test_init__no_domain__is_refused():
    with reverts("gates: no domain"):
        Board(domain="")


def test_eip712_domain__is_that_of_the_credentials(board, gate):
    fields, name, version, chain_id, verifier, salt, extensions = gate.eip712Domain()
    domain = board.credential(ALICE).typed_data()["domain"]
    assert (fields, salt, extensions) == (b"\x0f", bytes(32), [])
    assert domain == {"name": name, "version": version, "chainId": str(chain_id), "verifyingContract": verifier}


# ------------------------------------------------------------ is_allowed


def test_is_allowed__credential_of_the_issuer__for_every_subject(board):
    data = board.issue(ALICE).gate_data
    assert board.allows(ALICE, data)
    assert board.allows(ALICE, data, subject=2**256 - 1)


def test_is_allowed__longest_domain__is_signed_whole():
    board = Board(domain="é" * 32)
    assert board.allows(ALICE, board.issue(ALICE).gate_data)


def test_is_allowed__credential_of_another_holder__refused(board):
    assert not board.allows(BOB, board.issue(ALICE).gate_data)


def test_is_allowed__expiry__is_exclusive(board):
    now = board.chain.now
    assert board.allows(ALICE, board.issue(ALICE, expires=now + 1).gate_data)
    assert not board.allows(ALICE, board.issue(ALICE, expires=now).gate_data)
    assert not board.allows(ALICE, board.issue(ALICE, expires=1).gate_data)
    assert board.allows(ALICE, board.issue(ALICE, expires=2**256 - 1).gate_data)


@pytest.mark.parametrize("change", [{"expires": 2**60}, {"nonce": 2**60}], ids=str)
def test_is_allowed__a_field_changed_after_signing__refused(board, change):
    signed = board.issue(ALICE)
    assert not board.allows(ALICE, replace(signed, credential=replace(signed.credential, **change)).gate_data)


def test_is_allowed__signed_by_somebody_else__refused(board):
    credential = board.credential(ALICE)
    assert not board.allows(ALICE, credential.sign(signer("mallory")).gate_data)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:63],
        lambda data: data[:64],
        lambda data: data[:65],
        lambda data: data[:-1],
        lambda data: data + b"\x00",
        lambda data: data.ljust(1024, b"\x00"),
        lambda data: b"\xff" * 1024,
        lambda data: data[:64] + bytes(65),
        lambda data: data[:64] + flipped(data[64:]),
        lambda data: data[64:] + data[:64],
    ],
    ids=["empty", "head short", "head only", "1 byte", "short", "long", "padded", "ones", "zero", "upper s", "swapped"],
)
def test_is_allowed__spoilt_data__refused_without_a_revert(board, spoil):
    data = board.issue(ALICE).gate_data
    assert board.allows(ALICE, data)
    assert not board.allows(ALICE, spoil(data))


def test_is_allowed__issuer_that_is_a_contract__is_asked():
    wallet = CHAIN.deploy("mocks/Wallet", signer("board").address)
    board = Board(wallet.address)
    data = board.issue(ALICE).gate_data
    assert board.allows(ALICE, data)
    assert not board.allows(BOB, data)
    wallet.set_owner(BOB)
    assert not board.allows(ALICE, data)


@pytest.mark.parametrize("length", [0, 1, 960])
def test_is_allowed__signature_of_a_wallet__may_have_any_length(length):
    """Some wallets approve a digest beforehand, and want to see nothing."""
    wallet = CHAIN.deploy("mocks/OddAnswers")
    wallet.set_answer(bytes.fromhex("1626ba7e") + bytes(28))
    board = Board(wallet.address)
    signed = SignedCredential(board.credential(ALICE), b"\x07" * length)
    assert len(signed.gate_data) == 64 + length
    assert board.allows(ALICE, signed.gate_data)
    assert not board.allows(ALICE, signed.gate_data[:63])


@pytest.mark.parametrize("answer", [b"", b"\x16\x26\xba\x7e", bytes(31) + b"\x01", b"\xff" * 32])
def test_is_allowed__issuer_that_answers_otherwise__refused_without_a_revert(answer):
    wallet = CHAIN.deploy("mocks/OddAnswers")
    wallet.set_answer(answer)
    board = Board(wallet.address)
    assert not board.allows(ALICE, board.issue(ALICE).gate_data)
    wallet.set_reverts(True)
    assert not board.allows(ALICE, board.issue(ALICE).gate_data)


def test_is_allowed__issuer_that_burns_its_gas__refused_at_a_bounded_cost():
    wallet = CHAIN.deploy("mocks/OddAnswers")
    wallet.set_burns(True)
    board = Board(wallet.address)
    assert not board.allows(ALICE, board.issue(ALICE).gate_data)
    assert board.gate._computation.get_gas_used() < 550_000


def test_is_allowed__too_little_gas_to_ask_the_issuer__says_so():
    """Not "no": else who dismisses a juror could turn a yes into it."""
    wallet = CHAIN.deploy("mocks/Wallet", signer("board").address)
    board = Board(wallet.address)
    data = board.issue(ALICE).gate_data
    with reverts("questions: too little gas"):
        board.gate.is_allowed(ALICE, 0, data, gas=500_000)
    assert board.gate.is_allowed(ALICE, 0, data, gas=700_000)


# ------------------------------------------------------------ revoke


def test_revoke__a_nonce__voids_it_and_the_lower_ones_of_that_holder(board, gate):
    holder, other = board.chain.account(), board.chain.account()
    older, revoked, later = (board.issue(holder) for _ in range(3))
    same = board.issue(other, nonce=revoked.credential.nonce)
    board.revoke(revoked)
    [event] = [log for log in gate.get_logs() if type(log).__name__ == "Revoked"]
    assert (event.holder, event.nonce) == (holder, revoked.credential.nonce)
    assert gate.revoked(holder) == revoked.credential.nonce
    allowed = [board.allows(holder, each.gate_data) for each in (older, revoked, later)]
    assert allowed == [False, False, True]
    assert board.allows(other, same.gate_data)


def test_revoke__highest_nonce__is_for_good(board, gate):
    holder = board.chain.account()
    signed = board.issue(holder, nonce=2**256 - 1)
    assert board.allows(holder, signed.gate_data)
    board.revoke(signed)
    assert not board.allows(holder, signed.gate_data)


def test_is_allowed__nonce_zero__never(board):
    credential = board.credential(ALICE)
    object.__setattr__(credential, "nonce", 0)
    signed = SignedCredential(credential, sign(credential.typed_data(), board.key))
    assert not board.allows(ALICE, signed.gate_data)


def test_revoke__not_the_issuer__is_refused(board, gate):
    for sender in (ALICE, signer("mallory").address, gate.address):
        with reverts("gates: not the issuer"):
            gate.revoke(ALICE, 10**9, sender=sender)


def test_revoke__no_higher_nonce__is_refused(board, gate):
    """A revocation is never taken back."""
    holder = board.chain.account()
    with reverts("gates: already revoked"):
        gate.revoke(holder, 0, sender=board.issuer)
    gate.revoke(holder, 5, sender=board.issuer)
    for nonce in (5, 4, 0):
        with reverts("gates: already revoked"):
            gate.revoke(holder, nonce, sender=board.issuer)
    assert gate.revoked(holder) == 5


def test_revoke__relayed__by_an_issuer_without_ether():
    gasless = Gasless()
    board = Board(relay=gasless.relay.address)
    signed = board.issue(ALICE)
    gasless.act(board.key, board.gate, call("CredentialGate", "revoke", ALICE, signed.credential.nonce))
    assert not board.allows(ALICE, signed.gate_data)
    with reverts("gates: not the issuer"):
        gasless.act(signer("mallory"), board.gate, call("CredentialGate", "revoke", BOB, 1))


def test_revoke__by_a_wallet__that_is_the_issuer():
    owner = signer("board")
    wallet = CHAIN.deploy("mocks/Wallet", owner.address)
    board = Board(wallet.address)
    signed = board.issue(ALICE)
    calldata = board.gate.revoke.prepare_calldata(ALICE, signed.credential.nonce)
    wallet.call(board.gate, calldata, sender=owner.address)
    assert not board.allows(ALICE, signed.gate_data)


# ------------------------------------------------------------ digest


@given(
    holder=st.binary(min_size=20, max_size=20).map(lambda data: "0x" + data.hex()),
    expires=st.integers(1, 2**256 - 1),
    nonce=st.integers(1, 2**256 - 1),
)
def test_digest__of_any_credential__is_what_wallets_sign(board, gate, holder, expires, nonce):
    assert gate.digest(holder, expires, nonce) == board.credential(holder, expires=expires, nonce=nonce).digest()


# ------------------------------------------------------------ behind a task and a court


def test_take__with_a_credential__is_admitted_to_any_task(board):
    protocol = Protocol()
    first, second = (protocol.open(gate=board.gate.address) for _ in range(2))
    annotator = protocol.account()
    data = board.issue(annotator).gate_data
    for task in (first, second):
        assert protocol.take(task, 0, annotator, data).annotator == annotator


def test_take__without_a_credential__is_refused(board):
    protocol = Protocol()
    task = protocol.open(gate=board.gate.address)
    for data in (b"", board.issue(ALICE).gate_data):
        with reverts("submissions: not admitted"):
            protocol.take(task, 0, None, data)


def test_dismiss__after_revocation_or_expiry__the_juror_leaves(board):
    protocol = Protocol(arbitrator="Court", gate=board.gate.address)
    jury, court = protocol.jury, protocol.jury.court
    revoked, expired, good = (protocol.account() for _ in range(3))
    credentials = {
        revoked: board.issue(revoked),
        expired: board.issue(expired, expires=protocol.now + jury.parameters.join_delay + 1),
        good: board.issue(good),
    }
    for holder, signed in credentials.items():
        jury.join(holder=holder, gate_data=signed.gate_data)
    jury.chain.travel(jury.parameters.join_delay)
    for seat, signed in enumerate(credentials.values(), start=1):
        court.ready(seat)
        with reverts("seats: gate still allows"):
            court.dismiss(seat, signed.gate_data)

    board.revoke(credentials[revoked])
    court.dismiss(1, credentials[revoked].gate_data)
    protocol.travel(1)
    court.dismiss(2, credentials[expired].gate_data)
    with reverts("seats: gate still allows"):
        court.dismiss(3, credentials[good].gate_data)
    protocol.travel(court.seat(2).leaves_at - protocol.now)
    court.draw()
    assert [court.seats_of(holder) for holder in credentials] == [0, 0, 1]
    with reverts("seats: gate refuses"):
        jury.join(holder=revoked, gate_data=credentials[revoked].gate_data)
