"""A bundle made of what the chain and the stores hold."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from goldleaf import errors
from goldleaf.canonical import Json
from goldleaf.events import Published
from goldleaf.ids import split_submission, submission_id
from goldleaf.labels import LabelSet, Manifest, digest, encode_label, merkle

from ..errors import EvidenceError
from .bundle import Answer, Bundle, Exhibit, Gold, Sibling
from .fields import MAX_BYTES

if TYPE_CHECKING:
    from goldleaf import Goldleaf
    from goldleaf.stores import Reader


def gold_tree(gold: Mapping[int, Json], items: int) -> merkle.MerkleTree:
    """The tree whose root a manifest of so many items has as its `gold_root`: hidden answers at their items' places."""
    leaves = [merkle.EMPTY] * items
    for item, label in gold.items():
        leaves[item] = merkle.leaf_hash(item, digest(encode_label(label)))
    return merkle.MerkleTree(leaves)


def collect(
    client: "Goldleaf",
    reader: "Reader",
    submission: int,
    items: Sequence[int],
    *,
    claim: str = "",
    claims: Mapping[int, str] | None = None,
    gold: Mapping[int, Json] | None = None,
) -> Bundle:
    """Evidence against the labels of some items of a published submission.

    The manifest and the label sets are read, and verified, from where the task and its submissions say that they lie;
    a sibling that is not published or cannot be read is left out. `claim` says why the labels are wrong and what they
    should be, `claims` so for single items. `gold` are all hidden answers of the task, by item, if the challenger holds
    them and the manifest has their root. A branch of the gold tree has no salt: with it the gold of neighbouring items
    can be guessed, and which of them have none.

    Raises `NoSuchTask`, `NotPublished`, `EvidenceError`, and what the stores raise.
    """
    task, slot = split_submission(submission)
    opening = client.tasks.opening(task)
    p = opening.parameters
    published = client.submissions.publication(submission)
    batch = p.items_of(slot)
    chosen = sorted({*items})
    if not chosen or any(item not in batch for item in chosen):
        raise EvidenceError(f"items {chosen} are not of the batch [{batch.start}, {batch.stop})")
    manifest = reader.manifest(opening.uri, p.terms)
    labels = reader.labels(published.uri, published.root, batch)
    others = _siblings(client, reader, [each for each in p.siblings(slot % p.batches) if each != slot], task, batch)
    proofs = {} if gold is None else _gold(manifest, gold)
    text = manifest.to_bytes()
    exhibits = tuple(
        Exhibit(
            item=item,
            uri=manifest.items[item].uri,
            keccak256=manifest.items[item].keccak256,
            label=labels.value(item),
            proof=tuple(labels.proof(item)),
            claim=(claims or {}).get(item, ""),
            answers=tuple(
                Answer(sibling.slot, found.value(item), tuple(found.proof(item))) for sibling, found in others
            ),
            gold=proofs.get(item),
        )
        for item in chosen
    )
    bundle = Bundle(
        chain_id=client.deployment.chain_id,
        escrow=client.deployment.address("TaskEscrow"),
        task=task,
        slot=slot,
        annotator=published.annotator,
        batch=batch,
        root=published.root,
        uri=published.uri,
        terms=p.terms,
        manifest_uri=opening.uri,
        # With a large manifest the bundle would be too large to be read: the hash stands for it.
        manifest=text if len(text) <= MAX_BYTES // 4 else None,
        claim=claim,
        siblings=tuple(sibling for sibling, _ in others),
        exhibits=exhibits,
    )
    # What cannot be read back must not be filed.
    return Bundle.from_bytes(bundle.to_bytes())


def _siblings(
    client: "Goldleaf", reader: "Reader", slots: Sequence[int], task: int, batch: range
) -> list[tuple[Sibling, LabelSet]]:
    found = []
    for slot in slots:
        try:
            published: Published = client.submissions.publication(submission_id(task, slot))
            labels = reader.labels(published.uri, published.root, batch)
        except (errors.NotPublished, errors.StoreError):
            continue
        found.append((Sibling(slot, published.annotator, published.root, published.uri), labels))
    return found


def _gold(manifest: Manifest, gold: Mapping[int, Json]) -> dict[int, Gold]:
    """A proof for each hidden answer. Raises `EvidenceError` if they are not those that the manifest binds."""
    if manifest.gold_root is None:
        raise EvidenceError("the manifest has no root of gold answers, so none can be proven")
    if not gold:
        raise EvidenceError("there are no gold answers")
    count = len(manifest.items)
    if strange := sorted(item for item in gold if not 0 <= item < count):
        raise EvidenceError(f"gold answers of items {strange}, but the manifest has {count} items")
    tree = gold_tree(gold, count)
    if tree.root != manifest.gold_root:
        raise EvidenceError(
            f"these gold answers have the root 0x{tree.root.hex()}, the manifest has 0x{manifest.gold_root.hex()}: all "
            "of them are needed, unchanged"
        )
    return {item: Gold(gold[item], tuple(tree.proof(item))) for item in sorted(gold)}
