"""JSON-RPC over the providers of web3.py.

Requests pass through the middleware of the caller's `Web3`, which is never changed: it may sign for its accounts.
"""

import asyncio
import os
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union

from .. import errors
from .._flows.asks import Ask
from . import translation

if TYPE_CHECKING:
    from web3 import AsyncWeb3, Web3
    from web3.providers.async_base import AsyncBaseProvider
    from web3.providers.base import BaseProvider

T = TypeVar("T")

SOCKET_SCHEMES = ("ws://", "wss://")
SECONDS_TO_ANSWER = 30
SECONDS_TO_CLOSE = 2
HTTP_OPTIONS = {"timeout": SECONDS_TO_ANSWER}


def connect(web3: Union["Web3", "BaseProvider", str]) -> Union["Transport", "SocketTransport"]:
    """A blocking connection to a node. Raises `Unreachable` if it cannot be made."""
    if isinstance(web3, str) and web3.startswith(SOCKET_SCHEMES):
        return SocketTransport(web3)
    return Transport(web3)


class Blocking:
    """Its coroutines block, and never wait for an event loop. May be used by several threads at once."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    async def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        time.sleep(seconds)

    async def hold(self, account: str, work: Callable[[], Awaitable[T]]) -> T:
        """What some work comes to that nothing else of the account runs beside."""
        with self._locks[account]:
            return await work()


class Transport(Blocking):
    """A blocking connection to a node, by any provider that blocks."""

    def __init__(self, web3: Union["Web3", "BaseProvider", str]) -> None:
        from web3 import HTTPProvider, Web3

        super().__init__()

        if isinstance(web3, str):
            web3 = HTTPProvider(web3, HTTP_OPTIONS, exception_retry_configuration=None)
        # Without the usual middleware, which would ask for the chain id before each call.
        self._web3 = web3 if isinstance(web3, Web3) else Web3(web3, middleware=[])
        self._provider: Any = self._web3.provider
        self.takes_batches: bool = hasattr(self._provider, "make_batch_request")
        # The one socket of other providers gives the next answer to whoever asks, so only one may.
        parallel = isinstance(self._provider, HTTPProvider)
        self._turn: threading.Lock | nullcontext[None] = nullcontext() if parallel else threading.Lock()

    def close(self) -> None:
        """Ends the connection, if it was made here: HTTP needs no such thing."""

    async def exchange(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message, with an error in the place of each that was refused.

        Raises the error by which all of it failed.
        """
        try:
            with self._turn:  # web3.py opens a new socket after one was lost
                if len(asks) > 1:
                    together = self._provider.batch_request_func(self._web3, self._web3.middleware_onion)
                    responses = together([(ask.method, list(ask.params)) for ask in asks])
                else:
                    request = self._provider.request_func(self._web3, self._web3.middleware_onion)
                    responses = [request(asks[0].method, list(asks[0].params))]
        except Exception as error:
            known = _known(error, len(asks))
            if isinstance(known, errors.ContractError):  # a node in process raises it
                return [known] * len(asks)
            raise known from error
        return _results(responses, asks)


class SocketTransport(Blocking):
    """A blocking connection over a WebSocket: the awaiting one, in another thread's event loop."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._awaiting = AsyncTransport(url)
        self.takes_batches: bool = self._awaiting.takes_batches
        self._run(self._awaiting.open())

    def close(self) -> None:
        """Ends the connection. The node need not say goodbye."""
        with suppress(TimeoutError):
            self._run(self._awaiting.close(), SECONDS_TO_CLOSE)

    async def exchange(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message; as those of the awaiting connection."""
        return self._run(self._awaiting.exchange(asks))

    @staticmethod
    def _run(coroutine: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, _background_loop())
        try:
            return future.result(seconds)
        finally:
            future.cancel()  # if it was interrupted


