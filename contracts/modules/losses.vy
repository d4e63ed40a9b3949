# pragma version 0.4.3
"""
@title Losses: what is lost and nobody's prize goes to the sink
@license AGPL-3.0-only
@dev A free balance like any other, of an address that nobody controls. Nothing is transferred to it.
"""

from . import ledger

uses: ledger

# Whose free balance takes what is lost and nobody's prize.
SINK: immutable(address)


@deploy
def __init__(sink: address):
    ledger._check_account(sink)
    SINK = sink


@internal
def _sink(token: address, amount: uint256):
    ledger._credit(token, SINK, amount)
