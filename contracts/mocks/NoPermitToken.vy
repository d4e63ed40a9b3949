# pragma version 0.4.3
"""
@title A token whose permit always reverts
@license AGPL-3.0-only
@dev All else is honest.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (
    erc20.balanceOf,
    erc20.allowance,
    erc20.decimals,
    erc20.totalSupply,
    erc20.mint,
    erc20.approve,
    erc20.transfer,
    erc20.transferFrom,
)


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def permit(owner: address, spender: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    raise  # dev: no permit
