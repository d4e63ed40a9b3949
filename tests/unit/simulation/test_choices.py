"""Decisions, at the borders that the protocol's documentation names."""

import random
from dataclasses import replace

import pytest

from goldleaf.economics import MAX_CHALLENGED, least_bond
from scripts._simulation import choices
from scripts._simulation.choices import Bet, Market
from scripts._simulation.jury import EACH_IS_WRONG, NOT_EACH_IS_WRONG, hear

REWARD, COST = 20, 3
# So much is tolerated that nothing is rejected.
PATIENT = Market(reward=REWARD, stake=10_000, tolerated=99, cost=COST, error=0)


@pytest.mark.parametrize(("doubt", "pays"), [(0.66, False), (0.67, True)])
def test_worth_challenging__two_thirds__is_where_it_begins_to_pay(doubt: float, pays: bool) -> None:
    bets = choices.worth_challenging([doubt], PATIENT)
    assert bets == ([Bet([0], 10)] if pays else [])


def test_worth_challenging__one_weak_label__does_not_spoil_the_strong_ones() -> None:
    assert choices.worth_challenging([0.5, 1.0, 1.0], PATIENT) == [Bet([1, 2], 20)]


def test_worth_challenging__more_than_a_challenge_holds__is_split() -> None:
    bets = choices.worth_challenging([1.0] * 40, PATIENT)
    assert [len(bet.places) for bet in bets] == [MAX_CHALLENGED, 8]


def test_worth_challenging__rewards_far_below_the_jury__is_nothing() -> None:
    assert choices.worth_challenging([0.95], replace(PATIENT, cost=1000)) == []


def test_worth_challenging__one_more_than_is_tolerated__is_the_rejection_with_the_bond_for_all_of_the_bonus() -> None:
    # Single prizes of 5 against bonds of 3,000 are worth nothing.
    market = Market(reward=REWARD, stake=40_000, tolerated=40, cost=1000, error=0)
    bets = choices.worth_challenging([1.0] * 50, market)
    assert [len(bet.places) for bet in bets] == [20, 21]
    assert [bet.bond for bet in bets] == [3000, 5000]
    assert sorted(place for bet in bets for place in bet.places) == list(range(41))


def test_worth_challenging__rejection_in_doubt__does_not_raise_the_bond() -> None:
    market = Market(reward=REWARD, stake=1000, tolerated=0, cost=COST, error=0)
    [sure], [doubtful] = (choices.worth_challenging([doubt], market) for doubt in (0.4, 0.3))
    # Of each unit more, two are won with the chance of the rejection, and one is lost else.
    assert (sure.bond, doubtful.bond) == (125, 10)
    assert choices.worth_challenging([0.2], market) == []


def test_worth_challenging__too_few_doubts_to_reject__is_single() -> None:
    market = Market(reward=REWARD, stake=40_000, tolerated=2, cost=COST, error=0)
    assert choices.worth_challenging([1.0, 1.0], market) == [Bet([0, 1], 20)]


@pytest.mark.parametrize("share", [0.09, 0.11])
def test_annotator_defends__fee_over_bond_and_pay__is_the_border(share: float) -> None:
    """Winning is better than conceding by 10 - 3 + 20, losing worse by 3: from a chance of 3/30 of winning on."""
    bond = least_bond(challenged=1, reward=REWARD, arbitration_cost=COST)
    assert bond == 10
    doubt = next(d / 1000 for d in range(1000) if 1 - choices.each_wrong([d / 1000]) <= share)
    assert choices.annotator_defends([doubt], lost=REWARD, bond=bond, cost=COST, error=0) is (share > 0.1)


def test_annotator_defends__rejection_at_stake__defends_sooner() -> None:
    terms = {"bond": 10, "cost": COST, "error": 0.0}
    assert not choices.annotator_defends([0.8], **terms, lost=REWARD)
    assert choices.annotator_defends([0.8], **terms, lost=1000)


@pytest.mark.parametrize("bond", [9, 100])
@pytest.mark.parametrize(("doubt", "defends"), [(0.15, True), (0.5, False)])
def test_stranger_defends__more_than_half_sure__pays_whatever_the_bond(doubt: float, defends: bool, bond: int) -> None:
    """What is above the least bond is the annotator's, and makes nobody else bolder."""
    assert choices.stranger_defends([doubt], bond=bond, cost=COST, reward=REWARD, error=0) is defends


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
