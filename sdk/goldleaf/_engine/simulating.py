"""What calls would do, without sending them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import errors
from .._encoding import codec
from .._encoding.address import checksum
from .._encoding.codec import octets
from .._flows.asks import LATEST, PENDING, Ask, Flow, Log, ask_time, number
from ..results import Call
from . import translation

NOWHERE = bytes(32)


@dataclass(frozen=True)
class Outcome:
    """What a call would do."""

    gas_used: int
    # None where the node cannot tell.
    logs: list[Log] | None


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


def try_out(call: Call) -> Flow[Outcome]:
    """What a call would cost, on a node that cannot tell what it would log. Raises the error that it would fail by."""
    gas = yield from estimate(call)
    return Outcome(gas, None)


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
        topics=tuple(octets(topic) for topic in log["topics"]),
        data=octets(log["data"]),
        block=0,
        block_hash=NOWHERE,
        transaction=f"0x{NOWHERE.hex()}",
        index=number(log.get("logIndex") or 0),
    )
