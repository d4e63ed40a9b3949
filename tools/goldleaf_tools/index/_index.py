"""The index: what the events of a deployment amount to, in SQL."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from goldleaf import Goldleaf, errors
from goldleaf.deployment import Deployment
from goldleaf.encoding import checked_address
from goldleaf.events import AvailabilityChallenged, Challenged, Event, GoldDisputed
from goldleaf.feed import Logged
from goldleaf.ids import (
    challenge_id,
    gold_dispute_id,
    name_challenge,
    name_gold_dispute,
    split_challenge,
    split_gold_dispute,
    split_submission,
    submission_id,
)
from goldleaf.types import (
    ZERO_ADDRESS,
    BatchTest,
    Challenge,
    ChallengeKind,
    ChallengeState,
    DataSet,
    Dispute,
    Gold,
    GoldDispute,
    License,
    Offer,
    Period,
    Phase,
    Round,
    Seat,
    Submission,
    SubmissionState,
    Task,
    TaskTest,
)

from ..errors import NotIndexed
from . import reading, records
from .database import Database, event_row
from .following import Following, Progress, head
from .history import History, read_history
from .reading import Opening, Publication
from .replay.escrow import terms
from .replay.royalties import per_share
from .schema import (
    Balance,
    BatchRow,
    Block,
    ChallengeRow,
    DataSetRow,
    DisputeRow,
    EventRow,
    GoldDisputeRow,
    GoldItemRow,
    LicenseRow,
    Record,
    RoundRow,
    SeatRow,
    ShareRow,
    SubmissionRow,
    TaskRow,
    TaskTestRow,
    VoteRow,
)

R = TypeVar("R", bound=Record)


class Index:
    """The events of one deployment, and what they amount to, in a database.

    `url` is one of SQLAlchemy, such as `sqlite:///index.db` or `postgresql://name@host/database`, or an engine; the
    tables are made in an empty database. One process at a time writes (`catch_up`, `follow`), any number read. What is
    read is what the contracts would answer at the block that the index stands at, without a node.

    For PostgreSQL it needs the extra `goldleaf-tools[postgres]`: else `MissingExtra`. Raises
    `ForeignIndex` if the database holds something else, and `IndexFailed` whenever it does not do what it should.
    """

    def __init__(self, url: str | Engine, deployment: Deployment) -> None:
        self._database = Database(url, deployment)

    @property
    def engine(self) -> Engine:
        """For queries of one's own; see `goldleaf_tools.index.schema` for the tables."""
        return self._database.engine

    # ------------------------------------------------------------ writing

    def catch_up(
        self,
        client: Goldleaf,
        progress: Callable[[Progress], None] | None = None,
        *,
        confirmations: int = 0,
        stop: Callable[[], bool] = lambda: False,
    ) -> Progress:
        """Reads up to the block that is the latest now, and returns how far it has come.

        It goes on where the index stands, and first takes back what was replaced since. It may be stopped anywhere,
        also by force. Raises the node's error when that cannot be reached, and `IndexBusy` if another process writes.
        """
        goal = head(client) - confirmations
        following = Following(self._database, client, progress)
        if goal < self._database.deployment.block:
            return following.told()
        return following.run(goal, confirmations, 1, stop)

    def follow(
        self,
        client: Goldleaf,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[Progress], None] | None = None,
        *,
        confirmations: int = 0,
        poll: Period = 1,
    ) -> Progress:
        """Reads whatever comes, until `stop()` says so: it is asked about once a second.

        Waits for a node that cannot be reached. Raises `IndexBusy` if another process writes.
        """
        return Following(self._database, client, progress).run(None, confirmations, poll, stop)

    def rebuild(self) -> None:
        """Makes all tables of the stored events once more, without a node."""
        self._database.rebuild()

    # ------------------------------------------------------------ how far it has come

    @property
    def block(self) -> int | None:
        """The block up to which everything was read; None: nothing yet."""
        return self._database.stand().block

    @property
    def time(self) -> int:
        """The time of that block, unix seconds. Raises `NotIndexed`."""
        time = self._database.stand().time
        if time is None:
            raise NotIndexed("nothing was read yet")
        return time

    def events(
        self,
        *kinds: type[Event],
        task: int | None = None,
        submission: int | None = None,
        challenge: int | None = None,
        gold_dispute: int | None = None,
        dispute: int | None = None,
        contract: str | None = None,
    ) -> Iterator[Logged]:
        """The events of these kinds (without any: of all), oldest first; `dispute` is one of the court,
        `gold_dispute` one about known answers."""
        wanted: list[ColumnElement[bool]] = []
        if kinds:
            wanted.append(EventRow.kind.in_([kind.__name__ for kind in kinds]))
        number: int | None = None
        slot: int | None = None
        if challenge is not None:
            submission, number = split_challenge(challenge)
        if submission is not None:
            task, slot = split_submission(submission)
        about = {"task": task, "slot": slot, "number": number, "dispute": dispute, "contract": contract}
        if gold_dispute is not None:
            about["task"], about["batch"], about["gold_dispute"] = split_gold_dispute(gold_dispute)
        wanted += [getattr(EventRow, name) == value for name, value in about.items() if value is not None]
        statement = (
            select(EventRow.__table__, Block.hash)
            .join(Block, Block.number == EventRow.block)
            .where(*wanted)
            .order_by(EventRow.block, EventRow.log_index)
        )
        with self._database.reading() as connection:
            try:
                rows = connection.execution_options(yield_per=1000).execute(statement)
            except OverflowError:  # as in `_all`
                return
            for found in rows:
                yield records.logged(*event_row(found))

    def block_time(self, block: int) -> int:
        """The time of a block with events, unix seconds. Raises `NotIndexed`."""
        return self._one(Block, NotIndexed(f"no events in block {block}"), block).time

    # ------------------------------------------------------------ the escrow

    def tasks(self) -> list[int]:
        """All tasks, oldest first."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(TaskRow.task).order_by(TaskRow.task)))

    def task(self, task: int) -> Task:
        """All that is stored of a task. Raises `NoSuchTask`."""
        return reading.task(self._task(task))

    def opening(self, task: int) -> Opening:
        """How a task was opened, with the URI of its manifest. Raises `NoSuchTask`."""
        return reading.opening(self._task(task))

    def submission(self, submission: int) -> Submission:
        """All that is stored of a submission; an open slot has the empty annotator. Raises `NoSuchTask`."""
        number, slot = split_submission(submission)
        task = self._task(number)
        row = self._find(SubmissionRow, number, slot)
        # What nobody has ever taken stands in no event.
        return reading.submission(row or _open(number, slot), terms(task))

    def submissions(self, task: int, *states: SubmissionState) -> dict[int, Submission]:
        """The submissions of a task in these states (without any: in all), by id. Raises `NoSuchTask`."""
        parameters = terms(self._task(task))
        wanted = [SubmissionRow.task == task, *([SubmissionRow.state.in_(states)] if states else [])]
        rows = self._all(SubmissionRow, select(SubmissionRow.__table__).where(*wanted).order_by(SubmissionRow.slot))
        return {submission_id(task, row.slot): reading.submission(row, parameters) for row in rows}

    def publication(self, submission: int) -> Publication | None:
        """How a submission was published; None: it was not."""
        row = self._find(SubmissionRow, *split_submission(submission))
        return None if row is None else reading.publication(row)

    def wrong_items(self, submission: int) -> tuple[int, ...]:
        """The items of a submission whose labels were proven wrong."""
        row = self._find(SubmissionRow, *split_submission(submission))
        return () if row is None else row.wrong_items

    def shown_items(self, submission: int) -> tuple[int, ...]:
        """The items of a submission whose labels were shown in answer to availability challenges."""
        row = self._find(SubmissionRow, *split_submission(submission))
        return () if row is None else row.shown_items

    def open_windows(self, time: int | None = None) -> list[int]:
        """The submissions that can be challenged at a time (default: the index's), whose windows end first first."""
        time = self.time if time is None else time
        where = (SubmissionRow.state == SubmissionState.PUBLISHED, SubmissionRow.window_end > time)
        order = (SubmissionRow.window_end, SubmissionRow.task, SubmissionRow.slot)
        rows = self._all(SubmissionRow, select(SubmissionRow.__table__).where(*where).order_by(*order))
        return [submission_id(row.task, row.slot) for row in rows]

    def challenge(self, challenge: int) -> Challenge:
        """All that is stored of a challenge of either kind. Raises `NoSuchChallenge`."""
        return reading.challenge(self._challenge(challenge))

    def challenges(self, task: int) -> dict[int, Challenge]:
        """The challenges of a task, by id."""
        return {_challenge_id(row): reading.challenge(row) for row in self._challenges(ChallengeRow.task == task)}

    def unsettled(self, task: int | None = None) -> dict[int, Challenge]:
        """The challenges, of a task or of all, that are not settled."""
        where = [
            ChallengeRow.state != ChallengeState.SETTLED,
            *([ChallengeRow.task == task] if task is not None else []),
        ]
        return {_challenge_id(row): reading.challenge(row) for row in self._challenges(*where)}

    def filing(self, challenge: int) -> Challenged | AvailabilityChallenged:
        """How a challenge was filed: with its items, and one of correctness with the URI of its evidence.

        Raises `NoSuchChallenge`.
        """
        return reading.filing(self._challenge(challenge))

    def unanswered(self, challenge: int) -> tuple[int, ...]:
        """The items of an availability challenge whose labels were not shown yet.

        Raises `NoSuchChallenge`, `NotOfAvailability`.
        """
        row = self._challenge(challenge)
        if row.kind != ChallengeKind.AVAILABILITY:
            raise errors.NotOfAvailability(f"challenge {name_challenge(challenge)}")
        shown = self.shown_items(challenge >> 64)
        return tuple(item for item in row.items if item not in shown)

    def balance(self, account: str, *, token: str | None = None, contract: str = "TaskEscrow") -> int:
        """What an account may use or withdraw of a token (default: the deployment's) in a contract's ledger."""
        token = self._database.deployment.address("Token") if token is None else checked_address("token", token)
        row = self._find(Balance, contract, token, checked_address("account", account))
        return 0 if row is None else row.free

    def balances(self) -> dict[tuple[str, str, str], int]:
        """All free balances, by contract, token and account."""
        rows = self._all(Balance, select(Balance.__table__))
        return {(row.contract, row.token, row.account): row.free for row in rows}

    def history(self, account: str) -> History:
        """Everything that an account has done and earned, what has ended included. Raises `NotIndexed`."""
        contracts, rules = self._database.deployment.contracts, self._database.court()
        with self._database.reading() as connection:
            return read_history(
                connection,
                checked_address("account", account),
                self.time,
                contracts["Token"] if rules is None else rules.token,
            )

    # ------------------------------------------------------------ tests on known items

    def test(self, task: int) -> TaskTest:
        """The terms of a task's test. Raises `NoSuchTest`."""
        return reading.task_test(self._test(task))

    def batch_test(self, task: int, batch: int, time: int | None = None) -> BatchTest:
        """The test of a batch as it stands at a time (default: the index's). Raises `NoSuchTest`, `NoSuchBatch`.

        Its phase ends by the clock alone. So a time that is later than the index's is right as long as nothing has
        happened since.
        """
        test, of = self._test(task), self._task(task)
        siblings = terms(of).siblings(self._batch(of, batch))
        sealed = [SubmissionState.OPEN, SubmissionState.TAKEN]
        where = (SubmissionRow.task == task, SubmissionRow.slot.in_(siblings), SubmissionRow.state.not_in(sealed))
        committed = self._all(SubmissionRow, select(SubmissionRow.__table__).where(*where))
        row = self._find(BatchRow, task, batch) or BatchRow(task=task, batch=batch)
        gold, is_committed = self._gold(task, batch), len(committed) == len(siblings)
        return reading.batch_test(row, test, of.publish_from, gold, is_committed, self.time if time is None else time)

    def gold(self, task: int, batch: int) -> Gold:
        """What a batch is tested on. Raises `NoSuchTest`, `NoSuchBatch`, `GoldNotOpened`."""
        self._test(task)
        rows = self._gold(task, self._batch(self._task(task), batch))
        if not rows:
            raise errors.GoldNotOpened(f"batch {batch} of task {task}")
        return reading.gold(rows)

    def tested_items(self, submission: int) -> tuple[int, ...]:
        """The items that a submission was tested on, those that were dropped left out: their labels cannot be
        challenged as wrong. None if it was not tested. Raises `NoSuchTask`."""
        number, slot = split_submission(submission)
        batch = slot % terms(self._task(number)).batches
        return reading.gold(self._gold(number, batch)).tested

    def has_passed(self, submission: int) -> bool | None:
        """Whether a submission was published after it had passed its test; False: its batch was not tested.

        None: it is not published, or its task is not tested by the deployment's GoldTest.
        """
        row = self._find(SubmissionRow, *split_submission(submission))
        return None if row is None else row.passed

    def gold_dispute(self, gold_dispute: int) -> GoldDispute:
        """All that is stored of a dispute about known answers. Raises `NoSuchGoldDispute`."""
        return reading.gold_dispute(self._gold_dispute(gold_dispute))

    def gold_disputes(self, task: int) -> dict[int, GoldDispute]:
        """The disputes about a task's known answers, by id."""
        order = (GoldDisputeRow.batch, GoldDisputeRow.number)
        statement = select(GoldDisputeRow.__table__).where(GoldDisputeRow.task == task).order_by(*order)
        return {
            gold_dispute_id(row.task, row.batch, row.number): reading.gold_dispute(row)
            for row in self._all(GoldDisputeRow, statement)
        }

    def gold_filing(self, gold_dispute: int) -> GoldDisputed:
        """How a dispute about known answers was filed, with the URI of its evidence. Raises `NoSuchGoldDispute`."""
        return reading.gold_filing(self._gold_dispute(gold_dispute))

    # ------------------------------------------------------------ the court

    def seat(self, seat: int) -> Seat:
        """All that is stored of a seat. Raises `UnknownSeat`, also of one that was closed."""
        row = self._one(SeatRow, errors.UnknownSeat(f"seat {seat}"), seat)
        if row.closed:
            raise errors.UnknownSeat(f"seat {seat}")
        return reading.seat(row)

    def seats(self) -> dict[int, Seat]:
        """The seats that are not closed, by number."""
        statement = select(SeatRow.__table__).where(~SeatRow.closed).order_by(SeatRow.seat)
        return {row.seat: reading.seat(row) for row in self._all(SeatRow, statement)}

    def disputes(self) -> list[int]:
        """All disputes of the court, oldest first."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(DisputeRow.dispute).order_by(DisputeRow.dispute)))

    def dispute(self, dispute: int, time: int | None = None) -> Dispute:
        """A dispute as it stands at a time (default: the index's); an unknown one has the phase NONE.

        The phase ends by the clock alone. So a time that is later than the index's is right as long as nothing has
        happened since.
        """
        row = self._find(DisputeRow, dispute)
        if row is None:
            return Dispute(ZERO_ADDRESS, 0, Phase.NONE, 0, 0, 0, False, 0)
        rules = self._database.court()
        assert rules is not None, "it was noted before the first event"
        return reading.dispute(row, self._votes(dispute), rules, self.time if time is None else time)

    def rounds(self, dispute: int) -> list[Round]:
        """The rounds of a dispute, without one that was dropped by an appeal."""
        row = self._find(DisputeRow, dispute)
        if row is None:
            return []
        where = (RoundRow.dispute == dispute, RoundRow.round <= row.round)
        rounds = self._all(RoundRow, select(RoundRow.__table__).where(*where).order_by(RoundRow.round))
        votes = self._votes(dispute)
        return [reading.round(found, [vote for vote in votes if vote.round == found.round], row) for found in rounds]

    def dispute_of(self, challenge: int) -> int | None:
        """The number of the dispute that a challenge was defended by, at the arbitrator of its task; None: of none."""
        return self._challenge(challenge).dispute

    # ------------------------------------------------------------ the royalty pool

    def data_set(self, task: int) -> DataSet:
        """What a closed task's data set has earned, and for whom. Raises `NoSuchTask`, `TaskNotClosed`."""
        of = self._task(task)
        if not of.closed:
            raise errors.TaskNotClosed(f"task {task}")
        return reading.data_set(self._find(DataSetRow, task) or DataSetRow(task=task), of)

    def offer(self, task: int) -> Offer:
        """What a licence of a task's data set costs, and on what terms; a price of 0: not for sale."""
        row = self._find(DataSetRow, task) or DataSetRow(task=task)
        return Offer(row.price, row.terms)

    def shares(self, task: int) -> dict[str, int]:
        """The shares of a task's data set, by account that has had any."""
        rows = self._all(ShareRow, select(ShareRow.__table__).where(ShareRow.task == task))
        return {row.account: row.shares for row in rows}

    def collectable(self, task: int, account: str) -> int:
        """What an account's shares have earned that was not collected."""
        share = self._find(ShareRow, task, checked_address("account", account))
        found = self._find(DataSetRow, task)
        if share is None or found is None:
            return 0
        return share.shares * per_share(self._task(task), found.paid) - share.settled

    def is_enrolled(self, submission: int) -> bool:
        """Whether a submission's shares have been minted."""
        row = self._find(SubmissionRow, *split_submission(submission))
        return row is not None and row.enrolled

    def licenses(self, task: int) -> dict[int, License]:
        """The licences of a task's data set that were sold, by id."""
        statement = select(LicenseRow.__table__).where(LicenseRow.task == task).order_by(LicenseRow.number)
        return {
            # Licences are numbered as submissions are.
            submission_id(task, row.number): License(row.licensee, row.terms, row.price, row.time)
            for row in self._all(LicenseRow, statement)
        }

    # ------------------------------------------------------------ rows

    def counts(self) -> dict[str, int]:
        """How many rows each table has that people ask for."""
        kinds: tuple[type[Record], ...] = (EventRow, TaskRow, SubmissionRow, ChallengeRow, GoldDisputeRow, DisputeRow)
        with self._database.reading() as connection:
            return {
                kind.__tablename__: connection.execute(select(func.count()).select_from(kind)).scalar_one()
                for kind in kinds
            }

    def _task(self, task: int) -> TaskRow:
        return self._one(TaskRow, errors.NoSuchTask(f"task {task}"), task)

    def _challenge(self, challenge: int) -> ChallengeRow:
        submission, number = split_challenge(challenge)
        return self._one(
            ChallengeRow,
            errors.NoSuchChallenge(f"challenge {name_challenge(challenge)}"),
            *split_submission(submission),
            number,
        )

    def _test(self, task: int) -> TaskTestRow:
        return self._one(TaskTestRow, errors.NoSuchTest(f"task {task}"), task)

    def _batch(self, task: TaskRow, batch: int) -> int:
        """The number of a batch, once it is known to be one of the task's."""
        batches = terms(task).batches
        if not 0 <= batch < batches:
            raise errors.NoSuchBatch("batch", value=batch, bound=f"0 to {batches - 1}")
        return batch

    def _gold(self, task: int, batch: int) -> list[GoldItemRow]:
        where = (GoldItemRow.task == task, GoldItemRow.batch == batch)
        return self._all(GoldItemRow, select(GoldItemRow.__table__).where(*where).order_by(GoldItemRow.number))

    def _gold_dispute(self, gold_dispute: int) -> GoldDisputeRow:
        missing = errors.NoSuchGoldDispute(f"gold dispute {name_gold_dispute(gold_dispute)}")
        return self._one(GoldDisputeRow, missing, *split_gold_dispute(gold_dispute))

    def _challenges(self, *where: ColumnElement[bool]) -> list[ChallengeRow]:
        order = (ChallengeRow.task, ChallengeRow.slot, ChallengeRow.number)
        return self._all(ChallengeRow, select(ChallengeRow.__table__).where(*where).order_by(*order))

    def _votes(self, dispute: int) -> list[VoteRow]:
        order = (VoteRow.round, VoteRow.position)
        return self._all(VoteRow, select(VoteRow.__table__).where(VoteRow.dispute == dispute).order_by(*order))

    def _one(self, kind: type[R], missing: errors.GoldleafError, *key: Any) -> R:
        found = self._find(kind, *key)
        if found is None:
            raise missing
        return found

    def _find(self, kind: type[R], *key: Any) -> R | None:
        table = kind.__table__
        keys = kind.__mapper__.primary_key
        where = [column == value for column, value in zip(keys, key, strict=True)]
        return next(iter(self._all(kind, select(table).where(*where))), None)

    def _all(self, kind: type[R], statement: Any) -> list[R]:
        with self._database.reading() as connection:
            try:
                return _rows(connection, kind, statement)
            except OverflowError:
                # SQLite has no integers of more than 64 bits, so no row has the number that was asked for.
                return []


def _rows(connection: Connection, kind: type[R], statement: Any) -> list[R]:
    return [kind.of(found) for found in connection.execute(statement)]


def _open(task: int, slot: int) -> SubmissionRow:
    return SubmissionRow(task=task, slot=slot, annotator=ZERO_ADDRESS, state=SubmissionState.OPEN)


def _challenge_id(row: ChallengeRow) -> int:
    return challenge_id(submission_id(row.task, row.slot), row.number)
