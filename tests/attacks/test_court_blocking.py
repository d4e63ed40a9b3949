"""Nobody keeps the court from working: no arbitrable, no token's payee, no juror, no broken part."""

import boa
import pytest

from tests.chains import InProcessChain
from tests.protocol import DAY, EVIDENCE, NOT_HEARD, Jury, Phase, reverts
from tests.unit.court.helpers import REFUND_TO, create_dispute, decide, free, go_to, hold_round, leave_delay

REVERT, BURN_GAS, CALL_BACK = 1, 2, 3


@pytest.fixture(scope="module")
def chain() -> InProcessChain:
    return InProcessChain()


@pytest.fixture(scope="module")
def jury(chain) -> Jury:
    jury = Jury(chain.deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(4)
    return jury


@pytest.fixture
def arbitrable(jury):
    return jury.chain.deploy("mocks/ArbitrableMock", jury.court.address)


def ruled(jury: Jury, arbitrable) -> int:
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    hold_round(jury, dispute, [2, 2, 2])
    jury.pass_phase(dispute)
    return dispute


@pytest.mark.parametrize(("manner", "reason"), [(REVERT, "arbitrable: will not hear it"), (BURN_GAS, "")])
def test_a_callback_that_reverts(jury, arbitrable, manner, reason):
    """Jurors are paid whatever the arbitrable does, the ruling stands, and it can be told later."""
    arbitrable.set_manner(manner)
    dispute = ruled(jury, arbitrable)
    with boa.reverts(reason) if reason else boa.reverts():
        jury.court.execute(dispute, gas=2_000_000)
    jury.court.settle(dispute)
    assert all(free(jury, jury.court.seat(seat).holder) == 1 for seat in jury.court.round(dispute, 0).seats)
    assert jury.court.ruling(dispute) == 2
    arbitrable.set_manner(0)
    jury.court.execute(dispute)
    assert arbitrable.ruling() == 2


def test_a_callback_that_reenters(jury, arbitrable):
    """While it is told its ruling, an arbitrable can move nothing in the court: not be told twice, settle, or draw."""
    calls = [
        jury.court.execute.prepare_calldata(1),
        jury.court.settle.prepare_calldata(1),
        jury.court.draw.prepare_calldata(),
        jury.court.create_dispute.prepare_calldata(2, EVIDENCE, REFUND_TO),
        jury.court.withdraw.prepare_calldata(jury.token.address, 1, REFUND_TO),
    ]
    arbitrable.set_manner(CALL_BACK)
    for number, calldata in enumerate(calls, 1):
        dispute = ruled(jury, arbitrable)
        assert dispute == number
        arbitrable.set_calldata(calldata)
        jury.court.execute(dispute)
        assert not arbitrable.succeeded()
        assert arbitrable.times() == number


def test_a_ruling_told_twice(jury, arbitrable):
    dispute = ruled(jury, arbitrable)
    jury.court.execute(dispute)
    for _ in range(2):
        with reverts("court: already executed"):
            jury.court.execute(dispute)
    assert arbitrable.times() == 1


def test_a_frozen_court(chain):
    """A court without jurors, and one whose randomness has stopped, give the fees back after the timeout."""
    randomness = chain.deploy("mocks/CourtRandomness")
    jury = Jury(chain.deploy("mocks/TokenMock", 6), juror_fee=1, randomness=randomness.address)
    arbitrable = chain.deploy("mocks/ArbitrableMock", jury.court.address)
    jury.seat(3)
    stopped = create_dispute(jury, arbitrable=arbitrable.address)
    with reverts("queue: seed not known yet"):
        jury.court.draw()
    jury.chain.travel(2 * DAY)
    jury.court.drop(stopped)
    for seat in (1, 2, 3):
        jury.court.leave(seat, sender=jury.court.seat(seat).holder)
    jury.chain.travel(leave_delay(jury))
    jury.court.draw()
    assert jury.court.open_seats() == 0
    empty = create_dispute(jury, arbitrable=arbitrable.address)
    jury.chain.travel(2 * DAY)
    jury.court.drop(empty)
    for dispute in (stopped, empty):
        jury.court.execute(dispute)
        assert arbitrable.ruling() == NOT_HEARD
    assert free(jury, REFUND_TO) == 6


def test_jurors_who_never_vote(jury, arbitrable):
    """The dispute ends not heard by the clock, the fee goes back, and the jurors have lost the penalty."""
    dispute = create_dispute(jury, arbitrable=arbitrable.address)
    hold_round(jury, dispute, [None] * 3)
    jury.pass_phase(dispute)
    jury.court.execute(dispute)
    jury.court.settle(dispute)
    assert (arbitrable.times(), arbitrable.dispute(), arbitrable.ruling()) == (1, dispute, NOT_HEARD)
    assert free(jury, REFUND_TO) == 3
    assert jury.court.carried() == 12


def test_a_large_round_that_blocks_the_queue(jury):
    """A panel of seven that cannot be found does not keep the smaller rounds behind it from their jurors."""
    large = create_dispute(jury)
    hold_round(jury, large, [1, 1, 1])
    jury.appeal(large)
    for _ in range(3):
        small = create_dispute(jury)
        jury.draw(small)
        assert jury.court.dispute(small).phase == Phase.COMMIT


def test_many_departures_at_once(chain):
    """Leaving in numbers, due while a draw is armed, delays the next one by some calls that anyone can make."""
    jury = Jury(chain.deploy("mocks/TokenMock", 6), juror_fee=1)
    stays = jury.seat(3)
    leaver = jury.join(16)
    jury.join(16, leaver)
    jury.chain.travel(jury.parameters.join_delay)
    for seat in range(4, 36):
        jury.court.ready(seat)
    for seat in range(4, 36):
        jury.court.leave(seat, sender=leaver)
    go_to(jury, jury.court.seat(35).leaves_at - 1)
    jury.draw(create_dispute(jury))
    second = create_dispute(jury)
    assert not jury.court.round_queue().armed
    jury.court.draw()
    assert jury.court.listed_seats() >= 3
    assert set(jury.draw(second)) <= set(stays)


def test_a_token_that_blacklists_a_juror(chain):
    """A payee whom the token refuses blocks nobody: payouts are credits."""
    token = chain.deploy("mocks/BlacklistToken", 6)
    jury = Jury(token, juror_fee=1)
    jury.seat(3)
    dispute = create_dispute(jury)
    holders = jury.draw(dispute)
    token.set_blacklisted(holders[0], True)
    token.set_blacklisted(REFUND_TO, True)
    jury.vote(dispute, dict.fromkeys(holders, 1))
    jury.pass_phase(dispute)
    jury.court.settle(dispute)
    assert [free(jury, holder) for holder in holders] == [1, 1, 1]
    jury.court.withdraw(token, 1, holders[1], sender=holders[1])
    with pytest.raises(Exception, match="blacklisted"):
        jury.court.withdraw(token, 1, holders[0], sender=holders[0])
    # They may still have it sent elsewhere.
    jury.court.withdraw(token, 1, holders[1], sender=holders[0])


def test_a_token_that_reenters(chain):
    """A token that calls back during a payment finds the court locked."""
    token = chain.deploy("mocks/CallbackToken", 6)
    jury = Jury(token, juror_fee=1)
    holders = jury.seat(3)
    calls = [
        jury.court.create_dispute.prepare_calldata(2, EVIDENCE, REFUND_TO),
        jury.court.join.prepare_calldata(1, b""),
        jury.court.leave.prepare_calldata(1),
        jury.court.draw.prepare_calldata(),
        jury.court.withdraw.prepare_calldata(token.address, 1, REFUND_TO),
        jury.court.deposit.prepare_calldata(token.address, 1, REFUND_TO),
    ]
    for calldata in calls:
        token.set_call(jury.court, calldata)
        dispute = create_dispute(jury)
        assert token.called()
        assert not token.succeeded()
        assert jury.court.dispute_count() == dispute
    owed = sum(free(jury, holder) for holder in holders) + 3 * 32 + 3 * len(calls)
    assert token.balanceOf(jury.court) == owed


def test_a_token_that_takes_a_fee(chain):
    """Such a token is refused where a dispute is paid, so that no other's money makes up for it."""
    token = chain.deploy("mocks/FeeToken", 6)
    jury = Jury(token, juror_fee=10_000)
    token.set_fee(100)
    with reverts("court: cost did not arrive"):
        create_dispute(jury)


def test_huge_inputs(jury):
    """Numbers beyond everything are refused with a reason, and by no failed reckoning."""
    huge = 2**256 - 1
    account = jury.chain.account()
    for call, arguments, reason in [
        (jury.court.join, (huge, b"x" * 1024), "seats: bad number of seats"),
        (jury.court.ready, (huge,), "seats: unknown seat"),
        (jury.court.leave, (huge,), "seats: unknown seat"),
        (jury.court.renew, (b"x" * 1024,), "seats: holds none"),
        (jury.court.dismiss, (huge, b"x" * 1024), "seats: unknown seat"),
        (jury.court.create_dispute, (huge, b"\xff" * 32, account), "court: bad number of choices"),
        (jury.court.drop, (huge,), "queue: does not wait"),
        (jury.court.commit_vote, (huge, b"\xff" * 32), "votes: not the commit phase"),
        (jury.court.reveal_vote, (huge, account, huge, b"\xff" * 32), "votes: not the reveal phase"),
        (jury.court.appeal, (huge,), "votes: not the appeal phase"),
        (jury.court.settle, (huge,), "court: not final"),
        (jury.court.execute, (huge,), "court: no final ruling"),
    ]:
        with reverts(reason):
            call(*arguments, sender=account)


def test_the_highest_juror_fee(chain):
    """At the largest amounts a court can be deployed for, a dispute with appeals settles to the last unit."""
    jury = Jury(chain.deploy("mocks/TokenMock", 18), juror_fee=2**128 - 1, load=64)
    jury.seat(15)
    dispute, _ = decide(jury, [1, 1, 2], [2] * 6 + [None], [1] * 8 + [2] * 6 + [None])
    for _ in range(3):
        jury.court.settle(dispute)
    holders = [jury.court.seat(seat).holder for seat in range(1, 16)]
    payers = [jury.court.round(dispute, round).payer for round in range(3)]
    owed = sum(jury.court.free(jury.token, account) for account in {*holders, *payers})
    owed += sum(jury.court.seat(seat).reserves * jury.court.seat_penalty() for seat in range(1, 16))
    assert jury.token.balanceOf(jury.court) == owed
