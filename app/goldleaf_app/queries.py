"""What lists show, out of the index by one or two statements each. Functions block: call them in a thread."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Float, and_, cast, func, or_, select

from goldleaf.errors import NoSuchChallenge, NoSuchGoldDispute
from goldleaf.events import Event
from goldleaf.ids import submission_id
from goldleaf.types import (
    ChallengeKind,
    ChallengeState,
    GoldDisputeState,
    SubmissionState,
    Task,
)
from goldleaf_tools.index import reading, records
from goldleaf_tools.index.schema import (
    ChallengeRow,
    EventRow,
    GoldDisputeRow,
    RoundRow,
    SubmissionRow,
    TaskRow,
    VoteRow,
)

# Rows of one page of a list.
PAGE = 20
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "newest": (TaskRow.task.desc(),),
    "ending": (TaskRow.deadline, TaskRow.task),
    "pay": (cast(TaskRow.reward, Float).desc(), TaskRow.task.desc()),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A task in a list."""

    id: int
    task: Task
    taken: int  # slots that are not open

    @property
    def open_slots(self) -> int:
        """Slots that somebody may take."""
        return self.task.parameters.slots - self.taken


def open_tasks(
    engine: Engine, now: int, *, order: str, number: int, among: Sequence[int] | None = None
) -> list[Listed]:
    """A page of the tasks that still take work at a time, one row more than it shows if others follow.

    `order` is one of `ORDERS`, `number` that of the page, from 0, `among` tasks to choose from (default: all).
    """
    where = [~TaskRow.cancelled, ~TaskRow.closed, TaskRow.deadline > now]
    if among is not None:
        where.append(TaskRow.task.in_(among))
    statement = select(TaskRow.__table__).where(*where).order_by(*ORDERS[order]).limit(PAGE + 1).offset(number * PAGE)
    return _listed(engine, statement)


def tasks_of(engine: Engine, requester: str, number: int) -> list[Listed]:
    """A page of the tasks that somebody has opened, the newest first; one row more than it shows if others follow."""
    statement = select(TaskRow.__table__).where(TaskRow.requester == requester).order_by(TaskRow.task.desc())
    return _listed(engine, statement.limit(PAGE + 1).offset(number * PAGE))


def _listed(engine: Engine, statement: Any) -> list[Listed]:
    with engine.connect() as connection:
        rows = [TaskRow.of(found) for found in connection.execute(statement)]
        counted = (
            select(SubmissionRow.task, func.count())
            .where(SubmissionRow.task.in_([row.task for row in rows]), SubmissionRow.state != SubmissionState.OPEN)
            .group_by(SubmissionRow.task)
        )
        taken = dict(connection.execute(counted).tuples().all())
    return [Listed(row.task, reading.task(row), taken.get(row.task, 0)) for row in rows]


# ---------------------------------------------------------------- an annotator's work

# Those of which something is still to come.
LIVE = (SubmissionState.TAKEN, SubmissionState.COMMITTED, SubmissionState.PUBLISHED)


def submissions_of(engine: Engine, annotator: str, *, ended: bool, number: int) -> list[int]:
    """A page of somebody's submissions that go on, or have ended, the newest tasks first; one more if others follow.

    A rejected one goes on while challenges over it are not settled. One that was released or has expired is in none.
    """
    goes_on = or_(
        SubmissionRow.state.in_(LIVE),
        and_(SubmissionRow.state == SubmissionState.REJECTED, SubmissionRow.settled < SubmissionRow.filed),
    )
    statement = (
        select(SubmissionRow.task, SubmissionRow.slot)
        .where(SubmissionRow.annotator == annotator, ~goes_on if ended else goes_on)
        .order_by(SubmissionRow.task.desc(), SubmissionRow.slot)
        .limit(PAGE + 1)
        .offset(number * PAGE)
    )
    with engine.connect() as connection:
        return [submission_id(task, slot) for task, slot in connection.execute(statement).tuples()]


def live_submissions(engine: Engine, annotator: str) -> list[int]:
    """All of somebody's submissions that go on."""
    found: list[int] = []
    number, has_more = 0, True
    while has_more:
        page = submissions_of(engine, annotator, ended=False, number=number)
        found += page[:PAGE]
        number, has_more = number + 1, len(page) > PAGE
    return found


