"""The plan of the autopilot: a pure function of what is on chain and of the time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import (
    NOT_HEARD,
    ZERO_ADDRESS,
    ArmedBeacon,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Dispute,
    Phase,
    Submission,
    SubmissionState,
    challenge_id,
    errors,
    split_challenge,
)
from goldleaf_tools.autopilot import Duty, PlannedChallenge, Policy, Snapshot, Step, next_moment, plan
from goldleaf_tools.autopilot.duties import Balance
from goldleaf_tools.autopilot.plan import follow
from goldleaf_tools.autopilot.snapshot import Intent, Trial, Work
from goldleaf_tools.autopilot.together import STEPS
from tests.unit.autopilot.scenes import (
    ALICE,
    BOB,
    DAY,
    DEADLINE,
    HOUR,
    PARAMETERS,
    TASK,
    TOKEN,
    WORK,
    requested,
    submission,
)

# Whole hours around the deadline, which meet the ends of periods exactly.
moments = st.integers(-60, 60).map(lambda hours: DEADLINE + hours * HOUR)
people = st.sampled_from([ALICE, BOB])


def challenge(
    state: ChallengeState,
    since: int = DEADLINE,
    challenger: str = BOB,
    labels: int = 1,
    defender: str = ZERO_ADDRESS,
    kind: ChallengeKind = ChallengeKind.CORRECTNESS,
) -> Challenge:
    """`since`: when it was filed, and, where it is defended, defended."""
    defended_at = 0 if state in (ChallengeState.FILED, ChallengeState.CONCEDED) else since
    return Challenge(challenger, kind, state, since, defended_at, labels, 0, 9, b"\x02" * 32, defender, 3)


def work(found: Submission, *challenges: Challenge, **changes: Any) -> Work:
    found = replace(found, filed=found.settled + len(challenges))
    return Work(WORK, found, replace(TASK, **changes.pop("task", {})), challenges, **changes)


def snapshot(time: int, **parts: Any) -> Snapshot:
    return Snapshot(ALICE, time, reveal_period=DAY, appeal_period=2 * DAY, **parts)


def duties(time: int, policy: Policy = Policy(), **parts: Any) -> dict[Step, Duty]:  # noqa: B008
    found = plan(snapshot(time, **parts), policy)
    assert len({duty.step for duty in found}) == len(found)
    return {duty.step: duty for duty in found}


# ------------------------------------------------------------ annotators


def test_plan__taken__its_owner_delivers_before_it_is_due() -> None:
    found = duties(5, works=(work(submission(SubmissionState.TAKEN, 9)),))
    assert (found[Step.DELIVER].start, found[Step.DELIVER].end) == (5, 9)
    assert found[Step.DELIVER].step.by_owner


@given(time=moments, publish_from=moments, committed=st.booleans())
def test_plan__committed__published_exactly_when_the_contract_allows(
    time: int, publish_from: int, committed: bool
) -> None:
    terms = {"publish_from": publish_from, "cancelled": publish_from != DEADLINE}
    committed_work = work(submission(SubmissionState.COMMITTED, 0), task=terms, siblings_committed=committed)
    duty = duties(time, works=(committed_work,))[Step.PUBLISH]
    allowed = time < DEADLINE + 2 * DAY and (time >= DEADLINE or committed or time >= publish_from)
    assert duty.is_due(time) == allowed
    assert duty.is_missed(time) == (time >= DEADLINE + 2 * DAY)


@given(time=moments, behind=st.integers(0, 30).map(lambda hours: hours * HOUR))
def test_plan__committed_and_blocks_are_not_confirmed__published_when_they_are_or_half_of_the_time_is_over(
    time: int, behind: int
) -> None:
    works = (work(submission(SubmissionState.COMMITTED, 0)),)
    duty = duties(time, works=works, confirmed=time - behind)[Step.PUBLISH]
    assert duty.is_due(time) == (time < DEADLINE + 2 * DAY and time >= DEADLINE + min(behind, DAY))


@given(time=moments, behind=st.integers(0, 30).map(lambda hours: hours * HOUR), voting=st.booleans())
def test_plan__vote_sealed__revealed_when_the_end_of_the_votes_is_confirmed(
    time: int, behind: int, voting: bool
) -> None:
    """Whoever could replace the blocks since then would vote again, as others have shown that they did."""
    phase, phase_end = (Phase.COMMIT, DEADLINE) if voting else (Phase.REVEAL, DEADLINE + DAY)
    found = trial(dispute(phase, phase_end), drawn=True, sealed=True)
    duty = duties(time, trials=(found,), confirmed=time - behind)[Step.REVEAL]
    assert duty.is_due(time) == (time < DEADLINE + DAY and time >= DEADLINE + min(behind, DAY // 2))


@pytest.mark.parametrize("confirmations", [-1, 65])
def test_policy__confirmations_without_sense__refused(confirmations: int) -> None:
    with pytest.raises(errors.ArgumentError):
        Policy(confirmations=confirmations)


@given(time=moments, window_end=moments)
def test_plan__published__claimed_from_the_end_of_the_window_on(time: int, window_end: int) -> None:
    duty = duties(time, works=(work(submission(SubmissionState.PUBLISHED, window_end)),))[Step.CLAIM]
    assert duty.is_due(time) == (time >= window_end)


@pytest.mark.parametrize("state", [SubmissionState.PAID, SubmissionState.REJECTED, SubmissionState.FORFEITED])
def test_plan__over__nothing(state: SubmissionState) -> None:
    assert plan(snapshot(5, works=(work(submission(state, 0)),))) == []


def test_plan__of_somebody_else__nothing() -> None:
    states = [SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED]
    works = tuple(work(submission(state, 9, annotator=BOB), challenge(ChallengeState.FILED)) for state in states)
    assert plan(snapshot(5, works=works)) == []


def unread(*unanswered: tuple[int, ...], settled: int = 0) -> Work:
    """A submission with availability challenges, a minute apart, of which these items were not shown yet."""
    filed = [
        challenge(ChallengeState.FILED, DEADLINE + 60 * number, labels=3, kind=ChallengeKind.AVAILABILITY)
        for number in range(len(unanswered))
    ]
    left = {challenge_id(WORK, settled + number): items for number, items in enumerate(unanswered)}
    return work(submission(SubmissionState.PUBLISHED, DEADLINE + DAY, settled=settled), *filed, unanswered=left)


def test_plan__availability__each_label_shown_within_a_quarter_of_the_challenge_period() -> None:
    found = [duty for duty in plan(snapshot(DEADLINE, works=(unread((2, 5)),))) if duty.step == Step.ANSWER]
    assert [(duty.subject, duty.number) for duty in found] == [(challenge_id(WORK, 0), 2), (challenge_id(WORK, 0), 5)]
    assert {(duty.start, duty.end, duty.loss) for duty in found} == {(DEADLINE, DEADLINE + DAY, "all of the stake")}


def test_plan__availability_challenged_twice__each_label_shown_once_for_the_first() -> None:
    found = plan(snapshot(DEADLINE, works=(unread((2, 5), (5, 7), settled=3),)))
    shown = [(split_challenge(duty.subject)[1], duty.number) for duty in found if duty.step == Step.ANSWER]
    assert shown == [(3, 2), (3, 5), (4, 7)]


def test_plan__all_labels_shown__settled_at_once_else_when_the_time_to_show_them_is_over() -> None:
    [duty] = plan(snapshot(DEADLINE, works=(unread(()),)))
    assert (duty.step, duty.start) == (Step.SETTLE, DEADLINE)
    settle = next(duty for duty in plan(snapshot(DEADLINE, works=(unread((5,)),))) if duty.step == Step.SETTLE)
    assert settle.start == DEADLINE + DAY


def test_plan__challenge__left_to_the_owner_and_defended_in_the_second_half_if_allowed() -> None:
    open_work = work(submission(SubmissionState.PUBLISHED, DEADLINE + DAY), challenge(ChallengeState.FILED))
    cautious = duties(DEADLINE, works=(open_work,))
    assert cautious.keys() == {Step.RESPOND, Step.SETTLE}
    brave = duties(DEADLINE, Policy(defend_up_to=3), works=(open_work,))
    assert (brave[Step.DEFEND].start, brave[Step.DEFEND].end) == (DEADLINE + DAY, DEADLINE + 2 * DAY)
    assert brave[Step.RESPOND] == cautious[Step.RESPOND]


@pytest.mark.parametrize(("labels", "loss"), [(1, "the pay of each label"), (2, "all of the stake and of the pay")])
def test_plan__challenge__says_what_silence_loses(labels: int, loss: str) -> None:
    """Of ten labels one may be wrong."""
    open_work = work(
        submission(SubmissionState.PUBLISHED, DEADLINE + DAY), challenge(ChallengeState.FILED, labels=labels)
    )
    found = duties(DEADLINE, Policy(defend_up_to=3), works=(open_work,))
    assert found[Step.RESPOND].loss == found[Step.DEFEND].loss
    assert found[Step.RESPOND].loss.startswith(loss)


@pytest.mark.parametrize("state", [ChallengeState.CONCEDED, ChallengeState.DEFENDED, ChallengeState.RULED])
def test_plan__already_answered__not_answered_again(state: ChallengeState) -> None:
    open_work = work(submission(SubmissionState.PUBLISHED, DEADLINE + DAY), challenge(state))
    assert duties(DEADLINE, Policy(defend_up_to=3), works=(open_work,)).keys() == {Step.SETTLE}


# ------------------------------------------------------------ settling


challenges = st.builds(
    challenge,
    state=st.sampled_from(
        [state for state in ChallengeState if state not in (ChallengeState.NONE, ChallengeState.SETTLED)]
    ),
    since=moments | moments.map(lambda moment: moment - PARAMETERS.arbitration_timeout),
    challenger=people,
    labels=st.integers(1, 2),
    defender=st.sampled_from([ALICE, BOB, ZERO_ADDRESS]),
)
unavailable = st.builds(
    challenge,
    state=st.just(ChallengeState.FILED),
    since=moments,
    challenger=people,
    labels=st.integers(1, 2),
    kind=st.just(ChallengeKind.AVAILABILITY),
)


@st.composite
def _works(draw: st.DrawFn) -> Work:
    state = draw(st.sampled_from([SubmissionState.PUBLISHED, SubmissionState.REJECTED]))
    found = submission(state, draw(moments), draw(people), draw(st.integers(0, 3)))
    listed = draw(st.lists(challenges | unavailable, max_size=5))
    left = {
        challenge_id(WORK, number): tuple(range(draw(st.integers(0, each.labels))))
        for number, each in enumerate(listed, found.settled)
        if each.kind == ChallengeKind.AVAILABILITY and state == SubmissionState.PUBLISHED
    }
    return work(found, *listed, unanswered=left)


works = _works()


def can_settle(found: Work, number: int, time: int) -> bool:
    """What the contracts ask for, whosoever's turn it is."""
    each = found.challenges[number]
    if each.state == ChallengeState.DEFENDED:
        return time >= each.defended_at + PARAMETERS.arbitration_timeout
    if each.state != ChallengeState.FILED or found.submission.state == SubmissionState.REJECTED:
        return True
    if each.kind == ChallengeKind.CORRECTNESS:
        return time >= each.filed_at + PARAMETERS.response_period
    left = found.unanswered[challenge_id(WORK, found.submission.settled + number)]
    return not left or time >= each.filed_at + PARAMETERS.challenge_period // 4


