"""Opening seats."""

from eth_utils import keccak

from tests.protocol import HOUR, Jury, reverts
from tests.unit.court.helpers import events, free, fund


def test_join__one_seat__locks_its_price(jury):
    holder = fund(jury, jury.chain.account(), 40)
    seats = jury.court.open_seats()
    assert jury.court.join(1, b"", sender=holder) == 17
    seat = jury.court.seat(17)
    assert (seat.holder, seat.reserved, seat.listed, seat.leaves_at) == (holder, 0, False, 0)
    assert seat.reserves * jury.court.seat_penalty() == jury.court.seat_price()
    assert seat.ready_from == jury.chain.now + HOUR
    assert free(jury, holder) == 40 - 32
    assert jury.court.open_seats() == seats + 1
    assert jury.court.seat_count() == 17
    assert jury.court.seats_of(holder) == 1


def test_join__several_seats__are_numbered_on(jury):
    holder = jury.join(3)
    [event] = events(jury, "Joined")
    assert (event.first_seat, event.holder, event.seats) == (17, holder, 3)
    assert [jury.court.seat(number).holder for number in (17, 18, 19)] == [holder] * 3
    jury.join(1, holder)
    assert jury.court.seat(20).holder == holder
    assert jury.court.seats_of(holder) == 4


def test_join__gate_lets_in__is_accepted(token):
    gate = Jury(token).chain.deploy("mocks/GateMock")
    jury = Jury(token, gate=gate.address, juror_fee=1)
    gate.set_password(0, keccak(b"sesame"))
    holder = jury.join(1, gate_data=b"sesame")
    [event] = events(jury, "Joined")
    assert event.gate_data == b"sesame"
    assert jury.court.seats_of(holder) == 1


def test_join__gate_does_not_let_in__is_refused(token):
    gate = Jury(token).chain.deploy("mocks/GateMock")
    jury = Jury(token, gate=gate.address, juror_fee=1)
    holder = fund(jury, jury.chain.account(), 32)
    # Allowed to something else.
    gate.set_allowed(holder, 1, True)
    with reverts("seats: gate refuses"):
        jury.court.join(1, b"", sender=holder)
    gate.set_allowed(holder, 0, True)
    jury.court.join(1, b"", sender=holder)


def test_join__no_or_too_many_seats__is_refused(jury):
    holder = fund(jury, jury.chain.account(), 32 * 20)
    for count in (0, 17, 2**256 - 1):
        with reverts("seats: bad number of seats"):
            jury.court.join(count, b"", sender=holder)


def test_join__more_than_one_holder_may__is_refused(jury):
    holder = jury.join(6)
    fund(jury, holder, 32 * 5)
    with reverts("seats: too many for one holder"):
        jury.court.join(5, b"", sender=holder)
    jury.court.join(4, b"", sender=holder)


def test_join__more_than_the_court_has__is_refused(empty_jury):
    jury = empty_jury
    jury.join(16)
    holder = fund(jury, jury.chain.account(), 32 * 5)
    with reverts("seats: court is full"):
        jury.court.join(5, b"", sender=holder)
    jury.court.join(4, b"", sender=holder)
    assert jury.court.open_seats() == 20


def test_join__balance_one_unit_short__is_refused(jury):
    holder = fund(jury, jury.chain.account(), 32)
    jury.court.withdraw(jury.token, 1, holder, sender=holder)
    with reverts("ledger: balance too low"):
        jury.court.join(1, b"", sender=holder)
