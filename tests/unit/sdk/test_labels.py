import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import LabelSet, digest, encode_label, reference
from goldleaf.errors import LabelError, LabelTooLarge, NotCanonical
from goldleaf.labels import MAX_LABEL_BYTES, MAX_LABELS, merkle, verify

ROOT = Path(__file__).parents[3]
# Both libraries' trees over leaves that are padded to a power of two, with proofs of each label.
JAVASCRIPT = """
const { MerkleTree } = require("merkletreejs");
const { SimpleMerkleTree } = require("@openzeppelin/merkle-tree");
const { concat, keccak256, toHex } = require("viem");
const { leaves, count } = JSON.parse(require("fs").readFileSync(0));
const hash = data => Buffer.from(keccak256(data, "bytes"));
const buffers = leaves.map(leaf => Buffer.from(leaf.slice(2), "hex"));
const tree = new MerkleTree(buffers, hash, { sortPairs: false, hashLeaves: false });
const nodeHash = (a, b) => keccak256(concat([b, a]));
console.log(JSON.stringify({
  roots: [tree.getHexRoot(), SimpleMerkleTree.of(leaves, { sortLeaves: false, nodeHash }).root],
  proofs: buffers.slice(0, count).map((leaf, place) => tree.getProof(leaf, place).map(step => toHex(step.data))),
}));
"""


def in_javascript(labels: LabelSet) -> dict[str, Any]:
    depth = (len(labels) - 1).bit_length()
    leaves = [keccak(keccak(item.to_bytes(32, "big") + digest(label))) for item, label in labels]
    leaves += [bytes(32)] * (2**depth - len(leaves))
    asked = {"leaves": ["0x" + leaf.hex() for leaf in leaves], "count": len(labels)}
    done = subprocess.run(
        ["node", "-e", JAVASCRIPT], input=json.dumps(asked), cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("count", "first"), [(1, 0), (2, 7), (3, 0), (4, 1), (5, 0), (20, 40), (255, 2**32 - 300), (MAX_LABELS, 0)]
)
def test_label_set__any_size__equals_the_trees_of_javascript(count: int, first: int) -> None:
    labels = LabelSet([{"answer": n % 5, "note": "é"} for n in range(count)], first=first)
    theirs = in_javascript(labels)
    assert theirs["roots"] == ["0x" + labels.root.hex()] * 2
    assert theirs["proofs"] == [["0x" + sibling.hex() for sibling in labels.proof(item)] for item in labels.items]


def test_label_set__of_one_label__is_its_leaf_with_an_empty_proof() -> None:
    labels = LabelSet(["good"], first=7)
    assert labels.root == merkle.leaf_hash(7, digest(labels.label(7)))
    assert labels.proof(7) == []


@pytest.mark.parametrize("count", range(1, 18))
def test_proof__any_size__is_as_long_as_the_tree_is_deep(count: int) -> None:
    labels = LabelSet([0] * count)
    assert {len(labels.proof(item)) for item in labels.items} == {math.ceil(math.log2(count))}


def test_label_set__without_the_extra_fast__has_the_same_root() -> None:
    build = """
    import sys
    sys.modules["sha3"] = None  # as if it were not installed
    from goldleaf import LabelSet
    print(LabelSet([n % 5 for n in range(100)]).root.hex())
    """
    code = "\n".join(line.strip() for line in build.splitlines())
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "sdk", capture_output=True, text=True, check=True)
    assert bytes.fromhex(done.stdout.strip()) == LabelSet([n % 5 for n in range(100)]).root


@given(st.lists(st.integers(0, 3), min_size=1, max_size=70), st.integers(0, 1000))
def test_verify__every_item__holds_for_that_item_label_and_set_alone(values: list[int], first: int) -> None:
    labels = LabelSet(values, first=first)
    other = encode_label("other")
    for item, label in labels:
        proof = labels.proof(item)
        assert verify(labels.root, item, label, proof, labels.items)
        assert not verify(labels.root, item + 1, label, proof, labels.items)
        assert not verify(labels.root, item, other, proof, labels.items)
        assert not verify(labels.root, item, label, [*proof, bytes(32)], labels.items)
        assert not verify(labels.root, item, label, proof[:-1], labels.items) or not proof
        # Sets that begin elsewhere or are twice as large: the same leaf, at another place or in a deeper tree.
        assert not verify(labels.root, item, label, proof, range(first - 1, first + len(values) - 1)) or not proof
        assert not verify(labels.root, item, label, proof, range(first, first + 2 * len(values)))


def test_verify__an_item_outside_the_set__does_not_hold() -> None:
    """Places beyond the set are empty, and those before it are none."""
    labels = LabelSet([0, 1, 2], first=4)
    tree = merkle.MerkleTree([merkle.leaf_hash(item, digest(b"0")) for item in range(4, 8)])
    assert verify(tree.root, 7, b"0", tree.proof(3), range(4, 8))
    assert not verify(tree.root, 7, b"0", tree.proof(3), labels.items)
    assert not verify(labels.root, 3, b"0", labels.proof(6), labels.items)


