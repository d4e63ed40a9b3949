# pragma version 0.4.3
"""
@title Signatures over any digest, for tests of what the relay and the gate accept
@license AGPL-3.0-only
"""

from ..modules import signatures


@view
@external
def is_by(signer: address, digest: bytes32, signature: Bytes[signatures.MAX_SIGNATURE]) -> bool:
    return signatures._is_by(signer, digest, signature)
