"""release(submission)"""

from dataclasses import replace

import pytest

from goldleaf.types import ZERO_ADDRESS, Submission, SubmissionState
from tests.protocol import SINK, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
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
@pytest.mark.parametrize("wait", [0, WORK_PERIOD - 1])
def test_release__before_due__costs_a_sixteenth(protocol: Protocol, slot: int, labels: int, wait: int) -> None:
    opened = protocol.open(**odd_terms(protocol))
    work = protocol.take(opened, slot)
    before = task(protocol, opened)
    protocol.travel(wait)

    with protocol.gains(work.annotator, SINK, protocol.requester) as gained:
        protocol.escrow.release(work.submission, sender=work.annotator)
        events = log(protocol)

    price = -(-stake(protocol, labels) // 16)
    assert stake(protocol, labels) % 16
    assert events == [("Released", {"submission": work.submission, "annotator": work.annotator, "to_sink": price})]
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


def test_release__stake_of_a_few_units__is_rounded_up_for_the_sink(protocol: Protocol) -> None:
    protocol.arbitrator.set_cost(0)
    work = protocol.take(protocol.open(items=1, batch_size=1, redundancy=1, stake=8, reward=4, availability_bond=4))
    with protocol.gains(work.annotator, SINK, protocol.requester) as gained:
        protocol.escrow.release(work.submission, sender=work.annotator)
    assert gained == [7, 1, 0]


def test_release__of_ones_own_task__costs_as_much(protocol: Protocol) -> None:
    work = protocol.take(protocol.open(), 0, protocol.requester)
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.release(work.submission, sender=protocol.requester)
    assert gained == [10 * protocol.unit * 15 // 16]


@pytest.mark.parametrize("late", [0, 1, 100 * WORK_PERIOD])
def test_release__from_due_on__is_refused(protocol: Protocol, late: int) -> None:
    work = protocol.take(protocol.open())
    protocol.travel(WORK_PERIOD + late)
    with reverts("submissions: past due"):
        protocol.escrow.release(work.submission, sender=work.annotator)


def test_release__not_the_annotator__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    work, sibling = protocol.take(opened, 0), protocol.take(opened, 2)
    for stranger in (protocol.requester, sibling.annotator):
        with reverts("submissions: not the annotator"):
            protocol.escrow.release(work.submission, sender=stranger)


def test_release__committed__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    protocol.commit(work)
    with reverts("submissions: already committed"):
        protocol.escrow.release(work.submission, sender=work.annotator)


def test_release__twice__is_refused(protocol: Protocol) -> None:
    work = protocol.take(protocol.open())
    protocol.escrow.release(work.submission, sender=work.annotator)
    with reverts("submissions: not taken"):
        protocol.escrow.release(work.submission, sender=work.annotator)


def test_release__published__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("submissions: not taken"):
        protocol.escrow.release(work.submission, sender=work.annotator)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_release__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not taken"):
        protocol.escrow.release(unknown)
