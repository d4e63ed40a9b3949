"""What the chain says of the tasks that are audited: read off the index, thousands of tasks in a few queries."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from goldleaf.events import Event
from goldleaf.ids import challenge_id, submission_id
from goldleaf.types import (
    BatchTest,
    ChallengeKind,
    ChallengeState,
    Gold,
    Outcome,
    Submission,
    SubmissionState,
    Task,
    TaskParameters,
    TestPhase,
)

from ..index import reading, records
from ..index.database import failing
from ..index.schema import (
    BatchRow,
    ChallengeRow,
    EventRow,
    GoldItemRow,
    SubmissionRow,
    TaskRow,
    TaskTestRow,
)

if TYPE_CHECKING:
    from ..index import Index

# Tasks or disputes that one query asks for: databases take so many parameters and not many more.
PAGE = 500
# What becomes of challenges, and moves money. What every submission goes through before, taken, committed, published,
# is in the rows, and too much to read of every task.
_KINDS = (
    *("Challenged", "Conceded", "Defended", "Ruled", "AvailabilityChallenged", "Answered", "Settled"),
    *("Claimed", "Rejected", "Released", "Expired", "Forfeited", "Closed"),
    *("GoldDisputed", "GoldDisputeSettled", "DepositReleased"),
)
_UNSEALED = (SubmissionState.OPEN, SubmissionState.TAKEN)


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and when and where it was logged."""

    event: Event
    contract: str
    time: int
    block: int
    transaction: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A submission as the chain has it."""

    id: int
    slot: int
    submission: Submission
    items: range
    # Of the publication; None: there is none.
    uri: str | None
    published: int | None  # time
    # Items proven wrong.
    wrong_items: tuple[int, ...]
    # Items whose labels were shown in answer to availability challenges.
    shown_items: tuple[int, ...] = ()
    # Whether it was published after a passed test; None: not published, or of no task that GoldTest tests.
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A challenge of either kind as the chain has it."""

    id: int
    submission: int
    number: int
    challenger: str
    kind: ChallengeKind
    state: ChallengeState
    items: tuple[int, ...]
    bond: int
    fee: int
    arbitrator: str | None
    dispute: int | None
    outcome: Outcome | None
    proven: int | None
    to_challenger: int | None
    filed_by: str  # transaction
    # What has happened to it, and to its dispute before the deployment's court, oldest first.
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """The test of a batch as the chain has it."""

    batch: int
    # Known items of a batch that is tested, and errors on them that pass.
    size: int
    allowed: int
    stands: BatchTest
    # What was opened; empty: nothing was.
    gold: Gold

    @property
    def is_held(self) -> bool:
        """Whether what is published has to pass it, for good."""
        return self.stands.phase == TestPhase.GRADED


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task as the chain has it at the index's block."""

    id: int
    task: Task
    # Of the manifest.
    uri: str
    deliveries: tuple[Delivery, ...]
    challenges: tuple[Dispute, ...]
    # All that moved money, oldest first.
    told: tuple[Told, ...]
    # Of each batch, if the deployment's GoldTest tests the task.
    tests: tuple[Test, ...] = ()

    def tested_items(self, slot: int) -> tuple[int, ...]:
        """The items of a submission that cannot be challenged as wrong: known ones that were opened, not dropped."""
        batches = self.task.parameters.batches
        return next((test.gold.tested for test in self.tests if test.batch == slot % batches), ())


