"""Rulings: recorded, and passed on at once."""

from contextlib import suppress

import boa
import pytest

from goldleaf.types import NOT_HEARD
from tests.protocol import reverts
from tests.unit.adapter.helpers import BURN_GAS, EXECUTED, REVERT, RULED, WAITING, create_dispute, events, named


@pytest.mark.parametrize("ruling", [0, 1, 2])
def test_rule__each_choice__reaches_the_arbitrable(adapter, judge, arbitrable, ruling):
    dispute = create_dispute(arbitrable)
    judge.rule(adapter, dispute, ruling)
    assert (arbitrable.dispute(), arbitrable.ruling(), arbitrable.times()) == (dispute, ruling, 1)
    case = adapter.case(dispute)
    assert (case.ruling, case.state) == (ruling, EXECUTED)


def test_rule__events__are_those_of_erc_792_and_of_a_court(adapter, judge, arbitrable):
    dispute = create_dispute(arbitrable)
    adapter.rule(dispute, 2, sender=judge.address)
    logs = events(adapter)
    ruled, executed = named(logs, "Ruling"), named(logs, "RulingExecuted")
    assert (ruled.arbitrator, ruled.dispute, ruled.ruling) == (judge.address, dispute, 2)
    assert (executed.dispute, executed.arbitrable, executed.ruling) == (dispute, arbitrable.address, 2)


@pytest.mark.parametrize("manner", [REVERT, BURN_GAS])
def test_rule__arbitrable_refuses__is_recorded_all_the_same(adapter, judge, arbitrable, manner):
    dispute = create_dispute(arbitrable)
    arbitrable.set_manner(manner)
    adapter.rule(dispute, 1, sender=judge.address)
    assert [type(log).__name__ for log in events(adapter)] == ["Ruling"]
    case = adapter.case(dispute)
    assert (case.ruling, case.state, arbitrable.times()) == (1, RULED, 0)


@pytest.mark.parametrize(("manner", "reached"), [(0, {WAITING, EXECUTED}), (BURN_GAS, {WAITING, RULED})])
def test_rule__whatever_gas_it_gets__loses_no_ruling(adapter, judge, arbitrable, manner, reached):
    """Too little of it undoes the call, so the arbitrator can repeat it, unless the arbitrable has wasted a lot."""
    dispute = create_dispute(arbitrable)
    arbitrable.set_manner(manner)
    states = set()
    for gas in range(30_000, 300_000, 6_000):
        with boa.env.anchor():
            with suppress(boa.BoaError):
                adapter.rule(dispute, 2, sender=judge.address, gas=gas)
            case = adapter.case(dispute)
            states.add(case.state)
            assert case.ruling == (0 if case.state == WAITING else 2)
            assert arbitrable.times() == (1 if case.state == EXECUTED else 0)
    assert states == reached


def test_rule__caller_without_code__keeps_the_ruling_here(protocol, adapter, judge):
    payer = protocol.payer()
    dispute = adapter.create_dispute(3, bytes(32), payer, sender=payer)
    judge.rule(adapter, dispute, 3)
    assert adapter.case(dispute).ruling == 3


def test_rule__not_by_the_arbitrator__is_refused(protocol, adapter, arbitrable):
    dispute = create_dispute(arbitrable)
    for stranger in (protocol.chain.account(), arbitrable.address, protocol.token.address):
        with reverts("adapter: not the arbitrator"):
            adapter.rule(dispute, 1, sender=stranger)


def test_rule__unknown_dispute__is_refused(adapter, judge, arbitrable):
    with reverts("adapter: unknown dispute"):
        judge.rule(adapter, create_dispute(arbitrable) + 1, 1)


def test_rule__a_second_time__is_refused(adapter, judge, arbitrable):
    dispute = create_dispute(arbitrable)
    judge.rule(adapter, dispute, 1)
    for ruling in (0, 1, 2):
        with reverts("adapter: already ruled"):
            judge.rule(adapter, dispute, ruling)
    assert (arbitrable.ruling(), arbitrable.times()) == (1, 1)


@pytest.mark.parametrize("ruling", [3, 2**255, NOT_HEARD])
def test_rule__no_choice_of_the_dispute__is_refused(adapter, judge, arbitrable, ruling):
    """Least of all "not heard", which would take a bond from nobody."""
    dispute = create_dispute(arbitrable)
    with reverts("adapter: no such ruling"):
        judge.rule(adapter, dispute, ruling)
    judge.rule(adapter, dispute, 2)
    assert arbitrable.ruling() == 2
