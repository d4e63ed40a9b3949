"""Makes methods of flows, in each way that a client can run them.

A namespace names each flow once; of which kind its method is, blocking or to be awaited, its client decides.
"""

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from . import errors
from ._flows import relays
from ._flows.core import Context, Flow, Transaction, gather
from .relaying import Request
from .results import RelayRequest, Sent, Simulation, Unsigned

if TYPE_CHECKING:
    from ._client import AsyncGoldleaf, BaseClient, Goldleaf

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
C_co = TypeVar("C_co", bound="BaseClient", covariant=True)


class Namespace(Generic[C_co]):
    """Some methods of a client."""

    def __init__(self, client: C_co, ledger: str = "TaskEscrow") -> None:
        self._client = client
        self._context = client._context(ledger)


class _Bound(Generic[P, T]):
    """A flow and whose it is."""

    def __init__(self, client: Any, context: Context, flow: Callable[Concatenate[Context, P], Flow[T]]) -> None:
        self._client = client
        self._context = context
        self._method = flow
        self.__doc__ = flow.__doc__

    def _flow(self, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        return self._method(self._context, *args, **kwargs)

    def _flows(self, arguments: Iterable[Any], options: dict[str, Any]) -> Flow[list[T]]:
        flow = cast(Callable[..., Flow[T]], self._flow)
        each = (given if isinstance(given, tuple) else (given,) for given in arguments)
        return gather(flow(*given, **options) for given in each)


class Read(Generic[T_co]):
    """A question to a node that is still to be asked, beside others: `goldleaf.Goldleaf.read` takes it."""

    def __init__(self, context: Context, flow: Callable[[], Flow[T_co]]) -> None:
        self._context = context
        self._flow = flow

    def _attempt(self) -> Flow[T_co | errors.GoldleafError]:
        try:
            return (yield from self._flow())
        except errors.GoldleafError as error:
            return error


def together(context: Context, reads: Iterable[Read[T]], return_errors: bool) -> Flow[list[Any]]:
    """Asks several questions at once. Raises `ArgumentError` if one is of another deployment than the context's."""
    reads = list(reads)
    if any(read._context.deployment != context.deployment for read in reads):
        raise errors.ArgumentError("all that is read together is of the deployment of the client that reads")
    return gather(read._attempt() if return_errors else read._flow() for read in reads)


class _AnyQuery(_Bound[P, T]):
    """A method that reads, of either kind of client."""

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> Read[T]:
        """The same, to be read beside other things: `gl.read(gl.tasks.get.ask(1), gl.tasks.count.ask())`."""
        return Read(self._context, lambda: self._flow(*args, **kwargs))


class BoundQuery(_AnyQuery[P, T]):
    """A method that reads."""

    _client: "Goldleaf"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._client._run_flow(self._flow(*args, **kwargs))

    def many(self, arguments: Iterable[Any], **options: Any) -> list[T]:
        """The answers for many arguments, by as few requests as the node allows.

        Each is the method's first argument, or a tuple of its arguments; `options` are the same for all. Raises the
        first error of any.
        """
        return self._client._run_flow(self._flows(arguments, options))


class AsyncBoundQuery(_AnyQuery[P, T]):
    """A method that reads."""

    _client: "AsyncGoldleaf"

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._client._run_flow(self._flow(*args, **kwargs))

    async def many(self, arguments: Iterable[Any], **options: Any) -> list[T]:
        """The answers for many arguments, by as few requests as the node allows.

        Each is the method's first argument, or a tuple of its arguments; `options` are the same for all. Raises the
        first error of any.
        """
        return await self._client._run_flow(self._flows(arguments, options))


class AnyAction(_Bound[P, Transaction[R]]):
    """A method that changes something, of either kind of client."""


class BoundAction(AnyAction[P, R]):
    """A method that sends a transaction, and first what has to go before it, and waits until it is mined.

    Warns (`GoldleafWarning`) of what is allowed and may be unwise.
    """

    _client: "Goldleaf"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Sent[R]:
        client, transaction = self._client, self._client._run_flow(self._flow(*args, **kwargs))
        for warning in transaction.warnings:
            warnings.warn(warning, errors.GoldleafWarning, stacklevel=2)
        steps = client._running.act(client._signer, self._context, transaction, lambda: self._flow(*args, **kwargs))
        return client._run(steps)

    def simulate(self, *args: P.args, **kwargs: P.kwargs) -> Simulation[R]:
        """What would come of the call if it were sent now. Raises what the call would raise.

        By `eth_simulateV1`. On a node without it, it is only known that the call would pass and what gas it needs, and
        a call that something has to go before raises `MethodMissing`.
        """
        client, transaction = self._client, self._client._run_flow(self._flow(*args, **kwargs))
        return client._run(client._running.simulate(self._context, [transaction]))[0]

    def transaction(self, *args: P.args, **kwargs: P.kwargs) -> Unsigned[R]:
        """What there is to sign, for a wallet to sign and send. Raises what the checks of the call raise."""
        return _unsigned(self._context, self._client._run_flow(self._flow(*args, **kwargs)))

    def relayed(self, terms: relays.RelayTerms, /, *args: P.args, **kwargs: P.kwargs) -> RelayRequest[R]:
        """What there is to sign to have the call sent by somebody else, who pays the gas, for a fee.

        Signed already if the client has a local account. Raises what the checks of the call raise; `NotRelayable` if
        something else had to be sent before it; `NotTrustedByTarget`, `NonceUsed`, `RequestExpired`.
        """
        flow = relays.request(self._context, self._flow(*args, **kwargs), terms)
        return _relayed(self._client._signer, *self._client._run_flow(flow))


class AsyncBoundAction(AnyAction[P, R]):
    """A method that sends a transaction, and first what has to go before it, and waits until it is mined.

    Warns (`GoldleafWarning`) of what is allowed and may be unwise.
    """

    _client: "AsyncGoldleaf"

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Sent[R]:
        client, transaction = self._client, await self._client._run_flow(self._flow(*args, **kwargs))
        for warning in transaction.warnings:
            warnings.warn(warning, errors.GoldleafWarning, stacklevel=2)
        steps = client._running.act(client._signer, self._context, transaction, lambda: self._flow(*args, **kwargs))
        return await client._run(steps)

    async def simulate(self, *args: P.args, **kwargs: P.kwargs) -> Simulation[R]:
        """What would come of the call if it were sent now. Raises what the call would raise.

        By `eth_simulateV1`. On a node without it, it is only known that the call would pass and what gas it needs, and
        a call that something has to go before raises `MethodMissing`.
        """
        client, transaction = self._client, await self._client._run_flow(self._flow(*args, **kwargs))
        return (await client._run(client._running.simulate(self._context, [transaction])))[0]

    async def transaction(self, *args: P.args, **kwargs: P.kwargs) -> Unsigned[R]:
        """What there is to sign, for a wallet to sign and send. Raises what the checks of the call raise."""
        return _unsigned(self._context, await self._client._run_flow(self._flow(*args, **kwargs)))

    async def relayed(self, terms: relays.RelayTerms, /, *args: P.args, **kwargs: P.kwargs) -> RelayRequest[R]:
        """What there is to sign to have the call sent by somebody else, who pays the gas, for a fee.

        Signed already if the client has a local account. Raises what the checks of the call raise; `NotRelayable` if
        something else had to be sent before it; `NotTrustedByTarget`, `NonceUsed`, `RequestExpired`.
        """
        flow = relays.request(self._context, self._flow(*args, **kwargs), terms)
        return _relayed(self._client._signer, *await self._client._run_flow(flow))


class Query(Generic[P, T]):
    """Makes a flow that returns a value a method of a namespace."""

    def __init__(self, flow: Callable[Concatenate[Context, P], Flow[T]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, namespace: None, owner: type) -> "Query[P, T]": ...
    @overload
    def __get__(self, namespace: "Namespace[Goldleaf]", owner: type) -> BoundQuery[P, T]: ...
    @overload
    def __get__(self, namespace: "Namespace[AsyncGoldleaf]", owner: type) -> AsyncBoundQuery[P, T]: ...
    def __get__(self, namespace: Any, owner: type) -> Any:
        if namespace is None:
            return self
        kind = AsyncBoundQuery if namespace._client.awaits else BoundQuery
        return kind(namespace._client, namespace._context, self._flow)


class Action(Generic[P, R]):
    """Makes a flow that returns a transaction a method of a namespace."""

    def __init__(self, flow: Callable[Concatenate[Context, P], Flow[Transaction[R]]]) -> None:
        self._flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, namespace: None, owner: type) -> "Action[P, R]": ...
    @overload
    def __get__(self, namespace: "Namespace[Goldleaf]", owner: type) -> BoundAction[P, R]: ...
    @overload
    def __get__(self, namespace: "Namespace[AsyncGoldleaf]", owner: type) -> AsyncBoundAction[P, R]: ...
    def __get__(self, namespace: Any, owner: type) -> Any:
        if namespace is None:
            return self
        kind = AsyncBoundAction if namespace._client.awaits else BoundAction
        return kind(namespace._client, namespace._context, self._flow)


def _relayed(signer: Any, transaction: Transaction[R], request: Request) -> RelayRequest[R]:
    # Others are wallets: they are asked for a signature elsewhere.
    signed = request.sign(signer) if hasattr(signer, "sign_typed_data") else None
    read = relays.outcome(transaction.result, request)
    return RelayRequest(transaction.name, request, signed, transaction.warnings, read)


def _unsigned(context: Context, transaction: Transaction[R]) -> Unsigned[R]:
    from ._engine import running

    return running.unsigned(context, transaction)
