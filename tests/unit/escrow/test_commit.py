"""commit(submission, commitment)"""

from dataclasses import replace

import pytest

from goldleaf.types import SubmissionState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import UNKNOWN_SUBMISSIONS, WORK_PERIOD, log, submission, task

COMMITMENT = b"\xc0" * 32


@pytest.mark.parametrize("wait", [0, WORK_PERIOD - 1])
def test_commit__before_due__is_kept(protocol: Protocol, wait: int) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    before, unchanged = submission(protocol, work.submission), task(protocol, opened)
    protocol.travel(wait)

    with protocol.gains(work.annotator, protocol.requester) as gained:
        protocol.escrow.commit(work.submission, COMMITMENT, sender=work.annotator)
        events = log(protocol)

    fields = {"submission": work.submission, "annotator": work.annotator, "commitment": COMMITMENT}
    assert events == [("Committed", fields)]
    assert gained == [0, 0]
    assert submission(protocol, work.submission) == replace(
        before, state=SubmissionState.COMMITTED, commitment=COMMITMENT
    )
    assert task(protocol, opened) == unchanged


def test_commit__cancelled_task__is_kept(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    protocol.escrow.cancel(opened, sender=protocol.requester)
    protocol.escrow.commit(work.submission, COMMITMENT, sender=work.annotator)
    assert submission(protocol, work.submission).state == SubmissionState.COMMITTED


@pytest.mark.parametrize("late", [0, 1, 100 * WORK_PERIOD])
def test_commit__from_due_on__is_refused(protocol: Protocol, late: int) -> None:
    work = protocol.take(protocol.open())
    protocol.travel(WORK_PERIOD + late)
    with reverts("submissions: past due"):
        protocol.escrow.commit(work.submission, COMMITMENT, sender=work.annotator)


def test_commit__not_the_annotator__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    work, sibling = protocol.take(opened, 0), protocol.take(opened, 2)
    for stranger in (protocol.requester, sibling.annotator):
        with reverts("submissions: not the annotator"):
            protocol.escrow.commit(work.submission, COMMITMENT, sender=stranger)


def test_commit__redundancy_of_one__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open(redundancy=1))
    with reverts("submissions: publish directly"):
        protocol.escrow.commit(work.submission, COMMITMENT, sender=work.annotator)


def test_commit__nothing__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    with reverts("submissions: empty commitment"):
        protocol.escrow.commit(work.submission, bytes(32), sender=work.annotator)


@pytest.mark.parametrize("second", [COMMITMENT, b"\xc1" * 32])
def test_commit__a_second_time__is_refused(protocol: Protocol, second: bytes) -> None:
    work = protocol.take(protocol.open())
    protocol.escrow.commit(work.submission, COMMITMENT, sender=work.annotator)
    with reverts("submissions: already committed"):
        protocol.escrow.commit(work.submission, second, sender=work.annotator)


def test_commit__published__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("submissions: not taken"):
        protocol.escrow.commit(work.submission, COMMITMENT, sender=work.annotator)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_commit__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not taken"):
        protocol.escrow.commit(unknown, COMMITMENT)
