# pragma version 0.4.3
"""
@title A token that refuses allowances by returning false
@license AGPL-3.0-only
@dev While refusing, `approve` changes nothing and does not revert. All else is honest.
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

refusing: public(bool)


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def set_refusing(refusing: bool):
    self.refusing = refusing


@external
def approve(spender: address, amount: uint256) -> bool:
    if self.refusing:
        return False
    erc20._approve(msg.sender, spender, amount)
    return True
