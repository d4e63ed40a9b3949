"""The constructor."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import deployer
from tests.protocol import DAY, HOUR, SINK, reverts


@pytest.mark.parametrize("period_floor", [1, HOUR, 90 * DAY])
def test_init__period_floor_within_bounds__is_kept(period_floor: int) -> None:
    relay = "0x00000000000000000000000000000000000000AA"
    escrow = deployer("TaskEscrow").deploy(relay, period_floor, SINK)
    assert (escrow.relay(), escrow.period_floor(), escrow.task_count()) == (relay, period_floor, 0)


@pytest.mark.parametrize("period_floor", [0, 90 * DAY + 1, 2**256 - 1])
def test_init__period_floor_out_of_bounds__is_refused(period_floor: int) -> None:
    with reverts("tasks: bad period floor"):
        deployer("TaskEscrow").deploy(ZERO_ADDRESS, period_floor, SINK)


def test_init__sink__is_kept() -> None:
    assert deployer("TaskEscrow").deploy(ZERO_ADDRESS, HOUR, SINK).sink() == SINK


def test_init__empty_sink__is_refused() -> None:
    with reverts("ledger: bad account"):
        deployer("TaskEscrow").deploy(ZERO_ADDRESS, HOUR, ZERO_ADDRESS)
