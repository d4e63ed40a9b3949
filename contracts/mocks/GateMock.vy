# pragma version 0.4.3
"""
@title A gate that lets in who is on its list or knows its password
@license AGPL-3.0-only
"""

from ..interfaces import IGate

implements: IGate

# subject -> account -> may enter
allowed: public(HashMap[uint256, HashMap[address, bool]])
# subject -> keccak-256 of the data that opens the gate to everybody; empty: none does
password: public(HashMap[uint256, bytes32])


@external
def set_allowed(account: address, subject: uint256, allowed: bool):
    self.allowed[subject][account] = allowed


@external
def set_password(subject: uint256, digest: bytes32):
    self.password[subject] = digest


@view
@external
def is_allowed(account: address, subject: uint256, data: Bytes[1024]) -> bool:
    return self.allowed[subject][account] or keccak256(data) == self.password[subject]
