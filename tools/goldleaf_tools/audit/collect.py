"""Fetches what is audited, manifests and label sets, and says of each what became of it.

Files are written and kept by strangers. Each is read with a bound on its size, and verified against the chain; what one
store does, slow, broken or hostile, holds up nobody else's: only a few readings at a time ask the same store, and one
that fails again and again is not asked any more.

That something cannot be read here is no fact about whoever published it. It is told as one only if it fails the same
way twice, the second time after all else was read, and the way to it has proven itself meanwhile.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import NoReturn, Protocol, TypeVar
from urllib.parse import urlsplit

from goldleaf.canonical import Json, from_canonical, to_canonical
from goldleaf.errors import (
    ContentCorrupt,
    ContentMismatch,
    ContentMissing,
    ContentTooLarge,
    GoldleafError,
    LabelError,
    NotCanonical,
    StoreUnreachable,
)
from goldleaf.labels import LabelSet
from goldleaf.manifest import Manifest
from goldleaf.schema import Schema

from .result import OffSchema, Verdict

# Readings at the same time: in all, and from one store.
WORKERS = 16
WORKERS_PER_STORE = 4
# A store that has failed so often in a row is not asked any more in this audit.
FAILURES = 3
# Of a sentence about a file, which may quote what a stranger wrote, in characters.
LONGEST = 400

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")
# Told how many of how many files are done.
Progress = Callable[[int, int], object]


class Library(Protocol):
    """Where files are read, such as a `goldleaf.stores.Reader`. May be asked by several threads at once."""

    def manifest(self, uri: str, terms: bytes) -> Manifest:
        """The manifest at a URI, verified against a task's terms."""

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at a URI, verified against its root and items."""

    def doubt(self, uri: str) -> str | None:
        """Why a failure to read there may be no fact about the file; None: it is one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the label set of a submission is said to lie, and what it must be."""

    uri: str
    root: bytes
    items: range


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching the label set of one submission."""

    verdict: Verdict
    # A sentence; empty if there is nothing to say.
    detail: str
    # Only if it rebuilds the root.
    labels: LabelSet | None
    # Labels that the schema does not allow, by rising item numbers.
    off_schema: tuple[OffSchema, ...] = ()


def fetch_manifests(
    library: Library, opened: Mapping[int, tuple[str, bytes]], progress: Progress | None = None
) -> dict[int, Manifest | str]:
    """The manifest of each task, or why there is none, in a sentence. `opened` has its URI and the task's terms."""
    jobs = {
        task: (uri, lambda uri=uri, terms=terms: library.manifest(uri, terms)) for task, (uri, terms) in opened.items()
    }
    return {
        task: found if isinstance(found, Manifest) else _sentence(found)
        for task, found in _read_all(jobs, progress).items()
    }


def fetch_labels(
    library: Library, published: Mapping[int, Place], progress: Progress | None = None
) -> dict[int, Fetched]:
    """What came of fetching and verifying the label set of each submission.

    A file that is that of several submissions, as equal ones in one store are, is fetched once, and if it was not what
    it should be, once more.
    """
    jobs = {
        place: (place.uri, lambda place=place: library.labels(place.uri, place.root, place.items))
        for place in published.values()
    }
    judged = {place: _judge(found) for place, found in _read_all(jobs, progress).items()}
    accused = {place: job for place, job in jobs.items() if judged[place].verdict.at_fault}
    again = {place: _judge(found) for place, found in _read_all(accused, None).items()}
    doubts: dict[str, str | None] = {}
    for place, second in again.items():
        line = _store_of(place.uri)
        if second.verdict.at_fault and line not in doubts:
            doubts[line] = library.doubt(place.uri)
        judged[place] = _weigh(judged[place], second, doubts.get(line))
    return {submission: judged[place] for submission, place in published.items()}


def confirm(library: Library, place: Place) -> str | None:
    """Why a label set that was not to be read is not to be accused now; None: it still fails as it did."""
    [fetched] = fetch_labels(library, {0: place}).values()
    if fetched.verdict.readable:
        return "its label set can be read by now"
    return None if fetched.verdict.at_fault else f"its label set is {fetched.verdict.value}: {fetched.detail}"


class SchemaCheck:
    """Holds labels against the schema of a task. Equal labels, as most are, are looked at once."""

    def __init__(self, label_schema: Json) -> None:
        """Raises `ManifestError`."""
        self._schema = Schema(label_schema)
        self._refusals: dict[bytes, str | None] = {}

    def off_schema(self, labels: LabelSet) -> tuple[OffSchema, ...]:
        """The labels that the schema does not allow, and why not."""
        return tuple(
            OffSchema(item, label, refusal) for item, label in labels if (refusal := self._refusal(label)) is not None
        )

    def _refusal(self, label: bytes) -> str | None:
        if label not in self._refusals:
            self._refusals[label] = self._schema.refusal(from_canonical(label))
        return self._refusals[label]


