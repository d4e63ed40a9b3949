"""Opening a dispute at the arbitrator, and who pays what for it."""

import boa
import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.adapter import COST, ether_of
from tests.protocol import EVIDENCE, reverts
from tests.unit.adapter.helpers import REFUND_TO, WAITING, create_dispute, events, named


def test_create_dispute__cost__goes_from_the_caller_to_the_arbitrator_as_ether(protocol, adapter, judge, arbitrable):
    judged = ether_of(protocol.chain, judge.address)
    held = protocol.token.balanceOf(arbitrable)
    assert adapter.arbitration_cost() == COST
    create_dispute(arbitrable)
    assert protocol.token.balanceOf(arbitrable) == held - COST
    assert ether_of(protocol.chain, judge.address) == judged + COST
    protocol.assert_conserved()


def test_create_dispute__case__is_recorded_and_told(protocol, adapter, judge, arbitrable):
    judge.set_next_id(7, False)
    assert create_dispute(arbitrable, choices=5) == 7
    assert judge.choices() == 5
    case = adapter.case(7)
    assert (case.arbitrable, case.choices, case.evidence) == (arbitrable.address, 5, EVIDENCE)
    assert (case.ruling, case.state) == (0, WAITING)


def test_create_dispute__events__are_those_of_a_court_and_of_erc_1497(protocol, adapter, judge):
    payer = protocol.payer()
    dispute = adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=payer)
    logs = events(adapter)
    opened, told = named(logs, "DisputeCreated"), named(logs, "Dispute")
    assert (opened.dispute, opened.arbitrable, opened.evidence) == (dispute, payer, EVIDENCE)
    assert (opened.choices, opened.refund_to) == (2, REFUND_TO)
    assert (told.arbitrator, told.dispute) == (judge.address, dispute)
    assert (told.meta_evidence, told.evidence_group) == (0, dispute)


@pytest.mark.parametrize("dispute", [0, 1, 2**256 - 1])
def test_create_dispute__id__is_the_arbitrators_own(adapter, judge, arbitrable, dispute):
    judge.set_next_id(dispute, True)
    assert create_dispute(arbitrable) == dispute
    assert adapter.case(dispute).arbitrable == arbitrable.address


def test_create_dispute__id_is_known__is_refused(protocol, adapter, judge, arbitrable):
    judge.set_next_id(0, True)
    create_dispute(arbitrable)
    held = protocol.token.balanceOf(arbitrable)
    with reverts("adapter: dispute id reused"):
        create_dispute(protocol.arbitrable())
    judge.rule(adapter, 0, 1)
    with reverts("adapter: dispute id reused"):
        create_dispute(arbitrable)
    assert protocol.token.balanceOf(arbitrable) == held


@pytest.mark.parametrize("choices", [1, 2, 2**256 - 2])
def test_create_dispute__choices__are_passed_on(adapter, judge, arbitrable, choices):
    dispute = create_dispute(arbitrable, choices)
    assert judge.choices() == adapter.case(dispute).choices == choices


@pytest.mark.parametrize("choices", [0, 2**256 - 1])
def test_create_dispute__no_choices_or_one_that_means_not_heard__is_refused(arbitrable, choices):
    with reverts("adapter: bad number of choices"):
        create_dispute(arbitrable, choices)


@pytest.mark.parametrize("change", [1, COST // 3, COST])
def test_create_dispute__change__goes_to_the_caller(protocol, judge, arbitrable, change):
    judge.set_change(change)
    held = protocol.token.balanceOf(arbitrable)
    create_dispute(arbitrable)
    assert protocol.token.balanceOf(arbitrable) == held - COST + change
    assert protocol.token.balanceOf(REFUND_TO) == 0
    protocol.assert_conserved()


def test_create_dispute__free_of_charge__needs_no_money(protocol, adapter, judge):
    judge.set_cost(0)
    dispute = adapter.create_dispute(1, EVIDENCE, ZERO_ADDRESS, sender=protocol.chain.account())
    assert adapter.case(dispute).state == WAITING


def test_create_dispute__caller_lacks_money_or_approval__is_refused(protocol, adapter, judge):
    poor = protocol.payer(COST - 1)
    with boa.reverts():
        adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=poor)
    protocol.wrap(poor, 1)
    protocol.token.approve(adapter, COST - 1, sender=poor)
    with boa.reverts():
        adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=poor)
    protocol.token.approve(adapter, COST, sender=poor)
    adapter.create_dispute(2, EVIDENCE, REFUND_TO, sender=poor)
    assert protocol.token.balanceOf(poor) == 0
