"""Encrypted keys, private files and passwords: refused when others could read them, and never shown."""

import json
import logging
import os
import signal
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from goldleaf import errors
from goldleaf_tools.errors import KeyExists, KeyfileError, LoosePermissions, NoPassword, NoSuchKey, WrongPassword
from goldleaf_tools.keys import (
    Keystore,
    Password,
    account_from_environment,
    ask_password,
    password_from_environment,
    password_from_file,
    read_private,
    write_private,
)

PASSWORD = "correct horse battery staple"
KEY = bytes(range(1, 33))
ADDRESS = Account.from_key(KEY).address


@pytest.fixture
def keystore(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys", work_factor=2)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ------------------------------------------------------------ keystore


def test_create__new_name__loads_as_the_same_account(keystore: Keystore) -> None:
    account = keystore.create("alice", PASSWORD)
    assert keystore.load("alice", PASSWORD).address == account.address
    assert [(entry.name, entry.address) for entry in keystore.list()] == [("alice", account.address)]


def test_create__twice__other_keys(keystore: Keystore) -> None:
    assert keystore.create("alice", PASSWORD).address != keystore.create("bob", PASSWORD).address


def test_create__any_umask__file_and_folder_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keystore = Keystore(tmp_path / "deep" / "keys", work_factor=2)
        keystore.create("alice", PASSWORD)
    finally:
        os.umask(before)
    assert mode(keystore.folder) == 0o700
    assert mode(keystore.list()[0].path) == 0o600


def test_create__name_is_taken__refused_and_the_key_kept(keystore: Keystore) -> None:
    keystore.add("alice", KEY, PASSWORD)
    with pytest.raises(KeyExists, match="alice"):
        keystore.create("alice", PASSWORD)
    assert keystore.load("alice", PASSWORD).address == ADDRESS
    assert [path.name for path in keystore.folder.iterdir()] == ["alice.json"]


@pytest.mark.parametrize("name", ["", "../alice", "a/b", ".hidden", "a" * 65, "a\n", "a\0"])
def test_create__name_is_no_file_name__refused(keystore: Keystore, name: str) -> None:
    with pytest.raises(errors.ArgumentError, match="name of the key"):
        keystore.create(name, PASSWORD)


def test_create__empty_password__refused(keystore: Keystore) -> None:
    with pytest.raises(NoPassword):
        keystore.create("alice", "")


def test_add__default_work_factor__reads_in_eth_account(tmp_path: Path) -> None:
    Keystore(tmp_path / "keys").add("alice", KEY, PASSWORD)
    content = json.loads((tmp_path / "keys" / "alice.json").read_text())
    assert content["crypto"]["kdfparams"]["n"] == 2**18
    assert bytes(Account.decrypt(content, PASSWORD)) == KEY


@pytest.mark.parametrize("key", [b"", b"\1" * 31, b"\1" * 33, bytes(32), b"\xff" * 32])
def test_add__no_key__refused_without_showing_it(keystore: Keystore, key: bytes) -> None:
    with pytest.raises(KeyfileError, match="no private key") as caught:
        keystore.add("alice", key, PASSWORD)
    assert not key or key.hex() not in str(caught.value)


def test_load__unknown_name__refused(keystore: Keystore) -> None:
    with pytest.raises(NoSuchKey, match="alice"):
        keystore.load("alice", PASSWORD)


def test_load__wrong_password__refused(keystore: Keystore) -> None:
    keystore.create("alice", PASSWORD)
    with pytest.raises(WrongPassword):
        keystore.load("alice", PASSWORD + "x")


@pytest.mark.parametrize("loose", [0o604, 0o640, 0o660, 0o602, 0o644])
def test_load__others_may_read_the_file__refused_with_the_fix(keystore: Keystore, loose: int) -> None:
    keystore.add("alice", KEY, PASSWORD)
    path = keystore.folder / "alice.json"
    path.chmod(loose)
    with pytest.raises(LoosePermissions, match=f"chmod 600 {path}"):
        keystore.load("alice", PASSWORD)
    with pytest.warns(errors.GoldleafWarning, match=f"chmod 600 {path}"):
        assert keystore.list() == []
    path.chmod(0o600)
    assert keystore.load("alice", PASSWORD).address == ADDRESS


def test_keystore__others_may_enter_the_folder__refused_with_the_fix(tmp_path: Path) -> None:
    folder = tmp_path / "my keys"
    folder.mkdir(mode=0o755)
    with pytest.raises(LoosePermissions, match=f"chmod 700 '{folder}'"):
        Keystore(folder)


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no version": lambda content: content.pop("version"),
    "another version": lambda content: content.update(version=4),
    "no crypto": lambda content: content.pop("crypto"),
    "crypto is text": lambda content: content.update(crypto="x"),
    "no address": lambda content: content.pop("address"),
    "an address of another key": lambda content: content.update(address="11" * 20),
    "no ciphertext": lambda content: content["crypto"].pop("ciphertext"),
    "an unknown kdf": lambda content: content["crypto"].update(kdf="rot13"),
    "a work factor that is none": lambda content: content["crypto"]["kdfparams"].update(n=3),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_load__damaged_file__refused_by_name(keystore: Keystore, damage: str) -> None:
    keystore.add("alice", KEY, PASSWORD)
    path = keystore.folder / "alice.json"
    content = json.loads(path.read_text())
    DAMAGES[damage](content)
    path.write_text(json.dumps(content))
    with pytest.raises(KeyfileError, match=str(path)):
        keystore.load("alice", PASSWORD)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 200_000, b'{"version": 3, "version": 3}']
)
def test_load__no_json__refused_by_name(keystore: Keystore, content: bytes) -> None:
    write_private(keystore.folder / "alice.json", content)
    with pytest.raises(KeyfileError, match="alice.json is no V3 key file"):
        keystore.load("alice", PASSWORD)


