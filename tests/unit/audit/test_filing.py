"""What is chosen to be filed: never more than the budget, the best first."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import (
    ZERO_ADDRESS,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Dispute,
    Submission,
    SubmissionState,
    Task,
    TaskParameters,
    submission_id,
)
from goldleaf_tools.audit.filing import Limits, can_be_filed, choose, locked
from goldleaf_tools.audit.grid import STEPS
from goldleaf_tools.audit.result import (
    Action,
    AvailabilityProposal,
    Expectation,
    LabelTable,
    ManifestFinding,
    Proposal,
    TaskAudit,
    Token,
)
from goldleaf_tools.autopilot import PlannedChallenge, Snapshot
from goldleaf_tools.autopilot.snapshot import Intent, Trial, Work

ALICE, BOB, TOKEN = ("0x" + digits * 20 for digits in ("aa", "bb", "cc"))
PARAMETERS = TaskParameters(
    BOB, ZERO_ADDRESS, ZERO_ADDRESS, 1, 1000, 10, 10, 2, 1000, 10**9, 1, 1, 100, 50, 1000, 1, 0, b"\x01" * 32
)
TASK = Task(PARAMETERS, BOB, TOKEN, 1, 0, 0, publish_from=10**9, cancelled=False, closed=False)


def proposal(bond: int, value: float, *, chance: float = 0.9, gas: float = 0.0, slot: int = 0) -> Proposal:
    expectation = Expectation(value, value + gas, 0.0, 0.0, 0.0, gas, chance, chance, 1 - chance)
    return Proposal(submission_id(1, slot), (slot,), (chance,), expectation, 10, 0, bond, 3, Action.FILE, "worth it")


def unread(bond: int, prize: int) -> AvailabilityProposal:
    return AvailabilityProposal(submission_id(1, 0), (0, 1), bond, prize, 10, Action.FILE, "gone")


def audited(*proposals: Proposal, availability: tuple[AvailabilityProposal, ...] = (), token: str = TOKEN) -> TaskAudit:
    return TaskAudit(
        chain=1,
        escrow=BOB,
        task=1,
        auditor=ALICE,
        block=1,
        time=1,
        requester=BOB,
        closed=False,
        cancelled=False,
        parameters=PARAMETERS,
        token=Token(token, "T", 6),
        manifest=ManifestFinding("", b"\x01" * 32, None, None, None, (), ""),
        sets=(),
        pooled_tasks=(1,),
        choice=None,
        labels=LabelTable((), (), (), (), (), (), (), (), ()),
        annotators=(),
        calibration=None,
        proposals=proposals,
        availability=availability,
        challenges=(),
        flows=(),
    )


def test_choose__more_than_the_budget__the_best_for_each_unit_that_is_locked() -> None:
    dear, cheap, poor = proposal(100, 50, slot=0), proposal(10, 8, slot=1), proposal(10, 1, slot=2)
    order = choose([audited(dear, poor, cheap)], Limits(20), token=TOKEN)
    assert order.challenges == (cheap, poor)
    assert order.bonds == 20
    assert [(each, why) for each, why in order.left_out] == [(dear, "the budget is used up")]


def test_choose__what_is_locked__counts_against_the_budget_and_gas_is_told_apart() -> None:
    wanted = proposal(10, 5, gas=3)
    order = choose([audited(wanted, availability=(replace(unread(2, 50), gas=4),))], Limits(12), token=TOKEN)
    assert (order.challenges, order.bonds, order.gas) == ((wanted,), 12, 7)
    assert choose([audited(wanted)], Limits(9), token=TOKEN).is_empty
    assert choose([audited(wanted)], Limits(10), token=TOKEN, locked=1).is_empty


def test_choose__below_a_threshold_or_left_by_the_audit__left_out() -> None:
    unsure, low = proposal(10, 5, chance=0.5), proposal(10, 1)
    left = replace(proposal(10, 9), action=Action.LEAVE, why="not worth it")
    order = choose([audited(unsure, low, left)], Limits(100, value=2, chance=0.8), token=TOKEN)
    assert order.is_empty and len(order.left_out) == 3
    assert (left, "not worth it") in order.left_out


@pytest.mark.parametrize("chance", [0.999, 0.9, 0.6, 2 / 3])
def test_choose__just_as_probable_as_asked_for__filed(chance: float) -> None:
    """Chances are on a grid: the nearest one to the threshold is the threshold."""
    nearest = round(chance * STEPS) / STEPS
    sure, unsure = proposal(1, 1, chance=nearest), proposal(1, 1, chance=nearest - 1 / STEPS)
    assert choose([audited(sure, unsure)], Limits(9, chance=chance), token=TOKEN).challenges == (sure,)


def test_choose__task_in_another_token__left_out() -> None:
    order = choose([audited(proposal(1, 1), token=BOB)], Limits(100), token=TOKEN)
    assert order.is_empty and "another token" in order.left_out[0][1]


def test_choose__labels_withheld__challenged_within_the_budget() -> None:
    gone = unread(5, 50)
    assert choose([audited(availability=(gone,))], Limits(5), token=TOKEN).availability == (gone,)
    assert choose([audited(availability=(gone,))], Limits(4), token=TOKEN).is_empty


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(0.1, 50), st.floats(0, 5)), max_size=8),
    st.integers(0, 100),
    st.integers(0, 50),
)
def test_choose__anything__never_more_than_the_budget(
    terms: list[tuple[int, float, float]], budget: int, before: int
) -> None:
    proposals = [proposal(bond, value, gas=gas, slot=slot) for slot, (bond, value, gas) in enumerate(terms)]
    order = choose([audited(*proposals)], Limits(budget), token=TOKEN, locked=before)
    spent = sum(each.bond for each in order.challenges)
    assert not order.challenges or before + spent <= budget
    assert order.bonds == sum(each.bond for each in order.challenges)
    assert len(order.challenges) + len(order.left_out) == len(proposals)


def challenge(challenger: str, state: ChallengeState, bond: int = 7) -> Challenge:
    return Challenge(challenger, ChallengeKind.CORRECTNESS, state, 1, 0, 1, 0, bond, b"\x01" * 32, ZERO_ADDRESS, 0)


def test_locked__challenges_and_appeals__what_is_not_back() -> None:
    found = Submission(BOB, SubmissionState.PUBLISHED, 0, 10**9, 0, bytes(32), b"\x01" * 32, 10, 10_000, 3, 0)
    challenges = (
        challenge(ALICE, ChallengeState.FILED),
        challenge(BOB, ChallengeState.FILED),
        challenge(ALICE, ChallengeState.RULED),
    )
    work = Work(submission_id(1, 0), found, TASK, challenges)
    dispute = Dispute(**dict.fromkeys(Dispute.__dataclass_fields__, 0))
    trial = Trial(1, dispute, awaited=True, drawn=False, sealed=False, pays=True, appealed=5)
    # Bonds in another token are none of it.
    other = replace(work, task=replace(TASK, token=BOB))
    assert locked(Snapshot(ALICE, 5, (work, other), (trial,)), TOKEN) == 2 * 7 + 5


@pytest.mark.parametrize(
    ("state", "time", "expected"),
    [
        (SubmissionState.PUBLISHED, 99, True),
        (SubmissionState.PUBLISHED, 100, False),
        (SubmissionState.REJECTED, 99, False),
        (SubmissionState.PAID, 99, False),
    ],
)
def test_can_be_filed__window_and_state__both_asked(state: SubmissionState, time: int, expected: bool) -> None:
    found = Submission(BOB, state, 0, 100, 0, bytes(32), b"\x01" * 32, 10, 10_000, 3, 0)
    assert can_be_filed(Intent(PlannedChallenge(1, (1,)), found, 0), time) is expected
