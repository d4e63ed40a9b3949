"""keccak-256, by the fastest implementation that is installed.

A Merkle tree over 4,096 labels hashes 16,000 times, and eth-utils' keccak costs ten times what `safe-pysha3` (the extra
`goldleaf[fast]`) does.
"""

from collections.abc import Callable

_EMPTY = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")


def _fast() -> Callable[[bytes], bytes] | None:
    try:
        from sha3 import keccak_256
    except ImportError:
        return None

    def hash_(data: bytes) -> bytes:
        digest: bytes = keccak_256(data).digest()
        return digest

    # Another package of the same import name might compute SHA-3, which differs in its padding.
    return hash_ if hash_(b"") == _EMPTY else None


def _slow() -> Callable[[bytes], bytes]:
    from eth_utils.crypto import keccak

    return keccak


keccak256: Callable[[bytes], bytes] = _fast() or _slow()
