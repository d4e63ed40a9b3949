"""JSON-RPC over the providers of web3.py.

Requests pass through the middleware of the caller's `Web3`, which is never changed: it may sign for its accounts.
"""

import asyncio
import os
import threading
import time
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union

from .. import errors
from . import translation
from .steps import Ask

if TYPE_CHECKING:
    from web3 import AsyncWeb3, Web3
    from web3.providers.async_base import AsyncBaseProvider
    from web3.providers.base import BaseProvider

T = TypeVar("T")

# Nodes limit how many requests they take at once.
MAX_BATCH = 100
SOCKET_SCHEMES = ("ws://", "wss://")
SECONDS_TO_ANSWER = 30
SECONDS_TO_CLOSE = 2
HTTP_OPTIONS = {"timeout": SECONDS_TO_ANSWER}
# After these, in seconds, what was lost on the way is asked for again.
PAUSES = (0.1, 0.5, 1.5)
# Done twice it might send twice; all else may be asked again.
SIGNS_AND_SENDS = "eth_sendTransaction"


class _BatchRefusedError(Exception):
    """The node does not take several requests at once."""


def connect(web3: Union["Web3", "BaseProvider", str]) -> Union["Transport", "SocketTransport"]:
    """A blocking connection to a node. Raises `Unreachable` if it cannot be made."""
    if isinstance(web3, str) and web3.startswith(SOCKET_SCHEMES):
        return SocketTransport(web3)
    return Transport(web3)


