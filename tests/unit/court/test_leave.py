"""Leaving."""

from tests.protocol import HOUR, reverts
from tests.unit.court.helpers import create_dispute, decide, events, free


def seat_of(jury, holder):
    return next(n for n in range(1, jury.court.seat_count() + 1) if jury.court.seat(n).holder == holder)


def test_leave__no_round_needs_the_seat__is_paid_out_at_once(jury):
    holder = jury.court.seat(5).holder
    jury.court.leave(5, sender=holder)
    assert [type(log).__name__ for log in jury.court.get_logs()] == ["Unlisted", "SeatClosed", "Left"]
    assert free(jury, holder) == 32
    assert jury.court.seat(5).holder == "0x" + "00" * 20
    assert (jury.court.open_seats(), jury.court.listed_seats(), jury.court.seats_of(holder)) == (15, 15, 0)
    # The last of the list has taken its place.
    assert jury.court.seat_at(5) == 16


def test_leave__last_of_the_list__leaves_the_others_where_they_are(jury):
    jury.court.leave(16, sender=jury.court.seat(16).holder)
    assert [jury.court.seat_at(position) for position in range(1, 17)] == [*range(1, 16), 0]


def test_leave__not_listed_yet__is_paid_out_at_once(jury):
    holder = jury.join()
    jury.chain.travel(HOUR)
    jury.court.leave(17, sender=holder)
    assert free(jury, holder) == 32
    assert jury.court.listed_seats() == 16


def test_leave__while_a_draw_is_armed__stays_in_that_draw(empty_jury):
    jury = empty_jury
    holders = jury.seat(3)
    dispute = create_dispute(jury)
    jury.court.leave(1, sender=holders[0])
    assert jury.court.seat(1).listed
    assert jury.court.seat(1).leaving
    assert free(jury, holders[0]) == 0
    assert set(jury.draw(dispute)) == set(holders)
    # Its last draw is over.
    assert not jury.court.seat(1).listed
    assert jury.court.listed_seats() == 2


def test_leave__while_it_sits_in_a_round__is_paid_out_when_that_is_settled(jury):
    dispute, [[first, *_]] = decide(jury, [1, 1, 1])
    number = seat_of(jury, first)
    jury.court.leave(number, sender=first)
    assert free(jury, first) == 0
    jury.court.settle(dispute)
    [closed] = events(jury, "SeatClosed")
    assert (closed.seat, closed.holder, closed.amount) == (number, first, jury.court.seat_price())
    assert free(jury, first) == 32 + 1


def test_leave__not_the_holder__is_refused(jury):
    with reverts("seats: not the holder"):
        jury.court.leave(1, sender=jury.court.seat(2).holder)


def test_leave__unknown_seat__is_refused(jury):
    with reverts("seats: unknown seat"):
        jury.court.leave(17, sender=jury.chain.account())


def test_leave__twice__is_refused(jury):
    create_dispute(jury)
    holder = jury.court.seat(1).holder
    jury.court.leave(1, sender=holder)
    with reverts("seats: already leaving"):
        jury.court.leave(1, sender=holder)


def test_leave__within_the_join_delay__is_refused(jury):
    holder = jury.join()
    jury.chain.travel(jury.court.seat(17).ready_from - 1 - jury.chain.now)
    with reverts("seats: too early to leave"):
        jury.court.leave(17, sender=holder)
    jury.chain.travel(1)
    jury.court.leave(17, sender=holder)
