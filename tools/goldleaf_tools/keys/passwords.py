"""Passwords, from where other users of the machine do not see them: never from an argument of a command."""

import os
from getpass import getpass
from pathlib import Path

from ..errors import NoPassword
from ..private_files import read_private


class Password(str):
    """A password, which reprs and tracebacks do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Password(hidden)"

    __str__ = __repr__


def ask_password(prompt: str = "Password: ", *, confirm: bool = False) -> Password:
    """Asks on the terminal, without showing what is typed; with `confirm`, twice. Raises `NoPassword`."""
    try:
        password = getpass(prompt)
        if confirm and getpass("Again: ") != password:
            raise NoPassword("the two passwords differ")
    except EOFError:
        raise NoPassword("there is nobody to ask") from None
    return _checked(password, "what was typed")


def password_from_file(path: str | Path) -> Password:
    """The first line of a file that only its owner may read. Raises `NoPassword`, `LoosePermissions`."""
    try:
        content = read_private(path)
    except FileNotFoundError:
        raise NoPassword(f"there is no file {path}") from None
    try:
        return _checked((content.decode().splitlines() or [""])[0], str(path))
    except UnicodeDecodeError:
        raise NoPassword(f"{path} is no text") from None


def password_from_environment(variable: str) -> Password:
    """The value of an environment variable. Raises `NoPassword`."""
    return _checked(os.environ.get(variable, ""), f"the environment variable {variable}")


def _checked(password: str, source: str) -> Password:
    if not password:
        raise NoPassword(f"{source} is empty")
    return Password(password)
