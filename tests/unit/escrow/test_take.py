"""take(task, slot, gate_data)"""

from dataclasses import replace

import pytest
from eth_utils import keccak

from goldleaf.ids import submission_id
from goldleaf.types import Submission, SubmissionState
from tests.chains import deployer
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
    MAX,
    PUBLISH_PERIOD,
    UNKNOWN_TASKS,
    WORK_PERIOD,
    both_decimals,
    log,
    odd_terms,
    stake,
    submission,
    task,
)


@both_decimals
@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST), (2, FULL), (3, LAST)])
def test_take__open_slot__locks_the_stake(protocol: Protocol, slot: int, labels: int) -> None:
    opened = protocol.open(**odd_terms(protocol))
    before = task(protocol, opened)
    annotator = protocol.account(free=stake(protocol, labels))

    with protocol.gains(annotator, protocol.requester) as gained:
        taken = protocol.escrow.take(opened, slot, b"", sender=annotator)
        events = log(protocol)

    due = protocol.now + WORK_PERIOD
    assert taken == opened << 64 | slot
    assert events == [("Taken", {"submission": taken, "annotator": annotator, "due": due})]
    assert gained == [-stake(protocol, labels), 0]
    assert submission(protocol, taken) == Submission(
        annotator=annotator,
        state=SubmissionState.TAKEN,
        due_at=due,
        window_end=0,
        errors=0,
        commitment=bytes(32),
        root=bytes(32),
        labels=labels,
        stake=stake(protocol, labels),
        filed=0,
        settled=0,
    )
    assert task(protocol, opened) == replace(before, live=1)
    protocol.assert_conserved()


def test_take__batches_that_divide_evenly__all_have_the_same_stake(protocol: Protocol) -> None:
    opened = protocol.open(items=20, batch_size=10)
    for slot in range(4):
        assert submission(protocol, protocol.take(opened, slot).submission).stake == 10 * protocol.unit


def test_take__one_label_a_batch__locks_one_stake(protocol: Protocol) -> None:
    opened = protocol.open(items=3, batch_size=1, redundancy=1, stake=6 * protocol.unit)
    assert submission(protocol, protocol.take(opened, 2).submission).stake == 6 * protocol.unit


def test_take__work_due_one_second_before_the_deadline__is_accepted(protocol: Protocol) -> None:
    opened = protocol.open()
    deadline = task(protocol, opened).parameters.deadline
    protocol.travel_to(deadline - WORK_PERIOD - 1)
    assert submission(protocol, protocol.take(opened).submission).due_at == deadline - 1


@pytest.mark.parametrize("late", [0, 1, WORK_PERIOD, 100 * WORK_PERIOD])
def test_take__work_due_at_the_deadline_or_later__is_refused(protocol: Protocol, late: int) -> None:
    opened = protocol.open()
    protocol.travel_to(task(protocol, opened).parameters.deadline - WORK_PERIOD + late)
    with reverts("submissions: too late to take"):
        protocol.take(opened)


@pytest.mark.parametrize("slot", [4, 5, 2**64, 2**64 + 1, MAX])
def test_take__slot_past_the_last__is_refused(protocol: Protocol, slot: int) -> None:
    opened = protocol.open(**odd_terms(protocol))
    with reverts("submissions: no such slot"):
        protocol.escrow.take(opened, slot, b"", sender=protocol.account(free=100 * protocol.unit))


def test_take__slot_is_taken__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    for annotator in (protocol.account(), work.annotator):
        with reverts("submissions: slot is taken"):
            protocol.take(opened, 0, annotator)


@pytest.mark.parametrize("ending", ["published", "paid", "rejected", "forfeited"])
def test_take__slot_whose_labels_can_be_read__is_refused(protocol: Protocol, ending: str) -> None:
    opened = protocol.open(**odd_terms(protocol))
    if ending == "forfeited":
        work = protocol.take(opened, 1)
        protocol.commit(work)
        protocol.travel_to(task(protocol, opened).parameters.deadline + PUBLISH_PERIOD)
        protocol.escrow.expire(work.submission)
        reason = "submissions: too late to take"
    else:
        work = protocol.deliver(opened, 1)[0]
        reason = "submissions: slot is taken"
    if ending == "paid":
        protocol.escrow.accept(work.submission, sender=protocol.requester)
        protocol.escrow.claim(work.submission)
    if ending == "rejected":
        protocol.prove_wrong(work, [10])
    with reverts(reason):
        protocol.take(opened, 1)


@pytest.mark.parametrize("ending", ["released", "expired"])
def test_take__slot_given_back__is_open_to_anybody(protocol: Protocol, ending: str) -> None:
    opened = protocol.open()
    work = protocol.take(opened)
    if ending == "released":
        protocol.escrow.release(work.submission, sender=work.annotator)
    else:
        protocol.travel(WORK_PERIOD)
        protocol.escrow.expire(work.submission)
    again = protocol.take(opened, 0, work.annotator)
    assert again.submission == work.submission
    assert submission(protocol, again.submission).due_at == protocol.now + WORK_PERIOD
    protocol.assert_conserved()


