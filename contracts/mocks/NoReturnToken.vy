# pragma version 0.4.3
"""
@title A token that returns nothing, as USDT on Ethereum
@license AGPL-3.0-only
@dev An allowance must be set to zero before it can be set to something else.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: (erc20.balanceOf, erc20.allowance, erc20.decimals, erc20.totalSupply, erc20.mint)


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")


@external
def approve(spender: address, amount: uint256):
    assert amount == 0 or erc20.allowance[msg.sender][spender] == 0  # dev: allowance not zero
    erc20._approve(msg.sender, spender, amount)


@external
def transfer(to: address, amount: uint256):
    erc20._transfer(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256):
    erc20._spend_allowance(owner, msg.sender, amount)
    erc20._transfer(owner, to, amount)
