"""What an auditor knows already: the truth of some items, out of a file."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from goldleaf.canonical import to_canonical
from goldleaf.errors import AnswersError, NotCanonical

from .answers import Gold, Item


def read_gold(path: str | Path, task: int | None = None) -> Gold:
    """The truth of items, from a file of JSON Lines, or of CSV with a line of column names.

    Each line has the item's number in `item`, its label in `label`, and its task in `task`, unless all are of the one
    `task`. Labels in CSV are texts. Raises `AnswersError` naming the line.
    """
    source = Path(path)
    try:
        text = source.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AnswersError(f"{path} cannot be read: {error}") from error
    rows = _json_lines(text) if source.suffix in (".jsonl", ".json", ".ndjson") else _csv(text)
    gold: dict[Item, bytes] = {}
    for place, row in rows:
        try:
            of = int(row["task"]) if row.get("task") not in (None, "") else task
            item, label = int(row["item"]), to_canonical(row["label"])
        except KeyError as error:
            raise AnswersError(f"{path}, {place}: no {error.args[0]!r}") from error
        except (TypeError, ValueError, NotCanonical) as error:
            raise AnswersError(f"{path}, {place}: {error}") from error
        if of is None:
            raise AnswersError(f"{path}, {place}: no 'task', and it is not one task that is audited")
        if gold.setdefault((of, item), label) != label:
            raise AnswersError(f"{path}, {place}: another label of item {item} than before")
    return gold


def _json_lines(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise AnswersError(f"line {number}: {error}") from error
        if not isinstance(row, dict):
            raise AnswersError(f"line {number}: expected an object")
        yield f"line {number}", row


def _csv(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        yield f"line {reader.line_num}", row
