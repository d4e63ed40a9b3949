# pragma version 0.4.3
"""
@title A token that refuses blacklisted accounts, as USDC does
@license AGPL-3.0-only
@dev Neither side of a transfer may be blacklisted.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (erc20.balanceOf, erc20.allowance, erc20.decimals, erc20.totalSupply, erc20.mint, erc20.approve)

blacklisted: public(HashMap[address, bool])


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def set_blacklisted(account: address, blacklisted: bool):
    self.blacklisted[account] = blacklisted


@external
def transfer(to: address, amount: uint256) -> bool:
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    erc20._spend_allowance(owner, msg.sender, amount)
    self._move(owner, to, amount)
    return True


@internal
def _move(owner: address, to: address, amount: uint256):
    assert not self.blacklisted[owner] and not self.blacklisted[to]  # dev: blacklisted
    erc20._transfer(owner, to, amount)
