"""What the pages of the court show, out of the index. Functions block: call them in a thread."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from goldleaf.ids import challenge_id, gold_dispute_id, submission_id
from goldleaf.types import CourtParameters, Dispute, Phase, Seat
from goldleaf_tools.disputes import Case
from goldleaf_tools.index import reading
from goldleaf_tools.index.schema import DisputeRow, RoundRow, SeatRow, Stage, VoteRow

from .queries import PAGE


class Step(Enum):
    """What a juror's part in a round of a dispute has come to."""

    VOTE = "vote"  # to be sealed
    SEALED = "sealed"  # waits until all have voted, or the time for it is over
    REVEAL = "reveal"
    MISSED = "missed"  # not sealed, or not revealed, in time
    REVEALED = "revealed"  # waits for the others
    APPEAL = "appeal"  # waits whether anybody appeals
    OVERTAKEN = "overtaken"  # waits for the rounds that came after it
    SETTLE = "settle"  # is to be settled, which pays
    SETTLED = "settled"


# What somebody has to do, lest it cost them.
DUTIES = (Step.VOTE, Step.REVEAL)


@dataclass(frozen=True, slots=True)
class Listed:
    """A dispute in a list."""

    number: int
    state: Dispute
    case: Case | None  # None: another contract has brought it
    task: int | None


@dataclass(frozen=True, slots=True)
class Seating:
    """A round of a dispute that an account sits in."""

    listed: Listed
    round: int
    seats: tuple[int, ...]
    commitment: bytes | None
    choice: int | None  # None: not revealed
    # Once settled, base units.
    paid: int
    fined_seats: int
    is_settled: bool

    @property
    def step(self) -> Step:
        """What it has come to."""
        state = self.listed.state
        if self.is_settled:
            return Step.SETTLED
        if state.phase in (Phase.FINAL, Phase.NOT_HEARD):
            return Step.SETTLE
        if self.round < state.round:
            return Step.OVERTAKEN
        if state.phase == Phase.COMMIT:
            return Step.VOTE if self.commitment is None else Step.SEALED
        if self.choice is None:
            can_reveal = state.phase == Phase.REVEAL and self.commitment is not None
            return Step.REVEAL if can_reveal else Step.MISSED
        return Step.REVEALED if state.phase == Phase.REVEAL else Step.APPEAL


@dataclass(frozen=True, slots=True)
class Vote:
    """A seat of a panel."""

    seat: int
    holder: str
    is_sealed: bool
    choice: int | None  # None: not revealed
    paid: bool | None  # None: not settled
    fined: bool | None


@dataclass(frozen=True, slots=True)
class Panel:
    """A round of a dispute, with who sits in it."""

    round: int
    payer: str
    size: int
    votes: tuple[Vote, ...]  # none yet, before it is drawn
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class Earnings:
    """What settled rounds have paid and cost an account."""

    earned: int  # base units
    fined_seats: int  # each has cost the penalty
    rounds: int


def stand(state: Dispute) -> str:
    """How far a dispute has come, in a word: pages compare it."""
    return f"{state.round}-{state.phase.name}-{state.executed}-{state.settled_count}"


def seat_state(seat: Seat, now: int) -> tuple[str, int | None]:
    """What becomes of a seat next, and when, if a time is part of it."""
    if seat.leaves_at > now:
        return "Leaves. The time in which it can still be drawn ends", seat.leaves_at
    if seat.leaves_at:
        how = "the next draw" if seat.listed else "its last case"
        return f"Leaves: it is paid out with {how}", None
    if seat.listed:
        return "Can be drawn", None
    if now < seat.ready_from:
        return "Waits. It can be made ready", seat.ready_from
    if seat.reserved == seat.reserves:
        return "Full: it can be drawn again when one of its cases is settled", None
    return "Is not drawn until it is made ready", None


def listed(engine: Engine, rules: CourtParameters, now: int, dispute: int) -> Listed | None:
    """A dispute as it stands at a time; None: the index knows none of that number."""
    found = _listed(engine, rules, now, select(DisputeRow.__table__).where(DisputeRow.dispute == dispute))
    return found[0] if found else None