def test_vault__first_and_later__the_same_key_for_an_account(keystore: Keystore) -> None:
    first = keystore.vault(ADDRESS, PASSWORD)
    assert keystore.vault(ADDRESS.lower(), PASSWORD).address == first.address != ADDRESS
    assert keystore.vault("0x" + "11" * 20, PASSWORD).address != first.address
    assert keystore.list() == []
    with pytest.raises(WrongPassword):
        keystore.vault(ADDRESS, "another")


# ------------------------------------------------------------ files


def test_write_private__others_have_the_file_open__they_see_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")
    with path.open("rb") as reader:
        write_private(path, b"new")
        assert reader.read() == b"old"
    assert read_private(path) == b"new"
    assert mode(path) == 0o600


def test_write_private__killed_at_any_time__a_whole_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, b"a" * 100_000)
    script = (
        "import sys; from goldleaf_tools.keys import write_private\n"
        "while True:\n"
        "    for letter in (b'a', b'b'):\n"
        "        write_private(sys.argv[1], letter * 100_000)\n"
        "        print(flush=True)\n"
    )
    for writes in range(1, 4):
        process = subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(writes):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        content = read_private(path)
        assert len(content) == 100_000
        assert len(set(content)) == 1


def test_write_private__disk_refuses__the_old_file_is_left_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")
    with pytest.raises(TypeError):
        write_private(path, "no bytes")
    assert read_private(path) == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_read_private__pipe_of_a_shell__what_comes_out_of_it() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"secret")
    os.close(writing)
    assert read_private(f"/dev/fd/{reading}") == b"secret"
    os.close(reading)


def test_read_private__folder__refused(tmp_path: Path) -> None:
    with pytest.raises(KeyfileError, match="Is a directory"):
        read_private(tmp_path)


# ------------------------------------------------------------ passwords


def test_password_from_file__private__its_first_line(tmp_path: Path) -> None:
    write_private(tmp_path / "password", f"{PASSWORD} \r\nsecond\n".encode())
    password = password_from_file(tmp_path / "password")
    assert password == f"{PASSWORD} "


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xff"])
def test_password_from_file__no_password_in_it__refused(tmp_path: Path, content: bytes) -> None:
    write_private(tmp_path / "password", content)
    with pytest.raises(NoPassword, match="password"):
        password_from_file(tmp_path / "password")


def test_password_from_file__missing__refused(tmp_path: Path) -> None:
    with pytest.raises(NoPassword, match="there is no file"):
        password_from_file(tmp_path / "password")


