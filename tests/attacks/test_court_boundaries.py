"""Time exactly on a boundary: every window is open at its start and shut at its end."""

import pytest

from tests.chains import InProcessChain
from tests.protocol import DAY, HOUR, SALT, Jury, Phase, reverts
from tests.unit.court.helpers import commit, create_dispute, fund, go_to, leave_delay


@pytest.fixture(scope="module")
def jury() -> Jury:
    jury = Jury(InProcessChain().deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(8)
    return jury


def test_time_exactly_on_the_boundaries_of_a_dispute(jury):
    """Between commit, reveal, appeal and the end no moment belongs to two phases, and none to neither."""
    dispute = create_dispute(jury)
    first, second, third = jury.draw(dispute)
    drawn = jury.chain.now
    payer = fund(jury, jury.chain.account(), 7)
    commit(jury, dispute, first)
    commit(jury, dispute, second)

    go_to(jury, drawn + DAY - 1)
    assert jury.court.dispute(dispute).phase == Phase.COMMIT
    with reverts("votes: not the reveal phase"):
        jury.court.reveal_vote(dispute, first, 1, SALT)
    go_to(jury, drawn + DAY)
    assert jury.court.dispute(dispute).phase == Phase.REVEAL
    with reverts("votes: not the commit phase"):
        commit(jury, dispute, third)
    jury.court.reveal_vote(dispute, first, 1, SALT)

    go_to(jury, drawn + 2 * DAY - 1)
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=payer)
    go_to(jury, drawn + 2 * DAY)
    assert jury.court.dispute(dispute).phase == Phase.APPEAL
    with reverts("votes: not the reveal phase"):
        jury.court.reveal_vote(dispute, second, 1, SALT)

    go_to(jury, drawn + 3 * DAY - 1)
    assert jury.court.dispute(dispute).phase == Phase.APPEAL
    with reverts("court: not final"):
        jury.court.settle(dispute)
    go_to(jury, drawn + 3 * DAY)
    assert jury.court.dispute(dispute).phase == Phase.FINAL
    with reverts("votes: not the appeal phase"):
        jury.court.appeal(dispute, sender=payer)
    jury.court.settle(dispute)


def test_time_exactly_on_the_draw_timeout(jury):
    """A round is drawn up to the last second before the timeout, and dropped from it on; never both."""
    dispute = create_dispute(jury)
    overdue = jury.chain.now + jury.parameters.draw_timeout
    jury.chain.travel(overdue - 1 - 24 - jury.chain.now)
    jury.court.draw()
    jury.chain.mine(2)
    assert jury.chain.now == overdue - 1
    with reverts("queue: too early to drop"):
        jury.court.drop(dispute)
    assert jury.court.draw() == dispute
    go_to(jury, overdue)
    with reverts("queue: does not wait"):
        jury.court.drop(dispute)

    second = create_dispute(jury)
    jury.chain.travel(jury.parameters.draw_timeout)
    assert jury.court.draw() == 0
    assert jury.court.dispute(second).phase == Phase.NOT_HEARD


def test_time_exactly_on_the_join_delay(jury):
    holder = jury.join()
    ready_from = jury.chain.now + HOUR
    go_to(jury, ready_from - 1)
    with reverts("seats: too early"):
        jury.court.ready(9)
    with reverts("seats: too early to leave"):
        jury.court.leave(9, sender=holder)
    go_to(jury, ready_from)
    jury.court.ready(9)
    jury.court.leave(9, sender=holder)


def test_time_exactly_on_the_end_of_a_leave(jury):
    """A round that is armed a second before can have the seat on its panel; from that second on none can."""
    jury.court.leave(1, sender=jury.court.seat(1).holder)
    leaves_at = jury.chain.now + leave_delay(jury)
    assert jury.court.seat(1).leaves_at == leaves_at
    go_to(jury, leaves_at - 1)
    create_dispute(jury)
    assert jury.court.round_queue().candidates == 8
    go_to(jury, leaves_at)
    dispute = create_dispute(jury)
    while jury.court.round_queue().head != dispute:
        jury.chain.mine(2)
        jury.court.draw()
    assert jury.court.round_queue().candidates == 7
