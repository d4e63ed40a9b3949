# pragma version 0.4.3
"""
@title A token whose allowances only change from or to zero
@license AGPL-3.0-only
@dev As USDT does, `approve` reverts when one amount would take the place of another. All else is honest.
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
    assert amount == 0 or erc20.allowance[msg.sender][spender] == 0
    erc20._approve(msg.sender, spender, amount)
    return True
