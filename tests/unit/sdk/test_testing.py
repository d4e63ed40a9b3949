"""Tests on known items without a chain: how many it takes, where they lie, and that no manifest tells them."""

import random
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from goldleaf import GoldTerms, Item, Manifest, errors, testing
from goldleaf.canonical import from_canonical, to_canonical
from goldleaf.labels import digest, encode_label
from goldleaf.testing import arrange, chance_to_fail, check, design, income

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
    started = time.process_time()
    found = design(classes=classes, accuracy=accuracy, stake=stake, reward=1, share=share)
    assert time.process_time() - started < 1
    assert (found.size, found.allowed) == expected
    assert found.counts == (expected[0] // classes,) * classes
    assert found.expert >= Fraction(955, 1000)
    assert found.random <= Fraction(-1, 2)
    assert found.half_informed <= 0
    # A constant answer errs on all items but those of its class.
    assert found.size - found.counts[0] > found.allowed
    assert found.constant == 1 - Fraction(share) * (1 + stake)


def test_design__hardest_question__answered_within_a_second() -> None:
    started = time.process_time()
    with pytest.raises(errors.NoTestFits):
        design(classes=2, accuracy="0.512345678901234567", stake=4, reward=1, share="0.512345678901234567")
    assert time.process_time() - started < 1


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
    "changes",
    [
        {"classes": 1},
        {"classes": 17},
        {"accuracy": "0.5"},
        {"accuracy": "1.1"},
        {"accuracy": "much"},
        {"accuracy": Fraction(1, 10**19)},
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
