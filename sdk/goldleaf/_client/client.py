"""The clients: one deployment, one account, and the engine that runs their calls."""

import copy
import os
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, Union, overload

from .._engine.asking import Asking, Ended, complete
from .._engine.pending import Options, Signer
from .._engine.sending import Sending, check
from .._flows.asks import Flow
from .._flows.core import Context
from .._flows.edge import Period, address, duration
from ..deployment import Deployment
from ..errors import ArgumentError, GoldleafError
from ..events import Event
from ..feed import AsyncEvents, Events, Logged, Stream
from ..results import RelayRequest, Sent, Unsigned
from . import namespaces
from .batch import AsyncBatch, Batch
from .calls import Awaited, Read, read

if TYPE_CHECKING:
    from web3 import AsyncWeb3, Web3
    from web3.providers.async_base import AsyncBaseProvider
    from web3.providers.base import BaseProvider

    from .._engine.transport import AsyncTransport

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

TIMEOUT = timedelta(minutes=2)
POLL = timedelta(seconds=1)


class BaseClient:
    """What both clients are made of."""

    # Whether its methods are to be awaited.
    awaits: ClassVar[bool]
    _asking: Asking

    def __init__(self, deployment: Deployment | str | Path, account: Signer | str | None, options: Options) -> None:
        self.deployment = deployment if isinstance(deployment, Deployment) else Deployment.load(deployment)
        self._sending = Sending(self.deployment.chain_id, options)
        self._act_as(account, checks=True, funds=True)

    def with_account(self, account: Signer | str | None) -> Self:
        """The same client on behalf of another account."""
        return copy.copy(self)._act_as(account, self._checks, self._funds)

    @property
    def unchecked(self) -> Self:
        """The same client, whose calls are built without looking at the present state of the chain.

        For calls that build on others which are not mined yet, or that must be built fast: what a contract would refuse
        comes out when it is sent or simulated.
        """
        return copy.copy(self)._act_as(self._signer, checks=False, funds=self._funds)

    @property
    def unfunded(self) -> Self:
        """The same client, whose calls are built without looking at whether free balances cover them.

        For calls that a deposit goes before: all else that a contract would refuse is still refused.
        """
        return copy.copy(self)._act_as(self._signer, self._checks, funds=False)

    @property
    def recently_sent(self) -> tuple[str, ...]:
        """The hashes of the last transactions, at most 32, that this client and its copies have sent and seen mined."""
        return tuple(self._sending.lately)

    def _act_as(self, account: Signer | str | None, checks: bool, funds: bool) -> Self:
        self._signer = address(account) if isinstance(account, str) else account
        self._checks = checks
        self._funds = funds
        self.account: str | None = account_address(self._signer)
        self.tasks: namespaces.Tasks[Self] = namespaces.Tasks(self)
        self.submissions: namespaces.Submissions[Self] = namespaces.Submissions(self)
        self.challenges: namespaces.Challenges[Self] = namespaces.Challenges(self)
        self.tests: namespaces.Tests[Self] = namespaces.Tests(self)
        self.court: namespaces.Court[Self] = namespaces.Court(self)
        self.arbitrators: namespaces.Arbitrators[Self] = namespaces.Arbitrators(self)
        self.ledger: namespaces.Ledger[Self] = namespaces.Ledger(self)
        self.ether: namespaces.Ether[Self] = namespaces.Ether(self)
        self.smart_account: namespaces.SmartAccount[Self] = namespaces.SmartAccount(self)
        self.royalties: namespaces.Royalties[Self] = namespaces.Royalties(self)
        self.gates: namespaces.Gates[Self] = namespaces.Gates(self)
        self.relay: namespaces.Relay[Self] = namespaces.Relay(self)
        self.chain: namespaces.Chain[Self] = namespaces.Chain(self)
        return self

    def read(self, *reads: Any, return_errors: bool = False) -> Any:
        """The answers to several questions, by as few requests as the node allows; `AsyncGoldleaf` has it awaited.

            task, open_seats = gl.read(gl.tasks.get.ask(1), gl.court.open_seats.ask())

        Each is what `ask` of a method that reads makes of its arguments. Raises the first error of any; with
        `return_errors` each error stands in the place of its answer instead.
        """
        return self._run_flow(read(self._context("TaskEscrow"), reads, return_errors))

    def batch(self) -> Any:
        """An empty batch of calls of this account."""
        raise NotImplementedError

    @property
    def events(self) -> Any:
        """What the contracts tell, and told."""
        raise NotImplementedError

    def wait(self, transaction: str, of: Any = None) -> Any:
        """Waits for a transaction that was sent before, or by a wallet, and tells what came of it.

        `transaction` is its hash, `of` what it is the last step of, or the request that it was to execute; without,
        the result is all its events.
        Raises `TransactionTimeout`, `TransactionReplaced` if another one took its place that does not do the same, and
        the contract's error if it failed.
        """
        return self._run_flow(self._sending.wait(self._context("TaskEscrow"), transaction, of))

    def close(self) -> Any:
        """Ends the connection to the node, if the client was made with its URL."""
        raise NotImplementedError

    def __repr__(self) -> str:
        # Of the node nothing: its URL may hold a key.
        unchecked = "" if self._checks else ", unchecked"
        return f"<{type(self).__name__} on chain {self.deployment.chain_id}, for {self.account or 'nobody'}{unchecked}>"

    def _context(self, ledger: str) -> Context:
        return Context(self.deployment, self.account, ledger, self._checks, self._funds)

    def _run_flow(self, flow: Flow[Any]) -> Any:
        raise NotImplementedError


