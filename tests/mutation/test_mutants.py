"""What faults are made of a source, and that every source and every test has its place."""

from textwrap import dedent

import pytest

from tests.chains import CONTRACTS, ROOT
from tests.mutation.areas import AREAS, NO_BEHAVIOUR, areas_of, sources
from tests.mutation.mutants import Mutant, all_mutants, make, mutated_files

SOURCE = '''
# pragma version 0.4.3
# pragma nonreentrancy on
from .modules import actor
from .modules import require

struct Point:
    x: uint256
    y: uint256
    name: address

LIMIT: constant(uint256) = 7
OWNER: immutable(address)
high: uint256  # 5 < 6
low: uint256
names: HashMap[uint256, address]

@external
def act(number: uint256, names: DynArray[uint256, 9]):
    """
    @notice 1 < 2 and not True.
    """
    require.that(number < LIMIT, reasons.TOO_MUCH)
    point: Point = empty(Point)
    BODY

@view
@external
@reentrant
def look() -> uint256:
    return self.high
'''


def mutants(body: str = "pass", source: str = SOURCE) -> list[Mutant]:
    indented = dedent(body).strip().replace("\n", "\n    ")
    structs = {"Point": {"x": "uint256", "y": "uint256", "name": "address"}}
    return make("Contract.vy", source.replace("BODY", indented), structs)


def changes(body: str) -> dict[str, set[str]]:
    """What becomes of the lines of the body, by operator, where the rest of the source has the same."""
    rest = {(mutant.was, mutant.now, mutant.operator) for mutant in mutants()}
    found: dict[str, set[str]] = {}
    for mutant in mutants(body):
        if (mutant.was, mutant.now, mutant.operator) not in rest:
            found.setdefault(mutant.operator, set()).add(mutant.now)
    return found


@pytest.mark.parametrize(
    ("body", "operator", "now"),
    [
        ("x: bool = number >= self.low", "boundary", {"x: bool = number > self.low"}),
        ("x: bool = number >= self.low", "negated comparison", {"x: bool = number < self.low"}),
        ("x: bool = (number) == (self.low)", "negated comparison", {"x: bool = (number) != (self.low)"}),
        ("x: bool = number in names", "negated comparison", {"x: bool = number not in names"}),
        ("x: uint256 = number + LIMIT", "swapped arithmetic", {"x: uint256 = number - LIMIT"}),
        ("x: uint256 = number // LIMIT", "swapped arithmetic", {"x: uint256 = number * LIMIT"}),
        ("self.low += number", "swapped arithmetic", {"self.low -= number"}),
        ("self.low <<= number", "swapped arithmetic", {"self.low >>= number"}),
        ("x: uint256 = LIMIT << number", "shift", {"x: uint256 = LIMIT << (number + 1)"}),
        ("x: uint256 = 5", "constant", {"x: uint256 = 6", "x: uint256 = 4"}),
        ("x: uint256 = 0", "constant", {"x: uint256 = 1"}),
        ("x: bool = True", "constant", {"x: bool = False"}),
        ("x: uint256 = min(number, LIMIT)", "other function", {"x: uint256 = max(number, LIMIT)"}),
        ("x: bool = not self.open", "dropped not", {"x: bool = (self.open)"}),
        ("x: bool = a and b(c)", "dropped operand", {"x: bool = ((a))", "x: bool = ((b(c)))"}),
        ("x: uint256 = a if b else c", "swapped arms", {"x: uint256 = ((c) if (b) else (a))"}),
        ("if a(b):\n    pass", "negated condition", {"if not (a(b)):"}),
        ("self._check_open(number)", "dropped check", {"pass"}),
        ("require.within(number, LIMIT, LIMIT, r)", "dropped check", {"pass"}),
        ("assert number != LIMIT", "dropped check", {"pass"}),
        ("log Acted(\n    number=number,\n)", "dropped event", {"pass"}),
        ("self.low = number", "dropped statement", {"pass"}),
        ("self._act(number)", "dropped statement", {"pass"}),
        ("x: address = actor._actor()", "caller for actor", {"x: address = msg.sender"}),
        ("x: address = msg.sender", "other sender", {"x: address = tx.origin"}),
        ("x: uint256 = self.low", "other field", {"x: uint256 = self.high"}),
        ("x: uint256 = point.x", "other field", {"x: uint256 = point.y"}),
        ("x: address = point.name", "other field", set()),
        ("for x: uint256 in range(number, bound=5):\n    pass", "constant", set()),
    ],
)
def test_make__of_a_body__has_each_fault(body: str, operator: str, now: set[str]) -> None:
    assert changes(body).get(operator, set()) == now


