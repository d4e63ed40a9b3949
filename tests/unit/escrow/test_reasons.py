"""Each reason that the escrow's modules can give is reached by a test of this folder."""

import ast
from pathlib import Path

from tests.reasons import is_reverts, strings, texts

AREAS = ("ledger", "tasks", "submissions", "challenges", "escrow", "lens")


def reached() -> set[str]:
    """What `reverts` is called with: a text, or a name that the same test gives a text, by a parameter or itself."""
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for function in ast.parse(path.read_text()).body:
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and is_reverts(node)]
            if any(isinstance(call.args[0], ast.Name) for call in calls):
                found.update(strings(function))
            for call in calls:
                found.update(strings(call))
    return found


def test_reasons__of_the_escrow__are_all_reached() -> None:
    of_the_escrow = {text for text in texts() if text.split(":")[0] in AREAS}
    assert len(of_the_escrow) > 80
    assert of_the_escrow - reached() == set()
