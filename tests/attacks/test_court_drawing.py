"""Once the head of the queue is armed, nothing that anybody does changes its panel."""

import boa
import pytest

from goldleaf_tools.rules.jury import draw_panel
from tests.chains import InProcessChain
from tests.protocol import HOUR, Jury, reverts
from tests.unit.court.helpers import create_dispute


@pytest.fixture(scope="module")
def jury() -> Jury:
    jury = Jury(InProcessChain().deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(8)
    return jury


def armed(jury: Jury, dispute: int, round: int = 0) -> list[int]:
    """The panel that is fixed as soon as the seed is known, which it is from now on."""
    queue = jury.court.round_queue()
    candidates = [jury.court.seat_at(position) for position in range(1, queue.candidates + 1)]
    jury.chain.mine(2)
    seed = jury.chain.deploy("randomness/BlockhashRandomness").seed(queue.ticket)
    return draw_panel(seed, jury.court.address, dispute, round, candidates)


def test_redrawing_by_reverting(jury):
    """Who reverts a draw that is not to their liking gets the same one the next time, as does everybody else."""
    dispute = create_dispute(jury)
    panel = armed(jury, dispute)
    redrawer = jury.chain.deploy("mocks/CourtRedrawer")
    unwanted = next(seat for seat in range(1, 9) if seat not in panel)
    for _ in range(5):
        with reverts("redrawer: not the panel wanted"):
            redrawer.draw_only(jury.court, unwanted)
        jury.chain.mine(1)
    jury.court.draw()
    assert jury.court.round(dispute, 0).seats == panel


def test_redrawing_by_leaving(jury):
    """A juror who sees that they are drawn, or are not, and leaves, is drawn all the same."""
    dispute = create_dispute(jury)
    panel = armed(jury, dispute)
    for seat in (panel[0], panel[1], next(seat for seat in range(1, 9) if seat not in panel)):
        jury.court.leave(seat, sender=jury.court.seat(seat).holder)
    jury.court.draw()
    assert jury.court.round(dispute, 0).seats == panel
    # Nor do they get out of the draws of that dispute's appeals.
    assert jury.court.listed_seats() == 8


def test_redrawing_by_settling(token_jury_with_a_full_seat):
    """A seat that gets a free reserve while a draw is armed takes no part in it."""
    jury, settled, full = token_jury_with_a_full_seat
    dispute = create_dispute(jury)
    panel = armed(jury, dispute)
    jury.court.settle(settled)
    assert jury.court.seat(full).listed
    jury.court.draw()
    assert jury.court.round(dispute, 0).seats == panel


@pytest.fixture
def token_jury_with_a_full_seat(jury) -> tuple[Jury, int, int]:
    """Jurors of whom one is full, and a final dispute that that one sits in."""
    final = create_dispute(jury)
    holders = jury.draw(final)
    disputes = []
    while all(jury.court.seat(seat).listed for seat in range(1, 9)):
        disputes.append(create_dispute(jury))
        jury.draw(disputes[-1])
    full = next(seat for seat in range(1, 9) if not jury.court.seat(seat).listed)
    if full not in jury.court.round(final, 0).seats:
        final = next(d for d in disputes if full in jury.court.round(d, 0).seats)
        holders = [jury.court.seat(seat).holder for seat in jury.court.round(final, 0).seats]
    jury.vote(final, dict.fromkeys(holders, 1))
    jury.pass_phase(final)
    return jury, final, full


def test_redrawing_by_letting_a_block_age(jury):
    """Past its reach the head is armed anew, in a block that nobody knows; until then anyone can draw the first."""
    dispute = create_dispute(jury)
    panel = armed(jury, dispute)
    ticket = jury.court.round_queue().ticket
    jury.chain.mine(ticket + 256 - boa.env.evm.patch.block_number)
    with boa.env.anchor():
        assert jury.court.draw() == dispute
        assert jury.court.round(dispute, 0).seats == panel
    jury.chain.mine(1)
    assert jury.court.draw() == 0
    assert jury.court.round_queue().ticket == boa.env.evm.patch.block_number + 1
    with reverts("queue: seed not known yet"):
        jury.court.draw()


def test_bloating_the_list(jury):
    """Seats that are listed once a draw is armed are no candidates, and one seat cannot be listed twice."""
    attacker = jury.join(16)
    jury.chain.travel(HOUR)
    dispute = create_dispute(jury)
    for seat in range(9, 25):
        jury.court.ready(seat)
        with reverts("seats: already listed"):
            jury.court.ready(seat)
    assert jury.court.round_queue().candidates == 8
    panel = armed(jury, dispute)
    jury.court.draw()
    assert jury.court.round(dispute, 0).seats == panel
    assert all(jury.court.seat(seat).holder != attacker for seat in panel)


def test_joining_once_the_case_is_known(jury):
    """A new seat waits for the join delay, by when the round was drawn from others."""
    dispute = create_dispute(jury)
    jury.join(16)
    with reverts("seats: too early"):
        jury.court.ready(9)
    panel = armed(jury, dispute)
    jury.court.draw()
    assert jury.court.round(dispute, 0).seats == panel


def test_choosing_the_order_of_the_list(jury):
    """The order of the list is fixed before the seed is known, and the panel of every order is another."""
    dispute = create_dispute(jury)
    queue = jury.court.round_queue()
    with reverts("queue: seed not known yet"):
        jury.court.draw()
    before = [jury.court.seat_at(position) for position in range(1, queue.candidates + 1)]
    jury.court.leave(1, sender=jury.court.seat(1).holder)
    assert [jury.court.seat_at(position) for position in range(1, queue.candidates + 1)] == before
    panel = armed(jury, dispute)
    jury.court.draw()
    assert jury.court.round(dispute, 0).seats == panel


def test_drawing_in_the_block_of_the_ticket(jury):
    """The seed is the hash of a block that is not built yet while anything that counts may still change."""
    create_dispute(jury)
    jury.chain.mine(1)
    assert boa.env.evm.patch.block_number == jury.court.round_queue().ticket
    with reverts("queue: seed not known yet"):
        jury.court.draw()
    jury.chain.mine(1)
    jury.court.draw()