@given(found=works, time=moments)
def test_plan__challenges__settled_in_their_turn_as_soon_as_the_contract_allows(found: Work, time: int) -> None:
    settling = [duty for duty in plan(snapshot(time, works=(found,))) if duty.step == Step.SETTLE]
    numbers = [split_challenge(duty.subject)[1] for duty in settling]
    first = found.submission.settled
    assert numbers == list(range(first, first + len(settling)))
    due = [duty.is_due(time) for duty in settling]
    able = [can_settle(found, number, time) for number in range(len(settling))]
    assert due == [all(able[: position + 1]) for position in range(len(able))]

    own = found.submission.annotator == ALICE and found.submission.state == SubmissionState.PUBLISHED
    concerned = [own or ALICE in (each.challenger, each.defender) for each in found.challenges]
    # As far as the last one that its money is in, and no further.
    assert len(settling) == len(concerned) - (concerned[::-1].index(True) if True in concerned else len(concerned))


# ------------------------------------------------------------ challengers


def test_plan__challenge_not_committed__committed_while_there_is_time_to_file() -> None:
    planned = PlannedChallenge(WORK, (1,))
    intent = Intent(planned, submission(SubmissionState.PUBLISHED, 1000, BOB), 0)
    duty = duties(100, intents=(intent,))[Step.COMMIT_CHALLENGE]
    assert (duty.start, duty.end, duty.planned) == (100, 940, planned)


