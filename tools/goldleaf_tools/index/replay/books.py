"""What the replay of events works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from goldleaf.events import Event
from goldleaf.types import CourtParameters

from ...errors import IndexDamaged
from ..rows import Rows
from ..schema import Balance

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event lies."""

    block: int
    time: int
    transaction: str
    contract: str


@dataclass(frozen=True)
class Books:
    """The rows that events are made into, and what no event tells of the deployment."""

    rows: Rows
    escrow: str
    # None: there is no GoldTest.
    gold_test: str | None
    # None: the escrow was not asked yet.
    sink: str | None
    # None: there is no court.
    court: CourtParameters | None

    def credit(self, contract: str, token: str, account: str, amount: int) -> None:
        """Adds to a free balance; subtracts a negative amount. Raises `IndexDamaged` if it falls below zero."""
        if amount == 0:
            return
        balance = self.rows.provide(Balance, contract, token, account)
        if balance.free + amount < 0:
            raise IndexDamaged(f"{account} would have {balance.free + amount} of {token} in the {contract}")
        balance.free += amount

    def lose(self, contract: str, token: str, amount: int) -> None:
        """Credits the sink."""
        assert self.sink is not None, "it is asked for before anything is read"
        self.credit(contract, token, self.sink, amount)

    @property
    def rules(self) -> CourtParameters:
        """What the court was deployed with."""
        assert self.court is not None, "only a court logs what asks for this"
        return self.court


Handler = Callable[[Books, E, Place], None]
HANDLERS: dict[type[Event], Callable[[Books, Event, Place], None]] = {}


def on(kind: type[E]) -> Callable[[Handler[E]], Handler[E]]:
    """Declares what an event of this kind changes."""

    def declare(handler: Handler[E]) -> Handler[E]:
        def handle(books: Books, event: Event, place: Place) -> None:
            assert isinstance(event, kind)
            handler(books, event, place)

        HANDLERS[kind] = handle
        return handler

    return declare
