"""The constructor."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import deployer
from tests.protocol import DAY, HOUR, reverts


@pytest.mark.parametrize("period_floor", [1, HOUR, 90 * DAY])
def test_init__period_floor_within_bounds__is_kept(period_floor: int) -> None:
    relay = "0x00000000000000000000000000000000000000AA"
    escrow = deployer("TaskEscrow").deploy(relay, period_floor)
    assert (escrow.relay(), escrow.period_floor(), escrow.task_count()) == (relay, period_floor, 0)


@pytest.mark.parametrize("period_floor", [0, 90 * DAY + 1, 2**256 - 1])
def test_init__period_floor_out_of_bounds__is_refused(period_floor: int) -> None:
    with reverts("tasks: bad period floor"):
        deployer("TaskEscrow").deploy(ZERO_ADDRESS, period_floor)
