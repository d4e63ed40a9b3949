"""One transaction on its way, and how it is put there."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .. import errors
from .._flows.core import Log
from .._results import Call
from .fees import Fees
from .reading import hexadecimal, parsed
from .steps import Ask, Steps

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

    @property
    def hash(self) -> str:
        """That of the latest."""
        return self.hashes[-1]


@dataclass(frozen=True)
class Mined:
    """A transaction that was mined and did what it should."""

    transaction: str
    nonce: int
    block: int
    gas_used: int
    logs: list[Log]


def emit(flight: Flight) -> Steps[None]:
    """Signs and sends. Raises `NonceTaken`, `Underpriced` and whatever else the node refuses it for.

    A signed transaction that may have been lost on the way counts as sent: `repeat` is what helps.
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
        sent = yield Ask("eth_sendTransaction", (fields,))
        flight.hashes.append(parsed(hexadecimal, sent))
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


def repeat(flight: Flight) -> Steps[None]:
    """Sends once more what was signed last. Raises what the node refuses it for."""
    try:
        yield Ask("eth_sendRawTransaction", (flight.raw,))
    except (errors.AlreadyKnown, errors.Unreachable, errors.GarbledAnswer):
        return  # the node has it, or may have it
    except errors.NonceTaken:
        # By itself, if it arrived when the answer was lost.
        if (yield Ask("eth_getTransactionByHash", (flight.hash,))) is None:
            raise
