"""What was bought: labels item by item for a page, and all of them in a file."""

import json
import secrets
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from goldleaf import Manifest
from goldleaf.canonical import Json
from goldleaf_tools.audit.collect import Library
from goldleaf_tools.audit.facts import TaskFacts
from goldleaf_tools.errors import ExportError
from goldleaf_tools.export import CONSENSUS, LABELS, Method, Table, export

from .schemas import name_class

# Items of one page.
PAGE = 25
# What one download holds at most.
MOST_LABELS = 1_000_000
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True, slots=True)
class Given:
    """What one annotator says of an item."""

    annotator: str
    submission: str
    label: str
    state: str
    finding: str


@dataclass(slots=True)
class Result:
    """What the labels of an item come to."""

    item: int
    label: str | None  # None: nothing, or several labels are as probable
    certainty: float | None
    basis: str
    counted: int
    agreeing: int
    given: list[Given] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results."""

    rows: list[Result]
    has_more: bool
    # Label sets that could not be read: submission, annotator, what is wrong.
    unread: list[tuple[int, str, str]]


def page(facts: TaskFacts, manifest: Manifest, library: Library, time: int, number: int) -> Results:
    """A page of results, from 0. No more is read than the label sets of its items."""
    p = facts.task.parameters
    items = range(number * PAGE, min((number + 1) * PAGE, p.items))
    wanted = {item // p.batch_size for item in items}
    own = tuple(one for one in facts.deliveries if one.slot % p.batches in wanted)
    with tempfile.TemporaryDirectory() as folder:
        labels, consensus = Path(folder) / "labels.jsonl", Path(folder) / "consensus.jsonl"
        with Table(labels, LABELS) as all_labels, Table(consensus, CONSENSUS) as by_item:
            done = export(
                replace(facts, deliveries=own),
                manifest,
                library,
                time,
                labels=all_labels,
                consensus=by_item,
                incomplete=True,
            )
        given: dict[int, list[Given]] = defaultdict(list)
        for row in _rows(labels, items):
            given[row["item"]].append(
                Given(row["annotator"], row["submission"], name_class(row["label"]), row["state"], row["finding"] or "")
            )
        rows = [
            Result(
                row["item"],
                _named(row),
                row["certainty"],
                row["basis"],
                row["counted"],
                row["agreeing"],
                given[row["item"]],
            )
            for row in _rows(consensus, items)
        ]
    unread = [(one.submission, one.annotator, f"{one.verdict}: {one.detail}") for one in done.unread]
    return Results(rows, items.stop < p.items, unread)


def write(
    facts: TaskFacts,
    manifest: Manifest,
    library: Library,
    time: int,
    folder: Path,
    *,
    what: str,
    format: str,
    method: Method,
) -> Path:
    """A file with all labels, or with what they come to by item. Whoever asks for it deletes it.

    Raises `ExportError` if there are too many labels; what `export` does.
    """
    labels = sum(len(one.items) for one in facts.deliveries if one.uri is not None)
    if labels > MOST_LABELS:
        raise ExportError(f"there are {labels:,} labels, and at most {MOST_LABELS:,} go into a download")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(16)}.{format}"
    columns = LABELS if what == "labels" else CONSENSUS
    with Table(path, columns, format) as table:
        if what == "labels":
            export(facts, manifest, library, time, labels=table, incomplete=True)
        else:
            export(facts, manifest, library, time, consensus=table, method=method, incomplete=True)
    return path


def agreement(rows: Sequence[Result]) -> float | None:
    """Of the labels that count, the share that say what their item comes to; None: there are none."""
    counted = sum(row.counted for row in rows)
    return sum(row.agreeing for row in rows) / counted if counted else None


def _rows(path: Path, items: range) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [row for row in map(json.loads, file) if row["item"] in items]


def _named(row: dict[str, Json]) -> str | None:
    return name_class(row["label"]) if "label" in row else None
