"""What transactions would do, without sending them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import errors
from .._encoding import codec
from .._encoding.address import checksum
from .._encoding.codec import number, octets
from .._flows.asks import LATEST, PENDING, Ask, Flow, Log, ask_time
from .._flows.core import Context, Transaction
from ..results import Call, Simulation
from . import translation
from .steps import call, flattened, grouped

NOWHERE = bytes(32)


@dataclass(frozen=True)
class Outcome:
    """What a call would do."""

    gas_used: int
    # None where the node cannot tell.
    logs: list[Log] | None


def preview(context: Context, transactions: Sequence[Transaction[Any]]) -> Flow[list[Simulation[Any]]]:
    """What would come of transactions, one after the other. Raises the error of the first that would fail.

    On a node without `eth_simulateV1` only a single one can be tried, and its events are not known.
    """
    steps = flattened(transactions)
    calls = [call(context, step) for step in steps]
    try:
        outcomes = yield from simulate(calls)
    except errors.MethodMissing:
        if len(calls) > 1:
            raise
        outcomes = [Outcome((yield from estimate(calls[0])), None)]
    parts = [_simulation(context, step, outcome) for step, outcome in zip(steps, outcomes, strict=True)]
    return grouped(transactions, parts)


def simulate(calls: Sequence[Call]) -> Flow[list[Outcome]]:
    """Runs calls one after the other in a block after the latest one (`eth_simulateV1`).

    Raises the error of the first that would fail, and `MethodMissing` where the node cannot do it.
    """
    times = yield (ask_time(LATEST), ask_time(PENDING))
    for time in times:
        if isinstance(time, errors.GoldleafError):
            raise time
    block = {
        "blockOverrides": {"time": hex(max(times[0] + 1, times[1]))},
        "calls": [call.trial() for call in calls],
    }
    outcomes: list[Outcome] = yield Ask(
        "eth_simulateV1", ({"blockStateCalls": [block], "validation": False}, LATEST), _outcomes
    )
    if len(outcomes) != len(calls):
        raise errors.GarbledAnswer(f"{len(outcomes)} of {len(calls)} calls were simulated")
    return outcomes


def estimate(call: Call) -> Flow[int]:
    """The gas that a call needs. Raises the error that it would fail by."""
    try:
        gas: int = yield Ask("eth_estimateGas", (call.trial(), PENDING), number)
    except errors.MethodMissing:  # eth-tester estimates in the next block, and takes no other name for it
        gas = yield Ask("eth_estimateGas", (call.trial(),), number)
    return gas


def _outcomes(blocks: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    return [_outcome(call) for call in blocks[0]["calls"]]


def _outcome(call: Mapping[str, Any]) -> Outcome:
    if number(call["status"]) != 1:
        data = octets(call["returnData"])
        message = (call.get("error") or {}).get("message", "")
        raise codec.decode_revert(data) if data else translation.from_message(message)
    return Outcome(number(call["gasUsed"]), [_log(log) for log in call["logs"]])


def _log(log: Mapping[str, Any]) -> Log:
    """A log of a transaction that does not exist."""
    return Log(
        address=checksum(log["address"]),
        topics=tuple(map(octets, log["topics"])),
        data=octets(log["data"]),
        block=0,
        block_hash=NOWHERE,
        transaction=f"0x{NOWHERE.hex()}",
        index=number(log.get("logIndex") or 0),
    )


def _simulation(context: Context, transaction: Transaction[Any], outcome: Outcome) -> Simulation[Any]:
    events = context.decode_logs(outcome.logs) if outcome.logs is not None else None
    return Simulation(transaction.name, events, outcome.gas_used, transaction.warnings, transaction.result)
