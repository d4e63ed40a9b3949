"""Mutants of the contracts: one small fault each, as a person could make it.

They are made from the syntax tree of a source, so that no comment, type or import is touched, and are the same for the
same source. What tells one from another is its text, not its line, so it is the same mutant after the code has moved.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from vyper import ast as vy
from vyper.ast.parse import parse_to_ast

from tests.chains import CONTRACTS

# Generated, or only there for tests.
LEFT_OUT = ("mocks/", "modules/reasons.vy")

BOUNDARIES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
NEGATIONS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}
ARITHMETIC = {"+": "-", "-": "+", "*": "//", "//": "*", "%": "//", "**": "*"}
ARITHMETIC |= {"<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "&"}
CALLS = {"min": "max", "max": "min"}
CALLS |= {
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
    "unsafe_mul": "unsafe_div",
    "unsafe_div": "unsafe_mul",
}
# What a syntax tree has besides values that are computed.
NO_VALUES = {"annotation", "returns", "decorator_list", "doc_string"}
WORD = re.compile(r"\w+")
CHECK = re.compile(r"(require\.\w+|(\w+\.)*_check\w*)$")


@dataclass(frozen=True)
class Edit:
    """Another text in place of the source from `start` to `end`."""

    operator: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    file: str  # below contracts/
    function: str  # empty outside of any
    operator: str
    was: str  # the lines of the fault, as one
    now: str
    number: int  # among those that are equal in all the above
    line: int
    edit: Edit

    @property
    def id(self) -> str:
        """What tells it from the others, wherever its lines stand."""
        told = (self.file, self.function, self.operator, self.was, self.now, str(self.number))
        return sha256("\0".join(told).encode()).hexdigest()[:12]

    def of(self, source: str) -> str:
        """The source of the file, with the fault."""
        return source[: self.edit.start] + self.edit.text + source[self.edit.end :]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function} [{self.operator}] {self.was}  ->  {self.now}"


def mutated_files() -> list[str]:
    found = (path.relative_to(CONTRACTS).as_posix() for path in CONTRACTS.rglob("*.vy"))
    return sorted(file for file in found if not file.startswith(LEFT_OUT))


@cache
def mutants_of(file: str) -> list[Mutant]:
    """All mutants of one file below contracts/, in the order of the source."""
    return make(file, (CONTRACTS / file).read_text(), structs())


def all_mutants() -> list[Mutant]:
    return [mutant for file in mutated_files() for mutant in mutants_of(file)]


def make(file: str, source: str, known_structs: dict[str, dict[str, str]]) -> list[Mutant]:
    made: list[Mutant] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for function, edit in sorted(Source(source, known_structs).edits(), key=lambda found: found[1].start):
        mutated = source[: edit.start] + edit.text + source[edit.end :]
        begin = source.rfind("\n", 0, edit.start) + 1
        end = source.find("\n", edit.end)
        was, now = source[begin:end], mutated[begin : end + len(mutated) - len(source)]
        told = (function, edit.operator, " ".join(was.split()), " ".join(now.split()))
        line = source.count("\n", 0, edit.start) + 1
        made.append(Mutant(file, *told, number=seen[told], line=line, edit=edit))
        seen[told] += 1
    return made


@cache
def structs() -> dict[str, dict[str, str]]:
    """The type of each field of each struct of the contracts, by the struct's name."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(CONTRACTS.rglob("*.vy*")):
        found.update(structs_in(parse_to_ast(path.read_text(), is_interface=path.suffix == ".vyi")))
    return found


def structs_in(module: Any) -> dict[str, dict[str, str]]:
    return {
        struct.name: {field.target.id: field.annotation.node_source_code for field in struct.body}
        for struct in module.get_children(vy.StructDef)
    }


