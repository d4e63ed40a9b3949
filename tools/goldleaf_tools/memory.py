"""What the chain does not tell and is needed again: where sealed labels lie, and which items are to be challenged.

Evidence is among it until its challenge is filed: whoever read it in a store before could file the challenge first.

No salt is among it: `goldleaf_tools.keys.Keyring` derives them. What was challenged is for nobody else's eyes until it
is filed, so files that others may read are refused. There is one file for each thing, written whole or not at all, so
that programs that run side by side lose nothing of one another. Label sets are never replaced or dropped: which of them
a submission was committed with, its commitment tells (`Keyring.find_labels`).
"""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from goldleaf import errors
from goldleaf.canonical import read_json
from goldleaf.economics import only_base_units
from goldleaf.encoding import keccak256

from .errors import KeyfileError
from .private_files import private_folder, read_private, write_private

VERSION = 1
SUFFIX = ".json"
EVIDENCE = "evidence-"

T = TypeVar("T")


class EvidenceStore(Protocol):
    """Where evidence is put, such as a `goldleaf.stores.Store`, which names files by what they hold."""

    def uri(self, data: bytes) -> str:
        """The URI that a file with this content has, or would have: it is part of a challenge, and told before."""

    def put(self, data: bytes) -> str:
        """Keeps a file; returns the same URI."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A label set that a submission was, or may have been, committed with."""

    submission: int
    root: bytes
    # Where it lies, or will, as it is committed: `publish` puts that on chain.
    uri: str
    # What `commit` stores for it, by `Keyring.commitment`; None: it was not said.
    commitment: bytes | None = None


@dataclass(frozen=True, slots=True)
class PlannedChallenge:
    """A challenge of correctness that is to be filed: whoever forgets its items cannot open what was committed."""

    submission: int
    items: tuple[int, ...]
    # How often a challenge of these items was filed before: each needs a salt of its own.
    attempt: int = 0
    # A hash, and where the evidence lies, for jurors.
    evidence: bytes = bytes(32)
    uri: str = ""
    # The chance that each of the labels is wrong, as believed when it was planned; None: nobody said.
    chance: float | None = None
    # What is locked as its bond, base units; None: the least that it may be when it is filed.
    bond: int | None = None

    def __post_init__(self) -> None:
        if self.bond is not None:
            only_base_units("bond", self.bond)


