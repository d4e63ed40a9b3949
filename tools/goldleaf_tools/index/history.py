"""Everything that an account has done and earned, what has ended included."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from goldleaf.ids import challenge_id, gold_dispute_id, split_submission, submission_id
from goldleaf.types import ChallengeKind, Outcome, SubmissionState

from .entries import Effect, Entry, EntryKind
from .reading import data_set
from .replay.escrow import terms
from .replay.royalties import per_share
from .schema import (
    ChallengeRow,
    DataSetRow,
    DisputeRow,
    EntryRow,
    EventRow,
    GoldDisputeRow,
    LicenseRow,
    Record,
    RoundRow,
    ShareRow,
    SubmissionRow,
    TaskRow,
    VoteRow,
)

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Sums:
    """What an account's entries in one ledger and token come to, base units.

    `deposited + received - sent - withdrawn + earned - spent - at_stake` is what is free.
    """

    ledger: str  # the contract
    token: str
    deposited: int
    received: int  # from other accounts
    sent: int  # to other accounts
    withdrawn: int
    earned: int
    spent: int  # lost stakes, bonds and penalties among it
    at_stake: int  # now
    free: int  # now: to be used or withdrawn
    by_kind: Mapping[EntryKind, int]


class Stage(Enum):
    """How far somebody's work on a slot has come."""

    TAKEN = "taken"
    COMMITTED = "committed"
    PUBLISHED = "published"
    PAID = "paid"
    REJECTED = "rejected"
    FORFEITED = "forfeited"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Worked:
    """A slot that the account has taken: what that has paid and cost, base units of the token."""

    submission: int
    task: int
    token: str
    taken: int  # time
    ended: int | None  # time; None: it has not
    stage: Stage
    labels: int
    errors: int  # labels proven wrong
    stake: int
    pay: int
    prizes: int  # advanced by the stake to challengers, and not come back to it
    stake_lost: int  # besides these
    from_challenges: int  # parts of the bonds of challenges that failed

    @property
    def gain(self) -> int:
        """What it has earned so far; below zero, what it has cost."""
        return self.pay + self.from_challenges - self.prizes - self.stake_lost

    @property
    def at_stake(self) -> int:
        """What is still locked of the stake."""
        return 0 if self.ended is not None else self.stake - self.prizes


@dataclass(frozen=True, slots=True)
class Filed:
    """A challenge that the account has filed, and what came of it, base units of the token."""

    challenge: int
    kind: ChallengeKind
    token: str
    time: int
    items: tuple[int, ...]
    bond: int
    outcome: Outcome | None  # None: it is not settled
    proven: int  # labels newly proven wrong by it
    prize: int
    bonus: int  # for a rejection
    bond_lost: int

    @property
    def gain(self) -> int:
        """What it has earned; below zero, what it has cost."""
        return self.prize + self.bonus - self.bond_lost


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute about known answers that the account has filed, and what came of it, base units of the token."""

    gold_dispute: int
    submission: int  # of the account
    token: str
    time: int
    numbers: tuple[int, ...]  # places in the gold list
    fee: int  # and the bond as well
    outcome: Outcome | None  # None: it is not settled
    dropped: tuple[int, ...]  # of the numbers
    fee_back: int
    prize: int
    bond_lost: int

    @property
    def gain(self) -> int:
        """What it has earned so far; below zero, what it has cost."""
        return self.fee_back + self.prize - self.fee - self.bond_lost


@dataclass(frozen=True, slots=True)
class Defended:
    """A challenge against anybody's labels that the account has defended, base units of the token."""

    challenge: int
    token: str
    time: int
    fee: int
    outcome: Outcome | None  # None: it is not settled
    fee_back: int  # also by a court that has not heard it
    premium: int

    @property
    def gain(self) -> int:
        """What it has earned so far; below zero, what it has cost."""
        return self.fee_back + self.premium - self.fee


@dataclass(frozen=True, slots=True)
class Judged:
    """A round that the account was drawn for, base units of the court's token."""

    dispute: int
    round: int
    task: int | None  # that it is about, if the escrow or GoldTest has brought it
    token: str
    drawn: int  # time
    seats: int
    choice: int | None  # None: it has not revealed
    settled: bool
    fees: int
    penalties: int

    @property
    def gain(self) -> int:
        """What it has earned; below zero, what it has cost."""
        return self.fees - self.penalties


