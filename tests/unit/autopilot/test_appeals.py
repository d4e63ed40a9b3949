"""Whether an appeal is worth its fees: exact probabilities, and simulated trials where the rule has to pay."""

import random
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import NOT_REVEALED, Dispute, Phase
from goldleaf_tools.autopilot import Duty, Policy, Snapshot, Step, plan
from goldleaf_tools.autopilot.appeals import LEAST_CHANCE, Stakes, belief, chance_of_winning, is_worth_it
from goldleaf_tools.autopilot.snapshot import Trial

chances = st.floats(0.01, 0.99)
accuracies = st.floats(0.51, 0.99)
all_votes = st.lists(st.sampled_from([0, 1, 2, NOT_REVEALED]), max_size=12)


def stakes(votes: tuple[int, ...] = (2, 2, 1), **changes: int | float | None) -> Stakes:
    terms = {"bond": 9, "fee": 3, "prize": 3, "chance": 0.9, "cost": 7, "seats": 7, **changes}
    return Stakes(votes=votes, **terms)


def test_belief__votes__as_bayes_has_it() -> None:
    # Prior 3/4, one vote for it and two against it, each right with 4/5: 3/4 * 4/25 against 1/4 * 16/25.
    for_it, against = 0.75 * 0.8 * 0.2**2, 0.25 * 0.2 * 0.8**2
    # Two of the votes take each other's place; one against is left.
    assert belief((1, 2, 2), 0.75, accuracy=0.8) == pytest.approx(for_it / (for_it + against))


@given(all_votes, chances, accuracies)
def test_belief__who_abstains_or_is_silent__says_nothing(votes: list[int], prior: float, accuracy: float) -> None:
    spoken = [vote for vote in votes if vote in (1, 2)]
    assert belief(votes, prior, accuracy=accuracy) == belief(spoken, prior, accuracy=accuracy)
    assert 0 <= belief(votes, prior, accuracy=accuracy) <= 1


@pytest.mark.parametrize("prior", [0, 1])
def test_belief__certain__stays_so(prior: int) -> None:
    assert belief((1, 1, 2, 2, 2), prior, accuracy=0.8) == prior


def test_chance_of_winning__three_seats__as_counted_out() -> None:
    accuracy, prior = 0.7, 0.6
    expected = 0.0
    for is_wrong, votes in product((True, False), product((True, False), repeat=3)):
        weight = prior if is_wrong else 1 - prior
        for right in votes:
            weight *= accuracy if right else 1 - accuracy
        says_wrong = sum(right == is_wrong for right in votes) >= 2
        expected += weight * says_wrong
    assert chance_of_winning((), 3, prior=prior, accuracy=accuracy) == pytest.approx(expected)


def test_chance_of_winning__nobody_knows_how_sure_they_were__as_sure_as_it_takes_to_challenge() -> None:
    asked = {"votes": (2, 2, 1), "seats": 7, "accuracy": 0.8}
    assert chance_of_winning(**asked, prior=None) == chance_of_winning(**asked, prior=LEAST_CHANCE)


@pytest.mark.parametrize(
    ("ruling", "found", "expected"),
    [
        (2, stakes(), True),
        # The more the jurors agree, the less another panel will differ.
        (2, stakes((2, 2, 2)), False),
        (2, stakes(chance=0.3), False),
        (2, stakes(chance=None), False),
        (2, stakes(chance=1), True),
        (2, stakes(chance=0), False),
        # After ruling 0 only the prize and half of the fee are to be won.
        (0, stakes((2, 2, 1), chance=0.7), False),
        (0, stakes((1, 2, 0), chance=0.6), False),
        (0, stakes((1, 2, 0), prize=30), True),
        (0, stakes((1, 2, 0), prize=30, chance=0.3), True),
        (0, stakes((1, 2, 0), prize=30, chance=0.1), False),
        # Who has won does not appeal.
        (1, stakes(prize=10**9), False),
    ],
)
def test_is_worth_it__ruling_votes_and_money__weighed(ruling: int, found: Stakes, expected: bool) -> None:
    assert is_worth_it(ruling, found, accuracy=0.8) == expected


