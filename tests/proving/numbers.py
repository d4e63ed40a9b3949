"""Two ways to calculate with what is unknown.

`Bits` takes a number for what it is on the EVM: 256 bits. It is exact and can do anything, but Z3 decides products and
quotients of such numbers slowly or never. `Integers` takes it for an integer, and a packed word for a row of integers,
each at its place, as which shifts and masks leave it. There, whatever is exact only within bounds (that a field does
not spill over, that an unchecked sum does not wrap) becomes a *condition*: a claim holds only if all conditions hold
too. What two unknown masks have in common, and what is shifted by an unknown number, is any number that it may be.

Python numbers are what is known, and calculated with at once, the same by both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import z3

WIDTH = 256
MAX = 2**WIDTH - 1
ONES = z3.Function("ones", z3.IntSort(), z3.IntSort())

# Something that may be True, False or a formula; and a number, known or not.
Truth = Any
Number = Any


class Unsupported(Exception):
    """The source has something that is not translated. Nothing is ever passed over."""


def both(*truths: Truth) -> Truth:
    left: list[Any] = []
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            left.append(truth)
    if not left:
        return True
    return left[0] if len(left) == 1 else z3.And(*left)


def negated(truth: Truth) -> Truth:
    if isinstance(truth, bool):
        return not truth
    return truth.arg(0) if z3.is_not(truth) else z3.Not(truth)


def either(*truths: Truth) -> Truth:
    return negated(both(*(negated(truth) for truth in truths)))


@dataclass(frozen=True)
class Event:
    """What is noted while a function is evaluated, in this order: later ones may depend on earlier ones only."""

    kind: str  # "fact": it holds; "revert": the call reverts where it does not hold; "condition": it has to hold
    holds: Any  # a formula
    meaning: str = ""  # what it means if it does not hold


@dataclass
class Ledger:
    """What is known of the unknowns, and what has to be."""

    events: list[Event] = field(default_factory=list)
    live: tuple[Truth, ...] = ()  # when what is evaluated now is reached
    inputs: dict[str, Any] = field(default_factory=dict)  # unknowns, by name
    count: int = 0

    def name(self, hint: str) -> str:
        self.count += 1
        return f"{hint}#{self.count}"

    def fact(self, *holds: Truth) -> None:
        self.events += [Event("fact", truth) for truth in holds if truth is not True]

    def note(self, kind: str, holds: Truth, meaning: str) -> None:
        """A revert or a condition, where it is reached."""
        reached = both(*self.live)
        if reached is False or holds is True:
            return
        holds = either(negated(reached), holds)
        self.events.append(Event(kind, z3.BoolVal(holds) if isinstance(holds, bool) else holds, meaning))

    def require(self, holds: Truth, meaning: str) -> None:
        self.note("condition", holds, meaning)


class Bits:
    """Numbers as the EVM has them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def fresh(self, hint: str, most: int = MAX) -> Number:
        value = z3.BitVec(hint, WIDTH)
        if most < MAX:
            self.ledger.fact(z3.ULE(value, most))
        self.ledger.inputs[hint] = value
        return value

    def term(self, number: Number) -> Any:
        return z3.BitVecVal(number, WIDTH) if isinstance(number, int) else number

    def binary(self, operator: str, left: Number, right: Number) -> tuple[Number, Truth]:
        """The result, as it wraps, and when it has wrapped."""
        a, b = self.term(left), self.term(right)
        match operator:
            case "Add":
                return a + b, z3.ULT(a + b, a)
            case "Sub":
                return a - b, z3.ULT(a, b)
            case "Mult":
                return a * b, z3.Not(z3.BVMulNoOverflow(a, b, False))
            case "FloorDiv":
                return z3.If(b == 0, self.term(0), z3.UDiv(a, b)), b == 0
            case "Mod":
                return z3.If(b == 0, self.term(0), z3.URem(a, b)), b == 0
            case "BitAnd":
                return a & b, False
            case "BitOr":
                return a | b, False
            case "BitXor":
                return a ^ b, False
            case "LShift":
                return a << b, False
            case "RShift":
                return z3.LShR(a, b), False
        raise Unsupported(operator)

    def compare(self, operator: str, left: Number, right: Number) -> Truth:
        a, b = self.term(left), self.term(right)
        match operator:
            case "Eq":
                return a == b
            case "Lt":
                return z3.ULT(a, b)
        raise Unsupported(operator)

    def invert(self, number: Number) -> Number:
        return ~self.term(number)

    def choose(self, truth: Truth, yes: Number, no: Number) -> Number:
        return z3.If(truth, self.term(yes), self.term(no))

    def extreme(self, first: Truth, left: Number, right: Number, of_both: Callable[[int, int], int]) -> Number:
        if isinstance(first, bool):
            return left if first else right
        return self.choose(first, left, right)

    def narrowed(self, number: Number, most: int) -> Number:
        """A number of which is known that it is not above `most`."""
        return number

    def exact(self, operator: str) -> bool:
        """Whether what wraps is calculated as it wraps."""
        return True


