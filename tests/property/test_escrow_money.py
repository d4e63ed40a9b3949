"""The money rules themselves: stakes, penalties, bonds, and who gets what at the end of a fight."""

from hypothesis import given
from hypothesis import strategies as st

from goldleaf.economics import BPS, bond, penalty, tolerated
from goldleaf.types import Outcome
from goldleaf_tools.rules.escrow import MAX_AMOUNT, MAX_BATCH, MAX_COST, MAX_TOLERANCE_BPS, MIN_PENALTY
from goldleaf_tools.rules.money import Split, split, split_withheld

Amount = st.integers(1, 1000) | st.integers(1, MAX_AMOUNT)
Labels = st.integers(1, 40) | st.integers(1, MAX_BATCH)
Tolerance = st.integers(0, MAX_TOLERANCE_BPS)
Penalty = st.integers(MIN_PENALTY, 100) | st.integers(MIN_PENALTY, 2**91)
Proven = st.integers(0, 32)
Fee = st.integers(0, 1000) | st.integers(0, MAX_COST)


@given(per_label=Amount, labels=Labels, tolerance=Tolerance)
def test_penalty__any_stake__half_of_it_rides_on_rejection(per_label, labels, tolerance):
    stake = per_label * labels
    errors = tolerated(labels=labels, tolerance_bps=tolerance) + 1
    each = penalty(stake=per_label, labels=labels, tolerance_bps=tolerance)
    assert errors <= labels
    assert (errors - 1) * BPS <= labels * tolerance < errors * BPS
    assert 2 * errors * each <= stake < 2 * errors * (each + 1)


@given(labels=st.integers(1, 32), penalty=Penalty, cost=st.integers(0, MAX_COST))
def test_bond__any__pays_each_penalty_and_the_jury_three_times(labels, penalty, cost):
    asked = bond(challenged=labels, penalty=penalty, arbitration_cost=cost)
    assert asked >= labels * penalty
    assert asked >= 3 * cost
    assert asked in (labels * penalty, 3 * cost)


@given(penalty=Penalty, proven=Proven, bond=Fee)
def test_proven__any__takes_the_penalty_and_no_more(penalty, proven, bond):
    conceded, wrong, unanswered = (
        split(outcome, bond=bond, fee=0, proven=proven, penalty=penalty)
        for outcome in (Outcome.CONCEDED, Outcome.WRONG, Outcome.UNANSWERED)
    )
    assert wrong == unanswered
    assert sum(conceded) == sum(wrong) == penalty * proven + bond
    assert conceded.party == wrong.party == bond + proven * (penalty // 2)
    assert conceded.annotator == proven * (penalty // 4)
    assert wrong.annotator == conceded.defender == wrong.defender == 0
    # What the divisions leave over is the requester's.
    assert 4 * conceded.requester >= penalty * proven
    assert 2 * wrong.requester >= penalty * proven


@given(bond=Fee, fee=Fee)
def test_lost_bond__any_fee__is_shared_out_whole(bond, fee):
    not_wrong, undecided = (
        split(outcome, bond=bond, fee=fee, proven=0, penalty=0) for outcome in (Outcome.NOT_WRONG, Outcome.UNDECIDED)
    )
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
    paid = bond(challenged=labels, penalty=penalty, arbitration_cost=cost)
    assert split(Outcome.NOT_WRONG, bond=paid, fee=fee, proven=0, penalty=penalty).defender >= fee
    assert split(Outcome.UNDECIDED, bond=paid, fee=fee, proven=0, penalty=penalty).defender == fee // 2


@given(
    per_label=Amount,
    labels=Labels,
    tolerance=Tolerance,
    fights=st.lists(st.tuples(st.sampled_from([Outcome.CONCEDED, Outcome.WRONG]), st.integers(1, 32)), max_size=40),
    withheld=st.booleans(),
)
def test_stake__any_fights_by_the_annotator_against_themselves__loses_five_eighths(
    per_label, labels, tolerance, fights, withheld
):
    stake = per_label * labels
    least = tolerated(labels=labels, tolerance_bps=tolerance) + 1
    each = penalty(stake=per_label, labels=labels, tolerance_bps=tolerance)
    errors = returned = 0
    # As many errors as there can be, the rest conceded: nothing pays the annotator more.
    for outcome, proven in [*fights, (Outcome.CONCEDED, MAX_BATCH)]:
        proven = min(proven, least - errors - (1 if withheld else 0))
        paid = split(outcome, bond=0, fee=0, proven=proven, penalty=each)
        errors += proven
        returned += paid.party + paid.annotator
    if withheld:
        returned += split_withheld(bond=0, penalty=each).party
    assert 8 * (stake - returned) >= 5 * stake
