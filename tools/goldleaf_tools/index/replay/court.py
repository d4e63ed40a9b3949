"""Seats, disputes, rounds and votes."""

from goldleaf import events
from goldleaf.ids import split_challenge, split_gold_dispute, split_submission

from ..entries import EntryKind
from ..schema import DisputeRow, RoundRow, SeatRow, Stage, VoteRow
from .books import Books, Place, on

COURT = "Court"
# Seats of the rounds of a dispute.
PANELS = (3, 7, 15)
# Juror fees that a seat loses in one round.
PENALTY_FEES = 4


# ---------------------------------------------------------------- seats


@on(events.Joined)
def joined(books: Books, event: events.Joined, place: Place) -> None:
    rules = books.rules
    ready_from = place.time + rules.join_delay
    for seat in range(event.first_seat, event.first_seat + event.seats):
        books.rows.add(SeatRow(seat=seat, holder=event.holder, reserves=rules.load, ready_from=ready_from))
    books.post(COURT, EntryKind.SEATS, rules.token, event.holder, event.seats * rules.load * _penalty(books))


@on(events.Listed)
def listed(books: Books, event: events.Listed, place: Place) -> None:
    books.rows.change(SeatRow, event.seat).listed = True


@on(events.Unlisted)
def unlisted(books: Books, event: events.Unlisted, place: Place) -> None:
    books.rows.change(SeatRow, event.seat).listed = False


@on(events.Left)
def left(books: Books, event: events.Left, place: Place) -> None:
    books.rows.change(SeatRow, event.seat).leaves_at = event.leaves_at


@on(events.Dismissed)
def dismissed(books: Books, event: events.Dismissed, place: Place) -> None:
    books.rows.change(SeatRow, event.seat).leaves_at = event.leaves_at


@on(events.SeatClosed)
def seat_closed(books: Books, event: events.SeatClosed, place: Place) -> None:
    books.rows.change(SeatRow, event.seat).closed = True
    books.post(COURT, EntryKind.SEATS_BACK, books.rules.token, event.holder, event.amount)


# ---------------------------------------------------------------- disputes


@on(events.DisputeCreated)
def dispute_created(books: Books, event: events.DisputeCreated, place: Place) -> None:
    task: int | None = None
    slot: int | None = None
    batch: int | None = None
    number: int | None = None
    # Each names its cases by its own ids.
    if event.arbitrable == books.escrow:
        submission, number = split_challenge(int.from_bytes(event.evidence))
        task, slot = split_submission(submission)
    elif event.arbitrable == books.gold_test:
        task, batch, number = split_gold_dispute(int.from_bytes(event.evidence))
    books.rows.add(
        DisputeRow(
            dispute=event.dispute,
            arbitrable=event.arbitrable,
            evidence=event.evidence,
            choices=event.choices,
            created=place.time,
            task=task,
            slot=slot,
            batch=batch,
            number=number,
            stage=Stage.WAITING,
            since=place.time,
        )
    )
    _enter(books, event.dispute, 0, event.refund_to, place.time)


@on(events.Appealed)
def appealed(books: Books, event: events.Appealed, place: Place) -> None:
    dispute = books.rows.change(DisputeRow, event.dispute)
    dispute.round = event.round
    dispute.stage = Stage.WAITING
    dispute.since = place.time
    dispute.committed = 0
    _enter(books, event.dispute, event.round, event.payer, place.time)
    books.post(COURT, EntryKind.APPEAL_FEE, books.rules.token, event.payer, event.fee)


@on(events.Drawn)
def drawn(books: Books, event: events.Drawn, place: Place) -> None:
    dispute = books.rows.change(DisputeRow, event.dispute)
    dispute.stage = Stage.VOTING
    dispute.since = place.time
    round = books.rows.change(RoundRow, event.dispute, event.round)
    round.drawn = place.time
    round.seed = event.seed
    for position, number in enumerate(event.seats):
        seat = books.rows.change(SeatRow, number)
        seat.reserved += 1
        books.rows.add(
            VoteRow(dispute=event.dispute, round=event.round, position=position, seat=number, holder=seat.holder)
        )


@on(events.NotHeard)
def not_heard(books: Books, event: events.NotHeard, place: Place) -> None:
    books.rows.change(DisputeRow, event.dispute).stage = Stage.NOT_HEARD
    books.rows.change(RoundRow, event.dispute, 0).dropped = True
    books.post(COURT, EntryKind.DISPUTE_FEE_BACK, books.rules.token, event.refund_to, event.fee)


