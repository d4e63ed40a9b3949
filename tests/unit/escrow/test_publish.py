"""publish(submission, root, salt, uri)"""

from dataclasses import replace

import pytest

from goldleaf.types import SubmissionState
from tests.protocol import SALT, URI, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    PUBLISH_PERIOD,
    UNKNOWN_SUBMISSIONS,
    WORK_PERIOD,
    log,
    submission,
    task,
)

OTHER = b"\x0b" * 32


def committed(protocol: Protocol, redundancy: int = 2) -> list[Work]:
    """All siblings of a batch, committed."""
    opened = protocol.open(redundancy=redundancy)
    works = [protocol.take(opened, 2 * sibling) for sibling in range(redundancy)]
    for work in works:
        protocol.commit(work)
    return works


def deadline(protocol: Protocol, work: Work) -> int:
    return task(protocol, work.task).parameters.deadline


@pytest.mark.parametrize("wait", [0, WORK_PERIOD - 1])
def test_publish__redundancy_of_one__delivers_directly(protocol: Protocol, wait: int) -> None:
    work = protocol.take(protocol.open(redundancy=1))
    before, unchanged = submission(protocol, work.submission), task(protocol, work.task)
    protocol.travel(wait)

    with protocol.gains(work.annotator, protocol.requester) as gained:
        protocol.escrow.publish(work.submission, work.labels.root, OTHER, URI, sender=work.annotator)
        events = log(protocol)

    window_end = protocol.now + CHALLENGE_PERIOD
    fields = {"annotator": work.annotator, "root": work.labels.root, "uri": URI, "window_end": window_end}
    assert events == [("Published", {"submission": work.submission} | fields)]
    assert gained == [0, 0]
    assert submission(protocol, work.submission) == replace(
        before, state=SubmissionState.PUBLISHED, due_at=0, window_end=window_end, root=work.labels.root
    )
    assert task(protocol, work.task) == unchanged


@pytest.mark.parametrize("redundancy", [2, 15])
def test_publish__all_siblings_committed__opens_the_commitment(protocol: Protocol, redundancy: int) -> None:
    """By anyone who knows it."""
    work, *_ = committed(protocol, redundancy)
    before = submission(protocol, work.submission)
    with protocol.gains(work.annotator, protocol.requester) as gained:
        protocol.publish(work, sender=protocol.account())
        events = log(protocol)
    window_end = protocol.now + CHALLENGE_PERIOD
    fields = {"annotator": work.annotator, "root": work.labels.root, "uri": URI, "window_end": window_end}
    assert events == [("Published", {"submission": work.submission} | fields)]
    assert gained == [0, 0]
    assert submission(protocol, work.submission) == replace(
        before,
        state=SubmissionState.PUBLISHED,
        due_at=0,
        window_end=window_end,
        commitment=bytes(32),
        root=work.labels.root,
    )


def test_publish__siblings_published_before__is_accepted(protocol: Protocol) -> None:
    first, second = committed(protocol)
    protocol.publish(first)
    protocol.travel(CHALLENGE_PERIOD)
    protocol.publish(second)
    assert submission(protocol, second.submission).window_end == protocol.now + CHALLENGE_PERIOD


@pytest.mark.parametrize("siblings", ["open", "taken"])
def test_publish__a_sibling_is_not_committed__waits_for_the_deadline(protocol: Protocol, siblings: str) -> None:
    """So nobody labels while others' labels are readable."""
    opened = protocol.open(redundancy=3)
    work = protocol.take(opened, 0)
    protocol.commit(work)
    protocol.commit(protocol.take(opened, 2))
    if siblings == "taken":
        protocol.take(opened, 4)
    for time in (protocol.now, deadline(protocol, work) - 1):
        protocol.travel_to(time)
        with reverts("submissions: siblings not ready"):
            protocol.publish(work)
    protocol.travel(1)
    protocol.publish(work)
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED


