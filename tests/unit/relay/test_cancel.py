"""Using up a nonce, so that what was signed with it never happens."""

import pytest

from tests.protocol import reverts
from tests.relayed import call, signer

ALICE = signer("alice who cancels")


def cancelled(gasless):
    """What the last call told of cancelled requests."""
    logs = [log for log in gasless.relay.get_logs() if type(log).__name__ == "RequestCancelled"]
    return [(log.account, log.nonce) for log in logs]


def test_cancel__by_the_account__stops_the_request(gasless, target):
    signed = gasless.signed(ALICE, target, target.act.prepare_calldata(1))
    nonce = signed.request.nonce
    gasless.relay.cancel(nonce, sender=ALICE.address)
    assert cancelled(gasless) == [(ALICE.address, nonce)]
    assert gasless.relay.is_used(ALICE.address, nonce)
    with reverts("relay: nonce is used"):
        gasless.execute(signed)
    assert target.acts() == 0


def test_cancel__by_a_signature__stops_the_request(gasless, target):
    """The relay is a target of itself, so cancelling needs no ether either."""
    signed = gasless.signed(ALICE, target, target.act.prepare_calldata(1))
    nonce = signed.request.nonce
    cancelling = gasless.signed(ALICE, gasless.relay, call("Relay", "cancel", nonce))
    gasless.execute(cancelling)
    assert cancelled(gasless) == [(ALICE.address, nonce)]
    assert gasless.relay.is_used(ALICE.address, cancelling.request.nonce)
    with reverts("relay: nonce is used"):
        gasless.execute(signed)


def test_cancel__by_a_signature__of_the_request_itself__is_refused(gasless):
    """A request that cancels itself would leave its own use in doubt."""
    nonce = 10_000
    with reverts("relay: nonce is used"):
        gasless.act(ALICE, gasless.relay, call("Relay", "cancel", nonce), nonce=nonce)
    assert not gasless.relay.is_used(ALICE.address, nonce)


def test_cancel__by_somebody_else__is_their_own_nonce(gasless, target):
    signed = gasless.signed(ALICE, target, target.act.prepare_calldata(1))
    gasless.relay.cancel(signed.request.nonce, sender=gasless.chain.account())
    gasless.execute(signed)
    assert target.acts() == 1


@pytest.mark.parametrize("nonce", [0, 255, 256, 2**256 - 1])
def test_cancel__any_nonce__alone(gasless, nonce):
    account = gasless.chain.account()
    gasless.relay.cancel(nonce, sender=account)
    used = {number for number in (0, 1, 254, 255, 256, 511, 2**256 - 1) if gasless.relay.is_used(account, number)}
    assert used == {nonce}


def test_cancel__twice_or_after_execution__is_refused(gasless, target):
    signed = gasless.signed(ALICE, target, target.act.prepare_calldata(1))
    gasless.execute(signed)
    with reverts("relay: nonce is used"):
        gasless.relay.cancel(signed.request.nonce, sender=ALICE.address)
    gasless.relay.cancel(20_000, sender=ALICE.address)
    with reverts("relay: nonce is used"):
        gasless.relay.cancel(20_000, sender=ALICE.address)


def test_cancel__by_a_wallet__is_its_own(gasless, target):
    owner = signer("owner who cancels")
    wallet = gasless.chain.deploy("mocks/Wallet", owner.address)
    request = gasless.request(wallet.address, target, target.act.prepare_calldata(1))
    wallet.call(gasless.relay, gasless.relay.cancel.prepare_calldata(request.nonce), sender=owner.address)
    with reverts("relay: nonce is used"):
        gasless.execute(gasless.signed_by_owner(owner, request))
