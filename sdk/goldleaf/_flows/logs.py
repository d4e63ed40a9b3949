"""Reading logs in ranges of blocks that the node is willing to look through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from .. import errors
from .._encoding import codec
from ..events import Event
from ..types import Block
from .asks import Flow, Joint, Log, LogQuery, Sleep, ask_block
from .core import Context

E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Event)

# Blocks asked for at first. What providers allow lies between 10 and 10,000; a node of one's own takes any number.
FIRST_STRIDE = 8192
# After a refusal, ranges that went well before a longer one is tried again.
PATIENCE = 8
# How often a read is tried again that failed for no fault of its range, and the first pause, which doubles.
RETRIES = 5
FIRST_PAUSE = 0.2
# From so many connections lost in a row on, fewer blocks are asked for.
SUSPICIOUS = 3


class Stride:
    """How many blocks to ask for at once: halved when the node refuses, doubled again as long as it does not."""

    def __init__(self) -> None:
        self.blocks = FIRST_STRIDE
        self._refused = False
        self._successes = 0

    def shorten(self, asked: int) -> None:
        """So many blocks were too many."""
        self.blocks = max(1, asked // 2)
        self._refused = True
        self._successes = 0

    def lengthen(self) -> None:
        """A range went well."""
        self._successes += 1
        if not self._refused or self._successes == PATIENCE:
            self.blocks *= 2
            self._successes = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks that were looked through, the last of them, and the logs in them, oldest first."""

    first: int
    last: Block
    logs: list[Log]


def read_stretch(
    queries: Sequence[LogQuery], first: int, last: int, stride: Stride, *, newest: bool = False
) -> Flow[Stretch]:
    """The logs in as many blocks of `first` to `last` as the node lets one see, from the first on or up to the last.

    Nodes say in many ways that a range is too long or holds too much, some with no word at all. So whatever the node
    refuses is asked again for half of the blocks, down to one. What is lost on the way is asked again after a pause,
    and so it is where the node is busy or behind. Raises the node's error when that does not help.
    """
    failures = 0
    while True:
        low, high = (
            (max(first, last - stride.blocks + 1), last) if newest else (first, min(last, first + stride.blocks - 1))
        )
        asked = [query.between(low, high) for query in queries]
        try:
            # The block proves that the node has the whole range: else it would leave out in silence what it lacks.
            found = _stretch(low, high, (yield Joint((ask_block(high), *asked))))
        except errors.NodeError as error:
            if not error.transient:  # fewer blocks may help at once
                if low == high:
                    raise
                stride.shorten(high - low + 1)
                continue
            failures += 1
            if failures > RETRIES:
                raise
            # Connections are lost for many reasons, and nodes busy. Again and again, the range may take too long.
            if failures >= SUSPICIOUS and isinstance(error, errors.Unreachable):
                stride.shorten(high - low + 1)
            yield Sleep(_pause(failures))
        else:
            stride.lengthen()
            return found


def read_block(block: int | Literal["latest", "safe", "finalized"] = "latest") -> Flow[Block]:
    """A block. Raises `NodeBehind` if the node has none of that number, or just replaces its latest."""
    found: Block | None = yield ask_block(block)
    if found is None:
        raise errors.NodeBehind(f"no block {block}")
    return found


def find_head() -> Flow[Block]:
    """The latest block, asked for again after a pause when that failed on the way."""
    failures = 0
    while True:
        try:
            return (yield from read_block())
        except errors.NodeError as error:
            failures += 1
            if failures > RETRIES or not error.transient:
                raise
            yield Sleep(_pause(failures))


def find_event(context: Context, kind: type[E], contract: str, *keys: int) -> Flow[E | None]:
    """The latest event of a kind whose first indexed fields are `keys`, looked for from the newest block back."""
    found = yield from _find(context, (kind,), contract, *keys)
    return found if isinstance(found, kind) else None


def find_one_of(context: Context, first: type[E], second: type[F], contract: str, key: int) -> Flow[E | F | None]:
    """The latest event of either kind whose first indexed field is `key`, looked for from the newest block back."""
    found = yield from _find(context, (first, second), contract, key)
    return found if isinstance(found, (first, second)) else None


def _find(context: Context, kinds: Sequence[type[Event]], contract: str, *keys: int) -> Flow[Event | None]:
    described = codec.contract(contract)
    names = tuple(described.events[kind.__name__].topic for kind in kinds)
    topics: tuple[bytes | tuple[bytes, ...] | None, ...] = (names, *map(codec.word, keys))
    query = LogQuery((context.deployment.address(contract),), topics)
    head = yield from find_head()
    first, last = context.deployment.block, head.number
    stride = Stride()
    while first <= last:
        stretch = yield from read_stretch([query], first, last, stride, newest=True)
        if stretch.logs:
            return described.decode_log(stretch.logs[-1].topics, stretch.logs[-1].data)
        last = stretch.first - 1
    return None


def read_events(context: Context, contract: str, topics: tuple[bytes | None, ...]) -> Flow[Iterator[Event | None]]:
    """The events of a contract with these topics, since the deployment, oldest first."""
    query = LogQuery((context.deployment.address(contract),), topics)
    head = yield from find_head()
    first, stride = context.deployment.block, Stride()
    logs: list[Log] = []
    while first <= head.number:
        stretch = yield from read_stretch([query], first, head.number, stride)
        logs += stretch.logs
        first = stretch.last.number + 1
    return map(context.decode_log, logs)


def merge(answers: Sequence[list[Log] | errors.GoldleafError]) -> list[Log]:
    """The logs that several queries found, oldest first. Raises the first error among the answers."""
    logs: list[Log] = []
    for answer in answers:
        if isinstance(answer, errors.GoldleafError):
            raise answer
        logs += answer
    return sorted(logs, key=lambda log: (log.block, log.index))


def _stretch(low: int, high: int, answers: Sequence[Any]) -> Stretch:
    block, *found = answers
    if block is None:
        raise errors.NodeBehind(f"no block {high}")
    if isinstance(block, errors.GoldleafError):
        raise block
    return Stretch(low, block, merge(found))


def _pause(failures: int) -> float:
    return float(FIRST_PAUSE * 2 ** (failures - 1))
