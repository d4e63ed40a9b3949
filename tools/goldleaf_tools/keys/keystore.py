"""A folder of encrypted keys, in the V3 format that geth and others read."""

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldleaf import errors
from goldleaf.canonical import read_json
from goldleaf.encoding import checksum_address

from ..errors import KeyExists, KeyfileError, NoPassword, NoSuchKey, WrongPassword
from ..private_files import private_folder, read_private, write_private

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".json"
# Ends the name of a key that serves for salts alone.
_VAULT = ".salts"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An encrypted key."""

    name: str
    address: str
    path: Path


class Keystore:
    """A folder of encrypted keys, which only its owner may enter (mode 0700, files 0600); made if there is none.

    `work_factor` is scrypt's `n` for new keys, by default 2**18: about a second for each try at a password.

    Raises `LoosePermissions`, saying what to run, if others may enter the folder, or read the key that is asked for.
    """

    def __init__(self, folder: str | Path, *, work_factor: int | None = None) -> None:
        self.folder = private_folder(folder)
        self._work_factor = work_factor

    def create(self, name: str, password: str) -> "LocalAccount":
        """Makes a new key. Raises `KeyExists`, `NoPassword`, and `ArgumentError` if `name` is no file name."""
        from eth_account import Account

        return self.add(name, bytes(Account.create().key), password)

    def add(self, name: str, key: bytes, password: str) -> "LocalAccount":
        """Stores a private key of 32 bytes. Raises what `create` raises, and `KeyfileError` if it is no key."""
        from eth_account import Account

        path = self._path(name)
        if not password:
            raise NoPassword("the password is empty")
        try:
            account: LocalAccount = Account.from_key(key)
        except Exception:  # whatever it is, its message may show the key
            raise KeyfileError(f"what was given for {name} is no private key") from None
        encrypted = Account.encrypt(account.key, password, kdf="scrypt", iterations=self._work_factor)
        try:
            write_private(path, json.dumps(encrypted, indent=2).encode() + b"\n", replace=False)
        except FileExistsError:
            raise KeyExists(f"{name} in {self.folder}") from None
        return account

    def load(self, name: str, password: str) -> "LocalAccount":
        """Decrypts a key. Raises `NoSuchKey`, `WrongPassword`, `LoosePermissions`, `KeyfileError`."""
        from eth_account import Account

        path = self._path(name)
        content, address = self._read(path)
        try:
            account: LocalAccount = Account.from_key(Account.decrypt(dict(content), password))
        except ValueError as error:
            if "MAC" in str(error):
                raise WrongPassword(f"it does not open {name}") from None
            raise KeyfileError(f"{path} cannot be decrypted") from None
        except Exception:  # a damaged file fails in whichever way it is damaged
            raise KeyfileError(f"{path} cannot be decrypted") from None
        if account.address != address:
            raise KeyfileError(f"{path} names {address} and holds the key of {account.address}")
        return account

    def vault(self, account: str, password: str) -> "LocalAccount":
        """The key of which the salts of an account are derived that cannot derive them itself; made if there is none.

        For contract accounts and wallets that sign the same message in another way each time: pass it to `Keyring` as
        `vault`. Keep a copy of its file (`<address>.salts.json`): without it what was sealed cannot be opened. Raises
        what `create` and `load` raise.
        """
        name = f"{checksum_address(account)}{_VAULT}"
        if not self._path(name).exists():
            try:
                return self.create(name, password)
            except KeyExists:  # made at the same time by another process
                pass
        return self.load(name, password)

    def get(self, name: str) -> KeyFile:
        """A key by its name, undecrypted. Raises `NoSuchKey`, `LoosePermissions`, `KeyfileError`."""
        path = self._path(name)
        return KeyFile(name, self._read(path)[1], path)

    def list(self) -> list[KeyFile]:
        """The keys in the folder, by name; vaults aside.

        What is no key, and keys that others may read, are passed over, each with a `GoldleafWarning` that says why.
        """
        found: list[KeyFile] = []
        for name in sorted(path.stem for path in self.folder.glob(f"*{_SUFFIX}")):
            if not _NAME.fullmatch(name) or name.endswith(_VAULT):
                continue
            try:
                found.append(self.get(name))
            except KeyfileError as error:
                warnings.warn(f"passed over: {error}", errors.GoldleafWarning, stacklevel=2)
        return found

    def has_vault(self, account: str) -> bool:
        """Whether `vault` was ever asked for the salts of an account."""
        return self._path(f"{checksum_address(account)}{_VAULT}").exists()

    def __repr__(self) -> str:
        return f"Keystore({str(self.folder)!r})"

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise errors.ArgumentError(
                "name of the key", value=repr(name), bound="1 to 64 letters, digits, dots, hyphens and underscores"
            )
        return self.folder / f"{name}{_SUFFIX}"

    def _read(self, path: Path) -> tuple[Mapping[str, Any], str]:
        """The content of a key file, and the address it names."""
        try:
            content = read_json(read_private(path))
            if content["version"] != 3 or not isinstance(content["crypto"], dict):
                raise ValueError
            # The format allows to leave it out, and nobody should need a password to see whose key it is.
            if content.get("address") is None:
                raise KeyfileError(f'{path} does not say whose key it is: add `"address": "0x…"` to it')
            return content, checksum_address("0x" + content["address"].removeprefix("0x"))
        except FileNotFoundError:
            raise NoSuchKey(f"{path.stem} in {self.folder}") from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise KeyfileError(f"{path} is no V3 key file") from None
