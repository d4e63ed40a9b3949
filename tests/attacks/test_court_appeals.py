"""Appeals: a right one costs nothing, no other is free, and none goes on for ever."""

import pytest

from tests.chains import InProcessChain
from tests.protocol import DAY, Jury, Phase, reverts
from tests.unit.court.helpers import create_dispute, decide, free, fund, hold_round, reserves


@pytest.fixture(scope="module")
def jury() -> Jury:
    jury = Jury(InProcessChain().deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(16)
    return jury


def settle_all(jury: Jury, dispute: int) -> None:
    for _ in range(jury.court.dispute(dispute).round + 1):
        jury.court.settle(dispute)


def test_an_appeal_into_a_free_zero(jury):
    """A loser who brings about a tie by an appeal has not been right: the appeal is not paid back."""
    dispute, _ = decide(jury, [1, 1, 1], [1, 1, 1, 2, 2, 2, None])
    assert jury.court.ruling(dispute) == 0
    payer = jury.court.round(dispute, 1).payer
    settle_all(jury, dispute)
    assert free(jury, payer) == 0


def test_an_appeal_into_silence(jury):
    """A panel that says nothing leaves the ruling and the appellant without the fee."""
    dispute, _ = decide(jury, [1, 1, 1], [None] * 7)
    assert jury.court.ruling(dispute) == 1
    payer = jury.court.round(dispute, 1).payer
    settle_all(jury, dispute)
    assert free(jury, payer) == 0


def test_a_zero_that_was_voted_for_is_a_ruling(jury):
    """An appeal that turns a ruling into a voted "cannot be decided" was right."""
    dispute, [first, _] = decide(jury, [1, 1, 0], [0] * 7)
    payer = jury.court.round(dispute, 1).payer
    settle_all(jury, dispute)
    assert free(jury, payer) == 7
    assert free(jury, first[2]) > 0


def test_farming_ties(jury):
    """Jurors who bring about a tie together earn the fee, and what the absent lose, but nothing of each other's."""
    dispute, [panel] = decide(jury, [0, 1, 2])
    jury.court.settle(dispute)
    assert [free(jury, holder) for holder in panel] == [1, 1, 1]
    assert [reserves(jury, seat) for seat in jury.court.round(dispute, 0).seats] == [8, 8, 8]


def test_breaking_a_majority_by_a_tie_costs_those_who_do(jury):
    """A tie in the first round is corrected by an appeal, and whoever made it loses the penalty."""
    dispute, _ = decide(jury, [1, 2, None], [2] * 7)
    settle_all(jury, dispute)
    assert [reserves(jury, seat) for seat in jury.court.round(dispute, 0).seats] == [7, 8, 7]
    assert free(jury, jury.court.round(dispute, 1).payer) == 7


def test_appealing_a_right_ruling_to_starve_the_jurors(jury):
    """A wrong appeal adds its fee to what jurors earn and takes nothing from those who were right."""
    dispute, [first, second] = decide(jury, [1, 1, 1], [1] * 7)
    settle_all(jury, dispute)
    for panel in (first, second):
        assert all(free(jury, holder) >= 1 for holder in panel)


def test_outlasting_the_timeout_by_appeals(jury):
    """Every step at its last moment, the final ruling comes within `max_duration`."""
    created = jury.chain.now
    terms = jury.parameters
    dispute = create_dispute(jury)
    for round in range(3):
        entered = jury.chain.now
        # The blocks of the draw aside, which end before the timeout.
        jury.chain.travel(entered + terms.draw_timeout - 1 - 24 - jury.chain.now)
        if not jury.court.round_queue().armed:
            jury.court.draw()
        while jury.court.draw() != dispute:
            jury.chain.mine(2)
        jury.chain.travel(terms.commit_period + terms.reveal_period)
        if round < 2:
            assert jury.court.dispute(dispute).phase == Phase.APPEAL
            jury.chain.travel(terms.appeal_period - 1)
            jury.appeal(dispute)
    assert jury.court.is_final(dispute)
    assert jury.chain.now - created <= jury.court.max_duration()
    # No shorter bound would do but for a few blocks and seconds.
    assert jury.chain.now - created > jury.court.max_duration() - 3 * 60
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=fund(jury, jury.chain.account(), 100))


def test_appealing_where_no_panel_can_be_found():
    """An appeal that a small court cannot hear ends after the timeout; it has moved no money and no ruling."""
    jury = Jury(InProcessChain().deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(6)
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [2, 2, 1])
    payer = jury.appeal(dispute)
    jury.chain.travel(2 * DAY)
    jury.court.drop(dispute)
    assert jury.court.is_final(dispute)
    assert jury.court.ruling(dispute) == 2
    assert free(jury, payer) == 7
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=payer)


def test_taking_the_penalties_of_the_silent(jury):
    """What absent jurors lose goes to jurors, never to whoever brought the dispute or paid for an appeal."""
    dispute, _ = decide(jury, [None] * 3, [None] * 7)
    payer = jury.court.round(dispute, 1).payer
    settle_all(jury, dispute)
    assert free(jury, payer) == 7
    assert free(jury, jury.court.round(dispute, 0).payer) == 3
    assert jury.court.carried() == 4 * 10
