"""A submission and a dispute, of which tests make others."""

from typing import Any

from goldleaf import (
    ZERO_ADDRESS,
    ChallengeKind,
    ChallengeState,
    Outcome,
    Submission,
    SubmissionState,
    Task,
    TaskParameters,
    submission_id,
)
from goldleaf_tools.audit.facts import Dispute

ALICE, BOB, CAROL, COURT, TOKEN = ("0x" + digits * 20 for digits in ("aa", "bb", "cc", "dd", "ee"))
PARAMETERS = TaskParameters(
    COURT, ZERO_ADDRESS, ZERO_ADDRESS, 400, 1000, 40, 40, 2, 2500, 10**9, 1, 1, 1000, 50, 1000, 1, 0, b"\x01" * 32
)
TASK = Task(PARAMETERS, CAROL, TOKEN, 1, 0, 0, publish_from=10**9, cancelled=False, closed=False)
ID = submission_id(1, 0)
SUBMISSION = Submission(BOB, SubmissionState.PUBLISHED, 0, 5000, 0, bytes(32), b"\x01" * 32, 40, 40_000, 0, 0)


def dispute(items: tuple[int, ...], **changes: Any) -> Dispute:
    terms: dict[str, Any] = {
        "id": 1,
        "submission": ID,
        "number": 0,
        "challenger": CAROL,
        "kind": ChallengeKind.CORRECTNESS,
        "state": ChallengeState.SETTLED,
        "items": items,
        "bond": 101,
        "fee": 10,
        "arbitrator": COURT,
        "dispute": 1,
        "proven": 0,
        "to_challenger": 0,
        "outcome": Outcome.NOT_WRONG,
        "filed_by": "0x1",
        "told": (),
    }
    return Dispute(**{**terms, **changes})
