# pragma version 0.4.3
"""
@title Randomness from the hash of a coming block
@license AGPL-3.0-only
@notice A ticket is a block number. Its seed is known from the block after it, for 256 blocks. Who builds the
        block has some choice over its hash: fit for stakes below a block's worth.
@custom:invariant The seed of a ticket is empty or always the same.
"""

from ..interfaces import IRandomness

implements: IRandomness

# blocks whose hash a contract can read
_REACH: constant(uint256) = 256


@view
@external
def next_ticket() -> uint256:
    """
    @notice The number of the next block.
    """
    return block.number + 1


@view
@external
def seed(ticket: uint256) -> bytes32:
    """
    @notice The hash of block `ticket`; empty before and once it is out of reach.
    """
    # `blockhash` reverts outside of its reach.
    if ticket >= block.number or block.number - ticket > _REACH:
        return empty(bytes32)
    return blockhash(ticket)


@view
@external
def is_lost(ticket: uint256) -> bool:
    """
    @notice Whether block `ticket` is out of reach.
    """
    return ticket < block.number and block.number - ticket > _REACH
