"""Truth estimated where answers overlap."""

import json
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from crowdkit.aggregation import OneCoinDawidSkene

from goldleaf_tools.audit.answers import Answers
from goldleaf_tools.audit.calibration import CORRELATION, Evidence, fit_correlation, measure
from goldleaf_tools.audit.estimate import Estimate, estimate
from goldleaf_tools.audit.grid import STEPS
from goldleaf_tools.audit.models import _frame, _OneCoin
from goldleaf_tools.audit.result import Estimator
from goldleaf_tools.audit.rulings import Rulings
from goldleaf_tools.errors import AnswersError
from scripts._estimators import TABLE, load, table_of
from tests.processor import OtherProcessor


def _answers(rows: list[tuple[str, int, bytes]]) -> Answers:
    return Answers.from_columns(
        annotator=[row[0] for row in rows], item=[(1, row[1]) for row in rows], label=[row[2] for row in rows]
    )


@pytest.mark.parametrize("name", ["mammo", "bluebirds"])
def test_table_of__real_set__is_what_was_measured(name: str) -> None:
    measured, kept = table_of(name), json.loads(TABLE.read_text())[name]
    for one, figures in measured.pop("estimators").items():
        for key, value in figures.items():
            assert value == pytest.approx(kept["estimators"][one][key], abs=2e-3)
    del kept["estimators"]
    assert measured.pop("log loss on hidden answers") == pytest.approx(kept.pop("log loss on hidden answers"), abs=2e-3)
    assert measured == kept


def test_estimators__real_sets__are_better_calibrated_than_without() -> None:
    for name, kept in json.loads(TABLE.read_text()).items():
        chosen = kept["estimators"][kept["chosen with gold"]]
        assert chosen["by other gold"]["brier"] < chosen["uncalibrated"]["brier"], name
        assert chosen["by other gold"]["ece"] < 0.06, name


def test_estimate__gold_of_half_the_items__finds_the_other_half_better_than_the_majority() -> None:
    answers, gold = load("bluebirds")
    shown = {item: label for item, label in gold.items() if item[1] % 2}
    estimated, known = estimate(answers, shown), answers.gold_codes(gold)
    unseen = np.array([item not in shown for item in answers.items])
    assert np.mean(estimated.consensus[unseen] == known[unseen]) > 0.8
    assert estimated.choice.criterion == "gold" and estimated.choice.estimator is Estimator.DAWID_SKENE


def test_estimate__gold__marks_labels_outright() -> None:
    answers, gold = load("mammo")
    estimated, known = estimate(answers, gold), answers.gold_codes(gold)
    assert np.array_equal(estimated.p_wrong == 1, answers.label != known[answers.item])
    assert set(estimated.p_wrong.tolist()) == {0.0, 1.0}


def test_estimate__twice__is_the_same() -> None:
    answers, gold = load("mammo")
    first, second = estimate(answers, gold), estimate(answers, gold)
    assert np.array_equal(first.p_wrong, second.p_wrong) and first.choice == second.choice
    assert first.calibration == second.calibration and first.annotators() == second.annotators()


def _tied(names: str = "abcd") -> list[tuple[str, int, bytes]]:
    """Half of the annotators say one thing of each item, the other half another."""
    return [(name, item, b"%d" % ((item + place) % 2)) for place, name in enumerate(names) for item in range(40)]


def _gold_half(name: str) -> Callable[[], Estimate]:
    answers, gold = load(name)
    return lambda: estimate(answers, {item: label for item, label in gold.items() if item[1] % 2})


