"""Votes are bound to chain, court, dispute, round and holder: a copy opens nowhere."""

import boa
import pytest

from tests.chains import InProcessChain
from tests.protocol import DAY, SALT, Jury, reverts
from tests.unit.court.helpers import commit, create_dispute, reserves


@pytest.fixture(scope="module")
def jury() -> Jury:
    jury = Jury(InProcessChain().deploy("mocks/TokenMock", 6), juror_fee=1)
    jury.seat(8)
    return jury


def test_copying_a_vote(jury):
    """Who seals what another has sealed cannot open it, not even with the other's choice and salt: they are absent."""
    dispute = create_dispute(jury)
    author, copier, third = jury.draw(dispute)
    commit(jury, dispute, author, 2)
    jury.court.commit_vote(dispute, jury.court.commitment(dispute, 0, author), sender=copier)
    commit(jury, dispute, third, 2)
    jury.court.reveal_vote(dispute, author, 2, SALT)
    with reverts("votes: commitment does not open"):
        jury.court.reveal_vote(dispute, copier, 2, SALT)
    jury.court.reveal_vote(dispute, third, 2, SALT)
    jury.pass_phase(dispute)
    jury.pass_phase(dispute)
    jury.court.settle(dispute)
    position = 1
    assert reserves(jury, jury.court.round(dispute, 0).seats[position]) == 7


def test_reading_others_votes_before_voting(jury):
    """Nothing can be opened while anybody may still commit, and nobody commits once anything can be opened."""
    dispute = create_dispute(jury)
    first, second, third = jury.draw(dispute)
    commit(jury, dispute, first, 2)
    commit(jury, dispute, second, 2)
    with reverts("votes: not the reveal phase"):
        jury.court.reveal_vote(dispute, first, 2, SALT)
    jury.chain.travel(DAY)
    jury.court.reveal_vote(dispute, first, 2, SALT)
    with reverts("votes: not the commit phase"):
        commit(jury, dispute, third, 2)


def test_second_commitment(jury):
    """Neither before nor after the first was opened can a juror seal another vote."""
    dispute = create_dispute(jury)
    holders = jury.draw(dispute)
    commit(jury, dispute, holders[0], 1)
    with reverts("votes: already committed"):
        commit(jury, dispute, holders[0], 2)
    for holder in holders[1:]:
        commit(jury, dispute, holder, 1)
    # The reveal has begun early, though the commit period is not over.
    jury.court.reveal_vote(dispute, holders[0], 1, SALT)
    with reverts("votes: not the commit phase"):
        commit(jury, dispute, holders[0], 2)
    with reverts("votes: commitment does not open"):
        jury.court.reveal_vote(dispute, holders[0], 1, SALT)


def test_replaying_a_vote_in_another_dispute(jury):
    """A commitment that was made for one dispute does not open in another one."""
    first = create_dispute(jury)
    holder = jury.draw(first)[0]
    replayed = jury.commitment(first, holder, 1)
    for _ in range(12):
        second = create_dispute(jury)
        if holder in jury.draw(second):
            break
    jury.court.commit_vote(second, replayed, sender=holder)
    jury.chain.travel(DAY)
    with reverts("votes: commitment does not open"):
        jury.court.reveal_vote(second, holder, 1, SALT)


def test_replaying_a_vote_in_another_court_or_on_another_chain(jury):
    dispute = create_dispute(jury)
    first, second, _ = jury.draw(dispute)
    other = Jury(jury.token)
    other.seat(3)
    create_dispute(other)
    jury.court.commit_vote(dispute, other.commitment(1, first, 1), sender=first)
    chain_id = boa.env.evm.patch.chain_id
    boa.env.evm.patch.chain_id = chain_id + 1
    try:
        elsewhere = Jury(jury.token)
        elsewhere.court = jury.court
        commitment = elsewhere.commitment(dispute, second, 1)
    finally:
        boa.env.evm.patch.chain_id = chain_id
    jury.court.commit_vote(dispute, commitment, sender=second)
    jury.chain.travel(DAY)
    for holder in (first, second):
        with reverts("votes: commitment does not open"):
            jury.court.reveal_vote(dispute, holder, 1, SALT)
