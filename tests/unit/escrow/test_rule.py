"""rule(dispute, ruling), challenge_of(arbitrator, dispute)"""

from dataclasses import replace

import pytest

from goldleaf.types import NOT_HEARD, ChallengeState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import ARBITRATION_TIMEOUT, MAX, challenge, deployed_with, log

dishonest = deployed_with({"arbitrator": "DishonestArbitrator"})


@pytest.mark.parametrize("ruling", [0, 1, 2, NOT_HEARD])
def test_rule__by_the_arbitrator__is_recorded(protocol: Protocol, work: Work, ruling: int) -> None:
    filed = protocol.challenge(work, [3])
    dispute = protocol.defend(filed)
    before = challenge(protocol, filed)
    with protocol.gains(work.annotator, before.challenger, protocol.requester) as gained:
        protocol.escrow.rule(dispute, ruling, sender=protocol.arbitrator.address)
        events = log(protocol)
    assert events == [("Ruled", {"challenge": filed, "ruling": ruling})]
    assert gained == [0, 0, 0]
    assert challenge(protocol, filed) == replace(before, state=ChallengeState.RULED, ruling=ruling)


def test_rule__after_the_timeout_and_before_settle__counts(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [3])
    protocol.defend(filed)
    protocol.travel(2 * ARBITRATION_TIMEOUT)
    protocol.rule(filed, 1)
    assert challenge(protocol, filed).ruling == 1
    protocol.settle(filed)
    assert protocol.event("Settled").proven == 1


def test_rule__disputes_of_several_challenges__are_kept_apart(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge(work, [3]), protocol.challenge(work, [4])
    disputes = [protocol.defend(first), protocol.defend(second)]
    assert [protocol.escrow.challenge_of(protocol.arbitrator, dispute) for dispute in disputes] == [first, second]
    protocol.rule(second, 2)
    assert challenge(protocol, first).state == ChallengeState.DEFENDED
    assert challenge(protocol, second).state == ChallengeState.RULED


@dishonest
@pytest.mark.parametrize("ruling", [3, 4, 2**64, MAX - 1])
def test_rule__no_such_ruling__is_refused(protocol: Protocol, work: Work, ruling: int) -> None:
    dispute = protocol.defend(protocol.challenge(work, [3]))
    with reverts("challenges: no such ruling"):
        protocol.arbitrator.rule(protocol.escrow, dispute, ruling)


@dishonest
@pytest.mark.parametrize("dispute", [0, 1, MAX])
def test_rule__unknown_dispute__is_refused(protocol: Protocol, work: Work, dispute: int) -> None:
    protocol.challenge(work, [3])
    with reverts("challenges: unknown dispute"):
        protocol.arbitrator.rule(protocol.escrow, dispute, 1)


def test_rule__not_the_arbitrator__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [3])
    dispute = protocol.defend(filed)
    for stranger in (work.annotator, protocol.requester, challenge(protocol, filed).challenger):
        with reverts("challenges: unknown dispute"):
            protocol.escrow.rule(dispute, 1, sender=stranger)


@dishonest
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("ruling", [0, 1, 2, NOT_HEARD])
def test_rule__twice__is_refused(protocol: Protocol, work: Work, settled: bool, ruling: int) -> None:
    filed = protocol.challenge(work, [3])
    dispute = protocol.defend(filed)
    protocol.arbitrator.rule(protocol.escrow, dispute, 2)
    if settled:
        protocol.settle(filed)
    with reverts("challenges: already ruled"):
        protocol.arbitrator.rule(protocol.escrow, dispute, ruling)


def test_rule__settled_by_the_timeout__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [3])
    dispute = protocol.defend(filed)
    protocol.travel(ARBITRATION_TIMEOUT)
    protocol.settle(filed)
    with reverts("challenges: already ruled"):
        protocol.escrow.rule(dispute, 1, sender=protocol.arbitrator.address)
