"""`goldleaf accounts`: keys, each encrypted in a file of its own."""

import sys
from pathlib import Path

import click

from ..errors import KeyfileError
from .commands import Group
from .session import Session
from .streams import is_terminal


@click.group(cls=Group)
def accounts() -> None:
    """Make, import, list and check keys. They are kept encrypted, and never shown."""


@accounts.command()
@click.argument("name")
@click.pass_obj
def new(session: Session, name: str) -> None:
    """Make a new key. Keep a copy of its file and of the password: nobody else can restore it."""
    account = session.keystore.create(name, session.password(confirm=True))
    _made(session, name, str(account.address))


@accounts.command("import")
@click.argument("name")
@click.option("--key-file", metavar="FILE", help="Holds the private key in hex; without it, you are asked for it.")
@click.pass_obj
def import_(session: Session, name: str, key_file: str | None) -> None:
    """Import a private key."""
    key = _read_key(key_file)
    account = session.keystore.add(name, key, session.password(confirm=True))
    _made(session, name, str(account.address))


@accounts.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the keys."""
    keys = session.keystore.list()
    value = [{"name": key.name, "address": key.address, "file": str(key.path)} for key in keys]
    rows = [(key.name, key.address, key.path) for key in keys]
    session.output.result(
        value,
        lambda: session.output.table(
            ["name", "address", "file"], rows, nothing="no keys yet: make one with `goldleaf accounts new NAME`"
        ),
    )


@accounts.command()
@click.pass_obj
def check(session: Session) -> None:
    """Say whether the password opens the account's key."""
    address = session.unlock()
    session.output.result({"account": address}, lambda: session.output.line(f"The password opens the key of {address}"))


def _read_key(file: str | None) -> bytes:
    from ..keys import ask_password, read_private

    if file is not None:
        try:
            text = read_private(Path(file)).decode()
        except (FileNotFoundError, UnicodeDecodeError):
            raise KeyfileError(f"{file} is no text file") from None
    elif is_terminal(sys.stdin):
        # str() of a password hides it; the letters are what is asked for here.
        text = "".join(ask_password("Private key: "))
    else:
        raise click.UsageError("give --key-file: there is no terminal to ask on")
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raise KeyfileError("the private key is not hex") from None


def _made(session: Session, name: str, address: str) -> None:
    path = session.keystore.folder / f"{name}.json"
    value = {"name": name, "address": address, "file": str(path)}
    session.output.result(value, lambda: session.output.line(f"{name} is {address}, encrypted in {path}"))
