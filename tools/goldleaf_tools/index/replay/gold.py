"""Tests of sealed labels on known items, and disputes about these."""

from goldleaf import events
from goldleaf.encoding import keccak256
from goldleaf.ids import split_gold_dispute, split_submission
from goldleaf.types import GoldDisputeState

from ..entries import EntryKind
from ..schema import BatchRow, GoldDisputeRow, GoldItemRow, TaskRow, TaskTestRow
from .books import Books, Place, on

GOLD = "GoldTest"


@on(events.TestSetUp)
def set_up(books: Books, event: events.TestSetUp, place: Place) -> None:
    books.rows.add(
        TaskTestRow(
            task=event.task,
            classes=event.classes,
            counts=event.counts,
            allowed=event.allowed,
            opening_period=event.opening_period,
            dispute_period=event.dispute_period,
        )
    )


@on(events.BatchSealed)
def batch_sealed(books: Books, event: events.BatchSealed, place: Place) -> None:
    books.rows.provide(BatchRow, event.task, event.batch).sealed_at = event.sealed_at


@on(events.GoldOpened)
def gold_opened(books: Books, event: events.GoldOpened, place: Place) -> None:
    row = books.rows.provide(BatchRow, event.task, event.batch)
    row.opened_at = place.time
    row.gold_hash = keccak256(event.gold)
    row.cost = event.cost
    row.deposit = event.deposit
    task, test = books.rows.need(TaskRow, event.task), books.rows.need(TaskTestRow, event.task)
    answers = [kind for kind, count in zip(test.classes, test.counts, strict=True) for _ in range(count)]
    for number, answer in enumerate(answers):
        position = int.from_bytes(event.gold[2 * number : 2 * number + 2])
        item = event.batch * task.batch_size + position
        books.rows.add(GoldItemRow(task=event.task, batch=event.batch, number=number, item=item, answer=answer))
    books.post(GOLD, EntryKind.TEST_DEPOSIT, task.token, task.requester, event.deposit)


@on(events.GoldWaived)
def gold_waived(books: Books, event: events.GoldWaived, place: Place) -> None:
    books.rows.provide(BatchRow, event.task, event.batch).waived_at = place.time


@on(events.GoldDisputed)
def gold_disputed(books: Books, event: events.GoldDisputed, place: Place) -> None:
    task, batch, number = split_gold_dispute(event.gold_dispute)
    books.rows.change(BatchRow, task, batch).filed += 1
    books.rows.add(
        GoldDisputeRow(
            task=task,
            batch=batch,
            number=number,
            slot=split_submission(event.submission)[1],
            disputer=event.disputer,
            state=GoldDisputeState.FILED,
            numbers=event.numbers,
            fee=event.fee,
            arbitrator=event.arbitrator,
            dispute=event.dispute,
            evidence=event.evidence,
            uri=event.uri,
            filed_at=place.time,
            filed_block=place.block,
            filed_by=place.transaction,
        )
    )
    token = books.rows.need(TaskRow, task).token
    books.post(GOLD, EntryKind.DISPUTE_FEE, token, event.disputer, event.fee)
    books.post(GOLD, EntryKind.BOND, token, event.disputer, event.fee)


@on(events.GoldRuled)
def gold_ruled(books: Books, event: events.GoldRuled, place: Place) -> None:
    row = books.rows.change(GoldDisputeRow, *split_gold_dispute(event.gold_dispute))
    row.state = GoldDisputeState.RULED
    row.ruling = event.ruling


@on(events.GoldDisputeSettled)
def gold_dispute_settled(books: Books, event: events.GoldDisputeSettled, place: Place) -> None:
    row = books.rows.change(GoldDisputeRow, *split_gold_dispute(event.gold_dispute))
    row.state = GoldDisputeState.SETTLED
    row.outcome = event.outcome
    row.dropped = tuple(number for number in row.numbers if event.dropped >> number & 1)
    row.to_disputer = event.to_disputer
    row.to_sink = event.to_sink
    for number in row.dropped:
        books.rows.change(GoldItemRow, row.task, row.batch, number).dropped = True
    batch = books.rows.change(BatchRow, row.task, row.batch)
    batch.settled += 1
    if not batch.voided_at:
        batch.settled_at = place.time
    task = books.rows.need(TaskRow, row.task)
    # The bond is as large as the fee.
    back = min(row.fee, event.to_disputer)
    books.post(GOLD, EntryKind.BOND_BACK, task.token, row.disputer, back)
    books.post(GOLD, EntryKind.BOND_LOST, task.token, row.disputer, row.fee - back)
    # What is above the bond came out of the deposit: the fee, and a prize for what was dropped.
    paid = event.to_disputer - back
    fee = min(row.fee, batch.cost, paid)
    books.post(GOLD, EntryKind.DISPUTE_FEE_BACK, task.token, row.disputer, fee)
    books.post(GOLD, EntryKind.PRIZE, task.token, row.disputer, paid - fee)
    batch.deposit -= paid
    books.post(GOLD, EntryKind.TEST_DEPOSIT_LOST, task.token, task.requester, paid)
    books.lose(GOLD, task.token, event.to_sink)


@on(events.TestVoided)
def test_voided(books: Books, event: events.TestVoided, place: Place) -> None:
    books.rows.change(BatchRow, event.task, event.batch).voided_at = place.time


@on(events.DepositReleased)
def deposit_released(books: Books, event: events.DepositReleased, place: Place) -> None:
    batch = books.rows.change(BatchRow, event.task, event.batch)
    task = books.rows.need(TaskRow, event.task)
    books.post(GOLD, EntryKind.TEST_DEPOSIT_BACK, task.token, task.requester, event.to_requester)
    lost = batch.deposit - event.to_requester
    books.post(GOLD, EntryKind.TEST_DEPOSIT_LOST, task.token, task.requester, lost)
    batch.released = True
    batch.deposit = 0
    for number in range(batch.settled):
        dispute = books.rows.need(GoldDisputeRow, event.task, event.batch, number)
        if dispute.dropped:
            books.post(GOLD, EntryKind.PRIZE, task.token, dispute.disputer, event.to_each_winner)
    books.lose(GOLD, task.token, event.to_sink)