@given(chances, accuracies, st.integers(1, 100), st.integers(0, 100), st.integers(0, 100))
def test_is_worth_it__more_to_win_or_surer__never_less_so(
    chance: float, accuracy: float, cost: int, bond: int, more: int
) -> None:
    if is_worth_it(2, stakes(chance=chance, cost=cost, bond=bond), accuracy=accuracy):
        assert is_worth_it(2, stakes(chance=chance, cost=cost, bond=bond + more), accuracy=accuracy)
        assert is_worth_it(2, stakes(chance=(1 + chance) / 2, cost=cost, bond=bond), accuracy=accuracy)


@pytest.mark.parametrize("prior", [0.5, 0.7, 0.9])
def test_is_worth_it__many_trials__what_is_appealed_gains_and_what_is_not_would_lose(prior: float) -> None:
    chance, accuracy = random.Random(7), 0.7
    gains: dict[bool, list[int]] = {True: [], False: []}

    def vote(is_wrong: bool) -> int:
        right = chance.random() < accuracy
        return 1 if right == is_wrong else 2

    for _ in range(20_000):
        is_wrong = chance.random() < prior
        first = tuple(vote(is_wrong) for _ in range(3))
        if first.count(2) < 2:
            continue
        found = stakes(first, bond=9, prize=3, chance=prior, cost=7, seats=7)
        second = [vote(is_wrong) for _ in range(7)]
        gain = found.bond + found.prize if second.count(1) >= 4 else -found.cost
        gains[is_worth_it(2, found, accuracy=accuracy)].append(gain)
    assert gains[True] or gains[False]
    assert sum(gains[True]) >= 0 and sum(gains[False]) <= 0


# ------------------------------------------------------------ in the plan


def appeals(found: Stakes | None, *, phase: Phase = Phase.APPEAL, ruling: int = 2, **policy: int) -> list[Duty]:
    dispute = Dispute("0x" + "bb" * 20, 2, phase, 1000, 1, ruling, executed=False, settled_count=0)
    trial = Trial(7, dispute, awaited=True, drawn=False, sealed=False, pays=False, stakes=found)
    duties = plan(Snapshot("0x" + "aa" * 20, 100, trials=(trial,)), Policy(**policy))
    return [duty for duty in duties if duty.step == Step.APPEAL]


@pytest.mark.parametrize(
    ("found", "terms"),
    [
        (stakes(), {}),
        (stakes(), {"appeal_up_to": 6}),
        (stakes(), {"appeal_up_to": 7, "phase": Phase.FINAL}),
        (stakes(), {"appeal_up_to": 7, "phase": Phase.REVEAL}),
        (stakes(), {"appeal_up_to": 7, "ruling": 1}),
        (stakes((2, 2, 2)), {"appeal_up_to": 7}),
        # Nobody has looked what hangs on it.
        (None, {"appeal_up_to": 7}),
    ],
)
def test_plan__appeal_not_allowed_or_not_worth_it__none(found: Stakes | None, terms: dict[str, Any]) -> None:
    assert appeals(found, **terms) == []


def test_plan__appeal_is_worth_it__until_the_phase_ends() -> None:
    [duty] = appeals(stakes(), appeal_up_to=7)
    assert (duty.subject, duty.start, duty.end, duty.number) == (7, 100, 1000, 1)


@given(st.integers(0, 2), all_votes, chances, st.integers(1, 20), st.integers(0, 20))
def test_plan__any_trial__appealed_just_when_the_rule_says(
    ruling: int, votes: list[int], chance: float, cost: int, allowed: int
) -> None:
    found = stakes(tuple(votes), chance=chance, cost=cost)
    expected = cost <= allowed and is_worth_it(ruling, found, accuracy=0.8)
    assert bool(appeals(found, ruling=ruling, appeal_up_to=allowed)) == expected
