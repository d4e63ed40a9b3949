"""Settling rounds. A juror fee is one base unit, and a seat that loses pays four."""

from typing import Any

import pytest

from tests.protocol import NOT_HEARD, SALT, Jury, reverts
from tests.unit.court.helpers import REFUND_TO, commit, create_dispute, decide, events, free, hold_round, reserves


def settle_all(jury: Jury, dispute: int) -> list[Any]:
    settled = []
    for _ in range(jury.court.dispute(dispute).round + 1):
        jury.court.settle(dispute)
        settled += events(jury, "RoundSettled")
    return settled


def gains(jury: Jury, panel: list[str]) -> list[int]:
    return [free(jury, holder) for holder in panel]


def reserves_left(jury: Jury, dispute: int, round: int = 0) -> list[int]:
    return [reserves(jury, seat) for seat in jury.court.round(dispute, round).seats]


@pytest.mark.parametrize(
    ("votes", "paid", "lost"),
    [
        # All agree: each has the fee.
        ([1, 1, 1], [1, 1, 1], [0, 0, 0]),
        # One errs: 3 fees and 4 of the penalty for two, and the odd one to the first.
        ([1, 2, 1], [4, 0, 3], [0, 1, 0]),
        # One is absent: the same.
        ([None, 2, 2], [0, 4, 3], [1, 0, 0]),
        # "Cannot be decided" is a ruling like any other.
        ([0, 0, 2], [4, 3, 0], [0, 0, 1]),
        ([1, None, None], [11, 0, 0], [0, 1, 1]),
        # A tie: nobody who revealed loses.
        ([1, 2, None], [4, 3, 0], [0, 0, 1]),
        ([0, 1, 2], [1, 1, 1], [0, 0, 0]),
    ],
)
def test_settle__one_round__pays_and_fines(jury, votes, paid, lost):
    dispute, [panel] = decide(jury, votes)
    jury.court.settle(dispute, sender=jury.chain.account())
    assert gains(jury, panel) == paid
    assert reserves_left(jury, dispute) == [8 - penalty for penalty in lost]
    assert [jury.court.seat(seat).reserved for seat in jury.court.round(dispute, 0).seats] == [0, 0, 0]
    assert jury.court.dispute(dispute).settled_count == 1


def test_settle__one_round__tells_all(jury):
    dispute, _ = decide(jury, [1, 2, 1])
    jury.court.settle(dispute)
    [event] = events(jury, "RoundSettled")
    assert (event.dispute, event.round, event.paid, event.fined) == (dispute, 0, 0b101, 0b010)
    assert (event.share, event.remainder, event.refund) == (3, 1, 0)


def test_settle__right_appeal__is_refunded_from_the_pot_of_the_attacked_round(jury):
    dispute, [first, second] = decide(jury, [1, 1, 2], [2] * 7)
    payer = jury.court.round(dispute, 1).payer
    assert free(jury, payer) == 0
    jury.court.settle(dispute)
    [event] = events(jury, "RoundSettled")
    assert (event.round, event.refund) == (0, 7)
    assert free(jury, payer) == 7
    # 3 fees and 8 of penalties, less 7.
    assert gains(jury, first)[2] >= 4
    jury.court.settle(dispute)
    assert all(free(jury, holder) >= 1 for holder in second)


def test_settle__wrong_appeal__is_not_refunded(jury):
    dispute, _ = decide(jury, [1, 1, 1], [1] * 7)
    payer = jury.court.round(dispute, 1).payer
    assert [event.refund for event in settle_all(jury, dispute)] == [0, 0]
    assert free(jury, payer) == 0


def test_settle__round_of_the_final_ruling__comes_last(jury):
    dispute, _ = decide(jury, [1, 1, 2], [None] * 7, [None] * 15)
    assert [event.round for event in settle_all(jury, dispute)] == [1, 2, 0]


def test_settle__round_without_coherent_seats__leaves_its_pot_to_the_final_one(jury):
    dispute, _ = decide(jury, [1, 1, 1], [2] * 7)
    first, second = settle_all(jury, dispute)
    # 3 fees and 12 of penalties, less 7 for the appeal, join 7 fees.
    assert (first.paid, first.share) == (0, 0)
    assert 7 * second.share + second.remainder == 15


