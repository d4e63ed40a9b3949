"""Several calls as one: for a wallet, to see what would come of them, or to send them in order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, ParamSpec, TypeVar

from .. import errors
from .._engine import simulating, steps
from .._flows.asks import Flow
from .._flows.core import Context, Transaction, gather
from ..results import Sent, Simulation
from .calls import AnyAction, Awaited, Client

P = ParamSpec("P")
R = TypeVar("R")

# What a client gives of a batch as JSON, simulated, and sent.
Told = TypeVar("Told")
Tried = TypeVar("Tried")
Done = TypeVar("Done")

SEND_CALLS_VERSION = "2.0.0"


class _Batch(Generic[Told, Tried, Done]):
    def __init__(self, client: Client) -> None:
        self._client = client
        self._context: Context = replace(client._context("TaskEscrow"), checks=False)
        self._calls: list[Callable[[], Flow[Transaction[Any]]]] = []

    def __len__(self) -> int:
        return len(self._calls)

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

    def simulate(self) -> Tried:
        """What would come of each call. Raises the error of the first that would fail.

        Raises `MethodMissing` if there are several and the node has no `eth_simulateV1`.
        """
        simulations: Tried = self._client._run_flow(self._simulate())
        return simulations

    def send(self) -> Done:
        """Sends the calls with consecutive nonces, and waits until all are mined. They are separate transactions."""
        sent: Done = self._client._run_flow(self._send())
        return sent

    def _transactions(self) -> Flow[list[Transaction[Any]]]:
        return gather(call() for call in self._calls)

    def _describe(self, atomic: bool) -> Flow[dict[str, Any]]:
        transactions = yield from self._transactions()
        calls = [steps.call(self._context, step).to_json() for step in steps.flattened(transactions)]
        return {
            "version": SEND_CALLS_VERSION,
            "chainId": hex(self._context.deployment.chain_id),
            "from": self._context.actor,
            "atomicRequired": atomic,
            "calls": [{name: step[name] for name in ("to", "data", "value")} for step in calls],
        }

    def _simulate(self) -> Flow[list[Simulation[Any]]]:
        return (yield from simulating.preview(self._context, (yield from self._transactions())))

    def _send(self) -> Flow[list[Sent[Any]]]:
        client, transactions = self._client, (yield from self._transactions())
        return (yield from client._sending.send(client._signer, self._context, transactions))


class Batch(_Batch[dict[str, Any], list[Simulation[Any]], list[Sent[Any]]]):
    """Calls of one account, in order, each after what has to go before it."""


class AsyncBatch(_Batch[Awaited[dict[str, Any]], Awaited[list[Simulation[Any]]], Awaited[list[Sent[Any]]]]):
    """A `Batch` that is described, simulated and sent by awaiting."""
