"""Presets: terms that a task can be opened with."""

import doctest
import json
import warnings
from decimal import Decimal
from math import sqrt
from pathlib import Path

import pytest

from goldleaf import economics, errors, presets
from goldleaf.presets import NAMES, PRESETS, preset

UNIT = 10**6
SIMULATED = json.loads((Path(__file__).parents[3] / "docs" / "simulation.json").read_text())


@pytest.mark.parametrize("name", PRESETS)
def test_preset__every_one__has_the_simulated_batch_and_says_whether_it_deters(name: str) -> None:
    [found] = (each for each in SIMULATED["recommended"] if each["kind"] == name)
    chosen = PRESETS[name]
    assert (chosen.batch_size, chosen.deters) == (found["batch"], found["terms"]["deters"])
    honest = [
        1 - run["figures"]["accuracy_all"]
        for run in SIMULATED["scenarios"]
        if run["data"] in found["sets"] and run["scenario"] == "honest"
    ]
    assert chosen.honest_errors == round(max(honest), 3)


@pytest.mark.parametrize("name", PRESETS)
def test_preset__every_one__tolerates_what_honest_people_stay_within(name: str) -> None:
    chosen = PRESETS[name]
    n, wrong = chosen.batch_size, chosen.honest_errors
    within = 10_000 * (wrong + 2 * sqrt(wrong * (1 - wrong) / n))
    assert chosen.tolerance_bps % 500 == 0
    assert chosen.tolerance_bps - 500 < within < chosen.tolerance_bps
    # Two rewards keep the stake rule in any batch, one does not in each.
    assert chosen.stake == 2


def test_presets__labels_that_nobody_gets_right__have_none() -> None:
    assert {each["kind"] for each in SIMULATED["recommended"]} - set(PRESETS) == {"hard"}


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("items", [1, 7, 49, 51, 1000, 1001])
def test_terms__free_juries__need_no_higher_stake(name: str, items: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert preset(name).terms(reward=UNIT, items=items, arbitration_cost=0)["stake"] == 2 * UNIT


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
        terms = preset("easy").terms(reward=UNIT, items=500, arbitration_cost=UNIT)
    assert terms["stake"] == int(UNIT * PRESETS["easy"].stake)
    assert set(terms) == {"reward", *NAMES}


def test_terms__dear_jury__raises_the_stake_to_the_lowest_that_will_do() -> None:
    cost = 100 * UNIT
    with pytest.warns(errors.GoldleafWarning, match="preset easy: stake raised from"):
        terms = preset("easy").terms(reward=UNIT, items=500, arbitration_cost=cost)
    labels, tolerance = terms["batch_size"], terms["tolerance_bps"]

    def holds(stake: int) -> bool:
        return economics.keeps_stake_rule(
            stake=stake, reward=UNIT, labels=labels, tolerance_bps=tolerance, arbitration_cost=cost
        )

    assert holds(terms["stake"]) and not holds(terms["stake"] - 1)


def test_terms__overrides__replace_what_the_preset_says() -> None:
    terms = preset("expert").terms(
        reward=UNIT, items=100, arbitration_cost=1000 * UNIT, stake=Decimal(3), batch_size=10, redundancy=1
    )
    assert (terms["stake"], terms["batch_size"], terms["redundancy"]) == (Decimal(3), 10, 1)
    assert terms["tolerance_bps"] == PRESETS["expert"].tolerance_bps


def test_terms__batches__are_even() -> None:
    terms = preset("easy").terms(reward=UNIT, items=50, arbitration_cost=0)
    assert terms["batch_size"] == 25  # and not 20, 20 and 10


@pytest.mark.parametrize(("reward", "items"), [(0, 1), (economics.MIN_REWARD - 1, 1), (economics.MIN_REWARD, 0)])
def test_terms__too_little_to_pay_or_nothing_to_label__is_refused(reward: int, items: int) -> None:
    with pytest.raises(errors.ArgumentError, match="a reward of 4 base units or more"):
        preset("easy").terms(reward=reward, items=items, arbitration_cost=0)


def test_terms__other_override__is_refused() -> None:
    with pytest.raises(errors.ArgumentError, match="no terms of a preset: deadline"):
        preset("easy").terms(reward=UNIT, items=1, arbitration_cost=0, deadline=5)


def test_preset__unknown__is_refused_with_those_there_are() -> None:
    with pytest.raises(errors.ArgumentError, match="there are expert, easy, subjective, web"):
        preset("hard")


def test_examples__of_the_module__give_what_they_show() -> None:
    results = doctest.testmod(presets)
    assert results.attempted == 2
    assert results.failed == 0
