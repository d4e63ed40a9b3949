"""Nobody empties a court: not by leaving, not when credentials expire, not by relisting only their own seats."""

import pytest

from tests.chains import InProcessChain
from tests.credentials import Board
from tests.protocol import DAY, SALT, Jury, reverts
from tests.unit.court.helpers import commit, create_dispute, free, go_to, leave_delay


@pytest.fixture(scope="module")
def chain() -> InProcessChain:
    return InProcessChain()


def court_of(chain: InProcessChain, holders: int) -> Jury:
    jury = Jury(chain.deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(holders)
    return jury


def leave_all(jury: Jury, seats) -> None:
    for seat in seats:
        jury.court.leave(seat, sender=jury.court.seat(seat).holder)


def draw_at_the_last_second(jury: Jury, dispute: int) -> list[str]:
    """The appeal waits as long as it can before its panel is drawn."""
    entered = jury.court.dispute(dispute).phase_end - jury.parameters.draw_timeout
    # Two blocks go by for the draw.
    go_to(jury, entered + jury.parameters.draw_timeout - 1 - 24)
    while jury.court.draw() != dispute:
        jury.chain.mine(2)
    assert jury.chain.now == entered + jury.parameters.draw_timeout - 1
    seats = jury.court.round(dispute, jury.court.dispute(dispute).round).seats
    return [jury.court.seat(seat).holder for seat in seats]


def test_leaving_to_block_an_appeal(chain):
    """Four seats of ten leave when the panel is known: the appeal finds its seven, at the last second."""
    jury = court_of(chain, 10)
    dispute = create_dispute(jury)
    panel = jury.draw(dispute)
    leave_all(jury, range(1, 5))
    jury.vote(dispute, dict.fromkeys(panel, 1))
    go_to(jury, jury.court.dispute(dispute).phase_end - 1)
    jury.appeal(dispute)
    jury.vote(dispute, dict.fromkeys(draw_at_the_last_second(jury, dispute), 2))
    jury.pass_phase(dispute)
    assert jury.court.ruling(dispute) == 2


def test_leaving_to_block_the_second_appeal(chain):
    """Nor does it help to leave when the first panel is known, so as to be gone by the time of the third."""
    jury = court_of(chain, 15)
    dispute = create_dispute(jury)
    panel = jury.draw(dispute)
    leave_all(jury, range(1, 16))
    for ruling in (1, 2):
        jury.vote(dispute, dict.fromkeys(panel, ruling))
        go_to(jury, jury.court.dispute(dispute).phase_end - 1)
        jury.appeal(dispute)
        panel = draw_at_the_last_second(jury, dispute)
    assert len(panel) == 15
    # From then on they need not be drawn again.
    jury.vote(dispute, dict.fromkeys(panel, 1))
    go_to(jury, jury.court.seat(1).leaves_at)
    jury.court.draw()
    assert jury.court.listed_seats() == 0
    assert jury.court.ruling(dispute) == 1


def test_leaving_to_be_paid_out_before_the_appeal(chain):
    """Who leaves is paid out when nothing can need the seat any more, and not a second before."""
    jury = court_of(chain, 10)
    jury.draw(create_dispute(jury))
    holder = jury.court.seat(1).holder
    jury.court.leave(1, sender=holder)
    jury.chain.travel(leave_delay(jury) - 1)
    with reverts("queue: nobody waits"):
        jury.court.draw()
    assert jury.court.seat(1).listed
    assert free(jury, holder) == 0


def test_emptying_a_court_when_credentials_expire(chain):
    """Jurors who hold all the seats they may show their renewed credentials, and none of them can be dismissed."""
    board = Board(chain=chain)
    jury = Jury(chain.deploy("mocks/TokenMock", 6), gate=board.gate.address, juror_fee=1, max_seats_per_holder=1)
    holders, shown = [chain.account() for _ in range(5)], {}
    for holder in holders:
        shown[holder] = board.issue(holder).gate_data
        jury.join(1, holder, shown[holder])
    chain.travel(jury.parameters.join_delay)
    for seat in range(1, 6):
        jury.court.ready(seat)
    chain.travel(29 * DAY)
    for holder in holders:
        jury.court.renew(board.issue(holder, expires=chain.now + 60 * DAY).gate_data, sender=holder)
    chain.travel(2 * DAY)
    for seat, holder in enumerate(holders, 1):
        assert not board.allows(holder, shown[holder])
        # What they showed first has expired, which is no ground any more; nor is what somebody else shows.
        for data in (shown[holder], shown[holders[0]], b""):
            with reverts("seats: not the holder's data"):
                jury.court.dismiss(seat, data)
    assert len(jury.draw(create_dispute(jury))) == 3
    assert jury.court.listed_seats() == 5


def test_renewing_what_is_somebody_elses(chain):
    """A credential is its holder's, so nobody keeps seats by another's."""
    board = Board(chain=chain)
    jury = Jury(chain.deploy("mocks/TokenMock", 6), gate=board.gate.address, juror_fee=1)
    good, bad = chain.account(), chain.account()
    for holder in (good, bad):
        jury.join(1, holder, board.issue(holder).gate_data)
    with reverts("seats: gate refuses"):
        jury.court.renew(board.issue(good).gate_data, sender=bad)


def test_renewing_after_a_dismissal(chain):
    """A seat that was dismissed leaves, whatever is shown later: it was on nobody's word but its own."""
    board = Board(chain=chain)
    jury = Jury(chain.deploy("mocks/TokenMock", 6), gate=board.gate.address, juror_fee=1)
    holder = chain.account()
    signed = board.issue(holder)
    jury.join(1, holder, signed.gate_data)
    board.revoke(signed)
    jury.court.dismiss(1, signed.gate_data)
    leaves_at = jury.court.seat(1).leaves_at
    jury.court.renew(board.issue(holder).gate_data, sender=holder)
    chain.travel(leave_delay(jury))
    jury.court.draw()
    assert leaves_at == chain.now
    assert free(jury, holder) == jury.court.seat_price()


def test_relisting_only_ones_own_seats(chain):
    """Every full seat is listed again by the settlement that frees it, so nobody decides who can be drawn."""
    jury = court_of(chain, 4)
    disputes = []
    while jury.court.listed_seats() > 2:
        disputes.append(create_dispute(jury))
        for holder in jury.draw(disputes[-1]):
            commit(jury, disputes[-1], holder)
    full = {seat for seat in range(1, 5) if not jury.court.seat(seat).listed}
    assert len(full) >= 2
    for dispute in disputes:
        for holder in {jury.court.seat(seat).holder for seat in jury.court.round(dispute, 0).seats}:
            jury.court.reveal_vote(dispute, holder, 1, SALT)
    while not jury.court.is_final(disputes[-1]):
        jury.pass_phase(disputes[-1])
    attacker = chain.account()
    for dispute in disputes:
        jury.court.settle(dispute, sender=attacker)
        full -= set(jury.court.round(dispute, 0).seats)
        assert all(jury.court.seat(seat).listed == (seat not in full) for seat in range(1, 5))
    assert jury.court.listed_seats() == 4
