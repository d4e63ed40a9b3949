"""Several calls as one: for a wallet, to see what would come of them, or to send them in order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, Literal, ParamSpec, TypeAlias, TypeVar, overload

from .. import errors
from .._engine import simulating, steps
from .._flows.asks import Flow
from .._flows.core import Context, Transaction, gather
from ..deployment import Deployment
from ..results import Sent, Simulation
from .calls import AnyAction, Awaited, Client

P = ParamSpec("P")
R = TypeVar("R")

# What a client gives of a batch as JSON, simulated, with errors in their places, and sent.
Told = TypeVar("Told")
Tried = TypeVar("Tried")
Attempted = TypeVar("Attempted")
Done = TypeVar("Done")

Attempts: TypeAlias = list[Simulation[Any] | errors.GoldleafError]

SEND_CALLS_VERSION = "2.0.0"


class _Batch(Generic[Told, Tried, Attempted, Done]):
    def __init__(self, client: Client) -> None:
        self._client = client
        self._context: Context = replace(client._context("TaskEscrow"), checks=False)
        self._calls: list[Callable[[], Flow[Transaction[Any]]]] = []

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def account(self) -> str:
        """Whose calls these are. Raises `NoAccount`."""
        return self._context.actor

    @property
    def deployment(self) -> Deployment:
        """Whose contracts they call."""
        return self._context.deployment

    def add(self, action: AnyAction[P, R], *args: P.args, **kwargs: P.kwargs) -> None:
        """Appends a call: `batch.add(gl.ledger.deposit, 50)`.

        Calls may build on those before them, so they are not held against the present state of the chain. Raises
        `ArgumentError` if it is one of another account or deployment than the batch.
        """
        context = replace(action._context, checks=False)
        if (context.account, context.deployment) != (self._context.account, self._context.deployment):
            raise errors.ArgumentError("all calls of a batch are of the client that made it")
        self._calls.append(lambda: action._method.__wrapped__(context, *args, **kwargs))

    def to_json(self, *, atomic: bool = True) -> Told:
        """What a wallet's `wallet_sendCalls` takes (EIP-5792); `atomic` asks for all calls or none."""
        told: Told = self._client._run_flow(self._describe(atomic))
        return told

    @overload
    def simulate(self, *, return_errors: Literal[True]) -> Attempted: ...
    @overload
    def simulate(self, *, return_errors: Literal[False] = False) -> Tried: ...
    def simulate(self, *, return_errors: bool = False) -> Any:
        """What would come of each call. Raises the error of the first that would fail.

        With `return_errors` each error of a call stands in its place instead, and those after it are tried on what the
        others leave. Raises `MethodMissing` if there are several and the node has no `eth_simulateV1`.
        """
        return self._client._run_flow(self._attempt() if return_errors else self._simulate())

    def send(self) -> Done:
        """Sends the calls with consecutive nonces, and waits until all are mined. They are separate transactions."""
        sent: Done = self._client._run_flow(self._send())
        return sent

    def _transactions(self) -> Flow[list[Transaction[Any]]]:
        return gather(call() for call in self._calls)

    def _steps(self) -> Flow[list[Transaction[Any]]]:
        """All that is to be signed, in order."""
        return steps.flattened((yield from self._transactions()))

    def _describe(self, atomic: bool) -> Flow[dict[str, Any]]:
        calls = [steps.call(self._context, step).to_json() for step in (yield from self._steps())]
        return {
            "version": SEND_CALLS_VERSION,
            "chainId": hex(self._context.deployment.chain_id),
            "from": self._context.actor,
            "atomicRequired": atomic,
            "calls": [{name: step[name] for name in ("to", "data", "value")} for step in calls],
        }

    def _simulate(self) -> Flow[list[Simulation[Any]]]:
        return (yield from simulating.preview(self._context, (yield from self._transactions())))

    def _attempt(self) -> Flow[Attempts]:
        return (yield from simulating.attempts(self._context, (yield from self._transactions())))

    def _send(self) -> Flow[list[Sent[Any]]]:
        client, transactions = self._client, (yield from self._transactions())
        return (yield from client._sending.send(client._signer, self._context, transactions))


class Batch(_Batch[dict[str, Any], list[Simulation[Any]], Attempts, list[Sent[Any]]]):
    """Calls of one account, in order, each after what has to go before it."""


class AsyncBatch(
    _Batch[Awaited[dict[str, Any]], Awaited[list[Simulation[Any]]], Awaited[Attempts], Awaited[list[Sent[Any]]]]
):
    """A `Batch` that is described, simulated and sent by awaiting."""
