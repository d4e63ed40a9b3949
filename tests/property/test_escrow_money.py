"""The money rules themselves: stakes, prizes, bonds, and who gets what at the end of a challenge and by a rejection."""

from hypothesis import given
from hypothesis import strategies as st

from goldleaf.economics import BPS
from goldleaf.types import Outcome
from goldleaf_tools.rules.escrow import MAX_AMOUNT, MAX_BATCH, MAX_COST, MAX_TOLERANCE_BPS, MIN_REWARD
from goldleaf_tools.rules.money import (
    Split,
    availability_bonus,
    keeps_stake_rule,
    least_bond,
    prize,
    rejection,
    rejection_bonus,
    split,
)

Reward = st.integers(MIN_REWARD, 100) | st.integers(MIN_REWARD, MAX_AMOUNT)
Labels = st.integers(1, 40) | st.integers(1, MAX_BATCH)
Tolerance = st.integers(0, MAX_TOLERANCE_BPS)
Bond = st.integers(0, 1000) | st.integers(0, 3 * MAX_COST)
Fee = st.integers(0, 1000) | st.integers(0, MAX_COST)
PROVEN = [Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG]


@st.composite
def submissions(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Reward, labels, tolerated errors and stake by the rule: often the least stake of all."""
    reward, labels, tolerance = draw(Reward), draw(Labels), draw(Tolerance)
    tolerated = labels * tolerance // BPS
    least = 2 * reward * (tolerated + 1)
    stake = least + draw(st.integers(0, 16) | st.integers(0, MAX_AMOUNT * labels))
    assert keeps_stake_rule(stake=stake, reward=reward, tolerated=tolerated, arbitration_cost=stake // 2)
    assert not keeps_stake_rule(stake=stake, reward=reward, tolerated=tolerated, arbitration_cost=stake // 2 + 1)
    assert not keeps_stake_rule(stake=least - 1, reward=reward, tolerated=tolerated, arbitration_cost=0)
    return reward, labels, tolerated, stake


@given(reward=Reward)
def test_prize__any_reward__is_something_and_at_most_a_quarter(reward):
    assert prize(reward) >= 1
    assert 4 * prize(reward) <= reward < 4 * (prize(reward) + 1)


@given(challenged=st.integers(1, 32), reward=Reward, cost=st.integers(0, MAX_COST))
def test_least_bond__any__covers_half_of_the_pay_and_the_jury_three_times(challenged, reward, cost):
    asked = least_bond(challenged=challenged, reward=reward, arbitration_cost=cost)
    assert 2 * asked + 1 >= challenged * reward
    assert asked >= max(1, 3 * cost)
    assert asked in (challenged * reward // 2, 3 * cost)
    # What is won without a rejection is at most half of what is risked.
    assert challenged * prize(reward) <= (2 * asked + 1) // 2


@given(reward=Reward, proven=st.integers(0, 32), bond=Bond)
def test_proven__any__pays_the_bond_and_a_prize_for_each(reward, proven, bond):
    """Whether it was conceded, unanswered or ruled makes no difference to anybody's part of it."""
    for outcome in PROVEN:
        paid = split(outcome, bond=bond, fee=0, challenged=32, proven=proven, reward=reward)
        assert paid == Split(challenger=bond + proven * prize(reward))


@given(bond=Bond, fee=Fee, challenged=st.integers(1, 32), reward=Reward)
def test_lost_bond__any_fee__is_shared_out_whole(bond, fee, challenged, reward):
    not_wrong, undecided, not_heard, void = (
        split(outcome, bond=bond, fee=fee, challenged=challenged, proven=0, reward=reward)
        for outcome in (Outcome.NOT_WRONG, Outcome.UNDECIDED, Outcome.NOT_HEARD, Outcome.VOID)
    )
    assert sum(not_wrong) == sum(undecided) == bond
    assert min(*not_wrong, *undecided) >= 0
    assert not_wrong.challenger == 0
    assert not_wrong.defender >= min(fee, bond)
    # The premium is half of what is left, but of a large bond no more than of the least one.
    premium, most = not_wrong.defender - min(fee, bond), max(fee, challenged * reward // 4)
    assert premium in (most, not_wrong.annotator, not_wrong.annotator - 1)
    assert premium <= min(most, not_wrong.annotator)
    assert not_wrong.sink == 0
    assert undecided == Split(challenger=bond - min(fee // 2, bond), defender=min(fee // 2, bond))
    assert not_heard == void == Split(challenger=bond)


@given(reward=Reward, challenged=st.integers(1, 32), cost=st.integers(0, 2**80), taken=st.integers(0, 100))
def test_challenge__lost_or_undecided__costs_less_than_its_bond_covers(reward, challenged, cost, taken):
    """While the arbitrator's cost has not risen, the defender gets the whole fee back."""
    fee = cost * taken // 100
    bond = least_bond(challenged=challenged, reward=reward, arbitration_cost=cost)
    assert split(Outcome.NOT_WRONG, bond=bond, fee=fee, challenged=challenged, proven=0, reward=reward).defender >= fee
    assert split(Outcome.UNDECIDED, bond=bond, fee=fee, challenged=1, proven=0, reward=reward).defender == fee // 2


@given(submission=submissions(), bond=Bond, withheld=st.booleans(), data=st.data())
def test_rejection__of_any_submission__shares_stake_and_pay_out_whole(submission, bond, withheld, data):
    """E1, E7: the requester's part is of the pay alone, and E8: 5/8 of the stake are lost to whoever filed."""
    reward, labels, tolerated, stake = submission
    errors = data.draw(st.integers(0, tolerated)) if withheld else tolerated + 1
    bonus = (availability_bonus if withheld else rejection_bonus)(stake=stake, bond=bond)
    paid = rejection(stake=stake, labels=labels, errors=errors, reward=reward, bonus=bonus)
    prizes = errors * prize(reward)
    assert 8 * (prizes + bonus) <= 3 * stake
    assert prizes + bonus + paid.sink + paid.requester == stake + reward * labels
    assert reward * errors <= paid.requester <= reward * labels
    # Nobody rejects to have the labels for nothing: what was right in them is paid for, up to half of the stake.
    assert reward * labels - paid.requester == min(reward * (labels - errors), stake // 2)
    assert paid.sink >= 5 * stake // 8
    assert bonus <= 2 * bond if not withheld else bonus <= 4 * bond


@given(submission=submissions(), data=st.data())
def test_stake__within_the_tolerance__comes_back_whole_out_of_the_pay(submission, data):
    """E3, E9: what is locked covers all prizes, and the pay of what was wrong covers them again."""
    reward, labels, tolerated, stake = submission
    errors = data.draw(st.integers(0, tolerated))
    locked = stake - errors * prize(reward)
    assert locked > 0
    to_annotator, to_requester = stake + reward * (labels - errors), errors * (reward - prize(reward))
    assert to_annotator + to_requester == locked + reward * labels
    # E8: what the author proves wrong of it earns them a quarter of its pay at most.
    assert errors * 4 * prize(reward) <= errors * reward