def test_make__call_of_another_contract__is_taken_as_a_whole() -> None:
    found = changes("x: bool = (staticcall T(self.t).of(a(self))) < (b if c else staticcall T(self.t).of(a(self)))")
    assert found["swapped arms"] == {
        "x: bool = (staticcall T(self.t).of(a(self))) < (((staticcall T(self.t).of(a(self))) if (c) else (b)))"
    }


def test_make__locks__are_taken_off_and_put_on() -> None:
    found = {
        (mutant.function, mutant.operator)
        for mutant in mutants()
        if "ent" in mutant.operator or "lock" in mutant.operator
    }
    assert {("act", "dropped lock"), ("look", "dropped reentrant")} <= found
    assert ("look", "dropped lock") not in found
    taken = next(mutant for mutant in mutants() if mutant.operator == "dropped lock")
    assert "\n\n@reentrant\n@external\ndef act" in taken.of(SOURCE.replace("BODY", "pass"))
    put = next(mutant for mutant in mutants() if mutant.operator == "dropped reentrant")
    assert "@view\n@external\ndef look" in put.of(SOURCE.replace("BODY", "pass"))


def test_make__comments_types_and_texts__are_left_alone() -> None:
    for mutant in mutants():
        for kept in ("# pragma version 0.4.3", "# 5 < 6", "@notice 1 < 2 and not True.", "DynArray[uint256, 9]"):
            assert kept in mutant.of(SOURCE)


def test_id__after_lines_have_moved__is_the_same() -> None:
    moved = SOURCE.replace("LIMIT: constant", "\n# More is not needed.\nLIMIT: constant")
    before, after = mutants(), mutants(source=moved)
    assert [mutant.id for mutant in before] == [mutant.id for mutant in after]
    assert {new.line - old.line for old, new in zip(before, after, strict=True)} == {2}


def test_id__same_fault_twice__tells_them_apart() -> None:
    same = [mutant for mutant in mutants("self.low += 3\nself.low += 3") if mutant.now == "self.low -= 3"]
    assert len(same) == 2 and len({mutant.id for mutant in same}) == 2


def test_all_mutants__have_each_their_own_id_and_text() -> None:
    found = all_mutants()
    assert len({mutant.id for mutant in found}) == len(found) > 5_000
    assert len({(mutant.file, mutant.edit.start, mutant.edit.end, mutant.edit.text) for mutant in found}) == len(found)
    assert all(mutant.was != mutant.now for mutant in found)


def test_areas__of_every_source__are_there() -> None:
    assert [file for file in mutated_files() if not areas_of(file)] == []


def test_areas__every_test_of_contracts__is_in_one() -> None:
    listed = {file for area in AREAS for file in area.files()}
    contracts = ("escrow", "gold", "court", "royalty", "gates", "relay", "adapter")
    patterns = [f"unit/{contract}/test_*.py" for contract in contracts]
    patterns += ["attacks/test_*.py", "stateful/test_*.py", "property/test_*.py"]
    found = [path for pattern in patterns for path in (ROOT / "tests").glob(pattern) if path.name not in NO_BEHAVIOUR]
    # Of the tools that replay plays, not of a contract.
    assert {path.relative_to(ROOT).as_posix() for path in found} - listed == {"tests/property/test_verify_plays.py"}


def test_sources__of_a_contract__are_its_modules_and_theirs() -> None:
    assert {"GoldTest.vy", "modules/gold/packing.vy", "modules/ledger.vy", "modules/require.vy"} <= sources("GoldTest")
    assert "modules/court/seats.vy" not in sources("GoldTest")
    assert all((CONTRACTS / source).exists() for source in sources("Court"))
