"""The commands about disputes and evidence, where no node answers or answers nonsense."""

import pytest

from goldleaf_tools.cli import failures
from tests.shell import Shell

READING = [
    ("disputes", "list"),
    ("disputes", "show", "1/0/0"),
    ("disputes", "show", "7"),
    ("disputes", "verify", "1/0/0"),
    ("evidence", "build", "--submission", "1/0", "--items", "1"),
    ("evidence", "check", "--challenge", "1/0/0"),
]


@pytest.mark.parametrize("command", READING)
def test_reading__without_a_node__ends_with_its_code(shell: Shell, command: tuple[str, ...]) -> None:
    assert shell.json(*command, code=failures.NODE)["type"] == "Unreachable"


@pytest.mark.parametrize("command", READING)
def test_reading__a_node_that_lies__never_writes_to_the_terminal(
    shell: Shell, liar: str, command: tuple[str, ...]
) -> None:
    result = shell.run(*command, GOLDLEAF_RPC=liar)
    assert result.exit_code == failures.NODE
    assert "\x1b" not in result.output + result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("disputes", "list", "--party", "bob"),
        ("disputes", "list", "--task", "0"),
        ("disputes", "show", "1/"),
        ("disputes", "verify", "x"),
        ("evidence", "build", "--submission", "1/0"),
        ("evidence", "check", "file", "--hash", "00"),
    ],
)
def test_usage__wrong__is_told(shell: Shell, command: tuple[str, ...]) -> None:
    assert shell.run(*command).exit_code == failures.USAGE
