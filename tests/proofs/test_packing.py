"""Packed words: whatever is packed is unpacked the same, and who changes one field leaves the others."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import z3

from tests.proving.claim import Claim
from tests.proving.evaluator import Struct, Value
from tests.proving.numbers import MAX, Bits
from tests.proving.source import CONTRACTS, Source, source

MODULES = {
    "escrow.packing": "TaskEscrow",
    "court.packing": "Court",
    "gold.packing": "GoldTest",
    "royalty.packing": "RoyaltyPool",
}
PICTURED = re.compile(r"^ +(?:\w+ )?(\w+) +(\|.*\|)$", re.MULTILINE)
FIELD = re.compile(r"\| (\w+) (\d+) ")
LISTED = re.compile(r"^ +(\d+)(?:\.\.(\d+))? +(\w+)")

# What gives one field without the rest.
ACCESSORS: list[tuple[str, str, int | str]] = [
    ("escrow.packing._is_graded", "_unpack_terms", "graded"),
    ("escrow.packing._deadline", "_unpack_terms", "deadline"),
    ("escrow.packing._is_cancelled", "_unpack_progress", "cancelled"),
    ("escrow.packing._low_address", "_unpack_progress", "token"),
    ("court.packing._holder_of", "_unpack_seat", "holder"),
    ("escrow.packing._rest", "_unpack_address", 1),
]
# Without a claim here: `_known_terms` refuses the empty word and is `_unpack_terms` else; `_panel_size`, `_begins_word`
# and `_fills_word` shift nothing stored; `_tag` is proven with the panel, `_task` is the parent of an id;
# `_positions` and `_bitmap` read bytes, which are not translated.


def of(module: str) -> Source:
    return source(MODULES[module])


def words() -> list[str]:
    """Each function that unpacks a word, by its full name."""
    return [name for module in MODULES for name in of(module).functions if name.startswith(f"{module}._unpack_")]


WORDS = words()
# Any other is made by adding to it alone: see the claims on updates.
PACKED = [word for word in WORDS if word.replace("._unpack_", "._pack_") in of(word.rpartition(".")[0]).functions]


def fields(value: Value) -> list[Value]:
    return list(value.fields.values()) if isinstance(value, Struct) else list(value)


@cache
def places(word: str) -> tuple[tuple[int, int], ...]:
    """From which bit to which each field of a word reaches: found by unpacking each bit alone."""
    claim = Claim(of(word.rpartition(".")[0]), Bits)
    found: list[list[int]] = []
    for bit in range(256):
        for number, value in enumerate(fields(claim.call(word, 1 << bit))):
            found += [[] for _ in range(number + 1 - len(found))]
            if value:
                assert int(value) == 1 << len(found[number]), f"{word}: field {number} is not in one piece"
                found[number].append(bit)
    assert all(bits == list(range(bits[0], bits[-1] + 1)) for bits in found)
    return tuple((bits[0], bits[-1] + 1) for bits in found)


def pictures(module: str) -> list[list[int]]:
    """Widths of the fields of each word that the module's docstring shows, the lowest first."""
    text = (CONTRACTS / "modules" / f"{module.replace('.', '/')}.vy").read_text().split('"""')[1]
    found = [
        [int(width) for name, width in reversed(FIELD.findall(line)) if name != "unused"]
        for _, line in PICTURED.findall(text)
    ]
    for paragraph in text.split("\n\n"):
        listed = [match.groups() for match in map(LISTED.match, paragraph.splitlines()) if match]
        if listed:
            found.append([int(last or first) - int(first) + 1 for first, last, _ in listed])
    return found


def any_fields(claim: Claim, word: str) -> Value:
    """Any values that have room in a word's fields."""
    _, _, name = word.rpartition(".")
    type_ = claim.evaluator.source.functions[word]._metadata["func_type"].return_type
    value = claim.fresh(type_, name.removeprefix("_unpack_"))
    for field, (start, end) in zip(fields(value), places(word), strict=True):
        if not isinstance(field, z3.BoolRef):
            claim.assume(claim.is_(field, "<", 1 << (end - start)))
    return value


