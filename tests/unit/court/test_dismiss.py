"""Dismissing holders whose credential has gone."""

import pytest
from eth_utils import keccak

from tests.protocol import Jury, reverts
from tests.unit.court.helpers import create_dispute, events, free, leave_delay


@pytest.fixture
def gate(token):
    return Jury(token).chain.deploy("mocks/GateMock")


@pytest.fixture
def gated(token, gate):
    """Four seats of holders who know the password."""
    jury = Jury(token, gate=gate.address, juror_fee=1)
    gate.set_password(0, keccak(b"sesame"))
    for _ in range(4):
        jury.join(1, gate_data=b"sesame")
    jury.chain.travel(jury.parameters.join_delay)
    for seat in (1, 2, 3, 4):
        jury.court.ready(seat)
    return jury


def test_dismiss__credential_revoked__the_seat_leaves(gated, gate):
    holder = gated.court.seat(2).holder
    gate.set_password(0, keccak(b"other"))
    gated.court.dismiss(2, b"sesame", sender=gated.chain.account())
    [event] = events(gated, "Dismissed")
    leaves_at = gated.chain.now + leave_delay(gated)
    assert (event.seat, event.holder, event.leaves_at) == (2, holder, leaves_at)
    assert (gated.court.seat(2).leaves_at, gated.court.seat(2).listed) == (leaves_at, True)
    gated.chain.travel(leave_delay(gated) - 1)
    with reverts("queue: nobody waits"):
        gated.court.draw()
    gated.chain.travel(1)
    gated.court.draw()
    assert free(gated, holder) == 32
    assert gated.court.listed_seats() == 3


def test_dismiss__within_the_join_delay__is_accepted(gated, gate):
    gated.join(1, gate_data=b"sesame")
    gate.set_password(0, keccak(b"other"))
    gated.court.dismiss(5, b"sesame")
    with reverts("seats: is leaving"):
        gated.court.ready(5)


def test_dismiss__its_time_is_not_over__is_drawn_all_the_same(gated, gate):
    gate.set_password(0, keccak(b"other"))
    for seat in (1, 2):
        gated.court.dismiss(seat, b"sesame")
    assert len(gated.draw(create_dispute(gated))) == 3


def test_dismiss__leaving__is_refused(gated, gate):
    holder = gated.court.seat(1).holder
    gated.court.leave(1, sender=holder)
    gate.set_password(0, keccak(b"other"))
    with reverts("seats: already leaving"):
        gated.court.dismiss(1, b"sesame")


def test_dismiss__gate_still_allows__is_refused(gated):
    with reverts("seats: gate still allows"):
        gated.court.dismiss(1, b"sesame")


def test_dismiss__data_that_is_not_the_holders__is_refused(gated):
    for data in (b"", b"wrong", b"sesam"):
        with reverts("seats: not the holder's data"):
            gated.court.dismiss(1, data)


def test_dismiss__holder_has_joined_again_with_new_data__needs_that(gated, gate):
    gate.set_password(0, keccak(b"new"))
    gated.join(1, gated.court.seat(1).holder, b"new")
    with reverts("seats: not the holder's data"):
        gated.court.dismiss(1, b"sesame")
    with reverts("seats: gate still allows"):
        gated.court.dismiss(1, b"new")


def test_dismiss__unknown_seat__is_refused(gated):
    with reverts("seats: unknown seat"):
        gated.court.dismiss(5, b"sesame")


def test_dismiss__court_without_a_gate__is_refused(jury):
    with reverts("seats: gate still allows"):
        jury.court.dismiss(1, b"")
