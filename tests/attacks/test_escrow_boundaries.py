"""Time exactly on a boundary: windows are half-open, so that of two contrary acts one block allows one."""

import pytest

from goldleaf.types import SubmissionState
from tests.protocol import COMMITMENT_MIN_AGE, DAY, EVIDENCE, SALT, URI, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def test_the_deadline_of_an_opening__leaves_more_than_the_work_period(protocol):
    with reverts("tasks: bad deadline"):
        protocol.open(deadline=protocol.now + 2 * DAY, work_period=2 * DAY)
    task = protocol.open(deadline=protocol.now + 2 * DAY + 1, work_period=2 * DAY)
    protocol.take(task)
    protocol.travel(1)
    with reverts("submissions: too late to take"):
        protocol.take(task, 1)
    with reverts("tasks: bad deadline"):
        protocol.open(deadline=protocol.now + 365 * DAY + 1)
    protocol.open(deadline=protocol.now + 365 * DAY)


def test_the_due_time__commit_or_expire_but_not_both(protocol):
    task = protocol.open()
    on_time, late = protocol.take(task, 0), protocol.take(task, 1)
    protocol.travel(protocol.parameters_of(task).work_period - 1)
    for work in (on_time, late):
        with reverts("submissions: not due yet"):
            protocol.escrow.expire(work.submission)
    protocol.commit(on_time)
    protocol.travel(1)
    for act in (lambda: protocol.commit(late), lambda: protocol.escrow.release(late.submission, sender=late.annotator)):
        with reverts("submissions: past due"):
            act()
    protocol.escrow.expire(late.submission)
    # The slot is open again in the same block.
    protocol.take(task, 1)


def test_the_due_time__with_redundancy_1__publish_or_expire_but_not_both(protocol):
    task = protocol.open(redundancy=1)
    on_time, late = protocol.take(task, 0), protocol.take(task, 1)
    protocol.travel(protocol.parameters_of(task).work_period - 1)
    protocol.publish(on_time)
    protocol.travel(1)
    with reverts("submissions: past due"):
        protocol.publish(late)
    protocol.escrow.expire(late.submission)


def test_the_end_of_publication__publish_or_expire_but_not_both(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    works = [protocol.take(task, slot) for slot in (0, 2)]
    for work in works:
        protocol.commit(work)
    protocol.travel_to(parameters.deadline + parameters.publish_period - 1)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(works[0].submission)
    protocol.publish(works[0])
    protocol.travel(1)
    with reverts("submissions: too late to publish"):
        protocol.publish(works[1])
    protocol.escrow.expire(works[1].submission)
    assert protocol.lens.submission(works[1].submission).state == SubmissionState.FORFEITED


def test_the_end_of_the_window__challenge_or_claim_but_not_both(protocol):
    task = protocol.open(redundancy=1)
    works = [protocol.deliver(task, slot)[0] for slot in (0, 1)]
    challenger = protocol.account(free=100 * protocol.unit)
    end = protocol.lens.submission(works[0].submission).window_end
    protocol.travel_to(end - COMMITMENT_MIN_AGE - 1)
    for work, item in zip(works, (0, 10), strict=True):
        protocol.escrow.commit_challenge(protocol.challenge_commitment(work, [item], challenger))
    protocol.travel_to(end - 1)
    with reverts("submissions: window is open"):
        protocol.escrow.claim(works[0].submission)
    protocol.escrow.challenge(works[0].submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)
    protocol.travel(1)
    with reverts("challenges: window has ended"):
        protocol.escrow.challenge(works[1].submission, [10], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)
    protocol.escrow.claim(works[1].submission)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(works[0].submission)


def test_the_block_of_an_acceptance__claims_but_files_nothing(protocol):
    work = protocol.delivered(redundancy=1)
    challenger = protocol.account(free=100 * protocol.unit)
    protocol.escrow.commit_challenge(protocol.challenge_commitment(work, [0], challenger))
    protocol.travel(COMMITMENT_MIN_AGE)
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    with reverts("challenges: window has ended"):
        protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)
    with reverts("challenges: first half is over"):
        protocol.challenge_availability(work, [0])
    protocol.escrow.claim(work.submission)


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (COMMITMENT_MIN_AGE - 1, "challenges: commitment too young"),
        (COMMITMENT_MIN_AGE, None),
        (DAY - 1, None),
        (DAY, "challenges: commitment too old"),
    ],
)
def test_the_age_of_a_seal(protocol, age, reason):
    work = protocol.delivered(redundancy=1)
    challenger = protocol.account(free=protocol.bond(work, 1))
    seal = protocol.challenge_commitment(work, [0], challenger)
    protocol.escrow.commit_challenge(seal)
    protocol.travel(age)
    if reason is None:
        protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)
        return
    with reverts(reason):
        protocol.escrow.challenge(work.submission, [0], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)


