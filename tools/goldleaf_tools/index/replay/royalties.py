"""Shares of data sets, their revenue, and licences."""

from goldleaf import events
from goldleaf.ids import split_submission
from goldleaf.types import ZERO_ADDRESS

from ..entries import EntryKind
from ..schema import DataSetRow, LicenseRow, ShareRow, SubmissionRow, TaskRow
from .books import Books, Place, on

POOL = "RoyaltyPool"
BPS = 10_000


def per_share(task: TaskRow, paid: int) -> int:
    """What each share has earned of all that was paid."""
    return paid * task.royalty_bps // BPS // (task.items * task.redundancy)


@on(events.Enrolled)
def enrolled(books: Books, event: events.Enrolled, place: Place) -> None:
    books.rows.change(SubmissionRow, *split_submission(event.submission)).enrolled = True


@on(events.Paid)
def paid(books: Books, event: events.Paid, place: Place) -> None:
    _receive(books, event.task, EntryKind.REVENUE_PAID, event.payer, event.amount)


@on(events.Collected)
def collected(books: Books, event: events.Collected, place: Place) -> None:
    task = books.rows.need(TaskRow, event.task)
    share = books.rows.change(ShareRow, event.task, event.account)
    share.settled += event.amount
    books.post(POOL, EntryKind.ROYALTIES, task.token, event.account, event.amount)


@on(events.RequesterShareCollected)
def requester_collected(books: Books, event: events.RequesterShareCollected, place: Place) -> None:
    books.rows.change(DataSetRow, event.task).requester_collected += event.amount
    token = books.rows.need(TaskRow, event.task).token
    books.post(POOL, EntryKind.REQUESTER_SHARE, token, event.requester, event.amount)


@on(events.Priced)
def priced(books: Books, event: events.Priced, place: Place) -> None:
    data_set = books.rows.provide(DataSetRow, event.task)
    data_set.price = event.price
    data_set.terms = event.terms


@on(events.Licensed)
def licensed(books: Books, event: events.Licensed, place: Place) -> None:
    books.rows.add(
        LicenseRow(
            task=event.task,
            # Licences are numbered as submissions are.
            number=split_submission(event.license)[1],
            licensee=event.licensee,
            buyer=event.buyer,
            terms=event.terms,
            price=event.price,
            time=place.time,
        )
    )
    _receive(books, event.task, EntryKind.LICENSE, event.buyer, event.price)


@on(events.Transfer)
def transfer(books: Books, event: events.Transfer, place: Place) -> None:
    # What the shares have earned so far was collected before; a new one has all of it to collect.
    data_set = books.rows.provide(DataSetRow, event.id)
    if event.sender == ZERO_ADDRESS:
        data_set.enrolled += event.amount
        books.rows.provide(ShareRow, event.id, event.receiver).shares += event.amount
        return
    earned = per_share(books.rows.need(TaskRow, event.id), data_set.paid)
    for account, amount in ((event.sender, -event.amount), (event.receiver, event.amount)):
        share = books.rows.provide(ShareRow, event.id, account)
        share.shares += amount
        share.settled = share.shares * earned


def _receive(books: Books, number: int, kind: EntryKind, payer: str, amount: int) -> None:
    books.rows.provide(DataSetRow, number).paid += amount
    books.post(POOL, kind, books.rows.need(TaskRow, number).token, payer, amount)