def packed(claim: Claim, word: str, value: Value) -> Value:
    pack = word.replace("._unpack_", "._pack_")
    return claim.call(pack, value) if isinstance(value, Struct) else claim.call(pack, *value)


@pytest.mark.parametrize("word", PACKED)
def test_word__any_values__come_back(word: str) -> None:
    claim = Claim(of(word.rpartition(".")[0]), Bits)
    value = any_fields(claim, word)
    found = claim.call(word, packed(claim, word, value))
    claim.can_be()
    claim.holds(claim.evaluator.equal(value, found), f"what {word} gives is what was packed")


@pytest.mark.parametrize("word", WORDS)
def test_word__any_fields__do_not_overlap_and_are_as_wide_as_pictured(word: str) -> None:
    ranges = sorted(places(word))
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges)), f"{word}: fields overlap"
    widths = [end - start for start, end in ranges]
    shown = pictures(word.rpartition(".")[0])
    # What takes all that is above another field may be pictured as less.
    fits = [
        line
        for line in shown
        if line == widths or (line[:-1] == widths[:-1] and ranges[-1][1] == 256 and line[-1] <= widths[-1])
    ]
    assert fits, f"{word}: {widths} is not among {shown}"


@pytest.mark.parametrize("word", WORDS)
def test_word__any_bits__each_field_is_its_own_bits(word: str) -> None:
    claim = Claim(of(word.rpartition(".")[0]), Bits)
    # What no field has is never set.
    bits = claim.number("word", (1 << max(end for _, end in places(word))) - 1)
    for value, (start, end) in zip(fields(claim.call(word, bits)), places(word), strict=True):
        number = claim.evaluator.choose(value, 1, 0) if isinstance(value, z3.BoolRef) else value
        own = z3.ZeroExt(256 - (end - start), z3.Extract(end - 1, start, bits))
        # No enumeration has a member for every number that its field has room for.
        claim.holds_unless_reverted(number == own, f"{word}: a field is bits {start} to {end} of the word")


@pytest.mark.parametrize(("function", "word", "field"), ACCESSORS)
def test_accessor__any_bits__is_the_field(function: str, word: str, field: int | str) -> None:
    module = function.rpartition(".")[0]
    claim = Claim(of(module), Bits)
    bits = claim.number("word", (1 << max(end for _, end in places(f"{module}.{word}"))) - 1)
    found = claim.call(f"{module}.{word}", bits)
    expected = found.fields[field] if isinstance(field, str) else found[field]
    claim.holds_unless_reverted(claim.evaluator.equal(claim.call(function, bits), expected), f"it is {field}")


def test_holder__any_data__is_counted_and_recognised() -> None:
    claim = Claim(of("court.packing"), Bits)
    seats, shown, other = claim.number("seats", 2**16 - 1), claim.number("shown", MAX), claim.number("other", MAX)
    word = claim.call("court.packing._pack_holder", seats, shown)
    claim.holds(claim.call("court.packing._seats_held", word) == seats, "the seats are counted")
    same = z3.LShR(shown, 16) == z3.LShR(other, 16)
    claim.holds(claim.call("court.packing._has_shown", word, other) == same, "the hash is known by its upper 240 bits")


def test_keys_of_court__any_two_votes__are_different() -> None:
    claim = Claim(of("court.packing"), Bits)
    keys = []
    for which in ("one", "other"):
        dispute, round_ = claim.number(f"{which} dispute", 2**32 - 1), claim.number(f"{which} round", 2)
        holder, position = claim.number(f"{which} holder", 2**160 - 1), claim.number(f"{which} position", 14)
        round_id = claim.call("court.packing._round_id", dispute, round_)
        vote_id = claim.call("court.packing._vote_id", dispute, round_, holder)
        panel_id = claim.call("court.packing._panel_id", round_id, position)
        keys.append((dispute, round_, holder, round_id, vote_id, panel_id))
    (dispute, round_, holder, round_id, vote_id, panel_id), other = keys
    claim.assume(z3.Or(dispute != other[0], round_ != other[1]))
    claim.holds(z3.And(round_id != other[3], vote_id != other[4], panel_id != other[5]), "no two rounds share a key")


