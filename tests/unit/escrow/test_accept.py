"""accept(submission)"""

from dataclasses import replace

import pytest

from tests.protocol import COMMITMENT_MIN_AGE, EVIDENCE, SALT, URI, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    RESPONSE_PERIOD,
    UNKNOWN_SUBMISSIONS,
    log,
    submission,
    task,
)


@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD - 1])
def test_accept__within_the_window__ends_it(protocol: Protocol, work: Work, wait: int) -> None:
    before, unchanged = submission(protocol, work.submission), task(protocol, work.task)
    protocol.travel(wait)
    with protocol.gains(work.annotator, protocol.requester) as gained:
        protocol.escrow.accept(work.submission, sender=protocol.requester)
        events = log(protocol)
    assert events == [("Accepted", {"submission": work.submission})]
    assert gained == [0, 0]
    assert submission(protocol, work.submission) == replace(before, window_end=protocol.now)
    assert task(protocol, work.task) == unchanged


def test_accept__nothing_pending__lets_it_be_claimed_at_once(protocol: Protocol, work: Work) -> None:
    with reverts("submissions: window is open"):
        protocol.escrow.claim(work.submission)
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_accept__challenges_that_come_later__are_refused(protocol: Protocol, work: Work) -> None:
    challenger = protocol.account(free=100 * protocol.unit)
    protocol.escrow.commit_challenge(protocol.challenge_commitment(work, [1], challenger))
    protocol.travel(COMMITMENT_MIN_AGE)
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    with reverts("challenges: window has ended"):
        protocol.escrow.challenge(work.submission, [1], 0, EVIDENCE, URI, SALT, sender=challenger)
    with reverts("challenges: first half is over"):
        protocol.escrow.challenge_availability(work.submission, [1], sender=challenger)


def test_accept__challenges_stand__go_on(protocol: Protocol, work: Work) -> None:
    challenge, asked = protocol.challenge(work, [1]), protocol.challenge_availability(work, [2])
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(work.submission)
    protocol.answer(work, asked, 2)
    protocol.travel(RESPONSE_PERIOD)
    protocol.escrow.settle_many([challenge, asked], [[1], [2]])
    assert submission(protocol, work.submission).errors == 1
    protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


@pytest.mark.parametrize("late", [0, 1])
def test_accept__from_the_end_of_the_window_on__is_refused(protocol: Protocol, work: Work, late: int) -> None:
    protocol.travel(CHALLENGE_PERIOD + late)
    with reverts("submissions: window has ended"):
        protocol.escrow.accept(work.submission, sender=protocol.requester)


def test_accept__twice__is_refused(protocol: Protocol, work: Work) -> None:
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    with reverts("submissions: window has ended"):
        protocol.escrow.accept(work.submission, sender=protocol.requester)


def test_accept__not_the_requester__is_refused(protocol: Protocol, work: Work) -> None:
    for stranger in (work.annotator, protocol.account()):
        with reverts("submissions: not the requester"):
            protocol.escrow.accept(work.submission, sender=stranger)


@pytest.mark.parametrize("state", ["taken", "committed", "rejected", "paid"])
def test_accept__not_published__is_refused(protocol: Protocol, work: Work, state: str) -> None:
    if state in ("taken", "committed"):
        work = protocol.take(protocol.open())
    if state == "committed":
        protocol.commit(work)
    if state == "rejected":
        protocol.prove_wrong(work, [0, 1])
    if state == "paid":
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
    with reverts("submissions: not published"):
        protocol.escrow.accept(work.submission, sender=protocol.requester)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_accept__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not published"):
        protocol.escrow.accept(unknown, sender=protocol.requester)
