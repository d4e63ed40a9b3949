"""Salts that are derived from signatures: the same each time, each for one purpose, never shown."""

import json
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import Deployment, commitments, errors
from goldleaf.signing.commitments import Salt
from goldleaf_tools.errors import ForeignSignature, NotDeterministic, VoteNotFound
from goldleaf_tools.keys import (
    Keyring,
    Keystore,
    challenge_message,
    commitment_message,
    salt_from,
    vote_message,
)

ESCROW, COURT = "0x" + "11" * 20, "0x" + "22" * 20
DEPLOYMENT = Deployment(31337, 0, {"TaskEscrow": ESCROW, "Court": COURT})
ALICE = Account.from_key(b"\x01" * 32)
BOB = Account.from_key(b"\x02" * 32)
SUBMISSION = 5 << 64 | 7
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Signer:
    """A wallet that misbehaves: `sign` says how."""

    def __init__(self, address: str, sign: Callable[[Any], bytes]) -> None:
        self.address = address
        self._sign = sign

    def sign_typed_data(self, *, full_message: Any) -> Any:
        return type("Signed", (), {"signature": self._sign(full_message)})


def sign(message: Any, account: Any = ALICE) -> bytes:
    return bytes(account.sign_typed_data(full_message=message).signature)


def all_salts(keyring: Keyring) -> list[Salt]:
    return [
        keyring.commitment_salt(SUBMISSION),
        keyring.challenge_salt(SUBMISSION, [3, 5]),
        keyring.vote_salt(9, 1),
    ]


def test_salts__known_key__never_change() -> None:
    # Whoever sealed with one version opens with the next.
    assert [bytes(salt).hex() for salt in all_salts(Keyring(DEPLOYMENT, ALICE))] == [
        "14229d26b002f1d22fe93115369c58eb12951539f4e70efde93e01cbb3c1d6d7",
        "53cde0e7700542bf6d173f55b61ed230adaf89df07b1705c1b1a5ef6d0b93e6f",
        "bce75b91d1bce3af919b7c7c2acaf6efe5cedaf6ebd253eee37220c97a0b21dd",
    ]


def test_salts__another_day__the_same() -> None:
    assert all_salts(Keyring(DEPLOYMENT, ALICE)) == all_salts(Keyring(DEPLOYMENT, Account.from_key(b"\x01" * 32)))


def test_salts__any_part_changed__another_salt() -> None:
    elsewhere = [
        replace(DEPLOYMENT, chain_id=1),
        replace(DEPLOYMENT, contracts={"TaskEscrow": COURT, "Court": ESCROW}),
    ]
    salts = [salt for deployment in elsewhere for salt in all_salts(Keyring(deployment, ALICE))]
    salts += all_salts(Keyring(DEPLOYMENT, BOB))
    keyring = Keyring(DEPLOYMENT, ALICE)
    salts += all_salts(keyring)
    salts += [
        keyring.commitment_salt(SUBMISSION + 1),
        keyring.challenge_salt(SUBMISSION + 1, [3, 5]),
        keyring.challenge_salt(SUBMISSION, [3]),
        keyring.challenge_salt(SUBMISSION, [35]),
        keyring.challenge_salt(SUBMISSION, [3, 5], attempt=1),
        keyring.vote_salt(9, 2),
        keyring.vote_salt(10, 1),
    ]
    assert len(set(salts)) == len(salts) == 19
    assert {len(salt) for salt in salts} == {32}


@pytest.mark.parametrize(
    "message",
    [
        commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION),
        challenge_message(DEPLOYMENT, ALICE.address, SUBMISSION, [3, 5]),
        vote_message(DEPLOYMENT, ALICE.address, 9, 1),
    ],
    ids=lambda message: str(message["primaryType"]),
)
def test_message__in_a_wallet__says_what_it_is_for(message: dict[str, Any]) -> None:
    contract = COURT if message["primaryType"] == "VoteSalt" else ESCROW
    assert message["domain"]["chainId"] == "31337"
    assert message["domain"]["verifyingContract"] == contract
    assert message["message"]["account"] == ALICE.address
    assert "Sign only in a tool that you trust, and only for the contract named here" in message["message"]["notice"]
    # Browsers round integers beyond 2**53, so it holds none.
    assert json.loads(json.dumps(message), parse_int=float) == message


def test_salt_from__signature_of_a_wallet__that_of_the_keyring() -> None:
    message = json.loads(json.dumps(commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION)))
    expected = Keyring(DEPLOYMENT, ALICE).commitment_salt(SUBMISSION)
    assert salt_from(message, sign(message), ALICE.address) == expected
    assert salt_from(message, sign(message), ALICE.address.lower()) == expected


def test_salt_from__the_other_form_of_the_signature__the_same_salt() -> None:
    message = commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION)
    signature = sign(message)
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    high = r + (ORDER - s).to_bytes(32, "big")
    salts = [
        salt_from(message, form, ALICE.address)
        for form in (signature, r + s.to_bytes(32, "big") + bytes([v - 27]), high + bytes([55 - v]))
    ]
    assert len(set(salts)) == 1


@given(st.binary(max_size=70))
def test_salt_from__any_bytes__refused_without_showing_them(signature: bytes) -> None:
    message = commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION)
    with pytest.raises(ForeignSignature) as caught:
        salt_from(message, signature, ALICE.address)
    assert len(signature) < 3 or signature.hex() not in str(caught.value)


