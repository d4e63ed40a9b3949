"""The terms of a test on known items, as a manifest shows them and as they are set up on chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..canonical import Json
from ..errors import BadClasses, BadCounts, ClassesNotRising
from .label import digest, encode_label

DAY = 86_400  # seconds
MIN_CLASSES, MAX_CLASSES = 2, 16


@dataclass(frozen=True)
class GoldTerms:
    """What sealed labels are tested on: so many known items of each class in a graded batch, so many errors passing.

    `classes` are labels as JSON values, all that an item may have. They are kept in the order of their digests, as the
    contract has them, and `counts` with them. Periods are seconds: in which a sealed batch's known items may be opened,
    and in which opened ones may be disputed. Raises `BadClasses`, `ClassesNotRising`, `BadCounts`,
    `LabelTooLarge`.
    """

    classes: Sequence[Json]
    counts: Sequence[int]
    allowed: int
    opening_period: int = 3 * DAY
    dispute_period: int = 4 * DAY

    def __post_init__(self) -> None:
        if not MIN_CLASSES <= len(self.classes) <= MAX_CLASSES:
            raise BadClasses("number of classes", value=len(self.classes), bound=f"{MIN_CLASSES} to {MAX_CLASSES}")
        if len(self.counts) != len(self.classes):
            raise BadCounts("number of counts", value=len(self.counts), bound=f"{len(self.classes)}, one of each class")
        for label, count in zip(self.classes, self.counts, strict=True):
            if count < 1:
                raise BadCounts(f"count of {label!r}", value=count, bound="at least 1")
        ranked = sorted(zip(map(_digest, self.classes), self.classes, self.counts, strict=True), key=lambda one: one[0])
        digests, classes, counts = zip(*ranked, strict=True)
        if len(set(digests)) < len(digests):
            raise ClassesNotRising(f"each class stands once among {list(self.classes)}")
        object.__setattr__(self, "classes", classes)
        object.__setattr__(self, "counts", counts)

    @property
    def size(self) -> int:
        """Known items in a graded batch."""
        return sum(self.counts)

    @property
    def digests(self) -> tuple[bytes, ...]:
        """Of the classes' labels, rising."""
        return tuple(map(_digest, self.classes))

    def place(self, label: Json) -> int:
        """Which of the classes a label is. Raises `ValueError` if it is none."""
        return self.digests.index(_digest(label))

    def to_json(self) -> dict[str, Json]:
        """As manifests hold it."""
        return {
            "allowed": self.allowed,
            "classes": list(self.classes),
            "counts": list(self.counts),
            "dispute_period": self.dispute_period,
            "opening_period": self.opening_period,
        }

    @classmethod
    def from_json(cls, content: Any) -> "GoldTerms":
        """What `to_json` gives. Raises `KeyError` and `TypeError` where something is missing or of another type."""
        numbers = [*content["counts"], content["allowed"], content["opening_period"], content["dispute_period"]]
        if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
            raise TypeError("counts, allowed errors and periods of a test are whole numbers")
        return cls(
            tuple(content["classes"]),
            tuple(content["counts"]),
            content["allowed"],
            content["opening_period"],
            content["dispute_period"],
        )


def _digest(label: Json) -> bytes:
    return digest(encode_label(label))
