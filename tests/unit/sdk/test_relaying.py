import json
from dataclasses import replace
from itertools import islice

import boa
import pytest
from eth_account import Account

from goldleaf import errors
from goldleaf._encoding.codec import contract
from goldleaf.signing.relaying import Request, SignedRequest, free_nonces, new_nonce
from goldleaf.types import ZERO_ADDRESS
from tests.relayed import Gasless, flipped, signer

ALICE = signer("alice")
OTHER = "0x" + "ab" * 20


@pytest.fixture(scope="module")
def gasless() -> Gasless:
    return Gasless()


@pytest.fixture
def signed(gasless: Gasless) -> SignedRequest:
    target = gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
    return gasless.signed(ALICE, target, target.act.prepare_calldata(41))


def test_calldata__sent_to_the_relay__is_executed(gasless: Gasless, signed: SignedRequest) -> None:
    computation = boa.env.execute_code(gasless.relay.address, data=signed.calldata())
    assert not computation.is_error
    # An ABI-encoded `bytes`: offset, length, the word that the call returned.
    assert contract("Relay").functions["execute"].decode(bytes, computation.output) == (42).to_bytes(32)


def test_typed_data__as_json__a_wallet_signs_the_same(signed: SignedRequest) -> None:
    message = json.loads(json.dumps(signed.request.typed_data()))
    assert bytes(Account.sign_typed_data(ALICE.key, full_message=message).signature) == signed.signature
    assert message["primaryType"] == "Request"
    assert set(message["message"]) == {field["name"] for field in message["types"]["Request"]}


def test_digest__of_a_request__is_the_relay_s(gasless: Gasless, signed: SignedRequest) -> None:
    assert signed.request.digest() == gasless.relay.digest(signed.request.struct())


CHANGES = {
    "chain_id": 5,
    "relay": OTHER,
    "account": OTHER,
    "to": OTHER,
    "data": b"1234",
    "nonce": 10**6,
    "deadline": 5,
    "fee": 5,
    "token": OTHER,
    "ledger": OTHER,
    "relayer": OTHER,
}


def test_check__signed_by_the_account__passes(signed: SignedRequest) -> None:
    signed.check()
    assert set(CHANGES) == set(Request.__slots__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("field", CHANGES)
def test_check__a_field_changed__refused(signed: SignedRequest, field: str) -> None:
    changed = replace(signed, request=replace(signed.request, **{field: CHANGES[field]}))
    with pytest.raises(errors.RequestNotSigned):
        changed.check()


@pytest.mark.parametrize(
    "spoil", [flipped, lambda signature: signature[:64], lambda signature: b"", lambda _: bytes(65)]
)
def test_check__signature_that_no_relay_takes__refused(signed: SignedRequest, spoil) -> None:
    with pytest.raises(errors.RequestNotSigned):
        replace(signed, signature=spoil(signed.signature)).check()


def test_to_bytes__and_back__is_the_same(signed: SignedRequest) -> None:
    largest = replace(signed.request, nonce=2**256 - 1, fee=2**256 - 1, relayer=OTHER, data=bytes(4096))
    for each in (signed, largest.sign(ALICE), replace(signed, signature=b"")):
        assert SignedRequest.from_bytes(each.to_bytes()) == each


@pytest.mark.parametrize(
    "change",
    [
        {"format": "goldleaf-request-2"},
        {"nonce": 7},
        {"nonce": "-1"},
        {"fee": "1.0"},
        {"deadline": str(2**256)},
        {"account": "0x12"},
        {"data": "0x123456"},
        {"data": None},
        {"signature": "0xzz"},
        {"signature": "0x" + "00" * 1025},
        {"more": 1},
    ],
    ids=lambda change: str(change)[:40],
)
def test_from_bytes__other_content__refused(signed: SignedRequest, change: dict[str, object]) -> None:
    content = {**json.loads(signed.to_bytes()), **change}
    data = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(errors.RequestError):
        SignedRequest.from_bytes(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff"])
def test_from_bytes__no_request__refused(data: bytes) -> None:
    with pytest.raises(errors.RequestError):
        SignedRequest.from_bytes(data)


@pytest.mark.parametrize(
    "change",
    [
        {"relay": "0x12"},
        {"relayer": ""},
        {"data": b"123"},
        {"data": bytes(4097)},
        {"nonce": -1},
        {"nonce": 2**256},
        {"fee": 0.5},
        {"deadline": True},
    ],
    ids=lambda change: str(change)[:40],
)
def test_request__field_that_no_relay_takes__refused(signed: SignedRequest, change: dict[str, object]) -> None:
    with pytest.raises(errors.ArgumentError):
        replace(signed.request, **change)


def test_request__addresses__are_checksummed(signed: SignedRequest) -> None:
    lower = replace(signed.request, account=ALICE.address.lower())
    assert lower == signed.request
    assert lower.relayer == ZERO_ADDRESS


def test_new_nonce__each_time__another_of_256_bits() -> None:
    nonces = {new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert max(nonces) > 2**240
    assert all(0 <= nonce < 2**256 for nonce in nonces)


def test_free_nonces__of_a_word__are_those_whose_bits_are_unset() -> None:
    assert list(islice(free_nonces(0, 0b1011), 3)) == [2, 4, 5]
    assert list(free_nonces(3, 2**256 - 1)) == []
    assert list(free_nonces(3, 2**255 - 1)) == [3 * 256 + 255]
    assert list(free_nonces(2, 0)) == list(range(512, 768))