@pytest.mark.parametrize(("held", "sibling"), [(0, 2), (2, 0), (1, 3), (0, 28), (29, 1)])
def test_take__sibling_of_ones_own__is_refused(protocol: Protocol, held: int, sibling: int) -> None:
    opened = protocol.open(redundancy=15)
    work = protocol.take(opened, held)
    with reverts("submissions: has a sibling"):
        protocol.take(opened, sibling, work.annotator)


@pytest.mark.parametrize("ending", ["paid", "rejected"])
def test_take__sibling_of_ones_own_that_has_ended__is_refused(protocol: Protocol, ending: str) -> None:
    """Who has published in a batch knows its labels."""
    opened = protocol.open(**odd_terms(protocol))
    work, other = protocol.deliver(opened, 1)
    assert submission_id(opened, 3) == other.submission
    if ending == "paid":
        protocol.escrow.accept(work.submission, sender=protocol.requester)
        protocol.escrow.claim(work.submission)
    else:
        protocol.prove_wrong(work, [10])
    with reverts("submissions: slot is taken"):
        protocol.take(opened, 3, work.annotator)


def test_take__own_slot_of_another_batch__is_accepted(protocol: Protocol) -> None:
    opened = protocol.open()
    work = protocol.take(opened, 0)
    protocol.take(opened, 1, work.annotator)
    protocol.take(opened, 3)
    assert task(protocol, opened).live == 3
    protocol.assert_conserved()


def test_take__slot_of_another_task__is_no_sibling(protocol: Protocol) -> None:
    first, second = protocol.open(), protocol.open()
    work = protocol.take(first)
    protocol.take(second, 0, work.annotator)
    assert (task(protocol, first).live, task(protocol, second).live) == (1, 1)


def test_take__all_siblings_of_redundancy_15__are_accepted(protocol: Protocol) -> None:
    opened = protocol.open(redundancy=15, items=10)
    for slot in range(15):
        protocol.take(opened, slot)
    assert task(protocol, opened).live == 15
    protocol.assert_conserved()


def test_take__cancelled_task__is_refused(protocol: Protocol) -> None:
    opened = protocol.open()
    protocol.escrow.cancel(opened, sender=protocol.requester)
    with reverts("submissions: task is cancelled"):
        protocol.take(opened)


def test_take__one_unit_short_of_the_stake__is_refused(protocol: Protocol) -> None:
    opened = protocol.open(**odd_terms(protocol))
    annotator = protocol.account(free=stake(protocol) - 1)
    with reverts("ledger: balance too low"):
        protocol.escrow.take(opened, 0, b"", sender=annotator)


@pytest.mark.parametrize("unknown", UNKNOWN_TASKS)
def test_take__unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    for slot in (0, MAX):
        with reverts("tasks: no such task"):
            protocol.escrow.take(unknown, slot, b"")


def test_take__on_the_gates_list__is_accepted(protocol: Protocol) -> None:
    gate = deployer("mocks/GateMock").deploy()
    opened = protocol.open(gate=gate.address)
    listed, unlisted = protocol.account(), protocol.account()
    gate.set_allowed(listed, opened, True)
    assert protocol.take(opened, 0, listed).annotator == listed
    with reverts("submissions: not admitted"):
        protocol.take(opened, 1, unlisted)


def test_take__on_the_gates_list_for_another_task__is_refused(protocol: Protocol) -> None:
    gate = deployer("mocks/GateMock").deploy()
    other, opened = protocol.open(gate=gate.address), protocol.open(gate=gate.address)
    annotator = protocol.account()
    gate.set_allowed(annotator, other, True)
    with reverts("submissions: not admitted"):
        protocol.take(opened, 0, annotator)


@pytest.mark.parametrize("password", [b"x", b"p" * 1024])
def test_take__data_that_the_gate_wants__is_passed_on_whole(protocol: Protocol, password: bytes) -> None:
    gate = deployer("mocks/GateMock").deploy()
    opened = protocol.open(gate=gate.address)
    gate.set_password(opened, keccak(password))
    with reverts("submissions: not admitted"):
        protocol.take(opened, gate_data=password[:-1])
    protocol.take(opened, gate_data=password)
    assert task(protocol, opened).live == 1


def test_take__data_without_a_gate__is_ignored(protocol: Protocol, work: Work) -> None:
    assert protocol.take(protocol.open(), gate_data=b"whatever").submission != work.submission


def test_take__by_the_requester__is_accepted(protocol: Protocol) -> None:
    opened = protocol.open()
    protocol.take(opened, 0, protocol.requester)
    protocol.assert_conserved()
