"""Claims, and how they are decided: proven for all inputs, or refuted by inputs that are printed in plain words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import z3

from tests.proving.evaluator import Evaluator, Hook, Struct, Value
from tests.proving.numbers import MAX, Bits, Event, Integers, Truth, both, either, negated
from tests.proving.source import Source

# Steps of the solver for one question: what it can decide is then the same on every machine, however busy.
EFFORT = 30_000_000
# It is tried with so many seeds, one after the other: what takes one for ever is easy for another.
SEEDS = 8
REFUSES = "refuses: "
# Bounds that no contract checks, base units: of a free balance, and of what there is of a token.
MAX_BALANCE = 2**160 - 1
MAX_SUPPLY = 2**255
# Of a time, unix seconds: the years 2004 and 4,000. Not much later a window has no room in 36 bits.
EARLIEST = 2**30
LATEST = 2**36 - 2**32


class Refuted(AssertionError):
    """A claim that does not hold, with inputs for which it does not."""


class Undecided(AssertionError):
    """A claim that was neither proven nor refuted in time."""


def refusal(evaluator: Evaluator, condition: Truth, reason: Value) -> None:
    text = reason.to_bytes(32, "big").lstrip(b"\0").decode() if isinstance(reason, int) else "a reason"
    evaluator.revert(condition, f"{REFUSES}{text}")


def refusal_outside(evaluator: Evaluator, number: Value, least: Value, most: Value, reason: Value) -> None:
    refusal(evaluator, both(evaluator.holds(">=", number, least), evaluator.holds("<=", number, most)), reason)


# How contracts refuse something: see `require.vy`.
REQUIRE: dict[str, Hook] = {"require.that": refusal, "require.within": refusal_outside}


class Claim:
    """Evaluates calls, and says what holds of them."""

    def __init__(
        self, source: Source, arithmetic: Callable[..., Any] = Integers, hooks: dict[str, Hook] | None = None
    ) -> None:
        self.evaluator = Evaluator(source, arithmetic, {**REQUIRE, **(hooks or {})})
        self.proven = 0  # how many events are proven to be no obstacle

    def call(self, name: str, *arguments: Value) -> Value:
        return self.evaluator.call(name, *arguments)

    def assume(self, *truths: Truth) -> None:
        for truth in truths:
            self.evaluator.assume(truth)

    def never_fails(self) -> None:
        """Nothing that was called wraps, spills over, or reverts other than by refusing with a reason."""
        events = self.evaluator.ledger.events
        known = [event.holds for event in events[: self.proven]]
        wanted: list[Event] = []
        for event in [*events[self.proven :], None]:
            if event is not None and (event.kind == "condition" or self._is_failure(event)):
                wanted.append(event)
                continue
            if wanted:
                # What comes later may be made of these, so it must not help to prove them.
                self._decide(known, wanted)
                known += [found.holds for found in wanted]
                wanted = []
            if event is not None:
                known.append(event.holds)
        self.proven = len(events)

    def proven_elsewhere(self) -> None:
        """Whatever was called so far never fails: another claim says so."""
        self.proven = len(self.evaluator.ledger.events)

    def holds(self, truth: Truth, meaning: str) -> None:
        """This holds whenever the calls refuse nothing; and they never fail otherwise."""
        self.never_fails()
        self.holds_unless_reverted(truth, meaning)

    def holds_unless_reverted(self, truth: Truth, meaning: str) -> None:
        """This holds whenever the calls do not revert, for whatever reason: only of numbers as the EVM has them."""
        if truth is True:
            return
        goal = z3.BoolVal(truth) if isinstance(truth, bool) else truth
        self._decide([event.holds for event in self.evaluator.ledger.events], [Event("claim", goal, meaning)])

    def can_be(self, *truths: Truth) -> None:
        """The assumptions are no contradiction: else everything would hold."""
        solver = self._solver([*(event.holds for event in self.evaluator.ledger.events), *truths])
        if solver.check() != z3.sat:
            raise AssertionError("nothing is claimed of anything: no inputs fulfil what is assumed")

    def fresh(self, type_: Any, hint: str) -> Value:
        return self.evaluator.fresh(type_, hint)

    def constant(self, name: str) -> int:
        """A constant of the source, e.g. `escrow.packing.PAY`."""
        return self.evaluator.source.constant(name)

    def variable(self, name: str) -> str:
        """A storage variable by its name, in whichever module it is."""
        (found,) = (full for full in self.evaluator.source.variables if full.endswith(f".{name}"))
        return found

    def number(self, hint: str, most: int) -> Value:
        """An unknown number, from 0 to `most`."""
        return self.evaluator.numbers.fresh(hint, most)

    def is_(self, left: Value, operator: str, right: Value) -> Truth:
        """A comparison, as a formula: == for anything, != < <= > >= for numbers."""
        return self.evaluator.holds(operator, left, right)

    def term(self, number: Value) -> Any:
        """A number as one of Z3's, to calculate with without bounds."""
        return self.evaluator.numbers.term(number)

    def parameters(self, function: str) -> list[Any]:
        """Types of a function's parameters."""
        return [argument.typ for argument in self.evaluator.source.functions[function]._metadata["func_type"].arguments]

    def _is_failure(self, event: Event) -> bool:
        return event.kind == "revert" and not event.meaning.startswith(REFUSES)

    def _solver(self, formulas: Iterable[Truth], seed: int = 0) -> z3.Solver:
        # In a context of its own: how easily it decides this would hang on what was asked before otherwise.
        solver = z3.Solver(ctx=z3.Context())
        solver.set("rlimit", EFFORT)
        solver.set("random_seed", seed)
        for formula in formulas:
            solver.add(formula if isinstance(formula, bool) else formula.translate(solver.ctx))
        return solver

    def _decide(self, known: list[Any], wanted: list[Event]) -> None:
        formulas = [*known, negated(both(*(event.holds for event in wanted)))]
        for seed in range(SEEDS):
            solver = self._solver(formulas, seed)
            answer = solver.check()
            if answer == z3.unsat:
                return
            if answer == z3.sat:
                break
        meanings = "; ".join(event.meaning for event in wanted)
        if answer == z3.unknown:
            raise Undecided(f"neither proven nor refuted ({solver.reason_unknown()}): {meanings}")
        model = solver.model()
        broken = [
            event.meaning
            for event in wanted
            if z3.is_false(model.eval(event.holds.translate(solver.ctx), model_completion=True))
        ]
        raise Refuted("\n".join([f"It does not hold that {' / '.join(broken)}. For example with", *self._words(model)]))

    def _words(self, model: Any) -> list[str]:
        found = []
        for name, unknown in self.evaluator.ledger.inputs.items():
            value = model[unknown.translate(model.ctx)]
            if value is not None:
                found.append(f"  {name} = {value}")
        return found


