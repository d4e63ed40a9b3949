"""What challenges are worth, and how labels are grouped."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldleaf import economics
from goldleaf_tools.audit.result import Action
from goldleaf_tools.audit.value import Behaviour, Stakes, expectation, group, propose

# Everything is defended, and juries are always right: then only how sure the challenger is counts.
PLAIN = Behaviour(undefended_if_wrong=0, undefended_if_right=0, jury_error=0)
CHEAP = Stakes(penalty=1000, arbitration_cost=100, room=100, gas=0)
CHANCES = st.floats(0.0, 1.0)
STAKES = st.builds(
    Stakes,
    penalty=st.integers(4, 2000),
    arbitration_cost=st.integers(0, 2000),
    room=st.integers(6, 9),
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
    value = expectation([0.9, 0.8], Stakes(penalty=1000, arbitration_cost=1000, room=1, gas=7), behaviour)
    won = 0.72 * (0.5 + 0.5 * 0.8) + 0.28 * 0.1
    lost = 0.72 * 0.5 * 0.1 + 0.28 * 0.8
    assert value.p_won == pytest.approx(won) and value.p_lost == pytest.approx(lost)
    # There is room for one label; the bond is that of the jury.
    assert value.prize == pytest.approx(won * 500) and value.bond_loss == pytest.approx(lost * 3000)
    assert value.fee_loss == pytest.approx(0.1 * (0.72 * 0.5 + 0.28) * 500) and value.gas == 7
    assert value.value == pytest.approx(value.prize - value.bond_loss - value.fee_loss - 7)


@given(st.lists(CHANCES, max_size=6), STAKES, BEHAVIOURS)
@settings(max_examples=60, deadline=None)
def test_group__few_labels__is_as_good_as_the_best_of_all_groupings(
    p_wrong: list[float], stakes: Stakes, behaviour: Behaviour
) -> None:
    best = max(_total(p_wrong, groups, stakes, behaviour) for groups in _partitions(list(range(len(p_wrong)))))
    assert _total(p_wrong, group(p_wrong, stakes, behaviour), stakes, behaviour) == pytest.approx(best, abs=1e-6)


@given(st.lists(CHANCES, max_size=60), STAKES, BEHAVIOURS)
@settings(max_examples=60, deadline=None)
def test_group__any_labels__loses_nothing_by_its_weakest(
    p_wrong: list[float], stakes: Stakes, behaviour: Behaviour
) -> None:
    groups = group(p_wrong, stakes, behaviour)
    places = [place for one in groups for place in one]
    assert len(set(places)) == len(places) <= stakes.room
    for one in groups:
        assert 1 <= len(one) <= economics.MAX_CHALLENGED
        chances = sorted((p_wrong[place] for place in one), reverse=True)
        without = expectation(chances[:-1], stakes, behaviour).value if len(one) > 1 else 0.0
        assert expectation(chances, stakes, behaviour).value >= without - 1e-6


def test_group__dear_gas__bundles_sure_labels() -> None:
    stakes = Stakes(penalty=1000, arbitration_cost=10_000, room=100, gas=100)
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