class Goldleaf(BaseClient):
    """A client of one deployment, on behalf of one account.

    `web3` is a `Web3`, which stays as it is, or a provider, or the URL of a node (http, https, ws, wss). `deployment`
    is a `Deployment` or the path of its file. `account` is a local account of eth-account, which signs here, or the
    address of an account that the node signs for; without one only reading is possible.

    A transaction is waited for at most `timeout` (seconds or a `timedelta`), asking the node again at the latest every
    `poll`. `gas_limit` is what every transaction is sent with instead of the node's estimate; chains in process are
    much faster with it. `max_fee` is the most that may be paid for each gas, in wei. Several threads may use a client,
    and send from one account at once, as long as they all do it through this client or copies that it made.

    Raises `DeploymentError`, `WrongChain`, `NoCode`, `Unreachable`. Every method raises a `GoldleafError` of its own
    for each thing that can go wrong, before anything is sent where that can be seen; of one that comes later, `sent`
    holds the hashes of what had been sent by then, and so it does of an interruption (`errors.SendInterrupted`).
    """

    awaits: ClassVar[Literal[False]] = False

    def __init__(
        self,
        web3: Union["Web3", "BaseProvider", str],
        deployment: Deployment | str | Path,
        account: Signer | str | None = None,
        *,
        timeout: Period | float = TIMEOUT,
        poll: Period | float = POLL,
        gas_limit: int | None = None,
        max_fee: int | None = None,
    ) -> None:
        from .._engine.transport import connect

        super().__init__(deployment, account, Options(duration(timeout), duration(poll), gas_limit, _wei(max_fee)))
        self._transport = connect(web3)
        self._asking = Asking(self._transport)
        self._run_flow(check(self.deployment.chain_id, self.deployment.contracts))

    @classmethod
    def from_environment(cls, account: Signer | str | None = None) -> Self:
        """A client of the node `GOLDLEAF_RPC` and the deployment `GOLDLEAF_DEPLOYMENT`, a file.

        `goldleaf devnet` prints these variables. Raises `ArgumentError` if one is not set, and what the client does.
        """
        return cls(*_environment(), account)

    @overload
    def read(self, first: Read[A], second: Read[B], /) -> tuple[A, B]: ...
    @overload
    def read(self, first: Read[A], second: Read[B], third: Read[C], /) -> tuple[A, B, C]: ...
    @overload
    def read(self, *reads: Read[T], return_errors: Literal[True]) -> tuple[T | GoldleafError, ...]: ...
    @overload
    def read(self, *reads: Read[T]) -> tuple[T, ...]: ...
    @overload
    def read(self, *reads: Read[Any], return_errors: bool = False) -> tuple[Any, ...]: ...
    def read(self, *reads: Any, return_errors: bool = False) -> Any:
        return super().read(*reads, return_errors=return_errors)

    def batch(self) -> Batch:
        return Batch(self)

    @property
    def events(self) -> Events:
        return Events(self._advance, self._context("TaskEscrow"))

    @overload
    def wait(self, transaction: str, of: Unsigned[R] | RelayRequest[R]) -> Sent[R]: ...
    @overload
    def wait(self, transaction: str, of: None = None) -> Sent[tuple[Event, ...]]: ...
    def wait(self, transaction: str, of: Unsigned[Any] | RelayRequest[Any] | None = None) -> Any:
        return super().wait(transaction, of)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run_flow(self, flow: Flow[T]) -> T:
        return complete(self._asking.run(flow))

    def _advance(self, stream: Stream) -> Logged | Ended:
        found: Logged | Ended = complete(self._asking.advance(stream))
        return found


