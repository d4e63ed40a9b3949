"""Packed words of tasks, submissions and challenges: each is laid out as its picture in `packing.vy` shows."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chains import CONTRACTS, InProcessChain

FIELD = re.compile(r"\| (\w+) (\d+) ")
# word -> its struct, or what makes a word of two values, low fields first as in the picture
PACKED = {
    "terms": "terms",
    "pay": "pay",
    "progress": "progress",
    "requester": "address",
    "arbitrator": "address",
    "gate": "address",
    "submission": "submission",
    "challenge": "challenge",
    "money": "money",
}
FLAGS = {"gated", "graded", "closed", "cancelled", "publishes_directly"}
# How many members the enumerations have, by word and field.
MEMBERS = {("submission", "state"): 6, ("challenge", "state"): 5, ("challenge", "kind"): 2}
ACCOUNTS = {"token", "requester", "arbitrator", "gate", "annotator", "challenger"}


def picture(word: str) -> list[tuple[str, int]]:
    """Fields of a word with their widths, the lowest first."""
    text = (CONTRACTS / "modules" / "escrow" / "packing.vy").read_text()
    line = re.search(rf"^ +{word} +(\|.*\|)$", text, re.MULTILINE)
    assert line, f"no picture of {word}"
    return [(name, int(width)) for name, width in reversed(FIELD.findall(line[1]))]


def value(word: str, field: str, width: int) -> st.SearchStrategy[Any]:
    if field in FLAGS:
        return st.booleans()
    if (word, field) in MEMBERS:
        return st.integers(0, MEMBERS[word, field] - 1).map(lambda bit: 1 << bit)
    number = st.integers(0, 2**width - 1) | st.just(2**width - 1)
    return number.map(lambda n: f"0x{n:040x}") if field in ACCOUNTS else number


def plain(found: Any) -> list[Any]:
    return [part.lower() if isinstance(part, str) else int(part) for part in found]


@pytest.fixture(scope="module")
def words() -> Any:
    return InProcessChain().deploy("mocks/EscrowPackingHarness")


@pytest.mark.parametrize("word", PACKED)
@given(data=st.data())
def test_word__any_values__is_as_pictured_and_comes_back(words: Any, word: str, data: Any) -> None:
    fields = picture(word)
    assert sum(width for _, width in fields) == 256
    kind = PACKED[word]
    expected, unused, offset, values = 0, 0, 0, []
    for field, width in fields:
        # No field of a struct reads what is unused.
        if field == "unused" and kind != "address":
            unused |= data.draw(st.integers(0, 2**width - 1), label=field) << offset
        elif field != "unused":
            drawn = data.draw(value(word, field, width), label=field)
            values.append(drawn)
            expected |= int(drawn, 16) << offset if isinstance(drawn, str) else int(drawn) << offset
        offset += width
    arguments = values if kind in ("address", "money") else [tuple(values)]
    assert getattr(words, f"pack_{kind}")(*arguments) == expected
    assert plain(getattr(words, f"unpack_{kind}")(expected | unused)) == plain(values)


@given(
    token=value("progress", "token", 160),
    live=st.integers(1, 2**31 - 1 - 32),
    slots=st.integers(0, 32),
    accepted=st.integers(0, 2**31 - 1 - 4096),
    delivered=st.integers(0, 2**31 - 1 - 4096),
    more=st.integers(0, 4096),
    also=st.integers(0, 4096),
    cancelled=st.booleans(),
    closed=st.booleans(),
)
def test_progress__slots_come_or_one_goes__nothing_else_changes(
    words: Any,
    token: str,
    live: int,
    slots: int,
    accepted: int,
    delivered: int,
    more: int,
    also: int,
    cancelled: bool,
    closed: bool,
) -> None:
    word = words.pack_progress((token, live, accepted, delivered, cancelled, closed))
    came, went = words.with_more_live(word, slots), words.with_one_less_live(word, more, also)
    assert plain(came) == plain((token, live + slots, accepted, delivered, cancelled, closed))
    assert plain(went) == plain((token, live - 1, accepted + more, delivered + also, cancelled, closed))


@given(
    token=value("progress", "token", 160),
    counts=st.tuples(*[st.integers(0, 2**31 - 1)] * 3),
    cancelled=st.booleans(),
    closed=st.booleans(),
)
def test_progress__cancelled_or_closed__nothing_else_changes(
    words: Any, token: str, counts: tuple[int, int, int], cancelled: bool, closed: bool
) -> None:
    word = words.pack_progress((token, *counts, cancelled, closed))
    assert plain(words.as_cancelled(word)) == plain((token, *counts, True, closed))
    assert plain(words.as_closed(word)) == plain((token, *counts, cancelled, True))


# Integers of this size are mostly drawn small: bytes have ones everywhere.
@given(word=st.binary(min_size=32, max_size=32).map(int.from_bytes))
def test_word__one_field_read_alone__is_as_in_the_whole(words: Any, word: int) -> None:
    terms = words.unpack_terms(word)
    assert (words.is_graded(word), words.deadline(word)) == (terms.graded, terms.deadline)
    assert words.is_cancelled(word) == words.unpack_progress(word).cancelled


@given(positions=st.lists(st.integers(0, 4095), min_size=2, max_size=2, unique=True))
def test_bit__two_positions__do_not_share_a_bit(words: Any, positions: list[int]) -> None:
    places = [words.bit(position) for position in positions]
    assert places[0] != places[1]
    assert all(bit.bit_count() == 1 and bit.bit_length() - 1 + 256 * word in positions for word, bit in places)


@given(task=st.integers(1, 2**32), slot=st.integers(0, 2**64 - 1), number=st.integers(0, 2**64 - 1))
def test_ids__any__come_apart(words: Any, task: int, slot: int, number: int) -> None:
    submission = words.join(task, slot)
    assert words.split(submission) == (task, slot)
    assert words.split(words.join(submission, number)) == (submission, number)
