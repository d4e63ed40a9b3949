"""Evidence in a dispute about known answers: the items, what the requester says of them, and what the disputer does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goldleaf import errors
from goldleaf.canonical import Json, from_canonical, to_canonical
from goldleaf.encoding import keccak256
from goldleaf.ids import split_gold_dispute
from goldleaf.labels import Manifest, digest, encode_label

from ..errors import EvidenceError
from .checking import OnChain, Report, Statement
from .fields import MAX_BYTES, MAX_CLAIM, MAX_ITEM, MAX_URI, Fields, check_rising, read_file, to_hex

if TYPE_CHECKING:
    from goldleaf import Goldleaf
    from goldleaf.stores import Reader

FORMAT = "goldleaf-gold-evidence-1"
MAX_DISPUTED = 32


@dataclass(frozen=True, slots=True)
class GoldExhibit:
    """One known answer that is disputed."""

    item: int
    uri: str
    keccak256: bytes  # of the item's content
    answer: Json  # that the requester has shown
    claim: str  # why it is wrong, or cannot be told from the item


@dataclass(frozen=True, slots=True)
class GoldBundle:
    """Evidence for one dispute about known answers."""

    chain_id: int
    gold_test: str
    task: int
    batch: int
    terms: bytes  # keccak-256 of the manifest
    manifest_uri: str
    manifest: bytes | None  # the file itself; None: too large to be carried
    claim: str
    exhibits: tuple[GoldExhibit, ...]  # by item

    @property
    def digest(self) -> bytes:
        """What the dispute is filed with as its `evidence`: the keccak-256 of the file."""
        return keccak256(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The file. Raises `EvidenceError` if it would be larger than a bundle may be."""
        data = to_canonical(
            {
                "format": FORMAT,
                "chain_id": self.chain_id,
                "gold_test": self.gold_test,
                "task": self.task,
                "batch": self.batch,
                "manifest": {
                    "terms": to_hex(self.terms),
                    "uri": self.manifest_uri,
                    "text": None if self.manifest is None else self.manifest.decode(),
                },
                "claim": self.claim,
                "items": [
                    {
                        "item": each.item,
                        "uri": each.uri,
                        "keccak256": to_hex(each.keccak256),
                        "answer": each.answer,
                        "claim": each.claim,
                    }
                    for each in self.exhibits
                ],
            }
        )
        if len(data) > MAX_BYTES:
            raise EvidenceError("bundle", value=f"{len(data)} bytes", bound=f"at most {MAX_BYTES} bytes")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "GoldBundle":
        """Reads what `to_bytes` writes. Raises `EvidenceError` naming the field that is not what it has to be."""
        fields = Fields(read_file(data, FORMAT), "bundle")
        manifest = fields.fields("manifest")
        text = None if manifest.value("text") is None else manifest.text("text", MAX_BYTES).encode()
        exhibits = fields.many("items", MAX_DISPUTED, _exhibit)
        if not exhibits:
            raise EvidenceError("a bundle has at least one item")
        check_rising("items", [each.item for each in exhibits])
        bundle = cls(
            chain_id=fields.number("chain_id", 2**53),
            gold_test=fields.address("gold_test"),
            task=fields.number("task", 2**53, 1),
            batch=fields.number("batch", 2**53),
            terms=manifest.hash("terms"),
            manifest_uri=manifest.text("uri", MAX_URI),
            manifest=text,
            claim=fields.text("claim", MAX_CLAIM),
            exhibits=exhibits,
        )
        if bundle.to_bytes() != data:
            raise EvidenceError("the file holds more than a bundle does")
        return bundle


