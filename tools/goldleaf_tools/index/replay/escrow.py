"""Tasks, submissions, challenges."""

from dataclasses import fields

from goldleaf import events
from goldleaf.ids import split_challenge, split_submission
from goldleaf.types import ZERO_ADDRESS, ChallengeKind, ChallengeState, Outcome, SubmissionState, TaskParameters

from ..entries import EntryKind
from ..schema import NO_HASH, BatchRow, ChallengeCommitmentRow, ChallengedLabel, ChallengeRow, SubmissionRow, TaskRow
from .books import Books, Place, on

ESCROW = "TaskEscrow"
_PROVEN = (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG)
_TERMS = [field.name for field in fields(TaskParameters)]


def terms(task: TaskRow) -> TaskParameters:
    """The terms in a task's row."""
    return TaskParameters(**{name: getattr(task, name) for name in _TERMS})


# ---------------------------------------------------------------- tasks


@on(events.Opened)
def opened(books: Books, event: events.Opened, place: Place) -> None:
    parameters = event.parameters
    books.rows.add(
        TaskRow(
            task=event.task,
            requester=event.requester,
            token=event.token,
            uri=event.uri,
            opened=place.time,
            opened_block=place.block,
            opened_by=place.transaction,
            publish_from=parameters.deadline,
            **{name: getattr(parameters, name) for name in _TERMS},
        )
    )
    books.post(ESCROW, EntryKind.POT, event.token, event.requester, parameters.pot)


@on(events.Cancelled)
def cancelled(books: Books, event: events.Cancelled, place: Place) -> None:
    task = books.rows.change(TaskRow, event.task)
    task.cancelled = True
    task.publish_from = event.publish_from


@on(events.Closed)
def closed(books: Books, event: events.Closed, place: Place) -> None:
    task = books.rows.change(TaskRow, event.task)
    task.closed = True
    books.post(ESCROW, EntryKind.POT_BACK, task.token, task.requester, event.to_requester)


# ---------------------------------------------------------------- submissions


@on(events.Taken)
def taken(books: Books, event: events.Taken, place: Place) -> None:
    number, slot = split_submission(event.submission)
    task = books.rows.change(TaskRow, number)
    task.live += 1
    books.rows.add(
        SubmissionRow(task=number, slot=slot, annotator=event.annotator, state=SubmissionState.TAKEN, due_at=event.due)
    )
    books.post(ESCROW, EntryKind.STAKE, task.token, event.annotator, _stake(task, slot))


@on(events.Released)
def released(books: Books, event: events.Released, place: Place) -> None:
    _reopen(books, event.submission, event.annotator, event.to_sink)


@on(events.Expired)
def expired(books: Books, event: events.Expired, place: Place) -> None:
    _reopen(books, event.submission, event.annotator, event.to_sink)


@on(events.Forfeited)
def forfeited(books: Books, event: events.Forfeited, place: Place) -> None:
    submission = _submission(books, event.submission)
    submission.state = SubmissionState.FORFEITED
    task = _leave(books, submission.task, event.to_sink)
    # All of the stake is lost, unless the grader never came to an end.
    _give_back(books, task, submission.slot, event.annotator, event.to_sink)


@on(events.Committed)
def committed(books: Books, event: events.Committed, place: Place) -> None:
    submission = _submission(books, event.submission)
    submission.state = SubmissionState.COMMITTED
    submission.commitment = event.commitment


@on(events.Published)
def published(books: Books, event: events.Published, place: Place) -> None:
    submission = _submission(books, event.submission)
    submission.state = SubmissionState.PUBLISHED
    submission.due_at = 0
    submission.window_end = event.window_end
    submission.commitment = NO_HASH
    submission.root = event.root
    submission.uri = event.uri
    submission.published_window_end = event.window_end
    submission.published = place.time
    submission.published_block = place.block
    submission.published_by = place.transaction
    task = books.rows.need(TaskRow, submission.task)
    if books.gold_test is not None and task.grader == books.gold_test:
        # The outcome stood before anything could be published, and does not change any more.
        batch = books.rows.find(BatchRow, submission.task, submission.slot % terms(task).batches)
        submission.passed = batch is not None and bool(batch.opened_at) and not batch.voided_at


