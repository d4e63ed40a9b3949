"""What people at a terminal read of errors: commands and options that there are, amounts in whole tokens."""

import ast
import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import click
import pytest

import goldleaf
import goldleaf_tools
import goldleaf_tools.cli as cli_package
from goldleaf import errors
from goldleaf.amounts import Units, Words, at_least, in_base_units
from goldleaf_tools import errors as tool_errors
from goldleaf_tools.cli import failures, wording
from goldleaf_tools.cli.app import cli
from goldleaf_tools.cli.output import Output
from goldleaf_tools.cli.pilot import _Told
from goldleaf_tools.cli.session import Session, Token
from goldleaf_tools.cli.settings import DEFAULTS, Settings
from tests.shell import NOWHERE, Shell

SOURCES = [Path(package.__file__).parent for package in (goldleaf, goldleaf_tools)]
COMMAND_LINE = Path(cli_package.__file__).parent
TOKEN = "0x" + "12" * 20
KINDS = {
    name: kind
    for module in (errors, tool_errors)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, errors.GoldleafError)
}
TELLING = {*KINDS, *(name for name, kind in vars(errors).items() if isinstance(kind, type))}
# Words of contracts and programs other than this one.
FOREIGN = {"DOMAIN_SEPARATOR", "nonces", "r || s || v", "s", "v"}
# What people at a terminal never see: of calls, arguments, literals and names with an underline.
PYTHON = re.compile(
    r"\b[a-z]\w*=(?!=)|\w\(|\b(None|True|False|Decimal|kwargs|gl|int|str|dict)\b|\b(?!eth_)[a-z]+(_[a-z]+)+\b|\b(client|self)\."
)
SETTINGS = re.compile(rf"\b({'|'.join(DEFAULTS)})\b")
TO_PROGRAMS = {
    # What a program gives to a client: the command line does not let anybody give anything else.
    "max_fee",
    "an int of wei",
    "an int of base units",
    "x(x): x",
    "x is no amount: give an int (base units) or a Decimal (whole tokens)",
}
FOREIGN_COMMANDS = ("pip install ", "chmod ")


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


EVERY_OPTION = set(options(cli))


