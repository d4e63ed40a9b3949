"""How files are read, and what is held of all that was read."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...canonical import from_canonical
from ...errors import ArgumentError, GoldleafWarning, LabelError, LabelOutsideSchema
from . import _label_studio, _tables
from ._fields import Fields
from ._files import File, Source
from ._json_lines import json_lines
from ._rows import Entry, Row

if TYPE_CHECKING:
    from ..schema import Schema

# By the ends of file names. JSON is what Label Studio exports; JSON Lines have a name of their own.
FORMATS: Mapping[str, str] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "label-studio",
}
_EMAIL = re.compile(rb"(?<=[\w.+-])@[\w-]+\.\w")


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read out of files."""

    # One of `FORMATS`; None: told by the end of each name.
    format: str | None = None
    # Field of the item number; None: items are counted, in the order in which they stand in the one file.
    item: str | None = "item"
    label: Fields = "label"
    # Field of the number of the item's task, if the file may have one.
    task: str | None = None
    # Types of CSV columns: string, integer, number, boolean, null or json; those of others follow from the schema.
    types: Mapping[str, str] = field(default_factory=dict)
    # Between columns of CSV; None: a comma, or a tab in .tsv.
    delimiter: str | None = None
    # Whose annotations are taken from Label Studio: an id, an e-mail address, or "unknown"; None: all are by one.
    annotator: int | str | None = None


def read(sources: Sequence[Source], how: Reading, items: range | None = None) -> Iterator[Row]:
    """What is found in files, labelled items only.

    With `items`, counted items are these, and all of them. Raises `LabelError` naming file and line, and
    `ArgumentError` if `how` cannot be.
    """
    files = [(File(source), _format(source, how)) for source in sources]
    if how.item is None and len(files) != 1:
        raise LabelError(f"items are counted in one file, and there are {len(files)}")
    authors = _label_studio.Authors([file for file, kind in files if kind == "label-studio"], how.annotator)
    first = items.start if items is not None else 0
    count = 0
    for file, kind in files:
        for count, row in enumerate(_rows(file, kind, how, authors), 1):
            if row is not None:
                yield row if row.item is not None else row._replace(item=first + count - 1)
    if how.item is None and items is not None and count != len(items):
        raise LabelError(
            f"{count} items in the file, but {len(items)} are expected: where they are counted it holds exactly those"
        )


def table(
    source: Source,
    columns: Sequence[str],
    *,
    delimiter: str | None = None,
    most_bytes: int | None = None,
    most_lines: int | None = None,
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The lines of a CSV file, whatever they are of: the place of each, for messages, and its cells by column.

    There must be these `columns`, and may be others. A delimiter is a comma, or a tab in .tsv, if none is given. Raises
    `LabelError` naming file and line, also where the file has more bytes or lines than these; `ArgumentError` for a
    delimiter that cannot be.
    """
    is_tsv = not isinstance(source, bytes) and FORMATS.get(Path(source).suffix.lower()) == "tsv"
    return _tables.lines(File(source, most_bytes, most_lines), columns, delimiter or ("\t" if is_tsv else ","))


def collect(entries: Iterable[Entry]) -> dict[int, Entry]:
    """Item number -> its entry.

    Warns of labels that look as if there were an e-mail address in them. Raises `LabelError` where an item has two.
    """
    found: dict[int, Entry] = {}
    for entry in entries:
        if entry.item in found:
            raise LabelError(f"{entry.place}: item {entry.item} has a label already, by {found[entry.item].place}")
        warn_if_personal(*entry)
        found[entry.item] = entry
    return found


def hold(entries: Iterable[Entry], schema: "Schema") -> None:
    """Holds labels against a label schema. Raises `LabelOutsideSchema` naming the first place, item and value."""
    refusals: list[str] = []
    known: dict[bytes, str | None] = {}
    for place, item, label in entries:
        if label not in known:
            known[label] = schema.refusal(from_canonical(label))
        if known[label] is not None:
            refusals.append(f"{place}: item {item}: {known[label]}")
    if refusals:
        more = f" ({len(refusals) - 1} more labels are outside the schema)" if len(refusals) > 1 else ""
        raise LabelOutsideSchema(refusals[0] + more)


def warn_if_personal(place: str, item: int, label: bytes) -> None:
    """Warns of a label that looks as if there were an e-mail address in it."""
    if b"@" in label and _EMAIL.search(label):
        message = f"{place}: the label of item {item} seems to hold an e-mail address; labels are public for good"
        warnings.warn(message, GoldleafWarning, stacklevel=4)


def _format(source: Source, how: Reading) -> str:
    kind = how.format
    if kind is None and not isinstance(source, bytes):
        kind = FORMATS.get(Path(source).suffix.lower())
    if kind is None:
        raise ArgumentError(f"{File(source).name or 'bytes'}: the name does not tell the format, say it: `format=`")
    if kind not in FORMATS.values():
        raise ArgumentError(f"there is no format {kind!r}, but {', '.join(sorted({*FORMATS.values()}))}")
    return kind


def _rows(file: File, kind: str, how: Reading, authors: _label_studio.Authors) -> Iterator[Row | None]:
    if kind == "jsonl":
        return json_lines(file, file.numbered_lines(), how.item, how.label, how.task)
    if kind == "label-studio":
        return _label_studio.rows(file, item=how.item, label=how.label, authors=authors)
    delimiter = how.delimiter or ("\t" if kind == "tsv" else ",")
    return _tables.rows(file, item=how.item, label=how.label, task=how.task, types=how.types, delimiter=delimiter)