@pytest.mark.parametrize(
    "made",
    [
        *(
            pytest.param(partial(estimate, _answers(_tied(names)), estimators=[one]), id=f"{names} tied, {one.value}")
            for names in ("ab", "abcd")
            for one in Estimator
        ),
        pytest.param(partial(estimate, _answers(_tied()[:-40:3])), id="tied in part"),
        pytest.param(_gold_half("mammo"), id="mammo"),
        pytest.param(lambda: estimate(load("bluebirds")[0]), id="bluebirds"),
        pytest.param(
            partial(
                estimate,
                _answers([(name, item, b'"%d %d"' % (item, name > "b")) for name in "abcd" for item in range(40)]),
            ),
            id="free-form",
        ),
    ],
)
def test_estimate__processor_with_other_last_bits__is_the_same(
    made: Callable[[], Estimate], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = made()
    OtherProcessor(monkeypatch, 1)
    there = made()
    assert np.array_equal(here.p_wrong, there.p_wrong) and np.array_equal(here.believed, there.believed)
    assert (here.choice, here.calibration) == (there.choice, there.calibration)
    assert here.annotators() == there.annotators()


@pytest.mark.parametrize("estimator", [Estimator.MAJORITY, Estimator.ONE_COIN, Estimator.DAWID_SKENE])
def test_estimate__as_many_for_as_against__a_tie_that_doubts_nobody(estimator: Estimator) -> None:
    estimated = estimate(_answers(_tied()), estimators=[estimator])
    assert set(estimated.p_wrong.tolist()) == {0.5}
    assert np.array_equal(estimated.believed, estimated.answers.label) and set(estimated.consensus.tolist()) == {-1}


def test_estimate__three_of_three_classes__a_tie_though_each_is_probably_wrong() -> None:
    estimated = estimate(_answers([(name, 0, b"%d" % place) for place, name in enumerate("abc")]))
    assert np.all(estimated.p_wrong > 0.6) and np.array_equal(estimated.believed, estimated.answers.label)


def test_estimate__two_tie_against_a_third__the_third_is_doubted_and_nothing_is_said_to_be_true() -> None:
    rows = [(name, 0, label) for name, label in zip("abcde", (b"0", b"0", b"1", b"1", b"2"), strict=True)]
    estimated = estimate(_answers(rows))
    assert estimated.believed.tolist() == [0, 0, 1, 1, -1]


def test_estimate__ruled_right__as_if_known_and_others_wrong() -> None:
    answers = _answers([*((name, item, b"0") for name in "ab" for item in range(4)), ("c", 0, b"1"), ("d", 0, b"1")])
    estimated = estimate(answers, rulings=Rulings(right={(1, 0): b"1"}))
    chances = {
        (answers.annotators[who], answers.items[item][1]): chance
        for who, item, chance in zip(answers.annotator, answers.item, estimated.p_wrong, strict=True)
    }
    assert [chances[name, 0] for name in "abcd"] == [1, 1, 0, 0]
    # Whoever was wrong there is doubted more elsewhere, and gold is another thing than rulings.
    plain = estimate(answers)
    assert set(estimated.gold.tolist()) == {-1}
    assert estimated.p_wrong[answers.item == 1][0] >= plain.p_wrong[answers.item == 1][0]


def test_estimate__ruled_wrong__no_chance_that_it_is_right_and_the_others_share_it() -> None:
    answers = _answers([(name, 0, label) for name, label in zip("abcde", (b"0", b"0", b"1", b"1", b"2"), strict=True)])
    estimated = estimate(answers, rulings=Rulings(wrong={(1, 0): frozenset({b"0", b'"not a class"'})}))
    assert estimated.p_wrong.tolist()[:2] == [1, 1] and estimated.consensus.tolist() == [1]
    assert estimated.posterior is not None and estimated.posterior.sum() == pytest.approx(1, abs=1e-5)
    # All of them wrong: then nothing is known.
    nothing = estimate(answers, rulings=Rulings(wrong={(1, 0): frozenset({b"0", b"1", b"2"})}))
    assert np.array_equal(nothing.p_wrong, estimate(answers).p_wrong)


def test_estimate__gold_against_a_ruling__the_auditor_s_own_counts() -> None:
    answers = _answers([(name, 0, label) for name, label in zip("ab", (b"0", b"1"), strict=True)])
    ruled = Rulings(right={(1, 0): b"1"}, wrong={(1, 0): frozenset({b"0"})})
    assert estimate(answers, {(1, 0): b"0"}, rulings=ruled).p_wrong.tolist() == [0, 1]


def test_estimate__free_form_rulings__of_the_item_s_own_labels() -> None:
    rows = [(name, item, b'"%d %d"' % (item, name == "c")) for name in "abc" for item in range(40)]
    estimated = estimate(
        _answers(rows),
        rulings=Rulings(right={(1, 0): b'"0 1"'}, wrong={(1, 1): frozenset({b'"1 0"'})}),
    )
    answers = estimated.answers
    for item, chances in ((0, {b'"0 1"': 0, b'"0 0"': 1}), (1, {b'"1 0"': 1})):
        rows_of = np.flatnonzero(answers.item == item)
        for label, chance in chances.items():
            here = [estimated.p_wrong[row] for row in rows_of if answers.classes[answers.label[row]] == label]
            assert here and set(here) == {chance}


def test_estimate__no_answer__is_refused() -> None:
    with pytest.raises(AnswersError, match="no answer"):
        estimate(_answers([]))


@pytest.mark.parametrize(
    "rows",
    [
        [("a", item, b"%d" % (item % 2)) for item in range(8)],
        [(name, item, b"1") for name in "abc" for item in range(40)],
        [(name, 0, b"%d" % place) for place, name in enumerate("abc")],
        [(name, item, b'"%s text %d"' % (name.encode(), item)) for name in "abc" for item in range(40)],
        [(name, item, b"%d" % (item % 3)) for name in "abc" for item in range(40)],
    ],
    ids=["one annotator", "one class", "one item", "free-form, all differ", "all alike"],
)
def test_estimate__odd_tasks__gives_chances_that_are_never_certain(
    rows: list[tuple[str, int, bytes]],
) -> None:
    estimated = estimate(_answers(rows))
    assert len(estimated.p_wrong) == len(rows)
    assert np.all((estimated.p_wrong > 0) & (estimated.p_wrong < 1))
    for one in estimated.annotators():
        assert 0 <= one.low <= one.accuracy <= one.high <= 1


def test_estimate__one_annotator__is_believed_as_the_prior_says() -> None:
    estimated = estimate(_answers([("a", item, b"%d" % (item % 2)) for item in range(8)]))
    assert estimated.p_wrong == pytest.approx(0.25) and estimated.annotators()[0].agreement is None


def test_estimate__free_form_where_two_agree__doubts_the_third() -> None:
    rows = [(name, item, b'"%d %d"' % (item, name == "c")) for name in "abc" for item in range(40)]
    estimated = estimate(_answers(rows))
    doubts = [estimated.p_wrong[estimated.answers.annotator == place].mean() for place in range(3)]
    assert estimated.posterior is None and doubts[2] > 0.5 > max(doubts[:2])


def test_estimate__gold_that_nobody_said__makes_all_labels_wrong() -> None:
    rows = [(name, item, b"%d" % (item % 2)) for name in "ab" for item in range(6)]
    estimated = estimate(_answers(rows), {(1, 0): b'"other"'})
    assert estimated.p_wrong[estimated.answers.item == 0].tolist() == [1.0, 1.0]
    assert estimated.answers.classes[estimated.consensus[0]] == b'"other"'


def test_one_coin__as_crowdkit_has_it__is_the_same() -> None:
    class OnGrid(OneCoinDawidSkene):
        _e_step = staticmethod(_OneCoin._e_step)

    frame = _frame(load("mammo")[0])
    found = _OneCoin(n_iter=5).fit_predict_proba(frame)
    np.testing.assert_allclose(found, OnGrid(n_iter=5).fit_predict_proba(frame)[[0, 1]], atol=1e-9)
    # And the grid moves it by no more than its own step.
    np.testing.assert_allclose(found, OneCoinDawidSkene(n_iter=5).fit_predict_proba(frame)[[0, 1]], atol=1 / STEPS)


def test_fit_correlation__more_certain_than_right__is_raised() -> None:
    scores = np.tile([[9.0, 0.0]], (200, 1))
    evidence = Evidence(scores, np.array([0.5, 0.5]), np.full(200, 9))
    often_wrong = (np.arange(200) % 4 == 0).astype(np.int32)
    assert fit_correlation(evidence, often_wrong) > CORRELATION > fit_correlation(evidence, np.zeros(200, np.int32))
    assert fit_correlation(evidence.at(np.arange(0)), often_wrong[:0]) == pytest.approx(CORRELATION, rel=1e-2)


def test_measure__by_hand__gives_brier_and_calibration_error() -> None:
    figures = measure(np.array([0.25, 0.25, 0.95]), np.array([True, False, True]))
    assert figures.brier == pytest.approx((0.75**2 + 0.25**2 + 0.05**2) / 3)
    assert figures.ece == pytest.approx((2 * 0.25 + 0.05) / 3)
    assert [one.count for one in figures.bins] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1]
