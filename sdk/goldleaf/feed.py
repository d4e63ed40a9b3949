"""The events of a deployment: those that were, and those to come, through reorganizations and dropped connections.

`client.events` is an `Events`, or an `AsyncEvents`. What happens is decided here once, in generators without I/O, which
yield what is to be read and what was found.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from . import errors
from ._encoding import codec
from ._engine.asking import Ended
from ._flows import edge
from ._flows.asks import Flow, Log, LogQuery, Request, Sleep, ask_block
from ._flows.core import Context
from ._flows.logs import Stride, find_head, merge, read_block, read_stretch
from .events import EVENTS, Event
from .types import Block

# How deep blocks have to lie, in blocks, to be read in ranges and not one by one, and to be taken for final by that.
SETTLED = 64
# How many blocks are remembered, to tell what was undone when they are replaced.
MEMORY = 256
# How many blocks are asked for at once where they are read one by one.
CHUNK = 32
# The longest pause while the node cannot be reached, and the longest without asking whether to stop, seconds.
LONGEST_PAUSE = 30.0
NAP = 1.0

_END = 2**64

H = TypeVar("H")
W = TypeVar("W")

# A value of an indexed field, or several of which any will do.
Wanted: TypeAlias = int | str | bytes | Sequence[int | str | bytes]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the chain up to which events were given.

    Store it with what was made of the events, and go on from it after a restart: `watch(from_block=cursor)`.
    """

    block: int
    # The block's, as 0x and 64 digits.
    block_hash: str
    # The last log of the block that was given; None: all of it.
    index: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {"block": self.block, "block_hash": self.block_hash, "index": self.index}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Cursor":
        """From what `to_json` made. Raises `ArgumentError` if it is something else."""
        try:
            block, block_hash, index = content["block"], content["block_hash"], content["index"]
            if not isinstance(block, int) or len(bytes.fromhex(block_hash[2:])) != 32:
                raise ValueError
            if index is not None and not isinstance(index, int):
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            raise errors.ArgumentError(f"{content!r} is no cursor") from error
        return cls(block, block_hash, index)


@dataclass(frozen=True, slots=True)
class Logged:
    """An event, and where it lies."""

    event: Event
    block: int
    # The block's, as 0x and 64 digits.
    block_hash: str
    # Its place among the logs of its block.
    index: int
    # Hash of its transaction, as 0x and 64 digits.
    transaction: str
    # Name of the contract that logged it.
    contract: str
    # Whether its block was replaced after it had been given: whatever was made of it has to be undone.
    removed: bool = False


Step: TypeAlias = "Request | Logged"
Stream: TypeAlias = Generator[Step, Any, None]


# Answers what a stream asks for until it finds an event or ends.
Advance: TypeAlias = Callable[[Stream], Logged | Ended]
AsyncAdvance: TypeAlias = Callable[[Stream], Awaitable[Logged | Ended]]


class History(Iterator[Logged]):
    """Events that were logged, read on the way."""

    def __init__(self, advance: Advance, stream: Stream) -> None:
        self._advance = advance
        self._stream = stream

    def __next__(self) -> Logged:
        found = self._advance(self._stream)
        if isinstance(found, Ended):
            raise StopIteration
        return found


class AsyncHistory(AsyncIterator[Logged]):
    """`History` for `async for`."""

    def __init__(self, advance: AsyncAdvance, stream: Stream) -> None:
        self._advance = advance
        self._stream = stream

    async def __anext__(self) -> Logged:
        found = await self._advance(self._stream)
        if isinstance(found, Ended):
            raise StopAsyncIteration
        return found


class Watch(History):
    """Events as they happen."""

    def __init__(self, advance: Advance, follower: "Follower") -> None:
        super().__init__(advance, follower.follow())
        self._follower = follower

    @property
    def cursor(self) -> Cursor | None:
        """The place up to which they were given; None before the first look."""
        return self._follower.cursor


class AsyncWatch(AsyncHistory):
    """`Watch` for `async for`."""

    def __init__(self, advance: AsyncAdvance, follower: "Follower") -> None:
        super().__init__(advance, follower.follow())
        self._follower = follower

    @property
    def cursor(self) -> Cursor | None:
        """The place up to which they were given; None before the first look."""
        return self._follower.cursor


