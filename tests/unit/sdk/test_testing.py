"""Tests on known items without a chain: how many it takes, where they lie, and that no manifest tells them."""

import doctest
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from goldleaf import GoldTerms, Item, Manifest, errors, testing
from goldleaf.canonical import from_canonical, to_canonical
from goldleaf.labels import digest, encode_label
from goldleaf.testing import (
    _chances,
    _design,
    arrange,
    chance_to_fail,
    chance_to_fail_by_class,
    chance_to_fail_unseen,
    check,
    design,
    graded_batches,
    income,
)

# Of the protocol's design: stake over reward, share of graded batches, classes, accuracy -> items, allowed errors.
TABLE = {
    (4, "1/2", 2, "0.75"): (32, 13),
    (4, "1/2", 2, "0.80"): (18, 7),
    (4, "1/2", 3, "0.65"): (24, 13),
    (4, "1/2", 4, "0.65"): (20, 12),
    (4, "1/2", 4, "0.50"): (36, 24),
    (1, "1", 2, "0.75"): (36, 14),
    (1, "1", 2, "0.80"): (22, 8),
    (1, "1", 3, "0.65"): (30, 16),
    (1, "1", 4, "0.65"): (20, 11),
    (1, "1", 4, "0.50"): (40, 26),
}
CLASSES = ["benign", "malignant"]
TERMS = GoldTerms(CLASSES, (5, 5), 4)


# ---------------------------------------------------------------- the calculator


