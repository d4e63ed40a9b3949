"""Commitments: what is hashed first and opened later, so that nobody reads before they write.

Each binds the chain, the contract, the object and the author, so a copied one is useless to whoever copied it. A salt
keeps the content from being guessed; whoever loses it cannot open the commitment. `goldleaf_tools.keys.Keyring` derives
salts that cannot be lost.
"""

import secrets
from collections.abc import Sequence

from .._encoding.codec import encode
from .._encoding.keccak import keccak256

SALT_BYTES = 32


class Salt(bytes):
    """A salt, which reprs and tracebacks do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Salt(hidden)"

    __str__ = __repr__


def new_salt() -> Salt:
    """32 bytes from the operating system's random source. Keep them until what they hide is opened."""
    return Salt(secrets.token_bytes(SALT_BYTES))


def commitment(
    chain_id: int, escrow: str, submission: int, annotator: str, root: bytes, uri: str, salt: bytes
) -> bytes:
    """What `commit` stores and `publish` opens: binds the root and the URI of a label set."""
    return keccak256(
        encode(
            ["uint256", "address", "uint256", "address", "bytes32", "bytes32", "bytes32"],
            [chain_id, escrow, submission, annotator, root, keccak256(uri.encode()), salt],
        )
    )


def challenge_commitment(
    chain_id: int, escrow: str, submission: int, challenger: str, indices: Sequence[int], salt: bytes
) -> bytes:
    """What `commit_challenge` stores and `challenge` opens: binds the submission and the item numbers challenged."""
    return keccak256(
        encode(
            ["uint256", "address", "uint256", "address", "bytes32", "bytes32"],
            [chain_id, escrow, submission, challenger, hash_indices(indices), salt],
        )
    )


def vote(chain_id: int, court: str, dispute: int, round: int, holder: str, choice: int, salt: bytes) -> bytes:
    """What `commit_vote` stores and `reveal_vote` opens: binds the round, the holder and the choice."""
    return keccak256(
        encode(
            ["uint256", "address", "uint256", "uint256", "address", "uint256", "bytes32"],
            [chain_id, court, dispute, round, holder, choice, salt],
        )
    )


def hash_indices(indices: Sequence[int]) -> bytes:
    """The keccak-256 of the ABI-encoded item numbers: what a challenge keeps on chain of them."""
    return keccak256(encode(["uint256[]"], [list(indices)]))
