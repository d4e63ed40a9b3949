"""The test of a task's sealed labels: designed for an accuracy, or typed; with whom it keeps, and what it takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from goldleaf import GoldTerms, economics, errors, presets, testing
from goldleaf.canonical import Json

from ..refusals import Refused
from .terms import read_count, read_period, split

# Of the accuracies that a power curve shows, one from the next.
_STEP = Fraction(1, 20)
_LOWEST = Fraction(1, 2)
_PERCENTAGE = re.compile(r"[0-9]{1,3}([.,][0-9]{1,4})?")
# Size of its picture, in units of its view box, and the margins beside the axes.
WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, BOTTOM, TOP = 44, 24, 36, 10
# What its template is told.
SIZE = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "bottom": BOTTOM, "top": TOP}


@dataclass(frozen=True, slots=True)
class Point:
    """Of somebody who is right so often: the chance to fail a test; and where that lies in the picture."""

    accuracy: float
    fails: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Typed:
    """A test as it was typed."""

    terms: GoldTerms
    share: Fraction  # of the batches that are graded


def defaults(classes: int, preset: str) -> dict[str, str]:
    """What is in the fields before anything is typed: a preset's test, if it is for as many classes."""
    chosen = presets.PRESETS.get(preset) or next(
        (one for one in presets.PRESETS.values() if one.classes == classes), None
    )
    terms = GoldTerms(["a", "b"], [5, 5], 0)  # the usual periods
    (opening, opening_unit), (disputing, disputing_unit) = (
        split(timedelta(seconds=seconds)) for seconds in (terms.opening_period, terms.dispute_period)
    )
    fits = chosen is not None and chosen.classes == classes
    return {
        "count": str(chosen.counts[0]) if chosen is not None and fits else "",
        "allowed": str(chosen.allowed) if chosen is not None and fits else "",
        "accuracy": f"{100 * chosen.accuracy:g}" if chosen is not None and fits else "80",
        "share": "50",
        "opening_period": opening,
        "opening_period_unit": opening_unit,
        "dispute_period": disputing,
        "dispute_period_unit": disputing_unit,
    }


def read(typed: Mapping[str, str], classes: Sequence[Json], batch_size: int) -> Typed:
    """The test that was typed. Raises `Refused`, by field."""
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}

    def take(field: str, reading: Any) -> None:
        try:
            found[field] = reading(typed.get(field, "").strip())
        except errors.GoldleafError as error:
            wrong[field] = error.sentence()

    take("count", read_count)
    take("allowed", read_count)
    take("share", _share)
    for field in ("opening_period", "dispute_period"):
        take(field, lambda text, field=field: read_period(text, typed.get(f"{field}_unit", "")))
    if wrong:
        raise Refused(**wrong)
    try:
        terms = GoldTerms(
            classes,
            [found["count"]] * len(classes),
            found["allowed"],
            int(found["opening_period"].total_seconds()),
            int(found["dispute_period"].total_seconds()),
        )
        testing.check(terms, batch_size=batch_size)
    except (errors.ConstantAnswerPasses, errors.ExpertsFail) as error:
        raise Refused(allowed=_told(error)) from error
    except errors.GoldleafError as error:
        raise Refused(count=_told(error)) from error
    return Typed(terms, found["share"])


def design(typed: Mapping[str, str], *, classes: int, stake: int, reward: int, batch_size: int) -> testing.Design:
    """The smallest test for the accuracy that was typed. Raises `Refused`, with what would have to change."""
    try:
        return testing.design(
            classes=classes,
            accuracy=_share(typed.get("accuracy", "").strip()),
            stake=stake,
            reward=reward,
            share=_share(typed.get("share", "").strip()),
            batch_size=batch_size,
        )
    except errors.GoldleafError as error:
        raise Refused(accuracy=_told(error)) from error


def curve(size: int, allowed: int) -> list[Point]:
    """The chance to fail a test, by accuracy from one half on."""
    found = []
    for step in range(int((1 - _LOWEST) / _STEP) + 1):
        accuracy = _LOWEST + step * _STEP
        fails = float(testing.chance_to_fail(size, allowed, accuracy))
        x = LEFT + (WIDTH - LEFT - RIGHT) * float((accuracy - _LOWEST) / (1 - _LOWEST))
        found.append(Point(float(accuracy), fails, round(x, 1), round(TOP + (HEIGHT - BOTTOM - TOP) * (1 - fails), 1)))
    return found


def deposit(terms: GoldTerms, *, cost: int, redundancy: int) -> int:
    """What is set aside when the known answers of one batch are opened, base units."""
    return economics.gold_deposit(cost=cost, redundancy=redundancy, size=terms.size)


def _share(text: str) -> Fraction:
    """A percentage above 0. Raises `ArgumentError`."""
    found = Fraction(text.replace(",", ".")) / 100 if _PERCENTAGE.fullmatch(text) else Fraction(0)
    if not 0 < found <= 1:
        raise errors.ArgumentError("Write a percentage from 1 to 100, such as 50.")
    return found


def _told(error: errors.GoldleafError) -> str:
    sentence = " ".join(part for part in (error.sentence(), error.advice) if part)
    return sentence[:1].upper() + sentence[1:]
