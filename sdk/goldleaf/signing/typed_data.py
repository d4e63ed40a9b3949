"""Structured messages that wallets show before they sign them (EIP-712), and whose signature it is.

eth-account is imported when something is hashed or signed, since that takes half a second.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from .._encoding.keccak import keccak256

# As JSON it is what a wallet's `eth_signTypedData_v4` takes: whole numbers are decimal text, bytes hexadecimal.
TypedData: TypeAlias = dict[str, Any]

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


class TypedDataSigner(Protocol):
    """What signs typed data for one address, such as eth-account's `LocalAccount`."""

    @property
    def address(self) -> Any: ...

    def sign_typed_data(self, *, full_message: Any) -> Any:
        """Returns an object with the 65 bytes `signature`."""


def message(name: str, chain_id: int, contract: str, kind: str, fields: Mapping[str, tuple[str, object]]) -> TypedData:
    """A message of type `kind`, each field with its type and value, for version 1 of the signing domain `name`."""
    return {
        "types": {
            "EIP712Domain": _members(list(_DOMAIN.items())),
            kind: _members([(field, type_) for field, (type_, _) in fields.items()]),
        },
        "primaryType": kind,
        "domain": {"name": name, "version": "1", "chainId": str(chain_id), "verifyingContract": contract},
        "message": {field: _json(value) for field, (_, value) in fields.items()},
    }


def digest(typed_data: TypedData) -> bytes:
    """The 32 bytes that are signed."""
    from eth_account.messages import encode_typed_data

    signable = encode_typed_data(full_message=typed_data)
    return keccak256(b"\x19" + signable.version + signable.header + signable.body)


def sign(typed_data: TypedData, signer: TypedDataSigner) -> bytes:
    """The signer's 65 bytes `r || s || v`."""
    return bytes(signer.sign_typed_data(full_message=typed_data).signature)


def recover(typed_data: TypedData, signature: bytes) -> str:
    """The account whose key made the signature. Raises `ValueError` if a contract would not take it for any key's."""
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    if len(signature) != 65 or signature[64] not in (27, 28) or int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise ValueError("not a key's signature of 65 bytes `r || s || v`, with `s` in the lower half and `v` 27 or 28")
    try:
        return str(Account.recover_message(encode_typed_data(full_message=typed_data), signature=signature))
    except Exception as error:  # eth-keys has errors of its own
        raise ValueError(f"no key makes that signature: {error}") from error


def _members(fields: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "type": type_} for name, type_ in fields]


def _json(value: object) -> object:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value) if isinstance(value, int) else value