@dataclass(frozen=True)
class Whole:
    """An integer of 0 to `most`."""

    term: Any
    most: int

    def same(self, other: Number) -> bool:
        return isinstance(other, Whole) and bool(self.term.eq(other.term))


@dataclass(frozen=True)
class Piece:
    at: int
    value: Number  # int or Whole, above 0 for all that is known

    @property
    def end(self) -> int:
        return self.at + (self.value if isinstance(self.value, int) else self.value.most).bit_length()


@dataclass(frozen=True)
class Row:
    """A packed word: integers at their places, none of which reaches into the next. The rest is zero."""

    pieces: tuple[Piece, ...]

    def same(self, other: Number) -> bool:
        return (
            isinstance(other, Row)
            and len(self.pieces) == len(other.pieces)
            and all(
                a.at == b.at and identical(a.value, b.value) for a, b in zip(self.pieces, other.pieces, strict=True)
            )
        )


def identical(left: Number, right: Number) -> bool:
    """Whether two numbers are the same by their looks."""
    if isinstance(left, int) or isinstance(right, int):
        return isinstance(left, int) and isinstance(right, int) and left == right
    if isinstance(left, Whole | Row):
        return left.same(right)
    return type(left) is type(right) and bool(left.eq(right))


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """From where to where the bits of a mask are set."""
    at = 0
    while mask >> at:
        if mask >> at & 1:
            end = at
            while mask >> end & 1:
                end += 1
            yield at, end
            at = end
        else:
            at += 1


