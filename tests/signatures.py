"""Signatures with a chosen `s`: the key is solved for, so that it has signed the digest with that very number."""

from eth_account import Account
from eth_account.signers.local import LocalAccount
from py_ecc.secp256k1.secp256k1 import G, N, multiply

HALF = N // 2
NONCE = 0xD1CE


def signed_with(s: int, digest: bytes) -> tuple[LocalAccount, bytes]:
    """An account, and its signature of the digest: of `s * k = z + r * d`, all but the key `d` is given."""
    x, y = multiply(G, NONCE)
    r = x % N
    assert r == x, "the recovery bit would need more than the parity of y"
    key = (s * NONCE - int.from_bytes(digest)) * pow(r, -1, N) % N
    account: LocalAccount = Account.from_key(key.to_bytes(32))
    return account, r.to_bytes(32) + s.to_bytes(32) + bytes([27 + y % 2])
