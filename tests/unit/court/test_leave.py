"""Leaving: a seat can still be drawn for two whole rounds, and is then taken out and paid out."""

import pytest

from tests.protocol import SALT, Jury, reverts
from tests.unit.court.helpers import commit, create_dispute, decide, events, free, go_to, leave_delay


def seat_of(jury, holder):
    return next(n for n in range(1, jury.court.seat_count() + 1) if jury.court.seat(n).holder == holder)


def test_leave__listed__says_when_and_stays_listed(jury):
    holder = jury.court.seat(5).holder
    jury.court.leave(5, sender=holder)
    [event] = events(jury, "Left")
    leaves_at = jury.chain.now + leave_delay(jury)
    assert (event.seat, event.holder, event.leaves_at) == (5, holder, leaves_at)
    seat = jury.court.seat(5)
    assert (seat.holder, seat.ready_from, seat.leaves_at, seat.listed) == (holder, 0, leaves_at, True)
    assert (jury.court.open_seats(), jury.court.listed_seats(), free(jury, holder)) == (16, 16, 0)


def test_leave__its_time_is_over__is_taken_out_by_a_draw_and_paid_out(jury):
    holder = jury.court.seat(5).holder
    jury.court.leave(5, sender=holder)
    leaves_at = jury.court.seat(5).leaves_at
    go_to(jury, leaves_at - 1)
    with reverts("queue: nobody waits"):
        jury.court.draw()
    go_to(jury, leaves_at)
    assert jury.court.seat(5).listed
    assert jury.court.draw(sender=jury.chain.account()) == 0
    assert [type(log).__name__ for log in jury.court.get_logs()] == ["Unlisted", "SeatClosed"]
    assert free(jury, holder) == 32
    assert jury.court.seat(5).holder == "0x" + "00" * 20
    assert (jury.court.open_seats(), jury.court.listed_seats(), jury.court.seats_of(holder)) == (15, 15, 0)
    # The last of the list has taken its place.
    assert jury.court.seat_at(5) == 16


def test_leave__last_of_the_list__leaves_the_others_where_they_are(jury):
    jury.court.leave(16, sender=jury.court.seat(16).holder)
    jury.chain.travel(leave_delay(jury))
    jury.court.draw()
    assert [jury.court.seat_at(position) for position in range(1, 17)] == [*range(1, 16), 0]


def test_leave__not_listed_yet__waits_as_long(jury):
    holder = jury.join()
    jury.chain.travel(jury.parameters.join_delay)
    jury.court.leave(17, sender=holder)
    jury.chain.travel(leave_delay(jury) - 1)
    with reverts("queue: nobody waits"):
        jury.court.draw()
    jury.chain.travel(1)
    jury.court.draw()
    assert free(jury, holder) == 32
    assert jury.court.listed_seats() == 16


@pytest.mark.parametrize("armed", [True, False])
def test_leave__within_its_time__is_drawn_all_the_same(empty_jury, armed):
    jury = empty_jury
    holders = jury.seat(3)
    dispute = create_dispute(jury) if armed else 0
    for seat, holder in enumerate(holders, 1):
        jury.court.leave(seat, sender=holder)
    if not armed:
        # Three blocks later the draw is over, at the last second.
        go_to(jury, jury.court.seat(1).leaves_at - 1 - 24)
        dispute = create_dispute(jury)
    assert set(jury.draw(dispute)) == set(holders)
    assert jury.court.listed_seats() == 3


def test_leave__due_while_a_draw_is_armed__stays_in_that_draw(empty_jury):
    jury = empty_jury
    holders = jury.seat(3)
    jury.court.leave(1, sender=holders[0])
    go_to(jury, jury.court.seat(1).leaves_at - 1)
    dispute = create_dispute(jury)
    assert jury.court.round_queue().armed
    assert set(jury.draw(dispute)) == set(holders)
    # Its last draw is over.
    assert not jury.court.seat(1).listed
    assert jury.court.listed_seats() == 2


def test_leave__due__does_not_arm_a_new_dispute_before_it_is_taken_out(empty_jury):
    jury = empty_jury
    holders = jury.seat(4)
    jury.court.leave(1, sender=holders[0])
    jury.chain.travel(leave_delay(jury))
    dispute = create_dispute(jury)
    assert not jury.court.round_queue().armed
    assert set(jury.draw(dispute)) == set(holders[1:])


