# pragma version 0.4.3
"""
@title A token that refuses to approve nothing
@license AGPL-3.0-only
@dev As BNB does, `approve` reverts for an amount of 0. All else is honest.
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
    erc20.transfer,
    erc20.transferFrom,
)


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def approve(spender: address, amount: uint256) -> bool:
    assert amount != 0
    erc20._approve(msg.sender, spender, amount)
    return True
