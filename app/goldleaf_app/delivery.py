"""Where the delivery of a batch stands: what is next, from when and until when, and what else it waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from goldleaf import economics, submission_id
from goldleaf.errors import NoSuchTest
from goldleaf.types import BatchTest, Submission, SubmissionState, Task, TaskTest, TestPhase
from goldleaf_tools.index import Index

_COMMITTED_OR_LATER = frozenset(SubmissionState) - {SubmissionState.OPEN, SubmissionState.TAKEN}
# Blocks below which a commitment may still be replaced by another one.
CONFIRMATIONS = 6


class Stage(StrEnum):
    """What is next."""

    LABEL = "label"  # items without a label
    SAVE = "save"  # the backup
    COMMIT = "commit"
    PUBLISH = "publish"
    WAIT = "wait"  # for others to commit
    OPENING = "opening"  # of the known answers
    DISPUTE = "dispute"  # they may be disputed
    FAILED = "failed"
    LATE = "late"  # to deliver, or to publish
    UNREAD = "unread"  # a grader that is not read here
    OVER = "over"  # it is neither taken nor committed


@dataclass(frozen=True, slots=True)
class Waiting:
    """What committed labels wait for."""

    stage: Stage
    # Submission of each slot of the batch, by number of the slot, the own one among them.
    siblings: Mapping[int, Submission]
    # When the stage ends at the latest by itself; 0: that is not known.
    until: int
    # The time before which labels have to be published, as far as it is known.
    publish_end: int
    test: TaskTest | None = None
    batch: BatchTest | None = None

    @property
    def committed(self) -> int:
        """How many of the batch have committed."""
        return sum(found.state in _COMMITTED_OR_LATER for found in self.siblings.values())


def waiting(index: Index, task: int, slot: int, of: Task, now: int) -> Waiting:
    """What committed labels wait for at a time. Blocks. Raises `NoSuchTask`."""
    terms = of.parameters
    number = slot % terms.batches
    siblings = {each: index.submission(submission_id(task, each)) for each in terms.siblings(number)}
    if terms.is_graded:
        try:
            test, batch = index.test(task), index.batch_test(task, number, now)
        except NoSuchTest:
            return Waiting(Stage.UNREAD, siblings, 0, terms.publish_end)
        return _graded(of, siblings, test, batch, now)
    opens = min(of.publish_from, terms.deadline)
    if now >= terms.publish_end:
        stage = Stage.LATE
    elif now >= opens or all(found.state in _COMMITTED_OR_LATER for found in siblings.values()):
        stage = Stage.PUBLISH
    else:
        stage = Stage.WAIT
    return Waiting(stage, siblings, opens if stage is Stage.WAIT else terms.publish_end, terms.publish_end)


def _graded(of: Task, siblings: Mapping[int, Submission], test: TaskTest, batch: BatchTest, now: int) -> Waiting:
    """Of a task whose labels are tested before they are published."""
    terms = of.parameters
    opening_end = (batch.sealed_at or of.publish_from) + test.opening_period
    dispute_end = batch.opened_at + test.dispute_period if batch.opened_at else 0
    publish_end = economics.graded_publish_end(
        deadline=terms.deadline,
        publish_period=terms.publish_period,
        opening_period=test.opening_period,
        dispute_period=test.dispute_period,
        fixed_at=batch.fixed_at or dispute_end or opening_end,
        opened_at=batch.opened_at,
    )
    stages = {
        TestPhase.UNSEALED: (Stage.WAIT, of.publish_from),
        TestPhase.SEALED: (Stage.OPENING, opening_end),
        # Disputes that are not decided have no end that is known.
        TestPhase.OPENED: (Stage.DISPUTE, dispute_end if now < dispute_end else 0),
    }
    stage, until = stages.get(batch.phase, (Stage.PUBLISH, publish_end))
    if stage is Stage.PUBLISH and now >= publish_end:
        stage = Stage.LATE
    return Waiting(stage, siblings, until, publish_end, test, batch)
