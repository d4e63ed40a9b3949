# pragma version 0.4.3
"""
@title An honest ERC-1155
@license AGPL-3.0-only
@dev The deployer may mint.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc1155

initializes: ownable
initializes: erc1155[ownable := ownable]
exports: erc1155.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc1155.__init__("")
