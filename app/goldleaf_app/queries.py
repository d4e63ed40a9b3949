"""What lists show, out of the index by one or two statements each. Functions block: call them in a thread."""

from collections import Counter
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
from goldleaf_tools.index.replay.royalties import per_share
from goldleaf_tools.index.schema import (
    ChallengeRow,
    DataSetRow,
    EventRow,
    GoldDisputeRow,
    LicenseRow,
    RoundRow,
    ShareRow,
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
            select(SubmissionRow.task, func.count().label("number"))
            .where(SubmissionRow.task.in_([row.task for row in rows]), SubmissionRow.state != SubmissionState.OPEN)
            .group_by(SubmissionRow.task)
        )
        taken = {row.task: row.number for row in connection.execute(counted)}
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
        return [submission_id(row.task, row.slot) for row in connection.execute(statement)]


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
        return [submission_id(row.task, row.slot) for row in connection.execute(statement.limit(most))]


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
        found = [row for part in (of_slot, of_batch) for row in connection.execute(part)]
    found.sort(key=lambda row: (row.block, row.log_index))
    return [Happened(records.read(row.kind, row.fields), row.time, row.transaction_hash) for row in found]


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


# ---------------------------------------------------------------- data sets


@dataclass(frozen=True, slots=True)
class ListedDataSet:
    """A closed task in a list of data sets. Amounts are base units of its token."""

    id: int
    task: Task
    price: int  # of a licence; 0: not for sale
    licenses: int  # sold
    paid: int  # all that it has earned


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares of a data set that an account has or has had."""

    task: int
    token: str
    shares: int
    due: int  # to collect, base units


DATA_SET_ORDERS: Mapping[str, tuple[Any, ...]] = {
    "newest": (TaskRow.task.desc(),),
    "earned": (func.coalesce(cast(DataSetRow.paid, Float), 0).desc(), TaskRow.task.desc()),
    "cheapest": (cast(DataSetRow.price, Float), TaskRow.task.desc()),
}


def data_sets(
    engine: Engine, *, order: str, number: int, for_sale: bool, among: Sequence[int] | None = None
) -> list[ListedDataSet]:
    """A page of the closed tasks with labels that were paid for, one row more than it shows if others follow.

    `order` is one of `DATA_SET_ORDERS`, `number` that of the page, from 0, `among` tasks to choose from (default: all).
    """
    where: list[Any] = [TaskRow.closed, TaskRow.accepted > 0]
    if for_sale:
        where.append(DataSetRow.price != 0)
    if among is not None:
        where.append(TaskRow.task.in_(among))
    statement = (
        select(TaskRow.__table__, DataSetRow.price.label("price"), DataSetRow.paid.label("paid"))
        .outerjoin(DataSetRow, DataSetRow.task == TaskRow.task)
        .where(*where)
        .order_by(*DATA_SET_ORDERS[order])
        .limit(PAGE + 1)
        .offset(number * PAGE)
    )
    columns: Any = TaskRow.__table__.columns
    with engine.connect() as connection:
        rows = list(connection.execute(statement))
        counted = (
            select(LicenseRow.task, func.count().label("number"))
            .where(LicenseRow.task.in_([row.task for row in rows]))
            .group_by(LicenseRow.task)
        )
        sold = {row.task: row.number for row in connection.execute(counted)}
    return [
        ListedDataSet(
            row.task,
            reading.task(TaskRow(**{column.name: getattr(row, column.name) for column in columns})),
            row.price or 0,
            sold.get(row.task, 0),
            row.paid or 0,
        )
        for row in rows
    ]


def license(engine: Engine, task: int, number: int) -> LicenseRow | None:
    """A licence that was sold; None: there is none."""
    statement = select(LicenseRow.__table__).where(LicenseRow.task == task, LicenseRow.number == number)
    with engine.connect() as connection:
        found = connection.execute(statement).first()
    return None if found is None else LicenseRow.of(found)


def licenses(engine: Engine, task: int, account: str | None) -> tuple[int, list[LicenseRow]]:
    """How many licences of a data set were sold, and those that an account holds or has bought, the newest first."""
    with engine.connect() as connection:
        sold = connection.execute(
            select(func.count()).select_from(LicenseRow).where(LicenseRow.task == task)
        ).scalar_one()
        if account is None:
            return sold, []
        own = select(LicenseRow.__table__).where(
            LicenseRow.task == task, or_(LicenseRow.licensee == account, LicenseRow.buyer == account)
        )
        rows = connection.execute(own.order_by(LicenseRow.number.desc()).limit(PAGE))
        return sold, [LicenseRow.of(row) for row in rows]


def has_terms(engine: Engine, task: int, terms: bytes) -> bool:
    """Whether licences of a data set were sold, or are on offer, on these terms."""
    sold = select(LicenseRow.task).where(LicenseRow.task == task, LicenseRow.terms == terms)
    offered = select(DataSetRow.task).where(DataSetRow.task == task, DataSetRow.terms == terms)
    with engine.connect() as connection:
        return any(connection.execute(statement.limit(1)).first() for statement in (offered, sold))


def shares_of(engine: Engine, task: int, account: str) -> int:
    """How many shares of a data set an account has."""
    statement = select(ShareRow.shares).where(ShareRow.task == task, ShareRow.account == account)
    with engine.connect() as connection:
        return connection.execute(statement).scalar() or 0


def shareholders(engine: Engine, task: int) -> tuple[int, list[tuple[str, int]]]:
    """How many accounts have shares of a data set, and those with the most, at most a page."""
    where = (ShareRow.task == task, ShareRow.shares > 0)
    largest = select(ShareRow.account, ShareRow.shares).where(*where).order_by(ShareRow.shares.desc(), ShareRow.account)
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(ShareRow).where(*where)).scalar_one()
        return count, [(row.account, row.shares) for row in connection.execute(largest.limit(PAGE))]


def holdings(engine: Engine, account: str) -> list[Holding]:
    """The data sets of which an account has shares, or something to collect; what there is to collect first."""
    statement = (
        select(
            ShareRow.task,
            ShareRow.shares,
            ShareRow.settled,
            DataSetRow.paid,
            TaskRow.token,
            TaskRow.royalty_bps,
            TaskRow.items,
            TaskRow.redundancy,
        )
        .join(TaskRow, TaskRow.task == ShareRow.task)
        .join(DataSetRow, DataSetRow.task == ShareRow.task)
        .where(ShareRow.account == account)
    )
    with engine.connect() as connection:
        rows: list[Any] = list(connection.execute(statement))
    found = [
        Holding(row.task, row.token, row.shares, row.shares * per_share(row, row.paid) - row.settled) for row in rows
    ]
    return sorted((one for one in found if one.shares or one.due), key=lambda one: (-one.due, one.task))


def unenrolled(engine: Engine, account: str, task: int | None = None) -> list[int]:
    """The paid submissions of an account, in closed tasks or in one, whose shares it has not got yet; oldest first."""
    where = [SubmissionRow.annotator == account, SubmissionRow.state == SubmissionState.PAID, ~SubmissionRow.enrolled]
    if task is not None:
        where.append(SubmissionRow.task == task)
    statement = (
        select(SubmissionRow.task, SubmissionRow.slot)
        .join(TaskRow, TaskRow.task == SubmissionRow.task)
        .where(TaskRow.closed, *where)
        .order_by(SubmissionRow.task, SubmissionRow.slot)
    )
    with engine.connect() as connection:
        return [submission_id(row.task, row.slot) for row in connection.execute(statement)]


def requester_dues(engine: Engine, account: str) -> list[Holding]:
    """The closed tasks of a requester whose part of the revenue is not collected yet; shares are 0."""
    where = (TaskRow.requester == account, TaskRow.closed)
    tasks = select(TaskRow.__table__).join(DataSetRow, DataSetRow.task == TaskRow.task).where(*where)
    paid = select(DataSetRow.__table__).join(TaskRow, DataSetRow.task == TaskRow.task).where(*where)
    with engine.connect() as connection:
        rows = [TaskRow.of(row) for row in connection.execute(tasks.order_by(TaskRow.task))]
        found = {row.task: DataSetRow.of(row) for row in connection.execute(paid)}
    dues = [(row, reading.data_set(found[row.task], row).requester_due) for row in rows if row.task in found]
    return [Holding(row.task, row.token, 0, due) for row, due in dues if due]


# ---------------------------------------------------------------- audits and challenges


@dataclass(frozen=True, slots=True)
class Auditable:
    """A task with submissions that can be challenged."""

    id: int
    task: Task
    submissions: int  # that can be challenged
    window_end: int  # the first of their windows' ends


def auditable(engine: Engine, now: int, *, number: int, among: Sequence[int] | None = None) -> list[Auditable]:
    """A page of the tasks with open challenge windows, whose first one ends first first; one row more than it shows."""
    end: Any = func.min(SubmissionRow.window_end)
    where: list[Any] = [SubmissionRow.state == SubmissionState.PUBLISHED, SubmissionRow.window_end > now]
    if among is not None:
        where.append(SubmissionRow.task.in_(among))
    statement = (
        select(SubmissionRow.task, func.count().label("open"), end.label("end"))
        .where(*where)
        .group_by(SubmissionRow.task)
        .order_by(end, SubmissionRow.task)
        .limit(PAGE + 1)
        .offset(number * PAGE)
    )
    with engine.connect() as connection:
        rows: list[Any] = list(connection.execute(statement))
        found = select(TaskRow.__table__).where(TaskRow.task.in_([row.task for row in rows]))
        tasks = {row.task: reading.task(TaskRow.of(row)) for row in connection.execute(found)}
    return [Auditable(row.task, tasks[row.task], row.open, row.end) for row in rows]


def challengeable(engine: Engine, task: int, now: int, number: int) -> list[SubmissionRow]:
    """A page of a task's submissions that can be challenged, whose windows end first first; one row more than shown."""
    where = (SubmissionRow.task == task, SubmissionRow.state == SubmissionState.PUBLISHED)
    statement = select(SubmissionRow.__table__).where(*where, SubmissionRow.window_end > now)
    order = (SubmissionRow.window_end, SubmissionRow.slot)
    with engine.connect() as connection:
        rows = connection.execute(statement.order_by(*order).limit(PAGE + 1).offset(number * PAGE))
        return [SubmissionRow.of(row) for row in rows]


