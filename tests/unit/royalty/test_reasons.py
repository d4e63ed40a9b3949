"""Each reason that the pool's modules can give is reached by a test of this folder."""

import ast
from pathlib import Path

from tests.reasons import is_reverts, strings, texts

AREAS = ("ledger", "royalty", "shares", "revenue", "licenses")


def reached() -> set[str]:
    """What `reverts` is called with."""
    return {
        text
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if is_reverts(node)
        for text in strings(node)
    }


def test_reasons__of_the_pool__are_all_reached() -> None:
    of_the_pool = {text for text in texts() if text.split(":")[0] in AREAS}
    assert len(of_the_pool) > 20
    assert of_the_pool - reached() == set()
