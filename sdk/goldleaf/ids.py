"""Ids: `submission = task << 64 | slot`, `fight = submission << 64 | number`."""

_MASK = 2**64 - 1


def submission_id(task: int, slot: int) -> int:
    """The id of the submission in a slot of a task."""
    return task << 64 | slot


def fight_id(submission: int, number: int) -> int:
    """The id of the challenge or demand that was filed against a submission as number `number`, counted from 0."""
    return submission << 64 | number


def name_submission(submission: int) -> str:
    """A submission's id for people, `TASK/SLOT`."""
    return "/".join(map(str, split_submission(submission)))


def name_fight(fight: int) -> str:
    """A fight's id for people, `TASK/SLOT/NUMBER`."""
    submission, number = split_fight(fight)
    return f"{name_submission(submission)}/{number}"


def split_submission(submission: int) -> tuple[int, int]:
    """Task and slot of a submission id."""
    return submission >> 64, submission & _MASK


def split_fight(fight: int) -> tuple[int, int]:
    """Submission and number of a fight id."""
    return fight >> 64, fight & _MASK
