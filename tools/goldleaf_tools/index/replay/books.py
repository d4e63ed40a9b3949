"""What the replay of events works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from goldleaf.events import Event
from goldleaf.types import CourtParameters

from ...errors import IndexDamaged
from ..entries import EntryKind
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

    # Of the event that is being applied, by account, kind and token.
    _posted: dict[tuple[str, EntryKind, str], int] = field(default_factory=dict)

    def post(self, contract: str, kind: EntryKind, token: str, account: str, amount: int) -> None:
        """Notes a movement of an account's money, with what it changes of the free balance.

        Raises `IndexDamaged` if that falls below zero.
        """
        if amount == 0:
            return
        key = (account, kind, token)
        self._posted[key] = self._posted.get(key, 0) + amount
        change = kind.effect.free * amount
        if change == 0:
            return
        balance = self.rows.provide(Balance, contract, token, account)
        if balance.free + change < 0:
            raise IndexDamaged(f"{account} would have {balance.free + change} of {token} in the {contract}")
        balance.free += change

    def lose(self, contract: str, token: str, amount: int) -> None:
        """Credits the sink."""
        assert self.sink is not None, "it is asked for before anything is read"
        self.post(contract, EntryKind.LOST_BY_OTHERS, token, self.sink, amount)

    def take_entries(self, block: int, log_index: int) -> list[dict[str, Any]]:
        """What was noted since it was asked last, as rows of `entries`, of the event in this place."""
        found = [
            {
                "block": block,
                "log_index": log_index,
                "account": account,
                "kind": kind.value,
                "token": token,
                "amount": amount,
            }
            for (account, kind, token), amount in self._posted.items()
        ]
        self._posted.clear()
        return found

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
