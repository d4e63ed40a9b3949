"""A task, and what may be under way in it."""

from dataclasses import replace
from typing import Any

from goldleaf import ZERO_ADDRESS, Submission, SubmissionState, Task, TaskParameters, submission_id
from goldleaf_tools.autopilot.snapshot import Requested

ALICE, BOB, TOKEN = ("0x" + digits * 20 for digits in ("aa", "bb", "cc"))
WORK = submission_id(1, 0)
DEADLINE, HOUR, DAY = 1_000_000, 3600, 86_400
PARAMETERS = TaskParameters(
    arbitrator=BOB,
    gate=ZERO_ADDRESS,
    grader=ZERO_ADDRESS,
    reward=1,
    stake=1000,
    items=10,
    batch_size=10,
    redundancy=2,
    tolerance_bps=1000,
    deadline=DEADLINE,
    work_period=DAY,
    publish_period=2 * DAY,
    challenge_period=4 * DAY,
    response_period=2 * DAY,
    arbitration_timeout=30 * DAY,
    availability_bond=1,
    royalty_bps=0,
    terms=b"\x01" * 32,
)
TASK = Task(PARAMETERS, BOB, TOKEN, 1, 0, 0, publish_from=DEADLINE, cancelled=False, closed=False)


def submission(
    state: SubmissionState, until: int, annotator: str = ALICE, settled: int = 0, filed: int = 0
) -> Submission:
    """`until`: when the work is due, or from the publication on the window ends."""
    is_delivered = state not in (SubmissionState.TAKEN, SubmissionState.COMMITTED)
    due_at, window_end = (0, until) if is_delivered else (until, 0)
    words = (bytes(32), b"\x01" * 32)
    commitment, root = words if is_delivered else words[::-1]
    return Submission(annotator, state, due_at, window_end, 0, commitment, root, 10, 10_000, filed, settled)


def requested(*live: Submission, ends: dict[int, int] | None = None, **changes: Any) -> Requested:
    """A task of Alice's in which this is under way."""
    task = replace(TASK, requester=ALICE, live=len(live), **changes)
    found = {submission_id(1, slot): each for slot, each in enumerate(live)}
    return Requested(1, task, live=found, publish_ends=ends or {})
