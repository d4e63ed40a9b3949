"""The fee leaves a ledger through a token: what tokens, relayers and ledgers that misbehave make of that."""

from itertools import count

import boa
import pytest

from goldleaf.signing.relaying import SignedRequest
from tests.protocol import deposit, reverts
from tests.relayed import Gasless, call, signer
from tests.royalty import Royalties

ALICE = signer("alice who pays in odd tokens")
FEE, FREE = 10, 100
NONCES, FAR = count(), 2**64


@pytest.fixture(scope="module")
def gasless():
    return Gasless()


def setting(gasless, token="TokenMock"):
    """Alice has FREE in the escrow and in the pool."""
    royalties = Royalties(token=token, relay=gasless.relay.address)
    royalties.accounts.append(ALICE.address)
    for ledger in (royalties.escrow, royalties.pool):
        deposit(royalties.token, ledger, ALICE.address, FREE)
    return royalties


def paid(gasless, royalties, ledger, nonce=None, fee=FEE, token=None):
    """A signed request that does nothing but cancel a nonce far above its own, with a fee."""
    nonce = next(NONCES) if nonce is None else nonce
    data = call("Relay", "cancel", nonce + FAR)
    return gasless.signed(
        ALICE, gasless.relay, data, ledger=ledger, token=token or royalties.token, fee=fee, nonce=nonce
    )


@pytest.mark.parametrize("inner", ["the request", "another request", "withdraw", "deposit", "collect", "pool withdraw"])
@pytest.mark.parametrize("ledger", ["escrow", "pool"])
def test_re_entry_while_the_fee_is_paid__by_its_token__moves_nobody_s_money(gasless, ledger, inner):
    """Also into the other ledger, which is not locked: there the token is a stranger."""
    royalties = setting(gasless, "CallbackToken")
    token, escrow, pool, relayer = royalties.token, royalties.escrow, royalties.pool, royalties.account()
    paying = getattr(royalties, ledger)
    outer, other = (paid(gasless, royalties, paying) for _ in range(2))
    target, data = {
        "the request": (gasless.relay, outer.calldata()),
        "another request": (gasless.relay, other.calldata()),
        "withdraw": (escrow, escrow.withdraw.prepare_calldata(token, 1, relayer)),
        "deposit": (paying, paying.deposit.prepare_calldata(token, 1, relayer)),
        "collect": (pool, pool.collect.prepare_calldata(1, ALICE.address)),
        "pool withdraw": (pool, pool.withdraw.prepare_calldata(token, 1, relayer)),
    }[inner]
    token.set_call(target, data)
    gasless.execute(outer, relayer)
    assert token.called() and not token.succeeded()
    assert token.balanceOf(relayer) == FEE
    assert paying.free(token, ALICE.address) == FREE - FEE
    assert [each.free(token, ALICE.address) for each in (escrow, pool) if each != paying] == [FREE]
    assert not gasless.relay.is_used(ALICE.address, other.request.nonce)


def test_fee_in_a_token_that_takes_a_fee__costs_the_account_what_it_signed_and_nobody_else(gasless):
    royalties = setting(gasless, "FeeToken")
    bystander, relayer = royalties.account(), royalties.account()
    deposit(royalties.token, royalties.pool, bystander, FREE)
    royalties.token.set_fee(1000)
    gasless.execute(paid(gasless, royalties, royalties.pool), relayer)
    assert royalties.token.balanceOf(relayer) == FEE * 9 // 10
    assert (royalties.earned(ALICE.address), royalties.earned(bystander)) == (FREE - FEE, FREE)
    assert royalties.token.balanceOf(royalties.pool) == 2 * FREE - FEE


@pytest.mark.parametrize(
    ("token", "setup"),
    [
        ("GreedyToken", lambda token, relayer: token.set_extra(1)),
        ("FalseToken", lambda token, relayer: token.set_refusing(True)),
        ("BlacklistToken", lambda token, relayer: token.set_blacklisted(relayer, True)),
    ],
)
def test_fee_that_its_token_does_not_pay__undoes_the_call_and_the_nonce(gasless, token, setup):
    """Neither is the account charged nor the call made; it can be sent again."""
    royalties = setting(gasless, token)
    relayer = royalties.account()
    signed = paid(gasless, royalties, royalties.escrow)
    setup(royalties.token, relayer)
    with boa.reverts():
        gasless.execute(signed, relayer)
    assert royalties.free(ALICE.address) == FREE
    assert not gasless.relay.is_used(ALICE.address, signed.request.nonce)
    assert not gasless.relay.is_used(ALICE.address, signed.request.nonce + FAR)


def test_fee_spent_by_the_call_itself__undoes_the_call(gasless):
    """Nobody is served for nothing by withdrawing first what the fee is to be paid from."""
    royalties = setting(gasless)
    for ledger in (royalties.escrow, royalties.pool):
        data = ledger.withdraw.prepare_calldata(royalties.token, FREE - FEE + 1, ALICE.address)
        with reverts("ledger: balance too low"):
            gasless.act(ALICE, ledger, data, ledger=ledger, token=royalties.token, fee=FEE)
    assert royalties.token.balanceOf(ALICE.address) == 0


def test_ledger_that_trusts_the_relay_and_lies__has_nothing_of_the_account_s(gasless):
    """It is told who acts, as every target is. What it does then it does in its own name."""
    royalties = setting(gasless)
    relayer = royalties.account()
    liar = gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
    theft = royalties.escrow.withdraw.prepare_calldata(royalties.token, 1, relayer)
    liar.set_call(royalties.escrow, theft + bytes.fromhex(ALICE.address[2:]))
    gasless.execute(paid(gasless, royalties, liar), relayer)
    assert liar.last_actor() == ALICE.address
    assert liar.called() and not liar.succeeded()
    assert royalties.free(ALICE.address) == royalties.earned(ALICE.address) == FREE


def test_fee_from_the_pool__in_shares_that_have_the_token_s_look__is_impossible(gasless):
    """Shares are no ERC-20: the pool's and the escrow's ledgers take none in, so no fee can be drawn on them."""
    royalties = setting(gasless)
    [work, *_] = royalties.finished(arbitrator=royalties.arbitrator.address)
    royalties.pool.enroll([work.submission])
    for ledger in (royalties.escrow, royalties.pool):
        royalties.pool.setOperator(ledger, True, sender=work.annotator)
        with boa.reverts():
            ledger.deposit(royalties.pool, 1, ALICE.address, sender=work.annotator)
        with reverts("ledger: balance too low"):
            gasless.act(
                ALICE, gasless.relay, call("Relay", "cancel", 2**70), ledger=ledger, token=royalties.pool, fee=1
            )
    assert royalties.pool.balanceOf(work.annotator, work.task) == 10


def test_relayer_that_copies_the_signature_alone__into_a_request_with_its_own_fee__is_refused(gasless):
    royalties = setting(gasless)
    free_of_charge = paid(gasless, royalties, royalties.pool, fee=0)
    request = paid(gasless, royalties, royalties.pool, nonce=free_of_charge.request.nonce).request
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(request, free_of_charge.signature))
    assert royalties.earned(ALICE.address) == FREE