@on(events.AppealDropped)
def appeal_dropped(books: Books, event: events.AppealDropped, place: Place) -> None:
    dispute = books.rows.change(DisputeRow, event.dispute)
    dispute.stage = Stage.CLOSED
    dispute.round = event.round - 1
    books.rows.change(RoundRow, event.dispute, event.round).dropped = True
    books.post(COURT, EntryKind.APPEAL_FEE_BACK, books.rules.token, event.payer, event.fee)


@on(events.VoteCommitted)
def vote_committed(books: Books, event: events.VoteCommitted, place: Place) -> None:
    dispute = books.rows.change(DisputeRow, event.dispute)
    for vote in _votes(books, event.dispute, dispute.round):
        if vote.holder == event.holder:
            vote.commitment = event.commitment
            dispute.committed += 1


@on(events.VoteRevealed)
def vote_revealed(books: Books, event: events.VoteRevealed, place: Place) -> None:
    dispute = books.rows.change(DisputeRow, event.dispute)
    for vote in _votes(books, event.dispute, dispute.round):
        if vote.holder == event.holder:
            vote.choice = event.choice


@on(events.RoundSettled)
def round_settled(books: Books, event: events.RoundSettled, place: Place) -> None:
    token = books.rules.token
    dispute = books.rows.change(DisputeRow, event.dispute)
    dispute.settled_count += 1
    round = books.rows.change(RoundRow, event.dispute, event.round)
    round.share = event.share
    round.remainder = event.remainder
    round.refund = event.refund
    _settle_fees(books, dispute, round, event.refund)
    extra = event.remainder
    for vote in _votes(books, event.dispute, event.round):
        vote.paid = bool(event.paid >> vote.position & 1)
        vote.fined = bool(event.fined >> vote.position & 1)
        seat = books.rows.change(SeatRow, vote.seat)
        seat.reserved -= 1
        if vote.fined:
            seat.reserves -= 1
            books.post(COURT, EntryKind.PENALTIES, token, vote.holder, _penalty(books))
        if vote.paid:
            books.post(COURT, EntryKind.JUROR_FEES, token, vote.holder, event.share + extra)
            extra = 0


@on(events.RulingExecuted)
def ruling_executed(books: Books, event: events.RulingExecuted, place: Place) -> None:
    books.rows.change(DisputeRow, event.dispute).executed = True


def _enter(books: Books, dispute: int, round: int, payer: str, time: int) -> None:
    books.rows.add(RoundRow(dispute=dispute, round=round, payer=payer, size=PANELS[round], entered=time))


def _settle_fees(books: Books, dispute: DisputeRow, round: RoundRow, refund: int) -> None:
    """What becomes, with a round, of the fee of the appeal against it; if nobody has revealed in any, of its own."""
    token = books.rules.token
    if not _is_heard(books, dispute):
        kind = EntryKind.APPEAL_FEE_BACK if round.round else EntryKind.DISPUTE_FEE_BACK
        books.post(COURT, kind, token, round.payer, refund)
    elif round.round < dispute.round:
        appeal = books.rows.need(RoundRow, dispute.dispute, round.round + 1)
        # All of it, if the ruling that it attacked was not the final one; else nothing.
        books.post(COURT, EntryKind.APPEAL_FEE_BACK, token, appeal.payer, refund)
        lost = appeal.size * books.rules.juror_fee - refund
        books.post(COURT, EntryKind.APPEAL_FEE_LOST, token, appeal.payer, lost)


def _penalty(books: Books) -> int:
    """What a seat loses in one round, base units."""
    return PENALTY_FEES * books.rules.juror_fee


def _votes(books: Books, dispute: int, round: int) -> list[VoteRow]:
    """The votes of a round that was drawn, to be changed."""
    return [books.rows.change(VoteRow, dispute, round, position) for position in range(PANELS[round])]


def _is_heard(books: Books, dispute: DisputeRow) -> bool:
    """Whether anybody has revealed in any of its rounds."""
    return any(
        books.rows.need(VoteRow, dispute.dispute, round, position).choice is not None
        for round in range(dispute.round + 1)
        for position in range(PANELS[round])
    )