def filed(engine: Engine, account: str) -> Counter[tuple[int, tuple[int, ...]]]:
    """How often an account has challenged the correctness of just these items of a submission."""
    statement = select(ChallengeRow.task, ChallengeRow.slot, ChallengeRow.items).where(
        ChallengeRow.challenger == account, ChallengeRow.kind == ChallengeKind.CORRECTNESS
    )
    with engine.connect() as connection:
        rows = connection.execute(statement)
        return Counter((submission_id(row.task, row.slot), tuple(row.items)) for row in rows)


def found_withheld(engine: Engine, account: str) -> set[int]:
    """The submissions of which an account has challenged that labels can be read."""
    statement = select(ChallengeRow.task, ChallengeRow.slot).where(
        ChallengeRow.challenger == account, ChallengeRow.kind == ChallengeKind.AVAILABILITY
    )
    with engine.connect() as connection:
        return {submission_id(row.task, row.slot) for row in connection.execute(statement)}


def challenges_by(engine: Engine, account: str, number: int) -> list[ChallengeRow]:
    """A page of the challenges that an account has filed, the newest first; one row more than it shows."""
    statement = select(ChallengeRow.__table__).where(ChallengeRow.challenger == account)
    order = (ChallengeRow.filed_at.desc(), ChallengeRow.task, ChallengeRow.slot, ChallengeRow.number)
    with engine.connect() as connection:
        rows = connection.execute(statement.order_by(*order).limit(PAGE + 1).offset(number * PAGE))
        return [ChallengeRow.of(row) for row in rows]


def locked_bonds(engine: Engine, account: str, token: str) -> int:
    """What an account has locked in bonds of challenges that are not settled, base units of a token."""
    statement = (
        select(ChallengeRow.bond)
        .join(TaskRow, TaskRow.task == ChallengeRow.task)
        .where(ChallengeRow.challenger == account, ChallengeRow.state != ChallengeState.SETTLED, TaskRow.token == token)
    )
    with engine.connect() as connection:
        return sum(connection.scalars(statement))
