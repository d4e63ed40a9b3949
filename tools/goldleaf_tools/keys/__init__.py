"""Keys, passwords, and the salts of commitments: kept encrypted, or not kept at all.

    keystore = Keystore("~/.goldleaf/keys")
    account = keystore.create("alice", ask_password(confirm=True))
    keyring = Keyring(deployment, account)
    goldleaf.submissions.commit(work, labels, uri=uri, salt=keyring.commitment_salt(work))

A `Keyring` derives every salt from a signature of the account, so whoever still has the key has lost nothing. Nothing
here shows a key, a password or a salt: not in a repr, an error or a log.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from goldleaf.signing.typed_data import TypedDataSigner

from ..private_files import read_private, write_private
from .keystore import KeyFile, Keystore
from .passwords import Password, ask_password, password_from_environment, password_from_file
from .plans import PlanFile, read_plan, write_plan
from .salts import Keyring, challenge_message, commitment_message, plan_message, salt_from, vote_message

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

__all__ = [
    "KeyFile",
    "Keyring",
    "Keystore",
    "Password",
    "PlanFile",
    "TypedDataSigner",
    "account_from_environment",
    "ask_password",
    "challenge_message",
    "commitment_message",
    "password_from_environment",
    "password_from_file",
    "plan_message",
    "read_plan",
    "read_private",
    "salt_from",
    "vote_message",
    "write_plan",
    "write_private",
]


def account_from_environment(name: str | None = None) -> "LocalAccount":
    """An account of the key files in `GOLDLEAF_HOME`, opened by the password `GOLDLEAF_PASSWORD`.

    It is `GOLDLEAF_ACCOUNT` unless another `name` is given. `goldleaf devnet` prints these variables; without a home it
    is the one of the command line. Raises `NoPassword`, `NoSuchKey`, `WrongPassword`, `LoosePermissions`,
    `KeyfileError`.
    """
    import click

    home = Path(os.environ.get("GOLDLEAF_HOME") or click.get_app_dir("goldleaf"))
    password = password_from_environment("GOLDLEAF_PASSWORD")
    return Keystore(home / "keys").load(name or os.environ.get("GOLDLEAF_ACCOUNT") or "", password)
