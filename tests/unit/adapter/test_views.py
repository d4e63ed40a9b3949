"""What can be read of an adapter."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.adapter import COST
from tests.unit.adapter.helpers import create_dispute


@pytest.mark.parametrize("cost", [0, COST + 1, 2**256 - 1])
def test_costs__of_the_arbitrator__are_told_as_they_are_now(adapter, judge, arbitrable, cost):
    dispute = create_dispute(arbitrable)
    judge.set_cost(cost)
    assert adapter.arbitration_cost() == adapter.appeal_cost(dispute) == cost


def test_case__unknown_dispute__is_empty(adapter, arbitrable):
    case = adapter.case(create_dispute(arbitrable) + 1)
    assert (case.arbitrable, case.choices, case.ruling, case.state) == (ZERO_ADDRESS, 0, 0, 0)
