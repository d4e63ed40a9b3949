"""The work that is audited: real answers, staked, committed and published through the deployed protocol."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from goldleaf import ZERO_ADDRESS, Item, LabelSet, Manifest, TaskParameters, submission_id, to_canonical
from goldleaf.signing.commitments import commitment
from goldleaf_tools.audit.answers import Gold
from scripts._actors import Chance
from scripts._audit_stage import DAY, UNIT, Stage


@dataclass(frozen=True)
class Job:
    """Items that each of these annotators has answered: one task."""

    annotators: Sequence[str]
    items: Sequence[str]  # in the order of their numbers
    answers: Mapping[str, Mapping[str, str]]  # annotator -> item -> label


@dataclass(frozen=True)
class Assignment:
    """The jobs of one data set, and the terms of their tasks. Amounts are whole tokens for each label."""

    name: str
    jobs: Sequence[Job]
    gold: Mapping[str, str]
    classes: Sequence[str]
    guidelines: str
    reward: Decimal
    stake: Decimal
    batch: int
    tolerance_bps: int
    # What of the set is played.
    note: str

    @property
    def answers(self) -> int:
        """All labels."""
        return sum(len(job.annotators) * len(job.items) for job in self.jobs)


class Work:
    """The tasks of an assignment, published."""

    def __init__(self, stage: Stage, assignment: Assignment) -> None:
        self.stage = stage
        self.assignment = assignment
        names = sorted({name for job in assignment.jobs for name in job.annotators})
        self.people: dict[str, str] = {name: stage.account(f"{assignment.name} {name}").address for name in names}
        self.names = {address: name for name, address in self.people.items()}
        self.requester = stage.account(f"requester of {assignment.name}").address
        self.tasks: list[int] = []
        self._chance = Chance(stage.seed)

    @property
    def task_jobs(self) -> Iterator[tuple[int, Job]]:
        """Each task with its job."""
        return iter(zip(self.tasks, self.assignment.jobs, strict=True))

    def truth(self) -> Gold:
        """The truth of all items."""
        return {
            (task, number): to_canonical(self.assignment.gold[item])
            for task, job in self.task_jobs
            for number, item in enumerate(job.items)
            if item in self.assignment.gold
        }

    def shown(self, share: float) -> Gold:
        """The truth of a share of the items, drawn from the seed: what the auditor knows."""
        truth = self.truth()
        drawn = self._chance.of("gold", self.assignment.name).sample(sorted(truth), round(share * len(truth)))
        return {item: truth[item] for item in drawn}

    def publish(self) -> None:
        """Opens the tasks, and has everybody stake, commit and publish their real answers."""
        stage, asked = self.stage, self.assignment
        labels = dict.fromkeys(self.people, 0)
        for job in asked.jobs:
            for name in job.annotators:
                labels[name] += len(job.items)
        stage.fund([self.requester, *self.people.values()], 10**6 * UNIT)
        reward, stake = (int(amount * UNIT) for amount in (asked.reward, asked.stake))
        stakes = {address: stake * labels[name] for name, address in self.people.items()}
        stage.deposit({self.requester: reward * asked.answers, **stakes})
        first = stage.client.tasks.count() + 1
        self.tasks = list(range(first, first + len(asked.jobs)))
        deadline = stage.clock.now + 30 * DAY
        openings = [self._opening(job, reward, stake, deadline) for job in asked.jobs]
        stage.send((self.requester, "open", opening) for opening in openings)
        works = list(self._works([terms for terms, _ in openings]))
        stage.send((work.address, "take", (work.task, work.slot, b"")) for work in works)
        chain, escrow = stage.deployment.chain_id, stage.deployment.address("TaskEscrow")
        stage.send(
            (work.address, "commit", (work.id, commitment(chain, escrow, *work.opened)))
            for work in works
            if work.is_sealed
        )
        stage.send((work.address, "publish", (work.id, work.root, work.salt, work.uri)) for work in works)

    def _opening(self, job: Job, reward: int, stake: int, deadline: int) -> tuple[TaskParameters, str]:
        """The terms of a task, and the URI of its manifest."""
        asked = self.assignment
        manifest = Manifest(
            guidelines=asked.guidelines,
            label_schema={"enum": list(asked.classes)},
            items=[Item.of(f"{asked.name}/{item}", item.encode()) for item in job.items],
            licence="see the data set",
        )
        batches = max(1, round(len(job.items) / asked.batch))
        parameters = TaskParameters(
            arbitrator=self.stage.deployment.address("Court"),
            gate=ZERO_ADDRESS,
            grader=ZERO_ADDRESS,
            reward=reward,
            stake=stake,
            items=len(job.items),
            batch_size=-(-len(job.items) // batches),
            redundancy=len(job.annotators),
            tolerance_bps=asked.tolerance_bps,
            deadline=deadline,
            work_period=14 * DAY,
            publish_period=7 * DAY,
            challenge_period=7 * DAY,
            response_period=2 * DAY,
            arbitration_timeout=120 * DAY,
            availability_bond=reward,
            royalty_bps=0,
            terms=manifest.terms,
        )
        return parameters, self.stage.store.put(manifest.to_bytes())

    def _works(self, terms: Sequence[TaskParameters]) -> Iterator["_Submitted"]:
        """What is submitted: each annotator of a task has a slot in each of its batches."""
        # Many give the same labels to the same item numbers, and what is equal lies in one file.
        kept: dict[LabelSet, str] = {}
        for (task, job), parameters in zip(self.task_jobs, terms, strict=True):
            for slot in range(parameters.slots):
                items, name = parameters.items_of(slot), job.annotators[slot // parameters.batches]
                labels = LabelSet([job.answers[name][job.items[item]] for item in items], first=items.start)
                if labels not in kept:
                    kept[labels] = self.stage.store.put(labels.to_bytes())
                id = submission_id(task, slot)
                yield _Submitted(
                    id=id,
                    task=task,
                    slot=slot,
                    address=self.people[name],
                    root=labels.root,
                    uri=kept[labels],
                    salt=self._chance.of("salt", id).randbytes(32),
                    is_sealed=not parameters.publishes_directly,
                )


@dataclass(frozen=True)
class _Submitted:
    """A submission and its label set."""

    id: int
    task: int
    slot: int
    address: str
    root: bytes
    uri: str
    salt: bytes
    # Alone in its batch, it is published without a commitment.
    is_sealed: bool

    @property
    def opened(self) -> tuple[int, str, bytes, str, bytes]:
        """What a commitment is about."""
        return self.id, self.address, self.root, self.uri, self.salt
