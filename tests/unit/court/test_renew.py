"""Renewing what the court's gate was shown."""

import pytest
from eth_utils import keccak

from tests.protocol import Jury, reverts
from tests.unit.court.helpers import events


@pytest.fixture
def gate(token):
    return Jury(token).chain.deploy("mocks/GateMock")


@pytest.fixture
def gated(token, gate):
    """One holder, who has all the seats that they may, and knows the password."""
    jury = Jury(token, gate=gate.address, juror_fee=1, max_seats_per_holder=2)
    gate.set_password(0, keccak(b"sesame"))
    jury.join(2, gate_data=b"sesame")
    return jury


def test_renew__all_the_seats_they_may_hold__replaces_what_was_shown(gated, gate):
    holder = gated.court.seat(1).holder
    gate.set_password(0, keccak(b"new"))
    gated.court.renew(b"new", sender=holder)
    [event] = events(gated, "Renewed")
    assert (event.holder, event.gate_data) == (holder, b"new")
    assert gated.court.seats_of(holder) == 2
    for seat in (1, 2):
        # The old data, which the gate refuses, is no ground any more.
        with reverts("seats: not the holder's data"):
            gated.court.dismiss(seat, b"sesame")
        with reverts("seats: gate still allows"):
            gated.court.dismiss(seat, b"new")


def test_renew__gate_refuses__is_refused_and_changes_nothing(gated, gate):
    holder = gated.court.seat(1).holder
    with reverts("seats: gate refuses"):
        gated.court.renew(b"new", sender=holder)
    with reverts("seats: gate still allows"):
        gated.court.dismiss(1, b"sesame")


def test_renew__no_seats__is_refused(gated):
    with reverts("seats: holds none"):
        gated.court.renew(b"sesame", sender=gated.chain.account())


def test_renew__does_not_bring_back_a_seat_that_leaves(gated, gate):
    holder = gated.court.seat(1).holder
    gate.set_password(0, keccak(b"new"))
    gated.court.dismiss(1, b"sesame")
    leaves_at = gated.court.seat(1).leaves_at
    gated.court.renew(b"new", sender=holder)
    assert gated.court.seat(1).leaves_at == leaves_at
    # Their other seat stays.
    with reverts("seats: not the holder's data"):
        gated.court.dismiss(2, b"sesame")


def test_renew__court_without_a_gate__keeps_what_was_shown(jury):
    holder = jury.court.seat(1).holder
    jury.court.renew(b"anything", sender=holder)
    [event] = events(jury, "Renewed")
    assert event.gate_data == b"anything"
    with reverts("seats: not the holder's data"):
        jury.court.dismiss(1, b"")
    with reverts("seats: gate still allows"):
        jury.court.dismiss(1, b"anything")


def test_renew__data_of_the_greatest_length__is_accepted(gated, gate):
    holder, data = gated.court.seat(1).holder, b"x" * 1024
    gate.set_password(0, keccak(data))
    gated.court.renew(data, sender=holder)
    [event] = events(gated, "Renewed")
    assert event.gate_data == data
