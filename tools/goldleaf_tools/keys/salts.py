"""Salts that need not be kept: each is the hash of a signature that the account can make again.

What is signed is EIP-712 typed data of types that no contract takes. It names the purpose, the account, the object
and, in its domain, the chain and the contract, so a signature made for anything else gives no salt, and a salt opens
one commitment only. What a wallet shows tells its owner what the signature is good for. Whoever gets the signature
can guess what was sealed until it is opened, so it is for nobody else's eyes.

The salt is keccak-256 of `b"goldleaf salt"` and the signature's `r` and `s` (32 bytes each, big-endian, `s` in the
lower half), so that a wallet in a browser gives the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from goldleaf import commitments
from goldleaf.deployment import Deployment
from goldleaf.encoding import checksum_address, keccak256
from goldleaf.ids import name_submission
from goldleaf.signing.commitments import Salt
from goldleaf.signing.typed_data import TypedData, TypedDataSigner, message, recover, sign

from ..errors import ForeignSignature, LabelsChanged, LabelsForgotten, NotDeterministic, VoteNotFound

if TYPE_CHECKING:
    from ..memory import Labels

# How many choices are tried to find a vote again.
MAX_CHOICES = 10_000

_TAG = b"goldleaf salt"
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_NOTICE = (
    "This signature keeps your {what} secret until you open it. Whoever gets the signature can find out what you "
    "sealed. Sign only in a tool that you trust, and only for the contract named here. It moves no money, and nobody "
    "else needs it."
)


def commitment_message(deployment: Deployment, account: str, submission: int) -> TypedData:
    """What is signed for the salt of a submission's commitment."""
    fields = {"submission": ("uint256", submission)}
    return _message(deployment, "TaskEscrow", "CommitmentSalt", "labels", account, fields)


def challenge_message(
    deployment: Deployment, account: str, submission: int, items: Sequence[int], attempt: int = 0
) -> TypedData:
    """What is signed for the salt of a commitment to a challenge."""
    fields: dict[str, tuple[str, object]] = {
        "submission": ("uint256", submission),
        "items": ("uint256[]", [str(item) for item in items]),
        "attempt": ("uint256", attempt),
    }
    return _message(deployment, "TaskEscrow", "ChallengeSalt", "challenge", account, fields)


def vote_message(deployment: Deployment, account: str, dispute: int, round: int) -> TypedData:
    """What is signed for the salt of a juror's vote."""
    fields = {"dispute": ("uint256", dispute), "round": ("uint256", round)}
    return _message(deployment, "Court", "VoteSalt", "vote", account, fields)


def plan_message(deployment: Deployment, account: str, nonce: bytes) -> TypedData:
    """What is signed for the key that encrypts the plan of a test."""
    fields = {"nonce": ("bytes32", "0x" + nonce.hex())}
    return _message(deployment, "GoldTest", "PlanKey", "known answers", account, fields)


def salt_from(message: TypedData, signature: bytes, signer: str) -> Salt:
    """The salt that a signature of one of these messages gives. Raises `ForeignSignature` if it is not the signer's."""
    # Wallets disagree on the last byte, and of two forms of a signature one is taken.
    if len(signature) != 65:
        raise ForeignSignature("length of the signature", value=f"{len(signature)} bytes", bound="65 bytes")
    r, s = signature[:32], int.from_bytes(signature[32:64], "big")
    odd = signature[64:] in (b"\x01", b"\x1c")
    if s > _ORDER // 2:
        s, odd = _ORDER - s, not odd
    try:
        found = recover(message, r + s.to_bytes(32, "big") + bytes([27 + odd]))
    except (ValueError, OverflowError):  # whose message may show the signature
        raise ForeignSignature("it is none of a key") from None
    if found != checksum_address(signer):
        raise ForeignSignature(f"it is by {found}, must be by {checksum_address(signer)}")
    return Salt(keccak256(_TAG + r + s.to_bytes(32, "big")))


