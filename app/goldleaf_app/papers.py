"""What a juror judges by, read and verified by the server."""

from goldleaf import Deployment, Goldleaf, LabelSet, Manifest
from goldleaf.ids import split_challenge
from goldleaf_tools.disputes import Case, Papers, papers_of

from .files import Files


def papers(rpc: str, deployment: Deployment, files: Files, case: Case) -> Papers:
    """The papers of a case; it blocks. Raises `NoSuchChallenge`, `NoSuchGoldDispute`, and what the node raises."""
    with Goldleaf(rpc, deployment) as client:
        return papers_of(client, _Shelf(files, case), case)


class _Shelf:
    """Where the papers of a case are read: the server's copies first."""

    def __init__(self, files: Files, case: Case) -> None:
        self._files = files
        self._case = case

    def get(self, uri: str, keccak256: bytes | None = None) -> bytes:
        assert keccak256 is not None, "all that a case names has a hash"
        return self._files.get(uri, keccak256)

    def manifest(self, uri: str, terms: bytes) -> Manifest:
        return Manifest.from_bytes(self._files.get(uri, terms), terms)

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        assert self._case.challenge is not None, "only challenges are about labels"
        found = self._files.labels(split_challenge(self._case.challenge)[0])
        assert found is not None, "what is challenged is published"
        return found
