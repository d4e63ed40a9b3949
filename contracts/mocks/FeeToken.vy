# pragma version 0.4.3
"""
@title A token that takes a fee on transfer
@license AGPL-3.0-only
@dev The receiver gets less than was sent; the fee is burned.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (erc20.balanceOf, erc20.allowance, erc20.decimals, erc20.totalSupply, erc20.mint, erc20.approve)

# share of a transfer that is burned, 1/10,000
fee_bps: public(uint256)


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def set_fee(fee_bps: uint256):
    self.fee_bps = fee_bps


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
    fee: uint256 = amount * self.fee_bps // 10_000
    erc20._burn(owner, fee)
    erc20._transfer(owner, to, amount - fee)