def disputes(engine: Engine, rules: CourtParameters, now: int, *, show: str, number: int) -> list[Listed]:
    """A page of disputes, one more than it shows if others follow.

    `show` is `running` for those that are waiting or voted on, first those that wait longest; `waiting`; `ended` for
    those that wait to be executed or settled; or `all`.
    """
    waits = DisputeRow.stage == Stage.WAITING
    last = DisputeRow.round == reading.LAST_ROUND
    votes = rules.commit_period + rules.reveal_period
    runs: ColumnElement[bool] = and_(
        DisputeRow.stage == Stage.VOTING,
        or_(
            and_(last, DisputeRow.since > now - votes),
            and_(~last, DisputeRow.since > now - votes - rules.appeal_period),
        ),
    )
    # One that was not heard has no rounds to be settled.
    unsettled = and_(DisputeRow.stage != Stage.NOT_HEARD, DisputeRow.settled_count <= DisputeRow.round)
    ended = and_(~waits, ~runs, or_(~DisputeRow.executed, unsettled))
    where: Mapping[str, list[ColumnElement[bool]]] = {
        "running": [or_(waits, runs)],
        "waiting": [waits],
        "ended": [ended],
        "all": [],
    }
    order: tuple[Any, ...] = (DisputeRow.dispute.desc(),)
    if show in ("running", "waiting"):
        order = (DisputeRow.since, DisputeRow.dispute)
    statement = select(DisputeRow.__table__).where(*where[show]).order_by(*order)
    return _listed(engine, rules, now, statement.limit(PAGE + 1).offset(number * PAGE))


def waiting_count(engine: Engine) -> int:
    """How many disputes wait for jurors."""
    with engine.connect() as connection:
        counted = select(func.count()).select_from(DisputeRow).where(DisputeRow.stage == Stage.WAITING)
        return int(connection.execute(counted).scalar_one())


def seats_of(engine: Engine, holder: str) -> dict[int, Seat]:
    """The open seats of an account, by number."""
    statement = select(SeatRow.__table__).where(SeatRow.holder == holder, ~SeatRow.closed).order_by(SeatRow.seat)
    with engine.connect() as connection:
        return {row.seat: reading.seat(SeatRow.of(row)) for row in connection.execute(statement)}


def open_seatings(engine: Engine, rules: CourtParameters, now: int, holder: str) -> list[Seating]:
    """The rounds that an account sits in and that are not settled, in the order in which they end."""
    where = (VoteRow.holder == holder, VoteRow.paid.is_(None))
    found = _seatings(engine, rules, now, holder, select(VoteRow.dispute, VoteRow.round).where(*where).distinct())
    return sorted(found, key=lambda one: (one.listed.state.phase_end or 2**63, one.listed.number))


def settled_seatings(engine: Engine, rules: CourtParameters, now: int, holder: str, number: int) -> list[Seating]:
    """A page of the settled rounds that an account has sat in, the latest first; one more if others follow."""
    where = (VoteRow.holder == holder, VoteRow.paid.is_not(None))
    order = (VoteRow.dispute.desc(), VoteRow.round.desc())
    statement = select(VoteRow.dispute, VoteRow.round).where(*where).distinct().order_by(*order)
    found = _seatings(engine, rules, now, holder, statement.limit(PAGE + 1).offset(number * PAGE))
    return sorted(found, key=lambda one: (one.listed.number, one.round), reverse=True)


def seating(engine: Engine, rules: CourtParameters, now: int, holder: str, dispute: int, round: int) -> Seating | None:
    """An account's part in a round; None: none of its seats was drawn for it."""
    where = (VoteRow.holder == holder, VoteRow.dispute == dispute, VoteRow.round == round)
    statement = select(VoteRow.dispute, VoteRow.round).where(*where).distinct()
    return next(iter(_seatings(engine, rules, now, holder, statement)), None)


def panels(engine: Engine, dispute: int) -> list[Panel]:
    """The rounds of a dispute, the first one first."""
    rounds = select(RoundRow.__table__).where(RoundRow.dispute == dispute).order_by(RoundRow.round)
    with engine.connect() as connection:
        found = [RoundRow.of(row) for row in connection.execute(rounds)]
    votes = _votes(engine, [dispute])[dispute]
    return [
        Panel(
            row.round,
            row.payer,
            row.size,
            tuple(
                Vote(vote.seat, vote.holder, vote.commitment is not None, vote.choice, vote.paid, vote.fined)
                for vote in votes
                if vote.round == row.round
            ),
            row.dropped,
        )
        for row in found
    ]


