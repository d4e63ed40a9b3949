"""What a juror judges by: guidelines, items, labels or known answers, and evidence, each held against the chain.

What cannot be read is said to be so, with the reason; it never keeps the rest back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from goldleaf.canonical import to_canonical
from goldleaf.errors import GoldleafError, ManifestError, StoreError
from goldleaf.events import Challenged
from goldleaf.ids import split_challenge, split_gold_dispute, split_submission
from goldleaf.labels import LabelSet, Manifest, verify

from .. import evidence
from ..errors import EvidenceError
from ..evidence import Bundle, GoldBundle, Report, Statement
from ..manifests import Kind, kind_of
from .finding import Case
from .stories import Section

if TYPE_CHECKING:
    from goldleaf import Goldleaf

# Lines and characters of an item or of evidence that are shown.
MOST_LINES = 200
MOST_CHARACTERS = 20_000


class Library(Protocol):
    """Where files are read, such as a `goldleaf.stores.Reader`."""

    def get(self, uri: str, keccak256: bytes | None = None) -> bytes:
        """The file at a URI, verified."""

    def manifest(self, uri: str, terms: bytes) -> Manifest:
        """The manifest at a URI, verified against a task's terms."""

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at a URI, verified against its root and items."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An item that is judged."""

    item: int
    uri: str  # empty: not known
    kind: Kind | None  # None: it could not be read
    text: str  # of an item that is a text
    trouble: str  # why it could not be read
    # The challenged label, or the known answer, as canonical JSON; None: not known.
    label: str | None
    # How it is known to be the one: in a sentence.
    proof: str


@dataclass(frozen=True, slots=True)
class Papers:
    """What there is to judge by."""

    guidelines: str | None
    exhibits: tuple[Exhibit, ...]
    # Of the evidence: what was verified or not, and what whoever filed it says.
    evidence_uri: str
    statements: tuple[Statement, ...]
    facts: tuple[str, ...]
    claims: tuple[str, ...]
    # What could not be read, and why.
    troubles: tuple[str, ...]

    def sections(self) -> tuple[Section, ...]:
        """The same in words."""
        parts = [Section("Guidelines", tuple((self.guidelines or "They could not be read.").splitlines()))]
        parts += [Section(f"Item {one.item}", tuple(_exhibit_lines(one))) for one in self.exhibits]
        parts.append(Section("Evidence", tuple(self._evidence_lines())))
        if self.troubles:
            parts.append(Section("What could not be read", self.troubles))
        return tuple(parts)

    def _evidence_lines(self) -> Iterator[str]:
        if not self.evidence_uri:
            yield "None was given."
            return
        yield f"It lies at {self.evidence_uri}."
        marks = {True: "holds", False: "FALSE", None: "not looked at"}
        for each in self.statements:
            yield f"{marks[each.holds]}: {each.text}"
        yield from self.facts
        if self.claims:
            yield "Whoever filed it says (nobody has verified it):"
        for claim in self.claims:
            yield from (f"  {line}" for line in _shortened(claim))


def papers_of(client: "Goldleaf", library: Library, case: Case) -> Papers:
    """The papers of a case. Raises `NoSuchChallenge`, `NoSuchGoldDispute`, and what the node raises."""
    if case.gold_dispute is not None:
        return _of_gold(client, library, case.gold_dispute)
    assert case.challenge is not None
    return _of_challenge(client, library, case.challenge)


def _of_challenge(client: "Goldleaf", library: Library, challenge: int) -> Papers:
    submission = split_challenge(challenge)[0]
    filing = client.challenges.filing(challenge)
    published = client.submissions.publication(submission)
    batch = client.submissions.items(submission)
    troubles: list[str] = []
    manifest = _manifest(client, library, split_submission(submission)[0], troubles)
    known: dict[int, tuple[str, str]] = {}
    uri = ""
    report: Report[Bundle] | None = None
    claims: tuple[str, ...] = ()
    if isinstance(filing, Challenged) and filing.uri:
        uri = filing.uri
        data = _evidence(library, uri, filing.evidence, troubles)
        if data is not None:
            try:
                report = evidence.check(data, client, challenge=challenge)
                known = _shown_by(report.bundle, published.root, batch)
            except EvidenceError:
                claims = (_readable(data, uri),)
    try:
        labels = library.labels(published.uri, published.root, batch)
        text = "It is the one that was published: its label set rebuilds the root on chain."
        known = {item: (labels.label(item).decode(), text) for item in filing.indices}
    except StoreError as error:
        troubles.append(f"The label set at {published.uri}: {error.detail}")
    exhibits = tuple(_exhibit(library, manifest, item, known) for item in filing.indices)
    return _papers(manifest, exhibits, uri, report, claims, troubles)


