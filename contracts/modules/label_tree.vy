# pragma version 0.4.3
"""
@title Positional Merkle trees of labels
@license AGPL-3.0-only
@dev The label at place i of n is the leaf at place i of the 2^d places of a complete binary tree, the least d with
     2^d >= n; empty places are zero. A node is the hash of its left and its right child, unsorted, so a proof says where
     its leaf lies: a root gives one label to each item, whatever its author has put under it.
"""

MAX_DEPTH: constant(uint256) = 12  # 4,096 labels, the largest batch


@internal
@pure
def _is_label(
    root: bytes32,
    item: uint256,
    digest: bytes32,
    place: uint256,
    count: uint256,
    proof: DynArray[bytes32, MAX_DEPTH],
) -> bool:
    """
    @param digest keccak-256 of the label.
    @param place The item's position in its batch of `count` labels.
    @param proof The siblings from the leaf up to the root, as many as the tree is deep.
    """
    width: uint256 = 1 << len(proof)
    if place >= count or width < count or width >= 2 * count:
        return False
    # A leaf is hashed twice and a node once, so that neither passes for the other.
    node: bytes32 = keccak256(keccak256(abi_encode(item, digest)))
    path: uint256 = place
    for sibling: bytes32 in proof:
        node = keccak256(concat(node, sibling)) if path & 1 == 0 else keccak256(concat(sibling, node))
        path >>= 1
    return node == root
