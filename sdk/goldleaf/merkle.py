"""Merkle trees as `StandardMerkleTree` of `@openzeppelin/merkle-tree` builds them.

Leaves are hashed twice, sorted by their hash, and laid from the end of a complete binary tree; a node hashes its two
children in ascending order, so that a proof needs no left or right. snekmate's `merkle_proof_verification` and
OpenZeppelin's `MerkleProof` check these proofs on chain.
"""

from collections.abc import Iterable, Sequence

from ._keccak import keccak256


def leaf_hash(item: int, digest: bytes) -> bytes:
    """The hash of the leaf `["uint256", "bytes32"]` of an item number and its label's digest."""
    return keccak256(keccak256(item.to_bytes(32, "big") + digest))


class MerkleTree:
    """The tree over `leaves` (each the 32 bytes of a `leaf_hash`), which keep their order for `proof`."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise ValueError("a Merkle tree needs at least one leaf")
        size = 2 * len(leaves) - 1
        nodes = [b""] * size
        places = [0] * len(leaves)
        for rank, position in enumerate(sorted(range(len(leaves)), key=leaves.__getitem__)):
            nodes[size - 1 - rank] = leaves[position]
            places[position] = size - 1 - rank
        for index in range(size - len(leaves) - 1, -1, -1):
            nodes[index] = _hash_pair(nodes[2 * index + 1], nodes[2 * index + 2])
        self._nodes = nodes
        self._places = places

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self._nodes[0]

    def proof(self, position: int) -> list[bytes]:
        """The siblings from the leaf at `position` up to the root, 32 bytes each."""
        index = self._places[position]
        siblings = []
        while index > 0:
            siblings.append(self._nodes[index + 1 if index % 2 else index - 1])
            index = (index - 1) // 2
        return siblings


def verify(root: bytes, leaf: bytes, proof: Iterable[bytes]) -> bool:
    """Whether `proof` leads from `leaf` (a `leaf_hash`) to `root`."""
    node = leaf
    for sibling in proof:
        node = _hash_pair(node, sibling)
    return node == root


def _hash_pair(a: bytes, b: bytes) -> bytes:
    return keccak256(a + b) if a < b else keccak256(b + a)
