"""Ether and wrapped ether that nobody asked for: it is lost, and moves nobody else's."""

from typing import Any

import pytest

from tests.adapter import COST, Adapted, ether_of, force_ether, give_ether
from tests.protocol import EVIDENCE, reverts
from tests.unit.adapter.helpers import REFUND_TO

# It is what forces ether on a contract.
pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode:DeprecationWarning")


@pytest.fixture(scope="module")
def protocol() -> Adapted:
    return Adapted()


@pytest.fixture
def adapter(protocol: Adapted) -> Any:
    return protocol.adapter


@pytest.mark.parametrize("amount", [1, COST, 100 * COST])
def test_forced_ether__pays_for_nothing_and_stops_nothing(protocol, adapter, amount):
    """By a contract that destroys itself, or as a block's reward."""
    force_ether(adapter.address, amount)
    give_ether(protocol.chain, adapter.address, amount)
    work = protocol.delivered(redundancy=1)
    challenge = protocol.challenge(work, [0])
    free = protocol.free(work.annotator)
    protocol.provide(work.annotator, free + COST)
    dispute = protocol.defend(challenge)
    assert (protocol.lens.challenge(challenge).fee, protocol.free(work.annotator)) == (COST, free)
    payer = protocol.payer()
    adapter.appeal(dispute, COST, sender=payer)
    assert protocol.token.balanceOf(payer) == 0
    assert ether_of(protocol.chain, adapter.address) == 2 * amount
    protocol.rule(challenge, 2)
    protocol.settle(challenge)


def test_forced_ether__is_no_change(protocol, adapter):
    force_ether(adapter.address, 5)
    give_ether(protocol.chain, protocol.judge.address, COST)
    protocol.judge.set_change(3)
    payer = protocol.payer()
    adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer)
    assert protocol.token.balanceOf(payer) == 3
    assert ether_of(protocol.chain, adapter.address) == 5


def test_wrapped_ether_sent_by_hand__pays_for_nobody(protocol, adapter):
    protocol.wrap(protocol.requester, 3 * COST)
    protocol.token.transfer(adapter, 3 * COST, sender=protocol.requester)
    payer = protocol.payer(2 * COST)
    adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer)
    assert protocol.token.balanceOf(payer) == COST
    assert protocol.token.balanceOf(adapter) == 3 * COST


def test_ether__from_anyone_at_any_time__is_refused(protocol, adapter):
    stranger = protocol.chain.account()
    give_ether(protocol.chain, stranger, COST)
    with reverts("adapter: no ether expected"):
        adapter.__default__(value=COST, sender=stranger)


def test_ether__from_a_third_contract_while_the_arbitrator_is_called__is_refused(protocol, adapter):
    """The door is open for the token and the arbitrator alone."""
    other = protocol.chain.deploy("mocks/Erc792ArbitratorMock", COST)
    give_ether(protocol.chain, other.address, COST)
    protocol.judge.set_call(other, other.send_ether.prepare_calldata(adapter, 1))
    payer = protocol.payer()
    adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer)
    assert protocol.judge.called() and not protocol.judge.succeeded()
    assert protocol.token.balanceOf(payer) == ether_of(protocol.chain, adapter.address) == 0
