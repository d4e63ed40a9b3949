"""Labels out of files, checked before anything is staked on them."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from goldleaf import errors, readers
from goldleaf.canonical import Json, from_canonical
from goldleaf.ids import split_submission
from goldleaf.labels import LabelSet

from ..keys.files import private_folder, read_private, write_private
from ..memory import Labels
from .session import Session
from .tasks import fetch_manifest

# By the ends of file names. JSON is what Label Studio exports; JSON Lines have a name of their own.
FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".json": "label-studio"}


@dataclass(frozen=True)
class Reading:
    """How labels are read out of files."""

    format: str | None
    item: str
    fields: tuple[str, ...]
    annotator: str | None
    no_check: bool


def reading_options(function: Any) -> Any:
    """The options of commands that read labels."""
    for option in reversed(
        [
            click.option("--format", type=click.Choice(sorted(set(FORMATS.values()))), help="Told by the name, else."),
            click.option("--item", default="item", show_default=True, help="Field or column of the item number."),
            click.option(
                "--field",
                "fields",
                multiple=True,
                metavar="NAME[=KEY]",
                help="Field, column or control that goes into the label; once: it is the label. Default: label.",
            ),
            click.option("--annotator", metavar="ID|EMAIL", help="Whose annotations to take of a Label Studio export."),
            click.option("--no-check", is_flag=True, help="Do not hold the labels against the task's label schema."),
        ]
    ):
        function = option(function)
    return function


def label_set(session: Session, submission: int, path: str, how: Reading) -> LabelSet:
    """The labels of a submission's batch out of a file, or of all files of a folder; checked against the manifest.

    Raises `LabelError` naming file and line, or the items that are missing; `LabelOutsideSchema` naming item and value.
    """
    items = session.reader.submissions.items(submission)
    manifest = fetch_manifest(session, split_submission(submission)[0]) if not how.no_check else None
    schema = manifest.label_schema if manifest is not None else None
    entries = (entry for file in _files(Path(path)) for entry in _entries(file, how, schema))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", errors.GoldleafWarning)
        labels = readers.collect(entries, items)
    for warning in caught:
        session.output.note(str(warning.message))
    found = LabelSet.from_mapping({item: from_canonical(label) for item, label in labels.items()}, items)
    if manifest is not None:
        manifest.check(found)
    return found


class Shelf:
    """The account's own label sets, kept on this machine until they are published, besides what others have published.

    A label set that lies in a public store before all siblings have committed theirs could be found and copied, so it
    is put there at the last moment: when it is read to be published.
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
        """Has a label set lie where it was said to. Raises `ContentMismatch`, `StoreError` if it cannot be had."""
        if self._session.store.uri(labels.to_bytes()) == uri:
            self._session.store.put(labels.to_bytes())
        else:
            self._session.library.labels(uri, labels.root, labels.items)

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at a URI; one of the account's own is put there first. Raises `ContentMismatch`."""
        own = self._own(root, items)
        if own is not None and self._session.store.uri(own.to_bytes()) == uri:
            self._session.store.put(own.to_bytes())
        return self._session.library.labels(uri, root, items)

    def _own(self, root: bytes, items: range) -> LabelSet | None:
        """A label set that is kept here, if there is one that rebuilds the root."""
        try:
            found = LabelSet.from_bytes(read_private(self._path(root)), items)
        except FileNotFoundError:
            return None
        except (errors.LabelError, errors.KeyfileError) as error:
            self._session.output.note(f"{self._path(root)} is passed over: {error}")
            return None
        return found if found.root == root else None

    def _path(self, root: bytes) -> Path:
        return self._folder / f"{root.hex()}.jsonl"


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise errors.LabelError(f"there is no file or folder {path}")
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in FORMATS and file.is_file())
    if not found:
        raise errors.LabelError(f"{path} holds no {', '.join(FORMATS)} files")
    return found


def _entries(file: Path, how: Reading, schema: Json) -> Iterator[readers.Entry]:
    """What is in a file, each place with the file's name before it."""
    kind = how.format or FORMATS.get(file.suffix.lower())
    fields = _fields(how.fields)
    if kind == "jsonl":
        found = readers.json_lines(readers.numbered_lines(file), how.item, fields)
    elif kind in ("csv", "tsv"):
        found = readers.csv_rows(file, how.item, fields, {}, schema, "," if kind == "csv" else "\t")
    elif kind == "label-studio":
        found = readers.label_studio(file, how.item, fields, how.annotator)
    else:
        raise click.UsageError(f"{file}: say --format, its name does not tell")
    try:
        for place, item, label in found:
            yield readers.Entry(f"{file.name}, {place}", item, label)
    except errors.LabelError as error:
        raise type(error)(f"{file.name}, {error.detail}") from error


def _fields(given: tuple[str, ...]) -> readers.Fields:
    if not given:
        return "label"
    if not any("=" in field for field in given):
        return given[0] if len(given) == 1 else list(given)
    pairs = [field.split("=", 1) if "=" in field else [field.removesuffix("[]"), field] for field in given]
    return dict(pairs)
