"""Packed words of the court: whatever is packed is unpacked the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chains import InProcessChain

Address = st.integers(1, 2**160 - 1).map(lambda number: f"0x{number:040x}")


def bits(width: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**width - 1)


@pytest.fixture(scope="module")
def words() -> Any:
    return InProcessChain().deploy("mocks/CourtPackingHarness")


def same(found: Any, packed: tuple[object, ...]) -> bool:
    return [str(value).lower() for value in found] == [str(value).lower() for value in packed]


@given(seat=st.tuples(Address, bits(7), bits(7), bits(40), bits(24), st.booleans()))
def test_seat__any__comes_back(words: Any, seat: Any) -> None:
    assert same(words.repack_seat(seat), seat)


@given(counts=st.tuples(bits(28), bits(24), bits(24), bits(28), bits(28)))
def test_seat_counts__any__comes_back(words: Any, counts: Any) -> None:
    assert same(words.repack_seat_counts(counts), counts)


@given(queue=st.tuples(bits(32), bits(32), bits(32), bits(64), bits(24), bits(32)))
def test_queue__any__comes_back(words: Any, queue: Any) -> None:
    assert same(words.repack_queue(queue), queue)


Case = st.tuples(
    bits(120),
    bits(4),
    bits(40),
    bits(2),
    bits(3),
    st.booleans(),
    bits(2),
    bits(7),
    st.integers(0, 254),
    bits(32),
    bits(32),
)


@given(case=Case, committed=bits(4))
def test_case__any__comes_back(words: Any, case: Any, committed: int) -> None:
    assert same(words.repack_case(case), case)
    assert same(words.with_committed(case, committed), (case[0], committed, *case[2:]))


@given(payer=Address, rest=bits(96))
def test_round__any__comes_back(words: Any, payer: str, rest: int) -> None:
    assert same(words.repack_round(payer, rest), (payer, rest))


Panelist = st.tuples(st.integers(1, 2**28 - 1), Address)


@given(payer=Address, panelists=st.lists(Panelist, min_size=3, max_size=3))
def test_first_panel__any__comes_back_beside_the_payer(words: Any, payer: str, panelists: Any) -> None:
    seats = [seat for seat, _ in panelists]
    found_payer, found = words.repack_first_panel(payer, seats, [holder for _, holder in panelists])
    assert (found_payer.lower(), found) == (payer, seats)


@given(panelists=st.lists(Panelist, max_size=8))
def test_panel__any__comes_back(words: Any, panelists: Any) -> None:
    seats = [seat for seat, _ in panelists]
    assert words.repack_panel(seats, [holder for _, holder in panelists]) == seats


@given(holders=st.lists(Address, max_size=8), place=st.integers(0, 7), stranger=Address)
def test_tagged__holder__is_found_by_the_lowest_bits(words: Any, holders: list[str], place: int, stranger: str) -> None:
    for holder in [*holders[place : place + 1], stranger]:
        tag = int(holder, 16) % 2**4
        assert words.tagged(holders, holder) == sum(
            1 << index for index, other in enumerate(holders) if int(other, 16) % 2**4 == tag
        )


@given(votes=st.lists(st.integers(0, 255), min_size=15, max_size=15), choice=st.integers(0, 254), data=st.data())
def test_votes__at_positions_without_one__are_added(words: Any, votes: list[int], choice: int, data: Any) -> None:
    free = [position for position, vote in enumerate(votes) if vote == 0]
    chosen = data.draw(st.sets(st.sampled_from(free)) if free else st.just(set()))
    expected = [choice + 1 if position in chosen else vote for position, vote in enumerate(votes)]
    assert words.votes(votes, sum(1 << position for position in chosen), choice) == expected
    assert words.count(sum(1 << position for position in chosen)) == len(chosen)


@given(seats=bits(16), data_hash=st.binary(min_size=32, max_size=32), other=st.binary(min_size=32, max_size=32))
def test_holder__any__knows_count_and_data(words: Any, seats: int, data_hash: bytes, other: bytes) -> None:
    assert words.has_shown(seats, data_hash, data_hash) == (seats, True)
    assert words.has_shown(seats, data_hash, other) == (seats, data_hash[:30] == other[:30])


Key = st.tuples(st.integers(1, 2**32 - 1), st.integers(0, 2), st.integers(0, 14), Address)


@given(first=Key, second=Key)
def test_ids__different__do_not_meet(words: Any, first: Any, second: Any) -> None:
    (round_id, panel_id, vote_id), (other_round, other_panel, other_vote) = words.ids(*first), words.ids(*second)
    assert (round_id == other_round) == (first[:2] == second[:2])
    assert (panel_id == other_panel) == ((*first[:2], first[2] // 8) == (*second[:2], second[2] // 8))
    assert (vote_id == other_vote) == ((*first[:2], first[3]) == (*second[:2], second[3]))
