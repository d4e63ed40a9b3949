"""Fetches what is audited, manifests and label sets, and says of each what became of it.

Files are written and kept by strangers. Each is read with a bound on its size, and verified against the chain; what one
store does, slow, broken or hostile, holds up nobody else's: only a few readings at a time ask the same store, and one
that fails again and again for the files of a publisher is not asked for more of theirs. For everybody else's it still
is: whoever names files that are not there must not hide those of others.

That something cannot be read here is no fact about whoever published it. It is told as one only if it fails the same
way twice, the second time after all else was read, and the way to it has proven itself meanwhile.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import Generic, Protocol, TypeVar
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
from goldleaf.labels import Item, LabelSet, Manifest
from goldleaf.labels.schema import Schema

from ..manifests import glance
from .result import OffSchema, Verdict

# Readings at the same time: in all, and from one store.
WORKERS = 16
WORKERS_PER_STORE = 4
# A store that has failed so often in a row for files of one publisher is not asked for more of theirs in this audit; if
# it has for so many publishers in a row, once is enough.
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

    def get(self, uri: str, keccak256: bytes) -> bytes:
        """What lies at a URI, verified against its hash."""

    def doubt(self, uri: str) -> str | None:
        """Why a failure to read there may be no fact about the file; None: it is one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the label set of a submission is said to lie, and what it must be."""

    uri: str
    root: bytes
    items: range
    # Whoever has said so: their failures are theirs alone.
    publisher: str = field(default="", compare=False)


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
    # Unreachable: it was so twice, while other files could be read the same way.
    lasting: bool = False


def fetch_manifests(
    library: Library, opened: Mapping[int, tuple[str, bytes, str]], progress: Progress | None = None
) -> dict[int, Manifest | str]:
    """The manifest of each task, or why there is none, in a sentence.

    `opened` has its URI, the task's terms, and who has opened it.
    """
    jobs = {
        task: _Job(uri, publisher, partial(library.manifest, uri, terms))
        for task, (uri, terms, publisher) in opened.items()
    }
    return {
        task: found if isinstance(found, Manifest) else _sentence(found)
        for task, found in _read_all(jobs, progress).items()
    }


def fetch_glances(library: Library, items: Mapping[int, Item], requester: str) -> dict[int, str]:
    """What people know items by, those that can be read, by their numbers: their texts or file names."""
    jobs = {
        number: _Job(item.uri, requester, partial(library.get, item.uri, item.keccak256))
        for number, item in items.items()
    }
    read = _read_all(jobs, None)
    return {number: glance(data, items[number].uri) for number, data in read.items() if isinstance(data, bytes)}


def fetch_labels(
    library: Library, published: Mapping[int, Place], progress: Progress | None = None
) -> dict[int, Fetched]:
    """What came of fetching and verifying the label set of each submission.

    A file that is that of several submissions, as equal ones in one store are, is fetched once, and if it was not what
    it should be, once more.
    """
    jobs = {
        place: _Job(place.uri, place.publisher, partial(library.labels, place.uri, place.root, place.items))
        for place in published.values()
    }
    judged = {place: _judge(found) for place, found in _read_all(jobs, progress).items()}
    # What was not asked for, as its publisher's other files had failed, is asked for once more as well.
    accused = {
        place: job
        for place, job in jobs.items()
        if judged[place].verdict.at_fault or judged[place].verdict is Verdict.UNREACHABLE
    }
    again = {place: _judge(found) for place, found in _read_all(accused, None).items()}
    doubts: dict[str, str | None] = {}
    for place, second in again.items():
        line = _store_of(place.uri)
        if not second.verdict.readable and line not in doubts:
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


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    uri: str
    publisher: str
    read: Callable[[], T]


class _Failures:
    """What failed in a row at one store: for each publisher, and for how many of them."""

    def __init__(self) -> None:
        self._of: dict[str, int] = {}
        self._failing: set[str] = set()

    def gives_up(self, publisher: str) -> bool:
        """Whether to ask for no more files of the publisher's. Of each one is asked for."""
        own = self._of.get(publisher, 0)
        return own >= FAILURES or (own > 0 and len(self._failing) >= FAILURES)

    def count(self, publisher: str, *, failed: bool) -> None:
        """Takes note of a reading."""
        self._of[publisher] = self._of.get(publisher, 0) + 1 if failed else 0
        if failed:
            self._failing.add(publisher)
        else:
            self._failing.clear()


def _read_all(jobs: Mapping[Key, _Job[T]], progress: Progress | None) -> dict[Key, T | Exception]:
    """What each job has read, or how it failed."""
    queues: dict[str, deque[Key]] = {}
    for key, job in jobs.items():
        queues.setdefault(_store_of(job.uri), deque()).append(key)
    failures = {store: _Failures() for store in queues}
    results: dict[Key, T | Exception] = {}
    lock = Lock()

    def work(store: str) -> None:
        while True:
            with lock:
                if not queues[store]:
                    return
                key = queues[store].popleft()
                job = jobs[key]
                given_up = failures[store].gives_up(job.publisher)
            found: T | Exception = _give_up(store)
            if not given_up:
                found = _read(job.read)
            with lock:
                failures[store].count(job.publisher, failed=isinstance(found, StoreUnreachable))
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


def _give_up(store: str) -> StoreUnreachable:
    return StoreUnreachable(f"not asked for, as {store} had failed again and again for files of the same publisher")


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
    if second.verdict is Verdict.UNREACHABLE:
        return replace(second, lasting=first.verdict is Verdict.UNREACHABLE and doubt is None)
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
