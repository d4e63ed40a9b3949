"""The court through the SDK: three jurors with one seat each decide a real challenge."""

from dataclasses import dataclass

import pytest

from goldleaf import NOT_REVEALED, Goldleaf, Outcome, Phase, commitments, errors, events
from tests.in_process import DAY, HOUR, URI, WEALTH, Play, labels_for

FEE = 10**6
SALT = b"\x0a" * 32


@dataclass
class Trial:
    """A challenge that its annotator has defended before the court."""

    play: Play
    jurors: list[Goldleaf]
    challenge: int
    dispute: int

    def pass_phase(self) -> None:
        self.play.world.travel_to(self.jurors[0].court.dispute(self.dispute).phase_end)

    def draw(self) -> events.Drawn:
        self.play.world.tester.mine_blocks(2)
        (drawn,) = self.play.stranger.court.draw().result
        assert isinstance(drawn, events.Drawn)
        return drawn

    def vote(self, *choices: int) -> None:
        for juror, choice in zip(self.jurors, choices, strict=True):
            juror.court.commit_vote(self.dispute, choice, salt=SALT)
        for juror, choice in zip(self.jurors, choices, strict=True):
            juror.court.reveal_vote(self.dispute, choice, salt=SALT)
        self.pass_phase()


@pytest.fixture
def trial(play: Play) -> Trial:
    return play.world.reach("trial", lambda: start_trial(play))


def seat_jurors(play: Play) -> list[Goldleaf]:
    holders = [play.world.clients[number] for number in (4, 5, 6)]
    seats = [holder.court.join().result.first_seat for holder in holders]
    play.world.travel(HOUR)
    for seat in seats:
        play.stranger.court.ready(seat)
    return holders


def start_trial(play: Play) -> Trial:
    jurors = seat_jurors(play)
    submission = play.take(play.open(arbitrator=None, accept_small_court=True))
    play.annotator.submissions.publish(submission, labels_for(play.annotator, submission), uri=URI)
    challenge = play.challenge(submission, [2]).result.challenge
    dispute = play.annotator.challenges.defend(challenge).result.dispute
    return Trial(play, jurors, challenge, dispute)


def let_leave(play: Play) -> None:
    """Goes to where seats that have left are taken out, and has them taken out."""
    terms = play.stranger.court.parameters()
    round = terms.commit_period + terms.reveal_period + terms.appeal_period + terms.draw_timeout
    play.world.travel(2 * round)
    play.requester.court.draw()


def test_join__seats__locks_their_price(play: Play) -> None:
    client = play.stranger
    price = client.court.seat_price()
    assert price == 8 * client.court.seat_penalty() == 8 * 4 * FEE
    joined = client.court.join(2).result
    assert joined == events.Joined(1, client.account, 2, b"")
    assert client.court.ledger.free() == WEALTH // 4 - 2 * price
    seat = client.court.seat(1)
    assert (seat.holder, seat.reserves, seat.listed, seat.leaves_at) == (client.account, 8, False, 0)
    assert (client.court.seats_of(), client.court.seat_count(), client.court.open_seats()) == (2, 2, 2)
    assert client.court.parameters().juror_fee == FEE


def test_join__what_cannot_be__refused(play: Play) -> None:
    client = play.stranger
    for seats in (0, 17):
        with pytest.raises(errors.BadNumberOfSeats, match=f"seats is {seats}, must be 1 to 16"):
            client.court.join(seats)
    with pytest.raises(errors.TooManySeats, match="seats held is 11, must be at most 10"):
        client.court.join(11)
    client.court.ledger.withdraw(client.court.ledger.free() - 5)
    with pytest.raises(errors.BalanceTooLow) as caught:
        client.court.join()
    assert (caught.value.value, caught.value.bound) == (5, "at least 32000000 base units")


def test_ready_and_leave__after_the_join_delay__listed_and_paid_out(play: Play) -> None:
    client = play.stranger
    seat = client.court.join().result.first_seat
    for early, error in ((client.court.ready, errors.TooEarlyToList), (client.court.leave, errors.TooEarlyToLeave)):
        with pytest.raises(error, match="until 20"):
            early(seat)
    play.world.travel(HOUR)
    assert play.requester.court.ready(seat).result == events.Listed(seat)
    assert (client.court.listed_seats(), client.court.seat_at(1), client.court.seat_at(2)) == (1, seat, 0)
    with pytest.raises(errors.AlreadyListed):
        client.court.ready(seat)
    with pytest.raises(errors.NotSeatHolder):
        play.requester.court.leave(seat)
    left = client.court.leave(seat).result
    assert (left.seat, left.holder, left.leaves_at) == (seat, client.account, client.court.seat(seat).leaves_at)
    with pytest.raises(errors.AlreadyLeaving, match=f"seat {seat} leaves at 20"):
        client.court.leave(seat)
    with pytest.raises(errors.SeatIsLeaving, match=f"seat {seat} leaves at 20"):
        client.court.ready(seat)
    let_leave(play)
    assert client.court.ledger.free() == WEALTH // 4
    for call in (client.court.seat, client.court.ready, client.court.leave, client.court.dismiss):
        with pytest.raises(errors.UnknownSeat):
            call(seat)


