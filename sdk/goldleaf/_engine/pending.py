"""Transactions on their way, how they are put there, and what to tell of them when something goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .. import errors
from .._encoding.codec import hexadecimal
from .._flows.asks import Ask, Flow, Log
from ..results import Call
from .fees import Fees

if TYPE_CHECKING:
    from eth_account.datastructures import SignedTransaction


class Signer(Protocol):
    """A local account, such as eth-account's `LocalAccount`."""

    @property
    def address(self) -> Any: ...

    def sign_transaction(self, transaction_dict: Any) -> "SignedTransaction": ...


@dataclass(frozen=True)
class Options:
    """How to send, and to wait."""

    # Seconds until waiting for a transaction ends, and the longest between two questions about it.
    timeout: float
    poll: float
    # Gas of every transaction; None estimates.
    gas_limit: int | None
    # The most that may be paid for each gas, in wei.
    max_fee: int | None


@dataclass(frozen=True)
class Receipt:
    """Where a transaction was mined, whether it did what it should, and what it logged."""

    transaction: str
    block: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    logs: list[Log]


@dataclass
class PendingTransaction:
    """A transaction on its way. Of one that somebody else has sent, much may not be known."""

    call: Call | None = None
    nonce: int | None = None
    # Whoever signs: a local account, or the address of one that the node signs for.
    signer: Signer | str | None = None
    gas: int = 0
    offered: Fees | None = None
    # What was signed here last, and the hashes of all that was sent under this nonce, the latest last.
    raw: str | None = None
    hashes: list[str] = field(default_factory=list)
    # Whether the node was told to sign and send it, and did not say no. Then it may be under way under no known hash.
    ordered: bool = False
    # Of whichever was mined.
    receipt: Receipt | None = None

    @property
    def was_sent(self) -> bool:
        """Whether it is under way, or may be."""
        return bool(self.hashes) or self.ordered

    @property
    def hash(self) -> str:
        """That of the latest; empty if nobody knows it."""
        return self.hashes[-1] if self.hashes else ""

    @property
    def name(self) -> str:
        """For people."""
        return self.hash or f"the transaction of nonce {self.nonce}, whose hash the node has not told,"


@dataclass(frozen=True)
class Mined:
    """A transaction that was mined and did what it should."""

    transaction: str
    nonce: int
    block: int
    gas_used: int
    logs: list[Log]


class SentRecord:
    """What one call has sent so far. Nothing that ends the call may hide it."""

    def __init__(self) -> None:
        self.transactions: list[PendingTransaction] = []

    @property
    def sent(self) -> list[str]:
        """The hashes of all that was sent, in order."""
        return [hash_ for pending in self.transactions for hash_ in pending.hashes]

    @property
    def unknown(self) -> list[int]:
        """The nonces of what may have been sent under no known hash."""
        lost = [pending.nonce for pending in self.transactions if pending.ordered and not pending.hashes]
        return [nonce for nonce in lost if nonce is not None]

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Has whatever ends the steps within say what was sent before."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            reported = self._reported(error)
            if reported is error:
                raise
            raise reported from error

    def _reported(self, error: BaseException) -> BaseException:
        """An error, or one in its place, that says what was sent."""
        sent, unknown = self.sent, self.unknown
        if not sent and not unknown:
            return error
        receipts = [pending.receipt for pending in self.transactions if pending.receipt is not None]
        mined = [receipt.transaction for receipt in receipts]
        failed = [receipt.transaction for receipt in receipts if not receipt.succeeded]
        if isinstance(error, errors.TransactionError) or (isinstance(error, errors.GoldleafError) and not unknown):
            return error.after(sent, mined, failed)
        told = errors.tell_sent(sent, mined, failed, unknown)
        if isinstance(error, KeyboardInterrupt):
            return errors.SendInterrupted(told, sent, mined)
        if isinstance(error, Exception):
            detail = f"{told} Then: {error or type(error).__name__}".rstrip(".")
            return errors.TransactionUntracked(detail, transaction=sent[-1] if sent else "").after(sent, mined)
        # A cancellation, which has to be of just this class for asyncio to know it.
        error.args = (*error.args, told)
        vars(error).update(sent=tuple(sent), mined=tuple(mined))
        return error


def sign_and_send(pending: PendingTransaction) -> Flow[None]:
    """Signs and sends. Raises `NonceTaken`, `Underpriced` and whatever else the node refuses it for.

    What may have been lost on the way counts as sent.
    """
    assert pending.call is not None and pending.nonce is not None and pending.offered is not None
    numbers = {
        "value": pending.call.value,
        "chainId": pending.call.chain_id,
        "nonce": pending.nonce,
        "gas": pending.gas,
        **pending.offered.fields(),
    }
    if pending.signer is None or isinstance(pending.signer, str):
        fields = {**pending.call.to_json(), **{name: hex(value) for name, value in numbers.items()}}
        yield from _order(pending, fields)
        return
    signed = pending.signer.sign_transaction({"to": pending.call.to, "data": pending.call.data, **numbers})
    before = pending.raw
    pending.raw = hexadecimal(signed.raw_transaction)
    pending.hashes.append(hexadecimal(signed.hash))
    try:
        yield from send_again(pending)
    except errors.GoldleafError:
        pending.raw = before
        pending.hashes.pop()
        raise


def send_again(pending: PendingTransaction) -> Flow[None]:
    """Sends once more what was signed last. Raises what the node refuses it for."""
    try:
        yield Ask("eth_sendRawTransaction", (pending.raw,))
    except (errors.AlreadyKnown, errors.Unreachable, errors.GarbledAnswer):
        return  # the node has it, or may have it
    except errors.NonceTaken:
        # By itself, if it arrived when the answer was lost; the node need not have its index ready.
        ways = ("eth_getTransactionByHash", "eth_getTransactionReceipt")
        found = yield tuple(Ask(method, (pending.hash,)) for method in ways)
        if all(answer is None for answer in found):
            raise


def _order(pending: PendingTransaction, fields: dict[str, str]) -> Flow[None]:
    """Has the node sign and send."""
    before, pending.ordered = pending.ordered, True
    try:
        pending.hashes.append((yield Ask("eth_sendTransaction", (fields,), hexadecimal)))
    except errors.NodeBusy:
        pending.ordered = before
        raise
    except (errors.Unreachable, errors.GarbledAnswer):
        return  # whether it was sent is seen by its nonce
    except errors.GoldleafError:
        pending.ordered = before
        raise
