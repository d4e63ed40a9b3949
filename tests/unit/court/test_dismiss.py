"""Dismissing holders whose credential has gone."""

import pytest
from eth_utils import keccak

from tests.protocol import Jury, reverts
from tests.unit.court.helpers import create_dispute, events, free


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
    assert (event.seat, event.holder) == (2, holder)
    assert free(gated, holder) == 32
    assert gated.court.listed_seats() == 3


def test_dismiss__while_a_draw_is_armed__stops_future_draws_only(gated, gate):
    dispute = create_dispute(gated)
    gate.set_password(0, keccak(b"other"))
    gated.court.dismiss(1, b"sesame")
    assert gated.court.seat(1).listed
    gated.draw(dispute)
    assert not gated.court.seat(1).listed


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
