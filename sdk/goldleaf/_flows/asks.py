"""The language of flows: what they ask of a node, and how its answers are read.

A flow is a generator. What it yields is one of these:

- an `Ask`: it is sent what the node's result says, or has the error thrown into it;
- a tuple of them: it is sent the answers in order, and of what failed the error in the place of the answer;
- a `Joint`: as with a tuple, and all answers are of one node, where that takes several requests at once;
- a `Sleep`: it goes on some seconds later;
- a `Locked` flow: it is sent what that one returns.

`goldleaf._engine.asking` is where they are answered.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, TypeVar

from .._encoding.address import checksum
from .._encoding.codec import hexadecimal, number, octets
from ..results import Call
from ..types import Block

T = TypeVar("T")

# Reads and estimates are made in the block that is being built, so that they see its time. On a node that refuses this
# they are made in the latest block.
PENDING: Final = "pending"
LATEST: Final = "latest"


@dataclass(frozen=True, slots=True)
class Ask:
    """A JSON-RPC request, and the function that reads its result; equal if they ask for the same."""

    method: str
    params: tuple[Any, ...] = ()
    # May raise ValueError, TypeError, KeyError or AttributeError. None: the answer is the result as it is.
    read: Callable[[Any], Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Joint:
    """Requests that go in one message, so that one node answers them all: behind an address there may be several.

    What one of them does not know yet another one does, so an answer proves something of another answer only here.
    """

    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Sleep:
    """Some seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Locked:
    """A flow that no other one of the same account runs beside."""

    account: str
    flow: "Flow[Any]"


Request: TypeAlias = "Ask | tuple[Ask, ...] | Joint | Sleep | Locked"
Flow: TypeAlias = Generator[Request, Any, T]


# ---------------------------------------------------------------- what is asked for


@dataclass(frozen=True, slots=True)
class Log:
    """A log, and where it lies."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    # Hash of its transaction, as 0x and 64 digits.
    transaction: str
    # Its place among the logs of its block.
    index: int
    # Whether the block was replaced by another one since.
    removed: bool = False


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which logs: of any of these contracts, with these topics.

    A topic is 32 bytes, or several of which any will do, or None for whatever stands there.
    """

    addresses: tuple[str, ...]
    topics: tuple[bytes | tuple[bytes, ...] | None, ...] = ()

    def _filter(self, **blocks: str) -> dict[str, Any]:
        topics = [
            [hexadecimal(choice) for choice in topic] if isinstance(topic, tuple) else topic and hexadecimal(topic)
            for topic in self.topics
        ]
        return {"address": list(self.addresses), "topics": topics, **blocks}

    def between(self, first: int, last: int) -> Ask:
        """Those in a range of blocks, both ends included; answered with a list of `Log`, oldest first."""
        return Ask("eth_getLogs", (self._filter(fromBlock=hex(first), toBlock=hex(last)),), _read_logs)

    def within(self, block_hash: bytes) -> Ask:
        """Those in one block, which a node that does not have it refuses; answered with a list of `Log`."""
        return Ask("eth_getLogs", (self._filter(blockHash=hexadecimal(block_hash)),), _read_logs)


def ask_view(to: str, data: bytes) -> Ask:
    """For the return data of a view; answered with bytes."""
    return Ask("eth_call", ({"to": to, "data": hexadecimal(data)}, PENDING), octets)


def ask_call(sender: str, to: str, data: bytes) -> Ask:
    """For what would come of a call of an account; answered with the return data, bytes."""
    return Ask("eth_call", ({"from": sender, "to": to, "data": hexadecimal(data)}, PENDING), octets)


def ask_time(block: str = PENDING) -> Ask:
    """For the time of a block, by default the one that is being built; answered with unix seconds."""
    return Ask("eth_getBlockByNumber", (block, False), _read_time)


def ask_block(block: int | Literal["latest", "safe", "finalized"] = LATEST) -> Ask:
    """For a block; answered with a `Block`, or None if there is none."""
    return Ask("eth_getBlockByNumber", (hex(block) if isinstance(block, int) else block, False), _read_block)


def read_log(log: Mapping[str, Any]) -> Log:
    """A log of a receipt, of a range of blocks, or of a simulation."""
    return Log(
        address=checksum(log["address"]),
        topics=tuple(map(octets, log["topics"])),
        data=octets(log["data"]),
        block=number(log["blockNumber"]),
        block_hash=octets(log["blockHash"]),
        transaction=hexadecimal(log["transactionHash"]),
        index=number(log["logIndex"]),
        removed=bool(log.get("removed", False)),
    )


def read_call(transaction: Mapping[str, Any]) -> Call:
    """What a transaction that the node knows does."""
    return Call(
        name="",
        sender=checksum(transaction["from"]),
        to=checksum(transaction["to"]) if transaction["to"] else "",
        data=octets(transaction["input"]),
        chain_id=number(transaction.get("chainId") or 0),
        value=number(transaction["value"]),
    )


def _read_logs(logs: list[Mapping[str, Any]]) -> list[Log]:
    return [read_log(log) for log in logs]


def _read_time(block: Mapping[str, Any]) -> int:
    return number(block["timestamp"])


def _read_block(block: Mapping[str, Any] | None) -> Block | None:
    if block is None:
        return None
    return Block(
        number(block["number"]), octets(block["hash"]), octets(block["parentHash"]), number(block["timestamp"])
    )
