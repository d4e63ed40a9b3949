"""What holds for every command: help, errors as JSON, exit codes, and nothing hostile on the screen."""

import json
import os
import subprocess
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from goldleaf import Item, Manifest, errors
from goldleaf_tools.cli import failures, inputs
from goldleaf_tools.cli.app import cli
from goldleaf_tools.cli.commands import ACTING, SHARED, Action
from goldleaf_tools.cli.labelling import files
from tests.shell import KEY, NOWHERE, PASSWORD, Shell
from tests.terminal import COMMAND, PATIENCE

# What is typed for a required argument, by its type.
SAMPLES = {
    inputs.AMOUNT: "1",
    inputs.SUBMISSION: "1/0",
    inputs.CHALLENGE: "1/0/0",
    inputs.ITEMS: "3",
    inputs.ADDRESS: "0x" + "1" * 40,
    inputs.HASH: "0x" + "11" * 32,
    inputs.PERIOD: "1h",
}


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY = [pytest.param(path, command, id=" ".join(path)) for path, command in commands()]
LEAVES = [
    pytest.param(path, command, id=" ".join(path))
    for path, command in commands()
    if not isinstance(command, click.Group)
]
# These need no node.
LOCAL = {
    ("accounts", "list"),
    ("accounts", "check"),
    ("accounts", "new"),
    ("arbitrator", "show"),
    ("config",),
    ("completion",),
    ("presets",),
    ("challenge", "list"),
    ("index", "status"),
}


def sample(parameter: click.Parameter) -> str:
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    if isinstance(parameter.type, click.types.IntParamType):
        return "1"
    return SAMPLES.get(parameter.type, "1")  # type: ignore[call-overload, no-any-return]


def arguments(command: click.Command) -> list[str]:
    """The shortest line that is well formed."""
    given: list[str] = []
    for parameter in command.params:
        if parameter.required:
            option = [parameter.opts[-1]] if isinstance(parameter, click.Option) else []
            given += [*option, sample(parameter)]
    return given


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_help__every_command__says_what_it_does(path: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {cli.name} {' '.join(path)}")
    assert command.help
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_options__every_command__are_there(path: tuple[str, ...], command: click.Command) -> None:
    names = [parameter.name for parameter in command.params]
    assert len(names) == len(set(names)), "an option hides another one"
    assert set(SHARED) <= set(names)
    assert not isinstance(command, Action) or set(ACTING) <= set(names)


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_json__node_that_refuses__is_one_document(
    shell: Shell, liar: str, path: tuple[str, ...], command: click.Command
) -> None:
    result = shell.run(*path, *arguments(command), "--json", GOLDLEAF_RPC=liar)
    document = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1
    assert document["ok"] is (result.exit_code == failures.OK)
    if path in LOCAL:
        assert result.exit_code == failures.OK
        return
    told = document["error"]
    assert set(told) >= {"type", "message", "advice", "value", "bound"}
    assert result.exit_code in (failures.REFUSED, failures.USAGE, failures.NODE, failures.NOT_CONFIRMED)
    assert hasattr(errors, told["type"]) or told["type"] in ("UsageError", "NotConfirmed", "DevnetError"), told


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_json__wrong_usage__is_one_document(shell: Shell, path: tuple[str, ...], command: click.Command) -> None:
    told = shell.json(*path, "--no-such-option", code=failures.USAGE)
    assert told["type"] == "UsageError" and "--no-such-option" in told["message"]


def test_node__nothing_listens__has_an_exit_code_of_its_own(shell: Shell) -> None:
    result = shell.run("balance")
    assert result.exit_code == failures.NODE
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    told = shell.json("balance", code=failures.NODE, GOLDLEAF_RPC=f"{NOWHERE}/v2/secret?key=secret")
    assert told["type"] == "Unreachable" and "secret" not in told["message"]


def test_json__before_or_behind_the_command__is_the_same(shell: Shell) -> None:
    first = shell.run("--json", "config")
    last = shell.run("config", "--json")
    assert first.stdout == last.stdout
    assert json.loads(first.stdout)["ok"]


def test_unlikely_error__any__shows_no_traceback_unless_asked(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf_tools.cli.settings.DEFAULTS", {})
    result = shell.run("balance", GOLDLEAF_RPC=None)
    assert result.exit_code == failures.REFUSED
    assert "KeyError" in result.stderr and "Traceback" not in result.stderr
    assert "Traceback" in shell.run("balance", GOLDLEAF_RPC=None, GOLDLEAF_DEBUG="1").stderr


def test_unlikely_error__debug__shows_no_secret(shell: Shell) -> None:
    result = shell.run("accounts", "check", GOLDLEAF_DEBUG="1", GOLDLEAF_PASSWORD="wrong horse")
    assert result.exit_code == failures.REFUSED
    assert "Traceback" in result.stderr and "wrong horse" not in result.stderr
    assert KEY.hex() not in result.stderr and PASSWORD not in result.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_output__hostile_node__moves_no_cursor(shell: Shell, liar: str, options: list[str]) -> None:
    result = shell.run("balance", *options, GOLDLEAF_RPC=liar)
    assert result.exit_code == failures.NODE
    output = result.stdout + result.stderr
    assert "owned" in output
    assert output.endswith("\n") and output[:-1].isprintable()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BalanceTooLow(), failures.REFUSED),
        (errors.Unreachable(), failures.NODE),
        (errors.TransactionTimeout("x", transaction="0x12"), failures.SENT),
        (failures.NotConfirmed("no"), failures.NOT_CONFIRMED),
        (click.UsageError("no"), failures.USAGE),
        (KeyboardInterrupt(), failures.INTERRUPTED),
        (ZeroDivisionError(), failures.REFUSED),
    ],
)
def test_exit_code__errors__are_told_apart(error: BaseException, code: int) -> None:
    assert failures.exit_code(error) == code
    assert f"  {code} " in cli.epilog


