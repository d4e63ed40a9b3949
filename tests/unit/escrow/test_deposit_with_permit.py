"""deposit_with_permit(token, amount, account, deadline, v, r, s)"""

from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import DAY, Protocol, reverts
from tests.unit.escrow.helpers import MAX, deployed_with, log

AMOUNT = 12_345_678


@pytest.fixture
def owner(protocol: Protocol) -> LocalAccount:
    """Owns the amount and has approved nothing."""
    account: LocalAccount = Account.from_key(b"\x11" * 32)
    protocol.accounts.append(account.address)
    protocol.token.mint(account.address, AMOUNT)
    return account


def permit(protocol: Protocol, owner: LocalAccount, **changed: Any) -> tuple[int, int, bytes, bytes]:
    """Deadline and signature of an allowance for the escrow."""
    token = protocol.token
    types = {
        "Permit": [
            {"name": name, "type": type_}
            for name, type_ in [
                ("owner", "address"),
                ("spender", "address"),
                ("value", "uint256"),
                ("nonce", "uint256"),
                ("deadline", "uint256"),
            ]
        ]
    }
    domain = {
        "name": "Test Dollar",
        "version": "1",
        "chainId": protocol.chain.id,
        "verifyingContract": str(token.address),
    }
    message = {
        "owner": owner.address,
        "spender": str(protocol.escrow.address),
        "value": AMOUNT,
        "nonce": token.nonces(owner.address),
        "deadline": protocol.now + DAY,
    } | changed
    signed = owner.sign_typed_data(domain, types, message)
    return message["deadline"], signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)


@deployed_with({"decimals": 6}, {"decimals": 18})
def test_deposit_with_permit__signed_by_the_caller__is_credited(protocol: Protocol, owner: LocalAccount) -> None:
    account = protocol.account()
    signature = permit(protocol, owner)
    with protocol.gains(account, owner.address) as gained:
        arrived = protocol.escrow.deposit_with_permit(protocol.token, AMOUNT, account, *signature, sender=owner.address)
        events = log(protocol)
    assert arrived == AMOUNT
    fields = {"token": protocol.token.address, "account": account, "payer": owner.address, "amount": AMOUNT}
    assert events == [("Deposited", fields)]
    assert gained == [AMOUNT, 0]
    assert protocol.token.allowance(owner.address, protocol.escrow) == 0
    assert protocol.token.nonces(owner.address) == 1
    protocol.assert_conserved()


def test_deposit_with_permit__permit_already_used__is_no_failure(protocol: Protocol, owner: LocalAccount) -> None:
    deadline, *signature = permit(protocol, owner)
    protocol.token.permit(owner.address, protocol.escrow, AMOUNT, deadline, *signature)
    protocol.escrow.deposit_with_permit(
        protocol.token, AMOUNT, owner.address, deadline, *signature, sender=owner.address
    )
    assert protocol.free(owner.address) == AMOUNT


def test_deposit_with_permit__on_its_last_second__is_accepted(protocol: Protocol, owner: LocalAccount) -> None:
    signature = permit(protocol, owner)
    protocol.travel(DAY)
    protocol.escrow.deposit_with_permit(protocol.token, AMOUNT, owner.address, *signature, sender=owner.address)
    assert protocol.free(owner.address) == AMOUNT


@pytest.mark.parametrize(
    "changed",
    [
        {"value": AMOUNT - 1},
        {"value": MAX},
        {"nonce": 1},
        {"spender": "0x00000000000000000000000000000000000000aa"},
        {"deadline": 1},
    ],
    ids=str,
)
def test_deposit_with_permit__another_permit__allows_nothing(
    protocol: Protocol, owner: LocalAccount, changed: dict[str, Any]
) -> None:
    signature = permit(protocol, owner, **changed)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(protocol.token, AMOUNT, owner.address, *signature, sender=owner.address)


def test_deposit_with_permit__somebody_elses__moves_nothing_of_theirs(protocol: Protocol, owner: LocalAccount) -> None:
    thief, signature = protocol.account(), permit(protocol, owner)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(protocol.token, AMOUNT, thief, *signature, sender=thief)
    protocol.token.approve(protocol.escrow, AMOUNT, sender=owner.address)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(protocol.token, AMOUNT, thief, *signature, sender=thief)
    assert protocol.token.balanceOf(owner.address) == AMOUNT


@deployed_with({"token": "NoPermitToken"}, {"token": "NoReturnToken"})
def test_deposit_with_permit__token_without_permits__uses_the_allowance(
    protocol: Protocol, owner: LocalAccount
) -> None:
    arguments = (protocol.token, AMOUNT, owner.address, 0, 27, bytes(32), bytes(32))
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(*arguments, sender=owner.address)
    protocol.token.approve(protocol.escrow, AMOUNT, sender=owner.address)
    protocol.escrow.deposit_with_permit(*arguments, sender=owner.address)
    assert protocol.free(owner.address) == AMOUNT


def test_deposit_with_permit__as_deposit__is_refused(protocol: Protocol, owner: LocalAccount) -> None:
    signature = (0, 0, bytes(32), bytes(32))
    for token, amount, account, reason in [
        (ZERO_ADDRESS, 1, owner.address, "ledger: token has no code"),
        (owner.address, 1, owner.address, "ledger: token has no code"),
        (protocol.token, 0, owner.address, "ledger: zero amount"),
        (protocol.token, 1, ZERO_ADDRESS, "ledger: bad account"),
        (protocol.token, 1, protocol.escrow.address, "ledger: bad account"),
    ]:
        with reverts(reason):
            protocol.escrow.deposit_with_permit(token, amount, account, *signature, sender=owner.address)


@pytest.mark.parametrize(("deadline", "v"), [(MAX, 255), (0, 0)])
def test_deposit_with_permit__extreme_values__allow_nothing(
    protocol: Protocol, owner: LocalAccount, deadline: int, v: int
) -> None:
    junk = (deadline, v, b"\xff" * 32, b"\xff" * 32)
    with reverts("erc20: insufficient allowance"):
        protocol.escrow.deposit_with_permit(protocol.token, MAX, owner.address, *junk, sender=owner.address)
