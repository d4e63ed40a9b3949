"""concede(challenge)"""

from dataclasses import replace

import pytest

from goldleaf.types import ChallengeState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import RESPONSE_PERIOD, UNKNOWN_CHALLENGES, challenge, log, submission


@pytest.mark.parametrize("wait", [0, RESPONSE_PERIOD // 2, RESPONSE_PERIOD - 1])
def test_concede__within_the_response_period__is_noted(protocol: Protocol, work: Work, wait: int) -> None:
    filed = protocol.challenge(work, [3])
    before, submitted = challenge(protocol, filed), submission(protocol, work.submission)
    protocol.travel(wait)
    with protocol.gains(work.annotator, before.challenger, protocol.requester) as gained:
        protocol.escrow.concede(filed, sender=work.annotator)
        events = log(protocol)
    assert events == [("Conceded", {"challenge": filed})]
    assert gained == [0, 0, 0]
    assert challenge(protocol, filed) == replace(before, state=ChallengeState.CONCEDED)
    assert submission(protocol, work.submission) == submitted


@pytest.mark.parametrize("late", [0, 1])
def test_concede__from_the_end_of_the_response_period_on__is_refused(protocol: Protocol, work: Work, late: int) -> None:
    filed = protocol.challenge(work, [3])
    protocol.travel(RESPONSE_PERIOD + late)
    with reverts("challenges: response has ended"):
        protocol.escrow.concede(filed, sender=work.annotator)


def test_concede__not_the_annotator__is_refused(protocol: Protocol, work: Work, last: Work) -> None:
    filed = protocol.challenge(work, [3])
    for stranger in (challenge(protocol, filed).challenger, protocol.requester, last.annotator):
        with reverts("challenges: not the annotator"):
            protocol.escrow.concede(filed, sender=stranger)


def test_concede__availability__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge_availability(work, [3])
    with reverts("challenges: is of availability"):
        protocol.escrow.concede(filed, sender=work.annotator)


@pytest.mark.parametrize("state", ["conceded", "defended", "ruled", "settled"])
def test_concede__not_open__is_refused(protocol: Protocol, work: Work, state: str) -> None:
    filed = protocol.challenge(work, [3])
    if state == "conceded":
        protocol.escrow.concede(filed, sender=work.annotator)
    else:
        protocol.defend(filed)
    if state in ("ruled", "settled"):
        protocol.rule(filed, 2)
    if state == "settled":
        protocol.settle(filed)
    with reverts("challenges: not open"):
        protocol.escrow.concede(filed, sender=work.annotator)


def test_concede__submission_is_rejected__is_refused(protocol: Protocol, work: Work) -> None:
    first, second = protocol.challenge(work, [3, 4]), protocol.challenge(work, [5])
    protocol.escrow.concede(first, sender=work.annotator)
    protocol.settle(first)
    with reverts("submissions: not published"):
        protocol.escrow.concede(second, sender=work.annotator)


@pytest.mark.parametrize("unknown", UNKNOWN_CHALLENGES)
def test_concede__unknown_challenge__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("challenges: not open"):
        protocol.escrow.concede(unknown)
