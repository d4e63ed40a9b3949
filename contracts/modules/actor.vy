# pragma version 0.4.3
"""
@title Who acts
@license AGPL-3.0-only
@dev Every entry point asks here, and nowhere else, on whose behalf it was called: the caller or,
     when the caller is the immutable relay, the account whose signature the relay has checked and
     appended to the calldata (ERC-2771).
"""

# The only contract that may speak for others; the empty address means none.
RELAY: immutable(address)


@deploy
def __init__(relay: address):
    RELAY = relay


@internal
@view
def _actor() -> address:
    if msg.sender != RELAY or RELAY == empty(address):
        return msg.sender
    # The relay appends 20 bytes to every call, so the calldata is never shorter.
    return convert(convert(slice(msg.data, len(msg.data) - 20, 20), bytes20), address)
