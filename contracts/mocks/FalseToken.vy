# pragma version 0.4.3
"""
@title A token that says no by returning false
@license AGPL-3.0-only
@dev While refusing, `transfer` and `transferFrom` move nothing and do not revert.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (erc20.balanceOf, erc20.allowance, erc20.decimals, erc20.totalSupply, erc20.mint, erc20.approve)

refusing: public(bool)


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def set_refusing(refusing: bool):
    self.refusing = refusing


@external
def transfer(to: address, amount: uint256) -> bool:
    if self.refusing:
        return False
    erc20._transfer(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    if self.refusing:
        return False
    erc20._spend_allowance(owner, msg.sender, amount)
    erc20._transfer(owner, to, amount)
    return True
