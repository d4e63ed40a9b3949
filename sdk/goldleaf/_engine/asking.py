"""Answers what flows ask for, of a node that is busy, gets lost, takes few requests at once, or has no pending block.

It is written once, as coroutines. Those of the asynchronous client await; those of the blocking one are given a
connection that only blocks, so that they never wait for an event loop and `complete` runs them to their end.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, replace
from inspect import GEN_SUSPENDED, getgeneratorstate
from typing import Any, Protocol, TypeVar

from .. import errors
from .._flows.asks import LATEST, PENDING, Ask, Flow, Joint, Locked, Request, Sleep

T = TypeVar("T")

# Requests in one message, at first and at most.
MAX_BATCH = 100
# So often it has to go well before more at once are tried again.
PATIENCE = 64
# After these, in seconds, a request that was lost on the way is sent again.
PAUSES = (0.1, 0.5, 1.5)
# A node that wants more time than this, in seconds, is not waited for.
LONGEST_PAUSE = 30.0
# Done twice it might send twice; all else may be asked again.
SIGNS_AND_SENDS = "eth_sendTransaction"

_INVALID_REQUEST = -32600

_REQUESTS = (Ask, tuple, Joint, Sleep, Locked)


class BatchSize:
    """How many requests a node takes at once: fewer when it has refused, more again when it has not for long."""

    def __init__(self, most: int) -> None:
        self.most = most
        # What it has said that it does not take is not tried again.
        self.ceiling = most
        self._successes = 0

    def refuse(self, size: int) -> None:
        """The node has said that these are too many."""
        self.ceiling = max(1, size // 2)
        self.most = min(self.most, self.ceiling)
        self._successes = 0

    def succeed(self, size: int) -> None:
        """Requests were answered in messages of this size, after longer ones had failed if it is lower than before.

        Where not all were answered, it may have been for one of them that the longer ones failed.
        """
        self._successes += 1
        if size < self.most:
            self.most, self._successes = size, 0
        elif self._successes >= PATIENCE:
            self.most, self._successes = min(2 * self.most, self.ceiling), 0


class Connection(Protocol):
    """What a blocking and an awaiting program do in ways of their own (`transport`)."""

    @property
    def takes_batches(self) -> bool: ...

    async def exchange(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message, with errors in the places of some; or fails as a whole."""

    async def sleep(self, seconds: float) -> None:
        """Lets time pass."""

    async def hold(self, account: str, work: Callable[[], Awaitable[T]]) -> T:
        """What some work comes to that nothing else of the account runs beside."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A flow has come to its end."""

    value: Any


