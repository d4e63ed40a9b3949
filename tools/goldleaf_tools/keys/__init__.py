"""Keys, passwords, and the salts of seals: kept encrypted, or not kept at all.

    keystore = Keystore("~/.goldleaf/keys")
    account = keystore.create("alice", ask_password(confirm=True))
    keyring = Keyring(deployment, account)
    goldleaf.submissions.commit(work, labels, uri=uri, salt=keyring.commitment_salt(work))

A `Keyring` derives every salt from a signature of the account, so whoever still has the key has lost nothing. Nothing
here shows a key, a password or a salt: not in a repr, an error or a log.
"""

from goldleaf.typed_data import TypedDataSigner

from .files import read_private, write_private
from .keystore import KeyFile, Keystore
from .passwords import Password, ask_password, password_from_environment, password_from_file
from .salts import Keyring, challenge_message, commitment_message, salt_from, vote_message

__all__ = [
    "KeyFile",
    "Keyring",
    "Keystore",
    "Password",
    "TypedDataSigner",
    "ask_password",
    "challenge_message",
    "commitment_message",
    "password_from_environment",
    "password_from_file",
    "read_private",
    "salt_from",
    "vote_message",
    "write_private",
]
