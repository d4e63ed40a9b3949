"""The retrial's rules of draws, votes and shares against the reference model's, which the contract is held against."""

from hypothesis import given
from hypothesis import strategies as st

from goldleaf_tools.verify import jury
from tests.model import court as model

COURT = "0x" + "Cc" * 20
VOTES = st.one_of(st.none(), st.integers(0, 3))


@st.composite
def rounds(draw: st.DrawFn) -> list[list[int | None]]:
    """The votes of one to three rounds."""
    return [draw(st.lists(VOTES, min_size=size, max_size=size)) for size in jury.PANELS[: draw(st.integers(1, 3))]]


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**32 - 1), st.integers(0, 2), st.integers(0, 60))
def test_draw_panel__any_seed__as_the_model(seed: bytes, dispute: int, number: int, listed: int) -> None:
    candidates = list(range(1, listed + 1))
    found = jury.draw_panel(seed, COURT, dispute, number, candidates)
    if listed < jury.PANELS[number]:
        assert found is None
    else:
        assert list(found or ()) == model.draw_panel(seed, COURT, dispute, number, candidates)


@given(rounds())
def test_standing__any_votes__as_the_model(votes: list[list[int | None]]) -> None:
    found, expected = jury.standing(votes), model.standing(votes)
    assert (found.ruling, found.tied, found.maker) == (expected.ruling, expected.tied, expected.maker)


@given(rounds())
def test_share__any_votes__as_the_model(votes: list[list[int | None]]) -> None:
    outcomes = model.settlement(votes)
    assert jury.order(votes) == [outcome.round for outcome in outcomes]
    maker, left = jury.standing(votes).maker, 0
    for outcome in outcomes:
        share = jury.share(votes, outcome.round)
        assert (list(share.paid), list(share.fined), share.refund) == (outcome.paid, outcome.fined, outcome.refund)
        if share.paid:
            assert share.pot + (left if outcome.round == maker else 0) == outcome.pot
        elif maker is None:
            assert share.pot == outcome.carried
        else:
            left += share.pot
