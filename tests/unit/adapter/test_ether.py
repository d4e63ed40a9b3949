"""Ether comes in only while it is expected, and tokens must be ether."""

import boa
import pytest

from tests.adapter import COST, adapter_of, ether_of, give_ether
from tests.protocol import EVIDENCE, reverts
from tests.unit.adapter.helpers import create_dispute


@pytest.fixture
def odd(protocol):
    """An adapter whose token only passes for wrapped ether."""
    token = protocol.chain.deploy("mocks/FalseWrappedEther")
    give_ether(protocol.chain, token.address, 10 * COST)
    return adapter_of(protocol, token=token), token


def test_default__ether_from_anyone__is_refused(protocol, adapter, judge):
    stranger = protocol.chain.account()
    for sender in (stranger, judge.address, protocol.token.address):
        give_ether(protocol.chain, sender, 1)
        for value in (0, 1):
            with reverts("adapter: no ether expected"):
                adapter.__default__(value=value, sender=sender)


def test_default__after_a_dispute__is_closed_again(protocol, adapter, judge, arbitrable):
    dispute = create_dispute(arbitrable)
    with reverts("adapter: no ether expected"):
        judge.send_ether(adapter, 1)
    adapter.appeal(dispute, COST, sender=protocol.payer())
    with reverts("adapter: no ether expected"):
        judge.send_ether(adapter, 1)


def test_default__ether_for_no_function__is_refused(protocol, adapter):
    give_ether(protocol.chain, protocol.requester, 1)
    with boa.reverts():
        adapter.arbitration_cost(value=1, sender=protocol.requester)


@pytest.mark.parametrize("honesty", [1, 99])
def test_create_dispute__token_gives_less_ether__is_refused(protocol, odd, honesty):
    adapter, token = odd
    token.set_honesty(honesty)
    with reverts("adapter: not wrapped ether"):
        adapter.create_dispute(2, EVIDENCE, protocol.requester)


def test_create_dispute__token_gives_more_ether__is_refused(protocol, odd):
    adapter, token = odd
    token.set_honesty(101)
    with reverts("adapter: not wrapped ether"):
        adapter.create_dispute(2, EVIDENCE, protocol.requester)


def test_create_dispute__token_refuses_to_take__is_refused(protocol, odd):
    adapter, token = odd
    token.set_answers(False, True)
    with reverts("adapter: transferFrom refused"):
        adapter.create_dispute(2, EVIDENCE, protocol.requester)


def test_create_dispute__token_refuses_the_change__is_refused(protocol, judge, odd):
    adapter, token = odd
    token.set_answers(True, False)
    judge.set_change(1)
    with reverts("adapter: transfer refused"):
        adapter.create_dispute(2, EVIDENCE, protocol.requester)
    judge.set_change(0)
    adapter.create_dispute(2, EVIDENCE, protocol.requester)
    assert ether_of(protocol.chain, adapter.address) == 0


def test_create_dispute__token_is_an_ordinary_one__is_refused(protocol):
    token = protocol.chain.deploy("mocks/TokenMock", 18)
    adapter = adapter_of(protocol, token=token)
    token.mint(protocol.requester, COST)
    token.approve(adapter, COST, sender=protocol.requester)
    with boa.reverts():
        adapter.create_dispute(2, EVIDENCE, protocol.requester, sender=protocol.requester)
    assert token.balanceOf(protocol.requester) == COST