def test_functions_of_packing__all__have_a_claim() -> None:
    text = Path(__file__).read_text()
    without = [
        name
        for module in MODULES
        for name in of(module).functions
        if name.startswith(f"{module}._")
        and not re.match(r".*\._(un)?pack_", name)
        and name.rpartition(".")[2] not in text
    ]
    assert not without


def update(claim: Claim, word: str, function: str, *arguments: Value) -> tuple[Any, Any]:
    """A word's fields before and after a function has changed it."""
    before = any_fields(claim, word)
    module = word.rpartition(".")[0]
    return before, claim.call(word, claim.call(f"{module}.{function}", packed(claim, word, before), *arguments))


def same_but(claim: Claim, before: Struct, after: Struct, **changed: Value) -> None:
    claim.holds(
        claim.evaluator.equal(before.but(**changed), after), f"only {', '.join(changed)} is changed, as it should be"
    )


@pytest.mark.parametrize(("function", "field"), [("_as_cancelled", "cancelled"), ("_as_closed", "closed")])
def test_flag_of_progress__any_word__is_set_alone(function: str, field: str) -> None:
    claim = Claim(of("escrow.packing"), Bits)
    before, after = update(claim, "escrow.packing._unpack_progress", function)
    same_but(claim, before, after, **{field: True})


def test_more_live__room_for_them__are_counted_alone() -> None:
    claim = Claim(of("escrow.packing"), Bits)
    slots = claim.number("more live", 2**31 - 1)
    before, after = update(claim, "escrow.packing._unpack_progress", "_with_more_live", slots)
    claim.assume(claim.is_(before.live + slots, "<", 2**31))
    same_but(claim, before, after, live=before.live + slots)


def test_one_less_live__room_for_its_labels__are_counted_alone() -> None:
    claim = Claim(of("escrow.packing"), Bits)
    accepted, delivered = claim.number("more accepted", 2**31 - 1), claim.number("more delivered", 2**31 - 1)
    before, after = update(claim, "escrow.packing._unpack_progress", "_with_one_less_live", accepted, delivered)
    claim.assume(
        claim.is_(before.live, ">=", 1),
        claim.is_(before.accepted + accepted, "<", 2**31),
        claim.is_(before.delivered + delivered, "<", 2**31),
    )
    same_but(
        claim,
        before,
        after,
        live=before.live - 1,
        accepted=before.accepted + accepted,
        delivered=before.delivered + delivered,
    )


def test_committed_votes__any_case__are_changed_alone() -> None:
    claim = Claim(of("court.packing"), Bits)
    committed = claim.number("committed", 15)
    before, after = update(claim, "court.packing._unpack_case", "_with_committed", committed)
    same_but(claim, before, after, committed=committed)


def test_votes__any_positions_that_have_not_voted__are_set_alone() -> None:
    claim = Claim(of("court.packing"), Bits)
    votes, choice = claim.number("votes", 2**120 - 1), claim.number("choice", 254)
    positions = claim.number("positions", 2**15 - 1)
    after = claim.call("court.packing._with_votes", votes, positions, choice)
    for position in range(15):
        vote = claim.call("court.packing._vote", votes, position)
        votes_now = claim.call("court.packing._has_position", positions, position)
        claim.assume(z3.Or(z3.Not(votes_now), vote == 0))
    for position in range(15):
        vote = claim.call("court.packing._vote", votes, position)
        votes_now = claim.call("court.packing._has_position", positions, position)
        now = claim.call("court.packing._vote", after, position)
        claim.holds(now == z3.If(votes_now, choice + 1, vote), f"the vote at {position} is the choice, or what it was")


