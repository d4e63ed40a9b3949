"""Keys and passwords: asked for where nobody looks on, never printed, and refused when others could read them."""

import json
import stat

import pytest
from eth_account import Account

from goldleaf_tools.cli import failures
from tests.shell import KEY, PASSWORD, Shell
from tests.terminal import Terminal

OTHER = "0x" + "07" * 32


def test_list__keys__by_name(shell: Shell) -> None:
    [told] = shell.json("accounts", "list")
    assert (told["name"], told["address"]) == ("alice", shell.address)
    shown = shell.run("accounts", "list").stdout
    assert shown.splitlines()[1].split("\t")[:2] == ["alice", shell.address]


def spoil(shell: Shell) -> dict[str, str]:
    """Puts what is no key, or none that may be read, beside the good one; what is to be told of each."""
    keys = shell.home / "keys"
    good = json.loads((keys / "alice.json").read_text())
    files = {
        "notes": '{"to do": "make a backup"}',
        "empty": "",
        "list": "[]",
        "nested": "[" * 4000,
        "latin": "\udce9",
        "nameless": json.dumps({name: value for name, value in good.items() if name != "address"}),
        "null": json.dumps({**good, "address": None}),
        "elsewhere": json.dumps({**good, "address": "0x12"}),
        "old": json.dumps({**good, "version": 1}),
        "loose": json.dumps(good),
    }
    for name, content in files.items():
        path = keys / f"{name}.json"
        path.touch(0o644 if name == "loose" else 0o600)
        path.write_bytes(content.encode(errors="surrogateescape"))
    (keys / "folder.json").mkdir()
    told = dict.fromkeys(files, "no V3 key file") | dict.fromkeys(("nameless", "null"), "whose key it is")
    return told | {"loose": "chmod 600", "folder": "directory"}


def test_list__other_files_among_the_keys__named_and_the_good_key_works(shell: Shell) -> None:
    told = spoil(shell)
    result = shell.run("accounts", "list")
    assert result.exit_code == 0
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["name", "alice"]
    notes = [line for line in result.stderr.splitlines() if line.startswith("note: passed over")]
    assert len(notes) == len(told)
    for name, why in told.items():
        [note] = [note for note in notes if f"/{name}.json" in note]
        assert why in note, note


@pytest.mark.parametrize("named", [True, False])
def test_check__other_files_among_the_keys__opens_the_good_one(shell: Shell, named: bool) -> None:
    spoil(shell)
    account = "alice" if named else shell.address
    assert shell.json("accounts", "check", GOLDLEAF_ACCOUNT=account) == {"account": shell.address}


@pytest.mark.parametrize("name", ["notes", "empty", "nameless", "loose"])
def test_check__the_account_itself_is_no_good_key__says_why(shell: Shell, name: str) -> None:
    told = spoil(shell)
    error = shell.json("accounts", "check", code=failures.REFUSED, GOLDLEAF_ACCOUNT=name)
    assert error["type"] in ("KeyfileError", "LoosePermissions")
    assert f"{name}.json" in error["message"] and told[name] in error["message"]


def test_import__key_file__is_encrypted_and_not_shown(shell: Shell) -> None:
    file = shell.folder / "key"
    file.touch(0o600)
    file.write_text(OTHER + "\n")
    result = shell.run("accounts", "import", "bob", "--key-file", file)
    assert result.exit_code == 0
    address = Account.from_key(OTHER).address
    assert address in result.stdout
    stored = shell.home / "keys" / "bob.json"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    for text in (result.output, stored.read_text()):
        assert OTHER[2:] not in text and PASSWORD not in text
    assert shell.keystore.load("bob", PASSWORD).address == address


@pytest.mark.parametrize(("content", "error"), [("0x12", "KeyfileError"), ("no hex", "KeyfileError")])
def test_import__no_key__is_not_shown(shell: Shell, content: str, error: str) -> None:
    file = shell.folder / "key"
    file.touch(0o600)
    file.write_text(content)
    told = shell.json("accounts", "import", "bob", "--key-file", file, code=failures.REFUSED)
    assert told["type"] == error and content not in told["message"]


def test_import__others_may_read_it__is_refused_with_the_fix(shell: Shell) -> None:
    file = shell.folder / "key"
    file.write_text(OTHER)
    file.chmod(0o644)
    told = shell.json("accounts", "import", "bob", "--key-file", file, code=failures.REFUSED)
    assert told["type"] == "LoosePermissions" and f"chmod 600 {file}" in told["message"]


def test_import__name_taken__overwrites_nothing(shell: Shell) -> None:
    file = shell.folder / "key"
    file.touch(0o600)
    file.write_text(OTHER)
    told = shell.json("accounts", "import", "alice", "--key-file", file, code=failures.REFUSED)
    assert told["type"] == "KeyExists"
    assert shell.keystore.load("alice", PASSWORD).address == shell.address


@pytest.mark.parametrize(
    ("options", "environment", "error"),
    [
        ([], {"GOLDLEAF_PASSWORD": None}, "NoPassword"),
        ([], {"GOLDLEAF_PASSWORD": "wrong"}, "WrongPassword"),
        (["--password-file", "loose"], {}, "LoosePermissions"),
        (["--password-file", "missing"], {}, "NoPassword"),
        (["--account", "bob"], {}, "NoSuchKey"),
    ],
)
def test_password__not_right__is_refused_before_the_node_is_asked(
    shell: Shell, options: list[str], environment: dict[str, str | None], error: str
) -> None:
    (shell.folder / "loose").write_text(PASSWORD)
    (shell.folder / "loose").chmod(0o640)
    given = [str(shell.folder / option) if option in ("loose", "missing") else option for option in options]
    result = shell.json("accounts", "check", *given, code=failures.REFUSED, **environment)
    assert result["type"] == error and PASSWORD not in result["message"]


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        ([], {}),
        ([], {"GOLDLEAF_PASSWORD": None, "GOLDLEAF_PASSWORD_FILE": "{file}"}),
        (["--password-file", "{file}"], {"GOLDLEAF_PASSWORD": "wrong"}),
    ],
)
def test_password__file_or_environment__opens_the_key(
    shell: Shell, options: list[str], environment: dict[str, str | None]
) -> None:
    given = [option.format(file=shell.password_file) for option in options]
    filled = {name: value.format(file=shell.password_file) if value else value for name, value in environment.items()}
    assert shell.json("accounts", "check", *given, **filled) == {"account": shell.address}


def test_new__terminal__asks_twice_and_shows_nothing(shell: Shell) -> None:
    screen = Terminal(["accounts", "new", "carol"], {**shell.environment, "GOLDLEAF_PASSWORD": None})
    screen.answer("Password of the keystore: ", "open sesame")
    screen.answer("Again: ", "open sesame")
    assert screen.end() == 0
    assert "open sesame" not in screen.text
    assert shell.keystore.load("carol", "open sesame").address in screen.text


def test_new__two_passwords__makes_nothing(shell: Shell) -> None:
    screen = Terminal(["accounts", "new", "carol"], {**shell.environment, "GOLDLEAF_PASSWORD": None})
    screen.answer("Password of the keystore: ", "open sesame")
    screen.answer("Again: ", "open barley")
    assert screen.end() == failures.REFUSED
    assert "Error: the two passwords differ." in screen.text
    assert not (shell.home / "keys" / "carol.json").exists()


def test_key__anywhere__is_never_printed(shell: Shell) -> None:
    for arguments in (["accounts", "list"], ["accounts", "check"], ["config"]):
        for options in ([], ["--json"]):
            output = shell.run(*arguments, *options).output
            assert KEY.hex() not in output and PASSWORD not in output