class Source:
    """The places in a source where a fault can be."""

    def __init__(self, text: str, known_structs: dict[str, dict[str, str]]) -> None:
        self.text = text
        self.module = parse_to_ast(text)
        self.structs = known_structs
        self.lines = [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        # Fields of storage, by their types.
        self.storage = {
            declared.target.id: declared.annotation.node_source_code
            for declared in self.module.get_children(vy.VariableDecl)
            if not (declared.is_constant or declared.is_immutable)
        }

    def edits(self) -> Iterator[tuple[str, Edit]]:
        """Each with the function that it is in."""
        for declared in self.module.get_children(vy.VariableDecl):
            if declared.is_constant:
                yield from (("", edit) for node in values(declared.value) for edit in self.of(node, {}))
        for function in self.module.get_children(vy.FunctionDef):
            yield from ((function.name, edit) for edit in self.of_lock(function))
            types = self.types(function)
            for statement in function.body:
                yield from ((function.name, edit) for node in values(statement) for edit in self.of(node, types))

    def types(self, function: Any) -> dict[str, str]:
        """The types of arguments and local variables."""
        declared = [(argument.arg, argument.annotation) for argument in function.args.args]
        declared += [(node.target.id, node.annotation) for node in function.get_descendants(vy.AnnAssign)]
        return {name: annotation.node_source_code for name, annotation in declared}

    # Where a node stands

    def start(self, node: Any) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def end(self, node: Any) -> int:
        """The compiler tells the end wrongly on a line where it has replaced a word, `staticcall`, by a shorter one."""
        match node:
            case vy.Name():
                end = self.start(node) + len(node.id)
            case vy.Int() | vy.Hex() | vy.NameConstant():
                end = self.start(node) + len(WORD.match(self.text, self.start(node))[0])  # type: ignore[index]
            case vy.Attribute():
                end = self.text.index(node.attr, self.end(node.value)) + len(node.attr)
            case vy.Call():
                end = self.closing("()", self.end(node.func))
            case vy.Subscript():
                end = self.closing("[]", self.end(node.value))
            case vy.Compare() | vy.BinOp():
                end = self.end(node.right)
            case vy.BoolOp():
                end = self.end(node.values[-1])
            case vy.UnaryOp():
                end = self.end(node.operand)
            case vy.IfExp():
                end = self.end(node.orelse)
            case vy.Assert():
                end = self.end(node.msg or node.test)
            case vy.StaticCall() | vy.ExtCall() | vy.Log() | vy.Expr() | vy.Assign() | vy.AugAssign():
                end = self.end(node.value)
            case _:
                end = self.lines[node.end_lineno - 1] + node.end_col_offset
        # What is last may have brackets around it.
        while self.text.count("(", self.start(node), end) > self.text.count(")", self.start(node), end):
            end = self.text.index(")", end) + 1
        return end

    def closing(self, brackets: str, start: int) -> int:
        """After the bracket that closes the first one that is opened from `start` on."""
        depth = 0
        for place in range(self.text.index(brackets[0], start), len(self.text)):
            depth += (self.text[place] == brackets[0]) - (self.text[place] == brackets[1])
            if depth == 0:
                return place + 1
        raise ValueError("a bracket is never closed")

    def segment(self, node: Any) -> str:
        return self.text[self.start(node) : self.end(node)]

    def replaced(self, operator: str, node: Any, text: str) -> Edit:
        return Edit(operator, self.start(node), self.end(node), text)

    def sign(self, right: Any, signs: dict[str, str]) -> tuple[int, str] | None:
        """Where the sign before `right` stands, and what it is."""
        before = self.text[: self.start(right)].rstrip("( \n")
        found = [sign for sign in signs if before.endswith(sign)]
        longest = max(found, key=len, default=None)
        return None if longest is None else (len(before) - len(longest), longest)

    # What can be wrong

    def of(self, node: Any, types: dict[str, str]) -> Iterator[Edit]:
        match node:
            case vy.Compare():
                yield from self.swapped("boundary", node.right, BOUNDARIES)
                yield from self.swapped("negated comparison", node.right, NEGATIONS)
            case vy.BoolOp():
                yield from self.of_operands(node)
            case vy.UnaryOp(op=vy.Not()):
                yield self.replaced("dropped not", node, f"({self.segment(node.operand)})")
            case vy.BinOp() | vy.AugAssign():
                right = node.right if isinstance(node, vy.BinOp) else node.value
                signs = ARITHMETIC if isinstance(node, vy.BinOp) else augmented(ARITHMETIC)
                yield from self.swapped("swapped arithmetic", right, signs)
                if isinstance(node.op, vy.LShift | vy.RShift) and not isinstance(right, vy.Int):
                    yield self.replaced("shift", right, f"({self.segment(right)} + 1)")
            case vy.Int():
                yield self.replaced("constant", node, str(node.value + 1))
                if node.value > 0:
                    yield self.replaced("constant", node, str(node.value - 1))
            case vy.NameConstant(value=True | False):
                yield self.replaced("constant", node, str(not node.value))
            case vy.IfExp():
                body, other = self.segment(node.body), self.segment(node.orelse)
                text = f"(({other}) if ({self.segment(node.test)}) else ({body}))"
                yield self.replaced("swapped arms", node, text)
            case vy.If() if not isinstance(node.test, vy.Compare | vy.BoolOp | vy.UnaryOp):
                yield self.replaced("negated condition", node.test, f"not ({self.segment(node.test)})")
            case vy.Call():
                yield from self.of_call(node)
            case vy.Attribute():
                yield from self.of_attribute(node, types)
        if isinstance(
            node, vy.Assign | vy.AugAssign | vy.Expr | vy.Log | vy.Assert | vy.Raise | vy.Break | vy.Continue
        ) or (isinstance(node, vy.Return) and node.value is None):
            yield self.replaced(self.kind(node), node, "pass")

    def kind(self, statement: Any) -> str:
        if isinstance(statement, vy.Log):
            return "dropped event"
        is_check = isinstance(statement, vy.Expr) and CHECK.match(self.segment(statement).split("(")[0])
        return "dropped check" if is_check or isinstance(statement, vy.Assert) else "dropped statement"

    def swapped(self, operator: str, right: Any, signs: dict[str, str]) -> Iterator[Edit]:
        found = self.sign(right, signs)
        if found:
            start, sign = found
            yield Edit(operator, start, start + len(sign), signs[sign])

    def of_operands(self, node: Any) -> Iterator[Edit]:
        word = " and " if isinstance(node.op, vy.And) else " or "
        for dropped in range(len(node.values)):
            kept = [f"({self.segment(value)})" for value in (*node.values[:dropped], *node.values[dropped + 1 :])]
            yield self.replaced("dropped operand", node, f"({word.join(kept)})")

    def of_call(self, node: Any) -> Iterator[Edit]:
        name = self.segment(node.func)
        if name in CALLS:
            yield self.replaced("other function", node.func, CALLS[name])
        if name == "actor._actor":
            yield self.replaced("caller for actor", node, "msg.sender")

    def of_attribute(self, node: Any, types: dict[str, str]) -> Iterator[Edit]:
        """A field of storage, or of a struct, for the next one of its type."""
        if not isinstance(node.value, vy.Name):
            return
        owner = node.value.id
        fields = self.storage if owner == "self" else self.structs.get(types.get(owner, "").split(".")[-1], {})
        alike = [name for name, kind in fields.items() if kind == fields.get(node.attr)]
        if len(alike) > 1:
            other = alike[(alike.index(node.attr) + 1) % len(alike)]
            yield self.replaced("other field", node, f"{owner}.{other}")
        if self.segment(node) == "msg.sender":
            yield self.replaced("other sender", node, "tx.origin")

    def of_lock(self, function: Any) -> Iterator[Edit]:
        names = {decorator.id: decorator for decorator in function.decorator_list}
        if "external" not in names or "pure" in names:
            return
        for name in ("reentrant", "nonreentrant"):
            if name in names:
                start = self.text.rindex("@", 0, self.start(names[name]))
                yield Edit(f"dropped {name}", start, self.end(names[name]) + 1, "")
                return
        if "# pragma nonreentrancy on" in self.text:
            start = self.text.rindex("@", 0, self.start(names["external"]))
            yield Edit("dropped lock", start, start, "@reentrant\n")


def augmented(signs: dict[str, str]) -> dict[str, str]:
    return {f"{sign}=": f"{other}=" for sign, other in signs.items()}


def values(node: Any) -> Iterator[Any]:
    """The node and what it is made of, without types, and without the bounds of loops, which are for the compiler."""
    yield node
    for field in node.get_fields() - NO_VALUES:
        inner = getattr(node, field, None)
        for child in inner if isinstance(inner, list | tuple) else [inner]:
            if isinstance(child, vy.VyperNode) and getattr(child, "arg", None) != "bound":
                yield from values(child)
