"""Of the two forms of a signature only the lower is one: `s` up to half of the curve's order.

A relay's digest names who signs it, so a key can't be solved for there: the module that the relay and the gate share
is asked itself, about any digest. The gate's digest does not name its issuer.
"""

from typing import Any

import boa
import pytest
from eth_account import Account
from eth_utils import keccak

from tests.chains import InProcessChain
from tests.credentials import Board
from tests.relayed import ORDER, flipped
from tests.signatures import HALF, signed_with

DIGEST = keccak(b"what is signed")


@pytest.fixture(scope="module")
def harness() -> Any:
    return InProcessChain().deploy("mocks/SignaturesHarness")


@pytest.mark.parametrize(("s", "accepted"), [(1, True), (HALF - 1, True), (HALF, True), (HALF + 1, False)])
def test_is_by__s_around_half_of_the_order__is_accepted_up_to_it(harness: Any, s: int, accepted: bool) -> None:
    account, signature = signed_with(s, DIGEST)
    # Elliptic curves know no such bound.
    assert Account._recover_hash(DIGEST, signature=signature) == account.address
    assert harness.is_by(account.address, DIGEST, signature) == accepted
    assert harness.is_by(account.address, DIGEST, flipped(signature)) == (not accepted)


def test_is_by__half_of_the_order__is_the_largest_that_has_a_larger_twin() -> None:
    assert HALF < ORDER - HALF == HALF + 1


@pytest.mark.parametrize(("s", "accepted"), [(HALF, True), (HALF + 1, False)])
def test_is_allowed__credential_with_s_around_half_of_the_order__is_accepted_up_to_it(s: int, accepted: bool) -> None:
    holder = InProcessChain().account()
    with boa.env.anchor():
        credential = Board().credential(holder)
        issuer, signature = signed_with(s, credential.digest())
    # The same account deploys the same contract next: it has the same address.
    board = Board(issuer.address)
    assert board.gate.address == credential.gate
    data = credential.expires.to_bytes(32) + credential.nonce.to_bytes(32) + signature
    assert board.allows(holder, data) == accepted
    assert board.allows(holder, data[:64] + flipped(signature)) == (not accepted)
