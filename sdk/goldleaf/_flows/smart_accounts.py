"""An account's own code, where it has some: several calls as one transaction (ERC-7821, EIP-7702)."""

from typing import Any, Protocol

from .. import errors
from .._encoding import codec
from .._encoding.codec import octets
from ..deployment import Deployment
from ..events import Event
from .asks import LATEST, Ask, Flow, ask_call
from .core import Context, Transaction, all_events

# What such code has.
ABI = "IBatchExecutor"
# One batch of calls, all or none, without further data, as ERC-7579 writes it.
MODE = bytes([1]) + bytes(31)
CALLS = "(address,uint256,bytes)[]"  # target, wei, calldata
TRUE = bytes(31) + bytes([1])


class Calls(Protocol):
    """A `Batch`, or an `AsyncBatch`."""

    @property
    def account(self) -> str: ...
    @property
    def deployment(self) -> Deployment: ...
    def _steps(self) -> Flow[list[Transaction[Any]]]: ...


def code(context: Context) -> Flow[bytes]:
    """The account's code; empty if it has none, 0xef0100 and the address of a contract if it is delegated to that."""
    found: bytes = yield Ask("eth_getCode", (context.actor, LATEST), octets)
    return found


def can_batch(context: Context) -> Flow[bool]:
    """Whether the account has code that says that it does several calls as one transaction, all or none (ERC-7821)."""
    data = codec.contract(ABI).functions["supportsExecutionMode"].encode(MODE)
    try:
        answer: bytes = yield ask_call(context.actor, context.actor, data)
    except errors.ContractError:
        return False
    return answer == TRUE


def execute(context: Context, batch: Calls) -> Flow[Transaction[tuple[Event, ...]]]:
    """Does all calls of a batch, or none, as one transaction of the account to itself; the result is their events.

    What a call would be refused for, it is refused for as a whole. That the code does what it says is up to whoever has
    written it: `simulate` tells beforehand. Raises `CannotBatch`; `ArgumentError` if the batch is of another account or
    deployment, or of no calls.
    """
    if batch.account != context.actor:
        raise errors.ArgumentError("account of the batch", value=batch.account, bound=context.actor)
    # Its calls would find whatever has the same addresses on this chain, or nothing: then they pass, and do nothing.
    if batch.deployment != context.deployment:
        raise errors.ArgumentError("the batch is of another deployment")
    if context.checks and not (yield from can_batch(context)):
        raise errors.CannotBatch(context.actor)
    steps = yield from batch._steps()
    if not steps:
        raise errors.ArgumentError("the batch is empty")
    calls = codec.encode([CALLS], [[(step.to, step.value, step.data) for step in steps]])
    return Transaction(
        name="Account.execute",
        to=context.actor,
        data=codec.contract(ABI).functions["execute"].encode(MODE, calls),
        result=all_events,
        warnings=tuple(dict.fromkeys(warning for step in steps for warning in step.warnings)),
    )