class Transport:
    """A blocking connection to a node, by any provider that blocks."""

    def __init__(self, web3: Union["Web3", "BaseProvider", str]) -> None:
        from web3 import HTTPProvider, Web3

        if isinstance(web3, str):
            web3 = HTTPProvider(web3, HTTP_OPTIONS, exception_retry_configuration=None)
        # Without the usual middleware, which would ask for the chain id before each call.
        self._web3 = web3 if isinstance(web3, Web3) else Web3(web3, middleware=[])
        self._provider: Any = self._web3.provider
        self._batches = hasattr(self._provider, "make_batch_request")
        # The one socket of other providers gives the next answer to whoever asks, so only one may.
        parallel = isinstance(self._provider, HTTPProvider)
        self._turn: threading.Lock | nullcontext[None] = nullcontext() if parallel else threading.Lock()

    def close(self) -> None:
        """Ends the connection, if it was made here: HTTP needs no such thing."""

    def ask(self, ask: Ask) -> Any:
        """The result of a request."""
        for pause in () if ask.method == SIGNS_AND_SENDS else PAUSES:
            try:
                return self._ask_once(ask)
            except errors.Unreachable:  # after which web3.py opens a new socket, if it has one
                time.sleep(pause)
        return self._ask_once(ask)

    def ask_all(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of several requests, which only read, with an error in the place of each that failed."""
        return [answer for part in _parts(asks) for answer in self._ask_part(part)]

    def _ask_once(self, ask: Ask) -> Any:
        try:
            with self._turn:
                request = self._provider.request_func(self._web3, self._web3.middleware_onion)
                response = request(ask.method, list(ask.params))
        except Exception as error:
            raise _known(error) from error
        return translation.result(response)

    def _ask_part(self, asks: Sequence[Ask]) -> list[Any]:
        pauses = iter(PAUSES)
        while self._batches and len(asks) > 1:
            try:
                with self._turn:
                    request = self._provider.batch_request_func(self._web3, self._web3.middleware_onion)
                    responses = request([(ask.method, list(ask.params)) for ask in asks])
                return _results(responses, len(asks))
            except Exception as error:
                known = _of_batch(error)
                if known is None:
                    self._batches = False
                    break
                pause = next(pauses, None)
                if pause is None:
                    return [known] * len(asks)
                time.sleep(pause)
        return [self._attempt(ask) for ask in asks]

    def _attempt(self, ask: Ask) -> Any:
        try:
            return self.ask(ask)
        except errors.GoldleafError as error:
            return error


class SocketTransport:
    """A blocking connection over a WebSocket: the awaiting one, in another thread's event loop."""

    def __init__(self, url: str) -> None:
        self._awaiting = AsyncTransport(url)
        self._run(self._awaiting.open())

    def close(self) -> None:
        """Ends the connection. The node need not say goodbye."""
        with suppress(TimeoutError):
            self._run(self._awaiting.close(), SECONDS_TO_CLOSE)

    def ask(self, ask: Ask) -> Any:
        """The result of a request."""
        return self._run(self._awaiting.ask(ask))

    def ask_all(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of several requests, which only read, with an error in the place of each that failed."""
        return self._run(self._awaiting.ask_all(asks))

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
    """An awaiting connection to a node."""

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
        self._batches = hasattr(self._provider, "make_batch_request")
        # The answers to two batches at once cannot be told apart on a socket.
        self._turn: asyncio.Lock | nullcontext[None] = asyncio.Lock() if self._socket else nullcontext()
        self._opening = asyncio.Lock()
        # How often the socket was opened.
        self._opened = 0

    async def open(self) -> None:
        """Connects, where there is something to connect that was made here. Raises `Unreachable`."""
        if self._owned and self._socket:
            await self._open_again(self._opened)

    async def close(self) -> None:
        """Ends the connection, if it was made here."""
        if self._owned:
            await self._provider.disconnect()

    async def ask(self, ask: Ask) -> Any:
        """The result of a request."""
        for pause in () if ask.method == SIGNS_AND_SENDS else PAUSES:
            opened = self._opened
            try:
                return await self._ask_once(ask)
            except errors.Unreachable:
                await self._recover(pause, opened)
        return await self._ask_once(ask)

    async def ask_all(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of several requests, which only read, with an error in the place of each that failed."""
        return [answer for part in _parts(asks) for answer in await self._ask_part(part)]

    async def _ask_once(self, ask: Ask) -> Any:
        from web3.exceptions import Web3RPCError

        try:
            if self._socket:
                return await self._web3.manager.socket_request(ask.method, list(ask.params))  # type: ignore[arg-type]
            request = await self._provider.request_func(self._web3, self._web3.middleware_onion)
            response = await request(ask.method, list(ask.params))
        except Web3RPCError as error:
            response = error.rpc_response
            if response is None:
                raise errors.NodeError(str(error)) from error
        except Exception as error:
            raise _known(error) from error
        return translation.result(response)

    async def _ask_part(self, asks: Sequence[Ask]) -> list[Any]:
        pauses = iter(PAUSES)
        while self._batches and len(asks) > 1:
            opened = self._opened
            try:
                async with self._turn:
                    request = await self._provider.batch_request_func(self._web3, self._web3.middleware_onion)
                    responses = await request([(ask.method, list(ask.params)) for ask in asks])
                return _results(responses, len(asks))
            except Exception as error:
                known = _of_batch(error)
                if known is None:
                    self._batches = False
                    break
                pause = next(pauses, None)
                if pause is None:
                    return [known] * len(asks)
                await self._recover(pause, opened)
        return [await self._attempt(ask) for ask in asks]

    async def _attempt(self, ask: Ask) -> Any:
        try:
            return await self.ask(ask)
        except errors.GoldleafError as error:
            return error

    async def _recover(self, pause: float, opened: int) -> None:
        """Waits, and opens the socket again, which web3.py does not."""
        await asyncio.sleep(pause)
        if self._owned and self._socket:
            with suppress(errors.Unreachable):
                await self._open_again(opened)

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


def _parts(asks: Sequence[Ask]) -> list[Sequence[Ask]]:
    return [asks[start : start + MAX_BATCH] for start in range(0, len(asks), MAX_BATCH)]


def _results(responses: Any, count: int) -> list[Any]:
    if not isinstance(responses, list) or len(responses) != count:
        raise _BatchRefusedError
    results: list[Any] = []
    for response in responses:
        try:
            results.append(translation.result(response))
        except errors.GoldleafError as error:
            results.append(error)
    return results


def _of_batch(error: Exception) -> errors.GoldleafError | None:
    """The typed error that a batch failed by; None if the node takes no batches."""
    # The latter two come of web3.py sorting what should be a list.
    if isinstance(error, _BatchRefusedError | AttributeError | TypeError):
        return None
    known = translation.from_exception(error)
    if known is None:
        raise error
    return None if type(known) is errors.NodeError else known


def _known(error: Exception) -> Exception:
    """The typed error that an exception stands for; itself if there is none, as it is a mistake of ours."""
    return translation.from_exception(error) or error
