"""Votes that jurors have sealed: choice and salt, kept for their account until they are revealed, and as files.

A vote that cannot be revealed costs the penalty, so it is kept before anybody is asked to send its commitment. Each
attempt has a salt of its own, and none is deleted: whichever of them the chain has taken is found by its commitment.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

from goldleaf import Deployment, commitments
from goldleaf.canonical import read_json
from goldleaf.encoding import checked_address
from goldleaf.errors import ArgumentError
from goldleaf.signing.commitments import SALT_BYTES, Salt

from .database import Database

# Of private things.
KIND = "vote"
FORMAT = "goldleaf-vote-1"
_NUMBERS = ("chain_id", "dispute", "round", "choice")


@dataclass(frozen=True, slots=True)
class SealedVote:
    """A vote, and all that it takes to reveal it."""

    chain_id: int
    court: str
    dispute: int
    round: int
    holder: str
    choice: int
    salt: Salt

    @property
    def commitment(self) -> bytes:
        """What the chain has of it until it is revealed."""
        return commitments.vote(
            self.chain_id, self.court, self.dispute, self.round, self.holder, self.choice, self.salt
        )

    def to_bytes(self) -> bytes:
        """The vote as a file, which shows how its holder has voted."""
        content: dict[str, Any] = {"format": FORMAT, "court": self.court, "holder": self.holder}
        content |= {name: str(getattr(self, name)) for name in _NUMBERS}
        return json.dumps({**content, "salt": "0x" + self.salt.hex()}, indent=2).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads the file that `to_bytes` writes. Raises `ArgumentError` if it is another."""
        try:
            content: Any = read_json(data)
            if content["format"] != FORMAT:
                raise ValueError(f"its format is {content['format']!r}")
            numbers = {name: int(content[name]) for name in _NUMBERS}
            salt = Salt(bytes.fromhex(content["salt"].removeprefix("0x")))
            if len(salt) != SALT_BYTES or not all(0 <= number < 2**256 for number in numbers.values()):
                raise ValueError("a number or the salt is too large")
            court, holder = (str(checked_address(name, content[name])) for name in ("court", "holder"))
        except (ArgumentError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArgumentError("This is no backup of a vote.") from error
        return cls(court=court, holder=holder, salt=salt, **numbers)


def seal(deployment: Deployment, holder: str, dispute: int, round: int, choice: int) -> SealedVote:
    """A vote with a new salt."""
    court = deployment.address("Court")
    return SealedVote(deployment.chain_id, court, dispute, round, holder, choice, commitments.new_salt())


def keep(database: Database, vote: SealedVote) -> None:
    """Keeps a vote for its holder, beside all others."""
    database.keep(vote.holder, KIND, vote.commitment.hex(), vote.to_bytes().decode())


def find(database: Database, holder: str, commitment: bytes) -> SealedVote | None:
    """The vote with this commitment; None: it was sealed elsewhere."""
    found = database.recall(holder, KIND, commitment.hex())
    return None if found is None else SealedVote.from_bytes(found.encode())
