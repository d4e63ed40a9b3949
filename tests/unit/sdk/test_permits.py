"""Deposits with a signature instead of an approval, on tokens that tell how to sign in their several ways."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boa
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from vyper.compiler.output import build_abi_output
from web3.utils.address import get_create_address

from goldleaf import Goldleaf, errors, permits
from tests.in_process import HOUR, Play, World

# A token as far as signing goes. Each part of it is optional in one token or another.
TOKEN = """
# pragma version 0.4.3
nonces: public(HashMap[address, uint256])
DOMAIN_SEPARATOR: public(immutable(bytes32))
name: public(constant(String[32])) = "Old Dollar"

@deploy
def __init__(separator: bytes32):
    DOMAIN_SEPARATOR = separator
"""
VERSION_2 = 'version: public(constant(String[8])) = "2"\n'
OTHER_MESSAGE = 'PERMIT_TYPEHASH: public(constant(bytes32)) = keccak256("Permit(address holder,address spender)")\n'
TELLS_ANOTHER_CHAIN = """
@view
@external
def eip712Domain() -> (bytes1, String[32], String[8], uint256, address, bytes32, DynArray[uint256, 1]):
    return (0x0f, "Old Dollar", "1", 5, self, empty(bytes32), [])
"""


@pytest.fixture
def holder(world: World) -> Any:
    """A local account with coin, and 50 base units in its wallet."""
    account = Account.create()
    world.web3.eth.send_transaction({"from": world.accounts[0], "to": account.address, "value": 10**18})
    world.token.functions.mint(account.address, 50).transact({"from": world.accounts[0]})
    return account


@pytest.fixture
def client(world: World, holder: Any) -> Goldleaf:
    return world.clients[1].with_account(holder)


def old_token(world: World, chain_id: int, version: str, more: str = "") -> str:
    """A token with the signing domain of this chain id and version."""
    compiled = boa.loads_partial(TOKEN + more, compiler_args={"evm_version": "cancun"}).compiler_data
    nonce = world.web3.eth.get_transaction_count(world.accounts[0])
    address = get_create_address(world.accounts[0], nonce)
    separator = permits.Domain("Old Dollar", version, chain_id, address).separator()
    factory = world.web3.eth.contract(abi=build_abi_output(compiled), bytecode=compiled.bytecode)
    sent = factory.constructor(separator).transact({"from": world.accounts[0]})
    assert world.web3.eth.get_transaction_receipt(sent)["contractAddress"] == address
    return address


def test_permit__as_json__what_a_wallet_signs(world: World, client: Goldleaf, holder: Any) -> None:
    deadline = world.now + HOUR
    typed_data = client.ledger.permit(50, deadline=deadline)
    assert json.loads(json.dumps(typed_data)) == typed_data
    assert typed_data["primaryType"] == "Permit"
    assert typed_data["message"] == {
        "owner": holder.address,
        "spender": world.escrow.address,
        "value": "50",
        "nonce": "0",
        "deadline": str(deadline),
    }
    signable = encode_typed_data(full_message=typed_data)
    # The token's own word for its domain, and the standard's for the message.
    assert signable.header == world.token.functions.DOMAIN_SEPARATOR().call()
    assert permits.PERMIT_TYPE_HASH.hex() == "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9"
    aware = datetime.fromtimestamp(deadline, UTC)
    assert client.ledger.permit(50, deadline=aware) == typed_data
    later = client.ledger.permit(50, deadline=timedelta(hours=2))["message"]["deadline"]
    assert HOUR - 5 <= int(later) - deadline <= HOUR + 5


def test_deposit_with_permit__signed__needs_no_approval(world: World, client: Goldleaf, holder: Any) -> None:
    typed_data = client.ledger.permit(20)
    deadline = int(typed_data["message"]["deadline"])
    signature = permits.sign(typed_data, holder)
    sent = client.ledger.deposit_with_permit(20, signature=signature, deadline=deadline)
    assert sent.result.amount == client.ledger.free() == 20 and sent.first == ()
    # As bytes, and as wallets write it that count recovery ids from 0.
    again = client.ledger.permit(20)
    assert again["message"]["nonce"] == "1"
    raw = bytes.fromhex(permits.sign(again, holder)[2:])
    raw = raw[:64] + bytes([raw[64] - 27])
    client.ledger.deposit_with_permit(20, signature=raw, deadline=int(again["message"]["deadline"]))
    assert client.ledger.free() == 40
    with pytest.raises(errors.TransferFromRefused):
        client.ledger.deposit_with_permit(20, signature=raw, deadline=deadline)


def test_deposit_with_permit__into_the_court__names_it_as_spender(world: World, client: Goldleaf, holder: Any) -> None:
    typed_data = client.court.ledger.permit(50)
    assert typed_data["message"]["spender"] == world.court.address
    deadline = int(typed_data["message"]["deadline"])
    signature = permits.sign(typed_data, holder)
    with pytest.raises(errors.BadPermit):
        client.ledger.deposit_with_permit(50, signature=signature, deadline=deadline)
    client.court.ledger.deposit_with_permit(50, signature=signature, deadline=deadline)
    assert client.court.ledger.free() == 50


def test_deposit_with_permit__used_by_somebody_before__still_deposits(
    world: World, client: Goldleaf, holder: Any
) -> None:
    typed_data = client.ledger.permit(50)
    deadline = int(typed_data["message"]["deadline"])
    signature = permits.sign(typed_data, holder)
    v, r, s = permits.split(signature)
    used = world.token.functions.permit(holder.address, world.escrow.address, 50, deadline, v, r, s)
    used.transact({"from": world.accounts[5]})
    assert client.ledger.deposit_with_permit(50, signature=signature, deadline=deadline).result.amount == 50


def test_deposit_with_permit__other_terms_than_signed__refused(world: World, client: Goldleaf, holder: Any) -> None:
    typed_data = client.ledger.permit(20)
    deadline = int(typed_data["message"]["deadline"])
    signature = permits.sign(typed_data, holder)
    for amount, until, given in (
        (21, deadline, signature),
        (20, deadline + 1, signature),
        (20, deadline, permits.sign(typed_data, Account.create())),
        (20, deadline, "0x" + "11" * 64 + "1b"),
        (20, deadline, b"\xff" * 64 + b"\x1b"),
    ):
        with pytest.raises(errors.BadPermit) as caught:
            client.ledger.deposit_with_permit(amount, signature=given, deadline=until)
        assert str(given) not in str(caught.value)
    world.travel_to(deadline + 1)
    with pytest.raises(errors.PermitExpired):
        client.ledger.deposit_with_permit(20, signature=signature, deadline=deadline)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(66), bytes(64) + b"\x02", "0x12", "zz", "0x" + "0" * 131])
def test_split__no_signature__refused(signature: bytes | str) -> None:
    with pytest.raises(errors.BadPermit, match="65 bytes"):
        permits.split(signature)


@pytest.mark.parametrize(("version", "more"), [("1", ""), ("2", VERSION_2), ("1", VERSION_2)])
def test_permit__token_that_tells_no_domain__found_by_its_separator(
    world: World, client: Goldleaf, version: str, more: str
) -> None:
    token = old_token(world, world.deployment.chain_id, version, more)
    domain = client.ledger.permit(1, token=token)["domain"]
    assert domain == {
        "name": "Old Dollar",
        "version": version,
        "chainId": str(world.deployment.chain_id),
        "verifyingContract": token,
    }


@pytest.mark.parametrize(
    ("chain_id", "version", "more", "why"),
    [
        (None, "3", "", "none that agrees"),
        (5, "1", "", "none that agrees"),
        (5, "1", TELLS_ANOTHER_CHAIN, "none that agrees"),
        (None, "1", OTHER_MESSAGE, "another permit"),
    ],
)
def test_permit__token_that_signs_otherwise__refused(
    world: World, client: Goldleaf, chain_id: int | None, version: str, more: str, why: str
) -> None:
    token = old_token(world, chain_id or world.deployment.chain_id, version, more)
    with pytest.raises(errors.NoPermit, match=why):
        client.ledger.permit(1, token=token)


def test_permit__token_without_permits__refused(world: World, client: Goldleaf) -> None:
    token = world.deploy("mocks/NoPermitToken", 6)
    with pytest.raises(errors.NoPermit, match="has no "):
        client.ledger.permit(1, token=token.address)
    with pytest.raises(errors.ZeroAmount):
        client.ledger.permit(0)


def test_deposit_with_permit__by_an_account_of_the_node__refused_without_its_signature(play: Play) -> None:
    typed_data = play.stranger.ledger.permit(50)
    signature = permits.sign(typed_data, Account.create())
    with pytest.raises(errors.BadPermit):
        play.stranger.ledger.deposit_with_permit(
            50, signature=signature, deadline=int(typed_data["message"]["deadline"])
        )
