"""What a trial tells of whom to keep."""

from fractions import Fraction
from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import testing
from goldleaf_tools.errors import TrialError
from goldleaf_tools.standards.judging import Standard, find_standard, interval, judge
from goldleaf_tools.standards.trial import Trial, read_trial
from tests.standards import DATA, answers_of

TAIL = Fraction(25, 1000)


def at_least(right: int, answers: int, chance: Fraction) -> Fraction:
    return sum(
        (comb(answers, k) * chance**k * (1 - chance) ** (answers - k) for k in range(right, answers + 1)), Fraction(0)
    )


@given(st.integers(1, 80), st.data())
def test_interval__any_counts__ends_where_the_counts_become_unlikely(answers: int, data: st.DataObject) -> None:
    """Clopper and Pearson's by their definition, in exact sums, instead of by quantiles of a beta distribution."""
    right = data.draw(st.integers(0, answers))
    low, high = interval(Fraction(right, answers), Fraction(answers))
    step = Fraction(1, 1000)
    assert low <= Fraction(right, answers) <= high
    assert low == 0 if right == 0 else at_least(right, answers, low) <= TAIL < at_least(right, answers, low + step)
    wrong = answers - right
    assert high == 1 if wrong == 0 else at_least(wrong, answers, 1 - high) <= TAIL
    assert wrong == 0 or at_least(wrong, answers, 1 - high + step) > TAIL


def test_judge__classes_of_unequal_size__by_the_mean_over_classes() -> None:
    """Right on 92 of 100, and no better than chance: one answer to nearly all."""
    found = judge("ann", [(90, 0, 0), (8, 2, 0)])
    assert found is not None
    assert (found.answers, found.right, found.by_class) == (100, 92, (1, Fraction(1, 5)))
    assert found.accuracy == Fraction(3, 5)
    # Ten answers of a class tell little, however many there are of the other.
    assert found.effective == Fraction(4) / (Fraction(1, 90) + Fraction(1, 10)) == 36
    assert (found.low, found.high) == interval(Fraction(3, 5), Fraction(36))


def test_judge__as_many_of_each_class__as_of_all_together() -> None:
    found = judge("ann", [(15, 5, 0), (3, 16, 1)])
    assert found is not None
    assert (found.accuracy, found.effective) == (Fraction(31, 40), 40)


@pytest.mark.parametrize("rows", [[(9, 0, 0), (0, 0, 0)], [(4, 0, 0), (4, 1, 0)], [(2, 0, 0), (200, 0, 0)]])
def test_judge__too_few_answers_of_a_class__nobody_is_judged(rows: Any) -> None:
    assert judge("ann", rows) is None


def trial(**people: tuple[int, int]) -> Trial:
    """Of 2 classes, 50 known items of each; of each person how many were right."""
    called = {name: ((up, 50 - up, 0), (50 - down, down, 0)) for name, (up, down) in people.items()}
    return Trial(("down", "up"), called, (50, 50), 0)


def test_find_standard__share_to_keep__the_last_of_the_best() -> None:
    people = trial(ann=(45, 45), bob=(40, 41), cat=(30, 30), dan=(35, 41))
    found = find_standard(people, "3/4")
    assert [one.annotator for one in found.people] == ["ann", "bob", "dan", "cat"]
    assert (found.least.annotator, found.kept, found.accuracy) == ("dan", 3, Fraction(76, 100))
    assert find_standard(people, "1/2").least.annotator == "bob"
    # 0.81 is proposed as it is; whole hundredths, and never more than the least person reaches.
    assert find_standard(people, "1/2").accuracy == Fraction(81, 100)
    assert find_standard(trial(ann=(40, 41), bob=(41, 40)), 1).least.annotator == "bob"


def test_find_standard__nobody_has_answered_enough__refused() -> None:
    small = Trial(("down", "up"), {"ann": ((4, 0, 0), (0, 4, 0))}, (4, 4), 0)
    with pytest.raises(TrialError, match="too small to tell"):
        find_standard(small, 1)
    mixed = Trial(small.classes, {**small.called, **trial(bob=(40, 40)).called}, (50, 50), 0)
    assert find_standard(mixed, 1).too_few == ("ann",)


def judged(right: int, answers: int) -> Standard:
    called = {"ann": ((right, answers - right, 0), (answers - right, right, 0))}
    return find_standard(Trial(("down", "up"), called, (answers, answers), 0), 1)


def test_is_told__more_answers_of_the_same_person__from_too_few_to_enough() -> None:
    question: dict[str, Any] = {"classes": 2, "stake": 4, "reward": 1, "share": "1/2"}
    small, large = judged(7, 10), judged(70, 100)
    design = testing.design(accuracy=small.accuracy, **question)
    assert not small.is_told(design) and large.is_told(design)
    needed = small.answers_needed(design)
    assert 20 < needed < 200
    low, _ = interval(small.least.accuracy, Fraction(needed))
    assert design.chance_to_fail(low) <= Fraction(1, 2) < design.chance_to_fail(small.least.low)


@pytest.mark.parametrize(
    ("name", "keep", "expected"),
    [
        # annotator, standard, interval, kept of judged, too few
        ("mammo", "1/2", ("rad05", "0.77", "0.709", "0.832", 5, 9, 0)),
        ("mammo", "3/4", ("rad08", "0.75", "0.691", "0.818", 7, 9, 0)),
        ("fin_crowd", "3/4", ("w07", "0.74", "0.688", "0.802", 6, 8, 2)),
        ("weather", "3/4", ("w075", "0.54", "0.254", "0.814", 42, 56, 54)),
        ("bluebirds", "3/4", ("w31", "0.52", "0.421", "0.619", 30, 39, 0)),
        ("movie", "3/4", ("w123", "0.85", "0.756", "0.929", 84, 112, 31)),
        ("adult", "3/4", ("w294", "0.44", "0.24", "0.661", 36, 48, 221)),
    ],
)
def test_find_standard__real_sets__the_same_on_every_machine(name: str, keep: str, expected: tuple[Any, ...]) -> None:
    found = find_standard(read_trial(answers_of(name), DATA / name / "gold.csv"), keep)
    annotator, accuracy, low, high, *numbers = expected
    assert found.least.annotator == annotator
    assert (found.accuracy, found.least.low, found.least.high) == tuple(map(Fraction, (accuracy, low, high)))
    assert [found.kept, len(found.people), len(found.too_few)] == numbers
