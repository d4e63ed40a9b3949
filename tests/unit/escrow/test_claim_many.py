"""claim_many(submissions)"""

import pytest

from goldleaf.ids import submission_id
from goldleaf.types import SubmissionState
from tests.protocol import Protocol, Work
from tests.unit.escrow.helpers import CHALLENGE_PERIOD, FULL, LAST, MAX, log, reward, stake, submission, task


def test_claim_many__several_submissions__pays_each(protocol: Protocol, work: Work, last: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD)
    with protocol.gains(work.annotator, last.annotator) as gained:
        assert protocol.escrow.claim_many([last.submission, work.submission]) == 2
        events = log(protocol)
    assert gained == [labels * reward(protocol) + stake(protocol, labels) for labels in (FULL, LAST)]
    assert [(name, event["submission"], event["labels"]) for name, event in events] == [
        ("Claimed", last.submission, LAST),
        ("Claimed", work.submission, FULL),
    ]
    assert task(protocol, work.task).accepted == FULL + LAST
    protocol.assert_conserved()


def test_claim_many__32_submissions__are_accepted(protocol: Protocol) -> None:
    opened = protocol.open(items=32, batch_size=1, redundancy=1, stake=6 * protocol.unit)
    annotator = protocol.account(free=32 * 6 * protocol.unit)
    slots = list(range(32))
    protocol.escrow.take_many(opened, slots, b"", sender=annotator)
    submissions = [submission_id(opened, slot) for slot in slots]
    for taken in submissions:
        protocol.escrow.publish(taken, b"\1" * 32, bytes(32), "", sender=annotator)
    protocol.travel(CHALLENGE_PERIOD)
    protocol.escrow.claim_many(submissions)
    assert protocol.free(annotator) == 32 * (6 * protocol.unit + protocol.unit // 20)
    assert task(protocol, opened).accepted == 32


def test_claim_many__submissions_of_several_tasks__are_paid_by_their_own_terms(protocol: Protocol) -> None:
    rewards = [protocol.unit // 20, protocol.unit // 10]
    dear, cheap = [protocol.open(reward=reward, items=20, redundancy=1) for reward in rewards]
    works = [protocol.take(opened, slot) for opened, slot in ((dear, 0), (cheap, 0), (dear, 1))]
    for work in works:
        protocol.publish(work)
    protocol.travel(CHALLENGE_PERIOD)
    with protocol.gains(*(work.annotator for work in works)) as gained:
        assert protocol.escrow.claim_many([work.submission for work in works]) == 3
    assert gained == [10 * (reward + protocol.unit) for reward in (rewards[0], rewards[1], rewards[0])]
    assert [task(protocol, opened).accepted for opened in (dear, cheap)] == [20, 10]
    protocol.assert_conserved()


def test_claim_many__nothing__changes_nothing(protocol: Protocol, work: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD)
    protocol.escrow.claim_many([])
    assert log(protocol) == []
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED


@pytest.mark.parametrize("case", ["repeated", "unknown", "pending", "open window", "paid"])
def test_claim_many__one_cannot_be_paid__is_passed_over(protocol: Protocol, work: Work, last: Work, case: str) -> None:
    if case == "pending":
        protocol.defend(protocol.challenge(last, [12]))
    protocol.travel(CHALLENGE_PERIOD)
    other = {"repeated": work.submission, "unknown": MAX}.get(case, last.submission)
    if case == "open window":
        other = protocol.delivered(redundancy=1).submission
    if case == "paid":
        protocol.escrow.claim(last.submission)
    before = submission(protocol, last.submission)
    with protocol.gains(work.annotator, last.annotator) as gained:
        assert protocol.escrow.claim_many([other, work.submission, other]) == 1
        events = log(protocol)
    assert [event["submission"] for _, event in events] == [work.submission]
    assert gained == [FULL * reward(protocol) + stake(protocol, FULL), 0]
    assert submission(protocol, last.submission) == before
    protocol.assert_conserved()


def test_claim_many__nothing_can_be_paid__changes_nothing(protocol: Protocol, work: Work) -> None:
    assert protocol.escrow.claim_many([work.submission]) == 0
    assert log(protocol) == []