@dataclass(frozen=True, slots=True)
class Appealed:
    """An appeal that the account has paid for, base units of the court's token."""

    dispute: int
    round: int  # that it opened
    task: int | None  # that the dispute is about, if the escrow or GoldTest has brought it
    token: str
    time: int
    fee: int
    back: int
    lost: int  # what is neither back nor lost is at stake


@dataclass(frozen=True, slots=True)
class Shared:
    """What an account has of a data set's revenue, base units of the token."""

    task: int
    token: str
    shares: int
    unenrolled: tuple[int, ...]  # submissions of the account whose labels are not shares yet
    collected: int
    collectable: int
    # Once the labels are enrolled.
    after_enrolling: int
    # As the requester.
    requester_collected: int
    requester_collectable: int


@dataclass(frozen=True, slots=True)
class Licensed:
    """A licence that the account has bought, or that was bought for it."""

    license: int
    task: int
    token: str
    licensee: str
    buyer: str
    terms: bytes
    price: int
    time: int


@dataclass(frozen=True, slots=True)
class Requested:
    """A task that the account has opened, and what it has cost, base units of the token."""

    task: int
    token: str
    opened: int  # time
    closed: bool
    items: int
    accepted: int  # labels that were paid for
    pot: int
    cost: int  # of labels
    rejected: int  # lost of the pay of rejected labels
    tests: int  # lost of deposits of tests
    at_stake: int  # left in the pot and in deposits

    @property
    def spent(self) -> int:
        """All that it has cost so far."""
        return self.cost + self.rejected + self.tests


@dataclass(frozen=True, slots=True)
class History:
    """What an account has done and earned up to a time."""

    account: str
    time: int
    entries: tuple[Entry, ...]  # oldest first
    sums: tuple[Sums, ...]
    submissions: tuple[Worked, ...] = ()
    challenges: tuple[Filed, ...] = ()
    defences: tuple[Defended, ...] = ()
    gold_disputes: tuple[Disputed, ...] = ()
    rounds: tuple[Judged, ...] = ()
    appeals: tuple[Appealed, ...] = ()
    data_sets: tuple[Shared, ...] = ()
    licenses: tuple[Licensed, ...] = ()
    tasks: tuple[Requested, ...] = ()


def read_entries(connection: Connection, account: str) -> list[Entry]:
    """The movements of an account's money, oldest first."""
    is_event = and_(EventRow.block == EntryRow.block, EventRow.log_index == EntryRow.log_index)
    found = connection.execute(
        select(
            EntryRow.__table__,
            *(EventRow.time, EventRow.transaction_hash, EventRow.contract, EventRow.kind.label("event")),
            *(EventRow.slot, EventRow.number, EventRow.batch, EventRow.gold_dispute, EventRow.dispute, EventRow.fields),
            # What a dispute of the court is about stands in what was made of its first event.
            func.coalesce(EventRow.task, DisputeRow.task).label("task"),
        )
        .join(EventRow, is_event)
        .outerjoin(DisputeRow, DisputeRow.dispute == EventRow.dispute)
        .where(EntryRow.account == account)
        .order_by(EntryRow.block, EntryRow.log_index)
    )
    order = {kind: place for place, kind in enumerate(EntryKind)}
    entries = [(row.log_index, _entry(row)) for row in found]
    entries.sort(key=lambda one: (one[1].block, one[0], order[one[1].kind]))
    return [entry for _, entry in entries]


def read_history(connection: Connection, account: str, time: int, court_token: str) -> History:
    """What an account has done and earned; `court_token` is what the court pays in, if there is one."""
    entries = read_entries(connection, account)
    reader = _Reader(connection, account, entries, court_token)
    return History(
        account=account,
        time=time,
        entries=tuple(entries),
        sums=tuple(sum_up(entries)),
        submissions=tuple(reader.submissions()),
        challenges=tuple(reader.challenges()),
        defences=tuple(reader.defences()),
        gold_disputes=tuple(reader.gold_disputes()),
        rounds=tuple(reader.rounds()),
        appeals=tuple(reader.appeals()),
        data_sets=tuple(reader.data_sets()),
        licenses=tuple(reader.licenses()),
        tasks=tuple(reader.tasks()),
    )


