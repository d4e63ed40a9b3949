"""Real answers by real annotators, in columns."""

import csv
import io
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[2] / "data"
NAMES = ("mammo", "bluebirds", "movie", "weather", "fin_crowd", "adult")

# Whoever has answered fewer items whose truth is known would have submissions too small to say anything about them.
FEWEST_ANSWERS = 20

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class RealSet:
    """All answers of a set to items whose truth is known; row `r` is one answer."""

    name: str
    annotators: tuple[str, ...]
    items: tuple[str, ...]
    classes: tuple[str, ...]
    annotator: Ints  # of each row
    item: Ints  # of each row
    label: Ints  # of each row
    gold: Ints  # of each item
    whole: int  # answers in the source

    @property
    def truth(self) -> Ints:
        """The true label of each row's item."""
        return self.gold[self.item]


def load(name: str, folder: Path = FOLDER) -> RealSet:
    """A set's answers to items with a gold label, by annotators with at least `FEWEST_ANSWERS` of them."""
    gold = {row["item"]: row["label"] for row in _rows(folder / name / "gold.csv")}
    rows = [(row["annotator"], row["item"], row["label"]) for row in _rows(folder / name / "answers.csv")]
    known = [row for row in rows if row[1] in gold]
    counts: dict[str, int] = {}
    for who, _, _ in known:
        counts[who] = counts.get(who, 0) + 1
    kept = sorted(row for row in known if counts[row[0]] >= FEWEST_ANSWERS)
    annotators = sorted({row[0] for row in kept})
    items = sorted({row[1] for row in kept})
    classes = sorted({row[2] for row in kept} | {gold[item] for item in items})
    annotator, item, label = (
        np.array([places[row[column]] for row in kept], dtype=np.int64)
        for column, places in enumerate(
            {name: place for place, name in enumerate(names)} for names in (annotators, items, classes)
        )
    )
    truth = np.array([classes.index(gold[item]) for item in items], dtype=np.int64)
    return RealSet(name, tuple(annotators), tuple(items), tuple(classes), annotator, item, label, truth, len(rows))


def part(real: RealSet, annotators: int, items: int) -> RealSet:
    """The answers of the first so many annotators to the first so many items that any of them has answered."""
    theirs = real.annotator < annotators
    chosen = np.unique(real.item[theirs])[:items]
    kept = theirs & np.isin(real.item, chosen)
    return replace(
        real,
        annotators=real.annotators[:annotators],
        items=tuple(real.items[item] for item in chosen),
        annotator=real.annotator[kept],
        item=np.searchsorted(chosen, real.item[kept]),
        label=real.label[kept],
        gold=real.gold[chosen],
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, which may be carried compressed."""
    packed = path.with_name(path.name + ".xz")
    data = lzma.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    yield from csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