class SchemaChecks:
    """One check for all tasks that have the same schema."""

    def __init__(self) -> None:
        self._checks: dict[bytes, SchemaCheck] = {}

    def of(self, manifest: Manifest) -> SchemaCheck:
        """The check of this manifest's schema. Raises `ManifestError`."""
        key = schema_key(manifest)
        if key not in self._checks:
            self._checks[key] = SchemaCheck(manifest.label_schema)
        return self._checks[key]


def schema_key(manifest: Manifest) -> bytes:
    """Equal for manifests that ask for the same labels: of which the answers can be pooled."""
    return to_canonical([manifest.guidelines, manifest.label_schema])


def checked(fetched: Fetched, check: SchemaCheck) -> Fetched:
    """The same, held against the schema if its labels are known."""
    if fetched.labels is None:
        return fetched
    refused = check.off_schema(fetched.labels)
    if not refused:
        return fetched
    first, more = refused[0], f", and {len(refused) - 1} more" if len(refused) > 1 else ""
    detail = _shorten(f"item {first.item} is outside the schema: {first.refusal}{more}")
    return Fetched(Verdict.OFF_SCHEMA, detail, fetched.labels, refused)


# ---------------------------------------------------------------- reading side by side


def _read_all(jobs: Mapping[Key, tuple[str, Callable[[], T]]], progress: Progress | None) -> dict[Key, T | Exception]:
    """What each job has read, or how it failed. A job is a URI and what reads it."""
    queues: dict[str, deque[Key]] = {}
    for key, (uri, _) in jobs.items():
        queues.setdefault(_store_of(uri), deque()).append(key)
    failures = dict.fromkeys(queues, 0)
    results: dict[Key, T | Exception] = {}
    lock = Lock()

    def work(store: str) -> None:
        while True:
            with lock:
                if not queues[store]:
                    return
                key = queues[store].popleft()
                given_up = failures[store] >= FAILURES
            found = _read(jobs[key][1] if not given_up else lambda: _give_up(store))
            with lock:
                failures[store] = failures[store] + 1 if isinstance(found, StoreUnreachable) else 0
                results[key] = found
                if progress is not None:
                    progress(len(results), len(jobs))

    # Each store's first turn comes before any store's second.
    turns = [store for turn in range(WORKERS_PER_STORE) for store, queue in queues.items() if turn < len(queue)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(work, turns):
            pass
    return {key: results[key] for key in jobs}


def _read(read: Callable[[], T]) -> T | Exception:
    try:
        return read()
    except Exception as error:  # whatever a hostile file or a store's client raises, the rest goes on
        return error


def _give_up(store: str) -> NoReturn:
    raise StoreUnreachable(f"not asked for, as {store} had failed {FAILURES} times in a row")


def _store_of(uri: str) -> str:
    """What readings share that wait for the same machine."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


# ---------------------------------------------------------------- verdicts


def _judge(found: LabelSet | Exception) -> Fetched:
    if isinstance(found, LabelSet):
        return Fetched(Verdict.VERIFIED, "", found)
    return Fetched(_verdict(found), _sentence(found), None)


def _weigh(first: Fetched, second: Fetched, doubt: str | None) -> Fetched:
    """What two readings say together."""
    if second.verdict.at_fault and second.verdict is not first.verdict:
        both = f"read twice, and found {first.verdict.value}, then {second.verdict.value}: {second.detail}"
        return Fetched(Verdict.UNSURE, _shorten(both), None)
    if second.verdict.at_fault and doubt is not None:
        return Fetched(Verdict.UNSURE, _shorten(f"{doubt}; {second.verdict.value}: {second.detail}"), None)
    return second


def _verdict(error: Exception) -> Verdict:
    match error:
        # Of the machine that reads, and of whoever keeps the file.
        case OSError() | MemoryError() | ContentCorrupt():
            return Verdict.UNSURE
        case ContentMissing():
            return Verdict.MISSING
        # What is no label set of these items is told as a mismatch that such an error has caused.
        case ContentTooLarge() | ContentMismatch(__cause__=LabelError()):
            return Verdict.MALFORMED
        case ContentMismatch():
            return Verdict.MISMATCH
        case GoldleafError():
            return Verdict.UNREACHABLE
        case _:
            return Verdict.MALFORMED


def _sentence(error: Exception) -> str:
    detail = error.detail if isinstance(error, GoldleafError) and error.detail else str(error)
    return _shorten(f"{type(error).__name__}: {detail}")


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def parse_classes(label_schema: Json) -> tuple[bytes, ...]:
    """The labels that a schema allows, as canonical JSON, if it lists them; else none."""
    listed = label_schema.get("enum") if isinstance(label_schema, dict) else None
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(_canonical(listed))


def _canonical(values: Iterable[Json]) -> Iterable[bytes]:
    for value in values:
        try:
            yield to_canonical(value)
        except NotCanonical:
            continue
