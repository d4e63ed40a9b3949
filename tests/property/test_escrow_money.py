"""The money rules themselves: stakes, penalties, bonds, and who gets what at the end of a fight."""

from hypothesis import given
from hypothesis import strategies as st

from tests.model.escrow import (
    MAX_AMOUNT,
    MAX_BATCH,
    MAX_COST,
    MAX_TOLERANCE_BPS,
    MIN_PENALTY,
    Split,
    challenge_bond,
    penalty_per_error,
    split_conceded,
    split_not_wrong,
    split_undecided,
    split_withheld,
    split_wrong,
    tolerated_errors,
)

Amount = st.integers(1, 1000) | st.integers(1, MAX_AMOUNT)
Labels = st.integers(1, 40) | st.integers(1, MAX_BATCH)
Tolerance = st.integers(0, MAX_TOLERANCE_BPS)
Penalty = st.integers(MIN_PENALTY, 100) | st.integers(MIN_PENALTY, 2**91)
Proven = st.integers(0, 32)
Fee = st.integers(0, 1000) | st.integers(0, MAX_COST)


@given(per_label=Amount, labels=Labels, tolerance=Tolerance)
def test_penalty__any_stake__half_of_it_rides_on_rejection(per_label, labels, tolerance):
    stake = per_label * labels
    errors = tolerated_errors(labels, tolerance) + 1
    penalty = penalty_per_error(stake, errors - 1)
    assert errors <= labels
    assert 2 * errors * penalty <= stake < 2 * errors * (penalty + 1)


@given(labels=st.integers(1, 32), penalty=Penalty, cost=st.integers(0, MAX_COST))
def test_bond__any__pays_each_penalty_and_the_jury_three_times(labels, penalty, cost):
    bond = challenge_bond(labels, penalty, cost)
    assert bond >= labels * penalty
    assert bond >= 3 * cost
    assert bond in (labels * penalty, 3 * cost)


@given(penalty=Penalty, proven=Proven, bond=Fee)
def test_proven__any__takes_the_penalty_and_no_more(penalty, proven, bond):
    conceded, wrong = split_conceded(penalty, proven, bond), split_wrong(penalty, proven, bond)
    assert sum(conceded) == sum(wrong) == penalty * proven + bond
    assert conceded.party == wrong.party == bond + proven * (penalty // 2)
    assert conceded.annotator == proven * (penalty // 4)
    assert wrong.annotator == conceded.defender == wrong.defender == 0
    # What the divisions leave over is the requester's.
    assert 4 * conceded.requester >= penalty * proven
    assert 2 * wrong.requester >= penalty * proven


@given(bond=Fee, fee=Fee)
def test_lost_bond__any_fee__is_shared_out_whole(bond, fee):
    not_wrong, undecided = split_not_wrong(bond, fee), split_undecided(bond, fee)
    assert sum(not_wrong) == sum(undecided) == bond
    assert min(*not_wrong, *undecided) >= 0
    assert not_wrong.party == 0
    assert not_wrong.defender >= min(fee, bond)
    assert not_wrong.defender - min(fee, bond) == not_wrong.annotator
    assert not_wrong.requester in (0, 1)
    assert undecided == Split(party=bond - min(fee // 2, bond), defender=min(fee // 2, bond))


@given(penalty=Penalty, labels=st.integers(1, 32), cost=st.integers(0, 2**80), taken=st.integers(0, 100))
def test_challenge__lost_or_undecided__costs_less_than_its_bond_covers(penalty, labels, cost, taken):
    """While the arbitrator's cost has not risen, the defender gets the whole fee back."""
    fee = cost * taken // 100
    bond = challenge_bond(labels, penalty, cost)
    assert split_not_wrong(bond, fee).defender >= fee
    assert split_undecided(bond, fee).defender == fee // 2


@given(
    per_label=Amount,
    labels=Labels,
    tolerance=Tolerance,
    fights=st.lists(st.tuples(st.sampled_from(["conceded", "wrong"]), st.integers(1, 32)), max_size=40),
    withheld=st.booleans(),
)
def test_stake__any_fights_by_the_annotator_against_themselves__loses_five_eighths(
    per_label, labels, tolerance, fights, withheld
):
    stake = per_label * labels
    tolerated = tolerated_errors(labels, tolerance)
    penalty = penalty_per_error(stake, tolerated)
    errors = returned = 0
    # As many errors as there can be, the rest conceded: nothing pays the annotator more.
    for kind, proven in [*fights, ("conceded", MAX_BATCH)]:
        proven = min(proven, tolerated + 1 - errors - (1 if withheld else 0))
        split = split_conceded(penalty, proven, 0) if kind == "conceded" else split_wrong(penalty, proven, 0)
        errors += proven
        returned += split.party + split.annotator
    if withheld:
        returned += split_withheld(penalty, 0).party
    assert 8 * (stake - returned) >= 5 * stake
