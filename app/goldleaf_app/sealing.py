"""What opens a commitment: labels, salt and URI, kept before it is on chain, here and in a file of its owner's."""

from dataclasses import dataclass, field
from typing import Any

from goldleaf import LabelSet, commitments, to_canonical
from goldleaf.canonical import parse
from goldleaf.encoding import keccak256
from goldleaf.errors import LabelError
from goldleaf.ids import name_submission

from .database import Database

FORMAT = "goldleaf-commitment-1"
# Label sets that somebody prepares for one submission.
MOST_PREPARED = 100


@dataclass(frozen=True, slots=True)
class Sealed:
    """A commitment, and what opens it."""

    chain_id: int
    escrow: str
    submission: int
    annotator: str
    labels: LabelSet
    uri: str
    salt: bytes = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What goes on chain first."""
        return commitments.commitment(
            self.chain_id, self.escrow, self.submission, self.annotator, self.labels.root, self.uri, self.salt
        )

    @property
    def file_name(self) -> str:
        """Of the backup."""
        return f"goldleaf-{name_submission(self.submission).replace('/', '-')}-{self.commitment.hex()[:8]}.json"

    def to_bytes(self) -> bytes:
        """The backup, JSON."""
        return to_canonical(
            {
                "format": FORMAT,
                "chain_id": self.chain_id,
                "escrow": self.escrow,
                "submission": str(self.submission),
                "name": name_submission(self.submission),
                "annotator": self.annotator,
                "commitment": f"0x{self.commitment.hex()}",
                "root": f"0x{self.labels.root.hex()}",
                "salt": f"0x{self.salt.hex()}",
                "uri": self.uri,
                "labels": self.labels.to_bytes().decode(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Sealed":
        """Reads a backup. Raises `LabelError` if it is none."""
        found: Any = parse(data)[0]
        try:
            if found["format"] != FORMAT:
                raise LabelError(f"format {found['format']!r}, expected {FORMAT!r}")
            salt = bytes.fromhex(found["salt"].removeprefix("0x"))
            sealed = cls(
                chain_id=int(found["chain_id"]),
                escrow=str(found["escrow"]),
                submission=int(found["submission"]),
                annotator=str(found["annotator"]),
                labels=LabelSet.from_bytes(found["labels"].encode()),
                uri=str(found["uri"]),
                salt=commitments.Salt(salt),
            )
            if len(salt) != commitments.SALT_BYTES or f"0x{sealed.commitment.hex()}" != found["commitment"]:
                raise LabelError("labels, salt and URI are not those of the commitment in it: it was changed")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LabelError(f"this file is no backup of a commitment: {error}") from error
        return sealed


class Seals:
    """What an account has prepared to commit for one submission. Methods block: call them in a thread.

    Nothing is ever written over: a transaction that was signed with one of them may be mined at any time.
    """

    def __init__(self, database: Database, account: str, submission: int) -> None:
        self._database = database
        self._account = account
        name = name_submission(submission)
        self._kind, self._saved = f"commitments of {name}", f"saved commitments of {name}"
        self._salts = f"salts of {name}"

    def salt(self, labels: LabelSet, uri: str) -> commitments.Salt:
        """The salt of these labels, to lie there: the same one in two tabs, so that every backup of them is good."""
        name = keccak256(labels.root + uri.encode()).hex()
        salt = self._database.keep_once(self._account, self._salts, name, commitments.new_salt().hex())
        return commitments.Salt(bytes.fromhex(salt))

    def find(self, commitment: bytes) -> Sealed | None:
        """What opens a commitment."""
        found = self._database.recall(self._account, self._kind, commitment.hex())
        return None if found is None else Sealed.from_bytes(found.encode())

    def find_labels(self, labels: LabelSet, uri: str) -> Sealed | None:
        """What was prepared of these labels, to lie there."""
        for content in self._database.recall_all(self._account, self._kind).values():
            sealed = Sealed.from_bytes(content.encode())
            if (sealed.labels.root, sealed.uri) == (labels.root, uri):
                return sealed
        return None

    def keep(self, sealed: Sealed) -> None:
        """Keeps what opens a commitment. Raises `LabelError` where there are too many."""
        name = sealed.commitment.hex()
        names = self._database.names(self._account, self._kind)
        if len(names) >= MOST_PREPARED and name not in names:
            raise LabelError(f"{MOST_PREPARED} different label sets were prepared for this batch already")
        self._database.keep(self._account, self._kind, name, sealed.to_bytes().decode())

    def note_saved(self, sealed: Sealed) -> None:
        """Notes that its owner has fetched the backup."""
        self._database.keep(self._account, self._saved, sealed.commitment.hex(), "true")

    def is_saved(self, sealed: Sealed) -> bool:
        """Whether its owner has fetched the backup."""
        return self._database.recall(self._account, self._saved, sealed.commitment.hex()) is not None
