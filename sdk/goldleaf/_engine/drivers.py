"""Take steps one by one: blocking, or awaiting."""

import asyncio
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar, Union

from .asking import Asking
from .steps import Ask, AskAll, Exchange, Locked, Sleep, Step, Steps

if TYPE_CHECKING:
    from .transport import AsyncTransport, SocketTransport, Transport

T = TypeVar("T")


class Driver:
    """Blocks; may be used by several threads at once."""

    def __init__(self, transport: Union["Transport", "SocketTransport"]) -> None:
        self.transport = transport
        self._asking = Asking(transport.takes_batches)
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def run(self, steps: Steps[T]) -> T:
        """Takes all steps and returns what they come to."""
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._take(step)
                except BaseException as error:  # an interruption too: the steps know what had been sent by then
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def _take(self, step: Step) -> Any:
        match step:
            case Ask():
                return self.run(self._asking.one(step))
            case AskAll():
                return self.run(self._asking.all(step.asks))
            case Exchange():
                return self.transport.exchange(step.asks)
            case Sleep():
                return time.sleep(step.seconds)
            case Locked():
                with self._locks[step.account]:
                    return self.run(step.steps)


class AsyncDriver:
    """Awaits; belongs to the event loop that it is first used in."""

    def __init__(self, transport: "AsyncTransport") -> None:
        self.transport = transport
        self._asking = Asking(transport.takes_batches)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, steps: Steps[T]) -> T:
        """Takes all steps and returns what they come to."""
        try:
            step = next(steps)
            while True:
                try:
                    answer = await self._take(step)
                except BaseException as error:  # an interruption too: the steps know what had been sent by then
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    async def _take(self, step: Step) -> Any:
        match step:
            case Ask():
                return await self.run(self._asking.one(step))
            case AskAll():
                return await self.run(self._asking.all(step.asks))
            case Exchange():
                return await self.transport.exchange(step.asks)
            case Sleep():
                return await asyncio.sleep(step.seconds)
            case Locked():
                async with self._locks[step.account]:
                    return await self.run(step.steps)
