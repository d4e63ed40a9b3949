"""From the chain into the database: to the head, past it, and back where blocks were replaced."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from goldleaf import Goldleaf, errors
from goldleaf.feed import MEMORY, Cursor, Logged
from goldleaf.types import Block, Period

from .database import Database

# Events that are taken in at once.
BATCH = 2_000
# How long `catch_up` waits for a node that cannot be reached, seconds.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index has come."""

    block: int  # the last one that was read
    head: int  # of the chain, as it was seen last
    events: int  # taken in by this run, less those that were undone


class Following:
    """One run of reading."""

    def __init__(self, database: Database, client: Goldleaf, progress: Callable[[Progress], None] | None) -> None:
        self._database = database
        self._client = client
        self._report = progress
        self._pending: list[Logged] = []
        self._cursor: Cursor | None = None
        self._head = 0
        self._events = 0
        # A block that was replaced and is undone already.
        self._undone: int | None = None

    def run(
        self,
        goal: int | None,
        confirmations: int,
        poll: Period,
        stop: Callable[[], bool],
    ) -> Progress:
        """Reads up to this block, or for ever; until `stop()` says so. Returns how far it has come."""
        while not stop():
            try:
                self._begin()
                if self._is_reached(goal):
                    break
                self._watch(goal, confirmations, poll, stop)
            except errors.Reorganized:
                self._recover()
            except errors.NodeError:
                if goal is not None:
                    raise
                # `watch` waits for a node by itself; what was asked besides begins again.
                time.sleep(poll.total_seconds() if isinstance(poll, timedelta) else poll)
        return self.told()

    def _begin(self) -> None:
        self._pending.clear()
        self._cursor = self._database.begin()
        if self._database.stand().sink is None:
            self._database.note_sink(self._client.tasks.sink())
        if self._database.court() is None and "Court" in self._database.deployment.contracts:
            self._database.note_court(self._client.court.parameters())
        if self._cursor is not None:
            block = self._client.chain.block(self._cursor.block)
            _check(block, self._cursor.block_hash)

    def _watch(self, goal: int | None, confirmations: int, poll: Period, stop: Callable[[], bool]) -> None:
        def is_over() -> bool:
            # Asked between two looks: all that was found is here, and the cursor stands behind a whole block.
            if watch.cursor is not None and watch.cursor != self._cursor:
                self._write(watch.cursor)
            return self._is_reached(goal) or stop()

        watch = self._client.events.watch(
            from_block=self._cursor or self._database.deployment.block,
            confirmations=confirmations,
            poll=poll,
            timeout=None if goal is None else PATIENCE,
            stop=is_over,
        )
        for logged in watch:
            if logged.removed:
                self._take_back(logged)
            else:
                self._take(logged)

    def _is_reached(self, goal: int | None) -> bool:
        return goal is not None and self._cursor is not None and self._cursor.block >= goal

    def _take(self, logged: Logged) -> None:
        if len(self._pending) >= BATCH and self._pending[-1].block != logged.block:
            last = self._pending[-1]
            self._write(Cursor(last.block, last.block_hash))
        self._pending.append(logged)

    def _take_back(self, logged: Logged) -> None:
        """Undoes an event: they come newest first, and those of a block together."""
        if self._pending:
            self._pending.pop()
        elif self._undone != logged.block:
            self._undo(logged.block)
            self._undone = logged.block

    def _write(self, cursor: Cursor) -> None:
        blocks = {logged.block: logged.block_hash for logged in self._pending}
        blocks[cursor.block] = cursor.block_hash
        head, *found = self._client.chain.block.many(["latest", *blocks])
        for block in found:
            _check(block, blocks[block.number])
        times = {block.number: block.timestamp for block in found}
        self._database.add(self._pending, times, cursor, times[cursor.block], head.number - MEMORY)
        self._events += len(self._pending)
        self._pending.clear()
        self._undone = None
        self._cursor = cursor
        self._head = head.number
        self._tell()

    def _recover(self) -> None:
        """Goes back to the last block with events that the chain still has: it may be deeper than `watch` can tell."""
        self._pending.clear()
        known = self._database.blocks()
        low, high = 0, len(known)
        while low < high:
            middle = (low + high) // 2
            if self._has(*known[middle]):
                low = middle + 1
            else:
                high = middle
        self._undo(known[low][0] if low < len(known) else known[-1][0] + 1 if known else 0)

    def _undo(self, first_block: int) -> None:
        self._events -= self._database.undo(first_block)
        self._cursor = None
        self._tell()

    def _has(self, number: int, block_hash: str) -> bool:
        try:
            return _hex(self._client.chain.block(number)) == block_hash
        except errors.NodeBehind:
            return False

    def _tell(self) -> None:
        if self._report is not None:
            self._report(self.told())

    def told(self) -> Progress:
        """How far the index has come."""
        block = self._database.stand().block
        # Before anything was read it stands in front of the deployment.
        return Progress(self._database.deployment.block - 1 if block is None else block, self._head, self._events)


def head(client: Goldleaf) -> int:
    """The number of the latest block."""
    return client.chain.block().number


def _check(block: Block, block_hash: str) -> None:
    if _hex(block) != block_hash:
        raise errors.Reorganized(f"block {block.number}")


def _hex(block: Block) -> str:
    return "0x" + block.hash.hex()