class Asking:
    """Asks one node, and remembers what it does not do."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._size = BatchSize(MAX_BATCH if connection.takes_batches else 1)
        # Methods that the node refuses to read by in the pending block.
        self._latest: set[str] = set()

    async def run(self, flow: Flow[T]) -> T:
        """What a flow returns."""
        try:
            ended = await self.advance(flow)
        except BaseException as error:
            # An interruption may come between two steps: the flow, which knows what had been sent by then, is told too.
            if getgeneratorstate(flow) == GEN_SUSPENDED:
                flow.throw(error)
            raise
        finally:
            flow.close()
        assert isinstance(ended, Ended)
        result: T = ended.value
        return result

    async def advance(self, flow: Generator[Any, Any, Any]) -> Any:
        """Answers what a flow asks for until it ends (`Ended`), or yields something else, and returns that."""
        try:
            request = next(flow)
            while isinstance(request, _REQUESTS):
                try:
                    answer = await self._answer(request)
                except BaseException as error:  # an interruption too: the flow knows what had been sent by then
                    request = flow.throw(error)
                else:
                    request = flow.send(answer)
        except StopIteration as end:
            return Ended(end.value)
        return request

    async def _answer(self, request: Request) -> Any:
        match request:
            case Ask():
                (answer,) = await self._answers((request,), self._results)
                if isinstance(answer, errors.GoldleafError):
                    raise answer
                return answer
            case tuple():
                return await self._answers(request, self._results)
            case Joint(asks):
                return await self._answers(asks, self._joint)
            case Sleep():
                return await self._connection.sleep(request.seconds)
            case Locked(account, flow):
                return await self._connection.hold(account, lambda: self.run(flow))

    async def _answers(
        self, asks: Sequence[Ask], results_of: Callable[[Sequence[Ask]], Awaitable[list[Any]]]
    ) -> list[Any]:
        """The answers to several requests, with an error in the place of each that failed. Equal ones are sent once."""
        keys = [(ask.method, repr(ask.params)) for ask in asks]
        distinct = dict(zip(keys, asks, strict=True))
        results = dict(zip(distinct, await results_of([*distinct.values()]), strict=True))
        answers: list[Any] = []
        for ask, key in zip(asks, keys, strict=True):
            answer = results[key]
            if ask.read is not None and not isinstance(answer, errors.GoldleafError):
                try:
                    answer = ask.read(answer)
                except errors.GoldleafError as error:
                    answer = error
                except (ValueError, TypeError, LookupError, AttributeError) as error:
                    answer = errors.GarbledAnswer(f"a result is not what it must be: {error!r}")
                    answer.__cause__ = error
            answers.append(answer)
        return answers

    async def _results(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of several requests, with an error in the place of each that failed."""
        results = await self._sent([_in_latest(ask) if ask.method in self._latest else ask for ask in asks])
        refused = [
            place
            for place, result in enumerate(results)
            if (result is None or isinstance(result, errors.NodeError)) and self._refuses_pending(asks[place], result)
        ]
        if refused:
            again = await self._sent([_in_latest(asks[place]) for place in refused])
            for place, result in zip(refused, again, strict=True):
                if not isinstance(result, errors.NodeError):
                    self._remember(asks[place], results[place])
                    results[place] = result
        return results

    # ------------------------------------------------------------ the pending block

    def _refuses_pending(self, ask: Ask, answer: Any) -> bool:
        """Whether the latest block may have an answer where the pending one had none."""
        if PENDING not in ask.params or ask.method in self._latest:
            return False
        plain = type(answer) in (errors.NodeError, errors.NodeBehind, errors.NoPendingBlock)
        return plain or (answer is None and ask.method == "eth_getBlockByNumber")

    def _remember(self, ask: Ask, answer: Any) -> None:
        # Of other refusals nobody knows whether they were of the block.
        if answer is None or isinstance(answer, errors.NoPendingBlock):
            self._latest.add(ask.method)

    # ------------------------------------------------------------ again, and in parts

    async def _sent(self, asks: Sequence[Ask]) -> list[Any]:
        results: list[Any] = []
        size = self._size.most
        while len(results) < len(asks):
            part = asks[len(results) : len(results) + size]
            try:
                results += await self._together(part)
            except errors.NodeError as error:
                if len(part) == 1 or _wait(error, 0) is None:  # the rest would fail too
                    return results + [error] * (len(asks) - len(results))
                if isinstance(error, errors.BatchTooLarge):
                    self._size.refuse(len(part))
                size = len(part) // 2
        if len(asks) >= size:
            self._size.succeed(size)
        return results

    async def _joint(self, asks: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message, with an error in the place of each that failed.

        What is lost on the way is sent again as a whole, and what the node is too busy for is not asked again alone.
        Only what it does not take at once goes in parts.
        """
        if len(asks) > self._size.ceiling:
            return await self._results(asks)
        for pause in (*PAUSES, None):
            try:
                return await self._exchange(asks)
            except errors.Unreachable as error:
                wait = _wait(error, pause) if pause is not None else None
                if wait is None:
                    return [error] * len(asks)
                await self._connection.sleep(wait)
            except errors.NodeError:
                break
        return await self._results(asks)

    async def _together(self, part: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message, and of those that the node was too busy for in others.

        What is lost on the way is sent again: one request several times, as nothing else can be done about it.
        Raises the error by which all of the message fails.
        """
        pauses = iter(PAUSES if len(part) == 1 else PAUSES[:1])
        while True:
            try:
                results = await self._exchange(part)
                await self._ask_busy_again(part, results)
                return results
            except errors.Unreachable as error:
                pause = None if part[0].method == SIGNS_AND_SENDS else next(pauses, None)
                wait = None if pause is None else _wait(error, pause)
                if wait is None:
                    raise
                await self._connection.sleep(wait)

    async def _exchange(self, part: Sequence[Ask]) -> list[Any]:
        """The results of requests in one message. Raises what the node says of all of it."""
        results = await self._connection.exchange(part)
        refused = [result for result in results if isinstance(result, errors.NodeError)]
        if refused:
            _check_message(refused, len(part))
        return results

    async def _ask_busy_again(self, part: Sequence[Ask], results: list[Any]) -> None:
        """Puts into the places of the requests that the node was too busy for what it answers after a while."""
        busy = [place for place, result in enumerate(results) if isinstance(result, errors.NodeBusy)]
        wait = _wait(results[busy[0]], PAUSES[1]) if busy else None
        if wait is None:
            return
        await self._connection.sleep(wait)
        again = await self._sent([part[place] for place in busy])
        for place, result in zip(busy, again, strict=True):
            results[place] = result


def complete(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to that only awaits what blocks."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a blocking client does not wait for an event loop")


def _check_message(refused: Sequence[errors.NodeError], size: int) -> None:
    """Raises what a node says of all of a message, with which it has refused these of its `size` requests."""
    for error in refused:
        if isinstance(error, errors.BatchTooLarge):
            raise error
    if len(refused) == size:
        if all(isinstance(error, errors.Unreachable) for error in refused):
            raise refused[0]
        if size > 1 and all(error.code == _INVALID_REQUEST for error in refused):
            raise errors.BatchTooLarge(refused[0].detail, code=_INVALID_REQUEST)


def _wait(error: errors.NodeError, pause: float) -> float | None:
    """How long to wait after an error, seconds; None if the node wants more than it is given."""
    wished = error.retry_after if isinstance(error, errors.NodeBusy) else None
    wait = max(pause, wished or 0.0)
    return wait if wait <= LONGEST_PAUSE else None


def _in_latest(ask: Ask) -> Ask:
    return replace(ask, params=tuple(LATEST if value == PENDING else value for value in ask.params))
