"""Each reason that the escrow's modules can give is reached by a test of this folder."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.unit.test_reasons import texts

AREAS = ("ledger", "tasks", "submissions", "fights", "challenges", "demands", "escrow")


def strings(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def is_reverts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reverts"


def reached() -> set[str]:
    """What `reverts` is called with: a text, or a name that the same test gives a text, by a parameter or itself."""
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for function in ast.parse(path.read_text()).body:
            calls = [node for node in ast.walk(function) if is_reverts(node)]
            if any(isinstance(call.args[0], ast.Name) for call in calls):
                found.update(strings(function))
            for call in calls:
                found.update(strings(call))
    return found


def test_reasons__of_the_escrow__are_all_reached() -> None:
    of_the_escrow = {text for text in texts() if text.split(":")[0] in AREAS}
    assert len(of_the_escrow) > 80
    assert of_the_escrow - reached() == set()