class Keyring:
    """The salts of one account in one deployment.

    `signer` is a `LocalAccount` or another `TypedDataSigner`. It signs each message twice, and what it signs
    differently is refused. An account whose signatures differ each time, or a contract (ERC-1271), which has no
    signature of its own, is given as an address, with a `vault` of the same keystore: `Keystore.vault`.
    """

    def __init__(
        self, deployment: Deployment, signer: TypedDataSigner | str, *, vault: TypedDataSigner | None = None
    ) -> None:
        self.deployment = deployment
        self.account = checksum_address(signer if isinstance(signer, str) else str(signer.address))
        if vault is not None:
            self._signer = vault
        elif isinstance(signer, str):
            raise NotDeterministic(f"{self.account} is only an address")
        else:
            self._signer = signer

    def commitment_salt(self, submission: int) -> Salt:
        """The salt of `submissions.commit` and `publish`. Raises `NotDeterministic`, `ForeignSignature`."""
        return self._salt(commitment_message(self.deployment, self.account, submission))

    def challenge_salt(self, submission: int, items: Sequence[int], attempt: int = 0) -> Salt:
        """The salt of `challenges.commit` and `file`; the items have to be remembered.

        Once such a challenge was filed, or tried to be, its salt is public: to file the same items again, count
        `attempt` up. Raises `NotDeterministic`, `ForeignSignature`.
        """
        return self._salt(challenge_message(self.deployment, self.account, submission, items, attempt))

    def vote_salt(self, dispute: int, round: int) -> Salt:
        """The salt of `court.commit_vote` and `reveal_vote`; rounds count from 0.

        Raises `NotDeterministic`, `ForeignSignature`.
        """
        return self._salt(vote_message(self.deployment, self.account, dispute, round))

    def plan_key(self, nonce: bytes) -> Salt:
        """The key of 32 bytes that encrypts the plan of a test; each file has a random nonce of its own.

        Raises `NotDeterministic`, `ForeignSignature`.
        """
        return self._salt(plan_message(self.deployment, self.account, nonce))

    def commitment(self, submission: int, root: bytes, uri: str) -> bytes:
        """What `submissions.commit` stores of a label set. Raises `NotDeterministic`, `ForeignSignature`."""
        return self._commitment(submission, root, uri, self.commitment_salt(submission))

    def find_labels(self, commitment: bytes, submission: int, candidates: Iterable["Labels"]) -> "Labels":
        """The one of these label sets, such as `Memory.labels` has, that the account has committed.

        `commitment` is the `root` of a submission that is not published. Raises `LabelsForgotten` if there are none,
        `LabelsChanged` if none of them opens it, `NotDeterministic`, `ForeignSignature`.
        """
        known = list(candidates)
        if not known:
            raise LabelsForgotten(f"no labels are kept here for submission {name_submission(submission)}")
        salt = self.commitment_salt(submission)
        for labels in known:
            if self._commitment(submission, labels.root, labels.uri, salt) == commitment:
                return labels
        name = name_submission(submission)
        raise LabelsChanged(f"submission {name} was committed with another root, URI or salt")

    def find_vote(self, commitment: bytes, dispute: int, round: int, choices: int) -> tuple[int, Salt]:
        """The choice, and its salt, that the account has sealed with `vote_salt`: found by trying them.

        `commitment` is that of `court.commitment`, `choices` that of the dispute. Raises `VoteNotFound` if none of the
        first 10,000 choices opens it, `NotDeterministic`, `ForeignSignature`.
        """
        salt = self.vote_salt(dispute, round)
        for choice in range(min(choices, MAX_CHOICES) + 1):
            sealed = commitments.vote(
                self.deployment.chain_id,
                self.deployment.address("Court"),
                dispute,
                round,
                self.account,
                choice,
                salt,
            )
            if sealed == commitment:
                return choice, salt
        raise VoteNotFound(f"in round {round} of dispute {dispute}")

    def __repr__(self) -> str:
        return f"Keyring({self.account}, chain {self.deployment.chain_id})"

    def _commitment(self, submission: int, root: bytes, uri: str, salt: Salt) -> bytes:
        escrow = self.deployment.address("TaskEscrow")
        return commitments.commitment(self.deployment.chain_id, escrow, submission, self.account, root, uri, salt)

    def _salt(self, message: TypedData) -> Salt:
        salts = {salt_from(message, sign(message, self._signer), self._address()) for _ in range(2)}
        if len(salts) > 1:
            raise NotDeterministic(f"{self._address()} signs the same message differently each time")
        return salts.pop()

    def _address(self) -> str:
        return str(self._signer.address)


def _message(
    deployment: Deployment,
    contract: str,
    kind: str,
    what: str,
    account: str,
    fields: Mapping[str, tuple[str, object]],
) -> TypedData:
    # The same words and fields for good: the salts hang on every letter.
    notice = ("string", _NOTICE.format(what=what))
    shown: dict[str, tuple[str, object]] = {
        "notice": notice,
        "account": ("address", checksum_address(account)),
        **fields,
    }
    return message("Goldleaf salts", deployment.chain_id, deployment.address(contract), kind, shown)