def test_publish__cancelled_task__waits_for_work_under_way(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened, 0)
    protocol.commit(work)
    protocol.travel(WORK_PERIOD)
    protocol.escrow.cancel(opened, sender=protocol.requester)
    protocol.travel(WORK_PERIOD - 1)
    with reverts("submissions: siblings not ready"):
        protocol.publish(work)
    protocol.travel(1)
    protocol.publish(work)
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED


@pytest.mark.parametrize("cancelled", [False, True])
def test_publish__the_last_second__is_the_one_before_the_publish_period_ends(
    protocol: Protocol, cancelled: bool
) -> None:
    first, second = committed(protocol)
    if cancelled:
        protocol.escrow.cancel(first.task, sender=protocol.requester)
    protocol.travel_to(deadline(protocol, first) + PUBLISH_PERIOD - 1)
    protocol.publish(first)
    protocol.travel(1)
    with reverts("submissions: too late to publish"):
        protocol.publish(second)


def test_publish__redundancy_of_one_and_not_the_annotator__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open(redundancy=1))
    for stranger in (protocol.requester, protocol.account()):
        with reverts("submissions: not the annotator"):
            protocol.publish(work, sender=stranger)


@pytest.mark.parametrize("late", [0, 1, 100 * WORK_PERIOD])
def test_publish__redundancy_of_one_and_due__is_refused(protocol: Protocol, late: int) -> None:
    work = protocol.take(protocol.open(redundancy=1))
    protocol.travel(WORK_PERIOD + late)
    with reverts("submissions: past due"):
        protocol.publish(work)


@pytest.mark.parametrize("redundancy", [1, 2])
def test_publish__empty_root__is_refused(protocol: Protocol, redundancy: int) -> None:
    work = protocol.take(protocol.open(redundancy=redundancy))
    with reverts("submissions: empty root"):
        protocol.escrow.publish(work.submission, bytes(32), SALT, URI, sender=work.annotator)


def test_publish__nothing_committed__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    with reverts("submissions: not committed"):
        protocol.publish(work)


@pytest.mark.parametrize("changed", [{"root": OTHER}, {"salt": OTHER}, {"uri": "ipfs://other"}, {"uri": ""}], ids=str)
def test_publish__other_than_committed__is_refused(protocol: Protocol, changed: dict[str, object]) -> None:
    work, _ = committed(protocol)
    opening = {"root": work.labels.root, "salt": SALT, "uri": URI} | changed
    with reverts("submissions: wrong opening"):
        protocol.escrow.publish(work.submission, *opening.values(), sender=work.annotator)


def test_publish__a_copied_commitment__is_refused(protocol: Protocol) -> None:
    """It binds its author and its slot."""
    opened = protocol.open()
    author, copier = protocol.take(opened, 0), protocol.take(opened, 2)
    protocol.commit(author)
    protocol.escrow.commit(copier.submission, protocol.commitment(author), sender=copier.annotator)
    with reverts("submissions: wrong opening"):
        protocol.escrow.publish(copier.submission, author.labels.root, SALT, URI, sender=copier.annotator)


def test_publish__longest_uri__is_accepted(protocol: Protocol) -> None:
    work = protocol.take(protocol.open(redundancy=1))
    protocol.escrow.publish(work.submission, work.labels.root, SALT, "u" * 256, sender=work.annotator)
    assert protocol.event("Published").uri == "u" * 256


@pytest.mark.parametrize("redundancy", [1, 2])
def test_publish__twice__is_refused(protocol: Protocol, redundancy: int) -> None:
    work = protocol.delivered(redundancy=redundancy)
    with reverts("submissions: not taken"):
        protocol.publish(work)


def test_publish__forfeited__is_refused(protocol: Protocol) -> None:
    work, _ = committed(protocol)
    protocol.travel_to(deadline(protocol, work) + PUBLISH_PERIOD)
    protocol.escrow.expire(work.submission)
    with reverts("submissions: not taken"):
        protocol.publish(work)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_publish__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not taken"):
        protocol.escrow.publish(unknown, OTHER, SALT, URI)
