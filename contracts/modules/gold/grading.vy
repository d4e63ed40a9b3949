# pragma version 0.4.3
"""
@title Grading: whether a sealed submission has passed its test
@license AGPL-3.0-only
@dev Yes or no, never a part: whoever sees a publication in the mempool and repeats it with fewer answers only fails to
     publish.
"""

from .. import reasons
from .. import require
from . import gold
from . import packing
from . import tests

uses: gold
uses: tests

MAX_DEPTH: constant(uint256) = 12  # 4,096 labels, the largest batch
# At depth 12 the paths of 128 leaves are apart at most below the 128 nodes of one level: five siblings for each.
MAX_PROOF: constant(uint256) = 640


# What proves the answers, as abi_encode has it.
struct Answers:
    gold_list: Bytes[2 * packing.MAX_GOLD]  # as it was opened
    classes: DynArray[bytes32, 16]  # as they were set up
    right: Bytes[packing.MAX_GOLD]  # gold numbers, a byte each, in the order of rising positions
    proof: DynArray[bytes32, MAX_PROOF]  # of all of them, see `_check`


@internal
@view
def _must_pass(submission: uint256) -> bool:
    """
    @dev Refuses while the outcome of the test is open.
    @return False if the batch is spared the test.
    """
    task: uint256 = submission >> packing.NUMBER_BITS
    test: packing.Test = tests._test(task)
    state: packing.Batch = gold._get(gold._batch_of(submission, test))
    gold._check_fixed(task, test, state)
    return gold._is_held(state)


# The proof is worked off here, and not in a function of its own, since each copy of it would cost a publication 14,000 gas
# for memory.
@internal
@view
def _check(submission: uint256, root: bytes32, answers: Answers):
    """
    @dev Refuses what does not pass. One proof shows all answers under a root of `label_tree`: instead of the siblings of
         every leaf up to the root it has those nodes only that cannot be computed from the leaves, level by level from the
         leaves up, and in each from the left to the right.
    """
    task: uint256 = submission >> packing.NUMBER_BITS
    test: packing.Test = tests._test(task)
    id: uint256 = gold._batch_of(submission, test)
    dropped_count: uint256 = gold._get(id).dropped
    gold._check_list(id, answers.gold_list)
    require.that(tests._hash(answers.classes) == tests.classes_hash[task], reasons.GOLD_OTHER_CLASSES)
    # What is dropped is not asked any more, and each such item takes an allowed error with it.
    asked: uint256 = test.size - dropped_count
    allowed: uint256 = test.allowed - min(test.allowed, dropped_count)
    total: uint256 = len(answers.right)
    require.that(asked <= total + allowed, reasons.GOLD_TOO_MANY_ERRORS)

    dropped: uint256 = gold.dropped[id] if dropped_count != 0 else 0
    digests: bytes32[packing.MAX_GOLD] = self._digests(answers.classes, tests.counts_word[task])
    positions: uint256[packing.MAX_GOLD] = packing._positions(answers.gold_list)
    first: uint256 = packing._number(id) * test.batch_size
    # The nodes of one level of the tree that are known, and their places.
    nodes: bytes32[packing.MAX_GOLD] = empty(bytes32[packing.MAX_GOLD])
    places: uint256[packing.MAX_GOLD] = empty(uint256[packing.MAX_GOLD])
    least: uint256 = 0
    for i: uint256 in range(total, bound=packing.MAX_GOLD):
        number: uint256 = convert(slice(answers.right, i, 1), uint256)
        tests._check_number(number, test)
        require.that(dropped & (1 << number) == 0, reasons.GOLD_ITEM_WAS_DROPPED)
        position: uint256 = positions[number]
        require.that(position >= least, reasons.GOLD_ANSWERS_NOT_RISING)
        least = unsafe_add(position, 1)
        nodes[i] = keccak256(keccak256(abi_encode(first + position, digests[number])))
        places[i] = position

    given: uint256 = len(answers.proof)
    used: uint256 = 0
    width: uint256 = 1
    for level: uint256 in range(MAX_DEPTH):
        if width >= test.batch_size:
            break
        width <<= 1
        parents: uint256 = 0
        child: uint256 = 0
        for pair: uint256 in range(packing.MAX_GOLD):
            if child == total:
                break
            node: bytes32 = nodes[child]
            place: uint256 = places[child]
            child = unsafe_add(child, 1)
            if place & 1 == 0 and child < total and places[child] == unsafe_add(place, 1):
                node = keccak256(abi_encode(node, nodes[child]))
                child = unsafe_add(child, 1)
            else:
                # Of a proof that is too short more is used than there is, which is refused below.
                sibling: bytes32 = answers.proof[used] if used < given else empty(bytes32)
                used = unsafe_add(used, 1)
                if place & 1 == 0:
                    node = keccak256(abi_encode(node, sibling))
                else:
                    node = keccak256(abi_encode(sibling, node))
            nodes[parents] = node
            places[parents] = place >> 1
            parents = unsafe_add(parents, 1)
        total = parents
    # No test is passed without an answer, so the root was reached.
    require.that(used == given and nodes[0] == root, reasons.GOLD_WRONG_PROOF)


@internal
@pure
def _digests(classes: DynArray[bytes32, 16], counts: uint256) -> bytes32[packing.MAX_GOLD]:
    """
    @return The right answer of each gold number.
    """
    digests: bytes32[packing.MAX_GOLD] = empty(bytes32[packing.MAX_GOLD])
    number: uint256 = 0
    for i: uint256 in range(len(classes), bound=16):
        for _: uint256 in range(packing._count(counts, i), bound=packing.MAX_GOLD):
            digests[number] = classes[i]
            number = unsafe_add(number, 1)
    return digests
