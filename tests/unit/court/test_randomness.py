"""Randomness from block hashes."""

from typing import Any

import boa
import pytest

from tests.chains import InProcessChain


@pytest.fixture
def randomness() -> Any:
    chain = InProcessChain()
    chain.mine(300)
    return chain.deploy("randomness/BlockhashRandomness")


def test_next_ticket__is_the_next_block(randomness: Any) -> None:
    assert randomness.next_ticket() == boa.env.evm.patch.block_number + 1


@pytest.mark.parametrize(
    ("age", "known", "lost"),
    [(-1, False, False), (0, False, False), (1, True, False), (256, True, False), (257, False, True)],
)
def test_seed__of_a_block_of_some_age__is_known_within_reach(
    randomness: Any, age: int, known: bool, lost: bool
) -> None:
    ticket = boa.env.evm.patch.block_number - age
    assert (randomness.seed(ticket) != bytes(32)) == known
    assert randomness.is_lost(ticket) == lost


def test_seed__huge_ticket__is_not_known_and_not_lost(randomness: Any) -> None:
    for ticket in (2**64, 2**256 - 1):
        assert randomness.seed(ticket) == bytes(32)
        assert not randomness.is_lost(ticket)
    assert randomness.seed(0) == bytes(32)
    assert randomness.is_lost(0)


def test_seed__two_blocks__differ(randomness: Any) -> None:
    number = boa.env.evm.patch.block_number
    assert randomness.seed(number - 1) != randomness.seed(number - 2)
