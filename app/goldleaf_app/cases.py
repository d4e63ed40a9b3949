"""Challenges and disputes about known answers, as somebody reads them who knows nothing of chains. Functions block."""

from dataclasses import dataclass
from functools import partial

from goldleaf import GoldleafError, LabelSet, Manifest
from goldleaf.errors import Unverifiable
from goldleaf.ids import split_gold_dispute
from goldleaf_tools import verify
from goldleaf_tools.disputes import Case, GoldStory, Papers, Story, papers_of, tell, tell_gold

from .files import Files
from .indexed import indexed
from .services import Services


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of verifying a case from the events."""

    token: str
    findings: tuple[verify.Finding, ...]
    notes: tuple[str, ...]

    @property
    def broken(self) -> int:
        """How many findings do not follow their rules."""
        return sum(finding.verdict is verify.Verdict.BROKEN for finding in self.findings)


def story(here: Services, case: Case) -> Story | GoldStory:
    """A case in words. Raises `NoSuchChallenge`, `NoSuchGoldDispute`, and what the node raises."""
    client = indexed(here.node, here.index)
    if case.challenge is not None:
        return tell(client, case.challenge, partial(_amount, here), payments=False)
    assert case.gold_dispute is not None
    manifest: Manifest | None
    try:
        manifest = here.files.manifest(split_gold_dispute(case.gold_dispute)[0])
    except GoldleafError:  # a stranger's file; the answers are told by their digests then
        manifest = None
    amount = partial(_amount, here)
    return tell_gold(client, case.gold_dispute, amount, manifest, payments=False)


def papers(here: Services, case: Case) -> Papers:
    """What there is to judge a case by, checked. Raises as `story` does."""
    return papers_of(indexed(here.node, here.index), _Library(here.files), case)


def verified(here: Services, case: Case) -> Verified:
    """Whether all that has happened in a case followed the rules. Raises as `story` does."""
    client = indexed(here.node, here.index)
    if case.challenge is not None:
        found = verify.of_chain(client, case.challenge)
        return Verified(found.token, found.findings, found.notes)
    assert case.gold_dispute is not None
    task, batch, number = split_gold_dispute(case.gold_dispute)
    tested = verify.batch_of_chain(client, task, batch)
    return Verified(tested.token, tested.of_dispute(number), tested.notes)


class _Library:
    """The server's files, as tools ask for them."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def get(self, uri: str, keccak256: bytes | None = None) -> bytes:
        if keccak256 is None:
            raise Unverifiable(uri)
        return self._files.get(uri, keccak256)

    def manifest(self, uri: str, terms: bytes) -> Manifest:
        return Manifest.from_bytes(self.get(uri, terms), terms)

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        return self._files.label_set(uri, root, items)


def _amount(here: Services, token: str, units: int) -> str:
    known = here.tokens.known(token)
    return f"{units} base units of {token}" if known is None else known.show(units)
