from hypothesis import given
from hypothesis import strategies as st

from goldleaf import economics

labels = st.integers(1, 4096)
tolerances = st.integers(0, 5000)


@given(st.integers(1, 2**80 - 1), labels, tolerances)
def test_penalty__one_more_error_than_tolerated__takes_half_of_the_stake(stake: int, n: int, bps: int) -> None:
    penalty = economics.penalty(stake=stake, labels=n, tolerance_bps=bps)
    errors = economics.tolerated(labels=n, tolerance_bps=bps) + 1
    assert penalty * errors <= stake * n // 2 < (penalty + 1) * errors
    assert economics.worst_loss(stake=stake, labels=n) == stake * n


@given(labels, tolerances, st.integers(0, 2**90))
def test_minimum_stake__any_batch__keeps_the_jury_rule_and_one_less_does_not(n: int, bps: int, cost: int) -> None:
    stake = economics.minimum_stake(labels=n, tolerance_bps=bps, arbitration_cost=cost)
    assert economics.keeps_jury_rule(stake=stake, labels=n, tolerance_bps=bps, arbitration_cost=cost)
    if stake > 1:
        assert not economics.keeps_jury_rule(stake=stake - 1, labels=n, tolerance_bps=bps, arbitration_cost=cost)


def test_bond__few_labels_and_many__three_juries_or_the_penalties() -> None:
    assert economics.bond(challenged=3, penalty=490_196, arbitration_cost=3_000_000) == 9_000_000
    assert economics.bond(challenged=32, penalty=490_196, arbitration_cost=3_000_000) == 32 * 490_196


def test_worked_numbers__thousand_labels__as_documented() -> None:
    assert economics.tolerated(labels=1000, tolerance_bps=500) == 50
    assert economics.penalty(stake=50_000, labels=1000, tolerance_bps=500) == 490_196
    assert economics.minimum_stake(labels=1000, tolerance_bps=500, arbitration_cost=3_000_000) == 6000
