"""What a blocking and an awaiting program do in ways of their own: exchange messages, let time pass, take turns."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, Union

from .._flows.asks import Ask

if TYPE_CHECKING:
    from .transport import AsyncTransport, SocketTransport, Transport

T = TypeVar("T")


class Blocking:
    """Its coroutines block, and never wait for an event loop. May be used by several threads at once."""

    def __init__(self, transport: Union["Transport", "SocketTransport"]) -> None:
        self.transport = transport
        self.takes_batches = transport.takes_batches
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    async def exchange(self, asks: Sequence[Ask]) -> list[Any]:
        return self.transport.exchange(asks)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def hold(self, account: str, work: Callable[[], Awaitable[T]]) -> T:
        with self._locks[account]:
            return await work()


class Awaiting:
    """Belongs to the event loop that it is first used in."""

    def __init__(self, transport: "AsyncTransport") -> None:
        self.transport = transport
        self.takes_batches = transport.takes_batches
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.exchange = transport.exchange

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def hold(self, account: str, work: Callable[[], Awaitable[T]]) -> T:
        async with self._locks[account]:
            return await work()


def complete(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to that only awaits what blocks."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a blocking client does not wait for an event loop")