def test_password_from_file__others_may_read__refused_with_the_fix(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o644)
    with pytest.raises(LoosePermissions, match="chmod 600"):
        password_from_file(path)


def test_password_from_environment__set_or_not__its_value_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD", PASSWORD)
    assert password_from_environment("A_PASSWORD") == PASSWORD
    monkeypatch.delenv("A_PASSWORD")
    with pytest.raises(NoPassword, match="A_PASSWORD"):
        password_from_environment("A_PASSWORD")


@pytest.mark.parametrize(
    ("typed", "message"), [("one\ntwo\n", "differ"), ("\n\n", "empty"), ("", "nobody to ask")], ids=str.split
)
def test_ask_password__not_twice_the_same__refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, message: str
) -> None:
    lines = iter(typed.splitlines())

    def read(_: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    # A terminal is what a test has not.
    monkeypatch.setattr("goldleaf_tools.keys.passwords.getpass", read)
    with pytest.raises(NoPassword, match=message):
        ask_password(confirm=True)


def test_ask_password__twice_the_same__it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf_tools.keys.passwords.getpass", lambda _: PASSWORD)
    assert ask_password(confirm=True) == PASSWORD


# ------------------------------------------------------------ nothing is shown


def test_password__in_any_text__hidden() -> None:
    password = Password(PASSWORD)
    assert PASSWORD not in f"{password} {password!r} {[password]}" + str(password)


def test_keystore__failing_in_every_way__shows_neither_key_nor_password(
    keystore: Keystore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = Password(PASSWORD)
    account = keystore.add("alice", KEY, password)
    path = keystore.folder / "alice.json"
    whole = path.read_bytes()

    def damaged(damage: Callable[[dict[str, Any]], object]) -> None:
        content = json.loads(whole)
        damage(content)
        write_private(path, json.dumps(content).encode())
        keystore.load("alice", password)

    failing: list[Callable[[], object]] = [
        lambda: keystore.add("alice", KEY, password),
        lambda: keystore.add("../x", KEY, password),
        lambda: keystore.add("bob", KEY + KEY, password),
        lambda: keystore.load("nobody", password),
        *(lambda damage=damage: damaged(damage) for damage in DAMAGES.values()),
        lambda: (write_private(path, whole), keystore.load("alice", Password(PASSWORD + "x"))),
        lambda: (path.chmod(0o644), keystore.load("alice", password)),
    ]
    shown = [repr(account), str(account), repr(keystore)]
    for fail in failing:
        with pytest.raises(errors.GoldleafError) as caught:
            fail()
        # With the locals of our own frames, as some loggers show them; `add` is given the bare key by its caller.
        ours = traceback.StackSummary.extract(
            (entry for entry in traceback.walk_tb(caught.tb) if "goldleaf" in entry[0].f_code.co_filename),
            capture_locals=True,
        )
        shown += [str(caught.value), repr(caught.value.__dict__), *traceback.format_exception(caught.value)]
        shown += [text for frame in ours if frame.name != "add" for text in (frame.locals or {}).values()]
    text = "\n".join([*shown, caplog.text])
    assert len(shown) > 3 * len(failing)
    assert PASSWORD not in text
    assert KEY.hex() not in text
    assert repr(KEY)[2:-1] not in text


def test_account_from_environment__home_with_keys__opens_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystore = Keystore(tmp_path / "keys", work_factor=2)
    alice, bob = (keystore.create(name, PASSWORD).address for name in ("alice", "bob"))
    monkeypatch.setenv("GOLDLEAF_HOME", str(tmp_path))
    monkeypatch.setenv("GOLDLEAF_ACCOUNT", "alice")
    monkeypatch.setenv("GOLDLEAF_PASSWORD", PASSWORD)
    assert account_from_environment().address == alice
    assert account_from_environment("bob").address == bob
    with pytest.raises(NoSuchKey):
        account_from_environment("carol")
    monkeypatch.setenv("GOLDLEAF_PASSWORD", "")
    with pytest.raises(NoPassword, match="GOLDLEAF_PASSWORD"):
        account_from_environment()
