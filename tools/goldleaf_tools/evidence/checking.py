"""What a bundle proves, in sentences: verified here, and what only a chain can confirm."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from goldleaf import errors
from goldleaf.canonical import Json
from goldleaf.encoding import keccak256
from goldleaf.errors import ManifestError, MissingExtra
from goldleaf.events import Challenged, Published
from goldleaf.ids import submission_id
from goldleaf.labels import Manifest, digest, encode_label, verify

from .bundle import Bundle, Exhibit

if TYPE_CHECKING:
    from goldleaf import Goldleaf

# Characters of a label that are shown.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about the bundle."""

    text: str
    # None: it could not be looked at.
    holds: bool | None


@dataclass(frozen=True, slots=True)
class OnChain:
    """What a bundle says of the chain."""

    what: str
    expected: str


B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Report(Generic[B]):
    """What a check has found."""

    bundle: B
    # keccak-256 of the file: what the challenge or gold dispute must have been filed with.
    digest: bytes
    # What the bundle proves, or fails to; false ones make it worth nothing.
    proofs: tuple[Statement, ...]
    # What follows for the labels, as far as the proofs hold; about known answers, what is asked of each item.
    facts: tuple[str, ...]
    # What the challenger or disputer says; nobody has verified it.
    claims: tuple[str, ...]
    # What only a chain can confirm.
    to_confirm: tuple[OnChain, ...]
    # What the chain says to it; empty if none was asked.
    confirmed: tuple[Statement, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found false."""
        return all(each.holds is not False for each in (*self.proofs, *self.confirmed))


def check(data: bytes, client: "Goldleaf | None" = None, *, challenge: int | None = None) -> Report[Bundle]:
    """Verifies a bundle: every hash, proof, number and schema that it has.

    With a client, what it says of the chain is held against the chain, and with `challenge` against that challenge.
    Raises `EvidenceError` if `data` is no bundle, and what the node raises.
    """
    bundle = Bundle.from_bytes(data)
    manifest, proofs = _manifest(bundle)
    facts: list[str] = []
    for exhibit in bundle.exhibits:
        proofs += _proofs(bundle, exhibit, manifest)
        facts += _facts(bundle, exhibit, manifest)
    claims = [bundle.claim] if bundle.claim else []
    claims += [f"Item {each.item}: {each.claim}" for each in bundle.exhibits if each.claim]
    confirmed = [] if client is None else _confirm(bundle, keccak256(data), client, challenge)
    return Report(
        bundle,
        keccak256(data),
        tuple(proofs),
        tuple(facts),
        tuple(claims),
        tuple(_to_confirm(bundle)),
        tuple(confirmed),
    )


def expect(data: bytes, digest: bytes | None) -> None:
    """Refuses a file that is not the one with this keccak-256, if one is given. Raises `ContentMismatch`."""
    if digest is not None and keccak256(data) != digest:
        raise errors.ContentMismatch(f"keccak-256 of the file is 0x{keccak256(data).hex()}, not 0x{digest.hex()}")


# ---------------------------------------------------------------- offline


def _manifest(bundle: Bundle) -> tuple[Manifest | None, list[Statement]]:
    if bundle.manifest is None:
        text = f"The manifest is too large for the bundle: fetch it from {bundle.manifest_uri or 'the task'}."
        return None, [Statement(text, None)]
    try:
        manifest = Manifest.from_bytes(bundle.manifest, bundle.terms)
    except (ManifestError, RecursionError) as error:
        detail = getattr(error, "detail", "nested too deep")
        return None, [Statement(f"The manifest is the one that the bundle names: no, {detail}.", False)]
    return manifest, [Statement(f"The manifest has the hash 0x{bundle.terms.hex()}.", True)]


def _proofs(bundle: Bundle, exhibit: Exhibit, manifest: Manifest | None) -> list[Statement]:
    item = f"Item {exhibit.item}"
    found = []
    if manifest is not None:
        known = manifest.items[exhibit.item] if exhibit.item < len(manifest.items) else None
        found.append(
            Statement(
                f"{item} is the one of the manifest, with its address and hash.",
                known is not None and (known.uri, known.keccak256) == (exhibit.uri, exhibit.keccak256),
            )
        )
    proven = verify(bundle.root, exhibit.item, encode_label(exhibit.label), exhibit.proof, bundle.batch)
    found.append(
        Statement(f"{item} was labelled {_show(exhibit.label)}: its proof leads to the submission's root.", proven)
    )
    for sibling, label, proven in _answers(bundle, exhibit):
        text = f"{item}: the sibling in slot {sibling} says {label}; its proof leads to the sibling's root."
        found.append(Statement(text, proven))
    if exhibit.gold is not None:
        root = manifest.gold_root if manifest is not None else None
        holds = None
        if manifest is not None:
            gold, items = exhibit.gold, range(len(manifest.items))
            holds = root is not None and verify(root, exhibit.item, encode_label(gold.label), gold.proof, items)
        text = f"{item}: the gold answer is {_show(exhibit.gold.label)}; its proof leads to the manifest's gold root."
        found.append(Statement(text, holds))
    return found


def _facts(bundle: Bundle, exhibit: Exhibit, manifest: Manifest | None) -> list[str]:
    item = f"Item {exhibit.item}"
    found = []
    if manifest is not None:
        try:
            refusal = manifest.schema.refusal(exhibit.label)
            said = "fits the label schema" if refusal is None else f"is outside the label schema: {refusal}"
        except MissingExtra:
            said = "was not held against the label schema: that needs goldleaf[labels]"
        except (ManifestError, RecursionError):
            said = "cannot be held against the label schema, which is none"
        found.append(f"{item}: the label {said}.")
    # Only what is proven counts.
    proven = [label for _, label, holds in _answers(bundle, exhibit) if holds]
    if bundle.siblings:
        own = _show(exhibit.label)
        counts = ", ".join(f"{count} say {label}" for label, count in Counter(proven).most_common())
        agree = proven.count(own)
        found.append(
            f"{item}: of {len(proven)} siblings whose labels are proven, {agree} agree with {own}"
            + (f" ({counts})." if counts else ".")
        )
    if exhibit.gold is not None:
        agrees = encode_label(exhibit.gold.label) == encode_label(exhibit.label)
        found.append(f"{item}: the label {'agrees with' if agrees else 'differs from'} the gold answer.")
    return found


def _answers(bundle: Bundle, exhibit: Exhibit) -> list[tuple[int, str, bool]]:
    """Slot, label, and whether it is proven, of each sibling's answer."""
    roots = {sibling.slot: sibling.root for sibling in bundle.siblings}
    return [
        (
            each.slot,
            _show(each.label),
            verify(roots[each.slot], exhibit.item, encode_label(each.label), each.proof, bundle.batch),
        )
        for each in exhibit.answers
    ]


def _show(label: Json) -> str:
    text = encode_label(label).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… (0x{digest(encode_label(label)).hex()})"


# ---------------------------------------------------------------- on the chain


def _to_confirm(bundle: Bundle) -> list[OnChain]:
    where = f"chain {bundle.chain_id}, escrow {bundle.escrow}"
    return [
        OnChain(f"The terms of task {bundle.task}, {where}", f"0x{bundle.terms.hex()}"),
        OnChain(
            f"The root of submission {bundle.task}/{bundle.slot}, {where}",
            f"0x{bundle.root.hex()}, of {bundle.annotator}",
        ),
        *(
            OnChain(
                f"The root of submission {bundle.task}/{each.slot}, of the same batch",
                f"0x{each.root.hex()}, of {each.annotator}",
            )
            for each in bundle.siblings
        ),
        OnChain(
            f"The items of the batch of submission {bundle.task}/{bundle.slot}",
            f"{bundle.batch.start} to {bundle.batch.stop - 1}",
        ),
        OnChain("The evidence that the challenge was filed with", f"0x{bundle.digest.hex()}"),
    ]


def _confirm(bundle: Bundle, file: bytes, client: "Goldleaf", challenge: int | None) -> list[Statement]:
    here = (client.deployment.chain_id, client.deployment.address("TaskEscrow"))
    same = (bundle.chain_id, bundle.escrow) == here
    found = [Statement(f"The bundle is about chain {here[0]} and escrow {here[1]}.", same)]
    if not same:
        return found
    try:
        p = client.tasks.get(bundle.task).parameters
    except errors.NoSuchTask:
        return [*found, Statement(f"There is a task {bundle.task}.", False)]
    found.append(Statement(f"Task {bundle.task} was opened with this manifest.", p.terms == bundle.terms))
    if bundle.slot >= p.slots:
        return [*found, Statement(f"The task has a slot {bundle.slot}.", False)]
    text = f"The submission's batch is of items {bundle.batch.start} to {bundle.batch.stop - 1}."
    found.append(Statement(text, p.items_of(bundle.slot) == bundle.batch))
    published = _published(client, bundle.submission)
    own = published is not None and (published.root, published.annotator) == (bundle.root, bundle.annotator)
    found.append(Statement(f"{bundle.annotator} has published submission {bundle.task}/{bundle.slot} so.", own))
    slots = [slot for slot in p.siblings(bundle.slot % p.batches) if slot != bundle.slot]
    shown = {each.slot: each for each in bundle.siblings}
    for slot, sibling in shown.items():
        other = _published(client, submission_id(bundle.task, slot)) if slot in slots else None
        holds = other is not None and (other.root, other.annotator) == (sibling.root, sibling.annotator)
        found.append(Statement(f"{sibling.annotator} has published the sibling in slot {slot} so.", holds))
    silent = [slot for slot in slots if slot not in shown and _published(client, submission_id(bundle.task, slot))]
    if silent:
        left_out = ", ".join(map(str, silent))
        found.append(Statement(f"No published sibling is left out (left out: slot {left_out}).", None))
    return found if challenge is None else [*found, *_filed(bundle, file, client, challenge)]


def _filed(bundle: Bundle, file: bytes, client: "Goldleaf", challenge: int) -> list[Statement]:
    filing = client.challenges.filing(challenge)
    items = tuple(each.item for each in bundle.exhibits)
    return [
        Statement(
            "The challenge was filed with this very file as evidence.",
            isinstance(filing, Challenged) and filing.evidence == file,
        ),
        Statement("The challenge is against this submission.", challenge >> 64 == bundle.submission),
        Statement("The challenge is of just these items.", filing.indices == items),
    ]


def _published(client: "Goldleaf", submission: int) -> Published | None:
    try:
        found: Published = client.submissions.publication(submission)
    except errors.NotPublished:
        return None
    return found
