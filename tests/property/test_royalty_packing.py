"""Packed words of data sets, revenue, owners and sales: each is laid out as its picture in `packing.vy` shows."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chains import CONTRACTS, InProcessChain

FIELD = re.compile(r"\| (\w+) (\d+) ")
# Word in the picture -> function, and its fields in the order of the struct.
PACKED = {
    "Data set": ("data_set", ["token", "parts", "enrolled", "royalty_bps"]),
    "Revenue": ("revenue", ["paid", "requester_collected"]),
    "Owner": ("owner", ["shares", "settled"]),
    "Sale": ("sale", ["price", "time"]),
}


def picture(word: str) -> list[tuple[str, int]]:
    """Fields of a word with their widths, the lowest first."""
    text = (CONTRACTS / "modules" / "royalty" / "packing.vy").read_text()
    line = re.search(rf"^ +{word} +(\|.*\|)$", text, re.MULTILINE)
    assert line, f"no picture of {word}"
    return [(name, int(width)) for name, width in reversed(FIELD.findall(line[1]))]


@pytest.fixture(scope="module")
def words() -> Any:
    return InProcessChain().deploy("mocks/RoyaltyPackingHarness")


@pytest.mark.parametrize("word", PACKED)
@given(data=st.data())
def test_word__any_values__is_as_pictured_and_comes_back(words: Any, word: str, data: Any) -> None:
    fields = picture(word)
    assert sum(width for _, width in fields) == 256
    kind, names = PACKED[word]
    expected, unused, offset, numbers = 0, 0, 0, {}
    for field, width in fields:
        if field == "unused":
            unused |= data.draw(st.integers(0, 2**width - 1), label=field) << offset
        else:
            numbers[field] = data.draw(st.integers(0, 2**width - 1) | st.just(2**width - 1), label=field)
            expected |= numbers[field] << offset
        offset += width
    values = [f"0x{numbers[name]:040x}" if name == "token" else numbers[name] for name in names]
    assert getattr(words, f"pack_{kind}")(tuple(values)) == expected
    # No field reads what is unused.
    found = getattr(words, f"unpack_{kind}")(expected | unused)
    assert [part.lower() if isinstance(part, str) else part for part in found] == values


@given(slot=st.integers(0, 2**64 - 1))
def test_bit__any_slot__has_a_place_of_its_own(words: Any, slot: int) -> None:
    index, bit = words.bit(slot)
    assert index * 256 + bit.bit_length() - 1 == slot
    assert bit.bit_count() == 1


@given(task=st.integers(0, 2**192 - 1), number=st.integers(0, 2**64 - 1))
def test_id__joined__comes_apart_again(words: Any, task: int, number: int) -> None:
    joined = words.join(task, number)
    assert joined == task << 64 | number
    assert tuple(words.split(joined)) == (task, number)


def test_bounds__of_a_task_and_of_all_payments__fit_their_fields() -> None:
    """What the contract bounds elsewhere, and does not check when it packs."""
    widths = {field: width for word in PACKED for field, width in picture(word)}
    parts, paid = 2**31 - 1, 2**128 - 1
    assert parts < 2 ** widths["parts"] == 2 ** widths["enrolled"] == 2 ** widths["shares"]
    assert widths["royalty_bps"] >= (10_000).bit_length()
    assert paid < 2 ** widths["paid"] == 2 ** widths["requester_collected"] == 2 ** widths["price"]
    assert parts * paid < 2 ** widths["settled"]
