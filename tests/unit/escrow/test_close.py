"""close(task)"""

from dataclasses import replace

import pytest

from tests.protocol import DAY, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
    PUBLISH_PERIOD,
    UNKNOWN_TASKS,
    WORK_PERIOD,
    both_decimals,
    log,
    odd_terms,
    reward,
    task,
)


def pass_deadline(protocol: Protocol, opened: int) -> None:
    protocol.travel_to(task(protocol, opened).parameters.deadline)


@both_decimals
def test_close__nobody_worked__returns_the_pot(protocol: Protocol) -> None:
    opened = protocol.open(**odd_terms(protocol))
    before = task(protocol, opened)
    pass_deadline(protocol, opened)
    pot = reward(protocol) * (FULL + LAST) * 2

    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(opened, sender=protocol.account())
        events = log(protocol)

    assert events == [("Closed", {"task": opened, "accepted": 0, "to_requester": pot})]
    assert task(protocol, opened) == replace(before, closed=True)
    assert gained == [pot]
    protocol.assert_conserved()


def test_close__some_labels_accepted__returns_nothing_for_what_was_delivered(protocol: Protocol) -> None:
    """Of redundancy 1: ten labels with one error are paid, seven rejected."""
    opened = protocol.open(**odd_terms(protocol, redundancy=1))
    [good], [bad] = protocol.deliver(opened, 0), protocol.deliver(opened, 1)
    protocol.prove_wrong(good, [3])
    protocol.prove_wrong(bad, [16])
    pass_deadline(protocol, opened)
    protocol.escrow.claim(good.submission)

    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(opened)
        events = log(protocol)

    # Both were delivered, so the pot has given all of its labels' pay before.
    assert events == [("Closed", {"task": opened, "accepted": 9, "to_requester": 0})]
    assert gained == [0]
    assert task(protocol, opened).delivered == FULL + LAST
    assert protocol.lens.accepted_labels(opened) == 9
    protocol.assert_conserved()


def test_close__every_label_accepted__returns_nothing(protocol: Protocol, work: Work) -> None:
    opened = work.task
    for slot in (1, 3):
        assert protocol.lens.submission(opened << 64 | slot).annotator
    pass_deadline(protocol, opened)
    protocol.escrow.claim_many([opened << 64 | slot for slot in range(4)])
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(opened)
    assert gained == [0]
    assert task(protocol, opened).accepted == 2 * (FULL + LAST)
    protocol.assert_conserved()


def test_close__slots_released_expired_and_forfeited__returns_the_pot(protocol: Protocol) -> None:
    opened = protocol.open(**odd_terms(protocol))
    released, expired, forfeited = (protocol.take(opened, slot) for slot in (0, 1, 3))
    protocol.escrow.release(released.submission, sender=released.annotator)
    protocol.commit(forfeited)
    pass_deadline(protocol, opened)
    protocol.escrow.expire(expired.submission)
    protocol.travel(PUBLISH_PERIOD)
    protocol.escrow.expire(forfeited.submission)
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(opened)
    assert gained == [reward(protocol) * (FULL + LAST) * 2]
    protocol.assert_conserved()


def test_close__rejected_submission_with_open_challenges__is_accepted(protocol: Protocol, last: Work) -> None:
    """Challenges of a rejected submission move bonds alone: the pot does not wait for them."""
    protocol.provide(protocol.requester, 10 * protocol.unit)
    opened = protocol.open(**odd_terms(protocol, redundancy=1))
    [_], [bad] = protocol.deliver(opened, 0), protocol.deliver(opened, 1)
    protocol.escrow.accept(opened << 64, sender=protocol.requester)
    protocol.escrow.claim(opened << 64)
    first, second = protocol.challenge(bad, [10]), protocol.challenge(bad, [11])
    protocol.escrow.concede(first, sender=bad.annotator)
    protocol.settle(first)
    pass_deadline(protocol, opened)
    protocol.escrow.close(opened)
    protocol.settle(second)
    protocol.assert_conserved()


def test_close__one_second_before_the_deadline__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    protocol.travel_to(task(protocol, opened).parameters.deadline - 1)
    with reverts("tasks: too early to close"):
        protocol.escrow.close(opened)


@pytest.mark.parametrize("left", [30 * DAY, WORK_PERIOD + 1, WORK_PERIOD, WORK_PERIOD - 1, 1])
def test_close__cancelled__waits_until_no_work_is_due(protocol: Protocol, left: int) -> None:
    """No longer than for the deadline."""
    opened = protocol.open()
    protocol.travel(30 * DAY - left)
    protocol.escrow.cancel(opened, sender=protocol.requester)
    wait = min(left, WORK_PERIOD)
    protocol.travel(wait - 1)
    with reverts("tasks: too early to close"):
        protocol.escrow.close(opened)
    protocol.travel(1)
    protocol.escrow.close(opened)
    assert task(protocol, opened).closed
    protocol.assert_conserved()


def test_close__cancelled_with_a_commitment__waits_for_it(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    protocol.commit(work)
    protocol.escrow.cancel(opened, sender=protocol.requester)
    protocol.travel(WORK_PERIOD)
    with reverts("tasks: submissions are live"):
        protocol.escrow.close(opened)
    protocol.publish(work)
    protocol.pass_window(work)
    protocol.escrow.claim(work.submission)
    protocol.escrow.close(opened)
    assert protocol.lens.accepted_labels(opened) == FULL
    protocol.assert_conserved()


def test_close__twice__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    pass_deadline(protocol, opened)
    protocol.escrow.close(opened)
    with reverts("tasks: already closed"):
        protocol.escrow.close(opened)


@pytest.mark.parametrize("delivered", [False, True], ids=["taken", "published"])
def test_close__a_submission_is_live__is_refused(protocol: Protocol, delivered: bool) -> None:
    opened = protocol.open(redundancy=1)
    work = protocol.take(opened)
    if delivered:
        protocol.publish(work)
    pass_deadline(protocol, opened)
    with reverts("tasks: submissions are live"):
        protocol.escrow.close(opened)


@pytest.mark.parametrize("unknown", UNKNOWN_TASKS)
def test_close__unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("tasks: no such task"):
        protocol.escrow.close(unknown)
