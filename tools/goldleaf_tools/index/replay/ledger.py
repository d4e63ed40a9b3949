"""Deposits, transfers and withdrawals, in whichever contract."""

from goldleaf.events import Deposited, Transferred, Withdrawn

from .books import Books, Place, on


@on(Deposited)
def deposited(books: Books, event: Deposited, place: Place) -> None:
    books.credit(place.contract, event.token, event.account, event.amount)


@on(Transferred)
def transferred(books: Books, event: Transferred, place: Place) -> None:
    books.credit(place.contract, event.token, event.account, -event.amount)
    books.credit(place.contract, event.token, event.to, event.amount)


@on(Withdrawn)
def withdrawn(books: Books, event: Withdrawn, place: Place) -> None:
    books.credit(place.contract, event.token, event.account, -event.amount)
