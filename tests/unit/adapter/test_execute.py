"""Rulings that the arbitrable did not take at once are passed on later."""

import boa
import pytest

from tests.protocol import reverts
from tests.unit.adapter.helpers import BURN_GAS, EXECUTED, REVERT, RULED, create_dispute, events, named


@pytest.fixture
def refused(adapter, judge, arbitrable):
    """A dispute that was ruled 2, which the arbitrable refused to hear."""
    dispute = create_dispute(arbitrable)
    arbitrable.set_manner(REVERT)
    judge.rule(adapter, dispute, 2)
    return dispute


def test_execute__arbitrable_listens_now__is_told_once(protocol, adapter, arbitrable, refused):
    arbitrable.set_manner(0)
    adapter.execute(refused, sender=protocol.chain.account())
    event = named(events(adapter), "RulingExecuted")
    assert (event.dispute, event.arbitrable, event.ruling) == (refused, arbitrable.address, 2)
    assert (arbitrable.dispute(), arbitrable.ruling(), arbitrable.times()) == (refused, 2, 1)
    assert adapter.case(refused).state == EXECUTED
    with reverts("adapter: nothing to execute"):
        adapter.execute(refused)


def test_execute__arbitrable_refuses_again__says_why_and_can_be_repeated(adapter, arbitrable, refused):
    with reverts("arbitrable: will not hear it"):
        adapter.execute(refused)
    arbitrable.set_manner(BURN_GAS)
    with boa.reverts():
        adapter.execute(refused)
    assert adapter.case(refused).state == RULED
    arbitrable.set_manner(0)
    adapter.execute(refused)
    assert arbitrable.times() == 1


def test_execute__no_ruling_waits__is_refused(adapter, judge, arbitrable):
    dispute = create_dispute(arbitrable)
    for number in (dispute, dispute + 1):
        with reverts("adapter: nothing to execute"):
            adapter.execute(number)
    judge.rule(adapter, dispute, 1)
    with reverts("adapter: nothing to execute"):
        adapter.execute(dispute)
