"""Appeals."""

import pytest

from tests.protocol import DAY, Phase, reverts
from tests.unit.court.helpers import create_dispute, decide, events, free, fund, hold_round


def test_appeal__of_a_first_ruling__pays_for_seven_and_waits(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 2])
    payer = fund(jury, jury.chain.account(), 8)
    assert jury.court.appeal_cost(dispute) == 7
    jury.court.appeal(dispute, sender=payer)
    [event] = events(jury, "Appealed")
    assert (event.dispute, event.payer, event.round, event.fee) == (dispute, payer, 1, 7)
    assert free(jury, payer) == 1
    found = jury.court.dispute(dispute)
    assert (found.phase, found.round, found.ruling) == (Phase.WAITING, 1, 1)
    assert found.phase_end == jury.chain.now + 2 * DAY
    assert jury.court.round(dispute, 0).votes == [1, 1, 2]
    assert len(jury.draw(dispute)) == 7


def test_appeal__twice__brings_it_before_fifteen_whose_ruling_is_final(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 2])
    jury.appeal(dispute)
    hold_round(jury, dispute, [1] * 7)
    assert jury.court.appeal_cost(dispute) == 15
    jury.appeal(dispute)
    assert len(hold_round(jury, dispute, [2] * 15)) == 15
    assert jury.court.is_final(dispute)
    assert jury.court.ruling(dispute) == 2
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=fund(jury, jury.chain.account(), 100))
    with reverts("court: last round"):
        jury.court.appeal_cost(dispute)


def test_appeal__round_in_which_nobody_revealed__changes_nothing_and_can_be_appealed(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [2, 2, 1])
    jury.appeal(dispute)
    hold_round(jury, dispute, [None] * 7)
    assert jury.court.ruling(dispute) == 2
    jury.appeal(dispute)
    assert jury.court.dispute(dispute).ruling == 2


@pytest.mark.parametrize("offset", [-1, 0])
def test_appeal__at_the_bounds_of_its_period__is_accepted_inside(jury, offset):
    dispute = create_dispute(jury)
    jury.draw(dispute)
    payer = fund(jury, jury.chain.account(), 7)
    reveal_end = jury.chain.now + 2 * DAY
    jury.chain.travel(reveal_end + offset - jury.chain.now)
    if offset:
        with reverts("votes: not the appeal phase"):
            jury.court.appeal(dispute, sender=payer)
    else:
        jury.court.appeal(dispute, sender=payer)


@pytest.mark.parametrize("offset", [-1, 0])
def test_appeal__at_the_end_of_its_period__is_refused(jury, offset):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 1])
    payer = fund(jury, jury.chain.account(), 7)
    jury.chain.travel(jury.court.dispute(dispute).phase_end + offset - jury.chain.now)
    if offset:
        jury.court.appeal(dispute, sender=payer)
    else:
        with reverts("votes: not the appeal phase"):
            jury.court.appeal(dispute, sender=payer)


def test_appeal__unknown_or_waiting__is_refused(jury):
    dispute = create_dispute(jury)
    for number in (dispute, 0, dispute + 1, 2**256 - 1):
        with reverts("votes: not the appeal phase"):
            jury.court.appeal(number)


def test_appeal__balance_too_low__is_refused(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 1])
    with reverts("ledger: balance too low"):
        jury.court.appeal(dispute, sender=fund(jury, jury.chain.account(), 6))


def test_appeal__somebody_was_faster__costs_the_second_nothing(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 1])
    late = fund(jury, jury.chain.account(), 7)
    jury.appeal(dispute)
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=late)
    assert free(jury, late) == 7


def test_appeal__final_ruling__is_refused(jury):
    dispute, _ = decide(jury, [1, 1, 1])
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=fund(jury, jury.chain.account(), 7))
