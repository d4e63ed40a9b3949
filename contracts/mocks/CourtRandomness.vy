# pragma version 0.4.3
"""
@title Randomness that is told what to say, or says nothing
@license AGPL-3.0-only
"""

from ..interfaces import IRandomness

implements: IRandomness

next_ticket: public(uint256)
# ticket -> seed
seed: public(HashMap[uint256, bytes32])
is_lost: public(HashMap[uint256, bool])


@external
def set_next_ticket(ticket: uint256):
    self.next_ticket = ticket


@external
def set_seed(ticket: uint256, seed: bytes32):
    self.seed[ticket] = seed


@external
def lose(ticket: uint256):
    self.is_lost[ticket] = True