@given(st.lists(st.text(max_size=20) | st.integers(-9, 9), min_size=1, max_size=30), st.integers(0, 2**32 - 40))
def test_from_bytes__what_to_bytes_wrote__is_equal(values: list[object], first: int) -> None:
    labels = LabelSet(values, first=first)
    read = LabelSet.from_bytes(labels.to_bytes(), items=labels.items)
    assert read == labels
    assert read.root == labels.root
    assert [read.value(item) for item in read.items] == values


def test_to_bytes__labels__json_lines_in_the_order_of_items() -> None:
    labels = LabelSet.from_mapping({41: {"b": 1, "a": "x"}, 40: True})
    assert labels.to_bytes() == b'{"item":40,"label":true}\n{"item":41,"label":{"a":"x","b":1}}\n'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cut off"),
        (b'{"item":0,"label":1}', "cut off"),
        (b"\n", "line 1"),
        (b'{"item":0,"label":1}\n{"item":0,"label":1}\n', "line 2: expected item 1, found item 0"),
        (b'{"item":0,"label":1}\n{"item":2,"label":1}\n', "line 2: expected item 1, found item 2"),
        (b'{"item":0,"label":1}\n{"item":1, "label":1}\n', "line 2: JSON, but not in canonical form"),
        (b'{"item":0,"label":1}\r\n', "line 1"),
        (b'{"item":0,"label":1.0}\n', "line 1"),
        (b'{"item":0,"label":1,"more":2}\n', "line 1"),
        (b'{"item":true,"label":1}\n', "line 1: expected an item number, found True"),
        (b'{"item":-1,"label":1}\n', "line 1: expected an item number, found -1"),
        (b'{"item":"0","label":1}\n', "line 1: expected an item number, found '0'"),
        (b'{"item":0,"label":1}\n[1]\n', "line 2"),
        (b'{"item":0,"label":"%s"}\n' % (b"x" * MAX_LABEL_BYTES), "line 1: label is 2050 bytes"),
    ],
)
def test_from_bytes__malformed_file__names_the_line(data: bytes, message: str) -> None:
    with pytest.raises(LabelError) as caught:
        LabelSet.from_bytes(data)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("items", "message"), [(range(1, 4), "line 1: expected item 1"), (range(4), "3 labels"), (range(2), "3 labels")]
)
def test_from_bytes__other_batch__refused(items: range, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        LabelSet.from_bytes(LabelSet([1, 2, 3]).to_bytes(), items=items)


@pytest.mark.parametrize(
    ("mapping", "items", "message"),
    [
        ({0: 1, 2: 1}, None, "no label for item 1"),
        ({0: 1, 1: 1}, range(9), "no label for item 2, 3, 4, 5, 6 and 2 more"),
        ({0: 1, 1: 1, 5: 1}, range(2), r"item 5 is not in the batch \[0, 2\)"),
        ({}, None, "found 0"),
        ({-1: 1}, None, "count from 0"),
        ({2**32: 1}, None, "go up to 4294967295, found 4294967296"),
        ({0: 1, 2**32 - 1: 1}, None, "items 0 to 4294967295, and a set holds at most 4096"),
        ({"0": 1}, None, "expected item numbers, found '0'"),
        ({0: float("nan")}, None, "item 0"),
        ({3: "x" * MAX_LABEL_BYTES}, None, "item 3: label is 2050 bytes"),
    ],
)
def test_from_mapping__wrong_items_or_labels__names_the_item(
    mapping: dict[Any, object], items: range | None, message: str
) -> None:
    with pytest.raises(LabelError, match=message):
        LabelSet.from_mapping(mapping, items)


def test_label_set__too_many__refused() -> None:
    assert len(LabelSet([0] * MAX_LABELS).proof(17)) == 12
    with pytest.raises(LabelError, match="4097"):
        LabelSet([0] * (MAX_LABELS + 1))


def test_label__item_of_another_set__refused() -> None:
    labels = LabelSet([1, 2], first=4)
    for read in (labels.label, labels.proof, labels.value):
        with pytest.raises(LabelError, match=r"item 3 is not in the set, which holds \[4, 6\)"):
            read(3)


def test_encode_label__at_the_bound__accepted_and_above_refused() -> None:
    assert len(encode_label("x" * (MAX_LABEL_BYTES - 2))) == MAX_LABEL_BYTES
    with pytest.raises(LabelTooLarge) as caught:
        encode_label("x" * (MAX_LABEL_BYTES - 1))
    assert caught.value.value == "2049 bytes"
    with pytest.raises(NotCanonical):
        encode_label({1: 2})


def test_reference__large_content__fits_a_label() -> None:
    content = b"x" * 100_000
    label = reference(content, "ipfs://mask")
    assert label == {"uri": "ipfs://mask", "keccak256": "0x" + digest(content).hex(), "bytes": 100_000}
    assert len(encode_label(label)) < MAX_LABEL_BYTES