@on(events.Accepted)
def accepted(books: Books, event: events.Accepted, place: Place) -> None:
    _submission(books, event.submission).window_end = place.time


@on(events.Claimed)
def claimed(books: Books, event: events.Claimed, place: Place) -> None:
    submission = _submission(books, event.submission)
    submission.state = SubmissionState.PAID
    submission.pay = event.pay
    task = books.rows.change(TaskRow, submission.task)
    task.live -= 1
    task.accepted += event.labels
    task.delivered += _labels(task, submission.slot)
    # The pot brings back to the stake what that has advanced.
    prizes = submission.errors * terms(task).prize
    books.post(ESCROW, EntryKind.PAY, task.token, event.annotator, event.pay)
    books.post(ESCROW, EntryKind.STAKE_BACK, task.token, event.annotator, event.stake - prizes)
    books.post(ESCROW, EntryKind.PRIZES_BACK, task.token, event.annotator, prizes)
    books.post(ESCROW, EntryKind.LABELS, task.token, task.requester, event.pay + prizes)
    books.post(ESCROW, EntryKind.POT_BACK, task.token, task.requester, event.to_requester)


@on(events.Rejected)
def rejected(books: Books, event: events.Rejected, place: Place) -> None:
    submission = _submission(books, event.submission)
    submission.state = SubmissionState.REJECTED
    task = _leave(books, submission.task, event.to_sink)
    labels = _labels(task, submission.slot)
    task.delivered += labels
    left = _stake(task, submission.slot) - submission.errors * terms(task).prize
    books.post(ESCROW, EntryKind.STAKE_LOST, task.token, event.annotator, left)
    lost = task.reward * labels - event.to_requester
    books.post(ESCROW, EntryKind.REJECTED_LABELS, task.token, task.requester, lost)
    books.post(ESCROW, EntryKind.POT_BACK, task.token, task.requester, event.to_requester)


# ---------------------------------------------------------------- challenges


@on(events.ChallengeCommitted)
def challenge_committed(books: Books, event: events.ChallengeCommitted, place: Place) -> None:
    books.rows.add(ChallengeCommitmentRow(commitment="0x" + event.commitment.hex(), time=place.time))


@on(events.Challenged)
def challenged(books: Books, event: events.Challenged, place: Place) -> None:
    row = _file(books, event, ChallengeKind.CORRECTNESS, place)
    row.evidence = event.evidence
    row.uri = event.uri


@on(events.AvailabilityChallenged)
def availability_challenged(books: Books, event: events.AvailabilityChallenged, place: Place) -> None:
    _file(books, event, ChallengeKind.AVAILABILITY, place)


@on(events.Conceded)
def conceded(books: Books, event: events.Conceded, place: Place) -> None:
    _challenge(books, event.challenge).state = ChallengeState.CONCEDED


@on(events.Defended)
def defended(books: Books, event: events.Defended, place: Place) -> None:
    row = _challenge(books, event.challenge)
    row.state = ChallengeState.DEFENDED
    row.defended_at = place.time
    row.defender = event.defender
    row.fee = event.fee
    row.arbitrator = event.arbitrator
    row.dispute = event.dispute
    books.post(ESCROW, EntryKind.DISPUTE_FEE, books.rows.need(TaskRow, row.task).token, event.defender, event.fee)


@on(events.Ruled)
def ruled(books: Books, event: events.Ruled, place: Place) -> None:
    row = _challenge(books, event.challenge)
    row.state = ChallengeState.RULED
    row.ruling = event.ruling


@on(events.Answered)
def answered(books: Books, event: events.Answered, place: Place) -> None:
    submission = _submission(books, event.challenge >> 64)
    submission.shown_items = tuple(sorted([*submission.shown_items, event.item]))


