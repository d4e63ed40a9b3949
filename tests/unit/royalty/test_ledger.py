"""deposit, deposit_with_permit, withdraw and free: the same module as in the escrow, here in the pool."""

import pytest
from eth_account import Account
from eth_utils import keccak

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import reverts
from tests.royalty import Royalties
from tests.unit.escrow.helpers import deployed_with
from tests.unit.royalty.helpers import log


def payer(royalties: Royalties, amount: int) -> str:
    account = royalties.account()
    royalties.token.mint(account, amount)
    royalties.token.approve(royalties.pool, amount, sender=account)
    return account


def test_deposit__then_withdraw__is_the_same_amount(royalties: Royalties) -> None:
    owner, other = payer(royalties, 100), royalties.account()
    assert royalties.pool.deposit(royalties.token, 100, other, sender=owner) == 100
    token = royalties.token.address
    assert log(royalties) == [("Deposited", {"token": token, "account": other, "payer": owner, "amount": 100})]
    royalties.pool.withdraw(royalties.token, 60, owner, sender=other)
    assert log(royalties) == [("Withdrawn", {"token": token, "account": other, "receiver": owner, "amount": 60})]
    assert (royalties.earned(other), royalties.token.balanceOf(owner)) == (40, 60)
    royalties.assert_pool_conserved()


def test_deposit_with_permit__signed_by_the_caller__needs_no_approval(royalties: Royalties) -> None:
    key = Account.from_key(keccak(b"licensee"))
    royalties.token.mint(key.address, 100)
    royalties.accounts.append(key.address)
    deadline = royalties.now + 1
    domain = {
        "name": "Test Dollar",
        "version": "1",
        "chainId": royalties.chain.id,
        "verifyingContract": royalties.token.address,
    }
    types = {
        "Permit": [
            {"name": "owner", "type": "address"},
            {"name": "spender", "type": "address"},
            {"name": "value", "type": "uint256"},
            {"name": "nonce", "type": "uint256"},
            {"name": "deadline", "type": "uint256"},
        ]
    }
    permit = {
        "owner": key.address,
        "spender": royalties.pool.address,
        "value": 100,
        "nonce": 0,
        "deadline": deadline,
    }
    signed = key.sign_typed_data(domain, types, permit)
    royalties.pool.deposit_with_permit(
        royalties.token,
        100,
        key.address,
        deadline,
        signed.v,
        signed.r.to_bytes(32),
        signed.s.to_bytes(32),
        sender=key.address,
    )
    assert royalties.earned(key.address) == 100
    royalties.assert_pool_conserved()


def test_deposit__refused_arguments__are_told(royalties: Royalties) -> None:
    owner = payer(royalties, 100)
    with reverts("ledger: token has no code"):
        royalties.pool.deposit(ZERO_ADDRESS, 1, owner, sender=owner)
    with reverts("ledger: zero amount"):
        royalties.pool.deposit(royalties.token, 0, owner, sender=owner)
    for nobody in (ZERO_ADDRESS, royalties.pool.address):
        with reverts("ledger: bad account"):
            royalties.pool.deposit(royalties.token, 1, nobody, sender=owner)


def test_deposit__of_2_to_the_128__is_refused(royalties: Royalties) -> None:
    owner = payer(royalties, 2**128)
    with reverts("ledger: too much arrived"):
        royalties.pool.deposit(royalties.token, 2**128, owner, sender=owner)
    assert royalties.pool.deposit(royalties.token, 2**128 - 1, owner, sender=owner) == 2**128 - 1


def test_withdraw__more_than_is_free__is_refused(royalties: Royalties) -> None:
    owner = payer(royalties, 100)
    royalties.pool.deposit(royalties.token, 100, owner, sender=owner)
    with reverts("ledger: balance too low"):
        royalties.pool.withdraw(royalties.token, 101, owner, sender=owner)


@deployed_with({"token": "FalseToken"})
def test_ledger__token_returns_false__is_refused(royalties: Royalties) -> None:
    owner = payer(royalties, 100)
    royalties.pool.deposit(royalties.token, 50, owner, sender=owner)
    royalties.token.set_refusing(True)
    with reverts("ledger: transferFrom refused"):
        royalties.pool.deposit(royalties.token, 50, owner, sender=owner)
    with reverts("ledger: transfer refused"):
        royalties.pool.withdraw(royalties.token, 50, owner, sender=owner)


@deployed_with({"token": "GreedyToken"})
def test_withdraw__token_takes_too_much__is_refused(royalties: Royalties) -> None:
    owner = payer(royalties, 100)
    royalties.pool.deposit(royalties.token, 100, owner, sender=owner)
    royalties.token.set_extra(1)
    with reverts("ledger: token took too much"):
        royalties.pool.withdraw(royalties.token, 50, owner, sender=owner)


@deployed_with({"token": "FeeToken"})
def test_deposit__token_takes_all__is_refused(royalties: Royalties) -> None:
    owner = payer(royalties, 100)
    royalties.token.set_fee(10_000)
    with reverts("ledger: nothing arrived"):
        royalties.pool.deposit(royalties.token, 100, owner, sender=owner)


@pytest.mark.parametrize("account", [ZERO_ADDRESS, "pool"])
def test_withdraw__to_nobody_or_the_pool__is_refused(royalties: Royalties, account: str) -> None:
    owner = payer(royalties, 100)
    royalties.pool.deposit(royalties.token, 100, owner, sender=owner)
    with reverts("ledger: bad account"):
        royalties.pool.withdraw(
            royalties.token, 1, royalties.pool.address if account == "pool" else account, sender=owner
        )
