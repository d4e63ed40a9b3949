# pragma version 0.4.3
"""
@title A contract that is an account: its owner signs for it (ERC-1271) and has it call
@license AGPL-3.0-only
"""

from ..modules import signatures

owner: public(address)


@deploy
def __init__(owner: address):
    self.owner = owner


@external
def set_owner(owner: address):
    self.owner = owner


@external
def call(target: address, data: Bytes[4096]):
    assert msg.sender == self.owner
    raw_call(target, data)


@view
@external
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> bytes4:
    return 0x1626BA7E if signatures._is_by(self.owner, digest, signature) else 0xFFFFFFFF
