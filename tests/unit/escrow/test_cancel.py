"""cancel(task)"""

from dataclasses import replace

import pytest

from tests.chains import deployer
from tests.protocol import DAY, Protocol, reverts
from tests.unit.escrow.helpers import UNKNOWN_TASKS, log, task


@pytest.mark.parametrize(
    ("before_deadline", "publish_period_left"),
    [
        (30 * DAY, 2 * DAY),  # a work period from now
        (2 * DAY + 1, 2 * DAY),
        (2 * DAY, 2 * DAY),
        (2 * DAY - 1, 2 * DAY - 1),  # the deadline, if that is sooner
        (1, 1),
    ],
)
def test_cancel__before_the_deadline__opens_publishing_early(
    protocol: Protocol, before_deadline: int, publish_period_left: int
) -> None:
    opened = protocol.open()
    before = task(protocol, opened)
    protocol.travel_to(before.parameters.deadline - before_deadline)

    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.cancel(opened, sender=protocol.requester)
        events = log(protocol)

    publish_from = protocol.now + publish_period_left
    assert events == [("Cancelled", {"task": opened, "publish_from": publish_from})]
    assert task(protocol, opened) == replace(before, cancelled=True, publish_from=publish_from)
    assert gained == [0]
    protocol.assert_conserved()


def test_cancel__task_with_a_gate__keeps_it(protocol: Protocol) -> None:
    gate = deployer("mocks/GateMock").deploy().address
    opened = protocol.open(gate=gate)
    protocol.escrow.cancel(opened, sender=protocol.requester)
    assert task(protocol, opened).parameters.gate == gate


def test_cancel__work_is_under_way__leaves_it_and_the_pot(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    protocol.escrow.cancel(opened, sender=protocol.requester)
    protocol.commit(work)
    assert task(protocol, opened).live == 1
    protocol.assert_conserved()


@pytest.mark.parametrize("wait", [0, 1, 2 * DAY])
def test_cancel__at_or_after_the_deadline__is_refused(protocol: Protocol, wait: int) -> None:
    opened = protocol.open()
    protocol.travel_to(task(protocol, opened).parameters.deadline + wait)
    with reverts("tasks: deadline passed"):
        protocol.escrow.cancel(opened, sender=protocol.requester)


def test_cancel__twice__is_refused(protocol: Protocol) -> None:
    """A second one would move the time from which labels can be read."""
    opened = protocol.open()
    protocol.escrow.cancel(opened, sender=protocol.requester)
    with reverts("tasks: already cancelled"):
        protocol.escrow.cancel(opened, sender=protocol.requester)


def test_cancel__not_the_requester__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    for stranger in (protocol.account(), protocol.take(opened).annotator):
        with reverts("tasks: not the requester"):
            protocol.escrow.cancel(opened, sender=stranger)


def test_cancel__requester_of_another_task__is_refused(protocol: Protocol) -> None:
    other = protocol.account()
    opened, _ = protocol.open(), protocol.open(other)
    with reverts("tasks: not the requester"):
        protocol.escrow.cancel(opened, sender=other)


@pytest.mark.parametrize("unknown", UNKNOWN_TASKS)
def test_cancel__unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("tasks: no such task"):
        protocol.escrow.cancel(unknown, sender=protocol.requester)