def test_held_seats__others_have_left__goes_on_past_them(play: Play) -> None:
    gone, stays = play.stranger, play.annotator
    seat = gone.court.join().result.first_seat
    mine = stays.court.join(2).result.first_seat
    play.world.travel(HOUR)
    gone.court.leave(seat)
    let_leave(play)
    assert list(stays.court.held_seats()) == [mine, mine + 1]
    assert stays.court.held_seats()[mine] == stays.court.seat(mine)
    assert gone.court.held_seats() == {}
    assert gone.court.held_seats(stays.account) == stays.court.held_seats()


def test_holders__of_a_seat_that_was_closed__who_held_it(play: Play) -> None:
    gone, stays = play.stranger, play.annotator
    seat = gone.court.join(2).result.first_seat
    mine = stays.court.join().result.first_seat
    assert stays.court.holders([mine, seat]) == {mine: stays.account, seat: gone.account}
    play.world.travel(HOUR)
    gone.court.leave(seat + 1)
    let_leave(play)
    assert stays.court.holders([seat + 1, mine, seat]) == {
        seat + 1: gone.account,
        mine: stays.account,
        seat: gone.account,
    }
    for unknown in (0, mine + 1):
        with pytest.raises(errors.UnknownSeat):
            stays.court.holders([seat + 1, unknown])


def test_renew__seats__replaces_what_was_shown(play: Play) -> None:
    client = play.stranger
    with pytest.raises(errors.HoldsNoSeats):
        client.court.renew(gate_data=b"new")
    seat = client.court.join(gate_data=b"card").result.first_seat
    assert client.court.renew(gate_data=b"new").result == events.Renewed(client.account, b"new")
    with pytest.raises(errors.GateStillAllows):
        play.requester.court.dismiss(seat, gate_data=b"new")


def test_dismiss__gate_still_allows__refused(play: Play) -> None:
    seat = play.stranger.court.join(gate_data=b"card").result.first_seat
    with pytest.raises(errors.NotHoldersData):
        play.requester.court.dismiss(seat)
    with pytest.raises(errors.GateStillAllows):
        play.requester.court.dismiss(seat, gate_data=b"card")


