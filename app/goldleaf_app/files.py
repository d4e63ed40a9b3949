"""Files that tasks and submissions name, read once, checked by their hashes, and kept."""

import threading
from collections import OrderedDict

from goldleaf import LabelSet, Manifest, to_canonical
from goldleaf.encoding import keccak256
from goldleaf.errors import ManifestError
from goldleaf.stores import Reader, Store
from goldleaf_tools.index import Index

from .database import Database
from .reading import PatientReader
from .settings import Settings

# The longest title of a task.
LONGEST_TITLE = 120
# Files that copies are kept of; larger ones are read again.
MOST_BYTES = 16 * 2**20
# Manifests that are remembered take as many bytes as files, and several times that as objects.
MOST_REMEMBERED = 64 * 2**20
# Characters of guidelines, licence and schema that a page shows: each visit writes them.
LONGEST_SHOWN = 2**20


class Files:
    """Reads what others have written, and puts files into the server's store. Methods block: call them in a thread."""

    def __init__(self, settings: Settings, database: Database, index: Index) -> None:
        self.store = Store(settings.store_url, public=settings.store_public or None)
        gateways = list(settings.gateways)
        self._reader = PatientReader(self.store, gateway=gateways or None, hosts=settings.hosts)
        self._database = database
        self._index = index
        self._manifests: OrderedDict[int, tuple[Manifest, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def reader(self) -> Reader:
        """Where files are read that no copy is kept of."""
        return self._reader

    def get(self, uri: str, digest: bytes) -> bytes:
        """The file at a URI that has this keccak-256. Raises `StoreError`."""
        found = self._database.content(digest)
        if found is None:
            found = self._reader.get(uri, digest)
            if len(found) <= MOST_BYTES:
                self._database.keep_content(digest, found)
        return found

    @property
    def library(self) -> Reader:
        """Where what tasks and submissions name is read, without copies of it."""
        return self._reader

    def put(self, data: bytes) -> str:
        """Puts a file into the server's store; returns its URI. Raises `StoreError`."""
        uri = self.store.put(data)
        self._database.keep_content(keccak256(data), data)
        return uri

    def manifest(self, task: int) -> Manifest:
        """The manifest of a task. Raises `NoSuchTask`, `StoreError`, `ManifestError`."""
        with self._lock:
            if task in self._manifests:
                self._manifests.move_to_end(task)
                return self._manifests[task][0]
        manifest, size = self._read_manifest(task)
        with self._lock:
            self._manifests[task] = manifest, size
            while sum(each for _, each in self._manifests.values()) > MOST_REMEMBERED:
                self._manifests.popitem(last=False)
        return manifest

    def labels(self, submission: int) -> LabelSet | None:
        """The published labels of a submission; None: it is not published. Raises `StoreError`."""
        published = self._index.publication(submission)
        if published is None:
            return None
        task, slot = submission >> 64, submission & (2**64 - 1)
        items = self._index.task(task).parameters.items_of(slot)
        return self._reader.labels(published.uri, published.root, items)

    def label_set(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at a URI that has this root. Raises `StoreError`."""
        return self._reader.labels(uri, root, items)

    def item(self, task: int, number: int) -> bytes:
        """The content of an item of a task. Raises what `manifest` does, `IndexError` of a number that it has not."""
        found = self.manifest(task).items[number]
        return self.get(found.uri, found.keccak256)

    def _read_manifest(self, task: int) -> tuple[Manifest, int]:
        """The manifest of a task, and the size of its file."""
        opening = self._index.opening(task)
        data = self.get(opening.uri, opening.terms)
        manifest = Manifest.from_bytes(data, opening.terms)
        schema = to_canonical(manifest.label_schema)
        if max(len(manifest.guidelines), len(manifest.licence), len(schema)) > LONGEST_SHOWN:
            raise ManifestError(
                f"guidelines, licence and label schema have to be shorter than {LONGEST_SHOWN:,} letters"
            )
        # Where it could not be read when the task was new.
        self._database.keep_title(task, title_of(manifest))
        return manifest, len(data)


def title_of(manifest: Manifest) -> str:
    """A line that says what a task is about: the first one of its guidelines."""
    # Not every database takes control characters, and nobody sees them.
    lines = ("".join(each if ord(each) >= 32 else " " for each in line) for line in manifest.guidelines.splitlines())
    line = next((line.strip("# ") for line in lines if line.strip("# ")), "Untitled")
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "\N{HORIZONTAL ELLIPSIS}"
