"""Allowances given by a signature instead of a transaction (ERC-2612), as typed data that wallets sign (EIP-712).

The client's `ledger.permit` asks the token for what must be signed; `ledger.deposit_with_permit` takes the signature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import errors
from .._encoding.address import checksum
from .._encoding.codec import encode
from .._encoding.keccak import keccak256
from ..economics import only_base_units

if TYPE_CHECKING:
    from .typed_data import TypedData, TypedDataSigner

PERMIT = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}


def _type_hash(name: str, members: dict[str, str]) -> bytes:
    return keccak256(f"{name}({','.join(f'{type_} {member}' for member, type_ in members.items())})".encode())


PERMIT_TYPE_HASH = _type_hash("Permit", PERMIT)

# The members that a signing domain may have, in the order of the bits that ERC-5267 tells them by.
_MEMBERS: dict[str, str] = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The signing domain of a token. Members that it does not have are None."""

    name: str | None
    version: str | None
    chain_id: int | None
    contract: str | None
    salt: bytes | None = None

    @classmethod
    def of_fields(cls, fields: int, name: str, version: str, chain_id: int, contract: str, salt: bytes) -> "Domain":
        """From what `eip712Domain` of ERC-5267 tells; bit n of `fields` says whether there is an n-th member."""
        return cls(
            name if fields & 1 else None,
            version if fields & 2 else None,
            chain_id if fields & 4 else None,
            checksum(contract) if fields & 8 else None,
            salt if fields & 16 else None,
        )

    def separator(self) -> bytes:
        """The hash that stands for the domain, as in `DOMAIN_SEPARATOR` of ERC-2612."""
        hashed: dict[str, Callable[[object], object]] = {"string": lambda text: keccak256(str(text).encode())}
        members = self.members()
        types = ["bytes32" if _MEMBERS[member] == "string" else _MEMBERS[member] for member in members]
        values = [hashed.get(_MEMBERS[member], lambda value: value)(value) for member, value in members.items()]
        kind = _type_hash("EIP712Domain", {member: _MEMBERS[member] for member in members})
        return keccak256(encode(["bytes32", *types], [kind, *values]))

    def members(self) -> dict[str, str | int | bytes]:
        """Those that it has, by the names that EIP-712 gives them."""
        values = (self.name, self.version, self.chain_id, self.contract, self.salt)
        return {member: value for member, value in zip(_MEMBERS, values, strict=True) if value is not None}


def permit(domain: Domain, *, owner: str, spender: str, value: int, nonce: int, deadline: int) -> "TypedData":
    """What the owner signs to let the spender take `value` base units until `deadline` (unix seconds).

    As JSON it is the second parameter of a wallet's `eth_signTypedData_v4`. Numbers are decimal text, since some exceed
    what JavaScript can count. Raises `BaseUnitsNeeded`.
    """
    only_base_units("value", value)
    members = domain.members()
    if isinstance(domain.salt, bytes):
        members["salt"] = "0x" + domain.salt.hex()
    if isinstance(domain.chain_id, int):
        members["chainId"] = str(domain.chain_id)
    return {
        "types": {
            "EIP712Domain": [{"name": member, "type": _MEMBERS[member]} for member in members],
            "Permit": [{"name": member, "type": type_} for member, type_ in PERMIT.items()],
        },
        "primaryType": "Permit",
        "domain": members,
        "message": {
            "owner": owner,
            "spender": spender,
            "value": str(value),
            "nonce": str(nonce),
            "deadline": str(deadline),
        },
    }


def sign(typed_data: "TypedData", signer: "TypedDataSigner") -> str:
    """The signature of a local account of eth-account under a permit, as a wallet gives it: 0x and 65 bytes."""
    from . import typed_data as eip712

    return "0x" + eip712.sign(typed_data, signer).hex()


def split(signature: bytes | str) -> tuple[int, bytes, bytes]:
    """`v`, `r` and `s` of a wallet's 65 bytes `r || s || v`. Raises `BadPermit` if it is something else."""
    try:
        given = bytes.fromhex(signature.removeprefix("0x")) if isinstance(signature, str) else bytes(signature)
    except ValueError:
        given = b""
    # Some hardware wallets count from 0.
    v = given[-1] + 27 * (given[-1] < 27) if given else 0
    if len(given) != 65 or v not in (27, 28):
        raise errors.BadPermit(
            "A signature has 65 bytes `r || s || v` with v 27 or 28, or the same as 0x and 130 digits"
        )
    return v, given[:32], given[32:64]


def signed_by(typed_data: "TypedData", signature: bytes | str) -> str | None:
    """The account whose key made the signature; None if it is nobody's."""
    from . import typed_data as eip712

    v, r, s = split(signature)
    try:
        return eip712.recover(typed_data, r + s + bytes([v]))
    except ValueError:
        return None
