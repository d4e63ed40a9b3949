"""Vyper's functions as formulas: what each variable, field and storage word is after a call, for all inputs.

Branches are taken together: after an `if`, what differs is a choice by its condition. What a call reads of the chain,
of other contracts, of bytes and of storage that nothing was written to is unknown, and so is a hash. Loops are
unrolled, but for those of which a claim says what holds at the start of each iteration: there one iteration, any, is
evaluated. A kind of statement or expression that is not known here raises `Unsupported`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3
from vyper import ast as vy_ast
from vyper.semantics.types import (
    AddressT,
    BoolT,
    BytesM_T,
    DArrayT,
    FlagT,
    HashMapT,
    IntegerT,
    InterfaceT,
    SArrayT,
    StructT,
    TupleT,
)
from vyper.semantics.types.bytestrings import _BytestringT
from vyper.semantics.types.function import ContractFunctionT, MemberFunctionT

from tests.proving.numbers import (
    MAX,
    Integers,
    Ledger,
    Number,
    Truth,
    Unsupported,
    both,
    either,
    identical,
    negated,
)
from tests.proving.source import Source

Value = Any
Hook = Callable[..., Value]
# What holds at the start of each iteration: of the variables before the loop, those then, and the loop's own.
Invariant = Callable[[dict[str, Value], dict[str, Value], Number], Truth]
KNOWN = {  # arithmetic of what is known
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b if b else 0,
    "Mod": lambda a, b: a % b if b else 0,
    "Pow": lambda a, b: a**b,
    "BitAnd": lambda a, b: a & b,
    "BitOr": lambda a, b: a | b,
    "BitXor": lambda a, b: a ^ b,
    "LShift": lambda a, b: a << b,
    "RShift": lambda a, b: a >> b,
}
UNSAFE = {"unsafe_add": "Add", "unsafe_sub": "Sub", "unsafe_mul": "Mult", "unsafe_div": "FloorDiv"}


@dataclass(frozen=True)
class Struct:
    name: str
    fields: dict[str, Value]

    def __getattr__(self, name: str) -> Value:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"{self.name} has no field {name}") from None

    def but(self, **changes: Value) -> "Struct":
        assert changes.keys() <= self.fields.keys(), changes.keys() - self.fields.keys()
        return Struct(self.name, {**self.fields, **changes})


@dataclass(frozen=True)
class Text:
    """Bytes or a string: nothing is known of it but, perhaps, its length."""

    length: Number


@dataclass(frozen=True)
class Items:
    """A dynamic array: its length, and as many items as it may have."""

    length: Number
    items: tuple[Value, ...]


@dataclass
class Place:
    """A storage variable, or a part of it."""

    variable: str
    type: Any
    keys: tuple[Any, ...] = ()


@dataclass
class Frame:
    function: str
    variables: dict[str, Value]
    entered: tuple[Truth, ...]
    returns: list[tuple[Truth, Value]] = field(default_factory=list)
    loops: list["Loop"] = field(default_factory=list)


@dataclass
class Loop:
    breaks: list[tuple[Truth, dict[str, Value]]] = field(default_factory=list)
    continues: list[tuple[Truth, dict[str, Value]]] = field(default_factory=list)


def most_of(type_: Any) -> int:
    """The greatest number that a type has."""
    if isinstance(type_, IntegerT) and not type_.is_signed:
        return int(2**type_.bits - 1)
    if isinstance(type_, AddressT | InterfaceT):
        return 2**160 - 1
    if isinstance(type_, BytesM_T):
        return int(2 ** (8 * type_.m) - 1)
    if isinstance(type_, FlagT):
        return int(2 ** len(type_._flag_members) - 1)
    raise Unsupported(f"type {type_}")


class Evaluator:
    """Evaluates functions of one source, in one of the two ways to calculate.

    `hooks` stand in for functions by their names, or for another contract's by `call NAME`: they are told the evaluator
    and the arguments. What a hook leaves out has to be proven elsewhere.
    """

    def __init__(
        self, source: Source, arithmetic: Callable[[Ledger], Any] = Integers, hooks: dict[str, Hook] | None = None
    ) -> None:
        self.source = source
        self.ledger = Ledger()
        self.numbers = arithmetic(self.ledger)
        self.hooks = hooks or {}
        self.storage: dict[str, list[tuple[tuple[Truth, ...], tuple[Any, ...], Value]]] = {}
        self.unwritten: dict[str, list[tuple[tuple[Any, ...], Value]]] = {}
        self.environment: dict[str, Value] = {}
        self.known: list[tuple[Any, Any]] = []  # unknowns that a claim has fixed
        self.assumed: dict[int, Truth] = {}  # what a claim has assumed besides, simplified, by Z3's own number
        self.invariants: dict[str, Callable[[Value], Truth]] = {}  # what holds of each value of a storage variable
        # Of loops that are not unrolled, by function and the loop's own variable, e.g. `gold.grading._check.pair`.
        self.loops: dict[str, Invariant] = {}

    # Unknowns

    def fresh(self, type_: Any, hint: str) -> Value:
        if isinstance(type_, BoolT):
            value = z3.Bool(hint)
            self.ledger.inputs[hint] = value
            return value
        if isinstance(type_, StructT):
            return Struct(type_._id, {name: self.fresh(t, f"{hint}.{name}") for name, t in type_.members.items()})
        if isinstance(type_, SArrayT):
            return [self.fresh(type_.value_type, f"{hint}[{i}]") for i in range(type_.count)]
        if isinstance(type_, DArrayT):
            items = tuple(self.fresh(type_.value_type, f"{hint}[{i}]") for i in range(type_.length))
            return Items(self.numbers.fresh(f"{hint}.length", type_.length), items)
        if isinstance(type_, TupleT):
            return tuple(self.fresh(t, f"{hint}[{i}]") for i, t in enumerate(type_.member_types))
        if isinstance(type_, _BytestringT):
            return Text(self.numbers.fresh(f"{hint}.length", type_.length))
        return self.numbers.fresh(hint, most_of(type_))

    def unknown(self, type_: Any, hint: str) -> Value:
        return self.fresh(type_, self.ledger.name(hint))

    def empty(self, type_: Any) -> Value:
        if isinstance(type_, BoolT):
            return False
        if isinstance(type_, StructT):
            return Struct(type_._id, {name: self.empty(t) for name, t in type_.members.items()})
        if isinstance(type_, SArrayT):
            return [self.empty(type_.value_type) for _ in range(type_.count)]
        if isinstance(type_, DArrayT):
            return Items(0, tuple(self.empty(type_.value_type) for _ in range(type_.length)))
        if isinstance(type_, _BytestringT):
            return Text(0)
        most_of(type_)
        return 0

    # What a claim says

    def assume(self, truth: Truth) -> None:
        """Only where this holds is anything claimed."""
        if truth is False:
            raise AssertionError("nothing is claimed of what cannot be")
        if truth is not True:
            self.ledger.fact(truth)
            if z3.is_eq(truth) and z3.is_const(truth.arg(0)) and z3.is_int_value(truth.arg(1)):
                self.known.append((truth.arg(0), truth.arg(1)))
            else:
                simple = z3.simplify(truth)
                self.assumed[simple.get_id()] = simple

    def holds(self, operator: str, left: Number, right: Number) -> Truth:
        """A comparison of numbers, by its operator: == != < <= > >=."""
        match operator:
            case "==":
                return self.equal(left, right)
            case "!=":
                return negated(self.equal(left, right))
            case "<":
                return self._less(left, right)
            case ">":
                return self._less(right, left)
            case "<=":
                return negated(self._less(right, left))
            case ">=":
                return negated(self._less(left, right))
        raise Unsupported(operator)

    def at_least(self, left: Number, right: Number) -> Truth:
        return self.holds(">=", left, right)

    # Calls

    def call(self, name: str, *arguments: Value) -> Value:
        """Evaluates a function of the source."""
        if name in self.hooks:
            return self.hooks[name](self, *arguments)
        return self.unhooked(name, *arguments)

    def unhooked(self, name: str, *arguments: Value) -> Value:
        """Evaluates a function itself, even where a hook stands in for it."""
        node = self.source.functions[name]
        names = [argument.arg for argument in node.args.args]
        if len(names) != len(arguments):
            raise Unsupported(f"{name} with {len(arguments)} arguments")
        frame = Frame(name, dict(zip(names, arguments, strict=True)), self.ledger.live)
        before = self.ledger.live
        self._block(node.body, frame)
        if not self._dead():
            frame.returns.append((True, None))
        self.ledger.live = before
        value = frame.returns[-1][1]
        for guard, other in reversed(frame.returns[:-1]):
            value = self.choose(guard, other, value)
        return value

    def revert(self, unless: Truth, meaning: str) -> None:
        """The call goes on only where this holds."""
        self.ledger.note("revert", unless, meaning)

    def _dead(self) -> bool:
        return self.ledger.live[:1] == (False,)

    def _since(self, before: tuple[Truth, ...]) -> Truth:
        """When what is evaluated now is reached, for whoever knows that `before` holds."""
        live = self.ledger.live
        if len(live) >= len(before) and all(a is b for a, b in zip(live, before, strict=False)):
            return both(*live[len(before) :])
        return both(*live)

    # Statements

    def _block(self, statements: Sequence[Any], frame: Frame) -> None:
        for statement in statements:
            if self._dead():
                return
            self._statement(statement, frame)

    def _statement(self, node: Any, frame: Frame) -> None:
        match node:
            case vy_ast.AnnAssign():
                frame.variables[node.target.id] = self.evaluate(node.value, frame)
            case vy_ast.Assign():
                self._assign(node.target, self.evaluate(node.value, frame), frame)
            case vy_ast.AugAssign():
                new = self._operation(
                    node.op, self.evaluate(node.target, frame), self.evaluate(node.value, frame), node
                )
                self._assign(node.target, new, frame)
            case vy_ast.Expr():
                self.evaluate(node.value, frame)
            case vy_ast.Log():
                for argument in [*node.value.args, *(keyword.value for keyword in node.value.keywords)]:
                    self.evaluate(argument, frame)
            case vy_ast.Return():
                value = None if node.value is None else self.evaluate(node.value, frame)
                frame.returns.append((self._since(frame.entered), value))
                self.ledger.live = (False,)
            case vy_ast.If():
                self._if(node, frame)
            case vy_ast.For():
                self._for(node, frame)
            case vy_ast.Break():
                frame.loops[-1].breaks.append((both(*self.ledger.live), dict(frame.variables)))
                self.ledger.live = (False,)
            case vy_ast.Continue():
                frame.loops[-1].continues.append((both(*self.ledger.live), dict(frame.variables)))
                self.ledger.live = (False,)
            case vy_ast.Assert():
                self.revert(self.evaluate(node.test, frame), f"line {node.lineno}: assertion")
            case vy_ast.Pass() | vy_ast.DocStr():
                pass
            case _:
                raise Unsupported(f"{type(node).__name__}: {node.node_source_code}")

    def _if(self, node: Any, frame: Frame) -> None:
        condition = self.decide(self.evaluate(node.test, frame))
        if isinstance(condition, bool):
            self._block(node.body if condition else node.orelse, frame)
            return
        before, variables = self.ledger.live, frame.variables
        frame.variables = dict(variables)
        self.ledger.live = (*before, condition)
        self._block(node.body, frame)
        live, taken = self.ledger.live, frame.variables
        frame.variables = dict(variables)
        self.ledger.live = (*before, negated(condition))
        self._block(node.orelse, frame)
        if self._dead():
            self.ledger.live, frame.variables = live, taken
        elif live[:1] != (False,):
            frame.variables = self._merged(condition, taken, frame.variables)
            if live == (*before, condition) and self.ledger.live == (*before, negated(condition)):
                self.ledger.live = before
            else:
                rest = len(before)
                self.ledger.live = (*before, either(both(*live[rest:]), both(*self.ledger.live[rest:])))

    def _merged(self, condition: Truth, yes: dict[str, Value], no: dict[str, Value]) -> dict[str, Value]:
        # What is reached on one of the two ways only says nothing of the condition now.
        live, self.ledger.live = self.ledger.live, ()
        merged = {name: self.choose(condition, value, no[name]) for name, value in yes.items() if name in no}
        self.ledger.live = live
        return merged

    def _for(self, node: Any, frame: Frame) -> None:
        name = node.target.target.id
        invariant = self.loops.get(f"{frame.function}.{name}")
        if invariant is not None:
            self._any_iteration(node, frame, invariant)
            return
        loop = Loop()
        frame.loops.append(loop)
        before = self.ledger.live
        for reached, value in self._iterations(node.iter, frame):
            reached = self.decide(reached)
            if reached is False or self._dead():
                break
            at_start, variables = self.ledger.live, dict(frame.variables)
            if reached is not True:
                self.ledger.live = (*at_start, reached)
            frame.variables[name] = value
            self._block(node.body, frame)
            self._rejoin(loop.continues, frame)
            if reached is not True:
                if self._dead():
                    self.ledger.live, frame.variables = (*at_start, negated(reached)), variables
                else:
                    frame.variables = self._merged(reached, frame.variables, variables)
                    if self.ledger.live == (*at_start, reached):
                        self.ledger.live = at_start
                    else:
                        self.ledger.live = (either(both(*self.ledger.live), both(*at_start, negated(reached))),)
        frame.loops.pop()
        broke = bool(loop.breaks)
        self._rejoin(loop.breaks, frame)
        if broke and not self._returned_within(node):
            self.ledger.live = before

    def _rejoin(self, left: list[tuple[Truth, dict[str, Value]]], frame: Frame) -> None:
        """Whoever has left, by `continue` or `break`, goes on from here."""
        for guard, variables in left:
            if self._dead():
                self.ledger.live, frame.variables = (guard,), variables
            else:
                frame.variables = self._merged(guard, variables, frame.variables)
                self.ledger.live = (either(guard, both(*self.ledger.live)),)
        left.clear()

    def _any_iteration(self, node: Any, frame: Frame, invariant: Invariant) -> None:
        """A loop, by induction: what holds at its start, and after any iteration that it held before, holds at its end.

        Whatever an iteration changes is unknown at the start of any, and after the last, but for the invariant.
        """
        start: int = 0
        items: Value = None
        if self._is_range(node.iter):
            start, end = self._range(node.iter, frame)
        else:
            items = self.evaluate(node.iter, frame)
            if not isinstance(items, Items):
                raise Unsupported(f"loop over {node.iter.node_source_code}")
            end = items.length
        before, entry, returned = self.ledger.live, dict(frame.variables), len(frame.returns)
        where, name = self._where(node), node.target.target.id
        self.ledger.require(invariant(entry, entry, start), f"{where}: what holds of each iteration holds of the first")
        changed, stored = self._changed(node, frame)
        forgotten = {variable: type_ for variable, type_ in changed.items() if variable in entry}
        written = {variable: len(entries) for variable, entries in self.storage.items()}

        frame.variables = {**entry, **{v: self.unknown(type_, v) for v, type_ in forgotten.items()}}
        at = self.numbers.fresh(self.ledger.name(name), MAX)
        reached = both(self.holds(">=", at, start), self._less(at, end))
        self._forget(stored)
        self.ledger.fact(either(negated(both(*before, reached)), invariant(entry, frame.variables, at)))
        self.ledger.live = (*before, reached)
        frame.variables[name] = at if items is None else self._item(list(items.items), at)
        loop = Loop()
        frame.loops.append(loop)
        self._block(node.body, frame)
        self._rejoin(loop.continues, frame)
        if not self._dead():
            following, _ = self.numbers.binary("Add", at, 1)
            self.ledger.require(
                invariant(entry, frame.variables, following), f"{where}: what holds of an iteration holds of the next"
            )
        frame.loops.pop()
        for variable, entries in self.storage.items():
            if variable not in stored and len(entries) != written.get(variable, 0):
                raise Unsupported(f"{where}: a function that is called in a loop writes to {variable}")
        self._forget(stored)

        # Who breaks or returns does so in the iteration that was evaluated: it is any, so it may be that one.
        left = [guard for guard, _ in frame.returns[returned:]]
        self.ledger.live = (*before, *(negated(guard) for guard in left))
        frame.variables = {**entry, **{v: self.unknown(type_, v) for v, type_ in forgotten.items()}}
        ended = both(*self.ledger.live, *(negated(guard) for guard, _ in loop.breaks))
        last = self.choose(self._less(end, start), start, end)
        self.ledger.fact(either(negated(ended), invariant(entry, frame.variables, last)))
        for guard, variables in loop.breaks:
            frame.variables = self._merged(guard, variables, frame.variables)

    def _changed(self, node: Any, frame: Frame) -> tuple[dict[str, Any], set[str]]:
        """Variables that a loop assigns to, with their types, and storage variables that it does itself."""
        changed, stored = {}, set()
        targets = [found.target for found in node.get_descendants((vy_ast.Assign, vy_ast.AugAssign, vy_ast.AnnAssign))]
        for call in node.get_descendants(vy_ast.Call):
            if isinstance(call.func._metadata.get("type"), MemberFunctionT):
                targets.append(call.func.value)
        for target in targets:
            parts = target.elements if isinstance(target, vy_ast.Tuple) else [target]
            for part in parts:
                place = None
                while isinstance(part, vy_ast.Subscript | vy_ast.Attribute) and place is None:
                    place = self._variable(part)
                    part = part.value
                if place is not None:
                    stored.add(place.variable)
                else:
                    changed[part.id] = part._metadata["type"]
        return changed, stored

    def _forget(self, variables: set[str]) -> None:
        """Nothing is known any more of these storage variables."""
        for variable in variables:
            self.storage.pop(variable, None)
            self.unwritten.pop(variable, None)

    def _returned_within(self, node: Any) -> bool:
        return bool(node.get_descendants(vy_ast.Return))

    def _iterations(self, node: Any, frame: Frame) -> Iterator[tuple[Truth, Value]]:
        """Each value of a loop, and whether it is reached."""
        if self._is_range(node):
            start, end = self._range(node, frame)
            for number in range(start, end if isinstance(end, int) else start + self._bound(node, frame)):
                yield self._less(number, end), number
            return
        items = self.evaluate(node, frame)
        if isinstance(items, list):
            for item in items:
                yield True, item
        elif isinstance(items, Items):
            for number, item in enumerate(items.items):
                yield self._less(number, items.length), item
        else:
            raise Unsupported(f"loop over {node.node_source_code}")

    def _is_range(self, node: Any) -> bool:
        return isinstance(node, vy_ast.Call) and getattr(node.func, "id", None) == "range"

    def _range(self, node: Any, frame: Frame) -> tuple[int, Number]:
        """From where to where a loop over numbers goes."""
        ends = [self.evaluate(argument, frame) for argument in node.args]
        start, end = (0, ends[0]) if len(ends) == 1 else ends
        bound = self._bound(node, frame)
        if not isinstance(start, int):
            raise Unsupported("a loop from an unknown number")
        if bound is not None:
            self.revert(negated(self._less(start + bound, end)), f"line {node.lineno}: loop above its bound")
        return start, end

    def _bound(self, node: Any, frame: Frame) -> Any:
        return next((self.evaluate(keyword.value, frame) for keyword in node.keywords), None)

    def _assign(self, target: Any, value: Value, frame: Frame) -> None:
        if isinstance(target, vy_ast.Tuple):
            for part, of_it in zip(target.elements, value, strict=True):
                self._assign(part, of_it, frame)
            return
        place = self._place(target, frame)
        if place is not None:
            self.write(place, value)
        elif isinstance(target, vy_ast.Name):
            frame.variables[target.id] = value
        elif isinstance(target, vy_ast.Attribute):
            self._assign(target.value, self.evaluate(target.value, frame).but(**{target.attr: value}), frame)
        elif isinstance(target, vy_ast.Subscript):
            items, index = self.evaluate(target.value, frame), self.evaluate(target.slice, frame)
            if not isinstance(items, list):
                raise Unsupported(f"assignment to {target.node_source_code}")
            if isinstance(index, int):
                items = [*items[:index], value, *items[index + 1 :]]
            else:
                self.revert(self._less(index, len(items)), f"{self._where(target)}: index out of bounds")
                items = [self.choose(self.equal(index, i), value, item) for i, item in enumerate(items)]
            self._assign(target.value, items, frame)
        else:
            raise Unsupported(f"assignment to {target.node_source_code}")

    # Storage

    def _place(self, node: Any, frame: Frame) -> Place | None:
        """The storage that an expression names; None if it is something else."""
        if isinstance(node, vy_ast.Subscript):
            base = self._place(node.value, frame)
            if base is None:
                return None
            key = self.evaluate(node.slice, frame)
            inner = base.type.value_type
            return Place(base.variable, inner, (*base.keys, key))
        if isinstance(node, vy_ast.Attribute):
            variable = self._variable(node)
            if variable is not None:
                return variable
            base = self._place(node.value, frame)
            if base is None or not isinstance(base.type, StructT):
                return None
            return Place(base.variable, base.type.members[node.attr], (*base.keys, node.attr))
        return self._variable(node) if isinstance(node, vy_ast.Name) else None

    def _variable(self, node: Any) -> Place | None:
        try:
            info = node._expr_info
        except Exception:
            return None
        variable = info.var_info if info is not None else None
        if variable is None or variable.decl_node is None or not isinstance(variable.decl_node, vy_ast.VariableDecl):
            return None
        if variable.decl_node.is_constant or (
            isinstance(node, vy_ast.Attribute) and node.attr != variable.decl_node.target.id
        ):
            return None
        declaration = variable.decl_node
        return Place(f"{self.source.name_of(declaration.module_node)}.{declaration.target.id}", variable.typ)

    def place(self, variable: str, *keys: Value) -> Place:
        """Storage by its name, e.g. `escrow.tasks.words`, and keys."""
        type_ = self.source.variables[variable].target._metadata["varinfo"].typ
        for key in keys:
            type_ = type_.members[key] if isinstance(type_, StructT) else type_.value_type
        return Place(variable, type_, keys)

    def read(self, place: Place) -> Value:
        if isinstance(place.type, StructT):
            members = place.type.members.items()
            fields = {name: self.read(Place(place.variable, t, (*place.keys, name))) for name, t in members}
            return Struct(place.type._id, fields)
        if isinstance(place.type, SArrayT):
            return [
                self.read(Place(place.variable, place.type.value_type, (*place.keys, i)))
                for i in range(place.type.count)
            ]
        if isinstance(place.type, HashMapT):
            raise Unsupported(f"a whole map: {place.variable}")
        value = None
        later: list[tuple[Truth, Value]] = []
        for guard, keys, written in reversed(self.storage.get(place.variable, [])):
            if len(keys) != len(place.keys):
                raise Unsupported(f"parts of {place.variable}")
            same = both(*(self._same_key(a, b) for a, b in zip(keys, place.keys, strict=True)))
            if same is False:
                continue
            applies = self.decide(
                both(*(g for g in guard if not any(self._same_truth(g, known) for known in self.ledger.live)), same)
            )
            if applies is True:
                value = written
                break
            if applies is not False:
                later.append((applies, written))
        else:
            value = self._unwritten(place)
        for applies, written in reversed(later):
            value = self.choose(applies, written, value)
        return value

    def _unwritten(self, place: Place) -> Value:
        """What is unknown of storage.

        Two keys that may be equal have values that may differ: so more is allowed for than there can be.
        """
        known = self.unwritten.setdefault(place.variable, [])
        for keys, value in known:
            if all(self._same_key(a, b) is True for a, b in zip(keys, place.keys, strict=True)):
                return value
        value = self.fresh(place.type, self.ledger.name(place.variable) if place.keys else place.variable)
        if place.variable in self.invariants:
            self.ledger.fact(self.invariants[place.variable](value))
        known.append((place.keys, value))
        return value

    def _same_key(self, left: Any, right: Any) -> Truth:
        if isinstance(left, str) or isinstance(right, str):
            return left == right
        return self.decide(self.equal(left, right))

    def write(self, place: Place, value: Value) -> None:
        if isinstance(place.type, StructT):
            for name, t in place.type.members.items():
                self.write(Place(place.variable, t, (*place.keys, name)), value.fields[name])
            return
        if isinstance(place.type, SArrayT):
            for i, item in enumerate(value):
                self.write(Place(place.variable, place.type.value_type, (*place.keys, i)), item)
            return
        self.storage.setdefault(place.variable, []).append((self.ledger.live, place.keys, value))

    # Expressions

    def evaluate(self, node: Any, frame: Frame) -> Value:
        if node.has_folded_value:
            node = node.get_folded_value()
        match node:
            case vy_ast.Int():
                return node.value
            case vy_ast.Hex():
                return int(node.value, 16)
            case vy_ast.NameConstant():
                return node.value
            case vy_ast.Str() | vy_ast.Bytes() | vy_ast.HexBytes():
                return Text(len(node.value))
            case vy_ast.Name():
                return self._name(node, frame)
            case vy_ast.Attribute():
                return self._attribute(node, frame)
            case vy_ast.Subscript():
                return self._subscript(node, frame)
            case vy_ast.BinOp():
                return self._operation(node.op, self.evaluate(node.left, frame), self.evaluate(node.right, frame), node)
            case vy_ast.UnaryOp():
                return self._unary(node, frame)
            case vy_ast.BoolOp():
                return self._logic(node, frame)
            case vy_ast.Compare():
                return self._compare(node, self.evaluate(node.left, frame), self.evaluate(node.right, frame))
            case vy_ast.IfExp():
                return self._either_of(node, frame)
            case vy_ast.Tuple():
                return tuple(self.evaluate(element, frame) for element in node.elements)
            case vy_ast.List():
                items = [self.evaluate(element, frame) for element in node.elements]
                type_ = node._metadata["type"]
                if not isinstance(type_, DArrayT):
                    return items
                rest = [self.empty(type_.value_type)] * (type_.length - len(items))
                return Items(len(items), (*items, *rest))
            case vy_ast.Call():
                return self._call(node, frame)
            case vy_ast.StaticCall() | vy_ast.ExtCall():
                return self._outside(node, frame)
        raise Unsupported(f"{type(node).__name__}: {node.node_source_code}")

    def _name(self, node: Any, frame: Frame) -> Value:
        if node.id in frame.variables:
            return frame.variables[node.id]
        if node.id == "self":
            return self._of_chain("self", AddressT())
        place = self._place(node, frame)
        if place is None:
            raise Unsupported(node.node_source_code)
        return self.read(place)

    def _attribute(self, node: Any, frame: Frame) -> Value:
        if isinstance(node.value, vy_ast.Name) and node.value.id in ("block", "msg", "chain", "tx"):
            return self._of_chain(f"{node.value.id}.{node.attr}", node._metadata["type"])
        place = self._place(node, frame)
        if place is not None:
            return self.read(place)
        type_ = node._metadata.get("type")
        if isinstance(type_, FlagT) and isinstance(node._expr_info.typ, FlagT) and node.attr in type_._flag_members:
            base = node.value._metadata.get("type") if hasattr(node, "value") else None
            if not isinstance(base, StructT):
                return 1 << type_._flag_members[node.attr]
        if node.attr == "is_contract":
            self.evaluate(node.value, frame)
            return self.unknown(BoolT(), "is_contract")
        value = self.evaluate(node.value, frame)
        if isinstance(value, Struct):
            return value.fields[node.attr]
        if node.attr == "address":
            return value
        raise Unsupported(node.node_source_code)

    def _of_chain(self, name: str, type_: Any) -> Value:
        if name not in self.environment:
            self.environment[name] = self.fresh(type_, name)
        return self.environment[name]

    def _subscript(self, node: Any, frame: Frame) -> Value:
        place = self._place(node, frame)
        if place is not None:
            return self.read(place)
        items, index = self.evaluate(node.value, frame), self.evaluate(node.slice, frame)
        if isinstance(items, Items):
            self.revert(self._less(index, items.length), f"line {node.lineno}: index out of bounds")
            items = list(items.items)
        if isinstance(index, int):
            return items[index]
        if not isinstance(items, list):
            raise Unsupported(node.node_source_code)
        self.revert(self._less(index, len(items)), f"line {node.lineno}: index out of bounds")
        return self._item(items, index)

    def _item(self, items: list[Value], index: Number) -> Value:
        """One of the items, by an unknown index that is within bounds."""
        value = items[-1]
        for i, item in reversed(list(enumerate(items[:-1]))):
            value = self.choose(self.equal(index, i), item, value)
        return value

    def _operation(self, operator: Any, left: Value, right: Value, node: Any) -> Value:
        type_ = node._metadata.get("type") or node.target._metadata["type"]
        if not isinstance(type_, FlagT) and not isinstance(type_, BytesM_T) and most_of(type_) != MAX:
            raise Unsupported(f"arithmetic of {type_}: {node.node_source_code}")
        return self.arithmetic(type(operator).__name__, left, right, node, checked=True)

    def arithmetic(self, operator: str, left: Number, right: Number, node: Any, checked: bool) -> Number:
        where = f"{self._where(node)}: {' '.join(node.node_source_code.split())}"
        if operator in ("LShift", "RShift"):
            right = self._fixed(right)
        if isinstance(left, int) and isinstance(right, int):
            value = KNOWN[operator](left, right)
            fails = not 0 <= value <= MAX and operator not in ("LShift", "RShift")
            fails = fails or (operator in ("FloorDiv", "Mod") and right == 0)
            value &= MAX
        elif operator == "Pow":
            raise Unsupported("a power of an unknown number")
        else:
            value, fails = self.numbers.binary(operator, left, right)
        if checked:
            self.revert(negated(fails), f"{where} overflows or divides by nothing")
        elif not self.numbers.exact(operator) and not isinstance(fails, bool):
            self.ledger.require(negated(fails), f"{where} wraps")
        elif not self.numbers.exact(operator) and fails:
            raise Unsupported(f"{where} wraps")
        return value

    def _fixed(self, number: Number) -> Number:
        """A number that a claim has fixed, as Python's."""
        if isinstance(number, int) or not self.known:
            return number
        simple = z3.simplify(z3.substitute(self.numbers.term(number), *self.known))
        return simple.as_long() if z3.is_int_value(simple) else number

    def _where(self, node: Any) -> str:
        return f"{self.source.name_of(node.module_node)} line {node.lineno}"

    def _unary(self, node: Any, frame: Frame) -> Value:
        operand = self.evaluate(node.operand, frame)
        match node.op:
            case vy_ast.Not():
                return negated(operand)
            case vy_ast.Invert():
                return ~operand & MAX if isinstance(operand, int) else self.numbers.invert(operand)
        raise Unsupported(node.node_source_code)

    def _logic(self, node: Any, frame: Frame) -> Truth:
        """`and` and `or` evaluate what comes later only where it matters."""
        before = self.ledger.live
        conjunction = isinstance(node.op, vy_ast.And)
        found: list[Truth] = []
        for operand in node.values:
            truth = self.decide(self.evaluate(operand, frame))
            found.append(truth)
            if truth is (not conjunction):
                break
            if truth is not conjunction:
                self.ledger.live = (*self.ledger.live, truth if conjunction else negated(truth))
        self.ledger.live = before
        return both(*found) if conjunction else either(*found)

    def _either_of(self, node: Any, frame: Frame) -> Value:
        condition = self.decide(self.evaluate(node.test, frame))
        if isinstance(condition, bool):
            return self.evaluate(node.body if condition else node.orelse, frame)
        before = self.ledger.live
        self.ledger.live = (*before, condition)
        yes = self.evaluate(node.body, frame)
        self.ledger.live = (*before, negated(condition))
        no = self.evaluate(node.orelse, frame)
        self.ledger.live = before
        return self.choose(condition, yes, no)

    def _compare(self, node: Any, left: Value, right: Value) -> Truth:
        operator = type(node.op).__name__
        if operator in ("In", "NotIn"):
            if not isinstance(node.right._metadata.get("type"), FlagT):
                raise Unsupported(node.node_source_code)
            shared = self.arithmetic("BitAnd", left, right, node, checked=False)
            is_in = negated(self.equal(shared, 0))
            return is_in if operator == "In" else negated(is_in)
        symbols = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
        return self.holds(symbols[operator], left, right)

    def equal(self, left: Value, right: Value) -> Truth:
        if isinstance(left, Struct):
            return both(*(self.equal(value, right.fields[name]) for name, value in left.fields.items()))
        if isinstance(left, list | tuple):
            return both(*(self.equal(a, b) for a, b in zip(left, right, strict=True)))
        if isinstance(left, bool | z3.BoolRef) or isinstance(right, bool | z3.BoolRef):
            if isinstance(left, bool) and isinstance(right, bool):
                return left == right
            if isinstance(left, bool):
                left, right = right, left
            if isinstance(right, bool):
                return left if right else negated(left)
            return True if left.eq(right) else left == right
        if isinstance(left, int) and isinstance(right, int):
            return left == right
        return self.numbers.compare("Eq", left, right)

    def _less(self, left: Number, right: Number) -> Truth:
        if isinstance(left, int) and isinstance(right, int):
            return left < right
        return self.numbers.compare("Lt", left, right)

    def choose(self, truth: Truth, yes: Value, no: Value) -> Value:
        truth = self.decide(truth)
        if isinstance(truth, bool):
            return yes if truth else no
        if isinstance(yes, Struct):
            return Struct(yes.name, {name: self.choose(truth, v, no.fields[name]) for name, v in yes.fields.items()})
        if isinstance(yes, tuple | list):
            return type(yes)(self.choose(truth, a, b) for a, b in zip(yes, no, strict=True))
        if isinstance(yes, Text):
            return Text(self.choose(truth, yes.length, no.length))
        if isinstance(yes, Items):
            return Items(self.choose(truth, yes.length, no.length), self.choose(truth, yes.items, no.items))
        if yes is None or no is None:
            if yes is no:
                return None
            raise Unsupported("a function that returns something or nothing")
        if isinstance(yes, bool | z3.BoolRef):
            return either(both(truth, yes), both(negated(truth), no))
        if identical(yes, no):
            return yes
        return self.numbers.choose(truth, yes, no)

    def decide(self, truth: Truth) -> Truth:
        """True or False, if that can be seen without a solver."""
        if isinstance(truth, bool):
            return truth
        if any(self._same_truth(truth, known) for known in self.ledger.live):
            return True
        if any(self._same_truth(negated(truth), known) for known in self.ledger.live):
            return False
        simple = z3.simplify(z3.substitute(truth, *self.known) if self.known else truth)
        if z3.is_true(simple) or simple.get_id() in self.assumed:
            return True
        if z3.is_false(simple) or z3.simplify(negated(simple)).get_id() in self.assumed:
            return False
        return truth

    def _same_truth(self, left: Truth, right: Truth) -> bool:
        if isinstance(left, bool) or isinstance(right, bool):
            return left is right
        return bool(left.eq(right))

    # Calls within expressions

    def _call(self, node: Any, frame: Frame) -> Value:
        function = node.func._metadata.get("type")
        if isinstance(function, ContractFunctionT):
            if function.ast_def is None:
                raise Unsupported(node.node_source_code)
            arguments = [self.evaluate(argument, frame) for argument in node.args]
            if node.keywords:
                raise Unsupported(f"keyword arguments: {node.node_source_code}")
            return self.call(self.source.function_name(function.ast_def), *arguments)
        if isinstance(function, MemberFunctionT):
            return self._member(node, frame)
        typedef = getattr(getattr(node.func, "_expr_info", None), "typ", None)
        typedef = getattr(typedef, "typedef", None)
        if isinstance(typedef, StructT):
            fields = {keyword.arg: self.evaluate(keyword.value, frame) for keyword in node.keywords}
            return Struct(typedef._id, fields)
        if isinstance(typedef, InterfaceT):
            return self.evaluate(node.args[0], frame)
        name = getattr(node.func, "id", None)
        builtin = getattr(self, f"_builtin_{name}", None)
        if name in UNSAFE:
            left, right = (self.evaluate(argument, frame) for argument in node.args)
            return self.arithmetic(UNSAFE[name], left, right, node, checked=False)
        if builtin is None:
            raise Unsupported(node.node_source_code)
        return builtin(node, frame)

    def _member(self, node: Any, frame: Frame) -> None:
        """`append` to a list in memory."""
        items = self.evaluate(node.func.value, frame)
        if node.func.attr != "append" or not isinstance(items, Items):
            raise Unsupported(node.node_source_code)
        value = self.evaluate(node.args[0], frame)
        self.revert(self._less(items.length, len(items.items)), f"line {node.lineno}: list is full")
        new = tuple(self.choose(self.equal(items.length, i), value, item) for i, item in enumerate(items.items))
        length = self.arithmetic("Add", items.length, 1, node, checked=False)
        self._assign(node.func.value, Items(length, new), frame)

    def _outside(self, node: Any, frame: Frame) -> Value:
        """What another contract answers is unknown."""
        call = node.value
        self.evaluate(call.func.value, frame)
        arguments = [self.evaluate(argument, frame) for argument in call.args]
        hook = self.hooks.get(f"call {call.func.attr}")
        if hook is not None:
            return hook(self, *arguments)
        type_ = node._metadata.get("type")
        return None if type_ is None else self.unknown(type_, call.func.attr)

    def _builtin_min(self, node: Any, frame: Frame) -> Number:
        left, right = (self.evaluate(argument, frame) for argument in node.args)
        return self._bounded(negated(self._less(right, left)), left, right, min)

    def _builtin_max(self, node: Any, frame: Frame) -> Number:
        left, right = (self.evaluate(argument, frame) for argument in node.args)
        return self._bounded(negated(self._less(left, right)), left, right, max)

    def _bounded(self, first: Truth, left: Number, right: Number, of_both: Callable[[int, int], int]) -> Number:
        return self.numbers.extreme(self.decide(first), left, right, of_both)

    def _builtin_empty(self, node: Any, frame: Frame) -> Value:
        return self.empty(node._metadata["type"])

    def _builtin_len(self, node: Any, frame: Frame) -> Number:
        return self.evaluate(node.args[0], frame).length

    def _builtin_keccak256(self, node: Any, frame: Frame) -> Number:
        self.evaluate(node.args[0], frame)
        return self.unknown(node._metadata["type"], "keccak256")

    def _builtin_slice(self, node: Any, frame: Frame) -> Text:
        text, start, length = (self.evaluate(argument, frame) for argument in node.args)
        if not isinstance(text, Text):
            raise Unsupported(node.node_source_code)
        self._within(node, text, start, length)
        return Text(length)

    def _builtin_extract32(self, node: Any, frame: Frame) -> Number:
        text, start = (self.evaluate(argument, frame) for argument in node.args)
        self._within(node, text, start, 32)
        return self.unknown(node._metadata["type"], "extract32")

    def _within(self, node: Any, text: Text, start: Number, length: Number) -> None:
        """Reverts unless there are so many bytes from there on."""
        begins = self.holds("<=", start, text.length)
        known = isinstance(start, int) and isinstance(text.length, int)
        rest = text.length - start if known else self.numbers.binary("Sub", text.length, start)[0]
        self.revert(both(begins, self.holds("<=", length, rest)), f"{self._where(node)}: bytes out of bounds")

    def _builtin_concat(self, node: Any, frame: Frame) -> Text:
        length: Number = 0
        for argument in node.args:
            value, type_ = self.evaluate(argument, frame), argument._metadata["type"]
            if not isinstance(value, Text) and not isinstance(type_, BytesM_T):
                raise Unsupported(node.node_source_code)
            of_it = value.length if isinstance(value, Text) else type_.m
            length = self.arithmetic("Add", length, of_it, node, checked=False)
        return Text(length)

    def _builtin_abi_encode(self, node: Any, frame: Frame) -> Text:
        for argument in node.args:
            self.evaluate(argument, frame)
        return Text(self.numbers.fresh(self.ledger.name("abi_encode"), MAX))

    def _builtin_convert(self, node: Any, frame: Frame) -> Value:
        value = self.evaluate(node.args[0], frame)
        target = node._metadata["type"]
        if isinstance(value, bool | z3.BoolRef):
            return self.choose(value, 1, 0)
        if isinstance(target, BoolT):
            raise Unsupported(node.node_source_code)
        most = most_of(target)
        if isinstance(value, Text):
            longest = node.args[0]._metadata["type"].length
            return self.numbers.fresh(self.ledger.name("bytes"), min(2 ** (8 * longest) - 1, most))
        if isinstance(target, BytesM_T) and target.m != 32:
            raise Unsupported(node.node_source_code)
        within = negated(self._less(most, value))
        self.revert(within, f"{self._where(node)}: {node.node_source_code} is out of bounds")
        return self.numbers.narrowed(value, most)
