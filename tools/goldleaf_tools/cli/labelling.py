"""Labels out of files, checked before anything is staked on them."""

import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goldleaf import errors
from goldleaf.canonical import Json, from_canonical
from goldleaf.ids import split_submission
from goldleaf.labels import LabelSet, readers
from goldleaf.types import SubmissionState

from ..errors import KeyfileError
from ..memory import Labels
from ..private_files import private_folder, read_private, write_private
from . import show
from .inputs import standard_input
from .session import Session
from .tasks import fetch_manifest
from .wording import in_options

if TYPE_CHECKING:
    from goldleaf.labels import Manifest
    from goldleaf.labels.schema import Schema

    from ..audit.answers import Gold


@dataclass(frozen=True)
class Reading:
    """How labels, or gold, are read out of files."""

    format: str | None
    item: str
    by_order: bool
    fields: tuple[str, ...]
    types: tuple[str, ...]
    delimiter: str | None
    annotator: str | None
    no_check: bool = False

    def options(self) -> readers.Reading:
        """The same for a reader."""
        return readers.Reading(
            format=self.format,
            item=None if self.by_order else self.item,
            label=_fields(self.fields),
            types=dict(_pair(each) for each in self.types),
            delimiter=self.delimiter,
            annotator=self.annotator,
        )


def reading_options(function: Any) -> Any:
    """The options of commands that read labels."""
    option = click.option("--no-check", is_flag=True, help="Do not hold the labels against the task's label schema.")
    return file_options(option(function))


def file_options(function: Any) -> Any:
    """The options of commands that read files of labels or gold."""
    formats = sorted(set(readers.FORMATS.values()))
    for option in reversed(
        [
            click.option("--format", type=click.Choice(formats), help="Told by the name, else."),
            click.option("--item", default="item", show_default=True, help="Field or column of the item number."),
            click.option("--by-order", is_flag=True, help="Count the items, in their order in the file."),
            click.option(
                "--field",
                "fields",
                multiple=True,
                metavar="NAME[=KEY]",
                help="Field, column or control that goes into the label; once: it is the label. Default: label.",
            ),
            click.option(
                "--type",
                "types",
                multiple=True,
                metavar="COLUMN=TYPE",
                help="Type of a CSV column where the label schema does not tell: string, integer, number, boolean, "
                "null, or json.",
            ),
            click.option("--delimiter", metavar="CHARACTER", help="Between columns of CSV, such as ';'. Default: ','."),
            click.option(
                "--annotator",
                metavar="ID|EMAIL|unknown",
                help="Whose annotations to take of a Label Studio export; unknown: those of deleted users.",
            ),
        ]
    ):
        function = option(function)
    return function


def label_set(session: Session, submission: int, path: str, how: Reading) -> LabelSet:
    """The labels of a submission's batch out of a file, or of all files of a folder; checked against the manifest.

    Raises `LabelError` naming file and line, or the items that are missing; `LabelOutsideSchema` naming the value too.
    """
    items = session.reader.submissions.items(submission)

    @cache
    def schema() -> "Schema":
        return fetch_manifest(session, split_submission(submission)[0]).schema

    with as_usage():
        rows = (row for row in readers.read(files(path), how.options(), items) if row.item in items)
        entries = _collect(session, (row.entry(schema) for row in rows))
    if how.by_order:
        session.output.note(f"items {show.items(items)} are those of {Path(path).name} in their order")
    # Types of cells follow from the schema even if labels are not held against it.
    if not how.no_check:
        readers.hold(entries.values(), schema())
    return LabelSet.from_entries(entries, items)


def known_answers(session: Session, path: str, manifest: "Manifest", how: Reading) -> dict[int, Json]:
    """Answers that a requester knows, out of files as labels are read; of items of a manifest that is not opened yet.

    Raises `LabelError` naming file and line, `LabelOutsideSchema` naming the value too.
    """
    with as_usage():
        rows = readers.read(files(path), how.options(), range(len(manifest.items)))
        entries = _collect(session, (row.entry(lambda: manifest.schema) for row in rows))
    readers.hold(entries.values(), manifest.schema)
    return {item: from_canonical(entry.label) for item, entry in entries.items()}


def _collect(session: Session, entries: Iterable[readers.Entry]) -> dict[int, readers.Entry]:
    """What was read, by item; what it warns of is told."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", errors.GoldleafWarning)
        found = readers.collect(entries)
    for warning in caught:
        session.output.note(str(warning.message))
    return found


def read_gold(session: Session, path: str, tasks: Collection[int], how: Reading) -> "Gold":
    """What is known of the items of tasks, out of a file or all files of a folder; held against their schemas.

    Raises `LabelError` naming file and line; `StoreUnreachable` where a manifest cannot be read.
    """
    from ..audit import gold

    def manifest(task: int) -> "Manifest":
        try:
            return fetch_manifest(session, task)
        except errors.StoreError as error:
            # Without the gold, labels that it knows to be right might be challenged.
            raise errors.StoreUnreachable(
                f"cannot tell what is wrong: the manifest of task {task}, by which its gold is read, could not be read "
                f"from here: {error.detail}"
            ) from error

    with as_usage():
        found = gold.read_gold(files(path), tasks, manifest, how.options())
    if not found:
        session.output.note(f"{path} has no gold of the tasks that are asked about")
    elif how.by_order:
        numbers = show.items(sorted(item for _, item in found))
        session.output.note(f"items {numbers} are those of {path} in their order")
    return found


@contextmanager
def as_usage() -> Iterator[None]:
    """Options that cannot be are wrong usage."""
    try:
        yield
    except errors.ArgumentError as error:
        raise click.UsageError(in_options(error.detail)) from error


class OwnStore:
    """The account's store, which need not be set as long as there is nothing to put into it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def uri(self, data: bytes) -> str:
        """Where a file with this content lies, or will. Raises `UsageError` without a store."""
        return self._session.store.uri(data)

    def put(self, data: bytes) -> str:
        """Keeps a file. Raises `UsageError` without a store, and `StoreError`."""
        return self._session.store.put(data)


