"""Decisions, at the borders that the protocol's documentation names."""

import random

import pytest

from goldleaf.economics import MAX_CHALLENGED, bond
from scripts._simulation import choices
from scripts._simulation.jury import EACH_IS_WRONG, NOT_EACH_IS_WRONG, hear

PENALTY, COST = 9, 3


@pytest.mark.parametrize(("doubt", "pays"), [(0.66, False), (0.67, True)])
def test_worth_challenging__two_thirds__is_where_it_begins_to_pay(doubt: float, pays: bool) -> None:
    groups = choices.worth_challenging([doubt], 1, PENALTY, COST, error=0)
    assert groups == ([[0]] if pays else [])


def test_worth_challenging__one_weak_label__does_not_spoil_the_strong_ones() -> None:
    assert choices.worth_challenging([0.5, 1.0, 1.0], 3, PENALTY, COST, error=0) == [[1, 2]]


def test_worth_challenging__more_than_counts__is_left() -> None:
    groups = choices.worth_challenging([1.0] * 50, 40, PENALTY, COST, error=0)
    assert [len(group) for group in groups] == [MAX_CHALLENGED, 8]


def test_worth_challenging__penalties_far_below_the_jury__is_nothing() -> None:
    assert choices.worth_challenging([0.95], 1, 1, 1000, error=0) == []


@pytest.mark.parametrize("share", [0.28, 0.30])
def test_annotator_defends__about_a_third__is_the_border(share: float) -> None:
    """The bond being three fees and the penalty: 2w/3 - 4(1 - w)/3 > -3/4 from a chance w of 7/24 on."""
    doubt = next(d / 1000 for d in range(1000) if 1 - choices.each_wrong([d / 1000]) <= share)
    stake = bond(challenged=1, penalty=PENALTY, arbitration_cost=COST)
    told = choices.annotator_defends([doubt], penalty=PENALTY, bond=stake, cost=COST, error=0, on_rejection=0)
    assert told is (share > 7 / 24)


def test_annotator_defends__rejection_at_stake__defends_sooner() -> None:
    terms = {"penalty": PENALTY, "bond": 9, "cost": COST, "error": 0.0}
    assert not choices.annotator_defends([0.5], **terms, on_rejection=0)
    assert choices.annotator_defends([0.5], **terms, on_rejection=100)


@pytest.mark.parametrize(("doubt", "defends"), [(0.15, True), (0.5, False)])
def test_stranger_defends__more_than_half_sure__pays(doubt: float, defends: bool) -> None:
    assert choices.stranger_defends([doubt], bond=9, cost=COST, error=0) is defends


def test_appeals__a_third_of_the_panel__is_enough() -> None:
    assert choices.appeals((1, 2, 1), 1, bond=10, cost=7)
    assert not choices.appeals((1, 1, 1), 1, bond=10, cost=7)
    assert not choices.appeals((1, 2, 1), 1, bond=7, cost=7)


def test_hear__jurors_without_error__rule_the_truth_at_once() -> None:
    hearing = hear(random.Random(1), NOT_EACH_IS_WRONG, 0, lambda *_: None)
    assert hearing.ruling == NOT_EACH_IS_WRONG and hearing.rounds == ((2, 2, 2),)


def test_hear__always_appealed__has_three_panels_and_refunds_the_right_appeals() -> None:
    overturned = 0
    for seed in range(200):
        hearing = hear(random.Random(seed), EACH_IS_WRONG, 0.4, lambda _votes, ruling, number: f"{number} {ruling}")
        assert [len(votes) for votes in hearing.rounds] == [3, 7, 15]
        first = 1 if hearing.rounds[0].count(1) > 1 else 2
        assert hearing.refunds().get(f"0 {first}", 0) == (7 if first != hearing.ruling else 0)
        overturned += first != hearing.ruling
    assert 20 < overturned < 180