@pytest.mark.parametrize(("case", "expected"), TABLE.items(), ids=str)
def test_design__each_row_of_the_table__as_there(case: tuple[int, str, int, str], expected: tuple[int, int]) -> None:
    stake, share, classes, accuracy = case
    found = design(classes=classes, accuracy=accuracy, stake=stake, reward=1, share=share)
    assert (found.size, found.allowed) == expected
    assert found.counts == (expected[0] // classes,) * classes
    assert found.expert >= Fraction(955, 1000)
    assert found.random <= Fraction(-1, 2)
    assert found.half_informed <= 0
    # A constant answer errs on all items but those of its class.
    assert found.size - found.counts[0] > found.allowed
    assert found.constant == 1 - Fraction(share) * (1 + stake)


@pytest.mark.parametrize("batch_size", [None, 20, 256, 4096])
@pytest.mark.parametrize("classes", [2, 3, 16])
def test_design__hardest_questions__look_at_few_tests(
    classes: int, batch_size: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About a millisecond each: at most three people by each size, and two more by each accuracy that is proposed."""
    looked_at = []
    real, real_unseen = _chances.tails, _chances.tails_unseen

    def tails(groups: Any) -> Any:
        looked_at.append("seen")
        return real(groups)

    def tails_unseen(counts: Any, given: Any) -> Any:
        looked_at.append("unseen")
        return real_unseen(counts, given)

    monkeypatch.setattr(_design, "tails", tails)
    monkeypatch.setattr(_design, "tails_unseen", tails_unseen)
    accuracy = f"{1 / classes + 0.01:.3f}45678901234567"
    question: dict[str, Any] = {"classes": classes, "accuracy": accuracy, "stake": 4, "reward": 1}
    with pytest.raises(errors.NoTestFits):
        design(**question, share="0.512345678901234567", batch_size=batch_size)
    assert 0 < looked_at.count("seen") <= 3 * 60 + 3 * 7
    assert looked_at.count("unseen") <= 20


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 20))
def test_chance_to_fail__any_test__that_of_all_ways_to_answer(size: int, allowed: int, twentieths: int) -> None:
    """Counted item by item: the chance of so many errors after each, instead of by a formula."""
    accuracy = Fraction(twentieths, 20)
    chances = [Fraction(1)]
    for _ in range(size):
        chances = [
            (chances[i] * accuracy if i < len(chances) else 0) + (chances[i - 1] * (1 - accuracy) if i else 0)
            for i in range(len(chances) + 1)
        ]
    assert chance_to_fail(size, allowed, accuracy) == sum(chances[allowed + 1 :])


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 10)), min_size=1, max_size=4), st.integers(0, 32))
def test_chance_to_fail_by_class__any_accuracies__that_of_all_ways_to_answer(
    groups: list[tuple[int, int]], allowed: int
) -> None:
    chances = {0: Fraction(1)}
    for right in [Fraction(tenths, 10) for count, tenths in groups for _ in range(count)]:
        chances = {
            wrong: chances.get(wrong, 0) * right + chances.get(wrong - 1, 0) * (1 - right)
            for wrong in range(max(chances) + 2)
        }
    counts, accuracies = [count for count, _ in groups], [Fraction(tenths, 10) for _, tenths in groups]
    expected = sum(chance for wrong, chance in chances.items() if wrong > allowed)
    assert chance_to_fail_by_class(counts, allowed, accuracies) == expected


def test_chance_to_fail_by_class__equal_accuracies__as_of_all_items_together() -> None:
    assert chance_to_fail_by_class((9, 9), 7, ("0.8", "0.8")) == chance_to_fail(18, 7, "0.8")
    with pytest.raises(errors.ArgumentError, match="number of accuracies is 1, must be 2"):
        chance_to_fail_by_class((9, 9), 7, ["0.8"])


def placings(counts: tuple[int, ...], batch: int) -> Iterator[list[int | None]]:
    """Every way in which the known items of each class may lie in a batch: the class of each place, or None."""

    def place(label: int, left: frozenset[int], laid: dict[int, int]) -> Iterator[dict[int, int]]:
        if label == len(counts):
            yield laid
            return
        for chosen in combinations(sorted(left), counts[label]):
            yield from place(label + 1, left - set(chosen), {**laid, **dict.fromkeys(chosen, label)})

    for laid in place(0, frozenset(range(batch)), {}):
        yield [laid.get(each) for each in range(batch)]


@pytest.mark.parametrize(
    ("counts", "given"),
    [((2, 2), (4, 4)), ((2, 2), (8, 0)), ((3, 1), (5, 3)), ((1, 2, 1), (3, 2, 2)), ((2, 2), (4, 0)), ((1, 1), (0, 5))],
)
def test_chance_to_fail_unseen__any_answers__that_of_every_place_of_the_gold(
    counts: tuple[int, ...], given: tuple[int, ...]
) -> None:
    answers = [label for label, number in enumerate(given) for _ in range(number)]
    wrong = [
        sum(gold is not None and gold != answer for gold, answer in zip(laid, answers, strict=True))
        for laid in placings(counts, len(answers))
    ]
    for allowed in range(sum(counts) + 2):
        failed = Fraction(sum(each > allowed for each in wrong), len(wrong))
        assert chance_to_fail_unseen(counts, allowed, given) == failed
    # In whatever order they are given.
    turned = answers[1::2] + answers[::2]
    again = [
        sum(gold is not None and gold != answer for gold, answer in zip(laid, turned, strict=True))
        for laid in placings(counts, len(answers))
    ]
    assert sorted(again) == sorted(wrong)


def test_chance_to_fail_unseen__constant_answer__always_fails() -> None:
    found = design(classes=2, accuracy="0.8", stake=4, reward=1, share="1/2", batch_size=40)
    assert chance_to_fail_unseen(found.counts, found.allowed, (40, 0)) == 1
    assert found.constant == 1 - found.weight


@given(st.integers(2, 4), st.integers(3, 10), st.data())
def test_people__of_the_same_mean_accuracy__fail_most_if_as_good_at_each_class(
    classes: int, each: int, data: st.DataObject
) -> None:
    tenths = data.draw(st.lists(st.integers(0, 10), min_size=classes, max_size=classes))
    counts, accuracies = (each,) * classes, [Fraction(one, 10) for one in tenths]
    mean = sum(accuracies, Fraction(0)) / classes
    errs = sum(counts) * (1 - mean)
    allowed = data.draw(st.integers(-(-errs // 1), sum(counts)))
    assert chance_to_fail_by_class(counts, allowed, accuracies) <= chance_to_fail(sum(counts), allowed, mean)


@pytest.mark.parametrize("given", [(20,), (10, 9), (21, -1)])
def test_chance_to_fail_unseen__answers_of_no_batch__refused(given: tuple[int, ...]) -> None:
    with pytest.raises(errors.ArgumentError, match="at least 20"):
        chance_to_fail_unseen((10, 10), 5, given)


@pytest.mark.parametrize(("classes", "each", "batch"), [(2, 5, 20), (2, 9, 37), (2, 20, 80), (3, 4, 25), (4, 3, 24)])
def test_even_answers__of_all_answers_without_looking__pass_most_often(classes: int, each: int, batch: int) -> None:
    """By exhaustion: however often each answer is given, at any number of errors by which a constant answer fails."""
    counts = (each,) * classes
    ways = [given for given in product(range(batch + 1), repeat=classes - 1) if sum(given) <= batch]
    rising = [given for given in ((*one, batch - sum(one)) for one in ways) if list(given) == sorted(given)]
    least, more = divmod(batch, classes)
    even = tuple(least + (place >= classes - more) for place in range(classes))
    assert even in rising and len(rising) > 1
    for allowed in range(0, sum(counts) - each, 1 if classes == 2 else 3):
        fails = {given: chance_to_fail_unseen(counts, allowed, given) for given in rising}
        assert fails[even] == min(fails.values())
        # Whoever draws each answer at random gives some numbers of them, so is no better than the best of these.
        assert fails[even] <= chance_to_fail(sum(counts), allowed, Fraction(1, classes))


@given(st.integers(2, 4), st.integers(3, 10), st.data())
def test_random_answers__by_any_shares_of_the_classes__pass_no_more_often_than_by_equal_ones(
    classes: int, each: int, data: st.DataObject
) -> None:
    """Of whoever knows how common each class is, and answers as often: the gold has as many of each."""
    parts = data.draw(st.lists(st.integers(0, 20), min_size=classes, max_size=classes).filter(any))
    counts, shares = (each,) * classes, [Fraction(part, sum(parts)) for part in parts]
    allowed = data.draw(st.integers(0, sum(counts) - each - 1))
    equal = [Fraction(1, classes)] * classes
    assert chance_to_fail_by_class(counts, allowed, shares) >= chance_to_fail_by_class(counts, allowed, equal)


def test_chance_to_fail__in_each_way_to_write_a_share__the_same() -> None:
    exact = chance_to_fail(18, 7, Fraction(13, 20))
    assert (
        exact == chance_to_fail(18, 7, 0.65) == chance_to_fail(18, 7, "13/20") == chance_to_fail(18, 7, Decimal("0.65"))
    )
    assert chance_to_fail(18, 18, "0.1") == 0 == chance_to_fail(18, 0, 1)
    assert chance_to_fail(18, 7, 0) == 1


def test_income__by_hand__one_less_what_failing_costs() -> None:
    # One item, no error allowed, right on half: every second test fails. It costs stake and pay, five rewards.
    assert income(1, 0, "1/2", stake=8, reward=2, share="1/5") == Fraction(1, 2)


def test_design__brute_force__the_smallest_that_does_and_the_most_errors() -> None:
    """Every test of up to 40 items, counted by hand, for some crowds and terms."""
    for classes, accuracy, stake, share, batch in product((2, 3), ("0.8", "0.9"), (2, 4), ("1/2", "1"), (24, 80)):
        lost = Fraction(share) * (1 + stake)
        expert = Fraction(accuracy)
        chance = Fraction(1, classes)
        people = (expert, chance + (expert - chance) / 3, chance)

        def gets(size: int, allowed: int, right: Fraction, lost: Fraction = lost) -> Fraction:
            return 1 - lost * chance_to_fail(size, allowed, right)

        fitting = [
            (size, -allowed)
            for size in range(classes, batch // 2 + 1, classes)
            for allowed in range(size - size // classes)
            if size >= 10
            and gets(size, allowed, people[0]) >= Fraction(955, 1000)
            and gets(size, allowed, people[1]) <= 0
            and 1 - lost * unseen(size, allowed, classes, batch) <= Fraction(-1, 2)
        ]
        asked: dict[str, Any] = {"classes": classes, "accuracy": accuracy, "stake": stake, "reward": 1, "share": share}
        if not fitting:
            with pytest.raises(errors.NoTestFits):
                design(**asked, batch_size=batch)
            continue
        found = design(**asked, batch_size=batch)
        assert (found.size, -found.allowed) == min(fitting)
        assert (found.expert, found.half_informed, found.random) == tuple(
            gets(found.size, found.allowed, right) for right in people
        )
        assert found.even == 1 - lost * unseen(found.size, found.allowed, classes, batch) >= found.random


def unseen(size: int, allowed: int, classes: int, batch: int) -> Fraction:
    """The chance to fail of whoever gives each answer as often."""
    given = [batch // classes + (place < batch % classes) for place in range(classes)]
    return chance_to_fail_unseen([size // classes] * classes, allowed, given)


def test_design__whoever_gives_each_answer_as_often__loses_half_a_reward_too() -> None:
    """By a stake that just deters: with an error more a coin would lose enough, and numbers that are even would not."""
    asked: dict[str, Any] = {"classes": 3, "accuracy": "0.9", "stake": 1, "reward": 1, "share": "153/200"}
    assert (design(**asked).size, design(**asked).allowed) == (12, 4)
    found = design(**asked, batch_size=24)
    assert (found.size, found.allowed) == (12, 3) and found.even is not None
    assert 1 - found.weight * chance_to_fail_unseen((4, 4, 4), 4, (8, 8, 8)) > Fraction(-1, 2) >= found.even


def test_design__chance_to_pass_that_is_asked_for__decides_instead_of_the_pay() -> None:
    asked: dict[str, Any] = {"classes": 2, "accuracy": "0.65", "stake": 4, "reward": 1, "share": "1/2"}
    by_pay = design(**asked, batch_size=256)
    often, seldom = (design(**asked, batch_size=256, passes=passes) for passes in ("0.99", "0.9"))
    assert seldom.size < by_pay.size < often.size
    assert 1 - often.chance_to_fail("0.65") >= Fraction(99, 100)
    with pytest.raises(errors.NoTestFits, match="passes 95.* % of tests, should be 99.9 % or more"):
        design(**asked, batch_size=120, passes="0.999")
    with pytest.raises(errors.ArgumentError, match="must be 1/2 or more"):
        design(**asked, passes="0.4")


def test_power__of_a_design__rises_from_chance_to_certainty() -> None:
    found = design(classes=3, accuracy="0.65", stake=4, reward=1, share="1/2")
    curve = found.power()
    assert [float(each.accuracy) for each in curve] == [step / 20 for step in range(6, 21)]
    assert list(curve) == sorted(curve) and curve[-1] == (1, 1, 1)
    [expert] = found.power(["0.65"])
    assert expert == (Fraction(13, 20), 1 - found.chance_to_fail("0.65"), found.expert)


@pytest.mark.parametrize(("batches", "share", "graded"), [(10, "1/2", 5), (11, "1/2", 6), (1, "1/100", 1), (7, 1, 7)])
def test_graded_batches__share_of_them__rounded_up(batches: int, share: Any, graded: int) -> None:
    assert graded_batches(batches, share) == graded


def test_design__small_batches__half_of_one_at_most() -> None:
    question: dict[str, Any] = {"classes": 2, "accuracy": "0.75", "stake": 4, "reward": 1, "share": "1/2"}
    assert design(**question, batch_size=64).size == 32
    with pytest.raises(errors.NoTestFits, match=r"with 30 known items and \d+ errors allowed the expert keeps 0.9"):
        design(**question, batch_size=63)
    with pytest.raises(errors.NoTestFits, match="no room for 10 known items"):
        design(**question, batch_size=19)


def test_design__stake_too_low_to_deter__refused_with_the_figure() -> None:
    with pytest.raises(errors.NoTestFits, match="whoever fails each test gets 0.000 of a reward"):
        design(classes=2, accuracy="0.8", stake=1, reward=1, share="1/2")


@pytest.mark.parametrize(
    ("changes", "advised"),
    [
        # Hard for the size of the batches.
        (
            {"accuracy": "0.75", "batch_size": 40},
            "batches of 64 labels, 32 of them known; keeping those alone who are right on 82.0 % or more",
        ),
        # Too little at stake.
        ({"stake": 1}, "Any one of these would do: a stake of 3 rewards; 4/5 of the batches graded."),
        # Too few graded.
        ({"share": "1/5"}, "Any one of these would do: a stake of 7 rewards; 7/20 of the batches graded."),
        # Several at once.
        (
            {"stake": 1, "share": "1/20", "batch_size": 20},
            "This would do: every batch graded, a stake of 1 reward and batches of 44 labels together.",
        ),
        # Hard to tell at all.
        ({"accuracy": "0.55"}, "This would do: keeping those alone who are right on 64.0 % or more."),
        ({"accuracy": "0.55", "stake": 1, "share": "1/10"}, "No test of up to 128 known items does it"),
        ({"batch_size": 19}, "This would do: batches of 36 labels, 18 of them known."),
    ],
    ids=str,
)
def test_design__none_fits__says_what_to_change_and_that_does(changes: dict[str, Any], advised: str) -> None:
    asked = {"classes": 2, "accuracy": "0.8", "stake": 4, "reward": 1, "share": "1/2", "batch_size": 200, **changes}
    with pytest.raises(errors.NoTestFits) as caught:
        design(**asked)
    assert advised in caught.value.advice
    for found, name, read in (
        (re.search(r"a stake of (\d+) rewards", advised), "stake", int),
        (re.search(r"(\d+/\d+) of the batches", advised), "share", str),
        (re.search(r"batches of (\d+) labels", advised), "batch_size", int),
        (re.search(r"right on (\d+)\.0 %", advised), "accuracy", lambda text: Fraction(int(text), 100)),
    ):
        if found and "together" not in advised:
            assert design(**{**asked, name: read(found[1])}).size


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": 1},
        {"classes": 17},
        {"accuracy": "0.5"},
        {"accuracy": "1.1"},
        {"accuracy": "much"},
        {"accuracy": Fraction(1, 10**19)},
        {"accuracy": "1e-999999999"},
        {"accuracy": "1e" + "9" * 5000},
        {"share": "-1/2"},
        {"stake": Decimal(2)},
        {"stake": 0},
        {"reward": 0},
    ],
    ids=str,
)
def test_design__nonsense__refused(changes: dict[str, Any]) -> None:
    question = {"classes": 2, "accuracy": "0.8", "stake": 4, "reward": 1, "share": "1/2", **changes}
    with pytest.raises(errors.ArgumentError):
        design(**question)


def test_check__constant_answer__refused_with_the_figures() -> None:
    check(GoldTerms(CLASSES, (8, 4), 3))
    with pytest.raises(errors.ConstantAnswerPasses, match="errs on 4, so is 4, must be 0 to 3"):
        check(GoldTerms(CLASSES, (8, 4), 4))


def test_check__experts_who_fail__refused_with_the_figures() -> None:
    check(GoldTerms(CLASSES, (20, 20), 4))
    with pytest.raises(errors.ExpertsFail, match="right on 90.0 % of the items fails 77.7 % of the tests, in which 2"):
        check(GoldTerms(CLASSES, (20, 20), 2))
    check(GoldTerms(CLASSES, (20, 20), 2), accuracy="0.97")


@pytest.mark.parametrize(("counts", "batch_size"), [((4, 5), None), ((65, 64), None), ((6, 5), 21)])
def test_check__size__within_the_contracts_bounds(counts: tuple[int, int], batch_size: int | None) -> None:
    with pytest.raises(errors.BadTestSize):
        check(GoldTerms(CLASSES, counts, 0), accuracy=1, batch_size=batch_size)


# ---------------------------------------------------------------- terms


def test_terms__classes_in_any_order__kept_by_their_digests_with_their_counts() -> None:
    terms = GoldTerms(["a", {"b": 1}, 3], (1, 2, 3), 2)
    assert terms == GoldTerms([3, "a", {"b": 1}], (3, 1, 2), 2)
    assert list(terms.digests) == sorted(digest(encode_label(label)) for label in ["a", {"b": 1}, 3])
    assert dict(zip(map(str, terms.classes), terms.counts, strict=True)) == {"a": 1, "{'b': 1}": 2, "3": 3}
    assert GoldTerms.from_json(terms.to_json()) == terms


@pytest.mark.parametrize(
    ("classes", "counts", "error"),
    [
        (["a"], (10,), errors.BadClasses),
        (list(range(17)), (1,) * 17, errors.BadClasses),
        (["a", "a"], (5, 5), errors.ClassesNotRising),
        (["a", "b"], (5,), errors.BadCounts),
        (["a", "b"], (10, 0), errors.BadCounts),
        (["a", "b" * 3000], (5, 5), errors.LabelTooLarge),
    ],
)
def test_terms__bad__refused(classes: list[Any], counts: tuple[int, ...], error: type[errors.GoldleafError]) -> None:
    with pytest.raises(error):
        GoldTerms(classes, counts, 0)


# ---------------------------------------------------------------- the planner


def known_answers(count: int, classes: list[Any] = CLASSES) -> dict[int, Any]:
    return {number: classes[number % len(classes)] for number in range(count)}


@given(
    st.integers(2, 4),
    st.integers(1, 6),
    st.sampled_from(["1/5", "1/2", "1"]),
    st.integers(0, 2**32),
    st.randoms(use_true_random=False),
)
def test_arrange__any_known_items__each_graded_batch_is_balanced(
    classes: int, batches: int, share: str, seed: int, chooser: random.Random
) -> None:
    labels = [f"class {number}" for number in range(classes)]
    terms = GoldTerms(labels, [chooser.randint(5, 7) for _ in labels], 3)
    batch_size = 2 * terms.size + chooser.randint(0, 5)
    items = batches * batch_size
    known = {number: chooser.choice(labels) for number in chooser.sample(range(items), items - chooser.randint(0, 20))}
    held = [list(known.values()).count(label) for label in terms.classes]
    enough = min(count // asked for count, asked in zip(held, terms.counts, strict=True))
    assume(enough > 0)
    plan = arrange(known, items=items, batch_size=batch_size, terms=terms, share=share, seed=seed)

    assert sorted(plan.order) == list(range(items))
    assert plan.known == {place: known[number] for place, number in enumerate(plan.order) if number in known}
    wanted = -(-Fraction(share) * batches // 1)
    assert len(plan.graded) == min(wanted, enough) > 0
    assert plan.short == tuple(max(0, wanted * asked - count) for count, asked in zip(held, terms.counts, strict=True))
    for batch in plan.graded:
        gold, positions = plan.gold(batch), plan.positions(batch)
        assert tuple(map(len, positions)) == terms.counts
        assert all(list(each) == sorted(each) for each in positions)
        assert {batch * batch_size + place for each in positions for place in each} == set(gold)
        for label, each in zip(terms.classes, positions, strict=True):
            assert all(0 <= place < batch_size for place in each)
            assert all(known[plan.order[batch * batch_size + place]] == label for place in each)


def test_arrange__seed__the_same_plan_and_without_one_another_each_time() -> None:
    question: dict[str, Any] = {"items": 80, "batch_size": 20, "terms": TERMS, "share": "1/2"}
    known = known_answers(40)
    assert arrange(known, **question, seed=7) == arrange(known, **question, seed=7)
    assert arrange(known, **question, seed=7) != arrange(known, **question, seed=8)
    assert arrange(known, **question) != arrange(known, **question)


def test_arrange__many_times__every_batch_and_every_place_is_used() -> None:
    plans = [
        arrange(known_answers(40), items=80, batch_size=20, terms=TERMS, share="1/2", seed=seed) for seed in range(60)
    ]
    assert {batch for plan in plans for batch in plan.graded} == {0, 1, 2, 3}
    assert {place % 20 for plan in plans for batch in plan.graded for place in plan.gold(batch)} == set(range(20))
    # What else is known lies anywhere.
    more = arrange(known_answers(50), items=80, batch_size=20, terms=TERMS, share="1/2", seed=1)
    assert len(more.known) == 50 and len(set().union(*map(more.gold, more.graded))) == 20


def test_arrange__too_few_known__grades_what_it_can_and_says_what_is_short() -> None:
    known = {**known_answers(20), 20: "benign", 22: "benign"}
    plan = arrange(known, items=80, batch_size=20, terms=TERMS, share=1, seed=1)
    assert len(plan.graded) == 2
    assert dict(zip(plan.terms.classes, plan.short, strict=True)) == {"benign": 8, "malignant": 10}


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"known": {**known_answers(20), 80: "benign"}}, errors.UnknownItem, "item 80 is not one of the 80 items"),
        ({"known": {-1: "benign"}}, errors.UnknownItem, "item -1"),
        ({"known": {**known_answers(20), 3: "healthy"}}, errors.LabelOutsideSchema, "item 3: 'healthy' is none of"),
        ({"known": dict.fromkeys(range(40), "benign")}, errors.TooFewKnownItems, r"5 of 'malignant' \(0 known\)"),
        ({"known": {}}, errors.TooFewKnownItems, r"5 of 'benign' \(0 known\)"),
        ({"items": 79}, errors.LastBatchNotWhole, "items is 79, must be a multiple of 20"),
        ({"batch_size": 16}, errors.BadTestSize, "must be 10 to 8"),
        ({"share": 0}, errors.ArgumentError, "share is 0, must be above 0"),
        ({"terms": GoldTerms(CLASSES, (5, 5), 5)}, errors.ConstantAnswerPasses, "errs on 5"),
    ],
    ids=str,
)
def test_arrange__bad_input__refused(changes: dict[str, Any], error: type[errors.GoldleafError], said: str) -> None:
    question = {"known": known_answers(40), "items": 80, "batch_size": 20, "terms": TERMS, "share": "1/2", **changes}
    with pytest.raises(error, match=said):
        arrange(question.pop("known"), **question)


def test_plan__as_a_file__the_same_plan_and_no_answers_where_it_is_shown() -> None:
    terms = GoldTerms([0, 1], (5, 5), 4)
    plan = arrange(known_answers(40, [0, 1]), items=80, batch_size=20, terms=terms, share="1/2")
    assert testing.Plan.from_bytes(plan.to_bytes()) == plan
    assert repr(plan) == "Plan(80 items, 40 known, 2 batches graded)"
    for data in (b"{}", b"[", plan.to_bytes().replace(b"goldleaf-gold-1", b"goldleaf-gold-2"), b"[]"):
        with pytest.raises(errors.PlanError):
            testing.Plan.from_bytes(data)
    with pytest.raises(errors.ArgumentError, match="one that is graded"):
        plan.gold(next(batch for batch in range(4) if batch not in plan.graded))


# ---------------------------------------------------------------- no manifest tells the answers


PLAN = arrange(known_answers(40), items=80, batch_size=20, terms=TERMS, share="1/2", seed=3)
ITEMS = [Item.of(f"ipfs://image-{number}", b"pixels %d" % number) for number in range(80)]
SAID: dict[str, Any] = {
    "guidelines": "Benign or malignant? 0: benign, 1: malignant.",
    "label_schema": {"enum": CLASSES},
    "licence": "CC0-1.0",
}


def test_manifest__of_a_plan__in_its_order_with_its_test() -> None:
    manifest = PLAN.manifest(items=ITEMS, **SAID)
    assert [item.uri for item in manifest.items] == [f"ipfs://image-{number}" for number in PLAN.order]
    assert manifest.test == TERMS
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    for number, answer in known_answers(40).items():
        assert manifest.items[PLAN.order.index(number)] == ITEMS[number]
        assert PLAN.known[PLAN.order.index(number)] == answer


def folders(word: str, whose: int) -> list[Item]:
    """Items of every second kind in a folder of their own."""
    return [
        Item.of(f"ipfs://images/{word if number % 2 == whose else 'x'}/{number}", b"%d" % number)
        for number in range(80)
    ]


def listed(form: str) -> str:
    return "\n".join(form % (item, answer) for item, answer in sorted(PLAN.known.items())[:5])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"items": folders("malignant", 1)}, "holds 'malignant', and of no other"),
        # Of whatever name.
        ({"items": folders("b7", 0)}, "holds '(b7|x)', and of no other"),
        # One that was forgotten when the others were renamed.
        (
            {"items": [*ITEMS[:7], Item.of("file:scan_MALIGNANT.png", b""), *ITEMS[8:]]},
            rf"the URI of item {PLAN.order.index(7)} says that it is 'malignant'",
        ),
        ({"guidelines": "As an example, ipfs://image-12 is benign."}, f"name item {PLAN.order.index(12)}, of which"),
        ({"label_schema": {"enum": CLASSES, "examples": [f"0x{ITEMS[3].keccak256.hex()}"]}}, "name item"),
        ({"guidelines": listed("%d: %s")}, "list answers of 5 known items"),
        ({"guidelines": listed("item,label\n%d,%s")}, "list answers of 5 known items"),
        ({"guidelines": listed('{"item":%d,"label":"%s"}')}, "list answers of 5 known items"),
        (
            {"label_schema": {"enum": CLASSES, "gold": {str(item): told for item, told in PLAN.known.items()}}},
            "list answers of 40 known items",
        ),
    ],
)
def test_manifest__that_tells_answers__refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.AnswersInManifest, match=said):
        PLAN.manifest(**{"items": ITEMS, **SAID, **changes})


def test_check__manifest_of_something_else__refused() -> None:
    manifest = PLAN.manifest(items=ITEMS, **SAID)
    with pytest.raises(errors.ManifestError, match="79 items, and the plan is of 80"):
        PLAN.manifest(items=ITEMS[:79], **SAID)
    untested = Manifest(manifest.guidelines, manifest.label_schema, manifest.items, manifest.licence)
    with pytest.raises(errors.ManifestError, match="does not show the test"):
        PLAN.check(untested)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"classes": ["benign", "healthy"]}, "class 'healthy' of the test"),
        ({"classes": ["benign"]}, "its test: gold: bad classes"),
        ({"counts": [5, True]}, "whole numbers"),
        ({"allowed": None}, "whole numbers"),
    ],
)
def test_manifest__bad_test__refused(change: dict[str, Any], said: str) -> None:
    content = from_canonical(PLAN.manifest(items=ITEMS, **SAID).to_bytes())
    content["test"].update(change)
    with pytest.raises(errors.ManifestError, match=said):
        Manifest.from_bytes(to_canonical(content))


def test_examples__of_the_calculator__give_what_they_show() -> None:
    results = doctest.testmod(testing)
    assert results.attempted > 2 and results.failed == 0
