"""Whatever is paid out of a free balance can be deposited by the same command, and errors say how."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import click
import pytest

from goldleaf import errors
from goldleaf._client import namespaces
from goldleaf.amounts import Units
from goldleaf_tools.cli import wording
from goldleaf_tools.cli.app import cli
from goldleaf_tools.cli.commands import DEPOSITING, Action

TOKEN = "0x" + "12" * 20
# What it takes out of a free balance is what it is asked to take out: to deposit that first would make no sense.
WITHDRAWING = {("withdraw",)}
NAMESPACES: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in vars(namespaces).values() if isinstance(kind, type)
}


def actions(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Action]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from actions(command, (*path, name))
        elif isinstance(command, Action):
            yield (*path, name), command


def sources(command: click.Command) -> Iterator[ast.AST]:
    """The code of a command, and of the functions of its module that it uses."""
    function: Any = inspect.unwrap(command.callback)  # type: ignore[arg-type]
    module = sys.modules[function.__module__]
    known = waiting = {function}
    while waiting:
        named: list[Any] = []
        for each in waiting:
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
            yield tree
            named += [getattr(module, node.id, None) for node in ast.walk(tree) if isinstance(node, ast.Name)]
        own = (each for each in named if isinstance(each, FunctionType) and each.__module__ == module.__name__)
        waiting = set(own) - known
        known = known | waiting


def methods(command: click.Command) -> Iterator[Any]:
    """The client's methods that a command names, such as `gl.court.join` or `ledger(gl, name).transfer`."""
    for tree in sources(command):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute):
                continue
            if isinstance(node.value, ast.Attribute):
                kind = NAMESPACES.get(node.value.attr)
            else:
                called = node.value.func if isinstance(node.value, ast.Call) else None
                kind = namespaces.Ledger if isinstance(called, ast.Name) and called.id == "ledger" else None
            if kind is not None and hasattr(kind, node.attr):
                yield inspect.getattr_static(kind, node.attr)


def takes(command: click.Command) -> bool:
    """Whether something that a command does can be refused because a free balance is too low."""
    return any("`BalanceTooLow`" in str(method.__doc__) for method in methods(command))


@pytest.mark.parametrize(("path", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in actions()])
def test_deposit__whatever_takes_out_of_a_free_balance__can_be_told_to(path: tuple[str, ...], command: Action) -> None:
    assert list(methods(command)), "every command that sends names a method of the client"
    assert (set(DEPOSITING) <= set(command.acting)) == (takes(command) and path not in WITHDRAWING)


def too_low(ledger: str) -> errors.BalanceTooLow:
    return errors.BalanceTooLow("free balance", ledger=ledger, lacking=Units(5, TOKEN))


@pytest.mark.parametrize(
    ("ledger", "option"),
    [("TaskEscrow", ""), ("Court", " --court"), ("GoldTest", " --tests"), ("RoyaltyPool", " --royalties")],
)
def test_advice__command_that_cannot_deposit__names_the_ledger_and_what_is_missing(ledger: str, option: str) -> None:
    with click.Context(cli.commands["autopilot"], info_name="autopilot"):
        told = wording.advice(too_low(ledger), lambda amount: f"{int(amount)} TEST")
    assert f"What is missing, 5 TEST, gets there out of the wallet with `goldleaf deposit AMOUNT{option}`." == told


def test_advice__withdrawing_more_than_is_free__does_not_say_to_deposit() -> None:
    with click.Context(cli.commands["withdraw"], info_name="withdraw"):
        assert wording.advice(too_low("TaskEscrow")) == wording.WITHDRAW
