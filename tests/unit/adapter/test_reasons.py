"""Each reason that an adapter can give is reached by a test of this folder."""

import ast
from pathlib import Path

from tests.reasons import is_reverts, strings, texts


def reached() -> set[str]:
    """What `reverts` is called with."""
    return {
        text
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if is_reverts(node)
        for text in strings(node)
    }


def test_reasons__of_the_adapter__are_all_reached() -> None:
    of_the_adapter = {text for text in texts() if text.startswith("adapter: ")}
    assert len(of_the_adapter) > 10
    assert of_the_adapter - reached() == set()
