"""Makes methods of flows, in each way that a client can run them.

A namespace names each flow once; whether its method blocks or is to be awaited, its client decides: what the client's
`_run_flow` gives of a flow is its result, or a coroutine that comes to it.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterable
from functools import cached_property
from types import MethodType
from typing import (
    Any,
    Concatenate,
    Generic,
    Literal,
    ParamSpec,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    get_args,
    overload,
)

from .. import errors
from .._engine import sending, simulating, steps
from .._flows import relays
from .._flows.asks import Flow
from .._flows.core import Context, Transaction, gather
from ..results import RelayRequest, Sent, Simulation, Unsigned

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
# What a client gives of a query, of many at once; and of an action that is sent, simulated, described, or relayed.
One = TypeVar("One")
Many = TypeVar("Many")
Done = TypeVar("Done")
Tried = TypeVar("Tried")
Told = TypeVar("Told")
Asked = TypeVar("Asked")
Awaited: TypeAlias = Coroutine[Any, Any, T]


class Client(Protocol):
    """What methods need of the client whose they are."""

    _signer: Any
    _sending: sending.Sending

    @property
    def awaits(self) -> bool: ...
    def _context(self, ledger: str) -> Context: ...
    def _run_flow(self, flow: Flow[Any]) -> Any: ...


class BlockingClient(Client, Protocol):
    """One whose methods block."""

    @property
    def awaits(self) -> Literal[False]: ...


class AwaitingClient(Client, Protocol):
    """One whose methods are to be awaited."""

    @property
    def awaits(self) -> Literal[True]: ...


C_co = TypeVar("C_co", bound=Client, covariant=True)


class Namespace(Generic[C_co]):
    """Some methods of a client."""

    def __init__(self, client: C_co, ledger: str = "TaskEscrow") -> None:
        self._client = client
        self._context = client._context(ledger)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"


class _Bound(Generic[P, T]):
    """A flow as a method of a client. As any bound method has, it has a name, a signature and a docstring."""

    def __init__(self, client: Client, context: Context, method: "_Method[P, T]") -> None:
        self._client = client
        self._context = context
        self._method = method
        self.__doc__ = method.__doc__
        self.__name__ = method.__name__
        self.__qualname__ = method.__qualname__
        self.__wrapped__ = MethodType(method.__wrapped__, context)

    def __get__(self, instance: object, owner: type | None = None) -> Self:
        return self  # by this, as bound methods have it, `help` takes it for one

    @property
    def __signature__(self) -> inspect.Signature:
        own = self._method.__signature__
        return own.replace(parameters=[*own.parameters.values()][1:])

    def __repr__(self) -> str:
        return f"<{self.__qualname__} of {self._client!r}>"

    def _flow(self, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        return self._method.__wrapped__(self._context, *args, **kwargs)


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


def read(context: Context, reads: Iterable[Read[T]], return_errors: bool) -> Flow[tuple[Any, ...]]:
    """Asks several questions at once. Raises `ArgumentError` if one is of another deployment than the context's."""
    reads = list(reads)
    if any(one._context.deployment != context.deployment for one in reads):
        raise errors.ArgumentError("all that is read together is of the deployment of the client that reads")
    flows: list[Flow[Any]] = [one._attempt() if return_errors else one._flow() for one in reads]
    return tuple((yield from gather(flows)))


