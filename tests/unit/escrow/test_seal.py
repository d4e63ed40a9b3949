"""seal(seal), sealed_at(seal)"""

import pytest

from tests.protocol import DAY, EVIDENCE, SALT, SEAL_MIN_AGE, URI, Protocol, Work, reverts
from tests.unit.escrow.helpers import log

SEAL = b"\x5e" * 32


@pytest.mark.parametrize("seal", [SEAL, bytes(32), b"\xff" * 32])
def test_seal__new__notes_the_time(protocol: Protocol, seal: bytes) -> None:
    assert protocol.escrow.sealed_at(seal) == 0
    protocol.escrow.seal(seal, sender=protocol.account())
    assert log(protocol) == [("Sealed", {"seal": seal})]
    assert protocol.escrow.sealed_at(seal) == protocol.now


@pytest.mark.parametrize("wait", [0, SEAL_MIN_AGE, DAY - 1])
def test_seal__repeated_while_it_can_be_used__is_refused(protocol: Protocol, wait: int) -> None:
    """Or anybody could make it too young again."""
    protocol.escrow.seal(SEAL)
    sealed = protocol.now
    protocol.travel(wait)
    with reverts("challenges: already sealed"):
        protocol.escrow.seal(SEAL, sender=protocol.account())
    assert protocol.escrow.sealed_at(SEAL) == sealed


@pytest.mark.parametrize("wait", [DAY, 30 * DAY])
def test_seal__repeated_when_it_is_too_old__starts_anew(protocol: Protocol, wait: int) -> None:
    protocol.escrow.seal(SEAL)
    protocol.travel(wait)
    protocol.escrow.seal(SEAL)
    assert protocol.escrow.sealed_at(SEAL) == protocol.now


def test_seal__repeated_after_its_challenge__serves_another(protocol: Protocol, work: Work) -> None:
    challenger = protocol.account(free=100 * protocol.unit)
    seal = protocol.seal(work, [1], challenger)
    for _ in range(2):
        protocol.escrow.seal(seal)
        protocol.travel(SEAL_MIN_AGE)
        protocol.escrow.challenge(work.submission, [1], 9 * protocol.unit, EVIDENCE, URI, SALT, sender=challenger)
        assert protocol.escrow.sealed_at(seal) == 0
