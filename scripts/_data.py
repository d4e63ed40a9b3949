"""Real answers of a data set, and the largest part of it in which everybody has labelled everything."""

import csv
import io
import lzma
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data"
NAMES = ("mammo", "weather", "bluebirds", "movie", "fin_crowd")

# With fewer annotators than this there is little to compare; a task has at most 15 submissions per batch, and two of
# them are for people who do not look at the items.
FEWEST_ANNOTATORS = 5
MOST_ANNOTATORS = 13

Answers = Mapping[str, Mapping[str, str]]  # annotator -> item -> label


@dataclass(frozen=True)
class Block:
    """Items that each of these annotators has labelled, with the truth."""

    name: str
    annotators: Sequence[str]
    items: Sequence[str]  # in the order of their numbers in the task
    answers: Answers
    gold: Mapping[str, str]
    # annotator -> item -> how far the annotator's score was from where the label changes; empty if the set has none
    conviction: Mapping[str, Mapping[str, Decimal]]
    # What of the set is played.
    note: str
    # Others who answer, and are not of the set.
    cheats: Sequence[str] = ()

    @cached_property
    def classes(self) -> list[str]:
        """The labels that occur, sorted."""
        return sorted(
            {label for labels in self.answers.values() for label in labels.values()} | set(self.gold.values())
        )

    @property
    def people(self) -> list[str]:
        """Everybody who answers."""
        return [*self.annotators, *self.cheats]

    def labels(self, annotator: str, items: Sequence[str]) -> list[str]:
        """What the annotator has answered."""
        return [self.answers[annotator][item] for item in items]

    def is_wrong(self, annotator: str, item: str) -> bool:
        """Whether an answer differs from the truth."""
        return self.answers[annotator][item] != self.gold[item]

    def accuracy(self, annotator: str) -> float:
        """Share of the block's items that the annotator has labelled right."""
        return 1 - sum(self.is_wrong(annotator, item) for item in self.items) / len(self.items)


def load(name: str, seed: int, *, annotators: int | None = None, items: int | None = None) -> Block:
    """The largest complete block of a set, its items in an order drawn from the seed: some sources sort them by truth.

    Without a number of annotators, any from 5 to 13 that gives the most answers. With a number of items, the first
    so many of the order.
    """
    answers = read_answers(name)
    gold = read_gold(name)
    chosen, complete = largest_block(answers, list(gold), annotators)
    random.Random(f"{seed} order of items").shuffle(complete)
    kept = complete[:items]
    whole = sum(len(labels) for labels in answers.values())
    note = f"{len(kept)} items x {len(chosen)} annotators = {len(kept) * len(chosen):,} of {whole:,} answers"
    if len(kept) * len(chosen) < whole:
        note += f": {_reason(len(kept), len(complete))}"
    return Block(
        name=name,
        annotators=chosen,
        items=kept,
        answers={annotator: answers[annotator] for annotator in chosen},
        gold=gold,
        conviction=_read_conviction(FOLDER / name / "scores.csv"),
        note=note,
    )


def largest_block(answers: Answers, items: Sequence[str], size: int | None = None) -> tuple[list[str], list[str]]:
    """Annotators and items, of these, that have all been answered by all of the annotators.

    Starts from each annotator in turn and adds whoever shares the most items, again and again; of all the blocks met on
    the way, with 5 to 13 annotators or as many as `size` says, the one with the most answers. Items keep their order.
    """
    sizes = range(FEWEST_ANNOTATORS, MOST_ANNOTATORS + 1) if size is None else range(size, size + 1)
    # One bit for each item that an annotator has answered.
    shares = {
        annotator: sum(1 << place for place, item in enumerate(items) if item in answers[annotator])
        for annotator in sorted(answers)
    }
    best: tuple[list[str], int] = ([], 0)
    for first in shares:
        chosen, common = [first], shares[first]
        while common and len(chosen) <= sizes[-1]:
            if len(chosen) in sizes and common.bit_count() * len(chosen) > best[1].bit_count() * len(best[0]):
                best = list(chosen), common
            others = [annotator for annotator in shares if annotator not in chosen]
            if not others:
                break
            nearest = max(others, key=lambda annotator: (common & shares[annotator]).bit_count())
            chosen.append(nearest)
            common &= shares[nearest]
    annotators, common = best
    if not annotators:
        raise ValueError(f"no item was labelled by {sizes[0]} annotators")
    return sorted(annotators), [item for place, item in enumerate(items) if common >> place & 1]


def _reason(kept: int, complete: int) -> str:
    if kept < complete:
        return f"the first {kept} of {complete} items that all of them labelled"
    return "the largest block found in which everybody has labelled everything"


def read_answers(name: str) -> dict[str, dict[str, str]]:
    """All answers of a set: annotator -> item -> label."""
    path = FOLDER / name / "answers.csv"
    answers: dict[str, dict[str, str]] = {}
    for row in _rows(path if path.exists() else path.with_suffix(".csv.xz")):
        answers.setdefault(row["annotator"], {})[row["item"]] = row["label"]
    return answers


def read_gold(name: str) -> dict[str, str]:
    """The truth of a set's items, as far as its source gives it: item -> label."""
    return {row["item"]: row["label"] for row in _rows(FOLDER / name / "gold.csv")}


def _read_conviction(path: Path) -> dict[str, dict[str, Decimal]]:
    """Scores are of 0 to 100, and the label changes at 50."""
    conviction: dict[str, dict[str, Decimal]] = {}
    for row in _rows(path) if path.exists() else []:
        conviction.setdefault(row["annotator"], {})[row["item"]] = abs(Decimal(row["score"]) - 50)
    return conviction


def _rows(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
