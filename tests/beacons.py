"""Beacons of drand chains: real ones, as public sources have them, and chains whose key the tests hold.

Points are computed by py_ecc, which is there with the chain in process, and not by what is tested.
"""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2, decompress_G1, decompress_G2
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.optimized_bls12_381.optimized_curve import (
    G2,
    b,
    curve_order,
    field_modulus,
    is_inf,
    is_on_curve,
    multiply,
    normalize,
)
from py_ecc.optimized_bls12_381.optimized_pairing import pairing

TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


@dataclass(frozen=True)
class Beacon:
    """A round and its signature, as drand gives it."""

    round: int
    signature: bytes

    @property
    def randomness(self) -> bytes:
        return sha256(self.signature).digest()

    @property
    def y(self) -> tuple[bytes, bytes]:
        """What compression left out of the signature."""
        _, y = normalize(decompress_G1(int.from_bytes(self.signature)))
        return words(int(y))

    @property
    def arguments(self) -> tuple[int, bytes, tuple[bytes, bytes]]:
        """Of `show`."""
        return self.round, self.signature, self.y


@dataclass(frozen=True)
class Drand:
    """What a chain of beacons says of itself."""

    public_key: bytes  # compressed
    genesis: int  # time of round 1
    period: int  # seconds

    @property
    def key(self) -> list[bytes]:
        """The public key as contracts take it."""
        return encode_g2(self.key_point)

    @property
    def key_point(self) -> Any:
        return decompress_G2((int.from_bytes(self.public_key[:48]), int.from_bytes(self.public_key[48:])))

    def arguments(self, margin: int) -> tuple[list[bytes], int, int, int]:
        """Of the constructor of a DrandRandomness."""
        return self.key, self.genesis, self.period, margin

    def due(self, round: int) -> int:
        return self.genesis + (round - 1) * self.period

    def verifies(self, beacon: Beacon) -> bool:
        """By py_ecc."""
        point = decompress_G1(int.from_bytes(beacon.signature))
        assert is_on_curve(point, b)
        assert is_inf(multiply(point, curve_order))
        return bool(pairing(G2, point) == pairing(self.key_point, hashed(beacon.round)))


# What the nodes of the chain `quicknet` say of it.
QUICKNET = Drand(
    public_key=bytes.fromhex(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    genesis=1_692_803_367,
    period=3,
)
# Round -> signature and randomness, each pair as its public source has it.
REAL = {
    # README of github.com/mcdcam/python-drand-verify
    657_413: (
        "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
        "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
    ),
    # examples of the crate drandite, docs.rs/drandite
    1000: (
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    ),
}
BEACONS = [Beacon(round, bytes.fromhex(signature)) for round, (signature, _) in REAL.items()]


@dataclass(frozen=True)
class OwnDrand(Drand):
    """A chain of beacons whose secret the tests know."""

    secret: int = 0

    @classmethod
    def start(cls, genesis: int, period: int = 3, secret: int = 4242) -> "OwnDrand":
        return cls(compressed_g2(multiply(G2, secret)), genesis, period, secret)

    def beacon(self, round: int) -> Beacon:
        return Beacon(round, compressed(multiply(hashed(round), self.secret)))


def hashed(round: int) -> Any:
    """The point that a round's signature is a multiple of."""
    return hash_to_G1(sha256(round.to_bytes(8)).digest(), TAG, sha256)


def words(coordinate: int) -> tuple[bytes, bytes]:
    """A coordinate in two words, the high one first."""
    whole = coordinate.to_bytes(64)
    return whole[:32], whole[32:]


def compressed(point: Any) -> bytes:
    return int(compress_G1(point)).to_bytes(48)


def compressed_g2(point: Any) -> bytes:
    return b"".join(half.to_bytes(48) for half in compress_G2(point))


def encode_g2(point: Any) -> list[bytes]:
    return [word for half in normalize(point) for part in half.coeffs for word in words(int(part))]


def outside_g1() -> Any:
    """A point of the curve that is not in the subgroup."""
    x = 0
    while True:
        x += 1
        square = FQ(x) ** 3 + b
        y = square ** ((field_modulus + 1) // 4)
        point = (FQ(x), y, FQ(1))
        if y * y == square and not is_inf(multiply(point, curve_order)):
            return point


def outside_g2() -> Any:
    """A point of the twisted curve that is not in the subgroup."""
    x = 0
    while True:
        x += 1
        with suppress(ValueError):
            # The bits of a compressed point that is not infinite.
            point = decompress_G2((x | 1 << 383, 0))
            if not is_inf(multiply(point, curve_order)):
                return point