@pytest.mark.parametrize("age", [0, 59, 60, 61, DAY - 1, DAY, DAY + 1])
@pytest.mark.parametrize("left", [-1, 0, 1, DAY])
def test_plan__committed_challenge__filed_exactly_when_the_contract_allows(age: int, left: int) -> None:
    committed_at, time = DEADLINE, DEADLINE + age
    window_end = time + left
    intent = Intent(PlannedChallenge(WORK, (1,)), submission(SubmissionState.PUBLISHED, window_end, BOB), committed_at)
    found = duties(time, intents=(intent,))
    allowed = committed_at + 60 <= time < committed_at + DAY and time < window_end
    assert (Step.FILE in found and found[Step.FILE].is_due(time)) == allowed
    # Committed anew only when the commitment is of no use any more.
    assert (Step.COMMIT_CHALLENGE in found) == (time >= committed_at + DAY)


@pytest.mark.parametrize("state", [SubmissionState.OPEN, SubmissionState.TAKEN, SubmissionState.COMMITTED])
@pytest.mark.parametrize("committed_at", [0, 500])
def test_plan__node_does_not_know_of_the_publication_yet__challenge_is_not_given_up(
    state: SubmissionState, committed_at: int
) -> None:
    intent = Intent(PlannedChallenge(WORK, (1,)), submission(state, 100, BOB), committed_at)
    assert plan(snapshot(600, intents=(intent,))) == []


