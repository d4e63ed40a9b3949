"""The file: canonical JSON, named by its keccak-256, with bounds on everything in it."""

from dataclasses import dataclass

from goldleaf.canonical import Json, to_canonical
from goldleaf.economics import MAX_CHALLENGED
from goldleaf.encoding import keccak256
from goldleaf.ids import submission_id

from ..errors import EvidenceError
from .fields import MAX_BYTES, MAX_CLAIM, MAX_ITEM, MAX_URI, Fields, check_rising, read_file, to_hex

FORMAT = "goldleaf-evidence-1"
MAX_SIBLINGS = 14
# The largest batch, and the depth of its tree; gold answers are of at most 2^32 items.
MAX_LABELS = 4096
MAX_PROOF = 12
MAX_GOLD_PROOF = 32


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another submission of the same batch."""

    slot: int
    annotator: str
    root: bytes
    uri: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The label of a sibling, with its branch in the sibling's Merkle tree."""

    slot: int
    label: Json
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Gold:
    """The requester's hidden answer, with its branch in the tree of all items under the manifest's `gold_root`."""

    label: Json
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One challenged item."""

    item: int
    uri: str
    keccak256: bytes  # of the item's content
    label: Json  # the annotator's
    proof: tuple[bytes, ...]  # to the submission's root
    claim: str  # why the label is wrong, and what it should be
    answers: tuple[Answer, ...]  # siblings', by slot
    gold: Gold | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """Evidence for one challenge."""

    chain_id: int
    escrow: str
    task: int
    slot: int
    annotator: str
    batch: range  # the item numbers of the submission and of its siblings
    root: bytes
    uri: str  # of the label set
    terms: bytes  # keccak-256 of the manifest
    manifest_uri: str
    manifest: bytes | None  # the file itself; None: too large to be carried
    claim: str
    siblings: tuple[Sibling, ...]  # by slot
    exhibits: tuple[Exhibit, ...]  # by item

    @property
    def submission(self) -> int:
        return submission_id(self.task, self.slot)

    @property
    def digest(self) -> bytes:
        """What a challenge is filed with as its `evidence`: the keccak-256 of the file."""
        return keccak256(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The file. Raises `EvidenceError` if it would be larger than a bundle may be."""
        data = to_canonical(self._content())
        if len(data) > MAX_BYTES:
            raise EvidenceError("bundle", value=f"{len(data)} bytes", bound=f"at most {MAX_BYTES} bytes")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bundle":
        """Reads what `to_bytes` writes. Raises `EvidenceError` naming the field that is not what it has to be."""
        bundle = _bundle(Fields(read_file(data, FORMAT), "bundle"))
        if bundle.to_bytes() != data:
            raise EvidenceError("the file holds more than a bundle does")
        return bundle

    def _content(self) -> dict[str, Json]:
        return {
            "format": FORMAT,
            "chain_id": self.chain_id,
            "escrow": self.escrow,
            "task": self.task,
            "submission": {
                "slot": self.slot,
                "annotator": self.annotator,
                "first_item": self.batch.start,
                "labels": len(self.batch),
                "root": to_hex(self.root),
                "uri": self.uri,
            },
            "manifest": {
                "terms": to_hex(self.terms),
                "uri": self.manifest_uri,
                "text": None if self.manifest is None else self.manifest.decode(),
            },
            "claim": self.claim,
            "siblings": [
                {"slot": each.slot, "annotator": each.annotator, "root": to_hex(each.root), "uri": each.uri}
                for each in self.siblings
            ],
            "items": [
                {
                    "item": each.item,
                    "uri": each.uri,
                    "keccak256": to_hex(each.keccak256),
                    "label": each.label,
                    "proof": [*map(to_hex, each.proof)],
                    "claim": each.claim,
                    "siblings": [
                        {"slot": answer.slot, "label": answer.label, "proof": [*map(to_hex, answer.proof)]}
                        for answer in each.answers
                    ],
                    "gold": None
                    if each.gold is None
                    else {"label": each.gold.label, "proof": [*map(to_hex, each.gold.proof)]},
                }
                for each in self.exhibits
            ],
        }


def _bundle(fields: Fields) -> Bundle:
    submission, manifest = fields.fields("submission"), fields.fields("manifest")
    text = manifest.value("text")
    if text is not None:
        text = manifest.text("text", MAX_BYTES).encode()
    siblings = fields.many("siblings", MAX_SIBLINGS, _sibling)
    slot = submission.number("slot", 2**53)
    check_rising("siblings", [each.slot for each in siblings])
    if slot in [each.slot for each in siblings]:
        raise EvidenceError(f"the submission in slot {slot} is among its own siblings")
    exhibits = fields.many("items", MAX_CHALLENGED, _exhibit)
    if not exhibits:
        raise EvidenceError("a bundle has at least one item")
    check_rising("items", [each.item for each in exhibits])
    first = submission.number("first_item", MAX_ITEM)
    batch = range(first, first + submission.number("labels", MAX_LABELS, 1))
    if any(each.item not in batch for each in exhibits):
        raise EvidenceError(f"not all items are of the submission's batch, {batch.start} to {batch.stop - 1}")
    known = {each.slot for each in siblings}
    for exhibit in exhibits:
        slots = [answer.slot for answer in exhibit.answers]
        check_rising(f"item {exhibit.item}: siblings", slots)
        if not known.issuperset(slots):
            raise EvidenceError(f"item {exhibit.item}: a label of a slot that is not among the siblings")
    return Bundle(
        chain_id=fields.number("chain_id", 2**53),
        escrow=fields.address("escrow"),
        task=fields.number("task", 2**53, 1),
        slot=slot,
        annotator=submission.address("annotator"),
        batch=batch,
        root=submission.hash("root"),
        uri=submission.text("uri", MAX_URI),
        terms=manifest.hash("terms"),
        manifest_uri=manifest.text("uri", MAX_URI),
        manifest=text,
        claim=fields.text("claim", MAX_CLAIM),
        siblings=siblings,
        exhibits=exhibits,
    )


def _sibling(value: Json, name: str) -> Sibling:
    fields = Fields(value, name)
    return Sibling(
        fields.number("slot", 2**53), fields.address("annotator"), fields.hash("root"), fields.text("uri", MAX_URI)
    )


def _exhibit(value: Json, name: str) -> Exhibit:
    fields = Fields(value, name)
    gold = None if fields.value("gold") is None else fields.fields("gold")
    return Exhibit(
        item=fields.number("item", MAX_ITEM),
        uri=fields.text("uri", MAX_URI),
        keccak256=fields.hash("keccak256"),
        label=fields.label("label"),
        proof=fields.proof("proof", MAX_PROOF),
        claim=fields.text("claim", MAX_CLAIM),
        answers=fields.many("siblings", MAX_SIBLINGS, _answer),
        gold=None if gold is None else Gold(gold.label("label"), gold.proof("proof", MAX_GOLD_PROOF)),
    )


def _answer(value: Json, name: str) -> Answer:
    fields = Fields(value, name)
    return Answer(fields.number("slot", 2**53), fields.label("label"), fields.proof("proof", MAX_PROOF))
