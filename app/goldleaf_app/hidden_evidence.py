"""Evidence for jurors that nobody reads before its challenge is filed: whoever did could file the challenge first.

It is kept for its account alone, and put into the store when the index sees a challenge with its hash.
"""

import logging

from sqlalchemy import select

from goldleaf.encoding import keccak256
from goldleaf.errors import StoreError
from goldleaf_tools.index import Index
from goldleaf_tools.index.schema import ChallengeRow

from .database import Database
from .files import Files

log = logging.getLogger(__name__)
KIND = "evidence"
# That a transaction with its hash was offered to a wallet.
OFFERED = "offered evidence"
# Hashes that one query asks for.
PAGE = 500


def hide(database: Database, account: str, data: bytes) -> bytes:
    """Keeps evidence, a text, until its challenge is filed; returns its keccak-256. Blocks."""
    digest = keccak256(data)
    database.keep(account, KIND, digest.hex(), data.decode())
    return digest


def note_offered(database: Database, account: str, digest: bytes) -> None:
    """Notes that a wallet gets to sign a challenge with this evidence. Blocks."""
    database.keep(account, OFFERED, digest.hex(), "true")


def drop(database: Database, account: str, digest: bytes) -> None:
    """Deletes evidence that is not wanted any more, unless a challenge with it may still be mined. Blocks."""
    if database.recall(account, OFFERED, digest.hex()) is None:
        database.forget(account, KIND, digest.hex())


def show_filed(database: Database, index: Index, files: Files) -> None:
    """Puts evidence into the store whose challenge is filed by now. Blocks; where the store fails, it stays hidden."""
    hidden = database.all_names(KIND)
    for first in range(0, len(hidden), PAGE):
        some = hidden[first : first + PAGE]
        digests = [bytes.fromhex(name) for _, name in some]
        # There is an index of challengers, and none of hashes.
        where = (ChallengeRow.challenger.in_({account for account, _ in some}), ChallengeRow.evidence.in_(digests))
        with index.engine.connect() as connection:
            found = connection.scalars(select(ChallengeRow.evidence).where(*where))
            filed = {digest.hex() for digest in found if digest is not None}
        for account, name in some:
            if name in filed and (text := database.recall(account, KIND, name)) is not None:
                try:
                    files.put(text.encode())
                except StoreError as error:
                    log.warning("the evidence 0x%s waits: %s", name, error)
                    continue
                database.forget(account, KIND, name)