def sum_up(entries: Iterable[Entry]) -> list[Sums]:
    """What entries of one account come to, by ledger and token."""
    by_ledger: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        by_ledger[entry.ledger, entry.token].append(entry)
    return [_sums(ledger, token, found) for (ledger, token), found in by_ledger.items()]


def _sums(ledger: str, token: str, entries: list[Entry]) -> Sums:
    by_kind: dict[EntryKind, int] = defaultdict(int)
    for entry in entries:
        by_kind[entry.kind] += entry.amount

    def having(*effects: Effect) -> int:
        return sum(amount for kind, amount in by_kind.items() if kind.effect in effects)

    return Sums(
        ledger=ledger,
        token=token,
        deposited=by_kind.get(EntryKind.DEPOSIT, 0),
        received=by_kind.get(EntryKind.RECEIVED, 0),
        sent=by_kind.get(EntryKind.SENT, 0),
        withdrawn=by_kind.get(EntryKind.WITHDRAWAL, 0),
        earned=having(Effect.EARNS),
        spent=having(Effect.SPENDS, Effect.LOSES),
        at_stake=sum(entry.at_stake for entry in entries),
        free=sum(entry.free for entry in entries),
        by_kind={kind: by_kind[kind] for kind in EntryKind if kind in by_kind},
    )


def _entry(row: Any) -> Entry:
    submission: int | None = None
    challenge: int | None = None
    gold_dispute: int | None = None
    round: int | None = None
    license: int | None = None
    if row.slot is not None:
        submission = submission_id(row.task, row.slot)
    if row.number is not None and submission is not None:
        challenge = challenge_id(submission, row.number)
    if row.gold_dispute is not None:
        gold_dispute = gold_dispute_id(row.task, row.batch, row.gold_dispute)
    if row.dispute is not None or row.event == "Licensed":
        fields = json.loads(row.fields)
        round = int(fields["round"]) if "round" in fields else None
        license = int(fields["license"]) if "license" in fields else None
    return Entry(
        time=row.time,
        block=row.block,
        transaction=row.transaction_hash,
        event=row.event,
        ledger=row.contract,
        token=row.token,
        kind=EntryKind(row.kind),
        amount=row.amount,
        task=row.task,
        submission=submission,
        challenge=challenge,
        batch=row.batch,
        gold_dispute=gold_dispute,
        dispute=row.dispute,
        round=round,
        license=license,
    )


@dataclass
class _Taking:
    """One taking of a slot, and the entries that came of it."""

    submission: int
    first: Entry
    amounts: dict[EntryKind, int] = field(default_factory=lambda: defaultdict(int))
    end: Entry | None = None


_OF_WORK = (
    EntryKind.STAKE_BACK,
    EntryKind.STAKE_LOST,
    EntryKind.PAY,
    EntryKind.PRIZES_ADVANCED,
    EntryKind.PRIZES_BACK,
    EntryKind.FAILED_CHALLENGE,
)
_OF_TASK = (
    EntryKind.POT,
    EntryKind.POT_BACK,
    EntryKind.LABELS,
    EntryKind.REJECTED_LABELS,
    EntryKind.TEST_DEPOSIT,
    EntryKind.TEST_DEPOSIT_BACK,
    EntryKind.TEST_DEPOSIT_LOST,
)
# Values that one query asks for.
_PART = 500
_ENDS = {
    "Released": Stage.RELEASED,
    "Expired": Stage.EXPIRED,
    "Forfeited": Stage.FORFEITED,
    "Claimed": Stage.PAID,
    "Rejected": Stage.REJECTED,
}
_STAGES = {
    SubmissionState.TAKEN: Stage.TAKEN,
    SubmissionState.COMMITTED: Stage.COMMITTED,
    SubmissionState.PUBLISHED: Stage.PUBLISHED,
}


