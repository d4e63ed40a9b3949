"""Deposits, transfers and withdrawals, in whichever contract."""

from goldleaf.events import Deposited, Transferred, Withdrawn

from ..entries import EntryKind
from .books import Books, Place, on


@on(Deposited)
def deposited(books: Books, event: Deposited, place: Place) -> None:
    books.post(place.contract, EntryKind.DEPOSIT, event.token, event.account, event.amount)


@on(Transferred)
def transferred(books: Books, event: Transferred, place: Place) -> None:
    books.post(place.contract, EntryKind.SENT, event.token, event.account, event.amount)
    books.post(place.contract, EntryKind.RECEIVED, event.token, event.to, event.amount)


@on(Withdrawn)
def withdrawn(books: Books, event: Withdrawn, place: Place) -> None:
    books.post(place.contract, EntryKind.WITHDRAWAL, event.token, event.account, event.amount)