def claimable(engine: Engine, annotator: str, time: int, most: int) -> list[int]:
    """Somebody's submissions that can be claimed at a time, the longest due first, at most so many."""
    where = (
        SubmissionRow.annotator == annotator,
        SubmissionRow.state == SubmissionState.PUBLISHED,
        SubmissionRow.window_end <= time,
        SubmissionRow.settled == SubmissionRow.filed,
    )
    statement = select(SubmissionRow.task, SubmissionRow.slot).where(*where).order_by(SubmissionRow.window_end)
    with engine.connect() as connection:
        return [submission_id(task, slot) for task, slot in connection.execute(statement.limit(most)).tuples()]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and when it was."""

    event: Event
    time: int
    transaction: str


def history_of_slot(engine: Engine, task: int, slot: int, batch: int) -> list[Happened]:
    """The events of a slot, of all its holders, and of the test of its batch, oldest first."""
    columns = (EventRow.block, EventRow.log_index, EventRow.kind, EventRow.fields, EventRow.time)
    statement = select(*columns, EventRow.transaction_hash)
    # Events of a batch are of no slot: so each part finds its rows by the same index.
    of_slot = statement.where(EventRow.task == task, EventRow.slot == slot, EventRow.contract == "TaskEscrow")
    of_batch = statement.where(
        EventRow.task == task,
        EventRow.slot.is_(None),
        EventRow.batch == batch,
        EventRow.contract == "GoldTest",
        EventRow.gold_dispute.is_(None),
    )
    with engine.connect() as connection:
        found = [row for part in (of_slot, of_batch) for row in connection.execute(part).tuples()]
    return [
        Happened(records.read(kind, fields), time, transaction)
        for _, _, kind, fields, time, transaction in sorted(found)
    ]


# ---------------------------------------------------------------- challenges and disputes


@dataclass(frozen=True, slots=True)
class ListedChallenge:
    """A challenge in a list."""

    row: ChallengeRow
    task: Task


def challenges(
    engine: Engine,
    number: int,
    *,
    kind: ChallengeKind | None = None,
    states: Sequence[ChallengeState] = (),
    task: int | None = None,
) -> list[ListedChallenge]:
    """A page of the challenges of a kind, in these states (without any: in all), of a task; the newest first.

    One row more than a page shows if others follow.
    """
    where: list[Any] = [ChallengeRow.kind == kind] if kind is not None else []
    where += [ChallengeRow.state.in_(states)] if states else []
    where += [ChallengeRow.task == task] if task is not None else []
    order = (ChallengeRow.filed_block.desc(), ChallengeRow.task, ChallengeRow.slot, ChallengeRow.number.desc())
    statement = select(ChallengeRow.__table__).where(*where).order_by(*order)
    with engine.connect() as connection:
        found = connection.execute(statement.limit(PAGE + 1).offset(number * PAGE))
        rows = [ChallengeRow.of(each) for each in found]
        tasks = _tasks(connection, {row.task for row in rows})
    return [ListedChallenge(row, tasks[row.task]) for row in rows]


def challenge(engine: Engine, task: int, slot: int, number: int) -> ChallengeRow:
    """All that the index has of a challenge. Raises `NoSuchChallenge`."""
    where = (ChallengeRow.task == task, ChallengeRow.slot == slot, ChallengeRow.number == number)
    with engine.connect() as connection:
        found = connection.execute(select(ChallengeRow.__table__).where(*where)).first()
    if found is None:
        raise NoSuchChallenge(f"challenge {task}/{slot}/{number}")
    return ChallengeRow.of(found)


@dataclass(frozen=True, slots=True)
class ListedGoldDispute:
    """A dispute about known answers in a list."""

    row: GoldDisputeRow
    task: Task


def gold_disputes(
    engine: Engine, number: int, *, states: Sequence[GoldDisputeState] = (), task: int | None = None
) -> list[ListedGoldDispute]:
    """A page of the disputes about known answers, as `challenges` gives those over labels."""
    where: list[Any] = [GoldDisputeRow.state.in_(states)] if states else []
    where += [GoldDisputeRow.task == task] if task is not None else []
    order = (GoldDisputeRow.filed_block.desc(), GoldDisputeRow.task, GoldDisputeRow.batch, GoldDisputeRow.number.desc())
    statement = select(GoldDisputeRow.__table__).where(*where).order_by(*order)
    with engine.connect() as connection:
        found = connection.execute(statement.limit(PAGE + 1).offset(number * PAGE))
        rows = [GoldDisputeRow.of(each) for each in found]
        tasks = _tasks(connection, {row.task for row in rows})
    return [ListedGoldDispute(row, tasks[row.task]) for row in rows]


def gold_dispute(engine: Engine, task: int, batch: int, number: int) -> GoldDisputeRow:
    """All that the index has of a dispute about known answers. Raises `NoSuchGoldDispute`."""
    where = (GoldDisputeRow.task == task, GoldDisputeRow.batch == batch, GoldDisputeRow.number == number)
    with engine.connect() as connection:
        found = connection.execute(select(GoldDisputeRow.__table__).where(*where)).first()
    if found is None:
        raise NoSuchGoldDispute(f"gold dispute {task}/{batch}/{number}")
    return GoldDisputeRow.of(found)


@dataclass(frozen=True, slots=True)
class Round:
    """A round before the court, with the seats that were drawn."""

    row: RoundRow
    votes: tuple[VoteRow, ...]


def rounds(engine: Engine, dispute: int) -> list[Round]:
    """All rounds of a dispute before the court, dropped ones included."""
    order = (VoteRow.round, VoteRow.position)
    with engine.connect() as connection:
        found = connection.execute(
            select(RoundRow.__table__).where(RoundRow.dispute == dispute).order_by(RoundRow.round)
        )
        rows = [RoundRow.of(each) for each in found]
        drawn = connection.execute(select(VoteRow.__table__).where(VoteRow.dispute == dispute).order_by(*order))
        votes = [VoteRow.of(each) for each in drawn]
    return [Round(row, tuple(vote for vote in votes if vote.round == row.round)) for row in rows]


def _tasks(connection: Connection, numbers: Collection[int]) -> dict[int, Task]:
    found = connection.execute(select(TaskRow.__table__).where(TaskRow.task.in_(numbers)))
    return {row.task: reading.task(TaskRow.of(row)) for row in found}
