# pragma version 0.4.3
"""
@title An honest ERC-721
@license AGPL-3.0-only
@dev The deployer may mint.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc721

initializes: ownable
initializes: erc721[ownable := ownable]
exports: erc721.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc721.__init__("Test Badge", "TESTB", "", "Test Badge", "1")
