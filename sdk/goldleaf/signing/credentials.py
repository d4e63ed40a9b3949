"""Credentials: an issuer signs that an account may act in a domain, and a CredentialGate lets it in.

    credential = issue(board, chain_id=1, gate=gate, domain="oncology", holder=radiologist, expires=1_800_000_000)
    Path("credential.json").write_bytes(credential.to_bytes())

The holder brings `gate_data` to a task or a court. A credential binds its holder: it is no secret, and of no use to
anybody else. Nothing here needs a node; whether a credential was revoked, only its gate can tell.
"""

import time
from dataclasses import dataclass
from typing import Any

from .. import errors
from .._encoding.address import checked
from ..canonical import Json, from_canonical, to_canonical
from .typed_data import TypedData, TypedDataSigner, digest, message, recover, sign

FORMAT = "goldleaf-credential-1"
# What a task's `take` and a court's `join` take as gate data.
MAX_GATE_DATA_BYTES = 1024
MAX_DOMAIN_BYTES = 64

_WORD = 32
_NUMBERS = ("chain_id", "expires", "nonce")
_TEXTS = ("gate", "domain", "holder")


@dataclass(frozen=True, slots=True)
class Credential:
    """What an issuer signs. Raises `ArgumentError` if a field is not what the gate can check."""

    chain_id: int
    gate: str  # the CredentialGate that takes it
    domain: str  # the gate's, e.g. "oncology"
    holder: str
    expires: int  # unix seconds; from then on it is void
    nonce: int  # from 1; revoking a nonce of a holder revokes the lower ones too

    def __post_init__(self) -> None:
        for name in ("gate", "holder"):
            object.__setattr__(self, name, checked(name, getattr(self, name)))
        if not isinstance(self.domain, str) or not 0 < len(self.domain.encode()) <= MAX_DOMAIN_BYTES:
            raise errors.ArgumentError("domain", value=repr(self.domain), bound=f"1 to {MAX_DOMAIN_BYTES} bytes")
        for name in _NUMBERS:
            value = getattr(self, name)
            if type(value) is not int or not 0 < value < 2**256:
                raise errors.ArgumentError(name, value=repr(value), bound="1 to 2^256 - 1")

    def typed_data(self) -> TypedData:
        """What the issuer's wallet shows and signs, for `eth_signTypedData_v4`."""
        return message(
            "Goldleaf CredentialGate",
            self.chain_id,
            self.gate,
            "Credential",
            {
                "holder": ("address", self.holder),
                "domain": ("string", self.domain),
                "expires": ("uint256", self.expires),
                "nonce": ("uint256", self.nonce),
            },
        )

    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        return digest(self.typed_data())

    def sign(self, issuer: TypedDataSigner) -> "SignedCredential":
        """The credential, signed by an account that holds its key."""
        return SignedCredential(self, sign(self.typed_data(), issuer))


@dataclass(frozen=True, slots=True)
class SignedCredential:
    """A credential as its holder keeps it."""

    credential: Credential
    # By the issuer's key, 65 bytes; or what the issuer's `isValidSignature` wants to see, if it is a contract.
    signature: bytes

    def __post_init__(self) -> None:
        longest = MAX_GATE_DATA_BYTES - 2 * _WORD
        if len(self.signature) > longest:
            raise errors.ArgumentError("bytes of signature", value=len(self.signature), bound=f"at most {longest}")

    @property
    def gate_data(self) -> bytes:
        """What the holder brings to a task or a court."""
        return self.credential.expires.to_bytes(_WORD) + self.credential.nonce.to_bytes(_WORD) + self.signature

    @classmethod
    def from_gate_data(cls, data: bytes, *, chain_id: int, gate: str, domain: str, holder: str) -> "SignedCredential":
        """The credential that `data` is, if brought by `holder` to that gate. Raises `CredentialError`."""
        if len(data) < 2 * _WORD:
            raise errors.CredentialError(f"{len(data)} bytes of gate data are no credential")
        expires, nonce = int.from_bytes(data[:_WORD]), int.from_bytes(data[_WORD : 2 * _WORD])
        try:
            return cls(Credential(chain_id, gate, domain, holder, expires, nonce), data[2 * _WORD :])
        except errors.ArgumentError as error:
            raise errors.CredentialError(f"not a credential: {error}") from error

    def check(self, issuer: str, *, holder: str | None = None, at: int | None = None) -> None:
        """Raises unless the credential is signed by the issuer's key, `holder`'s if that is given, and not expired.

        `at` is in unix seconds, by default now. Raises `CredentialOfAnother`, `CredentialExpired` or
        `CredentialNotSigned`.
        """
        if holder is not None and checked("holder", holder) != self.credential.holder:
            raise errors.CredentialOfAnother(f"it was issued to {self.credential.holder}")
        if (time.time() if at is None else at) >= self.credential.expires:
            raise errors.CredentialExpired(f"it was good until {self.credential.expires}")
        try:
            found = recover(self.credential.typed_data(), self.signature)
        except ValueError as error:
            raise errors.CredentialNotSigned(str(error)) from error
        if found != checked("issuer", issuer):
            raise errors.CredentialNotSigned(f"it is by {found}, not by {issuer}")

    def to_bytes(self) -> bytes:
        """The credential as a file: canonical JSON, its numbers as decimal text."""
        content: dict[str, Json] = {name: getattr(self.credential, name) for name in _TEXTS}
        content |= {name: str(getattr(self.credential, name)) for name in _NUMBERS}
        return to_canonical({"format": FORMAT, **content, "signature": "0x" + self.signature.hex()})

    @classmethod
    def from_bytes(cls, data: bytes) -> "SignedCredential":
        """Reads the file that `to_bytes` writes. Raises `CredentialError` if it is another."""
        try:
            content: Any = from_canonical(data)
            if content["format"] != FORMAT:
                raise errors.CredentialError(f"format {content['format']!r}, expected {FORMAT!r}")
            fields: dict[str, Any] = {name: content[name] for name in _TEXTS}
            fields |= {name: int(content[name]) for name in _NUMBERS}
            credential = cls(Credential(**fields), bytes.fromhex(content["signature"].removeprefix("0x")))
        except (
            errors.NotCanonical,
            errors.ArgumentError,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            raise errors.CredentialError(f"not a credential: {error!r}") from error
        if credential.to_bytes() != data:
            raise errors.CredentialError("the file holds something else than a credential does")
        return credential


def issue(
    issuer: TypedDataSigner,
    *,
    chain_id: int,
    gate: str,
    domain: str,
    holder: str,
    expires: int,
    nonce: int | None = None,
) -> SignedCredential:
    """A credential for `holder`, signed.

    `expires` is in unix seconds. Without a nonce it is the present time: so revoking a time's credentials revokes all
    that were issued to the holder until then.
    """
    nonce = int(time.time()) if nonce is None else nonce
    return Credential(chain_id, gate, domain, holder, expires, nonce).sign(issuer)