def read(index: "Index", tasks: Sequence[int], court: str | None) -> list[TaskFacts]:
    """The facts of these tasks, in their order. Those that the index does not know are left out.

    `court` is the address of the deployment's, whose events the index holds.
    """
    with failing(), index.engine.connect() as connection:
        rows = {row.task: row for row in _paged(connection, select(TaskRow.__table__), TaskRow.task, tasks)}
        opened = {task: reading.task(row) for task, row in rows.items()}
        deliveries: dict[int, list[Delivery]] = defaultdict(list)
        query = select(SubmissionRow.__table__).order_by(SubmissionRow.task, SubmissionRow.slot)
        for row in _paged(connection, query, SubmissionRow.task, tasks):
            deliveries[row.task].append(_delivery(row, opened[row.task].parameters))
        told: dict[int, list[tuple[Any, Told]]] = defaultdict(list)
        query = _events().where(EventRow.kind.in_(_KINDS))
        for row in _paged(connection, query, EventRow.task, tasks):
            told[row.task].append((row, _told(row)))
        query = select(ChallengeRow.__table__).order_by(ChallengeRow.task, ChallengeRow.slot, ChallengeRow.number)
        challenges = list(_paged(connection, query, ChallengeRow.task, tasks))
        tests = _tests(connection, opened, deliveries, tasks, index.time)
        disputes = sorted(
            {int(row.dispute) for row in challenges if row.arbitrator == court and row.dispute is not None}
        )
        heard: dict[int, list[Told]] = defaultdict(list)
        for row in _paged(connection, _events(), EventRow.dispute, disputes):
            heard[row.dispute].append(_told(row))
    found: dict[int, list[Dispute]] = defaultdict(list)
    for row in challenges:
        own = [one for about, one in told[row.task] if (about.slot, about.number) == (row.slot, row.number)]
        own += heard[int(row.dispute)] if row.arbitrator == court and row.dispute is not None else []
        found[row.task].append(_challenge(row, own))
    return [
        TaskFacts(
            id=task,
            task=opened[task],
            uri=rows[task].uri,
            deliveries=tuple(deliveries[task]),
            challenges=tuple(found[task]),
            told=tuple(one for _, one in told[task]),
            tests=tests.get(task, ()),
        )
        for task in tasks
        if task in rows
    ]


def _tests(
    connection: Connection,
    opened: Mapping[int, Task],
    deliveries: Mapping[int, Sequence[Delivery]],
    tasks: Sequence[int],
    time: int,
) -> dict[int, tuple[Test, ...]]:
    """The tests of the batches of these tasks, as they stand at a time."""
    tests = {row.task: row for row in _paged(connection, select(TaskTestRow.__table__), TaskTestRow.task, tasks)}
    graded = sorted(tests)
    batches = {
        (row.task, row.batch): BatchRow.of(row)
        for row in _paged(connection, select(BatchRow.__table__), BatchRow.task, graded)
    }
    gold: dict[tuple[int, int], list[GoldItemRow]] = defaultdict(list)
    query = select(GoldItemRow.__table__).order_by(GoldItemRow.task, GoldItemRow.batch, GoldItemRow.number)
    for row in _paged(connection, query, GoldItemRow.task, graded):
        gold[row.task, row.batch].append(GoldItemRow.of(row))
    found: dict[int, tuple[Test, ...]] = {}
    for task in graded:
        p, test = opened[task].parameters, TaskTestRow.of(tests[task])
        sealed = {one.slot for one in deliveries[task] if one.submission.state not in _UNSEALED}
        found[task] = tuple(
            Test(
                batch=batch,
                size=sum(test.counts),
                allowed=test.allowed,
                stands=reading.batch_test(
                    batches.get((task, batch)) or BatchRow(task=task, batch=batch),
                    test,
                    opened[task].publish_from,
                    gold[task, batch],
                    sealed.issuperset(p.siblings(batch)),
                    time,
                ),
                gold=reading.gold(gold[task, batch]),
            )
            for batch in range(p.batches)
        )
    return found


def _paged(
    connection: Connection, query: Select, column: InstrumentedAttribute[Any], wanted: Sequence[int]
) -> Iterator[Any]:
    for first in range(0, len(wanted), PAGE):
        yield from connection.execute(query.where(column.in_(wanted[first : first + PAGE])))


def _events() -> Select:
    return select(EventRow.__table__).order_by(EventRow.block, EventRow.log_index)


def _told(row: Any) -> Told:
    return Told(records.read(row.kind, row.fields), row.contract, row.time, row.block, row.transaction_hash)


def _delivery(row: Any, parameters: TaskParameters) -> Delivery:
    return Delivery(
        id=submission_id(row.task, row.slot),
        slot=row.slot,
        submission=reading.submission(row, parameters),
        items=parameters.items_of(row.slot),
        uri=row.uri,
        published=row.published,
        wrong_items=row.wrong_items,
        shown_items=row.shown_items,
        passed=row.passed,
    )


def _challenge(row: Any, told: list[Told]) -> Dispute:
    submission = submission_id(row.task, row.slot)
    return Dispute(
        id=challenge_id(submission, row.number),
        submission=submission,
        number=row.number,
        challenger=row.challenger,
        kind=row.kind,
        state=row.state,
        items=row.items,
        bond=row.bond,
        fee=row.fee,
        arbitrator=row.arbitrator,
        dispute=row.dispute,
        outcome=row.outcome,
        proven=row.proven,
        to_challenger=row.to_challenger,
        filed_by=row.filed_by,
        told=tuple(sorted(told, key=lambda one: one.block)),
    )