class OwnLabels:
    """The account's own label sets, kept on this machine until they are published, besides what others have published.

    A label set that lies in a public store before all siblings have committed theirs could be found and copied, so it
    is put there at the last moment: when it is published.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder = session.settings.home / "labels"

    def uri(self, labels: LabelSet) -> str:
        """Where a label set will lie."""
        uri = self._session.store.uri(labels.to_bytes())
        if uri.startswith("file:"):
            self._session.output.note(
                f"{uri} can be read on this computer alone: challengers and jurors elsewhere will find no labels"
            )
        return uri

    def keep(self, labels: LabelSet) -> None:
        """Keeps a label set. Content alone names it, so it never takes the place of another one."""
        private_folder(self._folder)
        write_private(self._path(labels.root), labels.to_bytes())

    def recall(self, kept: Labels) -> LabelSet:
        """A label set that was kept, or lies at its URI already. Raises `ContentMismatch`, `StoreError`."""
        items = self._session.reader.submissions.items(kept.submission)
        return self._own(kept.root, items) or self._session.library.labels(kept.uri, kept.root, items)

    def put_up(self, labels: LabelSet, uri: str) -> None:
        """Has a label set lie where it was said to. Raises `ContentMismatch`, `StoreError` if it cannot be had.

        What the account's own store has kept is not read back: a gateway that fails just then must keep nobody from
        publishing in time.
        """
        if self._session.store.uri(labels.to_bytes()) == uri:
            self._session.store.put(labels.to_bytes())
        else:
            self._session.library.labels(uri, labels.root, labels.items)

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at a URI, or one of the account's own that will lie there. Raises `ContentMismatch`."""
        own = self._own(root, items)
        if own is not None and self._session.store.uri(own.to_bytes()) == uri:
            return own
        return self._session.library.labels(uri, root, items)

    def _own(self, root: bytes, items: range) -> LabelSet | None:
        """A label set that is kept here, if there is one that rebuilds the root."""
        try:
            found = LabelSet.from_bytes(read_private(self._path(root)), items)
        except FileNotFoundError:
            return None
        except (errors.LabelError, KeyfileError) as error:
            self._session.output.note(f"{self._path(root)} is passed over: {error}")
            return None
        return found if found.root == root else None

    def _path(self, root: bytes) -> Path:
        return self._folder / f"{root.hex()}.jsonl"


def committed_labels(
    session: Session, own_labels: OwnLabels, submission: int, path: str | None, how: Reading
) -> tuple[LabelSet, str]:
    """The labels that were committed, whichever were made or tried since, and where they will lie."""
    state, sealed = (found := session.reader.submissions.get(submission)).state, found.commitment
    if state != SubmissionState.COMMITTED:
        error = errors.NotCommitted if state == SubmissionState.TAKEN else errors.NotTaken
        raise error(f"it is {state.name.lower()}")
    known = session.memory.labels(submission)
    if path is None:
        kept = session.keyring.find_labels(sealed, submission, known)
        return own_labels.recall(kept), kept.uri
    given = label_set(session, submission, path, how)
    # They may have been committed to lie elsewhere than where the store is now.
    known = [
        Labels(submission, given.root, own_labels.uri(given)),
        *(each for each in known if each.root == given.root),
    ]
    return given, session.keyring.find_labels(sealed, submission, known).uri


def files(path: str) -> list[readers.Source]:
    """The file, the files of a folder that hold labels by their names, or for `-` what standard input holds.

    Raises `LabelError` if there are none.
    """
    if path == "-":
        return [standard_input()]
    folder = Path(path)
    if not folder.exists():
        raise errors.LabelError(f"there is no file or folder {path}")
    if not folder.is_dir():
        return [folder]
    found = sorted(file for file in folder.iterdir() if file.suffix.lower() in readers.FORMATS and file.is_file())
    if not found:
        raise errors.LabelError(f"{path} holds no {', '.join(readers.FORMATS)} files")
    return [*found]


def _fields(given: tuple[str, ...]) -> readers.Fields:
    if not given:
        return "label"
    if not any("=" in field for field in given):
        return given[0] if len(given) == 1 else list(given)
    pairs = [field.split("=", 1) if "=" in field else [field.removesuffix("[]"), field] for field in given]
    return dict(pairs)


def _pair(given: str) -> tuple[str, str]:
    column, separator, kind = given.rpartition("=")
    if not separator:
        raise click.UsageError(f"--type {given}: write COLUMN=TYPE, such as label=number")
    return column, kind
