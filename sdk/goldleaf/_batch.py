"""Several calls as one: for a wallet, to see what would come of them, or to send them in order."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from . import errors
from ._calls import AnyAction
from ._flows.core import Context, Flow, Transaction, gather
from .results import Sent, Simulation

if TYPE_CHECKING:
    from ._client import AsyncGoldleaf, Goldleaf

P = ParamSpec("P")
R = TypeVar("R")

SEND_CALLS_VERSION = "2.0.0"


class _Batch:
    def __init__(self, client: Any) -> None:
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
        self._calls.append(lambda: action._method(context, *args, **kwargs))

    def _flow(self) -> Flow[list[Transaction[Any]]]:
        return gather(call() for call in self._calls)

    def _to_json(self, transactions: list[Transaction[Any]], atomic: bool) -> dict[str, Any]:
        from ._engine import running

        steps = [running.call(self._context, step).to_json() for step in running.flattened(transactions)]
        return {
            "version": SEND_CALLS_VERSION,
            "chainId": hex(self._context.deployment.chain_id),
            "from": self._context.actor,
            "atomicRequired": atomic,
            "calls": [{name: step[name] for name in ("to", "data", "value")} for step in steps],
        }


class Batch(_Batch):
    """Calls of one account, in order, each after what has to go before it."""

    _client: "Goldleaf"

    def to_json(self, *, atomic: bool = True) -> dict[str, Any]:
        """What a wallet's `wallet_sendCalls` takes (EIP-5792); `atomic` asks for all calls or none."""
        return self._to_json(self._client._run_flow(self._flow()), atomic)

    def simulate(self) -> list[Simulation[Any]]:
        """What would come of each call. Raises the error of the first that would fail.

        Raises `MethodMissing` if there are several and the node has no `eth_simulateV1`.
        """
        transactions = self._client._run_flow(self._flow())
        return self._client._run(self._client._running.simulate(self._context, transactions))

    def send(self) -> list[Sent[Any]]:
        """Sends the calls with consecutive nonces, and waits until all are mined. They are separate transactions."""
        client, transactions = self._client, self._client._run_flow(self._flow())
        return client._run(client._running.send(client._signer, self._context, transactions))


class AsyncBatch(_Batch):
    """Calls of one account, in order, each after what has to go before it."""

    _client: "AsyncGoldleaf"

    async def to_json(self, *, atomic: bool = True) -> dict[str, Any]:
        """What a wallet's `wallet_sendCalls` takes (EIP-5792); `atomic` asks for all calls or none."""
        return self._to_json(await self._client._run_flow(self._flow()), atomic)

    async def simulate(self) -> list[Simulation[Any]]:
        """What would come of each call. Raises the error of the first that would fail.

        Raises `MethodMissing` if there are several and the node has no `eth_simulateV1`.
        """
        transactions = await self._client._run_flow(self._flow())
        return await self._client._run(self._client._running.simulate(self._context, transactions))

    async def send(self) -> list[Sent[Any]]:
        """Sends the calls with consecutive nonces, and waits until all are mined. They are separate transactions."""
        client, transactions = self._client, await self._client._run_flow(self._flow())
        return await client._run(client._running.send(client._signer, self._context, transactions))
