"""Positional Merkle trees: the leaf of the label at place i of a batch lies at place i of the tree.

`n` labels have `2^d` places, the least `d` with `2^d >= n`; what is left over is zero. A node hashes its left and its
right child, unsorted. So a proof has exactly `d` hashes, its place tells which of them are left, and a root gives one
label to each item.

In JavaScript, with leaves that are padded with zeros to `2^d`, `merkletreejs` builds the same trees if told
`{sortPairs: false, hashLeaves: false}`, and `SimpleMerkleTree` of `@openzeppelin/merkle-tree` the same roots if told
`{sortLeaves: false, nodeHash: (a, b) => keccak256(concat([b, a]))}`.
"""

from collections.abc import Iterable, Sequence

from .._encoding.keccak import keccak256

# What lies at a place without a label.
EMPTY = bytes(32)


def leaf_hash(item: int, digest: bytes) -> bytes:
    """The leaf of an item number and its label's digest, hashed twice, so that no node of a tree passes for one.

    It is the leaf `["uint256", "bytes32"]` of OpenZeppelin's standard trees.
    """
    return keccak256(keccak256(item.to_bytes(32, "big") + digest))


class MerkleTree:
    """The tree over `leaves`: the 32 bytes of a `leaf_hash` for each place, or `EMPTY`."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise ValueError("a Merkle tree needs at least one leaf")
        empty = EMPTY
        # From the leaves up, without the right part of each level under which nothing lies.
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            level = self._levels[-1]
            if len(level) % 2:
                level.append(empty)
            self._levels.append([keccak256(level[i] + level[i + 1]) for i in range(0, len(level), 2)])
            empty = keccak256(empty + empty)

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self._levels[-1][0]

    def proof(self, place: int) -> list[bytes]:
        """The siblings from the leaf at `place` up to the root, 32 bytes each."""
        return [level[(place >> height) ^ 1] for height, level in enumerate(self._levels[:-1])]

    def multiproof(self, places: Iterable[int]) -> list[bytes]:
        """One proof of the leaves at all of these places: of the siblings on their paths to the root those that do not
        follow from the leaves themselves, level by level from the leaves up, and in each from the left.
        """
        proof: list[bytes] = []
        nodes = set(places)
        for level in self._levels[:-1]:
            proof += [level[node ^ 1] for node in sorted(nodes) if node ^ 1 not in nodes]
            nodes = {node >> 1 for node in nodes}
        return proof


def verify(root: bytes, leaf: bytes, proof: Sequence[bytes], *, place: int, count: int) -> bool:
    """Whether `proof` shows that `leaf` (a `leaf_hash`) is at `place` of the tree of `count` leaves under `root`."""
    if not 0 <= place < count or len(proof) != (count - 1).bit_length():
        return False
    node = leaf
    for height, sibling in enumerate(proof):
        node = keccak256(sibling + node if place >> height & 1 else node + sibling)
    return node == root
