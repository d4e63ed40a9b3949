"""What running a call gives: sent, simulated, or described for somebody else to sign."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import errors
from ._encoding.address import checksum
from .events import Event
from .signing.relaying import Request, SignedRequest

if TYPE_CHECKING:
    from .signing.typed_data import TypedData

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True)
class Sent(Generic[R_co]):
    """What came of a transaction that was sent and mined."""

    # Of the call, as in `TaskEscrow.take`.
    name: str
    # The event that says what was done, or several where the method says so.
    result: R_co
    # All events of the deployment's contracts in this transaction, in order.
    events: tuple[Event, ...]
    gas_used: int
    block: int
    # Its hash.
    transaction: str
    nonce: int
    # What had to be sent before it, such as an approval.
    first: tuple["Sent[Any]", ...] = ()


@dataclass(frozen=True)
class Call:
    """A transaction as its sender signs it, without nonce and fees, which a wallet fills in."""

    name: str
    sender: str
    to: str
    data: bytes
    chain_id: int
    value: int = 0  # wei

    def to_json(self) -> dict[str, str]:
        """What `eth_sendTransaction` takes."""
        return {
            "from": self.sender,
            "to": self.to,
            "data": f"0x{self.data.hex()}",
            "value": hex(self.value),
            "chainId": hex(self.chain_id),
        }

    @classmethod
    def from_json(cls, content: Any) -> "Call":
        """A transaction out of what `to_json` made; its `name` is empty. Raises `ArgumentError` if it is none."""
        try:
            return cls(
                name="",
                sender=checksum(content["from"]),
                to=checksum(content["to"]),
                data=bytes.fromhex(content["data"].removeprefix("0x")),
                chain_id=int(content["chainId"], 16),
                value=int(content.get("value", "0x0"), 16),
            )
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise errors.ArgumentError(f"no transaction as a wallet takes it: {error!r}") from error

    def trial(self) -> dict[str, str]:
        """What `eth_call` and its like take."""
        fields = {"from": self.sender, "to": self.to, "data": f"0x{self.data.hex()}"}
        # Most calls send no ether, and not every node takes it for the same whether that is said.
        return {**fields, "value": hex(self.value)} if self.value else fields


@dataclass(frozen=True)
class Unsigned(Generic[R_co]):
    """What there is to sign, by a wallet, in this order; `goldleaf.Goldleaf.wait` tells what came of the last."""

    name: str
    # What goes first, such as an approval, and then the call itself.
    steps: tuple[Call, ...]
    # What whoever signs should know.
    warnings: tuple[str, ...]
    # Reads the result out of the events of the last step.
    read: Callable[[Sequence[Event]], R_co] = field(repr=False, compare=False)

    def to_json(self) -> list[dict[str, str]]:
        """For each step what `eth_sendTransaction` takes."""
        return [step.to_json() for step in self.steps]


@dataclass(frozen=True)
class RelayRequest(Generic[R_co]):
    """A call that somebody else is to send; `goldleaf.Goldleaf.wait` tells what came of it."""

    name: str
    request: Request
    # With the account's signature, if the client holds its key: what a relayer needs.
    signed: SignedRequest | None
    # What whoever signs should know.
    warnings: tuple[str, ...]
    # Reads the result of the call out of the events of the transaction in which it was executed.
    read: Callable[[Sequence[Event]], R_co] = field(repr=False, compare=False)

    def typed_data(self) -> "TypedData":
        """What a wallet's `eth_signTypedData_v4` takes, as plain values for `json.dumps`."""
        return self.request.typed_data()

    def with_signature(self, signature: bytes | str) -> SignedRequest:
        """The request with the wallet's signature: what a relayer needs."""
        return self.request.with_signature(signature)


@dataclass(frozen=True)
class Simulation(Generic[R_co]):
    """What would come of a call if it were sent now."""

    name: str
    # All events of the deployment's contracts, in order; None if the node cannot tell.
    events: tuple[Event, ...] | None
    gas_used: int
    # What the caller should know before it is sent.
    warnings: tuple[str, ...]
    # Reads the result out of the events.
    read: Callable[[Sequence[Event]], R_co] = field(repr=False, compare=False)
    # What would be sent before it, such as an approval.
    first: tuple["Simulation[Any]", ...] = ()

    @property
    def result(self) -> R_co:
        """The event that says what would be done, or several where the method says so.

        Raises `MethodMissing` if the node has no `eth_simulateV1`: then it is only known that the call would pass.
        """
        if self.events is None:
            raise errors.MethodMissing("without eth_simulateV1 nobody knows the events of a call")
        return self.read(self.events)
