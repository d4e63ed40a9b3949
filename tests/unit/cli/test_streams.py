"""Terminals that cannot show everything, readers that leave, streams that are closed or full, narrow windows."""

import ast
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from goldleaf_tools.cli import failures
from goldleaf_tools.cli.app import cli
from goldleaf_tools.cli.output import GAP, Output, layout
from goldleaf_tools.cli.streams import Guarded, guarded
from tests.shell import Shell
from tests.terminal import COMMAND, PATIENCE, Terminal

ROOT = Path(__file__).parents[3]
STRANGE = "≥ é 漢 😀"
# No coercion to UTF-8, which Python would else do for the C locale.
C_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
ENVIRONMENTS = {
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": C_LOCALE,
}


def run(shell: Shell, *arguments: str, streams: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """What came of the program, run by a shell that redirects its streams."""
    given = {**os.environ, **shell.environment, "PYTHONUNBUFFERED": "", **environment}
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *COMMAND, *arguments],
        env={name: value for name, value in given.items() if value is not None},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


# ---------------------------------------------------------------- characters


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_output__characters_that_the_terminal_lacks__are_escaped(shell: Shell, name: str) -> None:
    home = str(shell.folder / STRANGE)
    done = run(shell, "config", "--home", home, **ENVIRONMENTS[name])
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert b"\\u6f22" in done.stdout or name == "C"  # there the path itself came in as bytes that are no text


def test_json__any_encoding__is_ascii(shell: Shell) -> None:
    home = str(shell.folder / STRANGE)
    done = run(shell, "config", "--json", "--home", home, PYTHONIOENCODING="utf-8")
    assert done.stdout.isascii() and json.loads(done.stdout)["result"]["home"] == home


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp1252", "\\u2265 é \\u6f22 \\U0001f600"),
        ("ascii", "\\u2265 \\xe9 \\u6f22 \\U0001f600"),
        ("cp437", "≥ é \\u6f22 \\U0001f600"),
        ("utf-8", STRANGE),
        ("utf-16", STRANGE),
    ],
)
def test_guarded__text__shows_what_the_encoding_can(encoding: str, shown: str) -> None:
    written = io.BytesIO()
    stream = Guarded(io.TextIOWrapper(written, encoding), "standard output")
    stream.write(STRANGE)
    stream.flush()
    assert written.getvalue().decode(encoding) == shown