def test_plan__submission_is_over__challenge_is_missed() -> None:
    for committed_at in (0, 500):
        intent = Intent(PlannedChallenge(WORK, (1,)), submission(SubmissionState.REJECTED, 1000, BOB), committed_at)
        [duty] = plan(snapshot(600, intents=(intent,)))
        assert duty.is_missed(600) and not duty.is_due(600)


# ------------------------------------------------------------ jurors


def dispute(phase: Phase, end: int = 1000, **changes: Any) -> Dispute:
    return replace(Dispute(BOB, 2, phase, end, 0, 0, executed=False, settled_count=0), **changes)


def trial(found: Dispute, **changes: bool) -> Trial:
    return Trial(7, found, **{"awaited": False, "drawn": False, "sealed": False, "pays": False, **changes})


@pytest.mark.parametrize(
    ("randomness", "phase", "changes", "shows"),
    [
        (bytes(32), Phase.WAITING, {"awaited": True}, True),
        (bytes(32), Phase.WAITING, {"pays": True}, True),
        # Somebody has shown it.
        (b"\x01" * 32, Phase.WAITING, {"awaited": True}, False),
        # No money of the account waits for jurors.
        (bytes(32), Phase.WAITING, {}, False),
        (bytes(32), Phase.COMMIT, {"awaited": True, "drawn": True}, False),
    ],
)
@pytest.mark.parametrize("due", [50, 100, 200])
def test_plan__beacon_that_a_draw_waits_for__is_shown_from_when_it_is_due_before_the_draw(
    randomness: bytes, phase: Phase, changes: dict[str, bool], shows: bool, due: int
) -> None:
    # Of the dispute at the head of the queue, whoever's that is.
    beacon = ArmedBeacon(dispute=3, round=12, due=due, randomness=randomness)
    found = plan(snapshot(100, trials=(trial(dispute(phase), **changes),), beacon=beacon))
    shown = [duty for duty in found if duty.step == Step.SHOW_BEACON]
    assert bool(shown) is shows
    if shows:
        [duty] = shown
        assert (duty.subject, duty.number, duty.start, duty.end) == (3, 12, max(due, 100), 1000)
        assert (duty.kind, duty.step.by_owner) == ("dispute", False)
        steps = [each.step for each in found]
        assert steps.index(Step.SHOW_BEACON) < steps.index(Step.DRAW)


