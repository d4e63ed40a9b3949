"""Attacks on gates that ask a token: nobody makes it say no for an account that holds it."""

import pytest

from tests.protocol import Jury
from tests.royalty import Royalties

CALLS = ["deposit", "withdraw"]


@pytest.mark.parametrize("function", CALLS)
def test_dismissing_a_juror__while_the_pool_that_the_gate_asks_is_locked__is_refused(function: str) -> None:
    """Contributors to a data set judge the next one. Whoever brings a token to the pool gets to call in the middle of a
    deposit or withdrawal: were the pool not to tell balances then, the gate would hear no for everybody."""
    royalties = Royalties()
    [work, *_] = royalties.finished()
    royalties.pool.enroll([work.submission])
    gate = royalties.chain.deploy("gates/TokenGate", royalties.pool, 1, True, work.task)
    jury = Jury(royalties.token, gate=gate.address)
    jury.join(holder=work.annotator)
    jury.chain.travel(jury.parameters.join_delay)
    jury.court.ready(1)

    token, thief = royalties.chain.deploy("mocks/CallbackToken", 6), royalties.account()
    token.mint(thief, 2)
    token.approve(royalties.pool, 2, sender=thief)
    royalties.pool.deposit(token, 1, thief, sender=thief)
    token.set_call(jury.court, jury.court.dismiss.prepare_calldata(1, b""))
    getattr(royalties.pool, function)(token, 1, thief, sender=thief)
    assert token.called()
    assert not token.succeeded()
    assert b"seats: gate still allows" in token.response()
    assert jury.court.seats_of(work.annotator) == 1