class Screen(io.TextIOWrapper):
    """A terminal of an old encoding."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "cp1252")

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode("cp1252")  # type: ignore[attr-defined, no-any-return]


def test_output__old_terminal__has_tables_bars_and_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Screen(), Screen()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    left = iter((2, 1, 0))
    with guarded():
        output = Output(as_json=False)
        output.table([STRANGE, "b"], [[STRANGE, 1]], nothing="")
        output.note(STRANGE)
        output.wait(lambda: next(left), STRANGE)
        with output.busy(STRANGE):
            pass
    assert "\\u2265 é" in out.text and "\\u2500" not in out.text
    assert err.text.count("\\u2265 é") >= 3


def test_sources__files_of_text__have_one_encoding_on_every_machine() -> None:
    found = []
    for path in (path for folder in ("sdk", "tools", "devnet", "scripts") for path in (ROOT / folder).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _reads_by_the_locale(call):
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not found


def _reads_by_the_locale(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    named = {keyword.arg for keyword in call.keywords}
    modes = [
        value.value for value in [*call.args, *(k.value for k in call.keywords)] if isinstance(value, ast.Constant)
    ]
    if name == "read_text":
        return not call.args and "encoding" not in named
    if name == "write_text":
        return len(call.args) < 2 and "encoding" not in named
    if name in ("Popen", "run", "check_output"):
        return bool({"text", "universal_newlines"} & named) and "encoding" not in named
    texts = [mode for mode in modes if isinstance(mode, str) and set(mode) <= set("rwaxt+")]
    own = isinstance(call.func, ast.Name) and name in ("open", "opened")
    is_open = own or (name == "open" and bool(texts or "newline" in named))
    return is_open and "encoding" not in named and (bool(texts) or not modes)


# ---------------------------------------------------------------- readers that leave


def start(shell: Shell, arguments: list[str], unbuffered: str) -> subprocess.Popen[bytes]:
    given = {**os.environ, **shell.environment, "PYTHONUNBUFFERED": unbuffered}
    environment = {name: value for name, value in given.items() if value is not None}
    return subprocess.Popen(
        [*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


@pytest.mark.parametrize(
    ("arguments", "unbuffered"), [(["presets"], "1"), (["presets"], ""), (["--help"], "1"), (["config", "--json"], "1")]
)
def test_output__nobody_reads_it__ends_quietly(shell: Shell, arguments: list[str], unbuffered: str) -> None:
    process = start(shell, arguments, unbuffered)
    assert process.stdout is not None
    process.stdout.close()
    _, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (failures.OK, b"")


def test_output__nobody_reads_the_errors__keeps_its_exit_code(shell: Shell) -> None:
    process = start(shell, ["nonsense"], "1")
    assert process.stderr is not None
    process.stderr.close()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == failures.USAGE


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output__disk_is_full__is_said(shell: Shell, unbuffered: str) -> None:
    done = run(shell, "config", "--json", streams=">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == failures.REFUSED
    told = json.loads(done.stderr)["error"]
    assert told["message"] == "standard output could not be written: No space left on device."
    assert told["advice"] == ""


def test_errors__disk_is_full__keep_their_exit_code(shell: Shell) -> None:
    assert run(shell, "nonsense", streams="2>/dev/full").returncode == failures.USAGE


# ---------------------------------------------------------------- closed streams


@pytest.mark.parametrize(("streams", "told"), [(">&-", "standard output"), ("2>&-", "standard error")])
def test_output__closed_by_the_shell__is_said(shell: Shell, streams: str, told: str) -> None:
    done = run(shell, "presets", streams=streams)
    assert done.returncode == failures.USAGE
    assert (
        done.stdout + done.stderr
    ).decode() == f"Error: {told} is closed: to see nothing of it, send it to /dev/null.\n"


@pytest.mark.parametrize("arguments", [["presets"], ["balance"], ["balance", "--json"], ["--help"], ["nonsense"]])
@pytest.mark.parametrize("closed", [["stdout"], ["stderr"], ["stdout", "stderr"]])
def test_output__closed__is_said_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], closed: list[str]
) -> None:
    streams = {name: None if name in closed else io.StringIO() for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    monkeypatch.undo()
    assert ended.value.code == failures.USAGE
    written = "".join(stream.getvalue() for stream in streams.values() if stream is not None)
    assert written.count("\n") == (len(closed) == 1) and "closed" in (written or "closed")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["accounts", "import", "bob"], "there is no terminal to ask on"),
        (["accounts", "new", "bob"], "there is no terminal to ask on"),
        (["evidence", "build", "--submission", "1/0", "--items", "1", "--gold", "-"], "standard input is closed"),
        (["presets"], ""),
    ],
)
def test_input__closed__is_said_where_it_is_needed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    streams = {"stdin": None, "stdout": io.StringIO(), "stderr": io.StringIO()}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    for name, value in {**shell.environment, "GOLDLEAF_PASSWORD": ""}.items():
        monkeypatch.setenv(name, value or "")
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    monkeypatch.undo()
    written = streams["stderr"].getvalue()  # type: ignore[union-attr]
    assert told in written and "defect" not in written
    assert bool(ended.value.code) is bool(told)


# ---------------------------------------------------------------- narrow windows

ADDRESS = "0x" + "1234567890abcdef" * 2 + "12345678"
TABLES: list[Sequence[Sequence[str]]] = [
    [["task", "state", "deadline"], ["1", "open", "2026-03-01 12:00:00 UTC"]],
    [["name", "address", "file"], ["alice", ADDRESS, "/home/alice/keys/alice.json"]],
    [["a header", "漢字"], ["", "漢字 漢字"]],
]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("rows", TABLES)
def test_layout__any_width__breaks_no_word(rows: Sequence[Sequence[str]], width: int) -> None:
    from rich.cells import cell_len

    words = [max(cell_len(word) for row in rows for word in row[column].split()) for column in range(len(rows[0]))]
    widths = layout(rows, width)
    if widths is None:
        assert sum(words) + GAP * (len(words) - 1) > width
        return
    assert sum(widths) + GAP * (len(widths) - 1) <= width
    assert all(given >= needed for given, needed in zip(widths, words, strict=True))


@pytest.mark.parametrize("columns", ["40", "60"])
def test_table__narrow_terminal__shows_addresses_and_headers_whole(shell: Shell, columns: str) -> None:
    terminal = Terminal(["accounts", "list"], {**shell.environment, "COLUMNS": columns})
    assert terminal.end() == 0
    words = click.unstyle(terminal.text).split()
    assert {"name", "address", "file", "alice", shell.address, str(shell.home / "keys" / "alice.json")} <= set(words)


# ---------------------------------------------------------------- what was meant


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["balanse"], "`goldleaf balance`"),
        (["tasks"], "`goldleaf task`"),
        (["vote"], "`goldleaf court vote`"),
        (["Deposit", "5"], "`goldleaf deposit`"),
        (["court", "jion"], "`goldleaf court join`"),
        (["task", "opne"], "`goldleaf task open`"),
        (["court", "deposit"], "`goldleaf deposit`"),
        (["accounts", "create"], ""),
    ],
)
def test_command__mistyped__names_what_may_be_meant(shell: Shell, arguments: list[str], meant: str) -> None:
    told = shell.json(*arguments, code=failures.USAGE)
    assert f"No such command '{arguments[-1] if arguments[-1] != '5' else arguments[0]}'." in told["message"]
    assert (f"Did you mean {meant}" in told["message"]) if meant else "mean" not in told["message"]