def _of_gold(client: "Goldleaf", library: Library, gold_dispute: int) -> Papers:
    task, batch, _ = split_gold_dispute(gold_dispute)
    filing, gold = client.tests.filing(gold_dispute), client.tests.opened(task, batch)
    troubles: list[str] = []
    manifest = _manifest(client, library, task, troubles)
    known: dict[int, tuple[str, str]] = {}
    for number in filing.numbers:
        item, digest = gold.items[number], gold.answers[number]
        test = None if manifest is None else manifest.test
        if test is not None and digest in test.digests:
            answer = to_canonical(test.classes[test.digests.index(digest)]).decode()
            known[item] = answer, "It is the answer that the requester has shown on chain."
    claims: tuple[str, ...] = ()
    report: Report[GoldBundle] | None = None
    if filing.uri:
        data = _evidence(library, filing.uri, filing.evidence, troubles)
        if data is not None:
            try:
                report = evidence.check_gold(data, client, gold_dispute=gold_dispute)
            except EvidenceError:
                claims = (_readable(data, filing.uri),)
    exhibits = tuple(_exhibit(library, manifest, gold.items[number], known) for number in filing.numbers)
    return _papers(manifest, exhibits, filing.uri, report, claims, troubles)


def _papers(
    manifest: Manifest | None,
    exhibits: tuple[Exhibit, ...],
    uri: str,
    report: Report[Bundle] | Report[GoldBundle] | None,
    claims: tuple[str, ...],
    troubles: list[str],
) -> Papers:
    return Papers(
        guidelines=None if manifest is None else manifest.guidelines,
        exhibits=exhibits,
        evidence_uri=uri,
        statements=() if report is None else (*report.proofs, *report.confirmed),
        facts=() if report is None else report.facts,
        claims=claims if report is None else report.claims,
        troubles=tuple(troubles),
    )


def _manifest(client: "Goldleaf", library: Library, task: int, troubles: list[str]) -> Manifest | None:
    opening = client.tasks.opening(task)
    try:
        return library.manifest(opening.uri, opening.parameters.terms)
    except (StoreError, ManifestError) as error:
        troubles.append(f"The manifest at {opening.uri}: {error.detail}")
        return None


def _evidence(library: Library, uri: str, digest: bytes, troubles: list[str]) -> bytes | None:
    try:
        return library.get(uri, digest)
    except StoreError as error:
        troubles.append(f"The evidence at {uri}: {error.detail}")
        return None


def _shown_by(bundle: Bundle, root: bytes, batch: range) -> dict[int, tuple[str, str]]:
    """The labels that a bundle proves to be in a label set that perhaps nobody can read any more."""
    text = "It is the one that was published: the evidence proves that it is under the root on chain."
    return {
        one.item: (to_canonical(one.label).decode(), text)
        for one in bundle.exhibits
        if verify(root, one.item, to_canonical(one.label), one.proof, batch)
    }


def _exhibit(library: Library, manifest: Manifest | None, item: int, known: Mapping[int, tuple[str, str]]) -> Exhibit:
    label, proof = known.get(item, (None, "It could not be read."))
    if manifest is None or item >= len(manifest.items):
        return Exhibit(item, "", None, "", "where it lies says the manifest", label, proof)
    found = manifest.items[item]
    try:
        data = library.get(found.uri, found.keccak256)
    except GoldleafError as error:
        return Exhibit(item, found.uri, None, "", error.detail, label, proof)
    kind = kind_of(data)
    text = data.decode("utf-8-sig")[:MOST_CHARACTERS] if kind is Kind.TEXT else ""
    return Exhibit(item, found.uri, kind, text, "", label, proof)


def _exhibit_lines(one: Exhibit) -> Iterator[str]:
    if one.kind is Kind.TEXT:
        yield from (f"  {line}" for line in _shortened(one.text))
    elif one.kind is not None:
        what = {Kind.IMAGE: "A picture", Kind.AUDIO: "A sound"}.get(one.kind, "A file")
        yield f"{what}, at {one.uri}. It is the one that the manifest names: its hash was compared."
    else:
        yield f"It could not be read{f' at {one.uri}' if one.uri else ''}: {one.trouble}."
    yield f"Label: {'not known' if one.label is None else one.label}"
    yield one.proof


def _readable(data: bytes, uri: str) -> str:
    """Evidence that is no bundle."""
    if kind_of(data) is Kind.TEXT:
        return data.decode("utf-8-sig")[:MOST_CHARACTERS]
    return f"a file that is no bundle of evidence and no text, at {uri}"


def _shortened(text: str) -> list[str]:
    lines = text.splitlines()
    more = [f"and {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    return [*lines[:MOST_LINES], *more]
