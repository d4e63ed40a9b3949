"""Answers of a small trial beside what is known: who called what by which name, how often.

Two CSV files: `annotator,item,label`, and `item,label` for what is known of the items. People and items may have any
names. Both are strangers' files, so their size is bounded, and what is wrong in them is told by file and line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goldleaf.errors import LabelError, LabelOutsideSchema
from goldleaf.labels.readers import Source, table

from ..errors import TrialError

# Of each file.
MOST_BYTES = 2**25
MOST_LINES = 300_000
# Of a name or label, in characters.
MOST_LETTERS = 200
MIN_CLASSES, MAX_CLASSES = 2, 16


@dataclass(frozen=True)
class Trial:
    """Who called what by which name."""

    classes: tuple[str, ...]
    # Annotator -> for each class that an item may be of, how often it was called each class, and last anything else.
    called: Mapping[str, tuple[tuple[int, ...], ...]]
    # Known items of each class.
    known: tuple[int, ...]
    # Answers to items of which nothing is known.
    left_out: int

    @property
    def pooled(self) -> tuple[tuple[int, ...], ...]:
        """What all together have called each class."""
        of_all = zip(*self.called.values(), strict=True)
        return tuple(tuple(map(sum, zip(*rows, strict=True))) for rows in of_all)


def read_trial(answers: Source, gold: Source, *, classes: Sequence[str] | None = None) -> Trial:
    """A trial out of two CSV files: `annotator,item,label`, and what is known, `item,label`; an empty label is none.

    `classes` are the labels that an item may have; those that the gold has, if none are given. Raises `LabelError`
    naming file and line: of what cannot be read, of two answers of one annotator to an item, of two truths of one;
    `LabelOutsideSchema` for gold that is none of the classes; `TrialError` if a class has no known item, or nobody has
    answered one that is known.
    """
    truth: dict[str, str] = {}
    told_at: dict[str, str] = {}
    for place, (item, label) in _rows(gold, ("item", "label")):
        if item in truth:
            raise LabelError(f"{place}: item {item!r} has a label already, by {told_at[item]}")
        if classes is not None and label not in classes:
            raise LabelOutsideSchema(f"{place}: item {item!r}: {label!r} is none of {list(classes)}")
        truth[item], told_at[item] = label, place
    known = tuple(sorted(set(truth.values()))) if classes is None else tuple(classes)
    if not MIN_CLASSES <= len(known) <= MAX_CLASSES:
        raise TrialError(f"items are of {len(known)} classes, and a test is for {MIN_CLASSES} to {MAX_CLASSES}")
    codes = {label: code for code, label in enumerate(known)}
    counts = [0] * len(known)
    for label in truth.values():
        counts[codes[label]] += 1
    if 0 in counts:
        raise TrialError(f"no known item of the trial is {known[counts.index(0)]!r}, so nobody can tell who knows it")
    called: dict[str, list[list[int]]] = {}
    answered: dict[tuple[str, str], str] = {}
    left_out = 0
    for place, (annotator, item, label) in _rows(answers, ("annotator", "item", "label")):
        if (annotator, item) in answered:
            before = answered[annotator, item]
            raise LabelError(f"{place}: {annotator!r} has answered item {item!r} already, {before}")
        answered[annotator, item] = place
        if item not in truth:
            left_out += 1
            continue
        own = called.setdefault(annotator, [[0] * (len(known) + 1) for _ in known])
        own[codes[truth[item]]][codes.get(label, len(known))] += 1
    if not called:
        raise TrialError(f"none of the {left_out} answers is to an item that is known")
    rows = {annotator: tuple(tuple(row) for row in called[annotator]) for annotator in sorted(called)}
    return Trial(known, rows, tuple(counts), left_out)


def _rows(source: Source, columns: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The cells of these columns, line by line; the last one is the label, and without it a line is left out."""
    for place, cells in table(source, columns, most_bytes=MOST_BYTES, most_lines=MOST_LINES):
        found = tuple(cells[name].strip() for name in columns)
        for name, cell in zip(columns, found, strict=True):
            if len(cell) > MOST_LETTERS:
                raise LabelError(f"{place}: the {name} has {len(cell)} characters, must have at most {MOST_LETTERS}")
            if not cell and name != "label":
                raise LabelError(f"{place}: no {name}")
        if found[-1]:
            yield place, found
