"""Opening votes."""

from eth_utils import keccak

from tests.protocol import DAY, NOT_HEARD, SALT, Jury, reverts
from tests.unit.court.helpers import commit, create_dispute, events

NOT_REVEALED = 2**256 - 1


def committed(jury: Jury, *choices: int) -> tuple[int, list[str]]:
    """A dispute whose three jurors have sealed these votes."""
    dispute = create_dispute(jury)
    holders = jury.draw(dispute)
    for holder, choice in zip(holders, choices, strict=False):
        commit(jury, dispute, holder, choice)
    return dispute, holders


def test_reveal_vote__by_anyone_who_knows_it__counts(jury):
    dispute, [first, second, _] = committed(jury, 2, 0, 1)
    jury.court.reveal_vote(dispute, first, 2, SALT, sender=jury.chain.account())
    [event] = events(jury, "VoteRevealed")
    assert (event.dispute, event.holder, event.choice) == (dispute, first, 2)
    jury.court.reveal_vote(dispute, second, 0, SALT, sender=second)
    assert jury.court.round(dispute, 0).votes == [2, 0, NOT_REVEALED]
    assert jury.court.commitment(dispute, 0, first) == bytes(32)


def test_reveal_vote__holder_of_several_seats__counts_for_each(token):
    jury = Jury(token)
    holder = jury.join(2)
    jury.seat(1)
    for seat in (1, 2):
        jury.court.ready(seat)
    dispute = create_dispute(jury)
    holders = jury.draw(dispute)
    jury.vote(dispute, {holder: 2})
    assert jury.court.round(dispute, 0).votes == [2 if h == holder else NOT_REVEALED for h in holders]
    assert jury.court.ruling(dispute) == 2


def test_reveal_vote__largest_choice__is_accepted_and_the_next_is_refused(jury):
    dispute = create_dispute(jury, choices=254)
    holders = jury.draw(dispute)
    for holder, choice in zip(holders, (254, 255, 2**256 - 1), strict=True):
        commit(jury, dispute, holder, choice)
    jury.court.reveal_vote(dispute, holders[0], 254, SALT)
    for holder, choice in zip(holders[1:], (255, 2**256 - 1), strict=True):
        with reverts("votes: no such choice"):
            jury.court.reveal_vote(dispute, holder, choice, SALT)
    assert jury.court.ruling(dispute) == 254


def test_reveal_vote__not_what_was_sealed__is_refused(jury):
    dispute, [first, second, _] = committed(jury, 1, 2, 1)
    for holder, choice, salt in [
        (first, 2, SALT),
        (first, 1, keccak(b"other")),
        (second, 1, SALT),
        (jury.chain.account(), 1, SALT),
    ]:
        with reverts("votes: commitment does not open"):
            jury.court.reveal_vote(dispute, holder, choice, salt)


def test_reveal_vote__twice__is_refused(jury):
    dispute, [first, *_] = committed(jury, 1, 1, 1)
    jury.court.reveal_vote(dispute, first, 1, SALT)
    with reverts("votes: commitment does not open"):
        jury.court.reveal_vote(dispute, first, 1, SALT)


def test_reveal_vote__while_others_may_still_commit__is_refused(jury):
    dispute, [first, *_] = committed(jury, 1, 1)
    with reverts("votes: not the reveal phase"):
        jury.court.reveal_vote(dispute, first, 1, SALT)
    jury.chain.travel(jury.court.dispute(dispute).phase_end - jury.chain.now)
    jury.court.reveal_vote(dispute, first, 1, SALT)


def test_reveal_vote__at_the_end_of_its_period__is_refused(jury):
    dispute, [first, second, _] = committed(jury, 1, 1, 1)
    jury.chain.travel(jury.court.dispute(dispute).phase_end - 1 - jury.chain.now)
    jury.court.reveal_vote(dispute, first, 1, SALT)
    jury.chain.travel(1)
    with reverts("votes: not the reveal phase"):
        jury.court.reveal_vote(dispute, second, 1, SALT)


def test_reveal_vote__unknown_or_waiting__is_refused(jury):
    dispute = create_dispute(jury)
    for number in (dispute, 0, dispute + 1, 2**256 - 1):
        with reverts("votes: not the reveal phase"):
            jury.court.reveal_vote(number, jury.court.seat(1).holder, 1, SALT)


def test_reveal_vote__of_an_earlier_round__is_refused(jury):
    dispute, holders = committed(jury, 1, 1, 1)
    jury.pass_phase(dispute)
    jury.appeal(dispute)
    jury.draw(dispute)
    jury.chain.travel(DAY)
    with reverts("votes: commitment does not open"):
        jury.court.reveal_vote(dispute, holders[0], 1, SALT)
    assert jury.court.ruling(dispute) == 0 != NOT_HEARD
