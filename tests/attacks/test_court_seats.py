"""Seats: what is locked stays locked, nobody takes more than their share, and filling the court costs."""

import pytest

from tests.chains import InProcessChain
from tests.protocol import DAY, Jury, Phase, reverts
from tests.unit.court.helpers import create_dispute, decide, free, fund, hold_round, leave_delay, reserves


@pytest.fixture(scope="module")
def token():
    return InProcessChain().deploy("mocks/TokenMock", 6)


@pytest.fixture
def three(token) -> Jury:
    jury = Jury(token, juror_fee=1)
    jury.seat(3)
    return jury


def test_leaving_before_the_slash(three):
    """A juror who has voted badly and leaves is paid out what is left once the round is settled, not before."""
    dispute, [panel] = decide(three, [1, 1, 2])
    liar = panel[2]
    seat = three.court.round(dispute, 0).seats[2]
    three.court.leave(seat, sender=liar)
    assert free(three, liar) == 0
    with reverts("ledger: balance too low"):
        three.court.withdraw(three.token, 1, liar, sender=liar)
    with reverts("seats: already leaving"):
        three.court.leave(seat, sender=liar)
    three.chain.travel(leave_delay(three))
    three.court.draw()
    assert free(three, liar) == 0
    three.court.settle(dispute)
    assert free(three, liar) == 32 - 4


def test_leaving_with_rounds_in_several_disputes(three):
    """Each unsettled round holds its reserve."""
    disputes = [create_dispute(three) for _ in range(3)]
    for dispute in disputes:
        three.draw(dispute)
    holder = three.court.seat(1).holder
    three.court.leave(1, sender=holder)
    three.chain.travel(leave_delay(three))
    three.court.draw()
    for settled, dispute in enumerate(disputes, 1):
        assert free(three, holder) == 0
        three.court.settle(dispute)
        if settled < 3:
            assert reserves(three, 1) == 8 - settled
    assert free(three, holder) == 32 - 3 * 4


def test_exhausting_seats(three):
    """A court whose seats are all full hears nothing more in time; filling it has cost a fee for each reserve."""
    attacker = "0x" + "aa" * 20
    for _ in range(8):
        three.draw(create_dispute(three, arbitrable=attacker))
    assert three.court.listed_seats() == 0
    # Seats times load, each a juror fee.
    cost = 8 * three.court.arbitration_cost()
    assert cost == 3 * 8 * three.parameters.juror_fee
    victim = create_dispute(three)
    with reverts("queue: too few seats"):
        three.court.draw()
    three.chain.travel(2 * DAY)
    three.court.drop(victim)
    assert three.court.dispute(victim).phase == Phase.NOT_HEARD
    # Once the rounds are settled the jurors serve on, and the attacker's fees are theirs.
    three.chain.travel(DAY)
    for dispute in range(1, 9):
        three.court.settle(dispute)
    assert three.court.carried() == 8 * 3 * 4


def test_a_flood_of_disputes_does_not_keep_a_round_in_the_queue_for_ever(three):
    """Who waits too long gets the fee back, wherever in the queue they wait."""
    for _ in range(20):
        create_dispute(three)
    victim = create_dispute(three)
    three.chain.travel(2 * DAY)
    three.court.drop(victim)
    assert three.court.is_final(victim)


def test_renting_a_majority(token):
    """One holder takes no more than their share of the seats, however often they ask."""
    jury = Jury(token, juror_fee=1, max_seats=20, max_seats_per_holder=3)
    holder = fund(jury, jury.join(2), 32 * 10)
    with reverts("seats: too many for one holder"):
        jury.court.join(2, b"", sender=holder)
    jury.court.join(1, b"", sender=holder)
    jury.chain.travel(jury.parameters.join_delay)
    jury.court.leave(1, sender=holder)
    # One that leaves counts until it is paid out, then it may be taken again.
    with reverts("seats: too many for one holder"):
        jury.court.join(1, b"", sender=holder)
    jury.chain.travel(leave_delay(jury))
    jury.court.draw()
    jury.court.join(1, b"", sender=holder)
    with reverts("seats: too many for one holder"):
        jury.court.join(1, b"", sender=holder)


def test_entering_without_the_credential(token):
    """The gate is asked about the one who joins: that somebody else may enter does not help."""
    gate = InProcessChain().deploy("mocks/GateMock")
    jury = Jury(token, juror_fee=1, gate=gate.address)
    allowed = fund(jury, jury.chain.account(), 32)
    gate.set_allowed(allowed, 0, True)
    with reverts("seats: gate refuses"):
        jury.court.join(1, b"", sender=fund(jury, jury.chain.account(), 32))
    jury.court.join(1, b"", sender=allowed)


def test_outvoting_oneself_with_many_seats(token):
    """A holder of several seats casts one vote: they cannot sit on both sides."""
    jury = Jury(token, juror_fee=1)
    jury.join(3, "0x" + "bb" * 20)
    jury.chain.travel(jury.parameters.join_delay)
    for seat in (1, 2, 3):
        jury.court.ready(seat)
    dispute = create_dispute(jury)
    hold_round_of_one = jury.draw(dispute)
    assert set(hold_round_of_one) == {hold_round_of_one[0]}
    holder = hold_round_of_one[0]
    jury.court.commit_vote(dispute, jury.commitment(dispute, holder, 1), sender=holder)
    assert jury.court.dispute(dispute).phase == Phase.REVEAL
    with reverts("votes: not the commit phase"):
        jury.court.commit_vote(dispute, jury.commitment(dispute, holder, 2), sender=holder)


def test_earning_from_own_disputes(three):
    """Who brings disputes before a court of only their own seats gets back what they paid, and not a unit more."""
    before = sum(free(three, three.court.seat(seat).holder) + 4 * reserves(three, seat) for seat in (1, 2, 3))
    dispute = create_dispute(three)
    hold_round(three, dispute, [1, 2, None])
    three.pass_phase(dispute)
    three.court.settle(dispute)
    after = sum(free(three, three.court.seat(seat).holder) + 4 * reserves(three, seat) for seat in (1, 2, 3))
    assert after - before == three.court.arbitration_cost()
