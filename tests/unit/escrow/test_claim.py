"""claim(submission)"""

from dataclasses import replace

import pytest

from goldleaf.types import SubmissionState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    FULL,
    LAST,
    RESPONSE_PERIOD,
    UNKNOWN_SUBMISSIONS,
    both_decimals,
    log,
    prize,
    reward,
    stake,
    submission,
    task,
)


def check_paid(protocol: Protocol, work: Work, labels: int, errors: int) -> None:
    """Claims, and holds every effect against the rule."""
    before, submitted = task(protocol, work.task), submission(protocol, work.submission)
    with protocol.gains(work.annotator, protocol.requester) as gained:
        protocol.escrow.claim(work.submission, sender=protocol.account())
        events = log(protocol)
    pay, whole = reward(protocol) * (labels - errors), stake(protocol, labels)
    # The stake has the prizes back out of the pay of the labels proven wrong.
    rest = errors * (reward(protocol) - prize(protocol))
    fields = {"annotator": work.annotator, "labels": labels - errors, "pay": pay, "stake": whole, "to_requester": rest}
    assert events == [("Claimed", {"submission": work.submission} | fields)]
    assert gained == [pay + whole, rest]
    assert submission(protocol, work.submission) == replace(submitted, state=SubmissionState.PAID)
    accepted = before.accepted + labels - errors
    delivered = before.delivered + labels
    assert task(protocol, work.task) == replace(before, live=before.live - 1, accepted=accepted, delivered=delivered)
    assert protocol.lens.accepted_labels(work.task) == accepted
    protocol.assert_conserved()


@both_decimals
def test_claim__no_errors__pays_all(protocol: Protocol, work: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD)
    check_paid(protocol, work, FULL, errors=0)


@both_decimals
def test_claim__last_batch__pays_its_labels(protocol: Protocol, last: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD)
    check_paid(protocol, last, LAST, errors=0)


@both_decimals
def test_claim__tolerated_error__pays_the_other_labels_and_the_whole_stake(protocol: Protocol, work: Work) -> None:
    protocol.prove_wrong(work, [4])
    protocol.pass_window(work)
    check_paid(protocol, work, FULL, errors=1)


@pytest.mark.parametrize(("reward", "to_requester"), [(4, 3), (5, 4), (7, 6), (8, 6)])
def test_claim__reward_of_a_few_units__leaves_the_requester_what_is_no_prize(
    protocol: Protocol, reward: int, to_requester: int
) -> None:
    protocol.arbitrator.set_cost(0)
    work = protocol.delivered(reward=reward, stake=4, redundancy=1, items=10, availability_bond=reward)
    protocol.prove_wrong(work, [4])
    protocol.pass_window(work)
    with protocol.gains(work.annotator, protocol.requester) as gained:
        protocol.escrow.claim(work.submission)
    assert gained == [9 * reward + 40, to_requester]
    protocol.assert_conserved()


def test_claim__free_balance_of_the_annotator__grows(protocol: Protocol, work: Work) -> None:
    protocol.fund(work.annotator, 1)
    protocol.travel(CHALLENGE_PERIOD)
    protocol.escrow.claim(work.submission)
    assert protocol.free(work.annotator) == 1 + stake(protocol) + FULL * reward(protocol)


def test_claim__one_second_before_the_window_ends__is_refused(protocol: Protocol, work: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD - 1)
    with reverts("submissions: window is open"):
        protocol.escrow.claim(work.submission)


def test_claim__a_challenge_is_pending__is_refused(protocol: Protocol, work: Work) -> None:
    challenge = protocol.challenge(work, [4])
    protocol.defend(challenge)
    protocol.travel(CHALLENGE_PERIOD)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(work.submission)
    protocol.rule(challenge, 2)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(work.submission)
    protocol.settle(challenge)
    check_paid(protocol, work, FULL, errors=0)


def test_claim__answered_and_not_settled__is_refused(protocol: Protocol, work: Work) -> None:
    asked = protocol.challenge_availability(work, [4])
    protocol.answer(work, asked, 4)
    protocol.travel(CHALLENGE_PERIOD)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(work.submission)
    protocol.settle(asked)
    check_paid(protocol, work, FULL, errors=0)


def test_claim__twice__is_refused(protocol: Protocol, work: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD)
    protocol.escrow.claim(work.submission)
    with reverts("submissions: not published"):
        protocol.escrow.claim(work.submission)


@pytest.mark.parametrize("state", ["taken", "committed", "rejected"])
def test_claim__not_published__is_refused(protocol: Protocol, work: Work, state: str) -> None:
    if state == "rejected":
        challenge = protocol.challenge(work, [0, 1])
        protocol.travel(RESPONSE_PERIOD)
        protocol.settle(challenge)
    else:
        work = protocol.take(protocol.open())
    if state == "committed":
        protocol.commit(work)
    protocol.travel(CHALLENGE_PERIOD)
    with reverts("submissions: not published"):
        protocol.escrow.claim(work.submission)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_claim__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not published"):
        protocol.escrow.claim(unknown)
