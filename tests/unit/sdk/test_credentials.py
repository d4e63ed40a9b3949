import json
from dataclasses import replace

import pytest
from eth_account import Account

from goldleaf import errors
from goldleaf.signing.credentials import Credential, SignedCredential, issue
from tests.credentials import DOMAIN, Board
from tests.relayed import flipped, signer

HOLDER = "0x" + "ab" * 20
NOW = 1_700_000_000
BOARD = signer("board")


@pytest.fixture(scope="module")
def board() -> Board:
    return Board()


@pytest.fixture
def signed(board: Board) -> SignedCredential:
    return board.issue(board.chain.account())


def test_issue__by_a_key__its_gate_takes_it(board: Board) -> None:
    holder = board.chain.account()
    expires = board.chain.now + 1000
    signed = issue(
        board.key,
        chain_id=board.chain.id,
        gate=board.gate.address,
        domain=DOMAIN,
        holder=holder,
        expires=expires,
        nonce=7,
    )
    assert signed.credential == Credential(board.chain.id, board.gate.address, DOMAIN, holder, expires, 7)
    assert board.allows(holder, signed.gate_data)
    signed.check(board.issuer, holder=holder, at=expires - 1)


def test_issue__without_a_nonce__takes_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf.signing.credentials.time.time", lambda: NOW + 0.9)
    signed = issue(BOARD, chain_id=1, gate=HOLDER, domain=DOMAIN, holder=HOLDER, expires=NOW + 1)
    assert signed.credential.nonce == NOW
    signed.check(BOARD.address)
    monkeypatch.setattr("goldleaf.signing.credentials.time.time", lambda: NOW + 1)
    with pytest.raises(errors.CredentialExpired):
        signed.check(BOARD.address)


def test_typed_data__as_json__a_wallet_signs_the_same(board: Board, signed: SignedCredential) -> None:
    message = json.loads(json.dumps(signed.credential.typed_data()))
    assert bytes(Account.sign_typed_data(board.key.key, full_message=message).signature) == signed.signature
    assert message["primaryType"] == "Credential"
    assert message["message"]["domain"] == DOMAIN
    assert list(message["types"]["EIP712Domain"]) and list(message["types"]["Credential"])


def test_from_gate_data__of_a_credential__is_it(board: Board, signed: SignedCredential) -> None:
    where = {"chain_id": board.chain.id, "gate": board.gate.address, "domain": DOMAIN}
    holder = signed.credential.holder
    assert SignedCredential.from_gate_data(signed.gate_data, **where, holder=holder) == signed
    for data in (b"", bytes(63), bytes(64), bytes(65)):
        with pytest.raises(errors.CredentialError):
            SignedCredential.from_gate_data(data, **where, holder=holder)
    other = SignedCredential.from_gate_data(signed.gate_data, **where, holder=HOLDER)
    with pytest.raises(errors.CredentialNotSigned):
        other.check(board.issuer, at=0)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"holder": HOLDER}, errors.CredentialNotSigned),
        ({"domain": "cardiology"}, errors.CredentialNotSigned),
        ({"nonce": 10**6}, errors.CredentialNotSigned),
        ({"chain_id": 10**6}, errors.CredentialNotSigned),
        ({"gate": HOLDER}, errors.CredentialNotSigned),
        ({"expires": 10**10}, errors.CredentialNotSigned),
        ({"expires": 1}, errors.CredentialExpired),
    ],
    ids=str,
)
def test_check__a_field_changed__refused(
    board: Board, signed: SignedCredential, change: dict[str, object], error: type[Exception]
) -> None:
    changed = replace(signed, credential=replace(signed.credential, **change))
    with pytest.raises(error):
        changed.check(board.issuer, at=board.chain.now)


def test_check__other_holder_issuer_or_time__refused(board: Board, signed: SignedCredential) -> None:
    with pytest.raises(errors.CredentialOfAnother, match=signed.credential.holder):
        signed.check(board.issuer, holder=HOLDER, at=0)
    with pytest.raises(errors.CredentialNotSigned, match=HOLDER):
        signed.check(HOLDER, at=0)
    for wrong in ({"issuer": "0x12"}, {"issuer": board.issuer, "holder": "0x12"}):
        with pytest.raises(errors.ArgumentError):
            signed.check(**wrong, at=0)
    signed.check(board.issuer, at=signed.credential.expires - 1)
    with pytest.raises(errors.CredentialExpired):
        signed.check(board.issuer, at=signed.credential.expires)


@pytest.mark.parametrize(
    "spoil",
    [flipped, lambda signature: signature[:64], lambda signature: b"\xff" * 64 + b"\x1b", lambda signature: b"\x01"],
    ids=["upper s", "short", "off the curve", "a byte"],
)
def test_check__signature_that_no_gate_takes__refused(board: Board, signed: SignedCredential, spoil) -> None:
    spoilt = replace(signed, signature=spoil(signed.signature))
    with pytest.raises(errors.CredentialNotSigned):
        spoilt.check(board.issuer, at=0)
    assert not board.allows(signed.credential.holder, spoilt.gate_data)


def test_to_bytes__and_back__is_the_same(signed: SignedCredential) -> None:
    largest = replace(signed, credential=replace(signed.credential, nonce=2**256 - 1, domain="é" * 32))
    for each in (signed, largest, replace(signed, signature=b"")):
        assert SignedCredential.from_bytes(each.to_bytes()) == each
        assert json.loads(each.to_bytes())["format"] == "goldleaf-credential-1"


@pytest.mark.parametrize(
    "change",
    [
        {"format": "goldleaf-credential-2"},
        {"nonce": 7},
        {"nonce": "0"},
        {"nonce": "-1"},
        {"nonce": "x"},
        {"nonce": str(2**256)},
        {"nonce": "07"},
        {"holder": "0x12"},
        {"domain": ""},
        {"domain": 5},
        {"signature": "zz"},
        {"signature": None},
        {"more": 1},
    ],
    ids=str,
)
def test_from_bytes__other_content__refused(signed: SignedCredential, change: dict[str, object]) -> None:
    content = {**json.loads(signed.to_bytes()), **change}
    data = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(errors.CredentialError):
        SignedCredential.from_bytes(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"format":1}', b"\xff"])
def test_from_bytes__no_credential__refused(data: bytes) -> None:
    with pytest.raises(errors.CredentialError):
        SignedCredential.from_bytes(data)


@pytest.mark.parametrize(
    "change",
    [
        {"gate": "0x12"},
        {"holder": "0xAB" + "ab" * 19},
        {"domain": ""},
        {"domain": "x" * 65},
        {"domain": "é" * 33},
        {"expires": 0},
        {"expires": 1.5},
        {"nonce": 0},
        {"nonce": True},
        {"nonce": 2**256},
        {"chain_id": 0},
    ],
    ids=str,
)
def test_credential__field_that_no_gate_takes__refused(signed: SignedCredential, change: dict[str, object]) -> None:
    with pytest.raises(errors.ArgumentError, match=next(iter(change))):
        replace(signed.credential, **change)


def test_signed_credential__signature_longer_than_gate_data_holds__refused(signed: SignedCredential) -> None:
    with pytest.raises(errors.ArgumentError, match="at most 960"):
        replace(signed, signature=bytes(961))
