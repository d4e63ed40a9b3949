"""Listing seats."""

from tests.protocol import HOUR, SALT, Jury, reverts
from tests.unit.court.helpers import commit, create_dispute, events


def test_ready__after_the_join_delay__lists_the_seat(jury):
    jury.join(2)
    jury.chain.travel(HOUR)
    jury.court.ready(18, sender=jury.chain.account())
    [event] = events(jury, "Listed")
    assert event.seat == 18
    assert jury.court.seat(18).listed
    assert jury.court.listed_seats() == 17
    assert jury.court.seat_at(17) == 18
    assert jury.court.seat_at(18) == 0


def test_ready__a_second_before__is_refused(jury):
    jury.join()
    ready_from = jury.court.seat(17).ready_from
    jury.chain.travel(ready_from - 1 - jury.chain.now)
    with reverts("seats: too early"):
        jury.court.ready(17)
    jury.chain.travel(1)
    jury.court.ready(17)


def test_ready__unknown_seat__is_refused(jury):
    for seat in (0, 17, 2**256 - 1):
        with reverts("seats: unknown seat"):
            jury.court.ready(seat)


def test_ready__listed_already__is_refused(jury):
    with reverts("seats: already listed"):
        jury.court.ready(1)


def test_ready__leaving__is_refused(empty_jury):
    jury = empty_jury
    holders = jury.seat(3)
    jury.court.leave(1, sender=holders[0])
    with reverts("seats: is leaving"):
        jury.court.ready(1)


def test_ready__no_free_reserve__is_refused_and_a_settlement_lists_the_seat_again(token):
    jury = Jury(token)
    jury.seat(3)
    disputes = [create_dispute(jury) for _ in range(8)]
    panels = [jury.draw(dispute) for dispute in disputes]
    for dispute, panel in zip(disputes, panels, strict=True):
        for holder in panel:
            commit(jury, dispute, holder)
        for holder in panel:
            jury.court.reveal_vote(dispute, holder, 1, SALT)
    assert jury.court.listed_seats() == 0
    assert [jury.court.seat(seat).reserved for seat in (1, 2, 3)] == [8, 8, 8]
    with reverts("seats: no free reserve"):
        jury.court.ready(1)
    jury.pass_phase(disputes[0])
    jury.pass_phase(disputes[0])
    jury.court.settle(disputes[0])
    assert sorted(event.seat for event in events(jury, "Listed")) == [1, 2, 3]
    assert jury.court.listed_seats() == 3
    with reverts("seats: already listed"):
        jury.court.ready(1)
