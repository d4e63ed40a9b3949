"""Answers that a requester knows, out of a file: by the numbers of the items, or by what their owner calls them."""

import csv
import io
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile

from goldleaf import GoldleafWarning
from goldleaf.canonical import Json, from_canonical, to_canonical
from goldleaf.errors import ArgumentError, GoldleafError, LabelError
from goldleaf.labels import readers
from goldleaf.labels.schema import Schema

from ..refusals import Refused
from .schemas import classes_of, name_class

MOST_BYTES = 16 * 2**20
_FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "label-studio"}


def read(upload: UploadFile, names: Sequence[str], schema: Json) -> dict[int, Json]:
    """Item -> its answer. `names` are what the owner calls the items, by their numbers.

    The file has the fields `item`, a number, and `label`; a table may have `id` instead, the name of an item. Raises
    `Refused` for the field `known`, naming the line.
    """
    name = PurePosixPath(upload.filename or "").name
    kind = _FORMATS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise Refused(known=f"{name}: the name has to end in one of {', '.join(_FORMATS)}.")
    data = upload.file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(known=f"{name} is larger than {MOST_BYTES // 2**20} MiB.")
    try:
        return _read(data, kind, names, Schema(schema))
    except GoldleafError as error:
        sentence = error.sentence()
        raise Refused(known=f"{name}: {sentence}") from error


def counted(known: Mapping[int, Json], schema: Json) -> list[tuple[str, int]]:
    """How many answers of each class are known."""
    counts = Counter(to_canonical(answer) for answer in known.values())
    return [(name_class(one), counts[to_canonical(one)]) for one in classes(known, schema)]


def classes(known: Mapping[int, Json], schema: Json) -> list[Json]:
    """The labels that an item may have: those that the schema lists, or else all that are known."""
    told = {to_canonical(answer): answer for _, answer in sorted(known.items())}
    return classes_of(schema) or list(told.values())


def _read(data: bytes, kind: str, names: Sequence[str], schema: Schema) -> dict[int, Json]:
    delimiter = {"csv": ",", "tsv": "\t"}.get(kind)
    if delimiter is not None:
        data = _numbered(data, delimiter, names)
    how = readers.Reading(format=kind)
    rows = readers.read([data], how, range(len(names)))
    with warnings.catch_warnings():
        # These answers are no labels that get public: they are shown when a batch is tested.
        warnings.simplefilter("ignore", GoldleafWarning)
        entries = readers.collect(row.entry(lambda: schema) for row in rows)
    if not entries:
        raise LabelError("there are no answers in it")
    strangers = next((one for one in entries.values() if not 0 <= one.item < len(names)), None)
    if strangers is not None:
        raise LabelError(f"{strangers.place}: item {strangers.item} is none of the {len(names):,} items, from 0 on")
    readers.hold(entries.values(), schema)
    return {item: from_canonical(entry.label) for item, entry in entries.items()}


def _numbered(data: bytes, delimiter: str, names: Sequence[str]) -> bytes:
    """A table with numbers of items; names in a column `id` are replaced by them, line by line."""
    lines = readers.table_lines(readers.File(data), delimiter)
    _, header = next(lines)
    if "item" in header or "id" not in header:
        return data
    column = header.index("id")
    numbers = {name: number for number, name in enumerate(names) if name}
    repeated = {name for name, count in Counter(names).items() if count > 1}
    made = io.StringIO()
    table = csv.writer(made, delimiter=delimiter, lineterminator="\n")
    table.writerow(["item" if place == column else name for place, name in enumerate(header)])
    for place, cells in lines:
        if cells and len(cells) != len(header):
            raise LabelError(f"{place}: {len(cells)} cells, but {len(header)} columns")
        if cells:
            name = cells[column]
            if name not in numbers or name in repeated:
                which = "several items are" if name in repeated else "no item is"
                raise LabelError(f"{place}: {which} called {name!r}")
            cells[column] = str(numbers[name])
        table.writerow(cells)
    try:
        return made.getvalue().encode()
    except UnicodeEncodeError as error:
        raise ArgumentError("a cell holds half a letter") from error
