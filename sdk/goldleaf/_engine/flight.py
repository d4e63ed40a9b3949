"""Transactions on their way, how they are put there, and what to tell of them when something goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .. import errors
from .._flows.asks import Ask, Flow, Log, hexadecimal
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
class Flight:
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
    def is_out(self) -> bool:
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


class Trail:
    """What one call has sent so far. Nothing that ends the call may hide it."""

    def __init__(self) -> None:
        self.flights: list[Flight] = []

    @property
    def sent(self) -> list[str]:
        """The hashes of all that was sent, in order."""
        return [hash_ for flight in self.flights for hash_ in flight.hashes]

    @property
    def unknown(self) -> list[int]:
        """The nonces of what may have been sent under no known hash."""
        lost = [flight.nonce for flight in self.flights if flight.ordered and not flight.hashes]
        return [nonce for nonce in lost if nonce is not None]

    @contextmanager
    def told(self) -> Iterator[None]:
        """Has whatever ends the steps within say what was sent before."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            telling = self._telling(error)
            if telling is error:
                raise
            raise telling from error

    def _telling(self, error: BaseException) -> BaseException:
        """An error, or one in its place, that says what was sent."""
        sent, unknown = self.sent, self.unknown
        if not sent and not unknown:
            return error
        receipts = [flight.receipt for flight in self.flights if flight.receipt is not None]
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


def emit(flight: Flight) -> Flow[None]:
    """Signs and sends. Raises `NonceTaken`, `Underpriced` and whatever else the node refuses it for.

    What may have been lost on the way counts as sent.
    """
    assert flight.call is not None and flight.nonce is not None and flight.offered is not None
    numbers = {
        "value": flight.call.value,
        "chainId": flight.call.chain_id,
        "nonce": flight.nonce,
        "gas": flight.gas,
        **flight.offered.fields(),
    }
    if flight.signer is None or isinstance(flight.signer, str):
        fields = {**flight.call.to_json(), **{name: hex(value) for name, value in numbers.items()}}
        yield from _order(flight, fields)
        return
    signed = flight.signer.sign_transaction({"to": flight.call.to, "data": flight.call.data, **numbers})
    before = flight.raw
    flight.raw = hexadecimal(signed.raw_transaction)
    flight.hashes.append(hexadecimal(signed.hash))
    try:
        yield from repeat(flight)
    except errors.GoldleafError:
        flight.raw = before
        flight.hashes.pop()
        raise


def repeat(flight: Flight) -> Flow[None]:
    """Sends once more what was signed last. Raises what the node refuses it for."""
    try:
        yield Ask("eth_sendRawTransaction", (flight.raw,))
    except (errors.AlreadyKnown, errors.Unreachable, errors.GarbledAnswer):
        return  # the node has it, or may have it
    except errors.NonceTaken:
        # By itself, if it arrived when the answer was lost; the node need not have its index ready.
        ways = ("eth_getTransactionByHash", "eth_getTransactionReceipt")
        found = yield tuple(Ask(method, (flight.hash,)) for method in ways)
        if all(answer is None for answer in found):
            raise


def _order(flight: Flight, fields: dict[str, str]) -> Flow[None]:
    """Has the node sign and send."""
    before, flight.ordered = flight.ordered, True
    try:
        flight.hashes.append((yield Ask("eth_sendTransaction", (fields,), hexadecimal)))
    except errors.NodeBusy:
        flight.ordered = before
        raise
    except (errors.Unreachable, errors.GarbledAnswer):
        return  # whether it was sent is seen by its nonce
    except errors.GoldleafError:
        flight.ordered = before
        raise
