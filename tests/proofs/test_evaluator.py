"""The formulas say what the compiled contracts do: both are asked the same of random numbers."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import z3

from tests.chains import InProcessChain
from tests.proving.claim import Claim, Refuted
from tests.proving.evaluator import Struct, Unsupported
from tests.proving.numbers import Bits, Integers
from tests.proving.source import source

WITH_PERMIT = "ledger._deposit_with_permit"
HARNESS = "mocks/EscrowPackingHarness"


def solved(claim: Claim, inputs: dict[Any, int], value: Any) -> list[int]:
    """What a formula comes to for these inputs, as a list of numbers."""
    if isinstance(value, Struct):
        return [number for field in value.fields.values() for number in solved(claim, inputs, field)]
    if isinstance(value, tuple):
        return [number for field in value for number in solved(claim, inputs, field)]
    if isinstance(value, bool | int):
        return [int(value)]
    term = z3.If(value, 1, 0) if isinstance(value, z3.BoolRef) else claim.term(value)
    solver = z3.Solver()
    solver.add(*(event.holds for event in claim.evaluator.ledger.events))
    solver.add(*(claim.term(unknown) == number for unknown, number in inputs.items()))
    assert solver.check() == z3.sat
    return [solver.model().eval(term, model_completion=True).as_long()]


def plain(found: Any) -> list[int]:
    if isinstance(found, tuple | list):
        return [number for part in found for number in plain(part)]
    return [int(found, 16) if isinstance(found, str) else int(found)]


@pytest.mark.parametrize("arithmetic", [Bits, Integers])
@pytest.mark.parametrize(
    "function", ["unpack_terms", "unpack_pay", "unpack_progress", "as_closed", "with_one_less_live"]
)
def test_evaluator__random_words__agrees_with_the_compiled_contract(
    function: str, arithmetic: Callable[..., Any]
) -> None:
    contract = InProcessChain().deploy(HARNESS)
    chance = random.Random(function)
    for _ in range(5):
        claim = Claim(source(HARNESS), arithmetic)
        # At least one live slot, and room for some labels.
        word = (chance.getrandbits(256) | 1 << 160) & ~(1 << 252 | 1 << 221)
        rest = [chance.randrange(4096), chance.randrange(4096)] if function == "with_one_less_live" else []
        unknown = claim.number("word", 2**256 - 1)
        if rest and arithmetic is Integers:
            # Where the fields of a word of which nothing is known begin, its fields tell.
            claim.call("escrow.packing._unpack_progress", unknown)
        more = [claim.number(f"more {i}", 4095) for i in range(len(rest))]
        found = claim.call(f"EscrowPackingHarness.{function}", unknown, *more)
        inputs = dict(zip([unknown, *more], [word, *rest], strict=True))
        assert solved(claim, inputs, found) == plain(getattr(contract, function)(word, *rest))


def test_evaluator__what_is_not_translated__is_refused() -> None:
    claim = Claim(source("GoldTest"), Integers)
    arguments = [claim.fresh(type_, f"argument {i}") for i, type_ in enumerate(claim.parameters(WITH_PERMIT))]
    with pytest.raises(Unsupported):
        claim.call(WITH_PERMIT, *arguments)


def counted(invariant: Callable[[Any, Any], Any]) -> tuple[Claim, Any, Any]:
    """How many positions a court's word has, of whose loop no more is known than the invariant."""
    claim = Claim(source("Court"), Bits)
    claim.evaluator.loops["court.packing._count._"] = lambda _, now, number: invariant(
        claim.term(now["count"]), claim.term(number)
    )
    positions = claim.number("positions", 2**256 - 1)
    return claim, positions, claim.call("court.packing._count", positions)


def test_loop__what_holds_of_each_iteration__holds_after_it() -> None:
    claim, _, count = counted(lambda count, number: z3.ULE(count, number))
    claim.can_be()
    claim.holds(z3.ULE(count, 15), "no more than positions that are looked at")


@pytest.mark.parametrize(
    ("invariant", "words"),
    [(lambda count, number: count != 0, "of the first"), (lambda count, number: count == 0, "of the next")],
    ids=["first", "next"],
)
def test_loop__what_does_not_hold_of_each_iteration__is_refuted(invariant: Any, words: str) -> None:
    claim, _, _ = counted(invariant)
    with pytest.raises(Refuted, match=words):
        claim.never_fails()


def test_loop__what_is_not_said_of_each_iteration__is_unknown_after_it() -> None:
    claim, positions, count = counted(lambda count, number: z3.ULE(count, number))
    claim.assume(positions == 1)
    with pytest.raises(Refuted, match="one"):
        claim.holds(count == 1, "one position is counted")