class AsyncGoldleaf(BaseClient):
    """`Goldleaf` for asyncio: the same methods, each to be awaited. Made by `connect`, in one event loop.

        async with await AsyncGoldleaf.connect("ws://127.0.0.1:8545", "deployment.json", account) as gl:
            sent = await gl.submissions.take(1)

    Any number of tasks may send from one account at once, as long as they all do it through this client or copies that
    it made. A `CancelledError` of a call that had sent something holds the hashes, as `sent`.
    """

    awaits: ClassVar[Literal[True]] = True
    _transport: "AsyncTransport"

    @classmethod
    async def connect(
        cls,
        web3: Union["AsyncWeb3[Any]", "AsyncBaseProvider", str],
        deployment: Deployment | str | Path,
        account: Signer | str | None = None,
        *,
        timeout: Period | float = TIMEOUT,
        poll: Period | float = POLL,
        gas_limit: int | None = None,
        max_fee: int | None = None,
    ) -> Self:
        """A client; the arguments are those of `Goldleaf`, and so are the errors raised.

        A WebSocket that is given as `AsyncWeb3` or provider has to be connected, and is not connected again when it is
        lost. One that is given as URL is.
        """
        from .._engine.transport import AsyncTransport

        self = cls(deployment, account, Options(duration(timeout), duration(poll), gas_limit, _wei(max_fee)))
        self._transport = AsyncTransport(web3)
        self._asking = Asking(self._transport)
        try:
            await self._transport.open()
            await self._run_flow(check(self.deployment.chain_id, self.deployment.contracts))
        except BaseException:
            await self.close()
            raise
        return self

    @classmethod
    async def from_environment(cls, account: Signer | str | None = None) -> Self:
        """`Goldleaf.from_environment`, connected."""
        return await cls.connect(*_environment(), account)

    @overload
    def read(self, first: Read[A], second: Read[B], /) -> Awaited[tuple[A, B]]: ...
    @overload
    def read(self, first: Read[A], second: Read[B], third: Read[C], /) -> Awaited[tuple[A, B, C]]: ...
    @overload
    def read(self, *reads: Read[T], return_errors: Literal[True]) -> Awaited[tuple[T | GoldleafError, ...]]: ...
    @overload
    def read(self, *reads: Read[T]) -> Awaited[tuple[T, ...]]: ...
    @overload
    def read(self, *reads: Read[Any], return_errors: bool = False) -> Awaited[tuple[Any, ...]]: ...
    def read(self, *reads: Any, return_errors: bool = False) -> Any:
        return super().read(*reads, return_errors=return_errors)

    def batch(self) -> AsyncBatch:
        return AsyncBatch(self)

    @property
    def events(self) -> AsyncEvents:
        return AsyncEvents(self._asking.advance, self._context("TaskEscrow"))

    @overload
    def wait(self, transaction: str, of: Unsigned[R] | RelayRequest[R]) -> Awaited[Sent[R]]: ...
    @overload
    def wait(self, transaction: str, of: None = None) -> Awaited[Sent[tuple[Event, ...]]]: ...
    def wait(self, transaction: str, of: Unsigned[Any] | RelayRequest[Any] | None = None) -> Any:
        return super().wait(transaction, of)

    async def close(self) -> None:
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _run_flow(self, flow: Flow[T]) -> Awaited[T]:
        return self._asking.run(flow)


def account_address(signer: Signer | str | None) -> str | None:
    """The address that a signer acts as."""
    if signer is None or isinstance(signer, str):
        return signer
    return address(signer.address)


def _environment() -> tuple[str, str]:
    """The URL of the node, and the path of the deployment's file."""
    names = ("GOLDLEAF_RPC", "GOLDLEAF_DEPLOYMENT")
    rpc, deployment = (os.environ.get(name, "") for name in names)
    if not rpc or not deployment:
        missing = " and ".join(name for name in names if not os.environ.get(name))
        raise ArgumentError(f"set {missing}: the URL of a node, and the file of a deployment")
    return rpc, deployment


def _wei(amount: int | None) -> int | None:
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
        raise ArgumentError("max_fee", value=repr(amount), bound="an int of wei")
    return amount