def test_plan__several_disputes_wait__one_beacon_is_shown_before_any_draw() -> None:
    waiting = [replace(trial(dispute(Phase.WAITING, end), awaited=True), id=id) for id, end in ((7, 1000), (8, 900))]
    beacon = ArmedBeacon(dispute=7, round=12, due=100, randomness=bytes(32))
    found = plan(snapshot(100, trials=tuple(waiting), beacon=beacon))
    assert [each.step for each in found][:3] == [Step.SHOW_BEACON, Step.DRAW, Step.DRAW]
    assert found[0].end == 900


@pytest.mark.parametrize(
    ("found", "changes", "expected"),
    [
        (dispute(Phase.COMMIT), {"drawn": True}, {Step.VOTE: (100, 1000)}),
        (dispute(Phase.COMMIT), {"sealed": True}, {Step.REVEAL: (1000, 1000 + DAY)}),
        (dispute(Phase.REVEAL), {"sealed": True}, {Step.REVEAL: (100, 1000)}),
        (dispute(Phase.REVEAL), {"drawn": True}, {}),
        (dispute(Phase.WAITING), {"awaited": True}, {Step.DRAW: (100, 1000), Step.DROP: (1000, None)}),
        (dispute(Phase.WAITING), {}, {}),
        (dispute(Phase.COMMIT), {"awaited": True}, {Step.EXECUTE: (1000 + 3 * DAY, None)}),
        (dispute(Phase.REVEAL), {"pays": True}, {Step.SETTLE_ROUND: (1000 + 2 * DAY, None)}),
        (dispute(Phase.APPEAL), {"awaited": True}, {Step.EXECUTE: (1000, None)}),
        (dispute(Phase.FINAL, 0), {"awaited": True}, {Step.EXECUTE: (100, None)}),
        (dispute(Phase.FINAL, 0, executed=True), {"awaited": True}, {}),
        (dispute(Phase.FINAL, 0), {"pays": True}, {Step.SETTLE_ROUND: (100, None)}),
        (dispute(Phase.FINAL, 0, settled_count=1), {"pays": True}, {}),
        (dispute(Phase.NOT_HEARD, 0, ruling=NOT_HEARD), {"awaited": True, "pays": True}, {Step.EXECUTE: (100, None)}),
    ],
)
def test_plan__dispute__what_its_phase_asks_for(
    found: Dispute, changes: dict[str, bool], expected: dict[Step, tuple[int, int | None]]
) -> None:
    planned = duties(100, trials=(trial(found, **changes),))
    assert {step: (duty.start, duty.end) for step, duty in planned.items()} == expected


# ------------------------------------------------------------ what follows from what is due


def follows(time: int, **parts: Any) -> list[tuple[Step, int, int]]:
    found = snapshot(time, **parts)
    due = [duty for duty in plan(found) if duty.is_due(time) and duty.step in STEPS]
    listed = list(follow(due, found))
    assert all(duty.step in STEPS and duty.is_due(time) for duty in listed)
    return [(duty.step, duty.subject, duty.number) for duty in listed]


@pytest.mark.parametrize(("annotator", "claims"), [(ALICE, True), (BOB, False)])
def test_follow__ruling_to_execute__what_waits_for_it_is_settled_and_ones_own_is_claimed(
    annotator: str, claims: bool
) -> None:
    found = work(
        submission(SubmissionState.PUBLISHED, DEADLINE, annotator),
        challenge(ChallengeState.DEFENDED, challenger=ALICE if annotator == BOB else BOB),
    )
    ruled = trial(dispute(Phase.FINAL, 0), awaited=True)
    settle, claim = (Step.SETTLE, challenge_id(WORK, 0), 0), (Step.CLAIM, WORK, 0)
    assert follows(DEADLINE, works=(found,), trials=(ruled,)) == [settle, claim][: 1 + claims]
    # Not final: nothing is due.
    assert follows(DEADLINE, works=(found,), trials=(trial(dispute(Phase.COMMIT, 2 * DEADLINE), awaited=True),)) == []


