"""Which round of a drand chain decides a draw, and whether what is shown for it is its beacon.

The chains are those of the scheme `bls-unchained-g1-rfc9380`, such as quicknet: signatures are points of G1 of
BLS12-381, public keys points of G2. Points are reckoned by py_ecc, which the extra `goldleaf-tools[beacons]` brings.
"""

from hashlib import sha256

from goldleaf.errors import MissingExtra
from goldleaf.types import DrandChain

# By which hashes to the curve are told apart from those of other schemes (RFC 9380).
TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


def next_round(time: int, chain: DrandChain) -> int:
    """The round that decides a draw which is armed at `time`: the first that is due no sooner than the margin later."""
    return -((chain.genesis - chain.margin - time) // chain.period) + 1


def due(round: int, chain: DrandChain) -> int:
    """The time at which the beacon of a round is made, from which it can be shown."""
    return chain.genesis + (round - 1) * chain.period


def randomness(signature: bytes) -> bytes:
    """The seed that a round's signature gives."""
    return sha256(signature).digest()


def is_beacon(round: int, signature: bytes, public_key: bytes) -> bool:
    """Whether a signature, 48 bytes, is that of a round by a chain's public key, 96 bytes, both compressed.

    By the pairing that BLS signatures are defined by: `e(signature, generator) = e(hash of the round, public key)`.
    Takes about a second. Raises `MissingExtra`.
    """
    try:
        from py_ecc.bls.hash_to_curve import hash_to_G1
        from py_ecc.bls.point_compression import decompress_G1, decompress_G2
        from py_ecc.bls.typing import G1Compressed, G2Compressed
        from py_ecc.optimized_bls12_381.optimized_curve import G2, curve_order, is_inf, multiply
        from py_ecc.optimized_bls12_381.optimized_pairing import pairing
    except ImportError as error:
        raise MissingExtra("beacons", "goldleaf-tools") from error
    if len(signature) != 48 or len(public_key) != 96:
        return False
    halves = int.from_bytes(public_key[:48]), int.from_bytes(public_key[48:])
    try:
        point = decompress_G1(G1Compressed(int.from_bytes(signature)))
        key = decompress_G2(G2Compressed(halves))
    except ValueError:  # no point of the curve, or not compressed
        return False
    outside = not is_inf(multiply(point, curve_order)) or not is_inf(multiply(key, curve_order))
    if is_inf(point) or is_inf(key) or outside:
        return False
    message = hash_to_G1(sha256(round.to_bytes(8)).digest(), TAG, sha256)
    return bool(pairing(G2, point) == pairing(key, message))
