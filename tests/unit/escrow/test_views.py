"""What is stored: words of the escrow, structs of the lens."""

from dataclasses import astuple

import pytest

from goldleaf.ids import challenge_id, submission_id
from goldleaf.types import ZERO_ADDRESS, Challenge, ChallengeKind, ChallengeState, Submission, SubmissionState
from tests.protocol import HOUR, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    FULL,
    LAST,
    MAX,
    UNKNOWN_CHALLENGES,
    UNKNOWN_TASKS,
    challenge,
    odd_terms,
    stake,
    submission,
    task,
)


@pytest.mark.parametrize("unknown", UNKNOWN_TASKS)
def test_views__unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    for call in (protocol.lens.task, protocol.lens.accepted_labels):
        with reverts("tasks: no such task"):
            call(unknown)


@pytest.mark.parametrize("unknown", [0, 1, 2**64 - 1, submission_id(99, 0), submission_id(2**64, 0), MAX])
def test_submission__of_an_unknown_task__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("tasks: no such task"):
        protocol.lens.submission(unknown)


@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST), (2, FULL), (3, LAST)])
def test_submission__open_slot__tells_what_it_takes(protocol: Protocol, slot: int, labels: int) -> None:
    opened = protocol.open(**odd_terms(protocol))
    assert submission(protocol, submission_id(opened, slot)) == Submission(
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


@pytest.mark.parametrize("unknown", [*UNKNOWN_CHALLENGES, challenge_id(submission_id(1, 0), 0)])
def test_challenge__unknown__is_empty(protocol: Protocol, work: Work, unknown: int) -> None:
    assert work.task == 1
    assert challenge(protocol, unknown) == Challenge(
        challenger=ZERO_ADDRESS,
        kind=ChallengeKind.NONE,
        state=ChallengeState.NONE,
        filed_at=0,
        defended_at=0,
        labels=0,
        ruling=0,
        bond=0,
        indices_hash=bytes(32),
        defender=ZERO_ADDRESS,
        fee=0,
    )


def test_submission__some_challenges_settled__tells_how_many(protocol: Protocol, work: Work) -> None:
    challenges = [protocol.challenge(work, [0]) for _ in range(6)]
    for filed in challenges:
        protocol.escrow.concede(filed, sender=work.annotator)
    for settled, filed in enumerate(challenges):
        found = submission(protocol, work.submission)
        assert (found.filed, found.settled) == (6, settled)
        protocol.settle(filed)
    assert submission(protocol, work.submission).settled == 6


def test_words__of_a_submission__are_its_own_and_its_root(protocol: Protocol, work: Work) -> None:
    assert protocol.escrow.submission_words(work.submission)[1] == int.from_bytes(work.labels.root)


def test_challenge__largest_item_number__is_found(protocol: Protocol) -> None:
    opened = protocol.open(items=2**31 - 1, batch_size=4095, redundancy=1)
    work = protocol.take(opened, (2**31 - 1) // 4095)  # the last batch
    protocol.publish(work)
    filed = protocol.challenge_availability(work, [2**31 - 2])
    protocol.answer(work, filed, 2**31 - 2)
    protocol.settle(filed)
    assert challenge(protocol, filed).state == ChallengeState.SETTLED


@pytest.mark.parametrize("unknown", [0, 99, 2**64 - 1])
def test_words__of_nothing__are_zero(protocol: Protocol, unknown: int) -> None:
    assert set(protocol.escrow.task_words(unknown)) == {0}
    assert set(protocol.escrow.submission_words(unknown << 64)) == {0}
    assert protocol.escrow.root(unknown << 64) == bytes(32)
    assert set(protocol.escrow.challenge_words(unknown << 128)) == {0}


def test_task_words__are_what_the_rules_make_of_the_terms(protocol: Protocol) -> None:
    """Whoever wants to know whether a task can be opened asks the rules, and gets what would be stored."""
    parameters = protocol.parameters()
    asked = protocol.terms.task_words(protocol.requester, astuple(parameters))
    assert protocol.escrow.task_words(protocol.open()) == asked


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
        "availability_bond": 4095 * (2**80 - 1) // 16,
        "royalty_bps": 10_000,
        "terms": b"\xff" * 32,
    }
    opened = protocol.open(**terms)
    assert task(protocol, opened).parameters == protocol.parameters(**terms)


def test_views__nothing_stored__are_empty(protocol: Protocol) -> None:
    account = protocol.account()
    for unknown in (0, MAX):
        assert protocol.escrow.wrong(unknown, unknown) == 0
        assert protocol.escrow.shown(unknown, unknown) == 0
        assert protocol.escrow.challenge_of(account, unknown) == 0
        assert protocol.escrow.committed_at(unknown.to_bytes(32)) == 0
    assert protocol.escrow.free(account, account) == 0
