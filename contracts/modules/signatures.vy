# pragma version 0.4.3
"""
@title Whether an account has signed
@license AGPL-3.0-only
@dev An account signs with its key, or, if it has code, says itself what it has signed (ERC-1271). A signature proves
     nothing but consent to its digest: whoever accepts one keeps count of what was used, not of signatures.
"""

from . import questions

# Enough for a wallet that checks a P-256 signature in code of its own, or the signatures of a dozen owners.
MAX_SIGNATURE: constant(uint256) = 1024
_GAS: constant(uint256) = 500_000

# Half of secp256k1's order: of the two forms that a signature has, only the lower one is accepted.
_HALF_ORDER: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168

_MAGIC: constant(bytes4) = 0x1626BA7E


@internal
@view
def _is_by(signer: address, digest: bytes32, signature: Bytes[MAX_SIGNATURE]) -> bool:
    # A delegated account (EIP-7702) has a key as well as code, and the key rules.
    if len(signature) == 65 and signer != empty(address) and self._recover(digest, signature) == signer:
        return True
    if not signer.is_contract:
        return False
    question: Bytes[questions.MAX_QUESTION] = abi_encode(
        digest, signature, method_id=method_id("isValidSignature(bytes32,bytes)")
    )
    return questions._first_word(signer, question, _GAS) == convert(_MAGIC, bytes32)


@internal
@pure
def _recover(digest: bytes32, signature: Bytes[MAX_SIGNATURE]) -> address:
    """
    @dev The empty address if no key has made the signature.
    """
    r: uint256 = extract32(signature, 0, output_type=uint256)
    s: uint256 = extract32(signature, 32, output_type=uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    if s > _HALF_ORDER:
        return empty(address)
    return ecrecover(digest, v, r, s)