def test_follow__challenge_to_settle__those_after_it_too_and_the_claim() -> None:
    states = (ChallengeState.CONCEDED, ChallengeState.DEFENDED, ChallengeState.FILED)
    found = work(submission(SubmissionState.PUBLISHED, DEADLINE), *map(challenge, states))
    expected = [(Step.SETTLE, challenge_id(WORK, number), 0) for number in range(3)]
    assert follows(DEADLINE, works=(found,)) == [*expected, (Step.CLAIM, WORK, 0)]


@pytest.mark.parametrize(("rounds", "settled"), [(1, 0), (3, 0), (3, 1), (3, 2)])
def test_follow__round_to_settle__all_after_it(rounds: int, settled: int) -> None:
    found = dispute(Phase.FINAL, 0, round=rounds - 1, settled_count=settled)
    listed = [(Step.SETTLE_ROUND, 7, number) for number in range(settled + 1, rounds)]
    assert follows(100, trials=(trial(found, pays=True),)) == listed


def test_follow__what_holds_up_a_task_is_expired__it_is_closed_from_the_deadline_on() -> None:
    live = submission(SubmissionState.TAKEN, DEADLINE - 1, BOB)
    assert follows(DEADLINE, tasks=(requested(live),)) == [(Step.CLOSE, 1, 0)]
    assert follows(DEADLINE - 1, tasks=(requested(live),)) == []


# ------------------------------------------------------------ what holds up a stake, or the close of a task


def steps_of(time: int, **parts: Any) -> list[tuple[Step, int]]:
    return [(duty.step, duty.subject) for duty in plan(snapshot(time, **parts))]


def test_plan__own_work_not_delivered_in_time__expired_for_the_rest_of_the_stake() -> None:
    late = work(submission(SubmissionState.TAKEN, DEADLINE))
    assert steps_of(DEADLINE - 1, works=(late,)) == [(Step.DELIVER, WORK)]
    missed, expiry = plan(snapshot(DEADLINE, works=(late,)))
    assert missed.is_missed(DEADLINE) and missed.step != Step.EXPIRE
    assert (expiry.step, expiry.start, expiry.end) == (Step.EXPIRE, DEADLINE, None)
    assert not expiry.step.by_owner


def test_plan__others_work_not_delivered_in_time__expired_by_the_requester_alone() -> None:
    late = submission(SubmissionState.TAKEN, DEADLINE, BOB)
    assert steps_of(DEADLINE - 1, tasks=(requested(late),)) == []
    assert steps_of(DEADLINE, tasks=(requested(late),)) == [(Step.EXPIRE, WORK)]
    # Their work stands among the works of whoever has challenged them: nothing of theirs hangs on it.
    assert steps_of(DEADLINE, works=(work(late),)) == []


def test_plan__not_published_in_time__expired_by_the_requester_once_that_is_known_to_be_over() -> None:
    sealed = submission(SubmissionState.COMMITTED, DEADLINE, BOB)
    assert steps_of(DEADLINE + 9 * DAY, tasks=(requested(sealed),)) == []
    ends = {WORK: DEADLINE + 9 * DAY}
    assert steps_of(DEADLINE + 9 * DAY - 1, tasks=(requested(sealed, ends=ends),)) == []
    assert steps_of(DEADLINE + 9 * DAY, tasks=(requested(sealed, ends=ends),)) == [(Step.EXPIRE, WORK)]


def test_plan__grader_that_never_answers__whole_stake_back_after_a_year() -> None:
    graded = replace(TASK, parameters=replace(PARAMETERS, grader=BOB))
    sealed = replace(work(submission(SubmissionState.COMMITTED, DEADLINE)), task=graded)
    end = PARAMETERS.publish_end + 365 * DAY
    assert Step.EXPIRE not in dict(steps_of(end - 1, works=(sealed,)))
    assert (Step.EXPIRE, WORK) in steps_of(end, works=(sealed,))