def is_gold_bundle(data: bytes) -> bool:
    """Whether a file says that it is evidence about known answers; it may be no bundle all the same."""
    try:
        content = from_canonical(data[: MAX_BYTES + 1])
    except (errors.NotCanonical, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def collect_gold(
    client: "Goldleaf",
    reader: "Reader",
    task: int,
    batch: int,
    items: Sequence[int],
    *,
    claim: str = "",
    claims: Mapping[int, str] | None = None,
) -> GoldBundle:
    """Evidence against the known answers of some items of a batch whose gold is open.

    The manifest is read, and verified, from where the task says that it lies. `claim` says why the answers are wrong,
    or cannot be told from the items; `claims` so for single items. Keep it to yourself until the dispute is filed:
    another annotator of the batch who reads it could be first, and have the prize.

    Raises `NoSuchTask`, `NoSuchTest`, `GoldNotOpened`, `EvidenceError`, and what the stores raise.
    """
    opening = client.tasks.opening(task)
    gold = client.tests.opened(task, batch)
    chosen = sorted({*items})
    if not chosen or not {*chosen} <= {*gold.items}:
        raise EvidenceError(f"items {chosen} are not all among those that batch {batch} of task {task} is tested on")
    manifest = reader.manifest(opening.uri, opening.parameters.terms)
    answers = dict(zip(gold.items, gold.answers, strict=True))
    labels = _labels(manifest)
    if strangers := [item for item in chosen if answers[item] not in labels]:
        raise EvidenceError(f"items {strangers}: the manifest shows no label with the digest of the answer")
    text = manifest.to_bytes()
    bundle = GoldBundle(
        chain_id=client.deployment.chain_id,
        gold_test=client.deployment.address("GoldTest"),
        task=task,
        batch=batch,
        terms=opening.parameters.terms,
        manifest_uri=opening.uri,
        manifest=text if len(text) <= MAX_BYTES // 4 else None,
        claim=claim,
        exhibits=tuple(
            GoldExhibit(
                item=item,
                uri=manifest.items[item].uri,
                keccak256=manifest.items[item].keccak256,
                answer=labels[answers[item]],
                claim=(claims or {}).get(item, ""),
            )
            for item in chosen
        ),
    )
    # What cannot be read back must not be filed.
    return GoldBundle.from_bytes(bundle.to_bytes())


def check_gold(data: bytes, client: "Goldleaf | None" = None, *, gold_dispute: int | None = None) -> Report[GoldBundle]:
    """Verifies a bundle: every hash and number that it has.

    With a client, what it says of the chain is held against the chain, and with `gold_dispute` against that dispute.
    Raises `EvidenceError` if `data` is no such bundle, and what the node raises.
    """
    bundle = GoldBundle.from_bytes(data)
    manifest: Manifest | None = None
    if bundle.manifest is None:
        where = bundle.manifest_uri or "the task"
        proofs = [Statement(f"The manifest is too large for the bundle: fetch it from {where}.", None)]
    else:
        try:
            manifest = Manifest.from_bytes(bundle.manifest, bundle.terms)
            proofs = [Statement(f"The manifest has the hash 0x{bundle.terms.hex()}.", True)]
        except (errors.ManifestError, RecursionError) as error:
            detail = getattr(error, "detail", "nested too deep")
            proofs = [Statement(f"The manifest is the one that the bundle names: no, {detail}.", False)]
    if manifest is not None:
        proofs += _proofs(bundle, manifest)
    claims = [bundle.claim] if bundle.claim else []
    return Report(
        bundle,
        keccak256(data),
        tuple(proofs),
        tuple(
            f"Item {each.item}: the requester says that the right answer is {_show(each.answer)}."
            for each in bundle.exhibits
        ),
        (*claims, *(f"Item {each.item}: {each.claim}" for each in bundle.exhibits if each.claim)),
        tuple(_to_confirm(bundle)),
        () if client is None else tuple(_confirm(bundle, keccak256(data), client, gold_dispute)),
    )


def _proofs(bundle: GoldBundle, manifest: Manifest) -> list[Statement]:
    labels = _labels(manifest)
    found = []
    for each in bundle.exhibits:
        known = manifest.items[each.item] if each.item < len(manifest.items) else None
        same = known is not None and (known.uri, known.keccak256) == (each.uri, each.keccak256)
        found.append(Statement(f"Item {each.item} is the one of the manifest, with its address and hash.", same))
        is_class = digest(encode_label(each.answer)) in labels
        text = f"Item {each.item}: {_show(each.answer)} is one of the classes that the manifest tests for."
        found.append(Statement(text, is_class))
    return found


def _to_confirm(bundle: GoldBundle) -> list[OnChain]:
    where = f"chain {bundle.chain_id}, GoldTest {bundle.gold_test}"
    return [
        OnChain(f"The terms of task {bundle.task}", f"0x{bundle.terms.hex()}"),
        *(
            OnChain(
                f"The known answer of item {each.item} in batch {bundle.batch} of task {bundle.task}, {where}",
                f"0x{digest(encode_label(each.answer)).hex()}",
            )
            for each in bundle.exhibits
        ),
        OnChain("The evidence that the dispute was filed with", f"0x{bundle.digest.hex()}"),
    ]


def _confirm(bundle: GoldBundle, file: bytes, client: "Goldleaf", gold_dispute: int | None) -> list[Statement]:
    here = (client.deployment.chain_id, client.deployment.contracts.get("GoldTest"))
    same = (bundle.chain_id, bundle.gold_test) == here
    found = [Statement(f"The bundle is about chain {here[0]} and GoldTest {here[1]}.", same)]
    if not same:
        return found
    try:
        terms = client.tasks.get(bundle.task).parameters.terms
        gold = client.tests.opened(bundle.task, bundle.batch)
    except (errors.NoSuchTask, errors.NoSuchTest, errors.NoSuchBatch, errors.GoldNotOpened) as error:
        return [*found, Statement(f"Batch {bundle.batch} of task {bundle.task} is tested: no, {error.detail}.", False)]
    found.append(Statement(f"Task {bundle.task} was opened with this manifest.", terms == bundle.terms))
    answers = dict(zip(gold.items, gold.answers, strict=True))
    for each in bundle.exhibits:
        shown = answers.get(each.item) == digest(encode_label(each.answer))
        found.append(Statement(f"The requester has shown this answer of item {each.item}.", shown))
    if gold_dispute is None:
        return found
    filing = client.tests.filing(gold_dispute)
    task, batch, _ = split_gold_dispute(gold_dispute)
    disputed = tuple(sorted(gold.items[number] for number in filing.numbers)) if task == bundle.task else ()
    return [
        *found,
        Statement("The dispute was filed with this very file as evidence.", filing.evidence == file),
        Statement("The dispute is about this batch.", (task, batch) == (bundle.task, bundle.batch)),
        Statement("The dispute is of just these items.", disputed == tuple(each.item for each in bundle.exhibits)),
    ]


def _labels(manifest: Manifest) -> dict[bytes, Json]:
    """The classes that a manifest tests for, by their digests."""
    classes = () if manifest.test is None else manifest.test.classes
    return {digest(encode_label(label)): label for label in classes}


def _show(label: Json) -> str:
    return encode_label(label).decode()


def _exhibit(value: Json, name: str) -> GoldExhibit:
    fields = Fields(value, name)
    return GoldExhibit(
        item=fields.number("item", MAX_ITEM),
        uri=fields.text("uri", MAX_URI),
        keccak256=fields.hash("keccak256"),
        answer=fields.label("answer"),
        claim=fields.text("claim", MAX_CLAIM),
    )
