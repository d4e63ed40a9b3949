"""What tests of the adapter do again and again."""

from typing import Any

from eth_utils import to_checksum_address

from tests.protocol import EVIDENCE

REFUND_TO = to_checksum_address("0x" + "f0" * 20)
# The states of a case.
WAITING, RULED, EXECUTED = 1, 2, 4
# How an ArbitrableMock takes a ruling.
REVERT, BURN_GAS, CALL_BACK = 1, 2, 3


def create_dispute(arbitrable: Any, choices: int = 2) -> int:
    return int(arbitrable.create_dispute(choices, EVIDENCE, REFUND_TO))


def events(adapter: Any) -> list[Any]:
    """What the adapter has logged in the last call of it, in order."""
    return [log for log in adapter.get_logs() if log.address == adapter.address]


def named(logs: list[Any], name: str) -> Any:
    """The one event of that name."""
    [event] = [log for log in logs if type(log).__name__ == name]
    return event
