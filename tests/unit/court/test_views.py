"""What can be read of a court."""

import pytest

from tests.protocol import Phase
from tests.unit.court.helpers import create_dispute, decide, hold_round

NOBODY = "0x" + "00" * 20
UNKNOWN = (0, 99, 2**34, 2**256 - 1)


@pytest.mark.parametrize("number", UNKNOWN)
def test_dispute__unknown__is_empty(jury, number):
    found = jury.court.dispute(number)
    assert tuple(found) == (NOBODY, 0, 0, 0, 0, 0, False, 0)
    assert tuple(jury.court.round(number, 0)) == (NOBODY, [], [], 0)
    assert jury.court.ruling(number) == 0
    assert not jury.court.is_final(number)
    assert jury.court.commitment(number, 0, NOBODY) == bytes(32)


@pytest.mark.parametrize("number", UNKNOWN)
def test_seat__unknown__is_empty(jury, number):
    assert tuple(jury.court.seat(number)) == (NOBODY, 0, 0, 0, 0, False)
    assert jury.court.seat_at(number) == 0


def test_round__each_of_three__has_its_own_payer_seats_and_votes(jury):
    dispute, _ = decide(jury, [1, 1, 1], [2] * 7, [0] * 15)
    rounds = [jury.court.round(dispute, number) for number in range(3)]
    # How many have committed is known of the latest.
    assert [round.committed for round in rounds] == [0, 0, 15]
    assert [len(round.seats) for round in rounds] == [3, 7, 15]
    assert [set(round.votes) for round in rounds] == [{1}, {2}, {0}]
    assert len({round.payer for round in rounds}) == 3
    for number in (3, 4, 2**256 - 1):
        assert tuple(jury.court.round(dispute, number)) == (NOBODY, [], [], 0)


def test_commitment__other_rounds__are_empty(jury):
    dispute = create_dispute(jury)
    holder = jury.draw(dispute)[0]
    jury.court.commit_vote(dispute, b"c" * 32, sender=holder)
    assert jury.court.commitment(dispute, 0, holder) == b"c" * 32
    for number in (1, 2, 3, 4, 2**256 - 1):
        assert jury.court.commitment(dispute, number, holder) == bytes(32)
    assert jury.court.commitment(dispute + 2**32, 0, holder) == bytes(32)


def test_is_final__through_the_phases__only_at_the_end(jury):
    dispute = create_dispute(jury)
    hold_round(jury, dispute, [1, 1, 1])
    assert jury.court.dispute(dispute).phase == Phase.APPEAL
    assert not jury.court.is_final(dispute)
    jury.pass_phase(dispute)
    assert jury.court.is_final(dispute)
    assert jury.court.dispute(dispute).phase_end == 0