def earnings(engine: Engine, holder: str) -> Earnings:
    """What the settled rounds have paid and cost an account."""
    before = aliased(VoteRow)
    # What cannot be divided goes to the first seat that is paid.
    is_first = ~exists().where(
        before.dispute == VoteRow.dispute,
        before.round == VoteRow.round,
        before.paid,
        before.position < VoteRow.position,
    )
    same_round = and_(RoundRow.dispute == VoteRow.dispute, RoundRow.round == VoteRow.round)
    statement: Any = (
        select(
            VoteRow.dispute,
            VoteRow.round,
            VoteRow.paid,
            VoteRow.fined,
            RoundRow.share,
            RoundRow.remainder,
            is_first.label("first"),
        )
        .join(RoundRow, same_round)
        .where(VoteRow.holder == holder, VoteRow.paid.is_not(None))
    )
    with engine.connect() as connection:
        rows: list[Any] = [*connection.execute(statement)]
    earned = sum(row.share + (row.remainder if row.first else 0) for row in rows if row.paid)
    rounds = {(row.dispute, row.round) for row in rows}
    return Earnings(earned, sum(bool(row.fined) for row in rows), len(rounds))


def _listed(engine: Engine, rules: CourtParameters, now: int, statement: Any) -> list[Listed]:
    with engine.connect() as connection:
        rows = [DisputeRow.of(row) for row in connection.execute(statement)]
    votes = _votes(engine, [row.dispute for row in rows])
    return [
        Listed(row.dispute, reading.dispute(row, votes[row.dispute], rules, now), _case(row), row.task) for row in rows
    ]


def _seatings(engine: Engine, rules: CourtParameters, now: int, holder: str, statement: Any) -> list[Seating]:
    with engine.connect() as connection:
        pairs = [(row.dispute, row.round) for row in connection.execute(statement)]
    numbers = sorted({dispute for dispute, _ in pairs})
    known = {
        one.number: one
        for one in _listed(engine, rules, now, select(DisputeRow.__table__).where(DisputeRow.dispute.in_(numbers)))
    }
    with engine.connect() as connection:
        rows = connection.execute(select(RoundRow.__table__).where(RoundRow.dispute.in_(numbers)))
        rounds = {(row.dispute, row.round): RoundRow.of(row) for row in rows}
    votes = _votes(engine, numbers)
    return [
        _seating(known[dispute], rounds[dispute, round], [one for one in votes[dispute] if one.round == round], holder)
        for dispute, round in pairs
    ]


def _seating(listed: Listed, row: RoundRow, votes: Sequence[VoteRow], holder: str) -> Seating:
    mine = [vote for vote in votes if vote.holder == holder]
    paid = sum((row.share or 0) for vote in mine if vote.paid)
    first = next((vote for vote in votes if vote.paid), None)
    if first is not None and first.holder == holder:
        paid += row.remainder or 0
    return Seating(
        listed=listed,
        round=row.round,
        seats=tuple(vote.seat for vote in mine),
        commitment=mine[0].commitment,
        choice=mine[0].choice,
        paid=paid,
        fined_seats=sum(bool(vote.fined) for vote in mine),
        is_settled=mine[0].paid is not None,
    )


def _votes(engine: Engine, disputes: Sequence[int]) -> Mapping[int, list[VoteRow]]:
    order = (VoteRow.dispute, VoteRow.round, VoteRow.position)
    found: defaultdict[int, list[VoteRow]] = defaultdict(list)
    with engine.connect() as connection:
        statement = select(VoteRow.__table__).where(VoteRow.dispute.in_(disputes)).order_by(*order)
        for row in connection.execute(statement):
            found[row.dispute].append(VoteRow.of(row))
    return found


def _case(row: DisputeRow) -> Case | None:
    if row.task is None or row.number is None:
        return None
    if row.slot is not None:
        return Case(challenge=challenge_id(submission_id(row.task, row.slot), row.number))
    if row.batch is not None:
        return Case(gold_dispute=gold_dispute_id(row.task, row.batch, row.number))
    return None
