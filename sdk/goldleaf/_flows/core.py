"""What flows are made of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Any, Generic, TypeVar, overload

from .. import errors
from .._encoding import codec
from ..deployment import Deployment
from ..events import Event
from .asks import PENDING, Ask, Flow, Joint, Log, Request, Sleep, ask_time

T = TypeVar("T")
S = TypeVar("S")
U = TypeVar("U")
V = TypeVar("V")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Event)


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
    # Ether that goes with it, wei.
    value: int = 0
    # Errors by which only this draw of a lot has failed, as somebody else was faster: another one may go well.
    raced: tuple[type[errors.GoldleafError], ...] = ()


# The contracts of a deployment that log events, besides its gates and other arbitrators.
EVENT_SOURCES = ("TaskEscrow", "GoldTest", "Court", "RoyaltyPool", "Relay", "DrandRandomness")


@dataclass(frozen=True)
class Context:
    """On whose behalf, and with which contracts, a flow runs."""

    deployment: Deployment
    account: str | None
    # The contract whose ledger `ledger` flows use.
    ledger: str = "TaskEscrow"
    # Whether to look at the state of the chain for what would be refused. Without, only what needs no node is checked.
    checks: bool = True
    # Whether, with that, free balances are looked at.
    funds: bool = True
    # Contracts whose events are decoded: address -> ABI.
    sources: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        contracts = self.deployment.contracts
        others = {
            **dict.fromkeys(self.deployment.gates.values(), "CredentialGate"),
            **dict.fromkeys(self.deployment.arbitrators.values(), "Erc792Adapter"),
        }
        listed = {contracts[name]: name for name in EVENT_SOURCES if name in contracts}
        object.__setattr__(self, "sources", {**others, **listed})

    @property
    def actor(self) -> str:
        """The account. Raises `NoAccount` if there is none."""
        if self.account is None:
            raise errors.NoAccount
        return self.account

    def decode_logs(self, logs: Iterable[Log]) -> tuple[Event, ...]:
        """The events among logs of the deployment's contracts."""
        decoded = map(self.decode_log, logs)
        return tuple([event for event in decoded if event is not None])

    def decode_log(self, log: Log) -> Event | None:
        """The event that a log tells; None if it is none of the deployment's contracts."""
        source = self.sources.get(log.address)
        return codec.contract(source).decode_log(log.topics, log.data) if source is not None else None


def gather(flows: Iterable[Flow[T]]) -> Flow[list[T]]:
    """Runs flows side by side: what they ask for in a round is asked for at once.

    Raises the first error that a flow does not catch.
    """
    running = list(flows)
    results: dict[int, T] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(running)))
    try:
        while True:
            asked: dict[int, Request] = {}
            for place, answer in answers.items():
                flow = running[place]
                try:
                    asked[place] = flow.throw(answer) if isinstance(answer, errors.GoldleafError) else flow.send(answer)
                except StopIteration as end:
                    results[place] = end.value
            if not asked:
                return [results[place] for place in range(len(running))]
            asks = {place: _asks(request) for place, request in asked.items()}
            pauses = [request.seconds for request in asked.values() if isinstance(request, Sleep)]
            if pauses:
                yield Sleep(max(pauses))
            wanted = tuple(chain.from_iterable(asks.values()))
            try:
                joint = any(isinstance(request, Joint) for request in asked.values())
                received = iter((yield Joint(wanted) if joint else wanted) if wanted else ())
            except errors.GoldleafError as error:  # all of it failed
                answers = {place: error if own else None for place, own in asks.items()}
                continue
            answers = {}
            for place, own in asks.items():
                part = list(islice(received, len(own)))
                answers[place] = part if isinstance(asked[place], (tuple, Joint)) else part[0] if part else None
    finally:
        for flow in running:
            flow.close()


def _asks(request: Request) -> tuple[Ask, ...]:
    """What a flow that runs beside others asks a node for."""
    match request:
        case Ask():
            return (request,)
        case tuple():
            return request
        case Joint(asks):
            return asks
        case Sleep():
            return ()
    raise TypeError("no flow holds a lock beside others")


@overload
def together(first: Flow[T], second: Flow[S], /) -> Flow[tuple[T, S]]: ...
@overload
def together(first: Flow[T], second: Flow[S], third: Flow[U], /) -> Flow[tuple[T, S, U]]: ...
@overload
def together(first: Flow[T], second: Flow[S], third: Flow[U], fourth: Flow[V], /) -> Flow[tuple[T, S, U, V]]: ...
def together(*flows: Flow[Any]) -> Flow[Any]:
    """Runs some flows side by side, each of its own kind."""
    return tuple((yield from gather(flows)))


def view(context: Context, kind: type[T], contract: str, function: str, *arguments: object) -> Flow[T]:
    """Reads a view of one of the deployment's contracts."""
    return view_at(kind, contract, context.deployment.address(contract), function, *arguments)


def view_at(kind: type[T], abi: str, address: str, function: str, *arguments: object) -> Flow[T]:
    """Reads a view of any contract that has one of the packaged ABIs."""
    described = codec.contract(abi).functions[function]
    call = {"to": address, "data": f"0x{described.encode(*arguments).hex()}"}
    answer: T = yield Ask("eth_call", (call, PENDING), partial(described.decode, kind))
    return answer


def now() -> Flow[int]:
    """The time at which a transaction would be mined, unix seconds."""
    time: int = yield ask_time()
    return time


def transact(
    context: Context,
    contract: str,
    function: str,
    *arguments: object,
    result: Callable[[Sequence[Event]], R],
    first: tuple[Transaction[Any], ...] = (),
    warnings: Sequence[str] = (),
    raced: tuple[type[errors.GoldleafError], ...] = (),
) -> Transaction[R]:
    """A transaction to one of the deployment's contracts, by the context's account."""
    return Transaction(
        name=f"{contract}.{function}",
        to=context.deployment.address(contract),
        data=codec.contract(contract).functions[function].encode(*arguments),
        result=result,
        first=first,
        warnings=tuple(warnings),
        raced=raced,
    )


def one_event(kind: type[E]) -> Callable[[Sequence[Event]], E]:
    """Reads the one event of a kind that a transaction logs."""

    def pick(events: Sequence[Event]) -> E:
        for event in events:
            if isinstance(event, kind):
                return event
        raise errors.UnexpectedAnswer(f"the transaction logged no {kind.__name__}")

    return pick


def optional_event(kind: type[E]) -> Callable[[Sequence[Event]], E | None]:
    """Reads the one event of a kind that a transaction may log."""
    return lambda events: next((event for event in events if isinstance(event, kind)), None)


def one_of_events(first: type[E], second: type[F]) -> Callable[[Sequence[Event]], E | F]:
    """Reads the one event of two kinds that a transaction logs."""

    def pick(events: Sequence[Event]) -> E | F:
        for event in events:
            if isinstance(event, (first, second)):
                return event
        raise errors.UnexpectedAnswer(f"the transaction logged no {first.__name__} or {second.__name__}")

    return pick


def events_of(kind: type[E]) -> Callable[[Sequence[Event]], tuple[E, ...]]:
    """Reads all events of a kind."""
    return lambda events: tuple(event for event in events if isinstance(event, kind))


def all_events(events: Sequence[Event]) -> tuple[Event, ...]:
    """Reads all events."""
    return tuple(events)