def test_trial__from_draw_to_settlement__pays_the_coherent(trial: Trial) -> None:
    play, court, dispute = trial.play, trial.play.stranger.court, trial.dispute
    assert court.dispute(dispute).phase == Phase.WAITING
    queue = court.queue()
    assert (queue.head, queue.armed) == (dispute, True)
    assert court.dispute_count() == 1
    drawn = trial.draw()
    assert (drawn.dispute, sorted(drawn.seats)) == (dispute, [1, 2, 3])

    committed = trial.jurors[0].court.commit_vote(dispute, 1, salt=SALT).result
    vote = commitments.vote(
        play.world.deployment.chain_id,
        play.world.court.address,
        dispute,
        0,
        trial.jurors[0].account or "",
        1,
        SALT,
    )
    assert committed == events.VoteCommitted(dispute, trial.jurors[0].account, vote)
    assert trial.jurors[0].court.commitment(dispute, 0) == vote
    with pytest.raises(errors.VoteAlreadyCommitted):
        trial.jurors[0].court.commit_vote(dispute, 1, salt=SALT)
    with pytest.raises(errors.NotAJuror):
        court.commit_vote(dispute, 1, salt=SALT)
    with pytest.raises(errors.NoSuchChoice, match="choice is 3, must be 0 to 2"):
        trial.jurors[1].court.commit_vote(dispute, 3, salt=SALT)
    with pytest.raises(errors.NotRevealPhase, match="is in the phase commit"):
        trial.jurors[0].court.reveal_vote(dispute, 1, salt=SALT)

    trial.jurors[1].court.commit_vote(dispute, 1, salt=SALT)
    trial.jurors[2].court.commit_vote(dispute, 2, salt=SALT)
    with pytest.raises(errors.NotCommitPhase, match="is in the phase reveal"):
        trial.jurors[2].court.commit_vote(dispute, 2, salt=SALT)
    with pytest.raises(errors.VoteDoesNotOpen):
        trial.jurors[0].court.reveal_vote(dispute, 2, salt=SALT)
    trial.jurors[0].court.reveal_vote(dispute, 1, salt=SALT)
    court.reveal_vote(dispute, 1, salt=SALT, holder=trial.jurors[1].account)
    found = court.round(dispute, 0)
    assert found.payer == play.annotator.account
    assert sorted(found.votes) == [1, 1, NOT_REVEALED]

    with pytest.raises(errors.NotAppealPhase, match="is in the phase reveal"):
        court.appeal(dispute)
    trial.pass_phase()
    for call, error in ((court.execute, errors.NoFinalRuling), (court.settle, errors.NotFinal)):
        with pytest.raises(error, match="is in the phase appeal"):
            call(dispute)
    trial.pass_phase()
    assert court.is_final(dispute)
    assert court.ruling(dispute) == 1
    assert court.execute(dispute).result == events.RulingExecuted(dispute, play.world.escrow.address, 1)
    with pytest.raises(errors.AlreadyExecuted):
        court.execute(dispute)
    settled = court.settle(dispute).result
    assert (settled.share, settled.remainder, settled.refund) == ((3 * FEE + 4 * FEE) // 2, 0, 0)
    with pytest.raises(errors.AllRoundsSettled):
        court.settle(dispute)
    assert court.carried() == 0
    assert trial.play.stranger.challenges.settle(trial.challenge).result.outcome == Outcome.WRONG


def test_reveal_vote__twice_or_nothing_sealed__said(trial: Trial) -> None:
    first, second, silent = trial.jurors
    court, dispute = trial.play.stranger.court, trial.dispute
    with pytest.raises(errors.NotRevealPhase, match="is in the phase waiting"):
        first.court.sealed_vote(dispute)
    trial.draw()
    for juror in (first, second):
        juror.court.commit_vote(dispute, 1, salt=SALT)
    assert (
        court.sealed_vote(dispute, first.account)
        == first.court.commitment(dispute, 0)
        == first.court.sealed_vote(dispute)
    )
    trial.pass_phase()
    first.court.reveal_vote(dispute, 1, salt=SALT)
    with pytest.raises(errors.AlreadyRevealed, match=f"in round 0 of dispute {dispute}"):
        first.court.reveal_vote(dispute, 1, salt=SALT)
    with pytest.raises(errors.AlreadyRevealed):
        court.reveal_vote(dispute, 1, salt=SALT, holder=first.account)
    with pytest.raises(errors.NoVoteSealed):
        silent.court.reveal_vote(dispute, 1, salt=SALT)
    with pytest.raises(errors.NotAJuror):
        court.reveal_vote(dispute, 1, salt=SALT)
    with pytest.raises(errors.NotRevealPhase, match="is in the phase none"):
        first.court.sealed_vote(dispute + 1)


@pytest.mark.parametrize("heard", [True, False])
def test_settle__ruling_is_final_and_not_executed__says_to_execute_it(trial: Trial, heard: bool) -> None:
    court, settle = trial.play.stranger.court, trial.play.stranger.challenges.settle
    with pytest.raises(errors.AwaitingRuling, match="until"):
        settle(trial.challenge)
    if heard:
        trial.draw()
        trial.vote(1, 1, 2)
        with pytest.raises(errors.AwaitingRuling, match="until"):  # it can be appealed
            settle(trial.challenge)
        trial.pass_phase()
    else:
        trial.pass_phase()
        court.drop(trial.dispute)
    for early in (settle, lambda challenge: trial.play.stranger.challenges.settle_many([challenge])):
        with pytest.raises(errors.RulingNotExecuted, match=f"dispute {trial.dispute}. Execute it first"):
            early(trial.challenge)
    court.execute(trial.dispute)
    settle(trial.challenge)


def test_appeal__first_ruling__brings_seven_seats_or_is_dropped(trial: Trial) -> None:
    court, dispute = trial.play.stranger.court, trial.dispute
    trial.draw()
    trial.vote(1, 1, 2)
    assert court.appeal_cost(dispute) == 7 * FEE
    poor = trial.play.requester
    poor.court.ledger.withdraw(poor.court.ledger.free() - 1)
    with pytest.raises(errors.BalanceTooLow):
        poor.court.appeal(dispute)
    assert court.appeal(dispute).result == events.Appealed(dispute, court._client.account, 1, 7 * FEE)
    with pytest.raises(errors.TooFewSeats):
        court.draw()
    with pytest.raises(errors.TooEarlyToDrop):
        court.drop(dispute)
    trial.pass_phase()
    dropped = court.drop(dispute).result
    assert dropped == events.AppealDropped(dispute, court._client.account, 1, 7 * FEE)
    assert court.is_final(dispute)
    with pytest.raises(errors.NotWaiting):
        court.drop(dispute)


def test_draw__nobody_waits__refused(play: Play) -> None:
    with pytest.raises(errors.NobodyWaits):
        play.stranger.court.draw()


def test_draw__seed_not_known_yet__refused(trial: Trial) -> None:
    court = trial.play.stranger.court
    with pytest.raises(errors.SeedNotKnown):
        court.draw()
    assert court.arbitration_cost() == 3 * FEE
    assert court.max_duration() == 3 * (2 * DAY + DAY + DAY) + 2 * DAY


def test_drop__never_drawn__not_heard_and_the_fee_comes_back(trial: Trial) -> None:
    court = trial.play.stranger.court
    trial.pass_phase()
    dropped = court.drop(trial.dispute).result
    assert dropped == events.NotHeard(trial.dispute, trial.play.annotator.account, 3 * FEE)
    court.execute(trial.dispute)
    assert trial.play.stranger.challenges.settle(trial.challenge).result.outcome == Outcome.NOT_HEARD