class _Reader:
    """Reads what an account has done, and adds to each thing what its entries say of it."""

    def __init__(self, connection: Connection, account: str, entries: list[Entry], court_token: str) -> None:
        self._connection = connection
        self._account = account
        self._entries = entries
        self._court_token = court_token
        self._tasks: dict[int, TaskRow] = {}

    def submissions(self) -> Iterable[Worked]:
        takings: list[_Taking] = []
        latest: dict[int, _Taking] = {}
        for entry in self._entries:
            if entry.submission is None:
                continue
            if entry.kind is EntryKind.STAKE:
                latest[entry.submission] = taking = _Taking(entry.submission, entry)
                takings.append(taking)
            elif entry.kind in _OF_WORK:
                taking = latest[entry.submission]
                taking.amounts[entry.kind] += entry.amount
                if entry.event in _ENDS:
                    taking.end = entry
        mine = self._all(SubmissionRow, SubmissionRow.annotator == self._account)
        rows = {submission_id(row.task, row.slot): row for row in mine}
        for taking in takings:
            yield self._worked(taking, rows.get(taking.submission))

    def _worked(self, taking: _Taking, row: SubmissionRow | None) -> Worked:
        number, amounts, end = split_submission(taking.submission)[0], taking.amounts, taking.end
        task = self._task(number)
        # Released and expired ones have left no row: of these nothing can have been proven.
        stage = _STAGES[row.state] if end is None and row is not None else _ENDS[end.event if end else ""]
        reopened = stage in (Stage.RELEASED, Stage.EXPIRED)
        return Worked(
            submission=taking.submission,
            task=number,
            token=task.token,
            taken=taking.first.time,
            ended=None if end is None else end.time,
            stage=stage,
            labels=taking.first.amount // task.stake,
            errors=0 if reopened or row is None else row.errors,
            stake=taking.first.amount,
            pay=amounts[EntryKind.PAY],
            prizes=amounts[EntryKind.PRIZES_ADVANCED] - amounts[EntryKind.PRIZES_BACK],
            stake_lost=amounts[EntryKind.STAKE_LOST],
            from_challenges=amounts[EntryKind.FAILED_CHALLENGE],
        )

    def challenges(self) -> Iterable[Filed]:
        sums = self._sums("challenge")
        rows = self._all(ChallengeRow, ChallengeRow.challenger == self._account)
        for row in sorted(rows, key=lambda row: (row.filed_block, row.task, row.slot, row.number)):
            id = challenge_id(submission_id(row.task, row.slot), row.number)
            amounts = sums[id]
            yield Filed(
                challenge=id,
                kind=row.kind,
                token=self._task(row.task).token,
                time=row.filed_at,
                items=row.items,
                bond=row.bond,
                outcome=row.outcome,
                proven=row.proven or 0,
                prize=amounts[EntryKind.PRIZE],
                bonus=amounts[EntryKind.REJECTION_BONUS],
                bond_lost=amounts[EntryKind.BOND_LOST],
            )

    def defences(self) -> Iterable[Defended]:
        sums, unheard = self._sums("challenge"), self._not_heard()
        rows = self._all(ChallengeRow, ChallengeRow.defender == self._account)
        for row in sorted(rows, key=lambda row: (row.defended_at, row.task, row.slot, row.number)):
            id = challenge_id(submission_id(row.task, row.slot), row.number)
            yield Defended(
                challenge=id,
                token=self._task(row.task).token,
                time=row.defended_at,
                fee=row.fee,
                outcome=row.outcome,
                fee_back=sums[id][EntryKind.DISPUTE_FEE_BACK] + unheard.get((row.task, row.slot, None, row.number), 0),
                premium=sums[id][EntryKind.DEFENCE_PREMIUM],
            )

    def gold_disputes(self) -> Iterable[Disputed]:
        sums, unheard = self._sums("gold_dispute"), self._not_heard()
        # A deposit that goes to those who have won is released in one event for all of a batch.
        released = {
            (entry.task, entry.batch): entry.amount
            for entry in self._entries
            if entry.kind is EntryKind.PRIZE and entry.event == "DepositReleased"
        }
        rows = self._all(GoldDisputeRow, GoldDisputeRow.disputer == self._account)
        for row in sorted(rows, key=lambda row: (row.filed_block, row.task, row.batch, row.number)):
            id = gold_dispute_id(row.task, row.batch, row.number)
            amounts = sums[id]
            # An account has one submission in a batch, and so one dispute: that it has won brings all of its share.
            shared = released.get((row.task, row.batch), 0) if row.dropped else 0
            yield Disputed(
                gold_dispute=id,
                submission=submission_id(row.task, row.slot),
                token=self._task(row.task).token,
                time=row.filed_at,
                numbers=row.numbers,
                fee=row.fee,
                outcome=row.outcome,
                dropped=row.dropped or (),
                fee_back=amounts[EntryKind.DISPUTE_FEE_BACK] + unheard.get((row.task, None, row.batch, row.number), 0),
                prize=amounts[EntryKind.PRIZE] + shared,
                bond_lost=amounts[EntryKind.BOND_LOST],
            )

    def _not_heard(self) -> dict[tuple[int | None, ...], int]:
        """What the court has paid back of fees of disputes that it has not heard, by what they were about."""
        back: dict[int, int] = defaultdict(int)
        for entry in self._entries:
            if entry.kind is EntryKind.DISPUTE_FEE_BACK and entry.dispute is not None:
                back[entry.dispute] += entry.amount
        rows = self._in(DisputeRow, DisputeRow.dispute, back)
        return {(row.task, row.slot, row.batch, row.number): back[row.dispute] for row in rows}

    def rounds(self) -> Iterable[Judged]:
        amounts: dict[tuple[int | None, int | None], dict[EntryKind, int]] = defaultdict(lambda: defaultdict(int))
        for entry in self._entries:
            amounts[entry.dispute, entry.round][entry.kind] += entry.amount
        seats: dict[tuple[int, int], list[VoteRow]] = defaultdict(list)
        for vote in self._all(VoteRow, VoteRow.holder == self._account):
            seats[vote.dispute, vote.round].append(vote)
        found = self._in(DisputeRow, DisputeRow.dispute, {dispute for dispute, _ in seats})
        tasks = {row.dispute: row.task for row in found}
        for row in self._rounds(seats):
            votes, paid = seats[row.dispute, row.round], amounts[row.dispute, row.round]
            assert row.drawn is not None, "seats were drawn for it"
            yield Judged(
                dispute=row.dispute,
                round=row.round,
                task=tasks[row.dispute],
                token=self._court_token,
                drawn=row.drawn,
                seats=len(votes),
                choice=votes[0].choice,
                settled=row.share is not None,
                fees=paid[EntryKind.JUROR_FEES],
                penalties=paid[EntryKind.PENALTIES],
            )

    def _rounds(self, wanted: Iterable[tuple[int, int]]) -> list[RoundRow]:
        keys = set(wanted)
        rows = self._in(RoundRow, RoundRow.dispute, {dispute for dispute, _ in keys})
        drawn = [row for row in rows if (row.dispute, row.round) in keys]
        return sorted(drawn, key=lambda row: (row.drawn or 0, row.dispute, row.round))

    def appeals(self) -> Iterable[Appealed]:
        paid = [entry for entry in self._entries if entry.kind is EntryKind.APPEAL_FEE]
        amounts: dict[tuple[int | None, int], dict[EntryKind, int]] = defaultdict(lambda: defaultdict(int))
        heard = self._heard({entry.dispute for entry in paid if entry.dispute is not None})
        for entry in self._entries:
            if entry.kind in (EntryKind.APPEAL_FEE_BACK, EntryKind.APPEAL_FEE_LOST) and entry.round is not None:
                # Settling a round decides on the appeal against it; if nothing was heard, on the one that opened it.
                attacked = entry.event == "RoundSettled" and entry.dispute in heard
                amounts[entry.dispute, entry.round + attacked][entry.kind] += entry.amount
        for entry in paid:
            assert entry.dispute is not None and entry.round is not None, "they stand in its event"
            found = amounts[entry.dispute, entry.round]
            yield Appealed(
                dispute=entry.dispute,
                round=entry.round,
                task=entry.task,
                token=entry.token,
                time=entry.time,
                fee=entry.amount,
                back=found[EntryKind.APPEAL_FEE_BACK],
                lost=found[EntryKind.APPEAL_FEE_LOST],
            )

    def _heard(self, disputes: set[int]) -> set[int]:
        """Those of the disputes in which anybody has revealed."""
        return {vote.dispute for vote in self._in(VoteRow, VoteRow.dispute, disputes) if vote.choice is not None}

    def data_sets(self) -> Iterable[Shared]:
        sums = self._sums("task")
        shares = {row.task: row for row in self._all(ShareRow, ShareRow.account == self._account)}
        unenrolled: dict[int, list[SubmissionRow]] = defaultdict(list)
        paid = SubmissionRow.state == SubmissionState.PAID
        for work in self._all(SubmissionRow, SubmissionRow.annotator == self._account, paid, ~SubmissionRow.enrolled):
            if self._task(work.task).closed and self._accepted(work):
                unenrolled[work.task].append(work)
        opened = {row.task for row in self._all(TaskRow, TaskRow.requester == self._account) if row.closed}
        numbers = sorted({*shares, *unenrolled, *opened})
        rows = {row.task: row for row in self._in(DataSetRow, DataSetRow.task, numbers)}
        for number in numbers:
            task, row = self._task(number), rows.get(number) or DataSetRow(task=number)
            found, each = data_set(row, task), per_share(task, row.paid)
            share = shares.get(number) or ShareRow(task=number, account=self._account)
            if number not in shares and number not in unenrolled and not row.paid:
                continue
            yield Shared(
                task=number,
                token=task.token,
                shares=share.shares,
                unenrolled=tuple(submission_id(number, one.slot) for one in unenrolled[number]),
                collected=sums[number][EntryKind.ROYALTIES],
                collectable=share.shares * each - share.settled,
                after_enrolling=sum(self._accepted(one) for one in unenrolled[number]) * each,
                requester_collected=sums[number][EntryKind.REQUESTER_SHARE],
                requester_collectable=found.requester_due if number in opened else 0,
            )

    def _accepted(self, row: SubmissionRow) -> int:
        """The labels of a paid submission that were not proven wrong."""
        return len(terms(self._task(row.task)).items_of(row.slot)) - row.errors

    def licenses(self) -> Iterable[Licensed]:
        bought = or_(LicenseRow.buyer == self._account, LicenseRow.licensee == self._account)
        for row in sorted(self._all(LicenseRow, bought), key=lambda row: (row.time, row.task, row.number)):
            yield Licensed(
                license=submission_id(row.task, row.number),  # they are numbered as submissions are
                task=row.task,
                token=self._task(row.task).token,
                licensee=row.licensee,
                buyer=row.buyer,
                terms=row.terms,
                price=row.price,
                time=row.time,
            )

    def tasks(self) -> Iterable[Requested]:
        sums = self._sums("task")
        at_stake: dict[int | None, int] = defaultdict(int)
        for entry in self._entries:
            if entry.kind in _OF_TASK:
                at_stake[entry.task] += entry.at_stake
        for row in sorted(self._all(TaskRow, TaskRow.requester == self._account), key=lambda row: row.task):
            amounts = sums[row.task]
            yield Requested(
                task=row.task,
                token=row.token,
                opened=row.opened,
                closed=row.closed,
                items=row.items,
                accepted=row.accepted,
                pot=terms(row).pot,
                cost=amounts[EntryKind.LABELS],
                rejected=amounts[EntryKind.REJECTED_LABELS],
                tests=amounts[EntryKind.TEST_DEPOSIT_LOST],
                at_stake=at_stake[row.task],
            )

    def _sums(self, about: str) -> Mapping[Any, Mapping[EntryKind, int]]:
        """The sums of entries by kind, for each value of a field of theirs."""
        sums: dict[Any, dict[EntryKind, int]] = defaultdict(lambda: defaultdict(int))
        for entry in self._entries:
            sums[getattr(entry, about)][entry.kind] += entry.amount
        return sums

    def _task(self, task: int) -> TaskRow:
        if task not in self._tasks:
            self._tasks[task] = next(iter(self._all(TaskRow, TaskRow.task == task)))
        return self._tasks[task]

    def _in(self, kind: type[R], column: Any, values: Iterable[int]) -> list[R]:
        """The rows in whose column one of the values stands."""
        wanted = list(values)
        parts = [wanted[first : first + _PART] for first in range(0, len(wanted), _PART)]
        return [row for part in parts for row in self._all(kind, column.in_(part))]

    def _all(self, kind: type[R], *where: ColumnElement[bool]) -> list[R]:
        return [kind.of(found) for found in self._connection.execute(select(kind.__table__).where(*where))]