class _Events(Generic[H, W]):
    """The events of all contracts of the deployment, typed."""

    _history: Callable[[Any, Stream], H]
    _watch: Callable[[Any, "Follower"], W]

    def __init__(self, advance: Any, context: Context) -> None:
        self._advance = advance
        self._context = context

    def history(
        self,
        *kinds: type[Event],
        first_block: int | None = None,
        last_block: int | None = None,
        contract: str | None = None,
        **fields: Wanted,
    ) -> H:
        """The events of these kinds (without any: of all) that were logged so far, oldest first.

        `fields` are indexed fields and the values that they must have: `history(Taken, annotator=account)`,
        `history(submission=[first, second])`. Without kinds, those are meant that have all of the fields. `contract` is
        the name of the one whose events are meant: the court and the escrow share those of their ledgers. Without
        `first_block` it begins with the deployment's, without `last_block` it ends with the latest; both are included.

        They are read on the way, in ranges as long as the node allows. What the last blocks hold may still be
        replaced; `watch` tells. Raises `ArgumentError` for a kind that does not have the fields, `NodeBehind` if there
        is no `last_block`, and what the node raises when it goes on doing so.
        """
        asked = queries(self._context, kinds, contract, fields)
        return self._history(self._advance, history(self._context, asked, first_block, last_block))

    def watch(
        self,
        *kinds: type[Event],
        from_block: int | Cursor | None = None,
        confirmations: int = 0,
        poll: edge.Period | float = 1,
        timeout: edge.Period | float | None = None,
        stop: Callable[[], bool] | None = None,
        contract: str | None = None,
        **fields: Wanted,
    ) -> W:
        """The events of these kinds as they happen, in order, each exactly once; kinds and fields as in `history`.

        From `from_block` on: a block's number, the cursor of an earlier watch, or None for what comes after the first
        look, which is taken when the first event is asked for. Only blocks that have `confirmations` blocks on top are
        looked at; the node is asked every `poll`.

        When blocks are replaced, what had been given of them is given again with `removed` set, newest first, and then
        the events of the blocks that took their place. While the node cannot be reached or lags behind, it is asked
        again at growing intervals of up to 30 seconds. Ends when `stop()` says so, or when nothing came for `timeout`.

        Raises `Reorganized` when blocks were replaced deeper than is remembered (64 blocks, or since the cursor was
        taken); the node's error when it could not be reached at the end of `timeout`.
        """
        follower = Follower(
            self._context,
            queries(self._context, kinds, contract, fields),
            from_block,
            confirmations,
            poll,
            timeout,
            stop,
        )
        return self._watch(self._advance, follower)


class Events(_Events[History, Watch]):
    """The events of all contracts of the deployment, typed."""

    _history = History
    _watch = Watch


class AsyncEvents(_Events[AsyncHistory, AsyncWatch]):
    """The events of all contracts of the deployment, typed: `async for` gives them."""

    _history = AsyncHistory
    _watch = AsyncWatch


def queries(
    context: Context, kinds: Sequence[type[Event]], contract: str | None, fields: Mapping[str, Wanted]
) -> list[LogQuery]:
    """What to ask a node for to see these events: one query for each place where the fields stand in their topics.

    Raises `ArgumentError` if a kind, or every one, lacks a field, or a value is not of its field's type.
    """
    found: dict[tuple[bytes | tuple[bytes, ...] | None, ...], tuple[dict[str, None], dict[bytes, None]]] = {}
    met = set()
    for address, name in context.sources.items():
        for described in codec.contract(name).events.values():
            kind = EVENTS[described.name]
            if (
                (kinds and kind not in kinds)
                or contract not in (None, name)
                or not fields.keys() <= described.indexed.keys()
            ):
                continue
            met.add(kind)
            places = tuple(
                _topic(field, type_, fields[field]) if field in fields else None
                for field, type_ in described.indexed.items()
            )
            while places and places[-1] is None:
                places = places[:-1]
            addresses, topics = found.setdefault(places, ({}, {}))
            addresses[address] = None
            topics[described.topic] = None
    missing = [kind.__name__ for kind in kinds if kind not in met]
    if missing or not met:
        where = f" in {contract}" if contract is not None else ""
        raise errors.ArgumentError(f"no {', '.join(missing) or 'event'} with the indexed fields {[*fields]}{where}")
    return [LogQuery(tuple(addresses), (tuple(topics), *places)) for places, (addresses, topics) in found.items()]


def history(context: Context, asked: Sequence[LogQuery], first_block: int | None, last_block: int | None) -> Stream:
    """The stream behind `Events.history`."""
    if last_block is None:
        head = yield from find_head()
        last_block = head.number
    first = context.deployment.block if first_block is None else first_block
    stride = Stride()
    while first <= last_block:
        stretch = yield from read_stretch(asked, first, last_block, stride)
        yield from _logged(context, stretch.logs)
        first = stretch.last.number + 1


