"""Contracts as accounts: nobody acts as one that has not signed."""

import boa
import pytest
from eth_utils import keccak

from goldleaf.signing.relaying import SignedRequest
from tests.credentials import Board
from tests.protocol import reverts
from tests.relayed import Gasless, call, signer
from tests.royalty import Royalties

OWNER, OTHER = signer("owner of two wallets"), signer("next owner")
MAGIC = bytes.fromhex("1626ba7e") + bytes(28)


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


@pytest.fixture(scope="module")
def royalties(gasless):
    return Royalties(relay=gasless.relay.address, arbitrator="Court")


def withdrawal(ledger, token, receiver):
    return ledger.withdraw.prepare_calldata(token, 1, receiver)


@pytest.mark.parametrize("name", ["relay", "escrow", "court", "pool", "gate", "token"])
def test_contract_of_the_protocol_as_the_account__signed_by_nobody__is_refused(gasless, royalties, name):
    """Nor does one of them take the question for another function: balances of theirs stay where they are."""
    accounts = {"relay": gasless.relay, "court": royalties.arbitrator, "gate": Board().gate}
    account = accounts.get(name) or getattr(royalties, name)
    thief = royalties.account()
    ledger = royalties.pool if name == "escrow" else royalties.escrow
    royalties.provide_in_pool(thief, 1)
    royalties.provide(thief, 1)
    ledger.withdraw(royalties.token, 1, thief, sender=thief)
    royalties.token.approve(ledger, 1, sender=thief)
    ledger.deposit(royalties.token, 1, account.address, sender=thief)
    request = gasless.request(account.address, ledger, withdrawal(ledger, royalties.token, thief))
    for signature in (b"", bytes(65), MAGIC, MAGIC * 32, gasless.signed_by_owner(OWNER, request).signature):
        with reverts("relay: not signed"):
            gasless.execute(SignedRequest(request, signature))
    assert ledger.free(royalties.token, account.address) == 1


def test_signature_for_one_wallet__of_an_owner_of_two__is_none_for_the_other_or_the_owner(gasless, royalties):
    first, second = (gasless.chain.deploy("mocks/Wallet", OWNER.address) for _ in range(2))
    accounts = [first.address, second.address, OWNER.address]
    for account in accounts:
        royalties.accounts.append(account)
        royalties.provide(account, 1)
    data = withdrawal(royalties.escrow, royalties.token, OTHER.address)
    requests = [gasless.request(account, royalties.escrow, data, nonce=77) for account in accounts]
    for signed in requests:
        signature = gasless.signed_by_owner(OWNER, signed).signature
        for request in requests:
            if request is not signed:
                with reverts("relay: not signed"):
                    gasless.execute(SignedRequest(request, signature))
    for request in requests:
        gasless.execute(gasless.signed_by_owner(OWNER, request))
    assert royalties.token.balanceOf(OTHER.address) == 3


def test_wallet_that_is_gone__destroyed_or_not_deployed_yet__has_signed_nothing(gasless, royalties):
    """Nor does its owner's signature count until there is a wallet to ask."""
    wallet = gasless.chain.deploy("mocks/Wallet", OWNER.address)
    royalties.accounts.append(wallet.address)
    royalties.provide(wallet.address, 1)
    request = gasless.request(wallet.address, royalties.escrow, withdrawal(royalties.escrow, royalties.token, OTHER))
    signed = gasless.signed_by_owner(OWNER, request)
    code = boa.env.get_code(wallet.address)
    boa.env.set_code(wallet.address, b"")
    with reverts("relay: not signed"):
        gasless.execute(signed)
    assert not gasless.relay.is_used(wallet.address, request.nonce)
    boa.env.set_code(wallet.address, code)
    gasless.execute(signed)


def test_wallet_that_changes_its_mind__during_its_own_call__is_asked_once_for_each_nonce(gasless, royalties):
    """An owner who is dropped by the very call cannot have it again, nor anything else that was signed before."""
    wallet = gasless.chain.deploy("mocks/Wallet", OWNER.address)
    royalties.accounts.append(wallet.address)
    royalties.provide(wallet.address, 2)
    data = withdrawal(royalties.escrow, royalties.token, royalties.requester)
    first, second = (
        gasless.signed_by_owner(OWNER, gasless.request(wallet.address, royalties.escrow, data)) for _ in range(2)
    )
    gasless.execute(first)
    wallet.set_owner(OTHER.address)
    with reverts("relay: not signed"):
        gasless.execute(second)
    assert royalties.free(wallet.address) == 1


def test_ruling_through_the_relay__by_who_is_no_arbitrator__is_unknown(gasless, royalties):
    """`rule` asks who acts like every other function: disputes are known by their arbitrator."""
    work = royalties.delivered()
    challenge = royalties.challenge(work, [0])
    dispute = royalties.defend(challenge)
    for account in (OWNER, OTHER):
        with reverts("challenges: unknown dispute"):
            gasless.act(account, royalties.escrow, call("TaskEscrow", "rule", dispute, 2))
    assert royalties.lens.challenge(challenge).ruling == 0


def test_task_before_the_relay_as_its_arbitrator__is_not_opened(gasless, royalties):
    """Else anyone might have the relay rule."""
    with boa.reverts():
        royalties.open(arbitrator=gasless.relay.address, arbitration_timeout=0)


def test_dispute_of_an_account_without_code__holds_up_nobody(gasless, royalties):
    """Relayed, an account can be an arbitrable that nobody can tell a ruling; its fee is spent, that is all."""
    jury, account = royalties.jury, signer("arbitrable without code")
    jury.seat(3)
    cost = jury.court.arbitration_cost()
    royalties.token.mint(account.address, cost)
    royalties.token.approve(jury.court, cost, sender=account.address)
    data = jury.court.create_dispute.prepare_calldata(2, keccak(b"nothing"), account.address)
    dispute = int.from_bytes(gasless.act(account, jury.court, data))
    jury.vote(dispute, dict.fromkeys(jury.draw(dispute), 1))
    jury.pass_phase(dispute)
    with boa.reverts():
        jury.court.execute(dispute)
    jury.court.settle(dispute)
    assert jury.court.is_final(dispute)