def implies(condition: Truth, conclusion: Truth) -> Truth:
    return either(negated(condition), conclusion)


@dataclass(frozen=True)
class Movement:
    """An amount that was credited to a free balance, or debited from it."""

    reached: Truth
    token: Value
    account: Value
    amount: Value


class Money(Claim):
    """A claim about free balances: what is credited and debited is noted, not added up in them."""

    def __init__(self, source: Source, hooks: dict[str, Hook] | None = None) -> None:
        self.credits: list[Movement] = []
        self.debits: list[Movement] = []
        super().__init__(
            source,
            Integers,
            {
                "ledger._credit": self._into(self.credits),
                "ledger._debit": self._debit,
                "ledger._held": lambda evaluator, _: evaluator.numbers.fresh(evaluator.ledger.name("held"), MAX_SUPPLY),
                **(hooks or {}),
            },
        )
        self.now = self.evaluator.environment["block.timestamp"] = self.number("block.timestamp", LATEST)
        self.assume(self.is_(self.now, ">=", EARLIEST))

    def _into(self, movements: list[Movement]) -> Hook:
        def note(evaluator: Evaluator, token: Value, account: Value, amount: Value) -> None:
            movements.append(Movement(both(*evaluator.ledger.live), token, account, amount))

        return note

    def _debit(self, evaluator: Evaluator, token: Value, account: Value, amount: Value) -> None:
        # Nobody has more: no deposit is above 2^128 - 1, and nobody lives to make 2^64.
        evaluator.revert(evaluator.holds("<=", amount, MAX_BALANCE), f"{REFUSES}ledger: balance too low")
        self._into(self.debits)(evaluator, token, account, amount)

    def sum(self, movements: list[Movement], account: Value = None) -> Any:
        """All amounts, or those of an account, as one of Z3's numbers."""
        total: Any = z3.IntVal(0)
        for movement in movements:
            same = True if account is None else self.evaluator.equal(movement.account, account)
            counts = both(movement.reached, same)
            amount = self.term(movement.amount)
            total += amount if counts is True else z3.If(counts, amount, 0) if counts is not False else 0
        return total

    def packed(self, name: str, hint: str = "", **values: Value) -> tuple[Value, Value]:
        """A packed word with any values that have room, by the name of what unpacks it: the word, and the values.

        `hint` tells those of one kind apart.
        """
        module, _, function = name.rpartition(".")
        widest = self.widest(name)
        struct = self.evaluator.source.functions[name]._metadata["func_type"].return_type
        fields = {
            field: values.get(field, self._any(struct.members[field], f"{hint or function[8:]}.{field}", most))
            for field, most in widest.fields.items()
        }
        assert values.keys() <= fields.keys(), values.keys() - fields.keys()
        found = Struct(struct._id, fields)
        return self.call(f"{module}._pack{function[7:]}", found), found

    def flag(self, name: str, field: str, member: str) -> int:
        """A member of the enumeration that a field of a packed word is of."""
        struct = self.evaluator.source.functions[name]._metadata["func_type"].return_type
        return int(1 << struct.members[field]._flag_members[member])

    def any_flag(self, name: str, field: str) -> Value:
        """Any member of the enumeration that a field of a packed word is of."""
        struct = self.evaluator.source.functions[name]._metadata["func_type"].return_type
        members = range(len(struct.members[field]._flag_members))
        flag = self.number(f"any {field}", 1 << max(members))
        self.assume(z3.Or(*(self.is_(flag, "==", 1 << member) for member in members)))
        return flag

    def later(self) -> None:
        """Time goes on."""
        before = self.now
        self.now = self.evaluator.environment["block.timestamp"] = self.number(
            self.evaluator.ledger.name("block.timestamp"), LATEST
        )
        self.assume(self.is_(self.now, ">=", before))

    def _any(self, type_: Any, hint: str, most: Value) -> Value:
        return self.fresh(type_, hint) if isinstance(most, bool) else self.number(hint, most)

    def widest(self, name: str) -> Value:
        """The greatest value of each field of a packed word: what all bits that are set unpack to."""
        claim = Claim(self.evaluator.source, Bits)
        return claim.call(name, MAX)

    def store(self, variable: str, *keys_and_value: Value) -> None:
        *keys, value = keys_and_value
        self.evaluator.write(self.evaluator.place(variable, *keys), value)

    def stored(self, variable: str, *keys: Value) -> Value:
        return self.evaluator.read(self.evaluator.place(variable, *keys))
