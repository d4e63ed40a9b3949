"""The standard that a trial proposes: how often the least of those is right whom a requester wants to keep.

A test has as many known items of each class. So what counts is not how many of all answers are right, but the mean
over the classes of how often each is recognized (balanced accuracy): whoever always gives the commonest label is right
often, and recognizes one class alone. Its uncertainty is the interval of Clopper and Pearson by as many answers as
would tell as much if every class had as many, `K**2 / sum(1 / n_k)`, which is the effective sample size of Korn and
Graubard (1998, Survey Methodology 24) in the exact interval; with equal n_k it is that interval as it stands.

People are ranked by what was seen of them, which spreads them: below the middle they look worse than they are. So with
more than half of them to be kept, a standard that comes of few answers is too low rather than too high.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from goldleaf import testing
from goldleaf.errors import MissingExtra

from ..errors import TrialError
from .trial import Trial

try:
    from scipy.stats import beta
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# Of intervals.
CONFIDENCE = Fraction(95, 100)
# With fewer answers than this nobody is judged: half of a coin's would do as well.
LEAST_ANSWERS = 10
# Intervals are rounded outwards to so many parts, so that they are the same on every machine; standards down.
_PARTS, _STANDARDS = 1000, 100
# Above it no trial is proposed.
_MOST_ANSWERS = 2**17


@dataclass(frozen=True)
class Judged:
    """How good somebody is, as far as the trial tells."""

    annotator: str
    answers: int
    right: int
    by_class: tuple[Fraction, ...]  # how often each class was recognized
    accuracy: Fraction  # mean over the classes
    low: Fraction
    high: Fraction
    effective: Fraction  # answers that would tell as much if every class had as many


@dataclass(frozen=True)
class Standard:
    """The least expert to keep."""

    least: Judged
    accuracy: Fraction  # what is proposed: that of the least, in whole hundredths
    kept: int  # so many of `people`
    people: tuple[Judged, ...]  # who could be judged, the best first
    too_few: tuple[str, ...]  # who have answered too little

    def is_told(self, design: testing.Design) -> bool:
        """Whether the trial is large enough: the least expert passes most tests also at the low end of the interval."""
        return design.chance_to_fail(self.least.low) <= Fraction(1, 2)

    def answers_needed(self, design: testing.Design) -> int:
        """How many answers of each person would be enough, if as many were right."""
        answers = len(self.least.by_class)
        while answers < _MOST_ANSWERS:
            low, _ = interval(self.least.accuracy, Fraction(answers))
            if design.chance_to_fail(low) <= Fraction(1, 2):
                return answers
            answers += max(1, answers // 10)
        return _MOST_ANSWERS


def find_standard(trial: Trial, keep: testing.Share) -> Standard:
    """The accuracy of the least person to keep, if `keep` of the people in a trial, the best ones, are to be kept.

    Raises `TrialError` if nobody has answered enough, `ArgumentError`.
    """
    share = testing.as_share("keep", keep)
    judged, too_few = [], []
    for annotator, rows in trial.called.items():
        person = judge(annotator, rows)
        if person is None:
            too_few.append(annotator)
        else:
            judged.append(person)
    if not judged:
        raise TrialError(
            f"the trial is too small to tell: nobody has answered enough known items of each of the "
            f"{len(trial.classes)} classes, which is {LEAST_ANSWERS} if each has as many"
        )
    judged.sort(key=lambda one: (-one.accuracy, one.annotator))
    kept = max(1, ceil(share * len(judged)))
    least = judged[kept - 1]
    accuracy = Fraction(floor(least.accuracy * _STANDARDS), _STANDARDS)
    return Standard(least, accuracy, kept, tuple(judged), tuple(too_few))


def judge(annotator: str, rows: Sequence[Sequence[int]]) -> Judged | None:
    """How good somebody is; None if the answers are too few to tell. `rows` are as in `Trial.called`."""
    answers = [sum(row) for row in rows]
    if not all(answers):
        return None
    effective = len(rows) ** 2 / sum((Fraction(1, each) for each in answers), Fraction(0))
    if effective < LEAST_ANSWERS:
        return None
    right = [row[place] for place, row in enumerate(rows)]
    by_class = tuple(Fraction(hits, all_) for hits, all_ in zip(right, answers, strict=True))
    accuracy = sum(by_class, Fraction(0)) / len(rows)
    return Judged(annotator, sum(answers), sum(right), by_class, accuracy, *interval(accuracy, effective), effective)


def interval(share: Fraction, answers: Fraction) -> tuple[Fraction, Fraction]:
    """Between which chances a share of answers was right by, with 95 % confidence: Clopper and Pearson, outwards.

    `beta(x, n - x + 1)` and `beta(x + 1, n - x)` at 2.5 and 97.5 %, with `x = share * n`.
    """
    right, wrong, tail = float(share * answers), float((1 - share) * answers), float((1 - CONFIDENCE) / 2)
    low = 0.0 if not right else float(beta.ppf(tail, right, wrong + 1))
    high = 1.0 if not wrong else float(beta.ppf(1 - tail, right + 1, wrong))
    # A billionth is more than the last bits in which machines differ.
    return (
        Fraction(max(0, floor(low * _PARTS + 1e-9)), _PARTS),
        Fraction(min(_PARTS, ceil(high * _PARTS - 1e-9)), _PARTS),
    )
