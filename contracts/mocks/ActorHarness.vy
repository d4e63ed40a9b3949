# pragma version 0.4.3
"""
@title Who acts, asked for and not asked for
@license AGPL-3.0-only
"""

from ..modules import actor

initializes: actor
exports: actor.relay


@deploy
def __init__(relay: address):
    actor.__init__(relay)


@view
@external
def actor_of_call() -> address:
    return actor._actor()


@view
@external
def sender_of_call() -> address:
    return msg.sender
