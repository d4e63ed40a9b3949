"""What challenges are worth, and how labels are grouped."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldleaf import Outcome, economics
from goldleaf_tools.audit.result import Action
from goldleaf_tools.audit.value import ONE, Behaviour, Stakes, expectation, group, propose, proven_first
from goldleaf_tools.rules import money

# Everything is defended, and juries are always right: then only how sure the challenger is counts.
PLAIN = Behaviour(undefended_if_wrong=0, undefended_if_right=0, jury_error=0)
CHEAP = Stakes(reward=2000, stake=4000, labels=1000, arbitration_cost=100, room=100, gas=0)
CHANCES = st.floats(0.0, 1.0)
STAKES = st.builds(
    Stakes,
    reward=st.integers(4, 4000),
    stake=st.integers(100, 5000),
    labels=st.integers(10, 50),
    arbitration_cost=st.integers(0, 2000),
    # More than labels are challenged: none of the challenges rejects.
    room=st.integers(7, 9),
    gas=st.integers(0, 300),
)
BEHAVIOURS = st.builds(
    Behaviour,
    undefended_if_wrong=st.floats(0.3, 1.0),
    undefended_if_right=st.floats(0.0, 0.3),
    jury_error=st.floats(0.0, 0.4),
    undecided=st.floats(0.0, 0.1),
)


def _total(p_wrong: list[float], groups: list[list[int]], stakes: Stakes, behaviour: Behaviour) -> float:
    return sum(expectation([p_wrong[place] for place in one], stakes, behaviour).value for one in groups)


def _partitions(places: list[int]) -> Iterator[list[list[int]]]:
    """All ways to leave out some of the places and to group the others."""
    if not places:
        yield []
        return
    first, rest = places[0], places[1:]
    for groups in _partitions(rest):
        yield groups
        yield [[first], *groups]
        for number, one in enumerate(groups):
            yield [*groups[:number], [first, *one], *groups[number + 1 :]]


@pytest.mark.parametrize(("p_wrong", "pays"), [(0.66, False), (0.67, True)])
def test_expectation__always_defended__pays_from_two_thirds_on(p_wrong: float, pays: bool) -> None:
    assert (expectation([p_wrong], CHEAP, PLAIN).value > 0) is pays


def test_expectation__parts__add_up_by_hand() -> None:
    behaviour = Behaviour(undefended_if_wrong=0.5, undefended_if_right=0.0, jury_error=0.1, undecided=0.1)
    value = expectation([0.9, 0.8], Stakes(2000, 10, 100, arbitration_cost=1000, room=1, gas=7), behaviour)
    won = 0.72 * (0.5 + 0.5 * 0.8) + 0.28 * 0.1
    lost = 0.72 * 0.5 * 0.1 + 0.28 * 0.8
    assert value.p_won == pytest.approx(won) and value.p_lost == pytest.approx(lost)
    # There is room for one label, so it rejects; the bond is that of the jury, which is more than S/8.
    assert value.prize == pytest.approx(won * 500) and value.bond_loss == pytest.approx(lost * 3000)
    assert value.fee_loss == pytest.approx(0.1 * (0.72 * 0.5 + 0.28) * 500) and value.gas == 7
    assert value.bonus == pytest.approx(won * 250)
    assert value.value == pytest.approx(value.prize + value.bonus - value.bond_loss - value.fee_loss - 7)


@given(st.lists(CHANCES, max_size=6), STAKES, BEHAVIOURS)
@settings(max_examples=60, deadline=None)
def test_group__few_labels__is_as_good_as_the_best_of_all_groupings(
    p_wrong: list[float], stakes: Stakes, behaviour: Behaviour
) -> None:
    best = max(_total(p_wrong, groups, stakes, behaviour) for groups in _partitions(list(range(len(p_wrong)))))
    assert _total(p_wrong, group(p_wrong, stakes, behaviour), stakes, behaviour) == pytest.approx(best, abs=1e-6)


@given(st.lists(CHANCES, max_size=60), STAKES, BEHAVIOURS)
@settings(max_examples=60, deadline=None)
def test_group__any_labels__each_group_is_worth_something_and_none_is_beyond_the_room(
    p_wrong: list[float], stakes: Stakes, behaviour: Behaviour
) -> None:
    proposals = propose(1, dict(enumerate(p_wrong)), stakes, behaviour)
    filed = [one for one in proposals if one.action is Action.FILE]
    places = [item for one in filed for item in one.items]
    assert len(set(places)) == len(places) <= stakes.room
    for number, one in enumerate(filed):
        assert 1 <= len(one.items) <= economics.MAX_CHALLENGED
        assert one.expectation.value > 0
        assert one.bond >= stakes.least_bond(len(one.items))
        # Only what fills the room may reject, and it is the last.
        fills = sum(len(before.items) for before in filed[: number + 1]) == stakes.room
        assert (one.bonus > 0) <= fills and (not fills or number == len(filed) - 1)


@given(st.lists(st.floats(0.5, 1.0), min_size=7, max_size=12), STAKES, BEHAVIOURS)
@settings(max_examples=60, deadline=None)
def test_group__enough_labels_to_reject__is_worth_no_less_than_without_the_bonus(
    p_wrong: list[float], stakes: Stakes, behaviour: Behaviour
) -> None:
    labels = dict(enumerate(p_wrong))
    # A bonus of nothing: all of the stake's part is taken away.
    without = replace(stakes, stake=0)
    worth = [
        sum(one.expectation.value for one in propose(1, labels, terms, behaviour) if one.action is Action.FILE)
        for terms in (stakes, without)
    ]
    assert worth[0] >= worth[1] - 1e-6


@given(st.lists(CHANCES, min_size=1, max_size=9), STAKES, BEHAVIOURS, st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_expectation__best_bond__is_no_worse_than_any_other(
    p_wrong: list[float], stakes: Stakes, behaviour: Behaviour, more: int
) -> None:
    stakes = replace(stakes, room=len(p_wrong))
    best = expectation(p_wrong, stakes, behaviour)
    bond = stakes.least_bond(len(p_wrong)) + more
    other = best.prize + best.p_won * stakes.bonus(bond) - best.p_lost * bond - best.fee_loss - best.gas
    assert best.value >= other - 1e-3


def test_propose__sure_enough_to_reject__locks_an_eighth_of_the_stake() -> None:
    stakes = Stakes(reward=2000, stake=4000, labels=100, arbitration_cost=100, room=3, gas=0)
    (one,) = propose(7, dict.fromkeys(range(3), 0.95), replace(stakes, arbitration_cost=6000), PLAIN)
    assert (one.items, one.prize, one.bonus, one.bond) == ((0, 1, 2), 3 * 500, 100_000, 50_000)
    # If it hangs on an error that hardly anybody will prove, the least bond, which earns what it earns.
    unlikely = ((0, ONE - ONE // 20), (1, ONE // 20))
    (one,) = propose(7, {0: 0.9}, replace(stakes, room=2, ahead=unlikely), PLAIN)
    assert (one.bonus, one.bond) == (2 * 1000, 1000)


def test_propose__others_may_not_be_proven__the_bonus_counts_by_that_chance() -> None:
    stakes = Stakes(reward=2000, stake=4000, labels=100, arbitration_cost=100, room=2, gas=0)
    (sure,) = propose(7, {0: 0.9}, replace(stakes, ahead=((1, ONE),)), PLAIN)
    (less,) = propose(7, {0: 0.9}, replace(stakes, ahead=((0, ONE // 2), (1, ONE // 2))), PLAIN)
    assert less.expectation.bonus == pytest.approx(sure.expectation.bonus / 2)
    assert less.expectation.prize == sure.expectation.prize


def test_propose__others_may_reject_first__prize_and_bonus_count_by_the_chance_that_they_do_not() -> None:
    stakes = Stakes(reward=2000, stake=4000, labels=100, arbitration_cost=100, room=1, gas=0)
    (first,) = propose(7, {0: 0.99}, stakes, PLAIN)
    (behind,) = propose(7, {0: 0.99}, replace(stakes, ahead=((0, ONE // 4), (1, ONE - ONE // 4))), PLAIN)
    assert behind.expectation.bonus == pytest.approx(first.expectation.bonus / 4)
    assert behind.expectation.prize == pytest.approx(first.expectation.prize / 4)
    # Where they surely do, there is nothing to win, and nothing is thought of.
    assert propose(7, {0: 0.99}, replace(stakes, ahead=((1, ONE),)), PLAIN) == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, ONE)), max_size=6), st.integers(1, 12))
def test_proven_first__any_challenges__are_all_their_ends_by_chance(
    challenges: list[tuple[int, int]], room: int
) -> None:
    found = dict(proven_first(challenges, room))
    assert sum(found.values()) == ONE and all(0 <= proven <= room for proven in found)
    expected: dict[int, float] = defaultdict(float)
    for ends in product((False, True), repeat=len(challenges)):
        proven = min(room, sum(labels for (labels, _), won in zip(challenges, ends, strict=True) if won))
        expected[proven] += prod(
            won / ONE if is_won else 1 - won / ONE for (_, won), is_won in zip(challenges, ends, strict=True)
        )
    assert {proven: found.get(proven, 0) / ONE for proven in expected} == pytest.approx(expected, abs=1e-9)


def test_group__dear_gas__bundles_sure_labels() -> None:
    stakes = Stakes(2000, 4000, 1000, arbitration_cost=10_000, room=100, gas=100)
    assert group([0.999] * 3, stakes, PLAIN) == [[0, 1, 2]]
    assert group([0.97], stakes, PLAIN) == []


def test_propose__sure_and_unsure_labels__files_the_sure_ones() -> None:
    proposals = propose(7, {4: 0.99, 9: 0.3, 2: 0.98}, CHEAP, PLAIN)
    assert {item for one in proposals for item in one.items} == {2, 4}
    assert all(one.action is Action.FILE and one.expectation.value > 0 for one in proposals)


def test_propose__nothing_worth_it__leaves_the_nearest_and_says_why() -> None:
    (proposal,) = propose(7, {4: 0.5, 9: 0.3}, CHEAP, PLAIN)
    assert proposal.action is Action.LEAVE and proposal.items == (4,) and "not worth" in proposal.why
    assert propose(7, {}, CHEAP, PLAIN) == []


def test_propose__least_value__is_asked_of_each() -> None:
    (proposal,) = propose(7, {4: 0.99}, CHEAP, PLAIN, least_value=10**6)
    assert proposal.action is Action.LEAVE


@pytest.mark.parametrize(
    ("outcome", "p_wrong", "behaviour"),
    [
        (Outcome.UNANSWERED, 1.0, Behaviour(undefended_if_wrong=1, jury_error=0)),
        (Outcome.WRONG, 1.0, Behaviour(undefended_if_wrong=0, jury_error=0)),
        (Outcome.NOT_WRONG, 0.0, Behaviour(jury_error=0)),
        (Outcome.UNDECIDED, 0.5, Behaviour(undefended_if_wrong=0, jury_error=0, undecided=1)),
    ],
)
@pytest.mark.parametrize("labels", [1, 3, 10])
@pytest.mark.parametrize("room", [3, 11])
def test_expectation__an_outcome_that_is_certain__is_what_the_rules_pay(
    outcome: Outcome, p_wrong: float, behaviour: Behaviour, labels: int, room: int
) -> None:
    reward, stake, cost = 400, 1000, 60
    stakes = Stakes(reward=reward, stake=stake, labels=40, arbitration_cost=cost, room=room, gas=0)
    found = expectation([p_wrong] * labels, stakes, behaviour)
    least = max(labels * reward // 2, 3 * cost)
    proves = outcome in (Outcome.UNANSWERED, Outcome.WRONG)
    proven = min(labels, room) if proves else 0
    bonds = {least, max(least, stake * 40 // 8)}
    paid = {
        money.split(outcome, bond=bond, fee=cost, challenged=labels, proven=proven, reward=reward).challenger
        + (money.rejection_bonus(stake=stake * 40, bond=bond) if proven == room else 0)
        - bond
        for bond in bonds
    }
    # With the bond that pays best.
    assert found.value == max(paid)
