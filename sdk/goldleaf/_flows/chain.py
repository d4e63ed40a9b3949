"""What a chain tells of itself: its time, blocks, gas, and transactions of whoever has sent them."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from .. import errors
from .._address import checksum
from .._engine import fees
from .._engine.reading import hexadecimal, number, parsed, read_call
from .._engine.steps import Ask
from ..results import Call
from ..types import Block, GasPrice, Receipt
from .core import Context, Flow, now
from .logs import find_head, read_block

_HASH = re.compile("0x[0-9a-fA-F]{64}")


def time(context: Context) -> Flow[int]:
    """The time at which a transaction that is sent now would be mined, unix seconds: that of the pending block."""
    return now()


def block(context: Context, block: int | Literal["latest", "safe", "finalized"] = "latest") -> Flow[Block]:
    """The head of a block, by its number or its standing.

    The latest is asked for again after a pause when that failed on the way. Raises `NodeBehind` if the node has no such
    block.
    """
    return find_head() if block == "latest" else read_block(block)


def gas_price(context: Context) -> Flow[GasPrice]:
    """What gas costs now: the base fee of the latest block, and what is usual above it."""
    return (yield from fees.read_market((yield fees.ASKS)))


def transaction(context: Context, transaction: str) -> Flow[Call | None]:
    """What a transaction does, by its hash, mined or not; its `name` is empty. None if the node knows none."""
    found = yield Ask("eth_getTransactionByHash", (_hash(transaction),))
    return None if found is None else parsed(read_call, found)


def receipt(context: Context, transaction: str) -> Flow[Receipt | None]:
    """What came of a transaction, by its hash; None if it is not mined, or the node knows none.

    Of transactions of the deployment, `Goldleaf.wait` tells more: the events, and why one failed.
    """
    found = yield Ask("eth_getTransactionReceipt", (_hash(transaction),))
    return None if found is None else parsed(_receipt, found)


def _hash(transaction: str) -> str:
    if not isinstance(transaction, str) or not _HASH.fullmatch(transaction):
        raise errors.ArgumentError("transaction", value=repr(transaction), bound="0x and 64 hexadecimal digits")
    return transaction


def _receipt(found: Mapping[str, Any]) -> Receipt:
    return Receipt(
        transaction=hexadecimal(found["transactionHash"]),
        sender=checksum(found["from"]),
        block=number(found["blockNumber"]),
        succeeded=number(found["status"]) == 1,
        gas_used=number(found["gasUsed"]),
        gas_price=number(found.get("effectiveGasPrice") or 0),
    )
