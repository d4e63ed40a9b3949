"""Points of drand chains, compressed as these chains give them: signatures of G1 of BLS12-381, public keys of G2."""

from collections.abc import Sequence

from .. import errors

LENGTH = 48  # bytes
# The field's prime.
P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
B = 4  # y^2 = x^3 + B

# The bits above a compressed coordinate.
_COMPRESSED, _INFINITE, _LARGER_Y = 1 << 383, 1 << 382, 1 << 381


def y_of(signature: bytes) -> tuple[bytes, bytes]:
    """The coordinate that compression left out, in two words, the high one first.

    Raises `BadSignatureLength`, `SignatureNotCompressed`, `SignatureInfinite`, `CoordinateTooLarge`,
    `SignatureNotAPoint`. Whether the point is in the subgroup, and signs anything, is left to the contract.
    """
    if len(signature) != LENGTH:
        raise errors.BadSignatureLength("bytes", value=len(signature), bound=LENGTH)
    number = int.from_bytes(signature)
    if not number & _COMPRESSED:
        raise errors.SignatureNotCompressed(signature.hex())
    if number & _INFINITE:
        raise errors.SignatureInfinite(signature.hex())
    x = number % _LARGER_Y
    if x >= P:
        raise errors.CoordinateTooLarge(signature.hex())
    square = (x**3 + B) % P
    # P is 3 modulo 4.
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        raise errors.SignatureNotAPoint(signature.hex())
    if (y > P // 2) != bool(number & _LARGER_Y):
        y = P - y
    whole = y.to_bytes(64)
    return whole[:32], whole[32:]


def compress_key(words: Sequence[bytes]) -> bytes:
    """A public key as nodes tell it, 96 bytes, from the point that contracts take: x0, x1, y0, y1, two words each."""
    x0, x1, y0, y1 = (int.from_bytes(words[place] + words[place + 1]) for place in range(0, 8, 2))
    larger = y1 > P // 2 if y1 else y0 > P // 2
    return (x1 | _COMPRESSED | (_LARGER_Y if larger else 0)).to_bytes(LENGTH) + x0.to_bytes(LENGTH)
