"""Credentials that accounts keep here: those that they hold, and those that they have issued.

A credential binds its holder and is no secret; it is kept so that nobody has to look for a file when a gate asks. All
that is here blocks: call it in a thread.
"""

from goldleaf import SignedCredential

from .database import Database

# Of private things.
HELD = "credential"
ISSUED = "issued credential"


def name_of(signed: SignedCredential) -> str:
    """The name of a credential: one that was signed again takes the place of the first."""
    return signed.credential.digest().hex()


def keep(database: Database, account: str, kind: str, signed: SignedCredential) -> None:
    """Keeps a credential for an account; `kind` is `HELD` or `ISSUED`."""
    database.keep(account, kind, name_of(signed), signed.to_bytes().decode())


def find(database: Database, account: str, kind: str, name: str) -> SignedCredential | None:
    """A credential of an account by its name; None: it keeps none of that name."""
    found = database.recall(account, kind, name)
    return None if found is None else SignedCredential.from_bytes(found.encode())


def kept(database: Database, account: str, kind: str, *, gate: str | None = None) -> list[SignedCredential]:
    """The credentials of an account, of a gate or of all, those that were kept last first."""
    found = [find(database, account, kind, name) for name in database.names(account, kind)]
    return [signed for signed in found if signed is not None and gate in (None, signed.credential.gate)]
