"""What flows are made of."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from .. import _codec, errors
from .._engine.steps import Ask
from ..deployment import Deployment
from ..events import Event
from ..types import Block as Block

T = TypeVar("T")
S = TypeVar("S")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Event)


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
    """Ask for the logs of contracts in a range of blocks; answered with a list of `Log`, oldest first.

    A topic is 32 bytes, or several of which any will do, or None for whatever stands there.
    """

    addresses: tuple[str, ...]
    topics: tuple[bytes | tuple[bytes, ...] | None, ...] = ()
    first_block: int = 0
    # The last block of the range; None is the latest that there is.
    last_block: int | None = None
    # Of this block alone, instead of a range: a node that does not have it refuses.
    block_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """Ask for a block, by its number or its standing; answered with `Block`, or None if there is none."""

    block: int | Literal["latest", "safe", "finalized"] = "latest"


@dataclass(frozen=True, slots=True)
class Pause:
    """Ask to be answered, with None, after some seconds. Not among several requests."""

    seconds: float


Request: TypeAlias = "ViewCall | ReadClock | ReadLogs | ReadBlock | Ask | Pause | tuple[Request, ...]"
Flow: TypeAlias = Generator[Request, Any, T]


@dataclass(frozen=True, slots=True)
class Log:
    """A log, and where it lies."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    # Hash of its transaction, as 0x and 64 digits.
    transaction: str
    # Its place among the logs of its block.
    index: int
    # Whether the block was replaced by another one since.
    removed: bool = False


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
TALK = ("TaskEscrow", "Court", "RoyaltyPool", "Relay")


@dataclass(frozen=True)
class Context:
    """On whose behalf, and with which contracts, a flow runs."""

    deployment: Deployment
    account: str | None
    # The contract whose ledger `ledger` flows use.
    ledger: str = "TaskEscrow"
    # Whether to look at the state of the chain for what would be refused. Without, only what needs no node is checked.
    checks: bool = True
    # Contracts whose events are decoded: address -> ABI.
    sources: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        contracts = self.deployment.contracts
        others = {
            **dict.fromkeys(self.deployment.gates.values(), "CredentialGate"),
            **dict.fromkeys(self.deployment.arbitrators.values(), "Erc792Adapter"),
        }
        object.__setattr__(self, "sources", {**others, **{contracts[name]: name for name in TALK if name in contracts}})

    @property
    def actor(self) -> str:
        """The account. Raises `NoAccount` if there is none."""
        if self.account is None:
            raise errors.NoAccount
        return self.account

    def decode_logs(self, logs: Iterable[Log]) -> tuple[Event, ...]:
        """The events among logs of the deployment's contracts."""
        decoded = (self.decode_log(log) for log in logs)
        return tuple(event for event in decoded if event is not None)

    def decode_log(self, log: Log) -> Event | None:
        """The event that a log tells; None if it is none of the deployment's contracts."""
        source = self.sources.get(log.address)
        return _codec.contract(source).decode_log(log.topics, log.data) if source is not None else None


def gather(flows: Iterable[Flow[T]]) -> Flow[list[T]]:
    """Runs flows side by side: what they ask for in a round is asked for at once.

    The answer to a tuple of requests has, for each that failed, its error, which goes to the flow that asked.
    Raises the first error that a flow does not catch.
    """
    running = list(flows)
    results: dict[int, T] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(running)))
    try:
        while True:
            asked: dict[int, Request] = {}
            for number, answer in answers.items():
                flow = running[number]
                try:
                    asked[number] = (
                        flow.throw(answer) if isinstance(answer, errors.GoldleafError) else flow.send(answer)
                    )
                except StopIteration as end:
                    results[number] = end.value
            if not asked:
                return [results[number] for number in range(len(running))]
            answers = dict.fromkeys(asked)
            pauses = [request.seconds for request in asked.values() if isinstance(request, Pause)]
            if pauses:
                yield Pause(max(pauses))
            reads = {number: request for number, request in asked.items() if not isinstance(request, Pause)}
            if not reads:
                continue
            try:
                received = yield tuple(reads.values())
            except errors.GoldleafError as error:  # all of it failed
                received = (error,) * len(reads)
            answers.update(zip(reads, received, strict=True))
    finally:
        for flow in running:
            flow.close()


def both(first: Flow[T], second: Flow[S]) -> Flow[tuple[T, S]]:
    """Runs two flows side by side."""
    pair: list[Any] = yield from gather([first, second])
    return pair[0], pair[1]


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
        data=_codec.contract(contract).functions[function].encode(*arguments),
        result=result,
        first=first,
        warnings=tuple(warnings),
        raced=raced,
    )


def the(kind: type[E]) -> Callable[[Sequence[Event]], E]:
    """Reads the one event of a kind that a transaction logs."""

    def pick(events: Sequence[Event]) -> E:
        for event in events:
            if isinstance(event, kind):
                return event
        raise errors.UnexpectedAnswer(f"the transaction logged no {kind.__name__}")

    return pick


def perhaps(kind: type[E]) -> Callable[[Sequence[Event]], E | None]:
    """Reads the one event of a kind that a transaction may log."""
    return lambda events: next((event for event in events if isinstance(event, kind)), None)


def either(first: type[E], second: type[F]) -> Callable[[Sequence[Event]], E | F]:
    """Reads the one event of two kinds that a transaction logs."""

    def pick(events: Sequence[Event]) -> E | F:
        for event in events:
            if isinstance(event, (first, second)):
                return event
        raise errors.UnexpectedAnswer(f"the transaction logged no {first.__name__} or {second.__name__}")

    return pick


def each(kind: type[E]) -> Callable[[Sequence[Event]], tuple[E, ...]]:
    """Reads all events of a kind."""
    return lambda events: tuple(event for event in events if isinstance(event, kind))


def every(events: Sequence[Event]) -> tuple[Event, ...]:
    """Reads all events."""
    return tuple(events)
