"""Presets: terms that a task can be opened with."""

import doctest
import json
import warnings
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path

import pytest

from goldleaf import economics, errors, presets, testing
from goldleaf.presets import NAMES, PRESETS, preset

UNIT = 10**6
SIMULATED = json.loads((Path(__file__).parents[3] / "docs" / "simulation.json").read_text())


def test_presets__terms_of_the_test__are_those_of_the_simulation() -> None:
    simulated = [
        {
            "classes": each.classes,
            "counts": list(each.counts),
            "allowed": each.allowed,
            "stake": each.stake,
            "share": each.share,
            "batch_size": each.batch_size,
            "known": float(sum(each.counts) * each.share / each.batch_size),
            "least_accuracy": each.accuracy,
            "tolerance_bps": each.tolerance_bps,
        }
        for each in PRESETS.values()
    ]
    assert simulated == SIMULATED["presets"]


@pytest.mark.parametrize("name", PRESETS)
def test_preset__every_one__tolerates_what_the_least_expert_stays_within(name: str) -> None:
    chosen = PRESETS[name]
    n, wrong = chosen.batch_size, 1 - chosen.accuracy
    within = 10_000 * (wrong + 2 * sqrt(wrong * (1 - wrong) / n))
    assert chosen.tolerance_bps % 500 == 0
    assert chosen.tolerance_bps - 500 < within < chosen.tolerance_bps


@pytest.mark.parametrize("name", PRESETS)
def test_preset__every_one__is_the_smallest_test_for_its_least_expert(name: str) -> None:
    chosen = PRESETS[name]
    found = testing.design(
        classes=chosen.classes, accuracy=chosen.accuracy, stake=4, reward=1, share=chosen.share, batch_size=400
    )
    assert (found.counts, found.allowed) == (chosen.counts, chosen.allowed)
    # Every second batch is graded: a constant answer loses one and a half rewards, any answer at random half of one.
    assert found.constant == Fraction(-3, 2) and found.random <= Fraction(-1, 2)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("items", [1, 7, 49, 51, 1000, 1001])
def test_terms__free_juries__need_no_higher_stake(name: str, items: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "preset .* are no whole batches")
        assert preset(name).terms(reward=UNIT, items=items, arbitration_cost=0)["stake"] == 4 * UNIT


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("items", [1, 7, 49, 51, 1000, 1001])
@pytest.mark.parametrize("cost", [0, UNIT, 1000 * UNIT])
def test_terms__any_task__keeps_the_stake_rule_in_every_batch(name: str, items: int, cost: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.GoldleafWarning)
        terms = preset(name).terms(reward=UNIT, items=items, arbitration_cost=cost)
    size, stake = terms["batch_size"], terms["stake"]
    assert 1 <= size <= items
    for labels in {size, items % size or size}:
        assert economics.keeps_stake_rule(
            stake=stake, reward=UNIT, labels=labels, tolerance_bps=terms["tolerance_bps"], arbitration_cost=cost
        )


def test_terms__cheap_jury__is_the_multiple_of_the_reward() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        terms = preset("two-classes").terms(reward=UNIT, items=500, arbitration_cost=UNIT)
    assert terms["stake"] == int(UNIT * PRESETS["two-classes"].stake)
    assert set(terms) == {"reward", *NAMES}


def test_terms__dear_jury__raises_the_stake_to_the_lowest_that_will_do() -> None:
    cost = 300 * UNIT
    with pytest.warns(errors.GoldleafWarning, match="preset two-classes: stake raised from"):
        terms = preset("two-classes").terms(reward=UNIT, items=500, arbitration_cost=cost)
    labels, tolerance = terms["batch_size"], terms["tolerance_bps"]

    def holds(stake: int) -> bool:
        return economics.keeps_stake_rule(
            stake=stake, reward=UNIT, labels=labels, tolerance_bps=tolerance, arbitration_cost=cost
        )

    assert holds(terms["stake"]) and not holds(terms["stake"] - 1)


def test_terms__overrides__replace_what_the_preset_says() -> None:
    terms = preset("three-classes").terms(
        reward=UNIT, items=100, arbitration_cost=1000 * UNIT, stake=Decimal(3), batch_size=10, redundancy=1
    )
    assert (terms["stake"], terms["batch_size"], terms["redundancy"]) == (Decimal(3), 10, 1)
    assert terms["tolerance_bps"] == PRESETS["three-classes"].tolerance_bps


@pytest.mark.parametrize(
    ("items", "size"),
    [(1100, 110), (1000, 100), (960, 120), (200, 100), (50, 50)],  # 125 is farther from 110 than 100 is
)
def test_terms__batches__are_whole_and_hold_the_test_twice(items: int, size: int) -> None:
    terms = preset("two-classes").terms(reward=UNIT, items=items, arbitration_cost=0)
    assert terms["batch_size"] == size


@pytest.mark.parametrize(("items", "size"), [(43, 43), (1009, 113)])
def test_terms__items_that_are_no_whole_batches__are_even_ones_with_a_warning(items: int, size: int) -> None:
    with pytest.warns(errors.GoldleafWarning, match=f"{items} items are no whole batches of 44 to 220 labels"):
        terms = preset("two-classes").terms(reward=UNIT, items=items, arbitration_cost=0)
    assert terms["batch_size"] == size


@pytest.mark.parametrize(("reward", "items"), [(0, 1), (economics.MIN_REWARD - 1, 1), (economics.MIN_REWARD, 0)])
def test_terms__too_little_to_pay_or_nothing_to_label__is_refused(reward: int, items: int) -> None:
    with pytest.raises(errors.ArgumentError, match="a reward of 4 base units or more"):
        preset("two-classes").terms(reward=reward, items=items, arbitration_cost=0)


def test_terms__other_override__is_refused() -> None:
    with pytest.raises(errors.ArgumentError, match="no terms of a preset: deadline"):
        preset("two-classes").terms(reward=UNIT, items=1, arbitration_cost=0, deadline=5)


def test_preset__unknown__is_refused_with_those_there_are() -> None:
    with pytest.raises(errors.ArgumentError, match="there are two-classes, three-classes, four-classes"):
        preset("hard")


def test_examples__of_the_module__give_what_they_show() -> None:
    results = doctest.testmod(presets)
    assert results.attempted == 4
    assert results.failed == 0