def _commands(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from _commands(command)


for _command in _commands(cli):
    EVERY_OPTION |= options(_command)


def check_command(line: str) -> None:
    """That a command that people are told of is there, and has these options and room for these arguments."""
    command: click.Command = cli
    words = line.split()
    assert words.pop(0) == "goldleaf"
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    assert command is not cli, line
    given = [word for word in words if word.startswith("-")]
    assert set(given) <= options(command), line
    taking = [p for p in command.params if isinstance(p, click.Option) and not p.is_flag and set(p.opts) & set(given)]
    places = [p for p in command.params if isinstance(p, click.Argument)]
    assert len(words) - len(given) - len(taking) <= len(places) or any(p.nargs == -1 for p in places), line


def check_words(text: str) -> None:
    """That a text is for people at a terminal: nothing in it is a name of Python's."""
    for quoted in re.findall(r"`([^`]*)`", text):
        if quoted.startswith("goldleaf "):
            check_command(quoted)
        else:
            assert quoted in FOREIGN or quoted.startswith(FOREIGN_COMMANDS), text
    assert set(re.findall(r"(?<!\w)--[a-z-]+", text)) <= EVERY_OPTION, text
    rest = re.sub(r"`[^`]*`", "", text)
    assert not PYTHON.search(SETTINGS.sub("", rest)), text
    assert set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", rest)) <= set(DEFAULTS), text
    named = {name for name in goldleaf.__all__ if re.search("[a-z][A-Z]", name)} | {"Decimal", "timedelta", "datetime"}
    assert not named & set(re.findall(r"\w+", rest)), text


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_advice__every_error__is_of_commands_and_options(kind: type[errors.GoldleafError]) -> None:
    advice = wording.ADVICE.get(kind, kind.advice)
    check_words(advice)
    assert not advice or advice.endswith(".")


@pytest.mark.parametrize("text", [wording.DEPOSIT, wording.NO_DEPOSIT, *wording.NAMES.values()])
def test_words__of_the_command_line__are_there(text: str) -> None:
    check_words(text)


def test_advice__that_is_for_the_command_line__differs_from_that_for_python() -> None:
    assert all(advice != kind.advice for kind, advice in wording.ADVICE.items())


def _told_texts() -> Iterator[tuple[str, str]]:
    """The texts in what the SDK and the tools raise and warn of, by where they are; of the command line not."""
    for path in (path for folder in SOURCES for path in folder.rglob("*.py")):
        if path.is_relative_to(COMMAND_LINE):
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not _tells(ast.unparse(call.func)):
                continue
            for given in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield from ((f"{path.name}:{call.lineno}", text) for text in _texts(given))


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts in an expression, with an x where a value is written into one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _tells(function: str) -> bool:
    name = function.rpartition(".")[2]
    return function in ("edge.between", "edge.at_most", "warnings.warn", "_check_amount") or name in TELLING


def test_texts__of_what_is_raised__name_nothing_of_python_s() -> None:
    found = list(_told_texts())
    assert len(found) > 300
    for where, text in found:
        shown = SETTINGS.sub("", wording.in_options(text))
        assert not PYTHON.search(shown) or shown in TO_PROGRAMS, (where, text)
        quoted = set(re.findall(r"`([^`]*)`", shown)) - FOREIGN
        # What begins with a quotation mark is to be written into a file.
        assert all(each.startswith((*FOREIGN_COMMANDS, '"')) for each in quoted if each.strip()), (where, text)


# ---------------------------------------------------------------- amounts


@pytest.fixture
def session(shell: Shell) -> Iterator[Session]:
    """A run whose token is known."""
    settings = Settings({"rpc": NOWHERE, "deployment": str(shell.folder / "deployment.json")})
    made = Session(settings, Output(as_json=False))
    made._tokens[TOKEN] = Token(TOKEN, "TEST", 6)
    yield made
    made.close()


ERROR = errors.BalanceTooLow("free balance", value=Units(0, TOKEN), bound=at_least(8 * 10**6, TOKEN))


def test_failure__amounts__are_in_whole_tokens(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.output.failure(ERROR)
    told = "Error: ledger: balance too low: free balance is 0 TEST, must be at least 8 TEST. " + wording.NO_DEPOSIT
    assert capsys.readouterr() == ("", told + "\n")


def test_failure__for_programs__is_in_base_units(session: Session) -> None:
    session.output.as_json = True
    told = failures.describe(ERROR, session.amount)
    assert (told["value"], told["bound"]) == (0, "at least 8000000 base units")
    assert "is 0 base units, must be at least 8000000 base units." in told["message"]


def test_failure__token_that_cannot_be_asked__is_in_base_units(session: Session) -> None:
    stranger = "0x" + "56" * 20
    assert session.amount(Units(5, stranger)) == "5 base units"


def test_failure__in_base_units__is_as_it_is_typed() -> None:
    token = Token(TOKEN, "TEST", 6, base_units=True)
    assert token.show(8_000_000) == "8000000u TEST"
    assert token.typed(Decimal("0.5")) == "500000u TEST"


def test_note__amounts__are_in_whole_tokens(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.output.note(Words("disputes at {} each", Units(10**6, TOKEN)))
    assert capsys.readouterr().err == "note: disputes at 1 TEST each\n"


def test_autopilot__what_failed__is_told_as_everywhere(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord(
        "x", logging.ERROR, "", 0, "%s %s: %s", ("claim (submission 1/0)", "failed", ERROR), None
    )
    _Told(session).emit(record)
    told = capsys.readouterr().err
    assert told.startswith("ERROR: claim (submission 1/0) failed: ledger: balance too low: free balance is 0 TEST")
    assert "base units" not in told


def test_advice__command_that_can_deposit__says_so() -> None:
    take = cli.commands["take"]
    with click.Context(take, info_name="take"):
        assert wording.advice(errors.BalanceTooLow()) == wording.DEPOSIT
    with click.Context(cli.commands["autopilot"], info_name="autopilot"):
        assert wording.advice(errors.BalanceTooLow()) == wording.NO_DEPOSIT


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        (["settle", "1/0/2"], errors.RulingNotExecuted("x", dispute=12), "`goldleaf court execute 12`"),
        (["take", "3"], errors.DeadlinePassed("x"), "`goldleaf task close 3`"),
        (["publish", "3/1"], errors.TooLateToPublish("x"), "`goldleaf expire 3/1`"),
        (["claim", "3/1"], errors.ChallengesPending("x"), "`goldleaf settle 3/1/NUMBER`"),
        (["claim", "3/1", "3/2"], errors.ChallengesPending("x"), "`goldleaf settle TASK/SLOT/NUMBER`"),
        (["concede", "3/1/4"], errors.NoSuchChallenge("x"), "`goldleaf status 3/1`"),
        (["challenge", "commit", "3/1", "0"], errors.ItemNotInBatch("x"), "`goldleaf task items 3 --slot 1`"),
        (["court", "vote", "5", "wrong"], errors.EmptyVote("x"), "`goldleaf court vote 5 CHOICE`"),
        (["deposit", "1"], errors.TransactionTimeout("x", transaction="0xab"), "`goldleaf wait 0xab`"),
    ],
)
def test_advice__ids_that_are_known__stand_in_its_commands(
    line: list[str], error: errors.GoldleafError, told: str
) -> None:
    context, command = click.Context(cli, info_name="goldleaf"), cli
    while isinstance(command, click.Group):
        command = command.commands[line.pop(0)]
    with command.make_context(command.name, line, parent=context):
        assert told in wording.advice(error)


def test_advice__gate_that_refuses__is_what_it_wants() -> None:
    refused = errors.NotAdmitted("0x1 refuses: none", advice="Python's.")
    refused.__cause__ = errors.CredentialMissing("none")
    assert wording.advice(refused) == wording.ADVICE[errors.CredentialMissing]
    assert wording.advice(errors.NotAdmitted()) == wording.ADVICE[errors.NotAdmitted]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("`delimiter=';'`", "--delimiter ';'"),
        ("`annotator='unknown'`", "--annotator unknown"),
        ("`format='tsv'`", "--format tsv"),
        ("`format=`", "--format FORMAT"),
        ("`label='d[]'`", "--field 'd[]'"),
        ("`item=None`", "--by-order"),
        ("`other='d'`", "`other='d'`"),
    ],
)
def test_sentence__values_of_parameters__stand_behind_options(given: str, told: str) -> None:
    assert wording.sentence(errors.LabelError(f"say {given}"), in_base_units) == f"say {told}."


def test_sentence__task_of_a_submission_that_is_not_there__names_the_submission() -> None:
    with cli.commands["claim"].make_context("claim", ["9/0"]):
        assert wording.sentence(errors.NoSuchTask("task 9"), in_base_units).startswith("submission 9/0: ")
    with cli.commands["take"].make_context("take", ["9"]):
        assert wording.sentence(errors.NoSuchTask("task 9"), in_base_units).startswith("tasks: no such task")


@pytest.mark.parametrize("given", ["annotator", "gateway=", "unknown"])
def test_sentence__names_of_parameters__are_those_of_options(given: str) -> None:
    told = wording.sentence(errors.LabelError(f"say `{given}`"), in_base_units)
    assert told == f"say {wording.NAMES.get(given, f'`{given}`')}."