def test_leave__several__are_taken_out_in_their_order(empty_jury):
    jury = empty_jury
    holders = jury.seat(3)
    for seat in (2, 3, 1):
        jury.court.leave(seat, sender=holders[seat - 1])
        jury.chain.travel(100)
    for left, seat in ((2, 2), (1, 3), (0, 1)):
        go_to(jury, jury.court.seat(seat).leaves_at)
        jury.court.draw()
        assert [event.seat for event in events(jury, "SeatClosed")] == [seat]
        assert jury.court.open_seats() == left


def test_leave__while_it_sits_in_a_round__is_paid_out_when_that_is_settled(jury):
    dispute, [[first, *_]] = decide(jury, [1, 1, 1])
    number = seat_of(jury, first)
    jury.court.leave(number, sender=first)
    jury.chain.travel(leave_delay(jury))
    jury.court.draw()
    assert (jury.court.seat(number).listed, free(jury, first)) == (False, 0)
    jury.court.settle(dispute)
    [closed] = events(jury, "SeatClosed")
    assert (closed.seat, closed.holder, closed.amount) == (number, first, jury.court.seat_price())
    assert free(jury, first) == 32 + 1


def test_leave__its_round_is_settled_before__is_paid_out_when_its_time_is_over(jury):
    dispute, [[first, *_]] = decide(jury, [1, 1, 1])
    number = seat_of(jury, first)
    jury.court.leave(number, sender=first)
    jury.court.settle(dispute)
    assert (jury.court.seat(number).listed, free(jury, first)) == (True, 1)
    jury.chain.travel(leave_delay(jury))
    jury.court.draw()
    assert free(jury, first) == 32 + 1


def test_leave__full__is_listed_again_until_its_time_is_over(token):
    jury = Jury(token)
    jury.seat(3)
    disputes = [create_dispute(jury) for _ in range(8)]
    for dispute in disputes:
        panel = jury.draw(dispute)
        for holder in panel:
            commit(jury, dispute, holder)
        for holder in panel:
            jury.court.reveal_vote(dispute, holder, 1, SALT)
    jury.court.leave(1, sender=jury.court.seat(1).holder)
    assert jury.court.listed_seats() == 0
    leaves_at = jury.court.seat(1).leaves_at
    go_to(jury, leaves_at - 1)
    jury.court.settle(disputes[0])
    assert jury.court.seat(1).listed
    go_to(jury, leaves_at)
    jury.court.draw()
    assert not jury.court.seat(1).listed
    # From then on a settlement frees it, and does not list it.
    jury.court.settle(disputes[1])
    assert (jury.court.seat(1).reserved, jury.court.seat(1).listed) == (6, False)
    assert jury.court.seat(2).listed


def test_leave__has_lost_all_its_reserves__is_closed_and_passed_over(token):
    jury = Jury(token)
    holders = jury.seat(3)
    disputes = [create_dispute(jury) for _ in range(8)]
    for dispute in disputes:
        jury.draw(dispute)
    jury.court.leave(1, sender=holders[0])
    while not jury.court.is_final(disputes[-1]):
        jury.pass_phase(disputes[-1])
    assert jury.chain.now < jury.court.seat(1).leaves_at
    for dispute in disputes:
        jury.court.settle(dispute)
    # Nobody has voted in eight rounds.
    assert (jury.court.open_seats(), jury.court.listed_seats()) == (0, 0)
    assert jury.court.draw() == 0
    with reverts("queue: nobody waits"):
        jury.court.draw()
    assert free(jury, holders[0]) == 0


def test_leave__not_the_holder__is_refused(jury):
    with reverts("seats: not the holder"):
        jury.court.leave(1, sender=jury.court.seat(2).holder)


def test_leave__unknown_seat__is_refused(jury):
    with reverts("seats: unknown seat"):
        jury.court.leave(17, sender=jury.chain.account())


def test_leave__twice__is_refused(jury):
    holder = jury.court.seat(1).holder
    jury.court.leave(1, sender=holder)
    for _ in range(2):
        with reverts("seats: already leaving"):
            jury.court.leave(1, sender=holder)
        jury.chain.travel(leave_delay(jury))


def test_leave__within_the_join_delay__is_refused(jury):
    holder = jury.join()
    go_to(jury, jury.court.seat(17).ready_from - 1)
    with reverts("seats: too early to leave"):
        jury.court.leave(17, sender=holder)
    jury.chain.travel(1)
    jury.court.leave(17, sender=holder)
