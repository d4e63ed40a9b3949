"""What lists show, out of the index by one or two statements each. Functions block: call them in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Float, cast, func, select

from goldleaf.types import SubmissionState, Task
from goldleaf_tools.index import reading
from goldleaf_tools.index.schema import SubmissionRow, TaskRow

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
