"""Answers by columns: who says what of which item, and in which submission.

One row is one label. An audit may pool several tasks of one label schema, since how reliable an annotator is carries
over from one to the other; so an item is a task and a number in it. Columns hold codes, which are places in the tables
of names:

    row   annotator  item  label  submission
    0     0          0     1      0            annotators[0] labels items[0] as classes[1] in submissions[0]
    1     1          0     0      1

>>> answers = Answers.from_columns(
...     annotator=["0xA1", "0xB2"], item=[(1, 0), (1, 0)], label=[b'"benign"', b'"malignant"'], submission=[10, 11]
... )
>>> answers.classes
(b'"benign"', b'"malignant"')
>>> answers.label.tolist()
[0, 1]
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from goldleaf.errors import MissingExtra
from goldleaf.ids import name_submission, split_submission

from ..errors import AnswersError

if TYPE_CHECKING:
    from goldleaf.labels import LabelSet

try:
    import numpy as np
    from numpy.typing import NDArray
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# Task and number of an item in it.
Item: TypeAlias = tuple[int, int]
Codes: TypeAlias = NDArray[np.int32]
# Known truth: the label, canonical JSON, of an item.
Gold: TypeAlias = Mapping[Item, bytes]

_Name = TypeVar("_Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A label set that was verified against its root, and whose it is."""

    submission: int
    annotator: str  # address
    labels: "LabelSet"
    # Item numbers whose labels say nothing of the truth: those that the label schema does not allow.
    left_out: Collection[int] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """Columns of codes, int32, all of one length, and the tables of names that they are places in.

    Columns cannot be written to. Raises `AnswersError` if columns differ in length, a code has no name, a name
    occurs twice, or an annotator has answered an item twice.
    """

    annotators: tuple[str, ...]
    items: tuple[Item, ...]
    classes: tuple[bytes, ...]  # canonical JSON of labels
    submissions: tuple[int, ...]
    annotator: Codes
    item: Codes
    label: Codes
    submission: Codes

    def __post_init__(self) -> None:
        for table, column in (
            ("annotators", "annotator"),
            ("items", "item"),
            ("classes", "label"),
            ("submissions", "submission"),
        ):
            names: tuple[Hashable, ...] = getattr(self, table)
            codes = np.array(getattr(self, column), dtype=np.int32)
            codes.flags.writeable = False
            object.__setattr__(self, column, codes)
            if codes.ndim != 1 or len(codes) != len(self.annotator):
                raise AnswersError(f"column {column} has {codes.size} rows, column annotator {len(self.annotator)}")
            if len(codes) and (codes.min() < 0 or codes.max() >= len(names)):
                raise AnswersError(f"column {column} holds codes beyond the {len(names)} {table}")
            if len(set(names)) != len(names):
                raise AnswersError(f"two {table} have the same name")
        self._refuse_second_answers()

    def _refuse_second_answers(self) -> None:
        pairs = self.item.astype(np.int64) * max(len(self.annotators), 1) + self.annotator
        order = np.argsort(pairs, kind="stable")
        repeats = np.flatnonzero(pairs[order][1:] == pairs[order][:-1])
        if len(repeats):
            row = order[repeats[0] + 1]
            task, number = self.items[self.item[row]]
            raise AnswersError(
                f"{self.annotators[self.annotator[row]]} has answered item {number} of task {task} more than once "
                f"({len(repeats)} second answers in all)"
            )

    @classmethod
    def from_columns(
        cls,
        *,
        annotator: Sequence[str],
        item: Sequence[Item],
        label: Sequence[bytes],
        submission: Sequence[int] | None = None,
        classes: Iterable[bytes] = (),
    ) -> "Answers":
        """From one name per row; the tables are what occurs, sorted.

        `classes` are labels that the schema allows besides those that occur. Without `submission` each annotator has
        one submission per task, numbered in the order of `annotators`. Raises `AnswersError`.
        """
        if not len(annotator) == len(item) == len(label) == len(annotator if submission is None else submission):
            raise AnswersError("the columns differ in length")
        annotators, annotator_codes = _encode(annotator)
        items, item_codes = _encode(item)
        if submission is None:
            submission = [
                (task << 64) + int(code) for (task, _), code in zip(item, annotator_codes.tolist(), strict=True)
            ]
        labels, label_codes = _encode(label, classes)
        submissions, submission_codes = _encode(submission)
        return cls(annotators, items, labels, submissions, annotator_codes, item_codes, label_codes, submission_codes)

    @classmethod
    def from_label_sets(cls, delivered: Iterable[Delivered], classes: Iterable[bytes] = ()) -> "Answers":
        """From verified label sets; the task is the submission's. Raises `AnswersError`."""
        annotator: list[str] = []
        item: list[Item] = []
        label: list[bytes] = []
        submission: list[int] = []
        for one in delivered:
            task, _ = split_submission(one.submission)
            kept = [(number, value) for number, value in one.labels if number not in one.left_out]
            annotator += [one.annotator] * len(kept)
            item += [(task, number) for number, _ in kept]
            label += [value for _, value in kept]
            submission += [one.submission] * len(kept)
        return cls.from_columns(annotator=annotator, item=item, label=label, submission=submission, classes=classes)

    def __len__(self) -> int:
        """Number of answers."""
        return len(self.label)

    def rows_of(self, submission: int) -> "NDArray[np.intp]":
        """The rows of a submission, by its id. Raises `AnswersError` if there is none of it."""
        if submission not in self.submissions:
            raise AnswersError(f"there is no answer of submission {name_submission(submission)}")
        return np.flatnonzero(self.submission == self.submissions.index(submission))

    def gold_codes(self, gold: Gold) -> Codes:
        """The class of each item, where `gold` has it, else -1; shape (items,). Golds of other items do nothing.

        Raises `AnswersError` if a gold label is no class: see `with_classes`.
        """
        places = {label: code for code, label in enumerate(self.classes)}
        try:
            codes = [places[gold[item]] if item in gold else -1 for item in self.items]
        except KeyError as error:
            raise AnswersError(f"gold label {error.args[0]!r} is none of the classes") from None
        return np.array(codes, dtype=np.int32)

    def with_classes(self, classes: Iterable[bytes]) -> "Answers":
        """The same answers, with these classes besides those that there are."""
        more = sorted(set(classes) - set(self.classes))
        return Answers(
            self.annotators,
            self.items,
            (*self.classes, *more),
            self.submissions,
            self.annotator,
            self.item,
            self.label,
            self.submission,
        )

    def select(self, rows: "NDArray[np.intp] | NDArray[np.bool_]") -> "Answers":
        """The answers of these rows; the tables of names stay as they are."""
        return Answers(
            self.annotators,
            self.items,
            self.classes,
            self.submissions,
            self.annotator[rows],
            self.item[rows],
            self.label[rows],
            self.submission[rows],
        )

    def __repr__(self) -> str:
        return (
            f"Answers({len(self)} answers by {len(self.annotators)} annotators to {len(self.items)} items, "
            f"{len(self.classes)} classes)"
        )


def _encode(column: Sequence[_Name], more: Iterable[_Name] = ()) -> tuple[tuple[_Name, ...], Codes]:
    names: tuple[_Name, ...] = tuple(sorted({*column, *more}))  # type: ignore[type-var]
    places = {name: code for code, name in enumerate(names)}
    return names, np.fromiter((places[name] for name in column), dtype=np.int32, count=len(column))
