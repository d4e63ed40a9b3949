"""Reads off the chain the tests on known items ("gold") in which an account has a part."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from goldleaf import Goldleaf, errors, events
from goldleaf.ids import gold_dispute_id, split_gold_dispute, split_submission
from goldleaf.testing import Plan
from goldleaf.types import (
    BatchTest,
    Block,
    GoldDispute,
    GoldDisputeState,
    SubmissionState,
    Task,
    TaskTest,
    TestPhase,
)

from .duties import Balance
from .gold_plan import concerning
from .plans import Plans
from .siblings import BatchKey, SiblingReader, Siblings
from .snapshot import UNOPENED, Batch, Funds, Work
from .watched import forget

GOLD = "GoldTest"


class GoldReader:
    """Keeps an eye on the batches in which the account has sealed labels, has disputed gold, or is the requester.

    Of the requester's batches, those that are not sealed are read again only when somebody has committed to them.
    """

    def __init__(
        self, client: Goldleaf, account: str, siblings: SiblingReader, plans: Callable[[int], Plan | None]
    ) -> None:
        self._client = client
        self._account = account
        self._siblings = siblings
        self._plans = Plans(client, plans)
        self._grader = client.deployment.contracts.get(GOLD)
        # Tasks that the account has opened: whether GoldTest tests them, None while nobody has looked.
        self._opened: dict[int, bool | None] = {}
        # Batches of these, and those of which the account has disputed the gold, and when they were seen to be over.
        self._own: dict[BatchKey, int | None] = {}
        self._disputed: dict[BatchKey, int | None] = {}
        # Tests never change.
        self._tests: dict[int, TaskTest] = {}
        self._filings: dict[tuple[int, int], events.GoldDisputed] = {}
        # Batches that are not sealed, as they were read last.
        self._idle: dict[BatchKey, Batch] = {}
        # Submissions that somebody has committed since.
        self._committed: set[int] = set()
        # Disputes that wait for their ruling, and that something of the account's hangs on.
        self._waiting: dict[int, GoldDispute] = {}

    @property
    def is_deployed(self) -> bool:
        return self._grader is not None

    def tests(self, task: Task) -> bool:
        """Whether GoldTest tests a task's labels."""
        return self._grader is not None and task.parameters.grader == self._grader

    # ------------------------------------------------------------ what the events tell

    def first_events(self) -> Iterator[tuple[type[events.Event], dict[str, Any]]]:
        """What to look for from the deployment's first block on, by kinds and the fields that they have."""
        if self.is_deployed:
            yield events.GoldDisputed, {"disputer": self._account}

    def later_events(self) -> list[type[events.Event]]:
        """What to look for in the last blocks."""
        return [events.GoldDisputed, events.Committed] if self.is_deployed else []

    def take_note(self, event: events.Event) -> None:
        match event:
            case events.Opened(task=task, requester=who) if who == self._account:
                self._opened.setdefault(task, None)
            case events.GoldDisputed(gold_dispute=dispute, disputer=who) if who == self._account:
                self._disputed.setdefault(split_gold_dispute(dispute)[:2])
            case events.Committed(submission=submission):
                self._committed.add(submission)

    # ------------------------------------------------------------ what the contracts tell

    def read(self, works: Iterable[Work], *, head: int, time: int, confirmed: Block | None) -> list[Batch]:
        """The batches as they are now. Raises `NodeError`."""
        if not self.is_deployed:
            return []
        labels = self._labels(works)
        tasks = self._read_tasks(works)
        self._wake(tasks, time)
        idle = {
            key: replace(batch, task=tasks[key[0]])
            for key, batch in self._idle.items()
            if key not in labels and key not in self._disputed
        }
        keys = [key for key in dict.fromkeys((*labels, *self._disputed, *self._own)) if key not in idle]
        keys = [key for key in keys if key[0] in self._tests]
        states = dict(zip(keys, self._client.tests.batch.many(keys), strict=True))
        disputes = self._read_disputes(states)
        unopened = {key: tasks[key[0]] for key in keys if states[key].phase in UNOPENED}
        siblings = self._siblings.read(unopened, confirmed)
        own_tasks = {task for task, _ in unopened if tasks[task].requester == self._account}
        plans = {task: self._plans.find(task, tasks[task]) for task in own_tasks}
        read = {
            (task, number): _batch(
                Batch(task, number, tasks[task], self._tests[task], states[task, number]),
                disputes[task, number],
                labels.get((task, number)),
                siblings.get((task, number), Siblings(committed=False, awaited=False)),
                plans.get(task),
            )
            for task, number in keys
        }
        forget(self._own, [key for key in self._own if key in read and _is_over(read[key], time)], head)
        forget(self._disputed, [key for key in self._disputed if key in read and self._has_settled(read[key])], head)
        self._idle = {
            key: batch
            for key, batch in {**idle, **read}.items()
            if key in self._own and batch.state.phase == TestPhase.UNSEALED
        }
        batches = [*read.values(), *idle.values()]
        self._waiting = self._find_waiting(batches)
        return batches

    def read_funds(self, batches: Iterable[Batch]) -> list[Funds]:
        """What the account has and needs for the deposits of what is sealed, or else of the next batch, by token."""
        by_task: dict[int, list[Batch]] = defaultdict(list)
        for batch in batches:
            if batch.graded and batch.state.phase in UNOPENED:
                by_task[batch.task_id].append(batch)
        deposits = dict(zip(by_task, self._client.tests.deposit.many(by_task), strict=True))
        by_token: dict[str, list[int]] = defaultdict(list)
        for task, left in by_task.items():
            by_token[left[0].task.token].append(task)
        free = self._client.read(*(self._client.tests.ledger.free.ask(token=token) for token in by_token))
        return [
            Funds(
                Balance(GOLD, token, units),
                needed=sum(deposits[task] * max(1, _sealed(by_task[task])) for task in tasks),
                task_id=tasks[0],
                end=min(batch.opening_end for task in tasks for batch in by_task[task]),
            )
            for (token, tasks), units in zip(by_token.items(), free, strict=True)
        ]

    def awaited(self, court: str) -> set[int]:
        """The court's disputes on which gold hangs that the account has a part in."""
        unknown = [(id, dispute.filed_at) for id, dispute in self._waiting.items()]
        unknown = [key for key in unknown if key not in self._filings]
        filings = self._client.tests.filing.many(id for id, _ in unknown)
        self._filings.update(zip(unknown, filings, strict=True))
        found = (self._filings[id, dispute.filed_at] for id, dispute in self._waiting.items())
        return {filing.dispute for filing in found if filing.arbitrator == court}

    def _labels(self, works: Iterable[Work]) -> dict[BatchKey, int]:
        """The account's sealed labels, by the batch that is tested."""
        found = {}
        for work in works:
            mine = work.submission.annotator == self._account and work.submission.state == SubmissionState.COMMITTED
            if mine and self.tests(work.task):
                task_id, slot = split_submission(work.id)
                found[task_id, slot % work.task.parameters.batches] = work.id
        return found

    def _read_tasks(self, works: Iterable[Work]) -> dict[int, Task]:
        """The tasks of all batches, and their tests."""
        tasks = {split_submission(work.id)[0]: work.task for work in works if self.tests(work.task)}
        watched = {task for task, _ in (*self._own, *self._disputed)}
        watched |= {task for task, tested in self._opened.items() if tested is None}
        asked = sorted(watched - tasks.keys())
        tasks.update(zip(asked, self._client.tasks.get.many(asked), strict=True))
        self._read_tests([task for task in tasks if self.tests(tasks[task]) and task not in self._tests])
        for task, tested in self._opened.items():
            if tested is None and not self.tests(tasks[task]):
                self._opened[task] = False
            elif tested is None and task in self._tests:
                self._opened[task] = True
                self._own.update(dict.fromkeys((task, number) for number in range(tasks[task].parameters.batches)))
        return tasks

    def _read_tests(self, tasks: list[int]) -> None:
        """The terms of tests; some are not set up yet."""
        asked = [self._client.tests.get.ask(task) for task in tasks]
        for task, found in zip(tasks, self._client.read(*asked, return_errors=True), strict=True):
            if isinstance(found, TaskTest):
                self._tests[task] = found
            elif not isinstance(found, errors.NoSuchTest):
                raise found

    def _wake(self, tasks: Mapping[int, Task], time: int) -> None:
        """Has those batches read again that may not be as they were."""
        for submission in self._committed:
            task, slot = split_submission(submission)
            if task in tasks:
                self._idle.pop((task, slot % tasks[task].parameters.batches), None)
        self._committed.clear()
        for key in [key for key in self._idle if time >= tasks[key[0]].publish_from]:
            del self._idle[key]

    def _read_disputes(self, states: Mapping[BatchKey, BatchTest]) -> dict[BatchKey, list[GoldDispute]]:
        asked = [(key, number) for key, state in states.items() for number in range(state.filed)]
        found = self._client.tests.dispute.many(gold_dispute_id(*key, number) for key, number in asked)
        disputes: dict[BatchKey, list[GoldDispute]] = {key: [] for key in states}
        for (key, _), dispute in zip(asked, found, strict=True):
            disputes[key].append(dispute)
        return disputes

    def gold(self, batch: int) -> dict[int, Any]:
        """What the requester's plan says of a batch, `task << 64 | number`, that it has graded."""
        task_id, number = split_submission(batch)
        plan = self._plans.find(task_id, self._client.tasks.get(task_id))
        if plan is None:
            raise errors.PlanError(f"task {task_id} has none any more")
        return plan.gold(number)

    def _has_settled(self, batch: Batch) -> bool:
        """Whether nothing more comes of the disputes that the account has filed in a batch."""
        own = [dispute for dispute in batch.disputes if dispute.disputer == self._account]
        if any(dispute.state != GoldDisputeState.SETTLED for dispute in own):
            return False
        won = any(dispute.won for dispute in own)
        return not won or batch.state.phase == TestPhase.GRADED or not batch.state.deposit

    def _find_waiting(self, batches: Iterable[Batch]) -> dict[int, GoldDispute]:
        return {
            gold_dispute_id(batch.task_id, batch.number, number): dispute
            for batch in batches
            for number, dispute in concerning(batch, self._account)
            if dispute.state == GoldDisputeState.FILED
        }


def _batch(
    batch: Batch, disputes: Iterable[GoldDispute], own: int | None, siblings: Siblings, plan: Plan | None
) -> Batch:
    return replace(
        batch,
        disputes=tuple(disputes),
        own=own,
        sealed=siblings.committed,
        awaited=siblings.awaited,
        graded=None if plan is None else batch.number in plan.tested,
    )


def _is_over(batch: Batch, time: int) -> bool:
    """Whether nothing of a batch is left to its requester."""
    match batch.state.phase:
        case TestPhase.UNGRADED:
            return True
        case TestPhase.GRADED:
            return not batch.state.deposit
        case TestPhase.OPENED:
            return False
        case _:
            return time >= batch.task.publish_from and not batch.awaited


def _sealed(batches: Iterable[Batch]) -> int:
    return sum(batch.state.phase == TestPhase.SEALED for batch in batches)
