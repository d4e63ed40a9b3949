"""What tests on known items ask of an account: a pure function of what is on chain and of the time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import errors
from goldleaf.ids import gold_dispute_id, submission_id
from goldleaf.types import (
    ZERO_ADDRESS,
    BatchTest,
    GoldDispute,
    GoldDisputeState,
    GoldResult,
    Submission,
    SubmissionState,
    Task,
    TaskParameters,
    TaskTest,
)
from goldleaf.types import TestPhase as Phase
from goldleaf_tools.autopilot import Duty, Policy, Snapshot, Step, plan
from goldleaf_tools.autopilot.duties import Balance
from goldleaf_tools.autopilot.plan import follow
from goldleaf_tools.autopilot.snapshot import Batch, Funds, Work

ALICE, BOB, CAROL, GRADER, TOKEN = ("0x" + digits * 20 for digits in ("aa", "bb", "cc", "dd", "ee"))
DEADLINE, HOUR, DAY = 1_000_000, 3600, 86_400
OPENING, DISPUTES, PUBLISH, TIMEOUT = 2 * DAY, 4 * DAY, DAY, 20 * DAY
PARAMETERS = TaskParameters(
    arbitrator=BOB,
    gate=ZERO_ADDRESS,
    grader=GRADER,
    reward=1,
    stake=1000,
    items=40,
    batch_size=20,
    redundancy=2,
    tolerance_bps=1000,
    deadline=DEADLINE,
    work_period=DAY,
    publish_period=PUBLISH,
    challenge_period=4 * DAY,
    response_period=2 * DAY,
    arbitration_timeout=TIMEOUT,
    availability_bond=1,
    royalty_bps=0,
    terms=b"\x01" * 32,
)
# Bob is the requester.
TASK = Task(PARAMETERS, BOB, TOKEN, 1, 0, 0, publish_from=DEADLINE, cancelled=False, closed=False)
OWN = submission_id(1, 2)  # the second sibling of the first batch
BATCH = 1 << 64
TEST = TaskTest((5, 5), b"\x02" * 32, 4, OPENING, DISPUTES)
PASSED, FAILED = GoldResult((1, 2), (3,), 4), GoldResult((1,), (2, 3, 4, 5, 6), 4)

# Whole hours, which meet the ends of periods exactly.
moments = st.integers(-60, 240).map(lambda hours: DEADLINE + hours * HOUR)


def state(phase: Phase, **changes: Any) -> BatchTest:
    return replace(BatchTest(phase, 0, 0, 0, bytes(32), 0, 0, 0, 3, 0), **changes)


def batch(found: BatchTest, *disputes: GoldDispute, **changes: Any) -> Batch:
    task = replace(TASK, **changes.pop("task", {}))
    return Batch(1, 0, task, TEST, replace(found, filed=len(disputes)), disputes, **changes)


def opened(*disputes: GoldDispute, settled: int = 0, **changes: Any) -> Batch:
    """Gold that was opened at the deadline."""
    return batch(state(Phase.OPENED, opened_at=DEADLINE, settled=settled, deposit=12), *disputes, **changes)


def dispute(
    state: GoldDisputeState, disputer: str = CAROL, filed_at: int = DEADLINE + HOUR, won: bool = False
) -> GoldDispute:
    return GoldDispute(disputer, state, filed_at, 0, 1, 3, won)


def snapshot(time: int, found: Batch, account: str = ALICE, own: bool = True, **parts: Any) -> Snapshot:
    words = (b"\x01" * 32, bytes(32))
    held = Submission(account, SubmissionState.COMMITTED, 0, 0, 0, *words, 20, 20_000, 0, 0)
    works = (Work(OWN, held, found.task, ()),) if own else ()
    found = replace(found, own=OWN if own else None)
    return Snapshot(account, time, works=works, batches=(found,), **parts)


def duties(time: int, found: Batch, policy: Policy = Policy(), **parts: Any) -> dict[Step, Duty]:  # noqa: B008
    planned = plan(snapshot(time, found, **parts), policy)
    assert len({(duty.step, duty.subject) for duty in planned}) == len(planned)
    return {duty.step: duty for duty in planned}


def requester(time: int, found: Batch, **parts: Any) -> dict[Step, Duty]:
    return duties(time, found, account=BOB, own=False, **parts)


# ------------------------------------------------------------ publishing


@given(time=moments, fixed_at=moments, behind=st.integers(0, 30).map(lambda hours: hours * HOUR))
@pytest.mark.parametrize("phase", [Phase.GRADED, Phase.UNGRADED])
def test_plan__outcome_stands__published_when_that_is_confirmed_or_half_of_the_time_is_over(
    phase: Phase, time: int, fixed_at: int, behind: int
) -> None:
    found = batch(state(phase, fixed_at=fixed_at, opened_at=DEADLINE))
    duty = duties(time, found, confirmed=time - behind, results={OWN: PASSED})[Step.PUBLISH]
    # However early the outcome came: the gold was opened at the deadline.
    end = max(fixed_at, DEADLINE + DISPUTES) + PUBLISH
    late = (fixed_at + end) // 2
    assert duty.end == end
    assert duty.is_due(time) == (time < end and time >= fixed_at and (time - behind >= fixed_at or time >= late))


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (batch(state(Phase.UNSEALED)), DEADLINE + OPENING),
        (batch(state(Phase.SEALED)), DEADLINE + OPENING),
        (batch(state(Phase.SEALED, sealed_at=DEADLINE - HOUR)), DEADLINE - HOUR + OPENING),
        (batch(state(Phase.UNSEALED), task={"publish_from": DEADLINE - DAY}), DEADLINE - DAY + OPENING),
        (opened(), DEADLINE + DISPUTES),
        (opened(dispute(GoldDisputeState.SETTLED), settled=1), DEADLINE + DISPUTES),
        (opened(dispute(GoldDisputeState.RULED)), DEADLINE + DISPUTES),
        (opened(dispute(GoldDisputeState.FILED)), DEADLINE + HOUR + TIMEOUT),
    ],
)
def test_plan__test_is_pending__published_when_the_outcome_stands_at_the_latest(found: Batch, outcome: int) -> None:
    duty = duties(DEADLINE - 2 * DAY, found)[Step.PUBLISH]
    latest = DEADLINE + (DISPUTES if found.state.opened_at else OPENING)
    assert (duty.start, duty.end) == (outcome, max(outcome, latest) + PUBLISH)


def test_plan__test_failed__not_published() -> None:
    time = DEADLINE + DISPUTES
    found = batch(state(Phase.GRADED, fixed_at=time, opened_at=DEADLINE))
    assert duties(time, found, results={OWN: FAILED}) == {}
    # As long as nobody has held the labels against the gold, it is tried.
    assert duties(time, found).keys() == {Step.PUBLISH}
    # What is not tested any more is published whatever is in it.
    assert duties(time, replace(found, state=replace(found.state, phase=Phase.UNGRADED)), results={OWN: FAILED})


def test_plan__another_grader__its_owner_knows_what_it_wants_to_see() -> None:
    found = snapshot(DEADLINE, batch(state(Phase.SEALED)))
    [duty] = plan(replace(found, batches=()))
    assert (duty.step, duty.step.by_owner, duty.end) == (Step.PROVE, True, DEADLINE + PUBLISH)


# ------------------------------------------------------------ noting, and disputing


@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        ({}, True),
        ({"sealed": False}, False),
        ({"state": state(Phase.SEALED, sealed_at=DEADLINE - 3 * DAY)}, False),
        ({"state": state(Phase.OPENED, opened_at=DEADLINE)}, False),
        ({"time": DEADLINE - DAY + 1}, False),
        ({"time": DEADLINE - DAY}, True),
        ({"time": DEADLINE, "policy": Policy(note_from=0)}, False),
        ({"time": DEADLINE - 1, "policy": Policy(note_from=0)}, True),
        ({"policy": Policy(note_from=None)}, False),
        ({"own": False}, False),
        ({"account": BOB}, False),
    ],
)
def test_plan__sealed__noted_where_an_annotator_waits_less_for_it(changes: dict[str, Any], noted: bool) -> None:
    found = batch(changes.pop("state", state(Phase.SEALED)), sealed=changes.pop("sealed", True), graded=True)
    assert (Step.NOTE_SEALED in duties(changes.pop("time", DEADLINE - 2 * DAY), found, **changes)) == noted


def test_policy__noting_later_than_never__refused() -> None:
    with pytest.raises(errors.ArgumentError, match="note from"):
        Policy(note_from=-1)


@given(time=moments)
def test_plan__test_would_be_failed__its_owner_may_dispute_until_the_end_of_the_period(time: int) -> None:
    found = duties(time, opened(), results={OWN: FAILED})
    assert (Step.DISPUTE_GOLD in found) == (time < DEADLINE + DISPUTES)
    if Step.DISPUTE_GOLD in found:
        duty = found[Step.DISPUTE_GOLD]
        assert duty.step.by_owner and duty.end == DEADLINE + DISPUTES and "5 errors on the gold" in duty.loss
    assert Step.DISPUTE_GOLD not in duties(time, opened(), results={OWN: PASSED})
    own = dispute(GoldDisputeState.FILED, ALICE)
    assert Step.DISPUTE_GOLD not in duties(time, opened(own), results={OWN: FAILED})


# ------------------------------------------------------------ settling


states = st.sampled_from([GoldDisputeState.FILED, GoldDisputeState.RULED])
filed = st.builds(dispute, states, st.sampled_from([ALICE, CAROL]), moments)


@given(time=moments, disputes=st.lists(filed, max_size=4), who=st.sampled_from(["sibling", "requester", "disputer"]))
def test_plan__gold_disputes__settled_in_their_turn_as_soon_as_the_contract_allows(
    time: int, disputes: list[GoldDispute], who: str
) -> None:
    own = {"sibling": {}, "requester": {"account": BOB, "own": False}, "disputer": {"own": False}}[who]
    found = plan(snapshot(time, opened(*disputes), **own))
    settling = [duty for duty in found if duty.step == Step.SETTLE_GOLD]
    concerned = [who != "disputer" or each.disputer == ALICE for each in disputes]
    count = len(disputes) - (concerned[::-1].index(True) if True in concerned else len(disputes))
    assert [duty.subject for duty in settling] == [gold_dispute_id(1, 0, number) for number in range(count)]
    able = [each.state == GoldDisputeState.RULED or time >= each.filed_at + TIMEOUT for each in disputes]
    assert [duty.is_due(time) for duty in settling] == [all(able[: place + 1]) for place in range(count)]


def test_plan__test_void__only_winners_care_for_the_rest() -> None:
    won = dispute(GoldDisputeState.SETTLED, won=True)
    found = replace(
        opened(won, dispute(GoldDisputeState.RULED, ALICE)),
        state=state(Phase.UNGRADED, opened_at=DEADLINE, fixed_at=DEADLINE, filed=2, settled=1, deposit=12),
    )
    assert Step.SETTLE_GOLD not in requester(DEADLINE, found)
    assert Step.SETTLE_GOLD not in duties(DEADLINE, found, account="0x" + "ff" * 20)
    assert Step.SETTLE_GOLD in duties(DEADLINE, found, account=CAROL, own=False)  # has won
    assert Step.SETTLE_GOLD in duties(DEADLINE, found, account=ALICE, own=False)  # its own
    settled = replace(found, state=replace(found.state, settled=2))
    assert {who for who in (ALICE, BOB, CAROL) if Step.RELEASE_DEPOSIT in duties(DEADLINE, settled, account=who)} == {
        CAROL
    }


@given(time=moments)
def test_plan__deposit__released_to_the_requester_when_the_outcome_stands(time: int) -> None:
    duty = requester(time, opened())[Step.RELEASE_DEPOSIT]
    assert duty.is_due(time) == (time >= DEADLINE + DISPUTES)
    pending = opened(dispute(GoldDisputeState.FILED))
    assert Step.RELEASE_DEPOSIT not in requester(time, pending)
    released = replace(opened(), state=replace(opened().state, deposit=0))
    assert requester(time, released) == {}
    assert Step.RELEASE_DEPOSIT not in duties(time, opened())


# ------------------------------------------------------------ requesters


@given(time=moments, behind=st.integers(0, 60).map(lambda hours: hours * HOUR), graded=st.booleans())
def test_plan__time_to_commit_over__opened_or_waived_when_that_is_confirmed_or_half_of_the_time_is_over(
    time: int, behind: int, graded: bool
) -> None:
    found = batch(state(Phase.SEALED), awaited=True, graded=graded)
    duty = requester(time, found, confirmed=time - behind)[Step.OPEN_GOLD if graded else Step.WAIVE]
    assert duty.end == DEADLINE + OPENING
    ready = time >= DEADLINE + min(behind, OPENING // 2)
    assert duty.is_due(time) == (ready and time < DEADLINE + OPENING)


@given(time=moments, behind=st.integers(0, 60).map(lambda hours: hours * HOUR))
def test_plan__sealed_and_not_confirmed__opened_only_when_it_is_or_half_of_the_time_is_over(
    time: int, behind: int
) -> None:
    sealed_at = DEADLINE - DAY
    found = batch(state(Phase.SEALED, sealed_at=sealed_at), awaited=True, graded=True)
    duty = requester(time, found, confirmed=time - behind)[Step.OPEN_GOLD]
    assert duty.end == sealed_at + OPENING
    ready = time >= sealed_at + min(behind, OPENING // 2)
    assert duty.is_due(time) == (ready and time < sealed_at + OPENING)
    for_good = requester(time, replace(found, sealed=True), confirmed=time - behind)[Step.OPEN_GOLD]
    assert for_good.is_due(time) == (time < sealed_at + OPENING)


def test_plan__without_a_plan__its_owner_opens_or_waives_what_is_sealed() -> None:
    found = batch(state(Phase.SEALED), awaited=True, sealed=True)
    assert requester(DEADLINE - DAY, found).keys() == {Step.OPEN_OR_WAIVE}
    assert requester(DEADLINE - DAY, replace(found, state=state(Phase.UNSEALED))) == {}


@pytest.mark.parametrize("graded", [None, True, False])
def test_plan__nobody_has_committed__nothing_is_opened_or_waived(graded: bool | None) -> None:
    found = batch(state(Phase.SEALED), graded=graded)
    assert requester(DEADLINE, found) == {}


def test_plan__free_balance_below_the_deposit__its_owner_deposits() -> None:
    held = Balance("GoldTest", TOKEN, 4)
    found = batch(state(Phase.SEALED), awaited=True, graded=True)
    for needed, expected in ((4, None), (5, 1)):
        funds = (Funds(held, needed, 1, DEADLINE + OPENING),)
        duty = requester(DEADLINE, found, funds=funds).get(Step.FUND)
        assert (duty and duty.balance and duty.balance.free) == expected
    assert duty is not None and duty.step.by_owner
    assert str(duty) == "deposit 1 base units more into GoldTest (task 1)"


def test_plan__free_balance_in_gold_test__kept_while_gold_is_to_be_opened_or_may_be_disputed() -> None:
    policy, balances = Policy(withdraw_from=1), (Balance("GoldTest", TOKEN, 9), Balance("TaskEscrow", TOKEN, 9))

    def withdrawn(time: int, found: Batch, **parts: Any) -> list[str]:
        planned = plan(snapshot(time, found, balances=balances, **parts), policy)
        return [duty.balance.ledger for duty in planned if duty.step == Step.WITHDRAW and duty.balance]

    unopened = batch(state(Phase.UNSEALED), graded=True)
    assert withdrawn(DEADLINE, unopened, account=BOB, own=False) == ["TaskEscrow"]
    assert withdrawn(DEADLINE, replace(unopened, graded=False), account=BOB, own=False) == ["GoldTest", "TaskEscrow"]
    assert withdrawn(DEADLINE, opened()) == ["TaskEscrow"]
    assert withdrawn(DEADLINE + DISPUTES, opened()) == ["GoldTest", "TaskEscrow"]


def test_duty__of_a_batch_or_a_gold_dispute__named_as_people_do() -> None:
    assert str(Duty(Step.WAIVE, BATCH | 3, 0)) == "waive the test (batch 1/3)"
    assert str(Duty(Step.SETTLE_GOLD, gold_dispute_id(1, 3, 2), 0)) == "settle the gold dispute (gold dispute 1/3/2)"


# ------------------------------------------------------------ what follows from what is due


def test_follow__gold_dispute_to_settle__those_after_it_and_the_deposit() -> None:
    found = opened(dispute(GoldDisputeState.RULED), dispute(GoldDisputeState.FILED))
    listed = snapshot(DEADLINE + DISPUTES, found, account=BOB, own=False)
    due = [duty for duty in plan(listed) if duty.is_due(listed.time) and duty.step == Step.SETTLE_GOLD]
    assert [(duty.step, duty.subject) for duty in follow(due, listed)] == [
        *((Step.SETTLE_GOLD, gold_dispute_id(1, 0, number)) for number in range(2)),
        (Step.RELEASE_DEPOSIT, BATCH),
    ]
    assert list(follow([], listed)) == []