class Integers:
    """Numbers as integers, packed words as rows of them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.divided: dict[tuple[int, int], tuple[Any, tuple[Whole, Whole]]] = {}
        # Of a number that was taken apart: from where each part reaches to the next, and the parts.
        self.parts: dict[int, tuple[Whole, list[int], list[Number]]] = {}

    def fresh(self, hint: str, most: int = MAX) -> Number:
        value = z3.Int(hint)
        self.ledger.fact(value >= 0, value <= most)
        self.ledger.inputs[hint] = value
        return Whole(value, most)

    def _unknown(self, hint: str, most: int) -> Whole:
        value = z3.Int(self.ledger.name(hint))
        self.ledger.fact(value >= 0, value <= most)
        return Whole(value, most)

    # Rows

    def cuts(self, number: Number) -> list[int]:
        """Where the parts of a number begin, as far as is known."""
        if isinstance(number, Row):
            return sorted({0} | {piece.at for piece in number.pieces})
        if isinstance(number, Whole) and number.term.get_id() in self.parts:
            return self.parts[number.term.get_id()][1]
        return [0]

    def bits(self, number: Number, start: int, end: int) -> Number:
        """Bits `start` to `end` of a number, as a number."""
        if isinstance(number, int):
            return number >> start & (1 << (end - start)) - 1
        if isinstance(number, Row):
            found = []
            for piece in number.pieces:
                low, high = max(piece.at, start), min(piece.end, end)
                if low < high:
                    found.append(Piece(low - start, self.bits(piece.value, low - piece.at, high - piece.at)))
            return self.row(found)
        length = number.most.bit_length()
        end = min(end, length)
        if start >= end:
            return 0
        if start == 0 and end == length:
            return number
        key = number.term.get_id()
        if key not in self.parts:
            self.parts[key] = (number, [0, length], [number])
        for cut in (start, end):
            self._cut(key, cut)
        _, cuts, parts = self.parts[key]
        return self.row([Piece(at - start, part) for at, part in zip(cuts, parts, strict=False) if start <= at < end])

    def _cut(self, key: int, cut: int) -> None:
        number, cuts, parts = self.parts[key]
        if cut in cuts:
            return
        index = max(i for i, at in enumerate(cuts) if at < cut)
        whole, low, high = parts[index], cuts[index], cuts[index + 1]
        name = str(number.term) if z3.is_const(number.term) else "part"
        lower = self._unknown(f"{name}[{low}:{cut}]", 2 ** (cut - low) - 1)
        upper = self._unknown(f"{name}[{cut}:{high}]", min(2 ** (high - cut) - 1, whole.most >> (cut - low)))
        self.ledger.fact(whole.term == lower.term + upper.term * 2 ** (cut - low))
        cuts.insert(index + 1, cut)
        parts[index : index + 1] = [lower, upper]

    def row(self, pieces: list[Piece]) -> Number:
        flat: list[Piece] = []
        for piece in pieces:
            if isinstance(piece.value, Row):
                flat += [Piece(piece.at + inner.at, inner.value) for inner in piece.value.pieces]
            elif not (isinstance(piece.value, int) and piece.value == 0):
                flat.append(piece)
        flat.sort(key=lambda piece: piece.at)
        if not flat:
            return 0
        if all(isinstance(piece.value, int) for piece in flat):
            return sum(piece.value << piece.at for piece in flat)
        if len(flat) == 1 and flat[0].at == 0:
            return flat[0].value
        return Row(tuple(flat))

    def whole(self, number: Number) -> Number:
        """A row as one integer."""
        if not isinstance(number, Row):
            return number
        term = sum((p.value if isinstance(p.value, int) else p.value.term) * 2**p.at for p in number.pieces)
        most = sum((p.value if isinstance(p.value, int) else p.value.most) << p.at for p in number.pieces)
        return Whole(term, min(most, MAX))

    def term(self, number: Number) -> Any:
        number = self.whole(number)
        return z3.IntVal(number) if isinstance(number, int) else number.term

    def most(self, number: Number) -> int:
        number = self.whole(number)
        return number if isinstance(number, int) else number.most

    def fits(self, number: Number, width: int, meaning: str) -> Number:
        """The number, on condition that it has no more bits than that."""
        if self.most(number) < 2**width:
            return number
        if isinstance(number, int):
            raise Unsupported(f"{meaning}: {number}")
        term = self.term(number)
        self.ledger.require(term < 2**width, meaning)
        return Whole(term, 2**width - 1)

    # Arithmetic

    def exact(self, operator: str) -> bool:
        return operator not in ("Add", "Sub", "Mult", "FloorDiv", "Mod")

    def binary(self, operator: str, left: Number, right: Number) -> tuple[Number, Truth]:
        match operator:
            case "Add" | "Sub":
                by_piece = self._by_piece(operator, left, right)
                if by_piece is not None:
                    return by_piece, False
                a, b = self.term(left), self.term(right)
                if operator == "Sub":
                    return Whole(a - b, self.most(left)), a < b
                most = self.most(left) + self.most(right)
                return Whole(a + b, min(most, MAX)), False if most <= MAX else a + b > MAX
            case "Mult":
                if 0 in (left, right) or 1 in (left, right):
                    return (0 if 0 in (left, right) else right if left == 1 else left), False
                a, b = self.term(left), self.term(right)
                most = self.most(left) * self.most(right)
                return Whole(a * b, min(most, MAX)), False if most <= MAX else a * b > MAX
            case "FloorDiv" | "Mod":
                quotient, rest, fails = self._divide(left, right)
                return (quotient if operator == "FloorDiv" else rest), fails
            case "BitAnd":
                return self._and(left, right), False
            case "BitOr":
                return self._or(left, right), False
            case "LShift":
                if not isinstance(right, int):
                    return self._unknown("shifted", MAX), False
                return self.row([Piece(right, self.fits(left, WIDTH - right, "a shift loses bits"))]), False
            case "RShift":
                if not isinstance(right, int):
                    return self._below("shifted", left), False
                return self.bits(left, right, WIDTH), False
        raise Unsupported(operator)

    def _by_piece(self, operator: str, left: Number, right: Number) -> Number | None:
        """Sum or difference of packed words, field by field, on condition that no field spills over."""
        cuts = self.cuts(left)
        others = {piece.at for piece in right.pieces} if isinstance(right, Row) else {self._lowest(right)}
        if len(cuts) < 3 or not others <= set(cuts):
            return None
        pieces = []
        for at, end in zip(cuts, [*cuts[1:], WIDTH], strict=True):
            if at == end:
                continue
            ours, theirs = self.bits(left, at, end), self.bits(right, at, end)
            if isinstance(theirs, int) and theirs == 0:
                pieces.append(Piece(at, ours))
                continue
            a, b = self.term(ours), self.term(theirs)
            if operator == "Sub":
                self.ledger.require(a >= b, "a field of a packed word falls below zero")
                pieces.append(Piece(at, Whole(a - b, self.most(ours))))
            else:
                total = Whole(a + b, self.most(ours) + self.most(theirs))
                pieces.append(Piece(at, self.fits(total, end - at, "a field of a packed word spills over")))
        return self.row(pieces)

    def _lowest(self, number: Number) -> int:
        return (number & -number).bit_length() - 1 if isinstance(number, int) and number else 0

    def _divide(self, left: Number, right: Number) -> tuple[Number, Number, Truth]:
        left, right = self.whole(left), self.whole(right)
        if isinstance(right, int) and right == 0:
            return 0, 0, True
        a, b = self.term(left), self.term(right)
        key = (a.get_id(), b.get_id())
        if key not in self.divided:
            quotient = self._unknown(
                "quotient", self.most(left) // right if isinstance(right, int) else self.most(left)
            )
            rest = self._unknown("rest", min(self.most(left), max(self.most(right) - 1, 0)))
            fact = z3.And(a == b * quotient.term + rest.term, rest.term < b)
            self.ledger.fact(fact if isinstance(right, int) else z3.Implies(b != 0, fact))
            self.divided[key] = ((a, b), (quotient, rest))
        quotient, rest = self.divided[key][1]
        return quotient, rest, (right == 0 if isinstance(right, int) else b == 0)

    def _and(self, left: Number, right: Number) -> Number:
        if isinstance(left, int):
            left, right = right, left
        if not isinstance(right, int):
            shared = self._below("shared", left, right)
            self.ledger.fact(*(self.ones(shared) <= self.ones(number) for number in (left, right)))
            return shared
        return self.row([Piece(at, self.bits(left, at, end)) for at, end in runs(right)])

    def ones(self, number: Number) -> Any:
        """How many bits of a mask are set: nothing is known of it but that a part of a mask has no more."""
        return ONES(self.term(number))

    def _below(self, hint: str, *numbers: Number) -> Whole:
        found = self._unknown(hint, min(map(self.most, numbers)))
        self.ledger.fact(*(found.term <= self.term(number) for number in numbers))
        return found

    def _or(self, left: Number, right: Number) -> Number:
        if isinstance(left, int):
            left, right = right, left
        if isinstance(right, int):
            pieces, at = [], 0
            for start, end in [*runs(right), (WIDTH, WIDTH)]:
                pieces.append(Piece(at, self.bits(left, at, start)))
                pieces.append(Piece(start, (1 << (end - start)) - 1))
                at = end
            return self.row(pieces)
        pieces = sorted([*self._pieces(left), *self._pieces(right)], key=lambda piece: piece.at)
        if len({piece.at for piece in pieces}) < len(pieces):
            a, b = self.term(left), self.term(right)
            joined = self._unknown("joined", 2 ** max(self.most(left), self.most(right)).bit_length() - 1)
            self.ledger.fact(joined.term >= a, joined.term >= b, joined.term <= a + b)
            return joined
        found = []
        for piece, upper in zip(pieces, [*pieces[1:], Piece(WIDTH, 1)], strict=True):
            found.append(Piece(piece.at, self.fits(piece.value, upper.at - piece.at, "a field reaches into the next")))
        return self.row(found)

    def _pieces(self, number: Number) -> tuple[Piece, ...]:
        return number.pieces if isinstance(number, Row) else (Piece(0, number),)

    def compare(self, operator: str, left: Number, right: Number) -> Truth:
        match operator:
            case "Eq":
                if identical(left, right):
                    return True
                if isinstance(left, Row) or isinstance(right, Row):
                    cuts = sorted(set(self.cuts(left)) | set(self.cuts(right)))
                    return both(
                        *(
                            self._equal(self.bits(left, at, end), self.bits(right, at, end))
                            for at, end in zip(cuts, [*cuts[1:], WIDTH], strict=True)
                            if at < end
                        )
                    )
                return self._equal(left, right)
            case "Lt":
                if isinstance(right, int) and self.most(left) < right:
                    return True
                return self.term(left) < self.term(right)
        raise Unsupported(operator)

    def _equal(self, left: Number, right: Number) -> Truth:
        if identical(left, right):
            return True
        if isinstance(left, int) and isinstance(right, int):
            return False
        return self.term(left) == self.term(right)

    def invert(self, number: Number) -> Number:
        return Whole(MAX - self.term(number), MAX)

    def choose(self, truth: Truth, yes: Number, no: Number) -> Number:
        if isinstance(yes, Row) or isinstance(no, Row):
            cuts = sorted(set(self.cuts(yes)) | set(self.cuts(no)))
            return self.row(
                [
                    Piece(at, self._choose(truth, self.bits(yes, at, end), self.bits(no, at, end)))
                    for at, end in zip(cuts, [*cuts[1:], WIDTH], strict=True)
                    if at < end
                ]
            )
        return self._choose(truth, yes, no)

    def _choose(self, truth: Truth, yes: Number, no: Number) -> Number:
        if identical(yes, no):
            return yes
        if isinstance(yes, Row) or isinstance(no, Row):
            return self.choose(truth, yes, no)
        return Whole(z3.If(truth, self.term(yes), self.term(no)), max(self.most(yes), self.most(no)))

    def extreme(self, first: Truth, left: Number, right: Number, of_both: Callable[[int, int], int]) -> Number:
        """The least or the greatest of two numbers: the first of them where `first` holds."""
        if isinstance(first, bool):
            return left if first else right
        return Whole(z3.If(first, self.term(left), self.term(right)), of_both(self.most(left), self.most(right)))

    def narrowed(self, number: Number, most: int) -> Number:
        """A number of which is known that it is not above `most`."""
        return Whole(self.term(number), most) if self.most(number) > most else number
