"""The draw: distinct seats, every one as likely as any other, the same whoever draws."""

from collections import Counter

from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from goldleaf_tools.rules.jury import PANELS, draw_panel

COURT = "0x" + "c0" * 20


@given(
    seed=st.binary(min_size=32, max_size=32),
    dispute=st.integers(1, 2**32 - 1),
    round=st.integers(0, 2),
    spare=st.integers(0, 100),
)
def test_draw__any_seed__gives_distinct_seats_of_the_list(seed, dispute, round, spare):
    candidates = range(5, 5 + PANELS[round] + spare)
    panel = draw_panel(seed, COURT, dispute, round, candidates)
    assert len(set(panel)) == PANELS[round]
    assert set(panel) <= set(candidates)


def test_draw__many_seeds__every_seat_is_as_likely_in_every_position():
    candidates, draws, round = range(1, 11), 3_000, 1
    counts = [Counter[int]() for _ in range(PANELS[round])]
    for number in range(draws):
        for position, seat in enumerate(draw_panel(keccak(b"%d" % number), COURT, 1, round, candidates)):
            counts[position][seat] += 1
    expected = draws / len(candidates)
    for count in counts:
        chi_squared = sum((count[seat] - expected) ** 2 / expected for seat in candidates)
        # Nine degrees of freedom: beyond 33.7 once in 10,000.
        assert chi_squared < 33.7


def test_draw__same_seed__differs_between_disputes_rounds_and_courts():
    seed, candidates = keccak(b"seed"), range(1000)
    panels = [
        tuple(draw_panel(seed, court, dispute, round, candidates)[:3])
        for court in (COURT, "0x" + "c1" * 20)
        for dispute in (1, 2)
        for round in (0, 1, 2)
    ]
    assert len(set(panels)) == len(panels)