def test_the_halves_of_the_response__the_annotator_first_then_anyone(protocol):
    work = protocol.delivered(redundancy=1)
    period = protocol.parameters_of(work.task).response_period
    defender = protocol.account(free=100 * protocol.unit)
    challenge = protocol.challenge(work, [0])
    protocol.travel(period // 2 - 1)
    with reverts("challenges: annotator's turn"):
        protocol.defend(challenge, defender)
    protocol.travel(1)
    protocol.defend(challenge, defender)


def test_the_end_of_the_response__answer_or_settle_but_not_both(protocol):
    work = protocol.delivered(redundancy=1, tolerance_bps=3000)
    period = protocol.parameters_of(work.task).response_period
    challenges = [protocol.challenge(work, [label]) for label in range(2)]
    start = protocol.lens.challenge(challenges[1]).filed_at
    protocol.travel_to(start + period - 1)
    protocol.settle(challenges[0])
    with reverts("challenges: response is open"):
        protocol.settle(challenges[1])
    protocol.travel(1)
    with reverts("challenges: response has ended"):
        protocol.escrow.concede(challenges[1], sender=work.annotator)
    with reverts("challenges: response has ended"):
        protocol.defend(challenges[1])
    protocol.settle(challenges[1])


def test_the_halves_of_the_window__availability_in_the_first(protocol):
    work = protocol.delivered(redundancy=1, challenge_period=4 * DAY + 1)
    protocol.travel(2 * DAY - 1)
    protocol.challenge_availability(work, [0])
    protocol.travel(1)
    with reverts("challenges: first half is over"):
        protocol.challenge_availability(work, [1])


def test_the_end_of_an_answer__answer_or_settle_but_not_both(protocol):
    work = protocol.delivered(redundancy=1)
    quarter = protocol.parameters_of(work.task).challenge_period // 4
    challenges = [protocol.challenge_availability(work, [item]) for item in range(2)]
    protocol.travel(quarter - 1)
    protocol.answer(work, challenges[0], 0)
    protocol.settle(challenges[0])
    with reverts("challenges: answer is open"):
        protocol.settle(challenges[1])
    protocol.travel(1)
    with reverts("challenges: answer is late"):
        protocol.answer(work, challenges[1], 1)
    protocol.settle(challenges[1])


def test_the_deadline__cancel_or_close_but_not_both(protocol):
    tasks = [protocol.open(), protocol.open()]
    protocol.travel_to(protocol.parameters_of(tasks[0]).deadline - 1)
    with reverts("tasks: too early to close"):
        protocol.escrow.close(tasks[0])
    protocol.escrow.cancel(tasks[0], sender=protocol.requester)
    protocol.travel(1)
    with reverts("tasks: deadline passed"):
        protocol.escrow.cancel(tasks[1], sender=protocol.requester)
    for task in tasks:
        protocol.escrow.close(task)
    protocol.assert_conserved()


def test_everything_in_one_block__a_life_without_waiting_gains_nothing(protocol):
    """Taken, published, accepted and claimed in one block: the annotator gets the terms, nobody else a unit."""
    task = protocol.open(redundancy=1)
    parameters = protocol.parameters_of(task)
    annotator = protocol.account(free=parameters.stake_of(0))
    with protocol.gains(annotator, protocol.requester) as gained:
        work = protocol.take(task, 0, annotator)
        protocol.publish(work)
        protocol.escrow.accept(work.submission, sender=protocol.requester)
        protocol.escrow.claim(work.submission)
    assert gained == [10 * parameters.reward, 0]
    protocol.assert_conserved()
