"""Labels out of a file that somebody has uploaded, held against the label schema."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from goldleaf import from_canonical
from goldleaf.canonical import Json
from goldleaf.errors import ArgumentError, GoldleafWarning, LabelError
from goldleaf.labels import readers
from goldleaf.labels.schema import Schema

# The largest file, bytes.
MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Choosing:
    """Where in a file item numbers and labels are."""

    # Field or column of the item's number; empty: items are counted, in their order in the file.
    item: str = "item"
    # Fields, columns or controls that make the label: one is the label, several are its keys.
    label: Sequence[str] = ("label",)
    annotator: str = ""  # whose annotations to take of a Label Studio export


def read_labels(
    data: bytes, name: str, how: Choosing, items: range, schema: Schema
) -> tuple[dict[int, Json], list[str]]:
    """Item -> label of those of `items` that the file has, and what was noticed.

    Raises `LabelError` naming the line, `LabelOutsideSchema` naming the value too.
    """
    suffix = f".{name.rpartition('.')[2].lower()}"
    if suffix not in readers.FORMATS:
        raise LabelError(f"the name of the file has to end in {', '.join(readers.FORMATS)}")
    annotator: int | str | None = how.annotator or None
    reading = readers.Reading(
        format=readers.FORMATS[suffix],
        item=how.item or None,
        label=how.label[0] if len(how.label) == 1 else [*how.label],
        annotator=int(annotator) if isinstance(annotator, str) and annotator.isdecimal() else annotator,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", GoldleafWarning)
        try:
            rows = [row for row in readers.read([data], reading, items) if row.item in items]
            entries = readers.collect(row.entry(lambda: schema) for row in rows)
        except ArgumentError as error:
            raise LabelError(error.detail) from error
    readers.hold(entries.values(), schema)
    if not entries:
        raise LabelError(f"the file has no label of the items {items.start} to {items.stop - 1}")
    notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    return {item: from_canonical(entry.label) for item, entry in entries.items()}, notes
