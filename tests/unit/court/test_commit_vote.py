"""Sealing votes."""

from tests.protocol import DAY, SALT, Jury, Phase, reverts
from tests.unit.court.helpers import commit, create_dispute, events


def test_commit_vote__juror__is_remembered(jury):
    dispute = create_dispute(jury)
    holder = jury.draw(dispute)[1]
    commitment = jury.commitment(dispute, holder, 2)
    jury.court.commit_vote(dispute, commitment, sender=holder)
    [event] = events(jury, "VoteCommitted")
    assert (event.dispute, event.holder, event.commitment) == (dispute, holder, commitment)
    assert jury.court.commitment(dispute, 0, holder) == commitment
    assert jury.court.round(dispute, 0).committed == 1
    assert jury.court.dispute(dispute).phase == Phase.COMMIT


def test_commit_vote__all_have__starts_the_reveal_early_and_leaves_its_end(jury):
    dispute = create_dispute(jury)
    holders = jury.draw(dispute)
    end = jury.chain.now + 2 * DAY
    for holder in holders:
        commit(jury, dispute, holder)
    assert jury.court.dispute(dispute).phase == Phase.REVEAL
    assert jury.court.dispute(dispute).phase_end == end
    jury.chain.travel(end - 1 - jury.chain.now)
    assert jury.court.dispute(dispute).phase == Phase.REVEAL
    jury.chain.travel(1)
    assert jury.court.dispute(dispute).phase == Phase.APPEAL


def test_commit_vote__holder_of_several_seats__counts_for_each(token):
    jury = Jury(token)
    holder = jury.join(3)
    jury.chain.travel(jury.parameters.join_delay)
    for seat in (1, 2, 3):
        jury.court.ready(seat)
    dispute = create_dispute(jury)
    jury.draw(dispute)
    commit(jury, dispute, holder, 2)
    assert jury.court.round(dispute, 0).committed == 3
    assert jury.court.dispute(dispute).phase == Phase.REVEAL


def test_commit_vote__holders_whose_addresses_end_alike__are_told_apart(token):
    jury = Jury(token)
    holders = [f"0x{number:02x}" + "77" * 19 for number in (1, 2, 3)]
    for holder in holders:
        jury.join(1, holder)
    jury.chain.travel(jury.parameters.join_delay)
    for seat in (1, 2, 3):
        jury.court.ready(seat)
    dispute = create_dispute(jury)
    jury.draw(dispute)
    with reverts("votes: not a juror of this round"):
        commit(jury, dispute, "0x04" + "77" * 19)
    for count, holder in enumerate(holders, 1):
        commit(jury, dispute, holder, count % 3)
        assert jury.court.round(dispute, 0).committed == count
    for count, holder in enumerate(holders, 1):
        jury.court.reveal_vote(dispute, holder, count % 3, SALT)
    assert sorted(jury.court.round(dispute, 0).votes) == [0, 1, 2]


def test_commit_vote__panel_of_fifteen__every_position_is_found(jury):
    dispute = create_dispute(jury)
    for _ in range(2):
        jury.draw(dispute)
        jury.pass_phase(dispute)
        jury.pass_phase(dispute)
        jury.appeal(dispute)
    for count, holder in enumerate(jury.draw(dispute), 1):
        commit(jury, dispute, holder)
        assert jury.court.round(dispute, 2).committed == count


def test_commit_vote__not_a_juror_of_the_round__is_refused(jury):
    dispute = create_dispute(jury)
    drawn = jury.draw(dispute)
    others = {jury.court.seat(seat).holder for seat in range(1, 17)} - set(drawn)
    for account in [*others, jury.chain.account()]:
        with reverts("votes: not a juror of this round"):
            commit(jury, dispute, account)


def test_commit_vote__twice__is_refused(jury):
    dispute = create_dispute(jury)
    holder = jury.draw(dispute)[0]
    commit(jury, dispute, holder, 1)
    with reverts("votes: already committed"):
        commit(jury, dispute, holder, 2)


def test_commit_vote__empty__is_refused(jury):
    dispute = create_dispute(jury)
    holder = jury.draw(dispute)[0]
    with reverts("votes: empty commitment"):
        jury.court.commit_vote(dispute, bytes(32), sender=holder)


def test_commit_vote__before_the_draw_or_unknown__is_refused(jury):
    dispute = create_dispute(jury)
    for number in (dispute, 0, dispute + 1, 2**256 - 1):
        with reverts("votes: not the commit phase"):
            jury.court.commit_vote(number, b"c" * 32, sender=jury.court.seat(1).holder)


def test_commit_vote__at_the_end_of_its_period__is_refused(jury):
    dispute = create_dispute(jury)
    first, second, _ = jury.draw(dispute)
    jury.chain.travel(DAY - 1)
    commit(jury, dispute, first)
    jury.chain.travel(1)
    with reverts("votes: not the commit phase"):
        commit(jury, dispute, second)
