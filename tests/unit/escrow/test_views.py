"""The views: task, submission, fight, accepted_labels, task_count, wrong, sealed_at, challenge_of, free."""

import pytest

from goldleaf.ids import fight_id, submission_id
from goldleaf.types import ZERO_ADDRESS, Fight, FightState, Submission, SubmissionState
from tests.protocol import HOUR, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
    MAX,
    UNKNOWN_FIGHTS,
    UNKNOWN_TASKS,
    fight,
    odd_terms,
    stake,
    submission,
    task,
)


@pytest.mark.parametrize("unknown", UNKNOWN_TASKS)
def test_views__unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    for call in (protocol.escrow.task, protocol.escrow.accepted_labels):
        with reverts("tasks: no such task"):
            call(unknown)


@pytest.mark.parametrize("unknown", [0, 1, 2**64 - 1, submission_id(99, 0), submission_id(2**64, 0), MAX])
def test_submission__of_an_unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("tasks: no such task"):
        protocol.escrow.submission(unknown)


@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST), (2, FULL), (3, LAST)])
def test_submission__open_slot__tells_what_it_takes(protocol: Protocol, slot: int, labels: int) -> None:
    opened = protocol.open(**odd_terms(protocol))
    assert submission(protocol, submission_id(opened, slot)) == Submission(
        annotator=ZERO_ADDRESS,
        state=SubmissionState.OPEN,
        clock=0,
        errors=0,
        root=bytes(32),
        labels=labels,
        stake=stake(protocol, labels),
        filed=0,
        settled=0,
    )


@pytest.mark.parametrize("unknown", [*UNKNOWN_FIGHTS, fight_id(submission_id(1, 0), 0)])
def test_fight__unknown__is_empty(protocol: Protocol, work: Work, unknown: int) -> None:
    assert work.task == 1
    assert fight(protocol, unknown) == Fight(
        party=ZERO_ADDRESS,
        state=FightState.NONE,
        clock=0,
        labels=0,
        item=0,
        ruling=0,
        bond=0,
        indices_hash=bytes(32),
        defender=ZERO_ADDRESS,
        fee=0,
    )


def test_fight__largest_item_number__is_kept_whole(protocol: Protocol) -> None:
    terms = {"items": 2**31 - 1, "batch_size": 4095, "redundancy": 1}
    opened = protocol.open(**terms)
    work = protocol.take(opened, (2**31 - 1) // 4095)  # the last batch
    protocol.publish(work)
    filed = protocol.demand(work, 2**31 - 2)
    assert fight(protocol, filed).item == 2**31 - 2
    protocol.answer(work, filed)
    assert fight(protocol, filed).state == FightState.ANSWERED


def test_task__largest_terms__are_kept_whole(protocol: Protocol) -> None:
    terms = {
        "reward": 2**79 - 1,  # with this tolerance, the most that the largest stake covers
        "stake": 2**80 - 1,
        "items": 143_165_295,
        "batch_size": 4095,
        "redundancy": 15,
        "tolerance_bps": 8000,
        "deadline": protocol.now + 365 * 24 * HOUR,
        "work_period": 90 * 24 * HOUR,
        "publish_period": 90 * 24 * HOUR,
        "challenge_period": 90 * 24 * HOUR,
        "response_period": 90 * 24 * HOUR,
        "arbitration_timeout": 365 * 24 * HOUR,
        "demand_bond": 4095 * (2**80 - 1) // 16,
        "royalty_bps": 10_000,
        "terms": b"\xff" * 32,
    }
    opened = protocol.open(**terms)
    assert task(protocol, opened).parameters == protocol.parameters(**terms)


def test_views__nothing_stored__are_empty(protocol: Protocol) -> None:
    account = protocol.account()
    for unknown in (0, MAX):
        assert protocol.escrow.wrong(unknown, unknown) == 0
        assert protocol.escrow.challenge_of(account, unknown) == 0
        assert protocol.escrow.sealed_at(unknown.to_bytes(32)) == 0
    assert protocol.escrow.free(account, account) == 0
    assert protocol.escrow.period_floor() == HOUR
