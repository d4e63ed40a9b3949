"""What flows are made of."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from .. import _codec, errors
from ..deployment import Deployment
from ..events import Event

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class ViewCall:
    """Ask for the return data of a view; answered with bytes."""

    to: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReadClock:
    """Ask for the time of the block that is being built; answered with unix seconds."""


@dataclass(frozen=True, slots=True)
class ReadLogs:
    """Ask for the logs of a contract with these topics, oldest first; answered with pairs of topics and data."""

    address: str
    topics: tuple[bytes, ...]
    first_block: int


Request: TypeAlias = ViewCall | ReadClock | ReadLogs
Flow: TypeAlias = Generator[Request, Any, T]


@dataclass(frozen=True, slots=True)
class Transaction(Generic[R_co]):
    """What there is to sign, and how to read what came of it."""

    name: str
    to: str
    data: bytes
    # From the events of its receipt.
    result: Callable[[Sequence[Event]], R_co]
    # What has to be mined before it.
    first: tuple["Transaction[Any]", ...] = ()
    # What the caller should know before it is sent.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """On whose behalf, and with which contracts, a flow runs."""

    deployment: Deployment
    account: str | None
    # The contract whose ledger `ledger` flows use.
    ledger: str = "TaskEscrow"
    # Contracts whose events are decoded.
    sources: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        contracts = self.deployment.contracts
        object.__setattr__(
            self, "sources", {contracts[name]: name for name in ("TaskEscrow", "Court") if name in contracts}
        )

    @property
    def actor(self) -> str:
        """The account. Raises `NoAccount` if there is none."""
        if self.account is None:
            raise errors.NoAccount
        return self.account

    def decode_logs(self, logs: Sequence[tuple[str, Sequence[bytes], bytes]]) -> tuple[Event, ...]:
        """The events among logs (address, topics, data) of the deployment's contracts."""
        decoded = (
            _codec.contract(self.sources[address]).decode_log(topics, data)
            for address, topics, data in logs
            if address in self.sources
        )
        return tuple(event for event in decoded if event is not None)


def view(context: Context, kind: type[T], contract: str, function: str, *arguments: object) -> Flow[T]:
    """Reads a view of one of the deployment's contracts."""
    return view_at(kind, contract, context.deployment.address(contract), function, *arguments)


def view_at(kind: type[T], abi: str, address: str, function: str, *arguments: object) -> Flow[T]:
    """Reads a view of any contract that has one of the packaged ABIs."""
    codec = _codec.contract(abi).functions[function]
    data = yield ViewCall(address, codec.encode(*arguments))
    return codec.decode(kind, data)


def now() -> Flow[int]:
    """The time at which a transaction would be mined, unix seconds."""
    time: int = yield ReadClock()
    return time


def find_event(context: Context, kind: type[E], contract: str, key: int) -> Flow[E | None]:
    """The latest event of a kind whose first indexed field is `key`."""
    codec = _codec.contract(contract)
    topics = (codec.events[kind.__name__].topic, _codec.word(key))
    logs = yield ReadLogs(context.deployment.address(contract), topics, context.deployment.block)
    found = codec.decode_log(*logs[-1]) if logs else None
    return found if isinstance(found, kind) else None


def transact(
    context: Context,
    contract: str,
    function: str,
    *arguments: object,
    result: Callable[[Sequence[Event]], R],
    first: tuple[Transaction[Any], ...] = (),
    warnings: Sequence[str] = (),
) -> Transaction[R]:
    """A transaction to one of the deployment's contracts, by the context's account."""
    return Transaction(
        name=f"{contract}.{function}",
        to=context.deployment.address(contract),
        data=_codec.contract(contract).functions[function].encode(*arguments),
        result=result,
        first=first,
        warnings=tuple(warnings),
    )


def the(kind: type[E]) -> Callable[[Sequence[Event]], E]:
    """Reads the one event of a kind that a transaction logs."""

    def pick(events: Sequence[Event]) -> E:
        for event in events:
            if isinstance(event, kind):
                return event
        raise errors.UnexpectedAnswer(f"the transaction logged no {kind.__name__}")

    return pick


def each(kind: type[E]) -> Callable[[Sequence[Event]], tuple[E, ...]]:
    """Reads all events of a kind."""
    return lambda events: tuple(event for event in events if isinstance(event, kind))


def every(events: Sequence[Event]) -> tuple[Event, ...]:
    """Reads all events."""
    return tuple(events)
