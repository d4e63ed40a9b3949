# pragma version 0.4.3
"""
@title Who acts, asked for and not asked for
@license AGPL-3.0-only
"""

from ..modules import actor

initializes: actor


@deploy
def __init__(relay: address):
    actor.__init__(relay)


@view
@external
def relay() -> address:
    """
    @notice The ERC-2771 forwarder that this contract trusts; the empty address means none.
    """
    return actor.RELAY


@view
@external
def actor_of_call() -> address:
    return actor._actor()


@view
@external
def sender_of_call() -> address:
    return msg.sender
