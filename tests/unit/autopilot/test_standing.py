"""What is left to the owner of an account, and what of everything comes first."""

from dataclasses import replace

from goldleaf import SubmissionState, submission_id
from goldleaf_tools.autopilot import Duty, Standing, Step
from goldleaf_tools.autopilot.snapshot import Holding, Snapshot
from goldleaf_tools.autopilot.standing import choices
from tests.unit.autopilot.scenes import ALICE, BOB, DAY, DEADLINE, TOKEN, requested, submission

NOTHING = Holding(7, TOKEN, shares=0, collectable=0, unenrolled=(), after_enrolling=0, requester_due=0)


def chosen(time: int = DEADLINE, **parts: object) -> list[Duty]:
    return list(choices(Snapshot(ALICE, time, **parts)))


def test_choices__published_and_unchallenged__to_review_until_the_first_window_ends() -> None:
    published = submission(SubmissionState.PUBLISHED, DEADLINE + DAY, BOB)
    later = replace(published, window_end=DEADLINE + 2 * DAY)
    challenged, over = replace(published, filed=1), replace(published, window_end=DEADLINE)
    sealed = submission(SubmissionState.COMMITTED, DEADLINE, BOB)
    task = requested(later, published, challenged, over, sealed)
    [duty] = chosen(tasks=(task,))
    assert (duty.step, duty.subject, duty.end, duty.number) == (Step.REVIEW, 1, DEADLINE + DAY, 2)
    assert duty.step.by_owner and "challenge" in duty.loss and str(duty)
    assert chosen(tasks=(requested(challenged, over, sealed),)) == []


def test_choices__data_sets__enroll_and_collect_what_there_is() -> None:
    held = replace(
        NOTHING, shares=3, collectable=5, unenrolled=(submission_id(7, 0), submission_id(7, 1)), requester_due=1
    )
    found = {duty.step: duty for duty in chosen(holdings=(held,))}
    assert set(found) == {Step.ENROLL, Step.COLLECT, Step.COLLECT_REQUESTER_SHARE}
    assert found[Step.ENROLL].number == 2
    assert {duty.name for duty in found.values()} == {"7"} and {duty.kind for duty in found.values()} == {"data set"}
    assert all(duty.step.by_owner and duty.end is None for duty in found.values())
    assert chosen(holdings=(replace(NOTHING, shares=3),)) == []


def test_next__of_what_is_due_and_what_comes_later__is_due_and_ends_first() -> None:
    duties = (
        Duty(Step.DELIVER, 1, 0, 50),  # missed
        Duty(Step.PUBLISH, 2, 200, 300),
        Duty(Step.ANSWER, 3, 0, 400),
        Duty(Step.CLAIM, 4, 0),
    )
    assert Standing(Snapshot(ALICE, 100), duties).next == duties[2]
    assert Standing(Snapshot(ALICE, 100), duties[3:]).next == duties[3]
    assert Standing(Snapshot(ALICE, 100), duties[:2]).next == duties[1]
    assert Standing(Snapshot(ALICE, 100), duties[:1]).next is None
