# pragma version 0.4.3
"""
@title An honest ERC-20 with permit (ERC-2612)
@license AGPL-3.0-only
@dev The deployer may mint.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: erc20.__interface__


@deploy
def __init__(decimals: uint8):
    ownable.__init__()
    erc20.__init__("Test Dollar", "TESTD", decimals, "Test Dollar", "1")
