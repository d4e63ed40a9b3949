"""The reasons that contracts give, as their sources and tests have them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "contracts"
SOURCES = {
    path.relative_to(CONTRACTS).as_posix(): path.read_text()
    for path in sorted(CONTRACTS.rglob("*.vy"))
    if "mocks" not in path.parts
}


# A reason's text is the comment before its constant, or after it on the same line.
REASON = re.compile(
    r'(?:^# "(?P<before>[^"\n]*)"\n)?^(?P<name>[A-Z][A-Z0-9_]*): constant\(bytes32\) = 0x(?P<bytes>[0-9a-fA-F]{64})'
    r'(?: +# "(?P<after>[^"\n]*)")?$',
    re.MULTILINE,
)


def reasons() -> list[tuple[str, str, str]]:
    """Name, bytes in hexadecimal digits, and text of each reason constant."""
    return [
        (match["name"], match["bytes"], match["before"] or match["after"])
        for source in SOURCES.values()
        for match in REASON.finditer(source)
    ]


def texts() -> list[str]:
    return [text for _, _, text in reasons()]


def strings(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def is_reverts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reverts"
