"""take_many(task, slots, gate_data)"""

import pytest
from eth_utils import keccak

from goldleaf.ids import submission_id
from tests.chains import deployer
from tests.protocol import Protocol, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
    MAX,
    UNKNOWN_TASKS,
    WORK_PERIOD,
    log,
    odd_terms,
    stake,
    submission,
    task,
)


def test_take_many__several_slots__takes_each(protocol: Protocol) -> None:
    opened = protocol.open(**odd_terms(protocol))
    annotator = protocol.account(free=100 * protocol.unit)
    with protocol.gains(annotator) as gained:
        protocol.escrow.take_many(opened, [3, 0], b"", sender=annotator)
        events = log(protocol)
    due = protocol.now + WORK_PERIOD
    assert events == [
        ("Taken", {"submission": submission_id(opened, slot), "annotator": annotator, "due": due}) for slot in (3, 0)
    ]
    assert gained == [-stake(protocol, FULL) - stake(protocol, LAST)]
    assert [submission(protocol, submission_id(opened, slot)).annotator == annotator for slot in range(4)] == [
        True,
        False,
        False,
        True,
    ]
    assert task(protocol, opened).live == 2
    protocol.assert_conserved()


def test_take_many__32_slots__are_accepted(protocol: Protocol) -> None:
    opened = protocol.open(items=320, redundancy=1)
    annotator = protocol.account(free=320 * protocol.unit)
    protocol.escrow.take_many(opened, list(range(32)), b"", sender=annotator)
    assert task(protocol, opened).live == 32
    assert protocol.free(annotator) == 0
    protocol.assert_conserved()


def test_take_many__no_slots__changes_nothing(protocol: Protocol) -> None:
    opened = protocol.open()
    protocol.escrow.take_many(opened, [], b"", sender=protocol.account())
    assert log(protocol) == []
    assert task(protocol, opened).live == 0


@pytest.mark.parametrize(
    ("slots", "reason"),
    [
        ([0, 1, 2], "submissions: has a sibling"),
        ([0, 4], "submissions: no such slot"),
        ([1, MAX], "submissions: no such slot"),
    ],
)
def test_take_many__one_slot_refused__takes_none(protocol: Protocol, slots: list[int], reason: str) -> None:
    opened = protocol.open()
    annotator = protocol.account(free=100 * protocol.unit)
    with reverts(reason):
        protocol.escrow.take_many(opened, slots, b"", sender=annotator)
    assert protocol.free(annotator) == 100 * protocol.unit
    assert task(protocol, opened).live == 0


def test_take_many__some_are_taken__takes_the_others(protocol: Protocol) -> None:
    opened = protocol.open(redundancy=1, items=30)
    other = protocol.take(opened, 1)
    annotator = protocol.account(free=100 * protocol.unit)
    assert protocol.escrow.take_many(opened, [1, 2, 0, 2], b"", sender=annotator) == 2
    assert [event["submission"] for _, event in log(protocol)] == [submission_id(opened, slot) for slot in (2, 0)]
    assert protocol.free(annotator) == 80 * protocol.unit
    assert protocol.lens.submission(other.submission).annotator == other.annotator
    assert protocol.escrow.take_many(opened, [0, 1, 2], b"", sender=annotator) == 0
    assert task(protocol, opened).live == 3
    protocol.assert_conserved()


def test_take_many__balance_for_all_but_one__takes_none(protocol: Protocol) -> None:
    opened = protocol.open()
    with reverts("ledger: balance too low"):
        protocol.escrow.take_many(opened, [0, 1], b"", sender=protocol.account(free=20 * protocol.unit - 1))


def test_take_many__balance_for_those_that_are_open__takes_them(protocol: Protocol) -> None:
    opened = protocol.open(redundancy=1, items=30)
    protocol.take(opened, 1)
    annotator = protocol.account(free=20 * protocol.unit)
    assert protocol.escrow.take_many(opened, [0, 1, 2], b"", sender=annotator) == 2
    assert protocol.free(annotator) == 0
    protocol.assert_conserved()


def test_take_many__gate_data__admits_to_all_slots(protocol: Protocol) -> None:
    gate = deployer("mocks/GateMock").deploy()
    opened = protocol.open(gate=gate.address)
    gate.set_password(opened, keccak(b"sesame"))
    annotator = protocol.account(free=100 * protocol.unit)
    with reverts("submissions: not admitted"):
        protocol.escrow.take_many(opened, [0, 1], b"", sender=annotator)
    protocol.escrow.take_many(opened, [0, 1], b"sesame", sender=annotator)
    assert task(protocol, opened).live == 2


@pytest.mark.parametrize("unknown", UNKNOWN_TASKS)
def test_take_many__unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("tasks: no such task"):
        protocol.escrow.take_many(unknown, [0], b"")
