"""A jury that says nothing decides nothing, and pays nobody twice."""

from goldleaf.types import NOT_HEARD, Outcome
from tests.protocol import DAY, SINK, Protocol


def test_a_silent_jury_that_pays_twice():
    """Whoever has defended gets the fee back once: from the court, and not from the escrow too."""
    protocol = Protocol(arbitrator="Court")
    protocol.jury.seat(10)
    work = protocol.delivered(redundancy=1)
    cost = protocol.arbitrator.arbitration_cost()
    challenger, defender = (protocol.account(free=100 * protocol.unit) for _ in range(2))
    with protocol.gains(challenger, defender, work.annotator, SINK) as gained:
        challenge = protocol.challenge(work, [0], challenger)
        protocol.travel(DAY)
        dispute = protocol.defend(challenge, defender)
        protocol.jury.draw(dispute)
        protocol.jury.chain.travel(protocol.jury.parameters.commit_period + protocol.jury.parameters.reveal_period)
        # The last who could make them speak appeals, and the larger jury is as silent.
        appellant = protocol.jury.appeal(dispute)
        protocol.jury.draw(dispute)
        protocol.jury.finish(dispute)
        assert protocol.arbitrator.ruling(dispute) == NOT_HEARD
        protocol.settle(challenge)
        assert protocol.event("Settled").outcome == Outcome.NOT_HEARD
    assert gained == [0, -cost, 0, 0]
    paid_back = [
        int(protocol.arbitrator.free(protocol.token, account)) for account in (defender, appellant, challenger)
    ]
    assert paid_back == [cost, 7 * cost // 3, 0]
    # The jurors' penalties are nobody's, but those of the next whom the court pays.
    assert protocol.arbitrator.carried() == 10 * 4 * cost // 3
    protocol.assert_conserved()
