"""Pushing the queue and drawing jurors."""

import pytest
from eth_utils import keccak

from goldleaf_tools.rules.jury import draw_panel
from tests.protocol import DAY, Jury, Phase, reverts
from tests.unit.court.helpers import create_dispute, events, go_to, hold_round


@pytest.fixture
def randomness(token):
    """One that says what it is told; its first ticket is 1."""
    contract = Jury(token).chain.deploy("mocks/CourtRandomness")
    contract.set_next_ticket(1)
    return contract


@pytest.fixture
def told(token, randomness):
    """A court of five jurors that believes it."""
    jury = Jury(token, randomness=randomness.address)
    jury.seat(5)
    return jury


def test_draw__seed_known__draws_the_panel_of_that_seed(told, randomness):
    seed = keccak(b"seed")
    dispute = create_dispute(told)
    randomness.set_seed(1, seed)
    assert told.court.draw(sender=told.chain.account()) == dispute
    [event] = events(told, "Drawn")
    panel = draw_panel(seed, told.court.address, dispute, 0, range(1, 6))
    assert (event.dispute, event.round, event.seed, event.seats) == (dispute, 0, seed, panel)
    assert told.court.round(dispute, 0).seats == panel
    assert told.court.dispute(dispute).phase == Phase.COMMIT
    assert told.court.dispute(dispute).phase_end == told.chain.now + DAY
    assert [told.court.seat(seat).reserved for seat in range(1, 6)] == [int(seat in panel) for seat in range(1, 6)]
    assert told.court.round_queue().head == 0


def test_draw__seed_not_known_yet__is_refused(told):
    create_dispute(told)
    with reverts("queue: seed not known yet"):
        told.court.draw()


def test_draw__seed_lost__arms_anew_with_the_list_as_it_is_then(told, randomness):
    told.court.leave(1, sender=told.court.seat(1).holder)
    go_to(told, told.court.seat(1).leaves_at - 1)
    dispute = create_dispute(told)
    assert told.court.round_queue().candidates == 5
    told.chain.travel(1)
    randomness.lose(1)
    randomness.set_next_ticket(2)
    assert told.court.draw() == 0
    assert (told.court.round_queue().ticket, told.court.round_queue().candidates) == (2, 4)
    randomness.set_seed(2, keccak(b"second"))
    assert told.court.draw() == dispute
    # The last of the list has taken the place of the first.
    assert told.court.round(dispute, 0).seats == draw_panel(
        keccak(b"second"), told.court.address, dispute, 0, [5, 2, 3, 4]
    )


def test_draw__next_in_the_queue__is_armed_in_the_same_call(jury):
    first, second = create_dispute(jury), create_dispute(jury)
    assert jury.court.round_queue().head == first
    jury.draw(first)
    queue = jury.court.round_queue()
    assert (queue.head, queue.tail, queue.armed) == (second, second, True)


def test_draw__nobody_waits__is_refused(jury):
    with reverts("queue: nobody waits"):
        jury.court.draw()


def test_draw__too_few_seats__is_refused(empty_jury):
    empty_jury.seat(2)
    create_dispute(empty_jury)
    with reverts("queue: too few seats"):
        empty_jury.court.draw()


def test_draw__seats_have_come__arms(empty_jury):
    jury = empty_jury
    dispute = create_dispute(jury)
    jury.seat(3)
    assert jury.court.draw() == 0
    assert jury.court.round_queue().armed
    jury.draw(dispute)


def test_draw__large_round_at_the_head__goes_to_the_end_and_its_clock_runs_on(empty_jury):
    jury = empty_jury
    jury.seat(6)
    large = create_dispute(jury)
    hold_round(jury, large, [1, 1, 1])
    jury.appeal(large)
    overdue = jury.court.dispute(large).phase_end
    small = create_dispute(jury)
    assert jury.court.round_queue().head == large
    assert jury.court.draw() == 0
    [event] = events(jury, "Postponed")
    assert event.dispute == large
    queue = jury.court.round_queue()
    assert (queue.head, queue.tail, queue.armed) == (small, large, True)
    jury.draw(small)
    assert jury.court.round_queue().head == large
    assert jury.court.dispute(large).phase_end == overdue


def test_draw__only_rounds_too_large__stops_after_some(empty_jury):
    jury = empty_jury
    jury.seat(2)
    for _ in range(3):
        create_dispute(jury)
    assert jury.court.draw() == 0
    assert len(events(jury, "Postponed")) == 8
    assert not jury.court.round_queue().armed


def test_draw__head_overdue__drops_it_and_goes_on(empty_jury):
    jury = empty_jury
    old = create_dispute(jury)
    jury.chain.travel(2 * DAY)
    new = create_dispute(jury)
    jury.seat(3)
    assert jury.court.draw() == 0
    assert jury.court.dispute(old).phase == Phase.NOT_HEARD
    assert (jury.court.round_queue().head, jury.court.round_queue().armed) == (new, True)


def test_draw__armed_head_overdue__is_dropped_though_its_seed_is_known(jury):
    dispute = create_dispute(jury)
    jury.chain.travel(2 * DAY - 1)
    jury.chain.mine(0)
    jury.chain.travel(1)
    assert jury.court.draw() == 0
    assert jury.court.dispute(dispute).phase == Phase.NOT_HEARD
    assert jury.court.round_queue().head == 0


def test_draw__dispute_dropped_inside_the_queue__is_passed_over(empty_jury):
    jury = empty_jury
    jury.seat(6)
    head = create_dispute(jury)
    hold_round(jury, head, [1, 1, 1])
    dropped = create_dispute(jury)
    jury.chain.travel(DAY)
    # Enters the queue a day later, but its panel of seven finds no jurors: the small ones go first.
    last = create_dispute(jury)
    jury.chain.travel(DAY)
    jury.court.drop(dropped)
    assert jury.court.round_queue().head == last
    jury.draw(last)


def test_draw__departures_and_nobody_waits__takes_them_out(token):
    jury = Jury(token)
    for seat, holder in enumerate(jury.seat(20), 1):
        jury.court.leave(seat, sender=holder)
    go_to(jury, jury.court.seat(20).leaves_at - 1)
    jury.draw(create_dispute(jury))
    assert jury.court.listed_seats() == 4
    assert jury.court.draw() == 0
    assert jury.court.listed_seats() == 0
    # Those of the panel wait for their round.
    assert jury.court.open_seats() == 3


def test_draw__ticket_too_large__is_refused(told, randomness):
    randomness.set_next_ticket(2**64)
    with reverts("queue: ticket too large"):
        create_dispute(told)
    randomness.set_next_ticket(2**64 - 1)
    create_dispute(told)
    assert told.court.round_queue().ticket == 2**64 - 1


def test_draw__seat_that_becomes_full__leaves_the_list(token):
    jury = Jury(token)
    jury.seat(3)
    for drawn in range(1, 9):
        jury.draw(create_dispute(jury))
        assert jury.court.listed_seats() == (3 if drawn < 8 else 0)


def test_draw__panel_of_fifteen_from_fifteen__is_all_of_them(token):
    jury = Jury(token)
    holders = jury.seat(15)
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 1])
    for votes in ([1] * 7, [1] * 15):
        jury.appeal(dispute)
        panel = hold_round(jury, dispute, votes)
    assert sorted(panel) == sorted(holders)
