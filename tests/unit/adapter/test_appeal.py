"""Appeals: anyone pays what the arbitrator asks."""

import boa
import pytest

from tests.adapter import COST, ether_of
from tests.protocol import reverts
from tests.unit.adapter.helpers import create_dispute, events, named


@pytest.fixture
def dispute(arbitrable):
    return create_dispute(arbitrable)


def test_appeal__anyone__pays_the_arbitrator_in_ether(protocol, adapter, judge, dispute):
    payer = protocol.payer(2 * COST)
    judged = ether_of(protocol.chain, judge.address)
    judge.set_cost(COST + 5)
    assert adapter.appeal_cost(dispute) == COST + 5
    adapter.appeal(dispute, COST + 5, sender=payer)
    assert protocol.token.balanceOf(payer) == COST - 5
    assert ether_of(protocol.chain, judge.address) == judged + COST + 5
    protocol.assert_conserved()


def test_appeal__by_nobody_in_particular__leaves_the_case_waiting(protocol, adapter, dispute):
    before = adapter.case(dispute)
    payer = protocol.payer()
    adapter.appeal(dispute, COST, sender=payer)
    event = named(events(adapter), "AppealPaid")
    assert (event.dispute, event.payer, event.fee) == (dispute, payer, COST)
    assert adapter.case(dispute) == before


@pytest.mark.parametrize("change", [1, COST, COST + 1])
def test_appeal__change__goes_to_who_paid(protocol, adapter, judge, dispute, change):
    payer = protocol.payer()
    judge.set_change(change)
    adapter.appeal(dispute, COST, sender=payer)
    assert protocol.token.balanceOf(payer) == change
    assert named(events(adapter), "AppealPaid").fee == max(COST - change, 0)
    protocol.assert_conserved()


def test_appeal__dearer_than_allowed__is_refused(protocol, adapter, judge, dispute):
    payer = protocol.payer(2 * COST)
    judge.set_cost(COST + 1)
    with reverts("adapter: cost above maximum"):
        adapter.appeal(dispute, COST, sender=payer)
    assert protocol.token.balanceOf(payer) == 2 * COST


def test_appeal__unknown_dispute__is_refused(protocol, adapter, dispute):
    with reverts("adapter: unknown dispute"):
        adapter.appeal(dispute + 1, COST, sender=protocol.payer())


def test_appeal__ruled_already__is_refused(protocol, adapter, judge, dispute):
    judge.rule(adapter, dispute, 1)
    with reverts("adapter: already ruled"):
        adapter.appeal(dispute, COST, sender=protocol.payer())


def test_appeal__payer_lacks_money_or_approval__is_refused(protocol, adapter, dispute):
    payer = protocol.payer(COST - 1)
    with boa.reverts():
        adapter.appeal(dispute, COST, sender=payer)
    with boa.reverts():
        adapter.appeal(dispute, COST, sender=protocol.chain.account())
