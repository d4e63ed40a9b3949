"""commit_challenge(commitment), committed_at(commitment)"""

import pytest

from tests.protocol import COMMITMENT_MIN_AGE, DAY, EVIDENCE, SALT, URI, Protocol, Work, reverts
from tests.unit.escrow.helpers import log

COMMITMENT = b"\x5e" * 32


@pytest.mark.parametrize("commitment", [COMMITMENT, bytes(32), b"\xff" * 32])
def test_commit_challenge__new__notes_the_time(protocol: Protocol, commitment: bytes) -> None:
    assert protocol.escrow.committed_at(commitment) == 0
    protocol.escrow.commit_challenge(commitment, sender=protocol.account())
    assert log(protocol) == [("ChallengeCommitted", {"commitment": commitment})]
    assert protocol.escrow.committed_at(commitment) == protocol.now


@pytest.mark.parametrize("wait", [0, COMMITMENT_MIN_AGE, DAY - 1])
def test_commit_challenge__repeated_while_it_can_be_used__is_refused(protocol: Protocol, wait: int) -> None:
    """Or anybody could make it too young again."""
    protocol.escrow.commit_challenge(COMMITMENT)
    committed = protocol.now
    protocol.travel(wait)
    with reverts("challenges: already committed"):
        protocol.escrow.commit_challenge(COMMITMENT, sender=protocol.account())
    assert protocol.escrow.committed_at(COMMITMENT) == committed


@pytest.mark.parametrize("wait", [DAY, 30 * DAY])
def test_commit_challenge__repeated_when_it_is_too_old__starts_anew(protocol: Protocol, wait: int) -> None:
    protocol.escrow.commit_challenge(COMMITMENT)
    protocol.travel(wait)
    protocol.escrow.commit_challenge(COMMITMENT)
    assert protocol.escrow.committed_at(COMMITMENT) == protocol.now


def test_commit_challenge__repeated_after_its_challenge__serves_another(protocol: Protocol, work: Work) -> None:
    challenger = protocol.account(free=100 * protocol.unit)
    commitment = protocol.challenge_commitment(work, [1], challenger)
    for _ in range(2):
        protocol.escrow.commit_challenge(commitment)
        protocol.travel(COMMITMENT_MIN_AGE)
        protocol.escrow.challenge(work.submission, [1], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)
        assert protocol.escrow.committed_at(commitment) == 0
