"""Addresses, checksummed as EIP-55 has it."""

import re
from functools import lru_cache

from ..errors import ArgumentError
from .keccak import keccak256

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def checksum(address: object) -> str:
    """The checksummed form of an address. Raises `ValueError` if it is none, or its checksum is wrong."""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is no address")
    digits = address[2:].lower()
    marked = mark(f"0x{digits}")
    if address[2:] not in (digits, digits.upper()) and address != marked:
        raise ValueError(f"{address} has a wrong checksum: a digit may be mistyped")
    return marked


@lru_cache(4096)
def mark(address: str) -> str:
    """The checksummed form of an address in lower case. The same few appear in all that a chain tells."""
    digits = address[2:]
    nibbles = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit for digit, nibble in zip(digits, nibbles, strict=False)
    )


def checked(name: str, address: object) -> str:
    """The checksummed form of an argument. Raises `ArgumentError`, with the argument's name."""
    try:
        return checksum(address)
    except ValueError as error:
        raise ArgumentError(f"{name}: {error}") from error