class _Query(_Bound[P, T], Generic[P, T, One, Many]):
    """A method that reads."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> One:
        answer: One = self._client._run_flow(self._answer(*args, **kwargs))
        return answer

    def many(self, arguments: Iterable[Any], **options: Any) -> Many:
        """The answers for many arguments, by as few requests as the node allows.

        Each is the method's first argument, or a tuple of its arguments; `options` are the same for all. Raises the
        first error of any.
        """
        answers: Many = self._client._run_flow(self._answers(arguments, options))
        return answers

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> Read[T]:
        """The same, to be read beside other things: `gl.read(gl.tasks.get.ask(1), gl.tasks.count.ask())`."""
        return Read(self._context, lambda: self._flow(*args, **kwargs))

    def _answer(self, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        return (yield from self._flow(*args, **kwargs))

    def _answers(self, arguments: Iterable[Any], options: dict[str, Any]) -> Flow[list[T]]:
        flow = cast(Callable[..., Flow[T]], self._flow)
        each = (given if isinstance(given, tuple) else (given,) for given in arguments)
        return (yield from gather(flow(*given, **options) for given in each))


class BoundQuery(_Query[P, T, T, list[T]]):
    """A method that reads."""


class AsyncBoundQuery(_Query[P, T, Awaited[T], Awaited[list[T]]]):
    """A method that reads, to be awaited."""


class AnyAction(_Bound[P, Transaction[R]]):
    """A method that changes something, of either kind of client."""


class _Action(AnyAction[P, R], Generic[P, R, Done, Tried, Told, Asked]):
    """A method that sends a transaction, and first what has to go before it, and waits until it is mined.

    Warns (`GoldleafWarning`) of what is allowed and may be unwise.
    """

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Done:
        client = self._client
        acting = client._sending.act(client._signer, self._context, lambda: self._flow(*args, **kwargs))
        sent: Done = client._run_flow(acting)
        return sent

    def simulate(self, *args: P.args, **kwargs: P.kwargs) -> Tried:
        """What would come of the call if it were sent now. Raises what the call would raise.

        By `eth_simulateV1`. On a node without it, it is only known that the call would pass and what gas it needs, and
        a call that something has to go before raises `MethodMissing`.
        """
        simulation: Tried = self._client._run_flow(self._simulate(*args, **kwargs))
        return simulation

    def transaction(self, *args: P.args, **kwargs: P.kwargs) -> Told:
        """What there is to sign, for a wallet to sign and send. Raises what the checks of the call raise."""
        unsigned: Told = self._client._run_flow(self._describe(*args, **kwargs))
        return unsigned

    def relayed(self, terms: relays.RelayTerms, /, *args: P.args, **kwargs: P.kwargs) -> Asked:
        """What there is to sign to have the call sent by somebody else, who pays the gas, for a fee.

        Signed already if the client has a local account. Raises what the checks of the call raise; `NotRelayable` if
        something else had to be sent before it; `NotTrustedByTarget`, `NonceUsed`, `RequestExpired`.
        """
        asked: Asked = self._client._run_flow(self._relay(terms, *args, **kwargs))
        return asked

    def _simulate(self, *args: P.args, **kwargs: P.kwargs) -> Flow[Simulation[R]]:
        transaction = yield from self._flow(*args, **kwargs)
        (simulation,) = yield from simulating.preview(self._context, [transaction])
        return simulation

    def _describe(self, *args: P.args, **kwargs: P.kwargs) -> Flow[Unsigned[R]]:
        return steps.unsigned(self._context, (yield from self._flow(*args, **kwargs)))

    def _relay(self, terms: relays.RelayTerms, /, *args: P.args, **kwargs: P.kwargs) -> Flow[RelayRequest[R]]:
        building = self._flow(*args, **kwargs)
        transaction, request = yield from relays.request(self._context, building, terms)
        signer = self._client._signer
        # Others are wallets: they are asked for a signature elsewhere.
        signed = request.sign(signer) if hasattr(signer, "sign_typed_data") else None
        read = relays.outcome(transaction.result, request)
        return RelayRequest(transaction.name, request, signed, transaction.warnings, read)


class BoundAction(_Action[P, R, Sent[R], Simulation[R], Unsigned[R], RelayRequest[R]]):
    """A method that sends a transaction, and first what has to go before it, and waits until it is mined.

    Warns (`GoldleafWarning`) of what is allowed and may be unwise.
    """


class AsyncBoundAction(
    _Action[P, R, Awaited[Sent[R]], Awaited[Simulation[R]], Awaited[Unsigned[R]], Awaited[RelayRequest[R]]]
):
    """A `BoundAction` whose ways to run are to be awaited."""


class _Method(Generic[P, T]):
    """A flow as a method of a namespace."""

    __name__: str

    def __init__(self, flow: Callable[Concatenate[Context, P], Flow[T]]) -> None:
        self.__wrapped__ = flow
        self.__doc__ = flow.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.__name__ = name
        self.__qualname__ = f"{owner.__name__}.{name}"

    def __call__(self, namespace: Namespace[Any], *args: P.args, **kwargs: P.kwargs) -> Any:
        return getattr(namespace, self.__name__)(*args, **kwargs)

    @cached_property
    def __signature__(self) -> inspect.Signature:
        """The flow's, which takes a namespace instead of its context, and returns what comes of it."""
        own = inspect.signature(self.__wrapped__)
        context, *rest = own.parameters.values()
        namespace = context.replace(name="self", annotation=inspect.Parameter.empty)
        *_, returned = get_args(own.return_annotation)
        return own.replace(parameters=[namespace, *rest], return_annotation=self._result(returned))

    def _result(self, returned: Any) -> Any:
        """What comes of a flow that returns this."""
        return returned


class Query(_Method[P, T]):
    """Makes a flow that returns a value a method of a namespace."""

    @overload
    def __get__(self, namespace: None, owner: type) -> Self: ...
    @overload
    def __get__(self, namespace: Namespace[BlockingClient], owner: type) -> BoundQuery[P, T]: ...
    @overload
    def __get__(self, namespace: Namespace[AwaitingClient], owner: type) -> AsyncBoundQuery[P, T]: ...
    def __get__(self, namespace: Any, owner: type) -> Any:
        if namespace is None:
            return self
        kind = AsyncBoundQuery if namespace._client.awaits else BoundQuery
        return kind(namespace._client, namespace._context, self)


class Action(_Method[P, Transaction[R]]):
    """Makes a flow that returns a transaction a method of a namespace."""

    @overload
    def __get__(self, namespace: None, owner: type) -> Self: ...
    @overload
    def __get__(self, namespace: Namespace[BlockingClient], owner: type) -> BoundAction[P, R]: ...
    @overload
    def __get__(self, namespace: Namespace[AwaitingClient], owner: type) -> AsyncBoundAction[P, R]: ...
    def __get__(self, namespace: Any, owner: type) -> Any:
        if namespace is None:
            return self
        kind = AsyncBoundAction if namespace._client.awaits else BoundAction
        return kind(namespace._client, namespace._context, self)

    def _result(self, returned: Any) -> Any:
        return cast(Any, Sent)[get_args(returned)]