class Memory:
    """What one account has under way in one deployment, in a folder of its own, which only its owner may enter.

    A file that others may read, or that does not hold what it has to, is passed over with a `GoldleafWarning` that says
    what to do: the others are read all the same. Whatever is written raises `LoosePermissions` if others may enter the
    folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()

    def remember(self, thing: Labels | PlannedChallenge) -> None:
        """Keeps a thing. To be called before it is committed.

        Label sets are kept besides those that were remembered before; a challenge takes the place of an earlier one of
        the same items and attempt.
        """
        private_folder(self.folder)
        self._write(self._path(thing), _content(thing))

    def labels(self, submission: int) -> list[Labels]:
        """All label sets that were ever remembered for a submission, in no order."""
        # The first is how earlier versions named the only one.
        paths = [self.folder / f"labels-{submission}{SUFFIX}", *self.folder.glob(f"labels-{submission}-*{SUFFIX}")]
        return list(_read_all(paths, _labels))

    def set_draft(self, labels: Labels) -> None:
        """Remembers a label set, and that it is the one to be delivered when nobody says which."""
        self.remember(labels)
        self._write(self._draft(labels.submission), _content(labels))

    def draft(self, submission: int) -> Labels | None:
        """The label set to deliver when nobody says which, if there is one."""
        return next(_read_all([self._draft(submission)], _labels), None)

    def set_missing(self, labels: Labels) -> None:
        """Remembers that a label set is published, or about to be, and does not lie at its URI yet."""
        private_folder(self.folder)
        self._write(self._missing(labels), _content(labels))

    def missing(self) -> list[Labels]:
        """The label sets that do not lie at their URIs yet."""
        return list(_read_all(sorted(self.folder.glob(f"missing-*{SUFFIX}")), _labels))

    def clear_missing(self, labels: Labels) -> None:
        """Remembers that a label set lies at its URI, or is not needed any more."""
        self._missing(labels).unlink(missing_ok=True)

    def planned(self) -> list[PlannedChallenge]:
        """The challenges that are not yet filed."""
        return self._read_planned("planned")

    def filed(self) -> list[PlannedChallenge]:
        """The challenges that were filed."""
        return self._read_planned("filed")

    def hide(self, evidence: bytes) -> bytes:
        """Keeps evidence until its challenge is filed, for nobody else's eyes; returns its keccak-256.

        To be called before the challenge is remembered.
        """
        private_folder(self.folder)
        digest = keccak256(evidence)
        write_private(self._evidence(digest), evidence)
        return digest

    def hidden(self, planned: PlannedChallenge) -> bytes | None:
        """The evidence of a challenge, if it was kept and is not shown yet."""
        try:
            found = read_private(self._evidence(planned.evidence))
        except FileNotFoundError:
            return None
        except errors.GoldleafError as error:
            _pass_over(str(error))
            return None
        if keccak256(found) != planned.evidence:
            _pass_over(f"{self._evidence(planned.evidence)} is damaged: restore it")
            return None
        return found

    def to_show(self) -> list[PlannedChallenge]:
        """The challenges that were filed, and whose evidence is not shown yet: jurors cannot read it."""
        if not any(self.folder.glob(f"{EVIDENCE}*")):
            return []
        return [planned for planned in self.filed() if self.hidden(planned) is not None]

    def show(self, planned: PlannedChallenge, store: EvidenceStore) -> None:
        """Puts the evidence of a challenge that was filed into the store. Again is no harm. Raises `StoreError`."""
        evidence = self.hidden(planned)
        if evidence is not None:
            store.put(evidence)
            if all(other.evidence != planned.evidence for other in self.planned()):
                self._evidence(planned.evidence).unlink(missing_ok=True)

    def file(self, planned: PlannedChallenge) -> None:
        """Remembers that a challenge was filed, so that its salt, which is public now, is not used again."""
        path = self._path(planned)
        with suppress(FileNotFoundError):  # another program has seen it before
            path.rename(path.with_name(path.name.replace("planned", "filed", 1)))

    def forget(self, planned: PlannedChallenge) -> None:
        """Drops a challenge that is not to be filed, or cannot be any more."""
        self._path(planned).unlink(missing_ok=True)
        if all(other.evidence != planned.evidence for other in (*self.planned(), *self.filed())):
            self._evidence(planned.evidence).unlink(missing_ok=True)

    def __repr__(self) -> str:
        return f"Memory({str(self.folder)!r})"

    def _read_planned(self, kind: str) -> list[PlannedChallenge]:
        return list(_read_all(sorted(self.folder.glob(f"{kind}-*{SUFFIX}")), _planned))

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        write_private(path, json.dumps({"version": VERSION, **content}, indent=2).encode() + b"\n")

    def _evidence(self, digest: bytes) -> Path:
        return self.folder / f"{EVIDENCE}{digest.hex()}"

    def _draft(self, submission: int) -> Path:
        return self.folder / f"draft-{submission}{SUFFIX}"

    def _missing(self, labels: Labels) -> Path:
        return self.folder / f"missing-{labels.submission}-{_digest(_content(labels))}{SUFFIX}"

    def _path(self, thing: Labels | PlannedChallenge) -> Path:
        if isinstance(thing, Labels):
            return self.folder / f"labels-{thing.submission}-{_digest(_content(thing))}{SUFFIX}"
        return self.folder / f"planned-{thing.submission}-{_digest(thing.items)}-{thing.attempt}{SUFFIX}"


def _digest(value: object) -> str:
    """Tells things apart in the names of files."""
    return keccak256(repr(value).encode()).hex()[:16]


def _content(thing: Labels | PlannedChallenge) -> dict[str, Any]:
    # Numbers as text: they are larger than what other programs read as a number.
    if isinstance(thing, Labels):
        return {
            "submission": str(thing.submission),
            "root": "0x" + thing.root.hex(),
            "uri": thing.uri,
            "commitment": None if thing.commitment is None else "0x" + thing.commitment.hex(),
        }
    return {
        "submission": str(thing.submission),
        "items": list(thing.items),
        "attempt": thing.attempt,
        "evidence": "0x" + thing.evidence.hex(),
        "uri": thing.uri,
        "chance": thing.chance,
        "bond": None if thing.bond is None else str(thing.bond),
    }


def _labels(content: Any) -> Labels:
    # Files of earlier versions do not say the commitment.
    commitment = content.get("commitment")
    return Labels(
        submission=int(content["submission"]),
        root=_bytes(content["root"]),
        uri=str(content["uri"]),
        commitment=None if commitment is None else _bytes(commitment),
    )


def _planned(content: Any) -> PlannedChallenge:
    return PlannedChallenge(
        submission=int(content["submission"]),
        items=tuple(int(item) for item in content["items"]),
        attempt=int(content["attempt"]),
        evidence=_bytes(content["evidence"]),
        uri=str(content["uri"]),
        # Files of earlier versions say neither.
        chance=None if content.get("chance") is None else float(content["chance"]),
        bond=None if content.get("bond") is None else int(content["bond"]),
    )


def _bytes(text: str) -> bytes:
    if len(text) != 66:
        raise ValueError("not 32 bytes")
    return bytes.fromhex(text[2:])


def _read_all(paths: Iterable[Path], build: Callable[[Any], T]) -> Iterator[T]:
    """What is in those of the files that there are. One that is damaged takes none of the others with it."""
    for path in paths:
        try:
            content = read_json(read_private(path))
            if content["version"] != VERSION:
                raise ValueError(f"version {content['version']}")
            yield build(content)
        except FileNotFoundError:  # another program has filed it a moment ago
            continue
        except KeyfileError as error:
            _pass_over(str(error))
        except (KeyError, TypeError, ValueError, AttributeError):
            _pass_over(f"{path} does not hold what it has to: restore it, or delete it")


def _pass_over(what: str) -> None:
    warnings.warn(f"passed over: {what}", errors.GoldleafWarning, stacklevel=2)