def test_count__any_positions__is_how_many_there_are() -> None:
    claim = Claim(of("court.packing"), Bits)
    positions = claim.number("positions", 2**15 - 1)
    each = [z3.ZeroExt(255, z3.Extract(bit, bit, positions)) for bit in range(15)]
    claim.holds(claim.call("court.packing._count", positions) == sum(each[1:], each[0]), "each position counts once")


def test_position__any_mask__is_added_alone() -> None:
    claim = Claim(of("court.packing"), Bits)
    positions = claim.number("positions", 2**15 - 1)
    for position in range(15):
        after = claim.call("court.packing._with_position", positions, position)
        for other in range(15):
            was = claim.call("court.packing._has_position", positions, other)
            now = claim.call("court.packing._has_position", after, other)
            claim.holds(
                now == (z3.BoolVal(True) if other == position else was), f"{position} is added, {other} is as it was"
            )


def test_panelist__any_panel__is_added_alone_and_found_by_their_tag() -> None:
    source_ = of("court.packing")
    size = source_.constant("court.packing.PANEL_WORD")
    most = source_.constant("court.packing.MAX_SEAT")
    claim = Claim(source_, Bits)
    seats = [claim.number(f"seat {i}", most) for i in range(size)]
    holders = [claim.number(f"holder {i}", 2**160 - 1) for i in range(size)]
    claim.assume(*(claim.is_(seat, ">", 0) for seat in seats))
    panel: Value = 0
    for place, (seat, holder) in enumerate(zip(seats, holders, strict=True)):
        panel = claim.call("court.packing._with_panelist", panel, place, seat, holder)
    for place, (seat, holder) in enumerate(zip(seats, holders, strict=True)):
        claim.holds(claim.call("court.packing._panelist", panel, place) == seat, f"seat {place} is at its place")
        found = claim.call("court.packing._tagged", panel, holder)
        claim.holds(claim.call("court.packing._has_position", found, place), f"holder {place} is found")


def test_gold_count__any_counts__is_added_alone() -> None:
    claim = Claim(of("gold.packing"), Bits)
    counts, count = claim.number("counts", 2**128 - 1), claim.number("count", 2**8 - 1)
    for place in range(16):
        assumed = Claim(of("gold.packing"), Bits)
        counts, count = assumed.number("counts", 2**128 - 1), assumed.number("count", 2**8 - 1)
        assumed.assume(assumed.call("gold.packing._count", counts, place) == 0)
        after = assumed.call("gold.packing._with_count", counts, place, count)
        for other in range(16):
            was = assumed.call("gold.packing._count", counts, other)
            now = assumed.call("gold.packing._count", after, other)
            assumed.holds(now == (count if other == place else was), f"count {place} is set, {other} is as it was")


def test_number_of_id__any_parent_and_number__is_the_number() -> None:
    claim = Claim(of("escrow.packing"), Bits)
    parent, number = claim.number("parent", 2**192 - 1), claim.number("number", 2**64 - 1)
    claim.holds(claim.call("escrow.packing._number", parent << 64 | number) == number, "the number is as it was")


@pytest.mark.parametrize("module", ["gold.packing", "royalty.packing"])
def test_id__any_parent_and_number__is_both(module: str) -> None:
    claim = Claim(of(module), Bits)
    parent, number = claim.number("parent", 2**192 - 1), claim.number("number", 2**64 - 1)
    joined = claim.call(f"{module}._join", parent, number)
    claim.holds(claim.call(f"{module}._number", joined) == number, "the number is as it was")
    claim.holds(z3.LShR(joined, 64) == parent, "so is the parent")


@pytest.mark.parametrize("module", ["escrow.packing", "royalty.packing"])
def test_bit__any_two_positions__are_two_bits(module: str) -> None:
    claim = Claim(of(module), Bits)
    one, other = claim.number("one", MAX), claim.number("other", MAX)
    claim.assume(one != other)
    (word, bit), (other_word, other_bit) = (claim.call(f"{module}._bit", position) for position in (one, other))
    claim.holds(z3.Or(word != other_word, bit & other_bit == 0), "they are apart")
    claim.holds(z3.And(bit != 0, bit & (bit - 1) == 0), "each is one bit")
