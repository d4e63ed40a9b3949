"""Label sets: kept off chain, provable on chain.

The labels of one submission make a `LabelSet`, whose Merkle root goes on chain and whose file, JSON Lines, lies at the
submission's URI:

    {"item":40,"label":{"diagnosis":"benign"}}
    {"item":41,"label":{"diagnosis":"malignant"}}
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..canonical import Json, from_canonical, to_canonical
from ..errors import LabelError, LabelTooLarge, NotCanonical
from . import merkle, readers
from .label import MAX_LABEL_BYTES, check_size, digest, encode_label
from .readers import MAX_ITEM, Entry, Fields, Reading, Source

if TYPE_CHECKING:
    from .schema import Schema

MAX_LABELS = 4096
# A label set's file: each line has, besides its label, an item number of up to ten digits.
MAX_FILE_BYTES = MAX_LABELS * (MAX_LABEL_BYTES + len('{"item":4294967295,"label":}\n'))


def verify(root: bytes, item: int, label: bytes, proof: Sequence[bytes], items: range) -> bool:
    """Whether `proof` shows that the label set with this `root` gives item number `item` the label `label`
    (canonical JSON). `items` are the item numbers of the whole set: those of the submission's batch."""
    leaf = merkle.leaf_hash(item, digest(label))
    return merkle.verify(root, leaf, proof, place=item - items.start, count=len(items))


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
        for item in labels:
            if not isinstance(item, int):
                raise LabelError(f"expected item numbers, found {item!r}")
        if items is not None:
            surplus = [item for item in labels if item not in items]
            if surplus:
                raise LabelError(f"item {_enumerate(surplus)} is not in the batch {_span(items)}")
        return cls._from_encoded({item: _encode_item(item, value) for item, value in labels.items()}, items)

    @classmethod
    def from_json_lines(
        cls, source: Source, items: range | None = None, *, item: str | None = "item", label: Fields = "label"
    ) -> "LabelSet":
        """Reads JSON Lines: one object per line with an item number in the field `item`.

        `source` is a path, or the file's bytes. `label` says what makes the label: the name of a field, whose value
        it is, or several names, or a mapping of names to the label's keys; then it is an object. No other field gets
        into a label. Without `items` the file holds one batch; with `items`, the batch's item numbers, what it holds
        besides these is left out. With `item=None`, items are counted in their order in the file, which then holds
        exactly those of the batch. Raises `LabelError` naming the line, or the items that are missing.
        """
        return cls._read(source, Reading("jsonl", item, label), items)

    @classmethod
    def from_csv(
        cls,
        source: Source,
        items: range | None = None,
        *,
        item: str | None = "item",
        label: Fields = "label",
        types: Mapping[str, str] | None = None,
        schema: Json = None,
        delimiter: str = ",",
    ) -> "LabelSet":
        """Reads CSV with a line of column names, in UTF-8.

        `item`, `label` and `items` are as in `from_json_lines`, with columns for fields. A cell has the type that
        `types` gives to its column: `string`, `integer`, `number`, `boolean`, `null`, or `json`; or else the only one
        with which `schema`, the manifest's label schema, allows the label (`Manifest.check` holds it against the rest);
        or else it is text. An empty cell gives no value, so that its key is left out of the label. Raises `LabelError`
        naming the line, or the items that are missing; also where the schema allows several types. With `schema` it
        needs the extra `goldleaf[labels]`: `MissingExtra`, `ManifestError`.
        """
        return cls._read(source, Reading("csv", item, label, types=types or {}, delimiter=delimiter), items, schema)

    @classmethod
    def from_label_studio(
        cls,
        source: Source,
        items: range | None = None,
        *,
        label: Fields,
        item: str | None = "item",
        annotator: int | str | None = None,
    ) -> "LabelSet":
        """Reads what Label Studio exports as JSON.

        The item number of a task is in the field `item` of its data. `label` names control tags, as for fields in
        `from_json_lines`: a control gives one value; with `[]` behind its key, as in `{"finding": "findings[]"}`, a
        list. Whole values are choices, texts, ratings, numbers, dates, paths of a taxonomy; a region is the object
        that Label Studio has for it. `annotator` is whose annotations are taken, by id or e-mail address; it is needed
        where the export has those of several. Those whose annotator is not known, as of deleted users, may be of
        several; `"unknown"` takes them for one. Nothing of a task but these values gets into a label. Skipped
        annotations, drafts and predictions are left out.

        `items` is as in `from_json_lines`. Raises `LabelError` naming the task, or the items that are missing.
        """
        return cls._read(source, Reading("label-studio", item, label, annotator=annotator), items)

    @classmethod
    def _read(cls, source: Source, how: Reading, items: range | None, label_schema: Json = None) -> "LabelSet":
        schema = None if label_schema is None else _schema(label_schema)
        rows = (row for row in readers.read([source], how, items) if items is None or row.item in items)
        return cls.from_entries(readers.collect(row.entry(lambda: schema) for row in rows), items)

    @classmethod
    def from_entries(cls, entries: Mapping[int, Entry], items: range | None = None) -> "LabelSet":
        """Of what was read from files, by item number; `items` is as in `from_json_lines`. Raises `LabelError`."""
        return cls._from_encoded({item: entry.label for item, entry in entries.items()}, items)

    @classmethod
    def _from_encoded(cls, labels: Mapping[int, bytes], items: range | None) -> "LabelSet":
        if items is None:
            items = range(min(labels), max(labels) + 1) if labels else range(0)
            if len(items) > MAX_LABELS:
                raise LabelError(
                    f"the labels are of items {items.start} to {items.stop - 1}, and a set holds at most {MAX_LABELS}: "
                    "say which batch with `items`"
                )
        missing = [item for item in items if item not in labels]
        if missing:
            raise LabelError(f"no label for item {_enumerate(missing)}")
        return cls._of(items.start, [labels[item] for item in items])

    @classmethod
    def _of(cls, first: int, encoded: list[bytes]) -> "LabelSet":
        """Of labels that are canonical JSON already."""
        made = cls.__new__(cls)
        made._build(first, encoded)
        return made

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
                item, label = _parse_line(line)
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
        return cls._of(expected, encoded)

    def _build(self, first: int, encoded: list[bytes]) -> None:
        if not 1 <= len(encoded) <= MAX_LABELS:
            raise LabelError(f"a label set holds 1 to {MAX_LABELS} labels, found {len(encoded)}")
        if first < 0:
            raise LabelError(f"item numbers count from 0, found {first}")
        if first + len(encoded) > MAX_ITEM + 1:
            raise LabelError(f"item numbers go up to {MAX_ITEM}, found {first + len(encoded) - 1}")
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

    def multiproof(self, items: Iterable[int]) -> list[bytes]:
        """One Merkle proof of the labels of all of these item numbers.

        Raises `LabelError` if one of them is not in the set.
        """
        return self._tree.multiproof(map(self._position, items))

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


def _schema(label_schema: Json) -> "Schema":
    from .schema import schema_of

    return schema_of(to_canonical(label_schema))


def _encode_item(item: int, value: Json) -> bytes:
    try:
        return encode_label(value)
    except (NotCanonical, LabelTooLarge) as error:
        raise LabelError(f"item {item}: {error.detail}") from error


def _parse_line(line: bytes) -> tuple[int, bytes]:
    """The item number and the label of a line of a label set's file."""
    entry = from_canonical(line)
    if not isinstance(entry, dict) or entry.keys() != {"item", "label"}:
        raise NotCanonical('expected {"item":<number>,"label":<label>}')
    item = entry["item"]
    # bool is an int in Python, and JSON's `true` is no item number.
    if not isinstance(item, int) or isinstance(item, bool) or item < 0:
        raise NotCanonical(f"expected an item number, found {item!r}")
    return item, check_size(line[len(b'{"item":%d,"label":' % item) : -1])


def _enumerate(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5} more"


def _span(items: range) -> str:
    return f"[{items.start}, {items.stop})"
