"""Answers that do not fit into memory: columns in files, judged chunk by chunk.

A folder has one file for each column, NumPy's `.npy`, read through the page cache: `annotator`, `item`, `label`, int32
codes, in any order of rows, and after `judge` also `p_wrong`, float32. What is held in memory grows with the items and
annotators, not with the answers:

    reliability   fit by crowd-kit to all answers of a sample of the items
    scores        (items, classes), summed up over the chunks
    p_wrong       1 - P(truth = label), of each chunk again, written as it comes
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goldleaf.errors import AnswersError, MissingExtra

from .answers import Answers, Codes
from .calibration import CORRELATION, FLOOR, Evidence
from .grid import on_grid
from .models import Floats, Reliability, fit
from .result import Estimator

try:
    import numpy as np
    from numpy.typing import NDArray
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

CHUNK = 500_000
SAMPLE = 300_000
_COLUMNS = ("annotator", "item", "label")


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """What the answers of a folder say; `p_wrong` of each is in the folder."""

    reliability: Reliability
    posterior: Floats  # (items, classes)
    sampled: int  # answers that the reliability was fit to


def create(folder: Path, rows: int) -> dict[str, NDArray[np.int32]]:
    """New columns of a folder, to be written to in place."""
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _create(folder, name, np.int32, rows) for name in _COLUMNS}


def open_columns(folder: Path) -> dict[str, NDArray[np.int32]]:
    """The columns of a folder. Raises `AnswersError` if one is missing or has another length than the others."""
    try:
        columns = {name: np.load(_path(folder, name), mmap_mode="r") for name in _COLUMNS}
    except (OSError, ValueError) as error:
        raise AnswersError(f"{folder} holds no columns of answers: {error}") from error
    if len({len(column) for column in columns.values()}) != 1:
        raise AnswersError(f"the columns of {folder} differ in length")
    return columns


def judge(
    folder: Path,
    *,
    annotators: int,
    items: int,
    classes: int,
    estimator: Estimator = Estimator.DAWID_SKENE,
    correlation: float = CORRELATION,
    sample: int = SAMPLE,
    chunk: int = CHUNK,
    seed: int = 0,
) -> Judged:
    """Writes `p_wrong` of each answer. Codes are below `annotators`, `items` and `classes`.

    The reliability of annotators is learned from items drawn from the seed, about as many as have `sample` answers. The
    result does not depend on the size of the chunks. Raises `AnswersError`.
    """
    columns = open_columns(folder)
    rows = len(columns["label"])
    chosen = np.random.default_rng(seed).random(items) < min(1.0, sample / max(rows, 1))
    parts: list[tuple[Codes, Codes, Codes]] = []
    for annotator, item, label in _chunks(columns, chunk):
        for name, codes, names in (
            ("annotator", annotator, annotators),
            ("item", item, items),
            ("label", label, classes),
        ):
            if codes.min() < 0 or codes.max() >= names:
                raise AnswersError(f"column {name} holds codes beyond {names}")
        kept = chosen[item]
        parts.append((annotator[kept], item[kept], label[kept]))
    if not sum(len(part[0]) for part in parts):
        raise AnswersError("there is no answer in the sample to estimate from")
    reliability = _fit(parts, annotators, classes, estimator, seed)

    scores, counts = np.zeros((items, classes)), np.zeros(items, dtype=np.intp)
    for annotator, item, label in _chunks(columns, chunk):
        # Only the items that occur: chunks of a file in the order of its items touch few.
        here, place = np.unique(item, return_inverse=True)
        scores[here] += reliability.scores(annotator, place.reshape(-1), label, len(here))
        counts[here] += np.bincount(place.reshape(-1), minlength=len(here))
    posterior = on_grid(np.clip(Evidence(scores, reliability.prior, counts).posterior(correlation), FLOOR, 1 - FLOOR))

    p_wrong = _create(folder, "p_wrong", np.float32, rows)
    for start, (_, item, label) in zip(range(0, rows, chunk), _chunks(columns, chunk), strict=True):
        p_wrong[start : start + chunk] = 1 - posterior[item, label]
    p_wrong.flush()
    return Judged(reliability, posterior, sum(len(part[0]) for part in parts))


def _fit(
    parts: list[tuple[Codes, Codes, Codes]], annotators: int, classes: int, estimator: Estimator, seed: int
) -> Reliability:
    annotator, item, label = (np.concatenate(column) for column in zip(*parts, strict=True))
    names, places = np.unique(item, return_inverse=True)
    answers = Answers(
        annotators=tuple(str(code) for code in range(annotators)),
        items=tuple((0, int(name)) for name in names),
        classes=tuple(str(code).encode() for code in range(classes)),
        submissions=(0,),
        annotator=annotator,
        item=places.reshape(-1).astype(np.int32),
        label=label,
        submission=np.zeros(len(label), dtype=np.int32),
    )
    return fit(estimator, answers, np.full(len(names), -1, dtype=np.int32), seed)


def _chunks(columns: dict[str, NDArray[np.int32]], chunk: int) -> Iterator[tuple[Codes, Codes, Codes]]:
    for start in range(0, len(columns["label"]), chunk):
        annotator, item, label = (np.array(columns[name][start : start + chunk]) for name in _COLUMNS)
        yield annotator, item, label


def synthesize(
    folder: Path, *, answers: int, annotators: int = 2000, redundancy: int = 5, classes: int = 4, seed: int = 0
) -> Codes:
    """Writes answers of annotators of different accuracy, item by item, and returns the truth of each item.

    `redundancy` different annotators label each item; `answers` must be a multiple of it. Accuracies are drawn from
    0.5 to 0.95, errors fall on the other classes alike.
    """
    items = answers // redundancy
    if items * redundancy != answers or not 1 <= redundancy <= annotators:
        raise AnswersError(f"{answers} answers cannot be {redundancy} for each item, of {annotators} annotators")
    generator = np.random.default_rng(seed)
    accuracy = generator.uniform(0.5, 0.95, annotators)
    truth = generator.integers(classes, size=items, dtype=np.int32)
    columns = create(folder, answers)
    for start in range(0, items, CHUNK):
        here = truth[start : start + CHUNK]
        # Neighbours on a ring of annotators, from a place drawn for each item.
        annotator = (generator.integers(annotators, size=len(here))[:, None] + np.arange(redundancy)) % annotators
        is_right = generator.random(annotator.shape) < accuracy[annotator]
        error = (here[:, None] + generator.integers(1, classes, size=annotator.shape)) % classes
        rows = slice(start * redundancy, (start + len(here)) * redundancy)
        columns["annotator"][rows] = annotator.reshape(-1)
        columns["item"][rows] = np.repeat(np.arange(start, start + len(here)), redundancy)
        columns["label"][rows] = np.where(is_right, here[:, None], error).reshape(-1)
    return truth


def _create(folder: Path, name: str, kind: type, rows: int) -> "np.memmap[tuple[int], np.dtype[np.int32]]":
    return np.lib.format.open_memmap(_path(folder, name), mode="w+", dtype=kind, shape=(rows,))  # type: ignore[no-any-return, no-untyped-call]


def _path(folder: Path, name: str) -> str:
    return str(folder / f"{name}.npy")