def test_settle__tie_at_the_end__no_appeal_was_right_and_revealing_pays(jury):
    dispute, [first, _] = decide(jury, [1, 1, None], [1, 1, 1, 2, 2, 2, None])
    assert jury.court.ruling(dispute) == 0
    payer = jury.court.round(dispute, 1).payer
    one, two = settle_all(jury, dispute)
    assert (one.paid, one.fined, one.refund) == (0b011, 0b100, 0)
    assert (two.paid, two.fined, two.refund) == (0b0111111, 0b1000000, 0)
    assert free(jury, payer) == 0
    assert jury.court.free(jury.token, first[2]) <= two.share + two.remainder


def test_settle__nobody_revealed__is_not_heard_fees_go_back_and_penalties_wait(jury):
    dispute, _ = decide(jury, [None] * 3, [None] * 7)
    assert jury.court.ruling(dispute) == NOT_HEARD
    payer = jury.court.round(dispute, 1).payer
    settle_all(jury, dispute)
    assert (free(jury, REFUND_TO), free(jury, payer)) == (3, 7)
    assert jury.court.carried() == 40
    # The next round that pays anyone has them.
    other, _ = decide(jury, [1, 1, 1])
    jury.court.settle(other)
    [event] = events(jury, "RoundSettled")
    assert 3 * event.share + event.remainder == 43
    assert jury.court.carried() == 0


def test_settle__full_seats__are_listed_again_unless_they_have_lost_all(token):
    jury = Jury(token)
    jury.seat(3)
    disputes = [create_dispute(jury) for _ in range(8)]
    for dispute in disputes:
        panel = jury.draw(dispute)
        # One of the three never votes.
        for holder in panel:
            if holder != jury.court.seat(2).holder:
                commit(jury, dispute, holder)
    jury.chain.travel(jury.parameters.commit_period)
    for dispute in disputes:
        for seat in (1, 3):
            jury.court.reveal_vote(dispute, jury.court.seat(seat).holder, 1, SALT)
    jury.chain.travel(jury.parameters.reveal_period + jury.parameters.appeal_period)
    jury.court.settle(disputes[0])
    assert [jury.court.seat(seat).listed for seat in (1, 2, 3)] == [True, False, True]
    # Seven reserves for seven rounds.
    assert (jury.court.seat(2).reserves, jury.court.seat(2).reserved) == (7, 7)
    for dispute in disputes[1:]:
        jury.court.settle(dispute)
    assert events(jury, "Listed") == []
    assert [event.seat for event in events(jury, "SeatClosed")] == [2]


def test_settle__seat_worth_nothing_more__is_closed(token):
    jury = Jury(token)
    holders = jury.seat(3)
    for count in range(1, 9):
        dispute = create_dispute(jury)
        panel = hold_round(jury, dispute, [None] * 3)
        jury.pass_phase(dispute)
        jury.court.settle(dispute)
        if count < 8:
            assert reserves_left(jury, dispute) == [8 - count] * 3
    assert [(event.amount, event.holder) for event in events(jury, "SeatClosed")] == [(0, holder) for holder in panel]
    assert sorted(panel) == sorted(holders)
    assert (jury.court.open_seats(), jury.court.listed_seats()) == (0, 0)
    assert [jury.court.seats_of(holder) for holder in holders] == [0, 0, 0]


def test_settle__not_final__is_refused(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 1])
    for number in (dispute, 0, dispute + 1, 2**256 - 1):
        with reverts("court: not final"):
            jury.court.settle(number)


def test_settle__not_heard__is_refused(empty_jury):
    dispute = create_dispute(empty_jury)
    empty_jury.chain.travel(empty_jury.parameters.draw_timeout)
    empty_jury.court.drop(dispute)
    with reverts("court: not final"):
        empty_jury.court.settle(dispute)


def test_settle__once_more__is_refused(jury):
    dispute, _ = decide(jury, [1, 1, 1])
    jury.court.settle(dispute)
    with reverts("court: all rounds are settled"):
        jury.court.settle(dispute)
