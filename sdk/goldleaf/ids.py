"""Ids: `submission = task << 64 | slot`, `challenge = submission << 64 | number`,
`gold dispute = (task << 64 | batch) << 64 | number`."""

_MASK = 2**64 - 1


def submission_id(task: int, slot: int) -> int:
    """The id of the submission in a slot of a task."""
    return task << 64 | slot


def challenge_id(submission: int, number: int) -> int:
    """The id of the challenge that was filed against a submission as number `number`, counted from 0."""
    return submission << 64 | number


def name_submission(submission: int) -> str:
    """A submission's id for people, `TASK/SLOT`."""
    return "/".join(map(str, split_submission(submission)))


def name_challenge(challenge: int) -> str:
    """A challenge's id for people, `TASK/SLOT/NUMBER`."""
    submission, number = split_challenge(challenge)
    return f"{name_submission(submission)}/{number}"


def split_submission(submission: int) -> tuple[int, int]:
    """Task and slot of a submission id."""
    return submission >> 64, submission & _MASK


def split_challenge(challenge: int) -> tuple[int, int]:
    """Submission and number of a challenge id."""
    return challenge >> 64, challenge & _MASK


def gold_dispute_id(task: int, batch: int, number: int) -> int:
    """The id of the dispute about a batch's known answers that was filed as number `number`, counted from 0."""
    return (task << 64 | batch) << 64 | number


def split_gold_dispute(gold_dispute: int) -> tuple[int, int, int]:
    """Task, batch and number of the id of a dispute about known answers."""
    return gold_dispute >> 128, gold_dispute >> 64 & _MASK, gold_dispute & _MASK


def name_gold_dispute(gold_dispute: int) -> str:
    """The id of a dispute about known answers for people, `TASK/BATCH/NUMBER`."""
    return "/".join(map(str, split_gold_dispute(gold_dispute)))
