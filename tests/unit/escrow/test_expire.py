"""expire(submission)"""

from dataclasses import replace

import pytest

from goldleaf.types import ZERO_ADDRESS, Submission, SubmissionState
from tests.protocol import SINK, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
    PUBLISH_PERIOD,
    UNKNOWN_SUBMISSIONS,
    WORK_PERIOD,
    both_decimals,
    log,
    odd_terms,
    stake,
    submission,
    task,
)


@both_decimals
@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST)])
@pytest.mark.parametrize("redundancy", [1, 2])
def test_expire__not_delivered_when_due__costs_a_quarter(
    protocol: Protocol, slot: int, labels: int, redundancy: int
) -> None:
    opened = protocol.open(**odd_terms(protocol, redundancy=redundancy))
    work = protocol.take(opened, slot)
    before = task(protocol, opened)
    protocol.travel(WORK_PERIOD)

    with protocol.gains(work.annotator, SINK, protocol.requester) as gained:
        protocol.escrow.expire(work.submission, sender=protocol.account())
        events = log(protocol)

    price = -(-stake(protocol, labels) // 4)
    assert stake(protocol, labels) % 4
    assert events == [("Expired", {"submission": work.submission, "annotator": work.annotator, "to_sink": price})]
    assert gained == [stake(protocol, labels) - price, price, 0]
    assert submission(protocol, work.submission) == Submission(
        annotator=ZERO_ADDRESS,
        state=SubmissionState.OPEN,
        due_at=0,
        window_end=0,
        errors=0,
        commitment=bytes(32),
        root=bytes(32),
        labels=labels,
        stake=stake(protocol, labels),
        filed=0,
        settled=0,
    )
    assert task(protocol, opened) == replace(before, live=0)
    protocol.assert_conserved()


def test_expire__one_second_before_due__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    protocol.travel(WORK_PERIOD - 1)
    with reverts("submissions: not due yet"):
        protocol.escrow.expire(work.submission)


@both_decimals
@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST)])
def test_expire__committed_but_not_published__costs_the_stake(protocol: Protocol, slot: int, labels: int) -> None:
    opened = protocol.open(**odd_terms(protocol))
    work = protocol.take(opened, slot)
    protocol.commit(work)
    before, submitted = task(protocol, opened), submission(protocol, work.submission)
    protocol.travel_to(before.parameters.deadline + PUBLISH_PERIOD)

    with protocol.gains(work.annotator, SINK, protocol.requester) as gained:
        protocol.escrow.expire(work.submission, sender=protocol.account())
        events = log(protocol)

    price = stake(protocol, labels)
    assert events == [("Forfeited", {"submission": work.submission, "annotator": work.annotator, "to_sink": price})]
    assert gained == [0, price, 0]
    assert submission(protocol, work.submission) == replace(submitted, state=SubmissionState.FORFEITED)
    assert task(protocol, opened) == replace(before, live=0)
    protocol.assert_conserved()


@pytest.mark.parametrize("cancelled", [False, True])
def test_expire__committed_and_one_second_left_to_publish__is_refused(protocol: Protocol, cancelled: bool) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    protocol.commit(work)
    if cancelled:
        protocol.escrow.cancel(opened, sender=protocol.requester)
    protocol.travel_to(task(protocol, opened).parameters.deadline + PUBLISH_PERIOD - 1)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)


def test_expire__committed_and_past_due__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    protocol.commit(work)
    protocol.travel(WORK_PERIOD)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)


def test_expire__twice__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    protocol.travel(WORK_PERIOD)
    protocol.escrow.expire(work.submission)
    with reverts("submissions: not taken"):
        protocol.escrow.expire(work.submission)


def test_expire__forfeited__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    protocol.commit(work)
    protocol.travel_to(task(protocol, opened).parameters.deadline + PUBLISH_PERIOD)
    protocol.escrow.expire(work.submission)
    with reverts("submissions: not taken"):
        protocol.escrow.expire(work.submission)


def test_expire__published__is_refused(protocol: Protocol, work: Work) -> None:
    protocol.travel(1000 * WORK_PERIOD)
    with reverts("submissions: not taken"):
        protocol.escrow.expire(work.submission)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_expire__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not taken"):
        protocol.escrow.expire(unknown)
