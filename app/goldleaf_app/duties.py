"""What an annotator has to do for each submission, and what missing it costs: the autopilot's rules, by the index."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from goldleaf import Deployment
from goldleaf.errors import NoSuchTest
from goldleaf.ids import challenge_id, name_challenge, split_submission, submission_id
from goldleaf.types import (
    Challenge,
    ChallengeKind,
    ChallengeState,
    CourtParameters,
    Submission,
    SubmissionState,
    Task,
)
from goldleaf_tools.autopilot import Duty, Snapshot, Step, plan
from goldleaf_tools.autopilot.snapshot import Batch, Trial, Work
from goldleaf_tools.index import Index
from goldleaf_tools.index.schema import SubmissionRow

from .outcomes import Stakes

WORDS = {
    Step.DELIVER: "Label the batch and deliver it",
    Step.PUBLISH: "Publish the sealed labels",
    Step.PROVE: "Publish the sealed labels, with what the grader of the task wants to see",
    Step.NOTE_SEALED: "Note that all labels of the batch are sealed: the test comes earlier",
    Step.DISPUTE_GOLD: "Dispute known answers that are wrong",
    Step.CLAIM: "Claim pay and stake",
    Step.EXPIRE: "End it: what is left of the stake comes back",
    Step.SETTLE_GOLD: "Settle the dispute about known answers",
    Step.DRAW: "Have the jurors drawn",
    Step.DROP: "Take the round out of the queue: no jurors were drawn in time",
    Step.EXECUTE: "Have the court tell its ruling",
}


@dataclass(frozen=True, slots=True)
class Next:
    """Something to do for a submission, in words."""

    duty: Duty
    words: str
    # What whoever misses it loses, base units, and in words; 0: nothing.
    loss: int
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """A submission of an account, with its challenges that are not settled, and what there is to do for it."""

    id: int
    submission: Submission
    task: Task
    challenges: Mapping[int, Challenge]  # by id, in their turn
    unanswered: Mapping[int, tuple[int, ...]]  # items to show, by availability challenge
    duties: tuple[Duty, ...]
    wrong_items: tuple[int, ...]
    items_of: Mapping[int, tuple[int, ...]]  # of each of the challenges

    def stakes(self, challenge: int, cost: int) -> Stakes:
        """What hangs on a challenge of correctness; `cost` is what a defence costs, as long as there is none."""
        found = self.challenges[challenge]
        return Stakes.of(
            found,
            self.submission,
            self.task.parameters,
            split_submission(self.id)[1],
            items=self.items_of[challenge],
            wrong=self.wrong_items,
            fee=found.fee if found.defended_at else cost,
        )

    @property
    def pay(self) -> int:
        """What claiming pays for the labels, as things stand, base units."""
        return self.task.parameters.reward * (self.submission.labels - self.submission.errors)

    def settleable(self, time: int) -> list[int]:
        """The challenges that can be settled now, in their turn."""
        found = []
        for id, challenge in self.challenges.items():
            if self._decided_from(id, challenge) > time:
                break
            found.append(id)
        return found

    def _decided_from(self, id: int, challenge: Challenge) -> int:
        """The time from which a challenge can be settled whatever happens until then; 0: it can be now."""
        terms = self.task.parameters
        if challenge.state == ChallengeState.DEFENDED:
            return challenge.defended_at + terms.arbitration_timeout
        if challenge.state != ChallengeState.FILED or self.submission.state == SubmissionState.REJECTED:
            return 0
        if challenge.kind == ChallengeKind.CORRECTNESS:
            return challenge.filed_at + terms.response_period
        return challenge.filed_at + terms.challenge_period // 4 if self.unanswered.get(id) else 0

    def next(self, time: int) -> Next | None:
        """What comes first: what can be done now and ends soonest, else what can be done soonest."""
        left = [duty for duty in self.duties if not duty.is_missed(time)]
        due = [duty for duty in left if duty.is_due(time)]
        if not left:
            return None
        duty = due[0] if due else min(left, key=lambda duty: duty.start)
        loss, why = self._loss(duty)
        return Next(duty, _words(duty), loss, why)

    def _loss(self, duty: Duty) -> tuple[int, str]:
        found, reward = self.submission, self.task.parameters.reward
        match duty.step:
            case Step.DELIVER:
                return -(-found.stake // 4), "a quarter of your stake"
            case Step.PUBLISH | Step.PROVE | Step.DISPUTE_GOLD:
                return found.stake, "all of your stake, and none of the labels is paid"
            case Step.ANSWER:
                return found.stake + self.pay, "all of your stake, and the pay of all labels"
            case Step.RESPOND:
                stakes = self.stakes(duty.subject, 0)
                if stakes.rejects:
                    return stakes.loss, "all of your stake and pay: more would be proven wrong than is tolerated"
                return reward * stakes.new, "the pay of each label that was challenged"
            case _:
                return 0, ""


def held(
    index: Index,
    deployment: Deployment,
    submissions: Iterable[int],
    account: str,
    *,
    time: int,
    court: CourtParameters | None,
) -> list[Held]:
    """These submissions, as they stand at a time, with what the account has to do for each. Blocks.

    `court` is what the deployment's court was deployed with. Without the labels it is not known whether they pass the
    test that their batch is about to be held against. Raises `NoSuchTask`.
    """
    reader = _Reader(index, deployment, time)
    works = [reader.work(submission) for submission in submissions]
    batches = [batch for work in works if (batch := reader.batch(work)) is not None]
    about = {batch.id: batch.own for batch in batches}
    trials = reader.trials(works, batches)
    snapshot = Snapshot(
        account=account,
        time=time,
        works=tuple(works),
        trials=tuple(trial for trial, _ in trials),
        batches=tuple(batches),
        reveal_period=court.reveal_period if court else 0,
        appeal_period=court.appeal_period if court else 0,
    )
    disputes = {trial.id: submission for trial, submission in trials}
    duties: dict[int | None, list[Duty]] = defaultdict(list)
    for duty in plan(snapshot):
        match duty.kind:
            case "challenge":
                owner: int | None = duty.subject >> 64
            case "dispute":
                owner = disputes[duty.subject]
            case "batch":
                owner = about.get(duty.subject)
            case "gold dispute":
                owner = about.get(duty.subject >> 64)
            case _:
                owner = duty.subject
        duties[owner].append(duty)
    return [reader.held(work, duties[work.id]) for work in works]


class _Reader:
    def __init__(self, index: Index, deployment: Deployment, time: int) -> None:
        self._index = index
        self._court = deployment.contracts.get("Court")
        self._time = time
        self._tasks: dict[int, Task] = {}

    def work(self, id: int) -> Work:
        index, (number, _) = self._index, split_submission(id)
        if number not in self._tasks:
            self._tasks[number] = index.task(number)
        task, found = self._tasks[number], index.submission(id)
        challenges = {
            challenge_id(id, number): index.challenge(challenge_id(id, number))
            for number in range(found.settled, found.filed)
        }
        unanswered = {
            challenge: index.unanswered(challenge)
            for challenge, each in challenges.items()
            if each.kind == ChallengeKind.AVAILABILITY and found.state == SubmissionState.PUBLISHED
        }
        committed = found.state == SubmissionState.COMMITTED and self._are_committed(id, task)
        return Work(id, found, task, tuple(challenges.values()), committed, unanswered)

    def held(self, work: Work, duties: Iterable[Duty]) -> Held:
        ids = [challenge_id(work.id, number) for number in range(work.submission.settled, work.submission.filed)]
        return Held(
            work.id,
            work.submission,
            work.task,
            dict(zip(ids, work.challenges, strict=True)),
            work.unanswered,
            tuple(duties),
            self._index.wrong_items(work.id),
            {id: self._index.filing(id).indices for id in ids},
        )

    def batch(self, work: Work) -> Batch | None:
        """The test of the batch of committed labels that GoldTest tests."""
        terms = work.task.parameters
        if work.submission.state != SubmissionState.COMMITTED or not terms.is_graded:
            return None
        task, slot = split_submission(work.id)
        number = slot % terms.batches
        try:
            test, state = self._index.test(task), self._index.batch_test(task, number, self._time)
        except NoSuchTest:
            return None
        disputes = {
            id: dispute
            for id, dispute in (self._index.gold_disputes(task).items() if state.filed else ())
            if id >> 64 == submission_id(task, number)
        }
        return Batch(
            task,
            number,
            work.task,
            test,
            state,
            tuple(disputes.values()),
            own=work.id,
            sealed=work.siblings_committed,
            awaited=True,
        )

    def trials(self, works: Iterable[Work], batches: Iterable[Batch]) -> list[tuple[Trial, int]]:
        """The court's disputes on which the submissions hang, each with the submission."""
        found: list[tuple[int, int]] = []
        for work in works:
            if work.task.parameters.arbitrator == self._court:
                found += [
                    (dispute, work.id)
                    for number, challenge in enumerate(work.challenges, work.submission.settled)
                    if challenge.state == ChallengeState.DEFENDED
                    and (dispute := self._index.dispute_of(challenge_id(work.id, number))) is not None
                ]
        for batch in batches:
            if batch.own is not None and batch.task.parameters.arbitrator == self._court:
                ids = [batch.id << 64 | number for number in range(batch.state.settled, batch.state.filed)]
                found += [(self._index.gold_filing(id).dispute, batch.own) for id in ids]
        return [
            (Trial(dispute, self._index.dispute(dispute, self._time), True, False, False, False), submission)
            for dispute, submission in found
        ]

    def _are_committed(self, id: int, task: Task) -> bool:
        """Whether all who label the batch have committed."""
        number, slot = split_submission(id)
        siblings = task.parameters.siblings(slot % task.parameters.batches)
        missing = [SubmissionState.OPEN, SubmissionState.TAKEN]
        where = (SubmissionRow.task == number, SubmissionRow.slot.in_(siblings), SubmissionRow.state.not_in(missing))
        with self._index.engine.connect() as connection:
            return connection.scalar(select(func.count()).where(*where)) == len(siblings)


def _words(duty: Duty) -> str:
    match duty.step:
        case Step.ANSWER:
            return f"Show the label of item {duty.number}: challenge {name_challenge(duty.subject)} asks for it"
        case Step.RESPOND:
            return f"Concede challenge {name_challenge(duty.subject)}, or defend your labels"
        case Step.SETTLE:
            return f"Settle challenge {name_challenge(duty.subject)}"
        case _:
            return WORDS.get(duty.step, str(duty))