def test_salt_from__signature_for_something_else__refused() -> None:
    message = commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION)
    for other in (
        commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION + 1),
        commitment_message(replace(DEPLOYMENT, chain_id=1), ALICE.address, SUBMISSION),
        challenge_message(DEPLOYMENT, ALICE.address, SUBMISSION, [0]),
    ):
        with pytest.raises(ForeignSignature):
            salt_from(message, sign(other), ALICE.address)
    with pytest.raises(ForeignSignature):
        salt_from(message, sign(message, BOB), ALICE.address)


def test_keyring__signs_differently_each_time__refused_until_it_has_a_vault(tmp_path: Path) -> None:
    def restless(message: Any) -> bytes:
        # Valid ECDSA with a nonce of its own each time.
        nonces.append(len(nonces) + 1)
        return sign_with_nonce(message, nonces[-1])

    nonces: list[int] = []
    wallet = Signer(ALICE.address, restless)
    with pytest.raises(NotDeterministic, match="differently each time"):
        Keyring(DEPLOYMENT, wallet).commitment_salt(SUBMISSION)
    assert len(nonces) == 2
    keystore = Keystore(tmp_path / "keys", work_factor=2)
    salts = [
        Keyring(DEPLOYMENT, wallet, vault=keystore.vault(ALICE.address, "password")).commitment_salt(SUBMISSION)
        for _ in range(2)
    ]
    assert salts[0] == salts[1] != Keyring(DEPLOYMENT, ALICE).commitment_salt(SUBMISSION)


def sign_with_nonce(message: Any, nonce: int) -> bytes:
    """ECDSA by its definition, for a key of 32 times 0x01."""
    from eth_keys.backends.native.jacobian import fast_multiply
    from eth_keys.constants import SECPK1_G

    digest = int.from_bytes(hash_of(message), "big")
    x, y = fast_multiply(SECPK1_G, nonce)
    s = pow(nonce, -1, ORDER) * (digest + x * int.from_bytes(b"\x01" * 32, "big")) % ORDER
    odd = y % 2
    if s > ORDER // 2:
        s, odd = ORDER - s, 1 - odd
    return x.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + odd])


def hash_of(message: Any) -> bytes:
    from eth_utils import keccak

    encoded = encode_typed_data(full_message=message)
    return keccak(b"\x19" + encoded.version + encoded.header + encoded.body)


def test_keyring__contract_account__only_with_a_vault() -> None:
    with pytest.raises(NotDeterministic, match="only an address"):
        Keyring(DEPLOYMENT, ESCROW)
    shared = [Keyring(DEPLOYMENT, account, vault=BOB).commitment_salt(SUBMISSION) for account in (ESCROW, COURT)]
    assert shared[0] != shared[1]


def test_keyring__wallet_signs_with_another_account__refused() -> None:
    wallet = Signer(ALICE.address, lambda message: sign(message, BOB))
    with pytest.raises(ForeignSignature, match=ALICE.address):
        Keyring(DEPLOYMENT, wallet).vote_salt(1, 0)


@given(choices=st.integers(1, 40), data=st.data())
def test_find_vote__sealed_with_this_key__its_choice_and_salt(choices: int, data: st.DataObject) -> None:
    choice = data.draw(st.integers(0, choices))
    keyring = Keyring(DEPLOYMENT, ALICE)
    salt = keyring.vote_salt(9, 1)
    sealed = commitments.vote(31337, COURT, 9, 1, ALICE.address, choice, salt)
    assert keyring.find_vote(sealed, 9, 1, choices) == (choice, salt)


def test_find_vote__sealed_with_another_salt__refused() -> None:
    sealed = commitments.vote(31337, COURT, 9, 1, ALICE.address, 1, commitments.new_salt())
    with pytest.raises(VoteNotFound):
        Keyring(DEPLOYMENT, ALICE).find_vote(sealed, 9, 1, 2**256 - 2)


def test_salts__in_any_text__hidden() -> None:
    keyring = Keyring(DEPLOYMENT, ALICE)
    for salt in [*all_salts(keyring), commitments.new_salt()]:
        text = f"{salt} {salt!r} {[salt]}" + str(salt)
        assert bytes(salt).hex() not in text
        assert repr(bytes(salt)) not in text
    assert repr(keyring) == f"Keyring({ALICE.address}, chain 31337)"


def test_keyring__failing_in_every_way__shows_no_signature_and_no_salt() -> None:
    message = commitment_message(DEPLOYMENT, ALICE.address, SUBMISSION)
    signature = sign(message)
    salt = Keyring(DEPLOYMENT, ALICE).commitment_salt(SUBMISSION)
    failing: list[Callable[[], object]] = [
        lambda: salt_from(message, signature, BOB.address),
        lambda: salt_from(message, signature[:-1], ALICE.address),
        lambda: Keyring(DEPLOYMENT, Signer(BOB.address, lambda _: signature)).commitment_salt(SUBMISSION),
        lambda: Keyring(DEPLOYMENT, ALICE).find_vote(bytes(32), 9, 1, 2),
    ]
    for fail in failing:
        with pytest.raises(errors.GoldleafError) as caught:
            fail()
        text = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
        for secret in (signature[:32], signature[32:64], bytes(salt)):
            assert secret.hex() not in text
            assert repr(secret) not in text