@on(events.Settled)
def settled(books: Books, event: events.Settled, place: Place) -> None:
    row = _challenge(books, event.challenge)
    row.state = ChallengeState.SETTLED
    row.outcome = event.outcome
    row.proven = event.proven
    row.to_challenger = event.to_challenger
    row.to_annotator = event.to_annotator
    row.to_defender = event.to_defender
    row.to_sink = event.to_sink
    submission = _submission(books, event.challenge >> 64)
    submission.settled += 1
    if event.outcome in _PROVEN:
        submission.errors += event.proven
        _prove(books, submission, row, event.proven)
    task = books.rows.need(TaskRow, row.task)
    prizes = event.proven * terms(task).prize
    if submission.state != SubmissionState.REJECTED:  # else they are in what a rejection has taken of the stake
        books.post(ESCROW, EntryKind.PRIZES_ADVANCED, task.token, submission.annotator, prizes)
    back = min(row.bond, event.to_challenger)
    books.post(ESCROW, EntryKind.BOND_BACK, task.token, row.challenger, back)
    books.post(ESCROW, EntryKind.BOND_LOST, task.token, row.challenger, row.bond - back)
    books.post(ESCROW, EntryKind.PRIZE, task.token, row.challenger, prizes)
    bonus = event.to_challenger - back - prizes
    books.post(ESCROW, EntryKind.REJECTION_BONUS, task.token, row.challenger, bonus)
    books.post(ESCROW, EntryKind.FAILED_CHALLENGE, task.token, submission.annotator, event.to_annotator)
    fee = min(row.fee, event.to_defender)
    books.post(ESCROW, EntryKind.DISPUTE_FEE_BACK, task.token, row.defender, fee)
    books.post(ESCROW, EntryKind.DEFENCE_PREMIUM, task.token, row.defender, event.to_defender - fee)
    books.lose(ESCROW, task.token, event.to_sink)


def _prove(books: Books, submission: SubmissionRow, row: ChallengeRow, proven: int) -> None:
    """Marks the first labels of a challenge that were not proven wrong before, so many of them."""
    new = [item for item in row.items if item not in submission.wrong_items][:proven]
    submission.wrong_items = tuple(sorted([*submission.wrong_items, *new]))
    for item in new:
        books.rows.change(ChallengedLabel, row.task, row.slot, row.number, item).proven = True


def _file(
    books: Books, event: events.Challenged | events.AvailabilityChallenged, kind: ChallengeKind, place: Place
) -> ChallengeRow:
    submission = _submission(books, event.challenge >> 64)
    submission.filed += 1
    row = ChallengeRow(
        task=submission.task,
        slot=submission.slot,
        number=split_challenge(event.challenge)[1],
        challenger=event.challenger,
        kind=kind,
        state=ChallengeState.FILED,
        items=event.indices,
        bond=event.bond,
        filed_at=place.time,
        filed_block=place.block,
        filed_by=place.transaction,
    )
    books.rows.add(row)
    for item in event.indices:
        books.rows.add(ChallengedLabel(task=row.task, slot=row.slot, number=row.number, item=item))
    books.post(ESCROW, EntryKind.BOND, books.rows.need(TaskRow, row.task).token, event.challenger, event.bond)
    return row


def _reopen(books: Books, submission: int, annotator: str, to_sink: int) -> None:
    row = _submission(books, submission)
    row.annotator = ZERO_ADDRESS
    row.state = SubmissionState.OPEN
    row.due_at = 0
    task = _leave(books, row.task, to_sink)
    _give_back(books, task, row.slot, annotator, to_sink)


def _give_back(books: Books, task: TaskRow, slot: int, annotator: str, lost: int) -> None:
    """Frees the stake of a submission of which nothing was proven wrong, less what is lost of it."""
    books.post(ESCROW, EntryKind.STAKE_BACK, task.token, annotator, _stake(task, slot) - lost)
    books.post(ESCROW, EntryKind.STAKE_LOST, task.token, annotator, lost)


def _leave(books: Books, number: int, to_sink: int) -> TaskRow:
    task = books.rows.change(TaskRow, number)
    task.live -= 1
    books.lose(ESCROW, task.token, to_sink)
    return task


def _submission(books: Books, submission: int) -> SubmissionRow:
    return books.rows.change(SubmissionRow, *split_submission(submission))


def _challenge(books: Books, challenge: int) -> ChallengeRow:
    submission, number = split_challenge(challenge)
    return books.rows.change(ChallengeRow, *split_submission(submission), number)


def _stake(task: TaskRow, slot: int) -> int:
    return task.stake * _labels(task, slot)


def _labels(task: TaskRow, slot: int) -> int:
    batches = -(-task.items // task.batch_size)
    first = slot % batches * task.batch_size
    return min(first + task.batch_size, task.items) - first