@dataclass(frozen=True, slots=True)
class _Seen:
    """A block that was looked at, and what was found in it."""

    block: Block
    logged: tuple[Logged, ...]


class Follower:
    """The stream behind `Events.watch`, and how far it has come.

    Far from the head, blocks are read in ranges. Near it, one by one: each must name the one before as its parent, and
    its logs are asked for by its hash, which a node that lacks the block refuses instead of answering with nothing. A
    block that a node has another one for was replaced; a block that it has none for is not: it is behind.
    """

    def __init__(
        self,
        context: Context,
        asked: Sequence[LogQuery],
        start: int | Cursor | None,
        confirmations: int,
        poll: edge.Period | float,
        timeout: edge.Period | float | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        if confirmations < 0:
            raise errors.ArgumentError("confirmations", value=confirmations, bound="at least 0")
        self.cursor: Cursor | None = start if isinstance(start, Cursor) else None
        self._context = context
        self._asked = asked
        self._confirmations = confirmations
        self._poll = edge.duration(poll)
        self._timeout = None if timeout is None else edge.duration(timeout)
        self._stop = stop
        # The cursor to go on from, until its block was read again.
        self._resumed = self.cursor
        # Block and index up to which everything was given before.
        self._after = (-1, _END)
        if self.cursor is not None:
            self._after = (self.cursor.block, _END if self.cursor.index is None else self.cursor.index)
        # The block to read next; None before the first look.
        self._next = start if isinstance(start, int) else None
        self._seen: deque[_Seen] = deque()
        # Whether events were given of blocks before those that are remembered.
        self._forgotten = self.cursor is not None
        self._stride = Stride()
        self._last_given = 0.0

    def follow(self) -> Stream:
        """Looks at the chain again and again."""
        self._last_given = time.monotonic()
        pause = self._poll
        failed: errors.NodeError | None = None
        while self._goes_on():
            try:
                moved = yield from self._look()
                failed = None
                pause = self._poll
            except errors.NodeError as error:
                moved = False
                failed = error
                pause = min(2 * pause, max(LONGEST_PAUSE, self._poll))
            if not moved:
                yield from self._wait(pause)
        if failed is not None and not (self._stop is not None and self._stop()):
            raise failed

    def _goes_on(self) -> bool:
        return not (self._stop is not None and self._stop()) and self._left() > 0

    def _left(self) -> float:
        return float("inf") if self._timeout is None else self._last_given + self._timeout - time.monotonic()

    def _wait(self, seconds: float) -> Stream:
        end = time.monotonic() + seconds
        while self._goes_on() and (left := end - time.monotonic()) > 0:
            yield Sleep(min(left, NAP, max(self._left(), 0)))

    def _look(self) -> Generator[Step, Any, bool]:
        """Gives what is new; whether there may be more at once."""
        head = yield from read_block()
        target = head.number - self._confirmations
        if self._next is None:
            yield from self._begin(target)
        assert self._next is not None
        if self._next <= target - SETTLED:
            yield from self._read_far(target - SETTLED)
            return True
        if self._next <= target:
            return (yield from self._read_near(head, target))
        return (yield from self._compare(head, target))

    def _begin(self, target: int) -> Flow[None]:
        number = target if self._resumed is None else self._resumed.block
        block = yield from read_block(max(number, 0))
        if self._resumed is None:
            self._seen.append(_Seen(block, ()))
            self.cursor = Cursor(block.number, _hex(block.hash))
            self._next = block.number + 1
        else:
            self._check_resumed(block)
            # Some blocks before it are read again in silence, to know what to take back if they should be replaced.
            self._next = min(number, max(target - SETTLED + 1, self._context.deployment.block))

    def _read_far(self, last: int) -> Stream:
        assert self._next is not None
        stretch = yield from read_stretch(self._asked, self._next, last, self._stride)
        yield from self._give(_logged(self._context, stretch.logs))
        self._seen.clear()
        self._resumed = None
        self._forgotten = True
        self._passed(stretch.last, ())

    def _read_near(self, head: Block, target: int) -> Generator[Step, Any, bool]:
        assert self._next is not None
        blocks = yield from self._blocks(head, range(self._next, min(target, self._next + CHUNK - 1) + 1))
        if not blocks:
            return False
        if self._seen and blocks[0].parent != self._seen[-1].block.hash:
            return (yield from self._undo(blocks[0].number - 1))
        answers = yield tuple(query.within(block.hash) for block in blocks for query in self._asked)
        for place, block in enumerate(blocks):
            own = answers[place * len(self._asked) : (place + 1) * len(self._asked)]
            logged = tuple(_logged(self._context, merge(own)))
            if self._resumed is not None and block.number == self._resumed.block:
                self._check_resumed(block)
                self._resumed = None
            yield from self._give(logged)
            self._passed(block, logged)
        return blocks[-1].number < target

    def _blocks(self, head: Block, numbers: range) -> Flow[list[Block]]:
        """Blocks that follow on one another, as far as the node has them."""
        answers: Sequence[Any] = (head,)
        if numbers != range(head.number, head.number + 1):
            answers = yield tuple(ask_block(number) for number in numbers)
        blocks: list[Block] = []
        for answer in answers:
            if isinstance(answer, errors.GoldleafError):
                raise answer
            if answer is None or (blocks and answer.parent != blocks[-1].hash):
                break
            blocks.append(answer)
        return blocks

    def _compare(self, head: Block, target: int) -> Generator[Step, Any, bool]:
        """Whether the block that the node has at the height of its head is the one that was seen."""
        seen = next((seen for seen in self._seen if seen.block.number == target), None)
        if seen is None:
            return False
        block = head if target == head.number else (yield from read_block(target))
        if block.hash == seen.block.hash:
            return False
        return (yield from self._undo(target))

    def _undo(self, number: int) -> Generator[Step, Any, bool]:
        """Takes back what was given of blocks that were replaced, of which `number` seems to be one."""
        kept: int | None = None
        for seen in reversed(self._seen):
            if seen.block.number <= number:
                block = yield from read_block(seen.block.number)
                if block.hash == seen.block.hash:
                    kept = block.number
                    break
        if kept == self._seen[-1].block.number:
            return False
        if self._resumed is not None or (kept is None and self._forgotten):
            raise errors.Reorganized(f"block {self._seen[0].block.number} or a later one")
        while self._seen and (kept is None or self._seen[-1].block.number > kept):
            undone = self._seen[-1]
            self._next = undone.block.number
            for logged in reversed(undone.logged):
                self.cursor = Cursor(logged.block, logged.block_hash, logged.index - 1)
                yield replace(logged, removed=True)
                self._last_given = time.monotonic()
            self._seen.pop()
            self.cursor = Cursor(undone.block.number - 1, _hex(undone.block.parent))
            self._after = min(self._after, (undone.block.number - 1, _END))
        return True

    def _give(self, found: Iterable[Logged]) -> Stream:
        for logged in found:
            if (logged.block, logged.index) > self._after:
                self.cursor = Cursor(logged.block, logged.block_hash, logged.index)
                yield logged
                self._last_given = time.monotonic()

    def _passed(self, block: Block, logged: tuple[Logged, ...]) -> None:
        """A block was read to its end."""
        self._seen.append(_Seen(block, logged))
        self._next = block.number + 1
        if (block.number, _END) >= self._after:
            self.cursor = Cursor(block.number, _hex(block.hash))
        while len(self._seen) > MEMORY:
            self._seen.popleft()
            self._forgotten = True

    def _check_resumed(self, block: Block) -> None:
        assert self._resumed is not None
        if _hex(block.hash) != self._resumed.block_hash:
            raise errors.Reorganized(f"block {block.number}, at which the cursor stands,")


def _logged(context: Context, logs: Iterable[Log]) -> Iterator[Logged]:
    for log in logs:
        event = context.decode_log(log)
        if event is not None:
            contract = context.sources[log.address]
            yield Logged(event, log.block, _hex(log.block_hash), log.index, log.transaction, contract)


def _topic(field: str, type_: str, wanted: Wanted) -> tuple[bytes, ...]:
    values = wanted if isinstance(wanted, Sequence) and not isinstance(wanted, (str, bytes)) else [wanted]
    return tuple(_word(field, type_, value) for value in values)


def _word(field: str, type_: str, value: int | str | bytes) -> bytes:
    if type_ == "address" and isinstance(value, str):
        return codec.word(edge.address(value))
    if type_ == "bytes32" and isinstance(value, bytes):
        return edge.word(field, value)
    if type_ == "uint256" and isinstance(value, int) and 0 <= value < 2**256:
        return codec.word(value)
    raise errors.ArgumentError(f"{field} is {value!r}, no {type_}")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