@cache
def _background_loop() -> asyncio.AbstractEventLoop:
    """An event loop that runs in a thread of its own until the process ends."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="goldleaf-websockets", daemon=True).start()
    return loop


# Threads are not copied with a process.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_background_loop.cache_clear)


class AsyncTransport:
    """An awaiting connection to a node. Belongs to the event loop that it is first used in."""

    def __init__(self, web3: Union["AsyncWeb3[Any]", "AsyncBaseProvider", str]) -> None:
        from web3 import AsyncWeb3, WebSocketProvider

        self._owned = isinstance(web3, str)
        provider: Any = web3
        if isinstance(web3, str):
            if web3.startswith(SOCKET_SCHEMES):
                provider = WebSocketProvider(web3, request_timeout=SECONDS_TO_ANSWER, max_connection_retries=1)
            else:
                provider = AsyncWeb3.AsyncHTTPProvider(web3, HTTP_OPTIONS, exception_retry_configuration=None)
        self._web3: AsyncWeb3[Any] = web3 if isinstance(web3, AsyncWeb3) else AsyncWeb3(provider, middleware=[])
        self._provider: Any = self._web3.provider
        self._socket: bool = self._provider.has_persistent_connection
        self.takes_batches: bool = hasattr(self._provider, "make_batch_request")
        # The answers to two batches at once cannot be told apart on a socket.
        self._turn: asyncio.Lock | nullcontext[None] = asyncio.Lock() if self._socket else nullcontext()
        self._opening = asyncio.Lock()
        # How often the socket was opened, and which time it was lost: web3.py does not open it again.
        self._opened = 0
        self._lost = -1
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        await asyncio.sleep(seconds)

    async def hold(self, account: str, work: Callable[[], Awaitable[T]]) -> T:
        """What some work comes to that nothing else of the account runs beside."""
        async with self._locks[account]:
            return await work()

    async def open(self) -> None:
        """Connects, where there is something to connect that was made here. Raises `Unreachable`."""
        if self._owned and self._socket:
            await self._open_again(self._opened)

    async def close(self) -> None:
        """Ends the connection, if it was made here."""
        if self._owned:
            await self._provider.disconnect()

    async def exchange(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message, with an error in the place of each that was refused.

        Raises the error by which all of it failed.
        """
        if self._lost == self._opened and self._owned and self._socket:
            await self._open_again(self._opened)
        opened = self._opened
        try:
            if len(asks) > 1:
                async with self._turn:
                    together = await self._provider.batch_request_func(self._web3, self._web3.middleware_onion)
                    responses = await together([(ask.method, list(ask.params)) for ask in asks])
            else:
                responses = [await self._respond(asks[0])]
        except Exception as error:
            known = _known(error, len(asks))
            if isinstance(known, errors.ContractError):  # a node in process raises it
                return [known] * len(asks)
            if isinstance(known, errors.Unreachable):
                self._lost = opened
            raise known from error
        return _results(responses, asks)

    async def _respond(self, ask: Ask) -> Any:
        from web3.exceptions import Web3RPCError

        try:
            if self._socket:
                return {"result": await self._web3.manager.socket_request(ask.method, list(ask.params))}  # type: ignore[arg-type]
            request = await self._provider.request_func(self._web3, self._web3.middleware_onion)
            return await request(ask.method, list(ask.params))
        except Web3RPCError as error:
            if error.rpc_response is None:
                raise errors.NodeError(str(error)) from error
            return error.rpc_response

    async def _open_again(self, opened: int) -> None:
        """Opens the socket, unless that was done since it had been opened so often."""
        async with self._opening:
            if self._opened > opened:
                return
            with suppress(Exception):  # by which the socket was lost
                await self._provider.disconnect()
            try:
                await self._provider.connect()
            except Exception as error:
                raise _known(error) from error
            self._opened += 1


def _results(responses: Any, asks: Sequence[Ask]) -> list[Any]:
    """The results of the responses to as many requests. Raises the error that was given instead of them."""
    if not isinstance(responses, list):
        raise translation.refusal(responses)
    results: list[Any] = []
    for response, ask in zip(responses, asks, strict=False):
        answered = isinstance(response, Mapping) and response.get("error") is None and "result" in response
        results.append(response["result"] if answered else translation.refusal(response, ask.method))
    if len(responses) != len(asks):
        told = next((result for result in results if isinstance(result, errors.NodeError)), None)
        raise told or errors.GarbledAnswer(f"{len(responses)} answers to {len(asks)} requests")
    return results


def _known(error: Exception, count: int = 1) -> Exception:
    """The typed error that an exception stands for; itself if there is none, as it is a mistake of ours."""
    if count > 1 and isinstance(error, NotImplementedError):
        return errors.BatchTooLarge("the provider takes one request at a time")
    if count > 1 and isinstance(error, AttributeError | KeyError | TypeError):  # web3.py sorts what should be a list
        return errors.GarbledAnswer(f"what came is no list of {count} answers")
    return translation.from_exception(error) or error