def test_describe__known_bounds__are_told() -> None:
    told = failures.describe(errors.BalanceTooLow("free balance", value=3, bound="at least 5 base units"))
    assert (told["value"], told["bound"]) == (3, "at least 5 base units")
    assert failures.describe(errors.TransactionTimeout("x", transaction="0x12"))["transaction"] == "0x12"


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion__shells__know_the_program(shell: Shell, name: str) -> None:
    script = shell.json("completion", name)["script"]
    assert "_GOLDLEAF_COMPLETE" in script and "goldleaf" in script
    assert shell.run("completion", name).stdout.strip() == script.strip()


def test_completion__half_a_word__is_completed(shell: Shell) -> None:
    asked = {"_GOLDLEAF_COMPLETE": "bash_complete", "COMP_WORDS": "goldleaf court re", "COMP_CWORD": "2"}
    given = {name: value for name, value in {**os.environ, **shell.environment, **asked}.items() if value is not None}
    result = subprocess.run(COMMAND, env=given, capture_output=True, text=True, timeout=PATIENCE)
    assert result.stdout.split() == ["plain,ready", "plain,renew", "plain,reveal"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (click.UsageError("no store"), "no store."),
        (failures.NotConfirmed("declined"), "declined."),
        (ValueError("odd"), "ValueError: odd."),
        (ZeroDivisionError(), "ZeroDivisionError."),
    ],
)
def test_describe__not_of_the_sdk__is_a_sentence(error: Exception, told: str) -> None:
    assert failures.describe(error)["message"] == told


def test_label__no_such_file__is_named_once(shell: Shell) -> None:
    with pytest.raises(errors.LabelError) as caught:
        files(str(shell.folder / "nowhere.csv"))
    assert str(caught.value).count("nowhere.csv") == 1


def test_open__manifest_with_spaces__is_taken(shell: Shell) -> None:
    manifest = Manifest("Good or bad?", {"type": "string"}, [Item("file:///a", bytes(32))], "CC0-1.0")
    path = shell.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(manifest.to_bytes()), indent=2))
    terms = ["--reward", "1", "--stake", "2", "--batch-size", "1", "--deadline", "14d"]
    told = shell.json("task", "open", "--manifest", path, *terms, code=failures.NODE)
    assert told["type"] == "Unreachable"
    # A file that lies somewhere already has to be the one that the hash is of.
    told = shell.json("task", "open", "--manifest", path, *terms, "--uri", "file:///a", code=failures.REFUSED)
    assert told["type"] == "ManifestError" and str(path) in told["message"]
