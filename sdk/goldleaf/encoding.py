"""Addresses, hashes, and values as contracts take them, for programs that go beyond the calls of the client.

call = decode_call("TaskEscrow", data)   # what a wallet is asked to sign
print(call.function, call.arguments)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import errors
from ._encoding.address import checked as checked_address
from ._encoding.address import checksum as checksum_address
from ._encoding.codec import Function
from ._encoding.codec import contract as _contract
from ._encoding.codec import decode as abi_decode
from ._encoding.codec import encode as abi_encode
from ._encoding.keccak import keccak256

__all__ = [
    "DecodedCall",
    "abi_decode",
    "abi_encode",
    "checked_address",
    "checksum_address",
    "decode_call",
    "encode_call",
    "keccak256",
]


@dataclass(frozen=True, slots=True)
class DecodedCall:
    """What calldata says."""

    function: str
    # In the function's order: integers, addresses in lower case, bytes, and tuples for structs and arrays.
    arguments: tuple[Any, ...]


def encode_call(contract: str, function: str, *arguments: object) -> bytes:
    """The calldata of a function of one of the packaged ABIs, such as `TaskEscrow` or `ERC20`.

    Raises `ArgumentError` if there is no such ABI or function, or an argument is not of its type.
    """
    functions = _functions(contract)
    if function not in functions:
        raise errors.ArgumentError(f"{contract} has no function {function!r}")
    return functions[function].encode(*arguments)


def decode_call(contract: str, data: bytes) -> DecodedCall:
    """The function of one of the packaged ABIs that calldata is for, and its arguments.

    Raises `ArgumentError` if there is no such ABI, the call is for none of its functions, or the arguments are not of
    their types.
    """
    for function in _functions(contract).values():
        if function.selector == data[:4]:
            try:
                return DecodedCall(function.name, function.decode_arguments(data[4:]))
            except ValueError as error:
                raise errors.ArgumentError(f"no arguments of {contract}.{function.name}: {error}") from error
    raise errors.ArgumentError(f"{contract} has no function with the selector 0x{data[:4].hex()}")


def _functions(contract: str) -> Mapping[str, Function]:
    try:
        return _contract(contract).functions
    except FileNotFoundError as error:
        raise errors.ArgumentError(f"no ABI named {contract!r} is packaged") from error
