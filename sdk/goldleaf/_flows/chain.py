"""What a chain tells of itself: its time, blocks, gas, and transactions of whoever has sent them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from .. import errors
from .._encoding.address import checksum
from .._encoding.codec import hexadecimal, number
from ..results import Call
from ..types import Block, GasPrice, Receipt
from .asks import LATEST, Ask, Flow, read_call
from .core import Context, now
from .logs import find_head, read_block

T = TypeVar("T")

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
    return ask_gas_price()


def transaction(context: Context, transaction: str) -> Flow[Call | None]:
    """What a transaction does, by its hash, mined or not; its `name` is empty. None if the node knows none."""
    found: Call | None = yield Ask("eth_getTransactionByHash", (_hash(transaction),), _optional(read_call))
    return found


def receipt(context: Context, transaction: str) -> Flow[Receipt | None]:
    """What came of a transaction, by its hash; None if it is not mined, or the node knows none.

    Of transactions of the deployment, `Goldleaf.wait` tells more: the events, and why one failed.
    """
    found: Receipt | None = yield Ask("eth_getTransactionReceipt", (_hash(transaction),), _optional(_receipt))
    return found


def _base_fee(block: Mapping[str, Any]) -> int | None:
    fee = block.get("baseFeePerGas")
    return None if fee is None else number(fee)


GAS_PRICE = (
    Ask("eth_getBlockByNumber", (LATEST, False), _base_fee),
    Ask("eth_maxPriorityFeePerGas", read=number),
)


def read_gas_price(answers: Sequence[Any]) -> Flow[GasPrice]:
    """What gas costs, by the answers to `GAS_PRICE`."""
    base_fee, tip = answers
    if isinstance(base_fee, errors.GoldleafError):
        raise base_fee
    if base_fee is None or isinstance(tip, errors.GoldleafError):  # not every node says what tips are usual
        price = yield Ask("eth_gasPrice", read=number)
        return GasPrice(base_fee, max(price - (base_fee or 0), 0))
    return GasPrice(base_fee, tip)


def ask_gas_price() -> Flow[GasPrice]:
    """What gas costs now."""
    return (yield from read_gas_price((yield GAS_PRICE)))


def _optional(read: Callable[[Any], T]) -> Callable[[Any], T | None]:
    """Reads a result that may be none."""
    return lambda result: None if result is None else read(result)


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
