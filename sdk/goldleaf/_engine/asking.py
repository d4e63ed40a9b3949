"""Asking a node that is busy, gets lost on the way, takes few requests at once, or reads in no pending block."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .. import errors
from .steps import LATEST, PENDING, Ask, Exchange, Sleep, Steps

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


class BatchSize:
    """How many requests a node takes at once: fewer when it has refused, more again when it has not for long."""

    def __init__(self, most: int) -> None:
        self.most = most
        # What it has said that it does not take is not tried again.
        self._ceiling = most
        self._successes = 0

    def refuse(self, size: int) -> None:
        """The node has said that these are too many."""
        self._ceiling = max(1, size // 2)
        self.most = min(self.most, self._ceiling)
        self._successes = 0

    def succeed(self, size: int) -> None:
        """Requests were answered in messages of this size, after longer ones had failed if it is lower than before.

        Where not all were answered, it may have been for one of them that the longer ones failed.
        """
        self._successes += 1
        if size < self.most:
            self.most, self._successes = size, 0
        elif self._successes >= PATIENCE:
            self.most, self._successes = min(2 * self.most, self._ceiling), 0


class Asking:
    """Asks one node, and remembers what it does not do."""

    def __init__(self, batches: bool) -> None:
        self._size = BatchSize(MAX_BATCH if batches else 1)
        # Methods that the node refuses to read by in the pending block.
        self._latest: set[str] = set()

    def one(self, ask: Ask) -> Steps[Any]:
        """The result of a request."""
        (answer,) = yield from self.all((ask,))
        if isinstance(answer, errors.GoldleafError):
            raise answer
        return answer

    def all(self, asks: Sequence[Ask]) -> Steps[list[Any]]:
        """The results of several requests, which only read, with an error in the place of each that failed."""
        answers = yield from self._all([self._placed(ask) for ask in asks])
        refused = [place for place, answer in enumerate(answers) if self._refuses_pending(asks[place], answer)]
        if refused:
            again = yield from self._all([_in_latest(asks[place]) for place in refused])
            for place, answer in zip(refused, again, strict=True):
                if not isinstance(answer, errors.NodeError):
                    self._remember(asks[place], answers[place])
                    answers[place] = answer
        return answers

    # ------------------------------------------------------------ the pending block

    def _placed(self, ask: Ask) -> Ask:
        return _in_latest(ask) if ask.method in self._latest else ask

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

    def _all(self, asks: Sequence[Ask]) -> Steps[list[Any]]:
        answers: list[Any] = []
        size = self._size.most
        while len(answers) < len(asks):
            part = asks[len(answers) : len(answers) + size]
            try:
                answers += yield from self._together(part)
            except errors.NodeError as error:
                if len(part) == 1 or _wait(error, 0) is None:  # the rest would fail too
                    return answers + [error] * (len(asks) - len(answers))
                if isinstance(error, errors.BatchTooLarge):
                    self._size.refuse(len(part))
                size = len(part) // 2
        if len(asks) >= size:
            self._size.succeed(size)
        return answers

    def _together(self, part: Sequence[Ask]) -> Steps[list[Any]]:
        """The results of requests in one message, and of those that the node was too busy for in others.

        What is lost on the way is sent again: one request several times, as nothing else can be done about it.
        Raises the error by which all of the message fails.
        """
        pauses: Sequence[float] = PAUSES if len(part) == 1 else PAUSES[:1]
        for pause in () if part[0].method == SIGNS_AND_SENDS else pauses:
            try:
                return (yield from self._shared(part, (yield from _exchange(part))))
            except errors.Unreachable as error:
                wait = _wait(error, pause)
                if wait is None:
                    raise
                yield Sleep(wait)
        return (yield from self._shared(part, (yield from _exchange(part))))

    def _shared(self, part: Sequence[Ask], results: list[Any]) -> Steps[list[Any]]:
        """The results, with those of the requests that the node was too busy for asked again."""
        busy = [place for place, result in enumerate(results) if isinstance(result, errors.NodeBusy)]
        if busy:
            wait = _wait(results[busy[0]], PAUSES[1])
            if wait is not None:
                yield Sleep(wait)
                again = yield from self._all([part[place] for place in busy])
                for place, result in zip(busy, again, strict=True):
                    results[place] = result
        return results


def _exchange(part: Sequence[Ask]) -> Steps[list[Any]]:
    """The results of requests in one message. Raises what the node says of all of it."""
    results: list[Any] = yield Exchange(tuple(part))
    refused = [result for result in results if isinstance(result, errors.NodeError)]
    too_large = next((error for error in refused if isinstance(error, errors.BatchTooLarge)), None)
    if too_large is not None:
        raise too_large
    if len(refused) == len(part):
        if all(isinstance(error, errors.Unreachable) for error in refused):
            raise refused[0]
        if len(part) > 1 and all(error.code == _INVALID_REQUEST for error in refused):
            raise errors.BatchTooLarge(refused[0].detail, code=_INVALID_REQUEST)
    return results


def _wait(error: errors.NodeError, pause: float) -> float | None:
    """How long to wait after an error, seconds; None if the node wants more than it is given."""
    wished = error.retry_after if isinstance(error, errors.NodeBusy) else None
    wait = max(pause, wished or 0.0)
    return wait if wait <= LONGEST_PAUSE else None


def _in_latest(ask: Ask) -> Ask:
    return replace(ask, params=tuple(LATEST if value == PENDING else value for value in ask.params))
