"""Labels and label sets: kept off chain, provable on chain.

A label is canonical JSON of at most 2,048 bytes; its digest is the keccak-256 of those bytes. The labels of one
submission make a `LabelSet`, whose Merkle root goes on chain and whose file, JSON Lines, lies at the submission's URI:

    {"item":40,"label":{"diagnosis":"benign"}}
    {"item":41,"label":{"diagnosis":"malignant"}}
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from . import merkle
from ._keccak import keccak256
from .canonical import Json, from_canonical, to_canonical
from .errors import LabelError, LabelTooLarge, NotCanonical

MAX_LABEL_BYTES = 2048
MAX_LABELS = 4096


def encode_label(value: Json) -> bytes:
    """The canonical JSON of a label.

    Raises `NotCanonical` if `value` has no JSON form, and `LabelTooLarge` if it takes more than 2,048 bytes: store
    it elsewhere and label with a `reference` to it.
    """
    data = to_canonical(value)
    if len(data) > MAX_LABEL_BYTES:
        raise LabelTooLarge("label", value=f"{len(data)} bytes", bound=f"at most {MAX_LABEL_BYTES} bytes")
    return data


def reference(data: bytes, uri: str) -> dict[str, Json]:
    """A label that stands for `data` stored at `uri`: its URI, keccak-256 and length in bytes."""
    return {"uri": uri, "keccak256": "0x" + keccak256(data).hex(), "bytes": len(data)}


def digest(label: bytes) -> bytes:
    """The keccak-256 of a label's canonical JSON."""
    return keccak256(label)


def verify(root: bytes, item: int, label: bytes, proof: Iterable[bytes]) -> bool:
    """Whether `proof` shows that the label set with this `root` gives item number `item` the label `label`
    (canonical JSON)."""
    return merkle.verify(root, merkle.leaf_hash(item, digest(label)), proof)


class LabelSet:
    """The labels of one submission: one for each item from `first` on, in the order of the item numbers.

    Item numbers are those of the task, not positions in the batch.
    """

    def __init__(self, labels: Sequence[Json], first: int = 0) -> None:
        """Takes the labels of the items `first`, `first + 1`, ... as JSON values.

        Raises `LabelError` naming the item that is wrong.
        """
        self._build(first, [_encode_item(item, value) for item, value in enumerate(labels, first)])

    @classmethod
    def from_mapping(cls, labels: Mapping[int, Json], items: range | None = None) -> "LabelSet":
        """Takes item number -> label, in any order.

        With `items`, the batch's item numbers, the set must hold exactly these. Raises `LabelError` naming the
        items that are missing or too many.
        """
        if items is None:
            items = range(min(labels), max(labels) + 1) if labels else range(0)
        missing = [item for item in items if item not in labels]
        if missing:
            raise LabelError(f"no label for item {_enumerate(missing)}")
        surplus = [item for item in labels if item not in items]
        if surplus:
            raise LabelError(f"item {_enumerate(surplus)} is not in the batch {_span(items)}")
        return cls([labels[item] for item in items], first=items.start)

    @classmethod
    def from_bytes(cls, data: bytes, items: range | None = None) -> "LabelSet":
        """Reads the file that `to_bytes` writes.

        With `items`, the batch's item numbers, the file must hold exactly these. Raises `LabelError` naming the
        line that is not canonical, too large, repeated, out of order or missing.
        """
        if not data.endswith(b"\n"):
            raise LabelError("the last line does not end with a newline: the file is empty or cut off")
        encoded: list[bytes] = []
        expected = items.start if items is not None else None
        for number, line in enumerate(data[:-1].split(b"\n"), 1):
            try:
                item, value = _parse_line(line)
                label = encode_label(value)
            except (NotCanonical, LabelTooLarge) as error:
                raise LabelError(f"line {number}: {error.detail}") from error
            if expected is None:
                expected = item
            if item != expected + len(encoded):
                raise LabelError(f"line {number}: expected item {expected + len(encoded)}, found item {item}")
            encoded.append(label)
        assert expected is not None
        if items is not None and len(encoded) != len(items):
            raise LabelError(f"{len(encoded)} labels, but the batch {_span(items)} has {len(items)} items")
        labels = cls.__new__(cls)
        labels._build(expected, encoded)
        return labels

    def _build(self, first: int, encoded: list[bytes]) -> None:
        if not 1 <= len(encoded) <= MAX_LABELS:
            raise LabelError(f"a label set holds 1 to {MAX_LABELS} labels, found {len(encoded)}")
        if first < 0:
            raise LabelError(f"item numbers count from 0, found {first}")
        self._first = first
        self._labels = tuple(encoded)

    @property
    def items(self) -> range:
        """The item numbers of the set."""
        return range(self._first, self._first + len(self._labels))

    @property
    def root(self) -> bytes:
        """The Merkle root, 32 bytes: what `commit` binds and `publish` puts on chain."""
        return self._tree.root

    def value(self, item: int) -> Json:
        """The label of item number `item` as a JSON value. Raises `LabelError` if the item is not in the set."""
        return from_canonical(self.label(item))

    def label(self, item: int) -> bytes:
        """The label of item number `item` as canonical JSON. Raises `LabelError` if the item is not in the set."""
        return self._labels[self._position(item)]

    def proof(self, item: int) -> list[bytes]:
        """The Merkle proof of the label of item number `item`, at most 12 hashes: what `answer` sends.

        Raises `LabelError` if the item is not in the set.
        """
        return self._tree.proof(self._position(item))

    def to_bytes(self) -> bytes:
        """The label set as a file: JSON Lines, one canonical line per label, in the order of the item numbers."""
        # The keys are in canonical order, so each line is the canonical JSON of its object.
        return b"".join(
            b'{"item":%d,"label":%s}\n' % (item, label) for item, label in zip(self.items, self._labels, strict=True)
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Pairs of item number and label (canonical JSON)."""
        return iter(zip(self.items, self._labels, strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LabelSet):
            return NotImplemented
        return (self._first, self._labels) == (other._first, other._labels)

    def __hash__(self) -> int:
        return hash((self._first, self._labels))

    def __repr__(self) -> str:
        return f"LabelSet({_span(self.items)}, root=0x{self.root.hex()})"

    @cached_property
    def _tree(self) -> merkle.MerkleTree:
        return merkle.MerkleTree([merkle.leaf_hash(item, digest(label)) for item, label in self])

    def _position(self, item: int) -> int:
        if item not in self.items:
            raise LabelError(f"item {item} is not in the set, which holds {_span(self.items)}")
        return item - self._first


def _encode_item(item: int, value: Json) -> bytes:
    try:
        return encode_label(value)
    except (NotCanonical, LabelTooLarge) as error:
        raise LabelError(f"item {item}: {error.detail}") from error


def _parse_line(line: bytes) -> tuple[int, Json]:
    entry = from_canonical(line)
    if not isinstance(entry, dict) or entry.keys() != {"item", "label"}:
        raise NotCanonical('expected {"item":<number>,"label":<label>}')
    item = entry["item"]
    # bool is an int in Python, and JSON's `true` is no item number.
    if not isinstance(item, int) or isinstance(item, bool) or item < 0:
        raise NotCanonical(f"expected an item number, found {item!r}")
    return item, entry["label"]


def _enumerate(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5} more"


def _span(items: range) -> str:
    return f"[{items.start}, {items.stop})"
