"""Telling the arbitrable."""

import pytest

from tests.protocol import DAY, NOT_HEARD, reverts
from tests.unit.court.helpers import create_dispute, decide, events, hold_round

REVERT = 1


@pytest.fixture
def arbitrable(jury):
    return jury.chain.deploy("mocks/ArbitrableMock", jury.court.address)


def final_dispute(jury, arbitrable, votes=(2, 2, 1)):
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    hold_round(jury, dispute, list(votes))
    jury.pass_phase(dispute)
    return dispute


def test_execute__final__tells_the_ruling_once(jury, arbitrable):
    dispute = final_dispute(jury, arbitrable)
    jury.court.execute(dispute, sender=jury.chain.account())
    [event] = events(jury, "RulingExecuted")
    assert (event.dispute, event.arbitrable, event.ruling) == (dispute, arbitrable.address, 2)
    assert (arbitrable.dispute(), arbitrable.ruling(), arbitrable.times()) == (dispute, 2, 1)
    assert jury.court.dispute(dispute).executed
    with reverts("court: already executed"):
        jury.court.execute(dispute)


def test_execute__not_heard__tells_that(empty_jury):
    jury = empty_jury
    arbitrable = jury.chain.deploy("mocks/ArbitrableMock", jury.court.address)
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    jury.chain.travel(2 * DAY)
    jury.court.drop(dispute)
    jury.court.execute(dispute)
    assert arbitrable.ruling() == NOT_HEARD


def test_execute__nobody_revealed__tells_not_heard(jury, arbitrable):
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    hold_round(jury, dispute, [None] * 3)
    # As long as an appeal may be heard it stands at 0.
    assert jury.court.ruling(dispute) == jury.court.dispute(dispute).ruling == 0
    jury.pass_phase(dispute)
    assert jury.court.ruling(dispute) == jury.court.dispute(dispute).ruling == NOT_HEARD
    jury.court.execute(dispute)
    assert (arbitrable.dispute(), arbitrable.ruling(), arbitrable.times()) == (dispute, NOT_HEARD, 1)


def test_execute__nobody_revealed_and_the_appeal_is_dropped__tells_not_heard(empty_jury):
    jury = empty_jury
    arbitrable = jury.chain.deploy("mocks/ArbitrableMock", jury.court.address)
    jury.seat(3)
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    hold_round(jury, dispute, [None] * 3)
    jury.appeal(dispute)
    assert jury.court.ruling(dispute) == 0
    jury.chain.travel(jury.parameters.draw_timeout)
    jury.court.drop(dispute)
    jury.court.execute(dispute)
    assert arbitrable.ruling() == NOT_HEARD


def test_execute__only_an_earlier_round_was_revealed__tells_its_ruling(jury, arbitrable):
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    hold_round(jury, dispute, [0, 0, None])
    jury.appeal(dispute)
    hold_round(jury, dispute, [None] * 7)
    jury.pass_phase(dispute)
    jury.court.execute(dispute)
    assert (arbitrable.dispute(), arbitrable.ruling()) == (dispute, 0)


def test_execute__before_and_after_settling__is_the_same(jury, arbitrable):
    dispute = final_dispute(jury, arbitrable)
    jury.court.settle(dispute)
    jury.court.execute(dispute)
    assert arbitrable.ruling() == 2


def test_execute__arbitrable_refuses__says_why_and_can_be_repeated(jury, arbitrable):
    dispute = final_dispute(jury, arbitrable)
    arbitrable.set_manner(REVERT)
    with reverts("arbitrable: will not hear it"):
        jury.court.execute(dispute)
    assert not jury.court.dispute(dispute).executed
    arbitrable.set_manner(0)
    jury.court.execute(dispute)
    assert arbitrable.ruling() == 2


def test_execute__no_final_ruling__is_refused(jury):
    dispute = create_dispute(jury)
    for number in (dispute, 0, dispute + 1, 2**256 - 1):
        with reverts("court: no final ruling"):
            jury.court.execute(number)
    hold_round(jury, dispute, [1, 1, 1])
    with reverts("court: no final ruling"):
        jury.court.execute(dispute)


def test_execute__arbitrable_without_code__leaves_the_ruling_to_be_read(jury):
    dispute, _ = decide(jury, [1, 1, 1])
    with pytest.raises(Exception, match="revert|code"):
        jury.court.execute(dispute)
    assert jury.court.is_final(dispute)
    assert jury.court.ruling(dispute) == 1
