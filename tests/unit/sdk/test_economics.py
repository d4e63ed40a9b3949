"""What things cost: by the protocol's formulas, which the tools' rules state on their own."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import Outcome, economics
from goldleaf_tools.rules import money

labels = st.integers(1, 4096)
tolerances = st.integers(0, 8000)
amounts = st.integers(1, 2**80 - 1)
costs = st.integers(0, 2**94)


@given(amounts, labels, st.integers(1, 32), costs, st.integers(0, 2**100))
def test_formulas__any_amounts__are_those_of_the_rules(
    reward: int, n: int, challenged: int, cost: int, bond: int
) -> None:
    stake = n * reward
    assert economics.prize(reward) == money.prize(reward)
    assert economics.least_bond(challenged=challenged, reward=reward, arbitration_cost=cost) == money.least_bond(
        challenged=challenged, reward=reward, arbitration_cost=cost
    )
    assert economics.crossing_bonus(stake=reward, labels=n, bond=bond) == money.rejection_bonus(stake=stake, bond=bond)
    assert economics.availability_bonus(stake=reward, labels=n, availability_bond=bond) == money.availability_bonus(
        stake=stake, bond=bond
    )


@given(st.integers(0, 2**100), costs, st.integers(1, 32), amounts)
def test_defence__any_bond_and_fee__is_that_of_the_rules(bond: int, fee: int, challenged: int, reward: int) -> None:
    lost = money.split(Outcome.NOT_WRONG, bond=bond, fee=fee, challenged=challenged, proven=0, reward=reward)
    assert economics.defence(bond=bond, fee=fee, challenged=challenged, reward=reward) == (
        lost.defender,
        lost.annotator,
    )


@given(amounts, amounts, labels, tolerances, costs)
def test_keeps_stake_rule__any_terms__is_that_of_the_rules(
    stake: int, reward: int, n: int, bps: int, cost: int
) -> None:
    tolerated = economics.tolerated(labels=n, tolerance_bps=bps)
    kept = economics.keeps_stake_rule(stake=stake, reward=reward, labels=n, tolerance_bps=bps, arbitration_cost=cost)
    assert kept == money.keeps_stake_rule(stake=stake * n, reward=reward, tolerated=tolerated, arbitration_cost=cost)


@given(amounts, labels)
def test_crossing_bond__any_stake__earns_all_of_the_bonus_and_one_less_does_not(stake: int, n: int) -> None:
    bond = economics.crossing_bond(stake=stake, labels=n)
    most = stake * n // 4
    assert economics.crossing_bonus(stake=stake, labels=n, bond=bond) == most
    if bond:
        assert economics.crossing_bonus(stake=stake, labels=n, bond=bond - 1) < most


@given(amounts, labels, tolerances, costs)
def test_minimum_stake__any_batch__keeps_the_stake_rule_and_one_less_does_not(
    reward: int, n: int, bps: int, cost: int
) -> None:
    rule = {"reward": reward, "labels": n, "tolerance_bps": bps, "arbitration_cost": cost}
    stake = economics.minimum_stake(**rule)
    assert economics.keeps_stake_rule(stake=stake, **rule)
    assert stake == 1 or not economics.keeps_stake_rule(stake=stake - 1, **rule)


@given(amounts, labels, tolerances)
def test_minimum_stake__free_juries__is_two_rewards_at_most(reward: int, n: int, bps: int) -> None:
    stake = economics.minimum_stake(reward=reward, labels=n, tolerance_bps=bps, arbitration_cost=0)
    assert stake <= 2 * reward
    # So much is what a rejection can take of it in prizes: the stake can advance them all.
    errors = economics.tolerated(labels=n, tolerance_bps=bps) + 1
    assert errors * economics.prize(reward) <= stake * n // 8


def test_least_bond__few_labels_and_many__three_juries_or_half_of_the_pay() -> None:
    assert economics.least_bond(challenged=3, reward=750_000, arbitration_cost=3_000_000) == 9_000_000
    assert economics.least_bond(challenged=32, reward=750_001, arbitration_cost=3_000_000) == 12_000_016
    assert economics.least_bond(challenged=1, reward=5, arbitration_cost=0) == 2


def test_highest_availability_bond__low_stake_and_high__is_never_below_the_reward() -> None:
    assert economics.highest_availability_bond(stake=1, labels=10, reward=50_000) == 50_000
    assert economics.highest_availability_bond(stake=3_000_000, labels=2, reward=50_000) == 375_000


@pytest.mark.parametrize(
    ("fixed_at", "opened_at", "starts"),
    [
        (1_000, 0, 1_300),  # waived long before the deadline
        (1_300, 0, 1_300),  # not opened
        (1_700, 1_290, 1_700),  # settled late
        (1_295, 1_290, 1_690),  # void at once
        (1_010, 500, 1_300),  # void long before the deadline
    ],
)
def test_graded_publish_end__outcome_early_and_late__leaves_who_comes_in_time_a_publish_period(
    fixed_at: int, opened_at: int, starts: int
) -> None:
    end = economics.graded_publish_end(
        deadline=1_000,
        publish_period=50,
        opening_period=300,
        dispute_period=400,
        fixed_at=fixed_at,
        opened_at=opened_at,
    )
    assert end == starts + 50


def test_examples__of_the_module__give_what_they_show() -> None:
    results = doctest.testmod(economics)
    assert results.attempted == 8
    assert results.failed == 0
