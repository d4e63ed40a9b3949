"""Tally and settlement: a right appeal is paid back in full, the court is never short, and nothing is lost or made.

Over all votes of the smaller rounds, and random ones of all, on the model; the contract is held against it on samples.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain, combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf.types import Phase
from goldleaf_tools.rules.court import Vote
from goldleaf_tools.rules.jury import PANELS, PENALTY, Settlement, Standing, Votes, settlement, standing
from tests.stateful.chain import account
from tests.stateful.court_world import CourtPair, CourtWorld, appeals

# Two choices besides "cannot be decided", and not revealing. More choices only make pluralities smaller.
BALLOTS = (None, 0, 1, 2)


@cache
def all_votes(size: int) -> list[Votes]:
    """Up to the order of the seats, which no rule looks at but for the remainder of a share."""
    return [list(votes) for votes in combinations_with_replacement(BALLOTS, size)]


@cache
def results(size: int) -> list[Votes]:
    """For each result that a round can have, the votes with the fewest and the most seats on the winning side."""
    by_result: dict[Standing, list[Votes]] = {}
    for votes in all_votes(size):
        by_result.setdefault(standing([votes]), []).append(votes)
    extremes = []
    for result, patterns in by_result.items():
        patterns.sort(key=lambda votes: (votes.count(result.ruling), votes.count(None)))
        extremes += [patterns[0], patterns[-1]]
    return extremes


def small_disputes() -> Iterator[list[Votes]]:
    """All votes of rounds of 3 and of 3 and 7; with a third round all of its results."""
    for first in all_votes(PANELS[0]):
        yield [first]
        for second in all_votes(PANELS[1]):
            yield [first, second]
            for third in results(PANELS[2]):
                yield [first, second, third]


def check(rounds: list[Votes]) -> list[int]:
    """Checks all that the settlement of these rounds promises; returns what each refunded pot had to spare."""
    outcomes = settlement(rounds)
    final = standing(rounds)
    assert sorted(outcome.round for outcome in outcomes) == list(range(len(rounds)))
    assert final.deciding_round is None or outcomes[-1].round == final.deciding_round

    # Nothing is lost or made.
    fees = sum(map(len, rounds))
    penalties = PENALTY * sum(len(outcome.fined) for outcome in outcomes)
    assert sum(outcome.pot + outcome.refund + outcome.carried for outcome in outcomes) == fees + penalties

    # No pot is short: whoever is paid gets at least the fee, and what is left goes on.
    spare = []
    for outcome in outcomes:
        assert not set(outcome.paid) & set(outcome.fined)
        own = len(rounds[outcome.round]) + PENALTY * len(outcome.fined) - outcome.refund - outcome.carried
        assert own >= len(outcome.paid)
        assert outcome.pot >= len(outcome.paid)
        if outcome.refund and final.deciding_round is not None:
            spare.append(own - len(outcome.paid))

    # A right appeal costs nothing; a wrong one is not paid back.
    refunds = {outcome.refunded_round: outcome.refund for outcome in outcomes if outcome.refund}
    for number, (attacked, cost) in enumerate(appeals(rounds), 1):
        was_right = final.deciding_round is not None and not final.tied and attacked != final.ruling
        assert refunds.get(number, 0) == (cost if was_right or final.deciding_round is None else 0)
    check_jurors(rounds, outcomes, final)
    return spare


def check_jurors(rounds: list[Votes], outcomes: list[Settlement], final: Standing) -> None:
    """Who voted with the ruling is paid and never fined, who was absent is always fined."""
    for outcome in outcomes:
        for position, vote in enumerate(rounds[outcome.round]):
            if vote is None:
                assert position in outcome.fined
            elif final.tied or vote == final.ruling:
                assert position in outcome.paid
            else:
                assert position in outcome.fined


def test_settlement__all_votes_of_small_rounds__right_appeals_are_refunded_and_no_pot_is_short():
    spare = [check(rounds) for rounds in small_disputes()]
    assert len(spare) > 25_000
    # Of three seats one voted with the final ruling: 3 fees and 8 of penalties, less 7 for the appeal and 1 for it.
    assert min(chain.from_iterable(spare)) == 3


def votes_of(size: int) -> st.SearchStrategy[Votes]:
    return st.lists(st.none() | st.integers(0, 4), min_size=size, max_size=size)


def disputes_of(fewest: int, most: int) -> st.SearchStrategy[tuple[Votes, ...]]:
    """Disputes of so many rounds."""
    return st.integers(fewest, most).flatmap(lambda count: st.tuples(*map(votes_of, PANELS[:count])))


@given(rounds=disputes_of(1, 3))
def test_settlement__random_votes__right_appeals_are_refunded_and_no_pot_is_short(rounds):
    check(list(rounds))


@given(votes=st.lists(st.none() | st.integers(0, 4), max_size=15))
def test_standing__any_votes__is_the_only_most_voted_choice_or_0(votes):
    counts = {choice: votes.count(choice) for choice in range(5)}
    most = [choice for choice, count in counts.items() if count == max(counts.values())]
    revealed = any(vote is not None for vote in votes)
    assert standing([votes]).ruling == (most[0] if len(most) == 1 else 0)
    assert standing([votes]).tied == (revealed and len(most) > 1)


# The contract against the model


@cache
def world() -> CourtWorld:
    """A court in which each of 15 holders has one seat."""
    return CourtWorld([account(number) for number in range(20, 35)], join_delay=1)


@pytest.fixture(scope="module")
def opened() -> Iterator[CourtPair]:
    pair = CourtPair(world())
    for actor in world().actors:
        pair.deposit(actor, 2 * world().parameters.seat_price)
        seat = pair.join(actor, 1)
        pair.travel(1)
        pair.ready(seat)
    yield pair
    pair.undo()


def play(pair: CourtPair, rounds: list[Votes]) -> int:
    """A dispute whose rounds are voted as told, up to its last settlement."""
    number = pair.create_dispute(0, 4, world().actors[0])
    dispute = pair.model.disputes[number]
    for index, votes in enumerate(rounds):
        if index:
            assert pair.appeal(world().actors[index], number)
        pair.travel(2, 2)
        assert pair.draw() == number
        voters = [pair.model.seats[seat].holder for seat in dispute.rounds[-1].seats]
        for holder, choice in zip(voters, votes, strict=True):
            if choice is not None:
                assert pair.commit_vote(holder, number, Vote(number, index, holder, choice, 1))
        if pair.model.phase(dispute)[0] == Phase.COMMIT:
            pair.travel(pair.model.phase(dispute)[1] - pair.model.now)
        for holder, choice in zip(voters, votes, strict=True):
            if choice is not None:
                assert pair.reveal_vote(number, holder, choice, 1)
        pair.travel(pair.model.phase(dispute)[1] - pair.model.now)
    if len(rounds) < len(PANELS):
        pair.travel(world().parameters.appeal_period)
    for _ in rounds:
        assert pair.settle(number)
        pair.compare(everything=False)
    return number


@contextmanager
def alone(opened: CourtPair) -> Iterator[CourtPair]:
    """A run from where the court was opened, which is undone."""
    pair = CourtPair(world(), like=opened)
    try:
        yield pair
    finally:
        pair.undo()


def play_alone(opened: CourtPair, rounds: list[Votes]) -> None:
    with alone(opened) as pair:
        number = play(pair, rounds)
        pair.compare()
        paid_back = {round for dispute, round in pair.refunds if dispute == number}
    final = standing(rounds)
    for index, (attacked, _) in enumerate(appeals(rounds), 1):
        was_right = not final.tied and attacked != final.ruling
        assert (index in paid_back) == (was_right or final.deciding_round is None)


def test_contract__all_votes_of_three_seats__settles_as_the_model(opened):
    for votes in product(BALLOTS, repeat=PANELS[0]):
        play_alone(opened, [votes])


@given(rounds=disputes_of(2, 3))
def test_contract__random_votes__settles_as_the_model(opened, rounds):
    play_alone(opened, list(rounds))


@given(disputes=st.lists(disputes_of(1, 2), max_size=3))
def test_contract__one_dispute_after_another__holds_what_it_owes(opened, disputes):
    with alone(opened) as pair:
        for rounds in disputes:
            # Seats that have lost everything are missing in the end.
            if len(pair.model.listed) >= PANELS[len(rounds) - 1]:
                play(pair, list(rounds))
                pair.compare()
