"""Requests to a Relay: an account signs a call, and whoever likes to pays its gas.

    request = Request(chain_id=1, relay=relay, account=annotator.address, to=escrow, data=calldata,
                      nonce=new_nonce(), deadline=1_800_000_000)
    send_to_a_relayer(request.sign(annotator).to_bytes())

The relayer sends `SignedRequest.calldata()` to the relay. Nothing here needs a node.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import errors
from .._encoding.address import checked
from .._encoding.codec import contract
from ..canonical import Json, from_canonical, to_canonical
from ..types import ZERO_ADDRESS
from .typed_data import TypedData, TypedDataSigner, digest, message, recover, sign

FORMAT = "goldleaf-request-1"
MAX_DATA_BYTES = 4096
MAX_SIGNATURE_BYTES = 1024
# Nonces that share a word of the relay's storage: using a word again is cheaper than using a new one.
NONCES_PER_WORD = 256

_ADDRESSES = ("relay", "account", "to", "ledger", "token", "relayer")
_NUMBERS = ("chain_id", "nonce", "deadline", "fee")


@dataclass(frozen=True, slots=True)
class Request:
    """One call that an account wants made in its name. Raises `ArgumentError` if a field has no place in it."""

    chain_id: int
    relay: str
    account: str  # who signs, and acts
    to: str  # the contract to call; its relay must be this one
    data: bytes  # the calldata
    nonce: int  # any that the account has not used
    deadline: int  # unix seconds; the call is made before, or not at all
    fee: int = 0  # base units, to who sends the request, after the call
    token: str = ZERO_ADDRESS  # of the fee
    ledger: str = ZERO_ADDRESS  # where the fee is paid from, out of the account's free balance
    relayer: str = ZERO_ADDRESS  # who may send it; the zero address: anyone

    def __post_init__(self) -> None:
        for name in _ADDRESSES:
            object.__setattr__(self, name, checked(name, getattr(self, name)))
        for name in _NUMBERS:
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value < 2**256:
                raise errors.ArgumentError(name, value=repr(value), bound="0 to 2^256 - 1")
        if not 4 <= len(self.data) <= MAX_DATA_BYTES:
            raise errors.ArgumentError("bytes of calldata", value=len(self.data), bound=f"4 to {MAX_DATA_BYTES}")

    def typed_data(self) -> TypedData:
        """What the account's wallet shows and signs, for `eth_signTypedData_v4`."""
        return message(
            "Goldleaf Relay",
            self.chain_id,
            self.relay,
            "Request",
            {
                "account": ("address", self.account),
                "to": ("address", self.to),
                "data": ("bytes", self.data),
                "nonce": ("uint256", self.nonce),
                "deadline": ("uint256", self.deadline),
                "ledger": ("address", self.ledger),
                "token": ("address", self.token),
                "fee": ("uint256", self.fee),
                "relayer": ("address", self.relayer),
            },
        )

    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        return digest(self.typed_data())

    def sign(self, account: TypedDataSigner) -> "SignedRequest":
        """The request, signed by an account that holds its key."""
        return SignedRequest(self, sign(self.typed_data(), account))

    def with_signature(self, signature: bytes | str) -> "SignedRequest":
        """The request with what a wallet made of its typed data: bytes, or hexadecimal digits after 0x."""
        try:
            given = bytes.fromhex(signature.removeprefix("0x")) if isinstance(signature, str) else bytes(signature)
        except ValueError as error:
            raise errors.ArgumentError("signature: not hexadecimal") from error
        if len(given) == 65 and given[64] < 27:  # some hardware wallets count from 0
            given = given[:64] + bytes([given[64] + 27])
        return SignedRequest(self, given)

    def struct(self) -> tuple[object, ...]:
        """The request as the relay takes it."""
        return (
            self.account,
            self.to,
            self.data,
            self.nonce,
            self.deadline,
            self.ledger,
            self.token,
            self.fee,
            self.relayer,
        )


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as a relayer gets it."""

    request: Request
    # By the account's key, 65 bytes; or what the account's `isValidSignature` wants to see, if it is a contract.
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.signature) > MAX_SIGNATURE_BYTES:
            raise errors.ArgumentError(
                "bytes of signature", value=len(self.signature), bound=f"at most {MAX_SIGNATURE_BYTES}"
            )

    def calldata(self) -> bytes:
        """What the relayer sends to the relay."""
        return contract("Relay").functions["execute"].encode(self.request.struct(), self.signature)

    def check(self) -> None:
        """Raises `RequestNotSigned` unless the account's key has signed. For contracts only the relay can tell."""
        try:
            found = recover(self.request.typed_data(), self.signature)
        except ValueError as error:
            raise errors.RequestNotSigned(str(error)) from error
        if found != self.request.account:
            raise errors.RequestNotSigned(f"signed by {found}, not by {self.request.account}")

    def to_json(self) -> dict[str, Json]:
        """The request as plain values for `json.dumps`, its numbers as decimal text: what a relayer is sent."""
        content: dict[str, Json] = {name: getattr(self.request, name) for name in _ADDRESSES}
        content |= {name: str(getattr(self.request, name)) for name in _NUMBERS}
        content |= {"data": "0x" + self.request.data.hex(), "signature": "0x" + self.signature.hex()}
        return {"format": FORMAT, **content}

    def to_bytes(self) -> bytes:
        """The request as a file: the canonical form of `to_json`."""
        return to_canonical(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes) -> "SignedRequest":
        """Reads the file that `to_bytes` writes. Raises `RequestError` if it is another."""
        try:
            content: Any = from_canonical(data)
        except errors.NotCanonical as error:
            raise errors.RequestError(f"not a request: {error!r}") from error
        return cls.from_json(content)

    @classmethod
    def from_json(cls, content: Any) -> "SignedRequest":
        """From what `to_json` made and anybody may have changed since. Raises `RequestError` if it is no request."""
        try:
            if content["format"] != FORMAT:
                raise errors.RequestError(f"format {content['format']!r}, expected {FORMAT!r}")
            fields: dict[str, Any] = {name: content[name] for name in _ADDRESSES}
            fields |= {name: int(content[name]) for name in _NUMBERS}
            request = Request(**fields, data=bytes.fromhex(content["data"].removeprefix("0x")))
            signed = cls(request, bytes.fromhex(content["signature"].removeprefix("0x")))
        except (
            errors.ArgumentError,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            raise errors.RequestError(f"not a request: {error!r}") from error
        if signed.to_json() != content:
            raise errors.RequestError("it holds something else than a request does")
        return signed


def new_nonce() -> int:
    """A nonce that nobody has used: for accounts that sign at several places, which know nothing of each other."""
    return secrets.randbits(256)


def free_nonces(word: int, used: int) -> Iterator[int]:
    """The unused nonces of one word of 256, lowest first; `used` is the relay's `used(account, word)`.

    Cheaper than `new_nonce`, for accounts that keep count: the first nonce of a word costs the relayer 17,100 gas more
    than the others.
    """
    first = word * NONCES_PER_WORD
    return (first + bit for bit in range(NONCES_PER_WORD) if not used >> bit & 1)