def test_plan__unclaimed_a_day_after_its_window__claimed_by_the_requester_who_wants_to_close() -> None:
    published = submission(SubmissionState.PUBLISHED, DEADLINE + DAY, BOB)
    pending = replace(published, filed=1)
    for time, expected in (
        (DEADLINE + 2 * DAY - 1, []),
        (DEADLINE + 2 * DAY, [(Step.CLAIM, WORK)]),
    ):
        assert steps_of(time, tasks=(requested(published),)) == expected
        assert steps_of(time, tasks=(requested(pending),)) == []


def test_plan__nothing_live_after_the_deadline__closed_by_the_requester() -> None:
    assert steps_of(DEADLINE - 1, tasks=(requested(),)) == []
    assert steps_of(DEADLINE, tasks=(requested(),)) == [(Step.CLOSE, 1)]
    early = requested(cancelled=True, publish_from=DEADLINE - DAY)
    assert steps_of(DEADLINE - DAY, tasks=(early,)) == [(Step.CLOSE, 1)]
    assert steps_of(DEADLINE, tasks=(requested(submission(SubmissionState.PUBLISHED, DEADLINE + DAY, BOB)),)) == []


# ------------------------------------------------------------ money


def test_plan__free_balance__withdrawn_from_a_floor_on_unless_a_challenge_waits() -> None:
    balances = (Balance("TaskEscrow", TOKEN, 10), Balance("Court", TOKEN, 9), Balance("Court", BOB, 0))
    assert plan(snapshot(5, balances=balances)) == []
    found = plan(snapshot(5, balances=balances), Policy(withdraw_from=10))
    assert [duty.balance for duty in found] == [balances[0]]
    assert [duty.balance for duty in plan(snapshot(5, balances=balances), Policy(withdraw_from=0))] == [*balances[:2]]
    waiting = Intent(PlannedChallenge(WORK, (1,)), submission(SubmissionState.PUBLISHED, 1000, BOB), 0)
    planned = plan(snapshot(5, balances=balances, intents=(waiting,)), Policy(withdraw_from=10))
    assert [duty.step for duty in planned] == [Step.COMMIT_CHALLENGE]


# ------------------------------------------------------------ the whole plan


trials = st.builds(
    trial,
    st.builds(dispute, st.sampled_from([*Phase][1:]), moments, executed=st.booleans(), settled_count=st.integers(0, 1)),
    awaited=st.booleans(),
    drawn=st.booleans(),
    sealed=st.booleans(),
    pays=st.booleans(),
)
intents = st.builds(
    lambda window_end, committed_at: Intent(
        PlannedChallenge(WORK, (1,)), submission(SubmissionState.PUBLISHED, window_end, BOB), committed_at
    ),
    moments,
    st.just(0) | moments,
)
snapshots = st.builds(
    snapshot,
    moments,
    works=st.tuples(works, works),
    trials=st.tuples(trials),
    intents=st.tuples(intents),
)


@given(snapshots)
def test_plan__anything__what_ends_first_comes_first(found: Snapshot) -> None:
    planned = plan(found, Policy(defend_up_to=1))
    ends = [duty.end for duty in planned]
    assert [end for end in ends if end is not None] == sorted(end for end in ends if end is not None)
    assert None not in ends or all(end is None for end in ends[ends.index(None) :])
    assert all(str(duty) for duty in planned)


@given(snapshots)
def test_next_moment__slept_through_to_the_end__nothing_is_overslept(found: Snapshot) -> None:
    planned = plan(found, Policy(defend_up_to=1))
    visited, time = [found.time], found.time
    while (moment := next_moment(planned, time)) is not None:
        assert moment > time
        visited.append(time := moment)
    for duty in planned:
        if duty.start > found.time:
            assert duty.start in visited
        if duty.end is not None and duty.end > max(found.time, duty.start):
            assert any(duty.is_due(time) for time in visited)
