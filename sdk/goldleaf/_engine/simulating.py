"""What transactions would do, without sending them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from .. import errors
from .._encoding import codec
from .._encoding.address import checksum
from .._encoding.codec import number, octets
from .._flows.asks import LATEST, PENDING, Ask, Flow, Log, ask_time
from .._flows.core import Context, Transaction
from ..results import Call, Simulation
from . import translation
from .steps import call, flattened, grouped

T = TypeVar("T")

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
    return _passed((yield from attempts(context, transactions)))


def attempts(
    context: Context, transactions: Sequence[Transaction[Any]]
) -> Flow[list[Simulation[Any] | errors.GoldleafError]]:
    """The same, with the error of a transaction that would fail in its place: those after it find what others leave."""
    calls = [call(context, step) for step in flattened(transactions)]
    if not calls:
        return []
    outcomes: list[Outcome | errors.GoldleafError]
    try:
        outcomes = yield from _attempts(calls)
    except errors.MethodMissing:
        if len(calls) > 1:
            raise
        try:
            outcomes = [Outcome((yield from estimate(calls[0])), None)]
        except errors.ContractError as error:
            outcomes = [error]
    rest = iter(outcomes)
    return [_tried(context, each, list(islice(rest, len(flattened([each]))))) for each in transactions]


def simulate(calls: Sequence[Call]) -> Flow[list[Outcome]]:
    """Runs calls one after the other in a block after the latest one (`eth_simulateV1`).

    Raises the error of the first that would fail, and `MethodMissing` where the node cannot do it.
    """
    return _passed((yield from _attempts(calls)))


def estimate(call: Call) -> Flow[int]:
    """The gas that a call needs. Raises the error that it would fail by."""
    try:
        gas: int = yield Ask("eth_estimateGas", (call.trial(), PENDING), number)
    except errors.MethodMissing:  # eth-tester estimates in the next block, and takes no other name for it
        gas = yield Ask("eth_estimateGas", (call.trial(),), number)
    return gas


def _attempts(calls: Sequence[Call]) -> Flow[list[Outcome | errors.GoldleafError]]:
    """What would come of each call, or the error that it would fail by."""
    times = yield (ask_time(LATEST), ask_time(PENDING))
    for time in times:
        if isinstance(time, errors.GoldleafError):
            raise time
    block = {
        "blockOverrides": {"time": hex(max(times[0] + 1, times[1]))},
        "calls": [call.trial() for call in calls],
    }
    outcomes: list[Outcome | errors.GoldleafError] = yield Ask(
        "eth_simulateV1", ({"blockStateCalls": [block], "validation": False}, LATEST), _outcomes
    )
    if len(outcomes) != len(calls):
        raise errors.GarbledAnswer(f"{len(outcomes)} of {len(calls)} calls were simulated")
    return outcomes


def _passed(parts: Sequence[T | errors.GoldleafError]) -> list[T]:
    """What has not failed. Raises the first error, if there is one."""
    passed: list[T] = []
    for part in parts:
        if isinstance(part, errors.GoldleafError):
            raise part
        passed.append(part)
    return passed


def _tried(
    context: Context, transaction: Transaction[Any], outcomes: Sequence[Outcome | errors.GoldleafError]
) -> Simulation[Any] | errors.GoldleafError:
    """What would come of a transaction and of what goes before it; the first error of any."""
    try:
        passed = _passed(outcomes)
    except errors.GoldleafError as error:
        return error
    steps = flattened([transaction])
    parts = [_simulation(context, step, outcome) for step, outcome in zip(steps, passed, strict=True)]
    return grouped([transaction], parts)[0]


def _outcomes(blocks: Sequence[Mapping[str, Any]]) -> list[Outcome | errors.GoldleafError]:
    return [_outcome(call) for call in blocks[0]["calls"]]


def _outcome(call: Mapping[str, Any]) -> Outcome | errors.GoldleafError:
    if number(call["status"]) != 1:
        data = octets(call["returnData"])
        message = (call.get("error") or {}).get("message", "")
        return codec.decode_revert(data) if data else translation.from_message(message)
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
