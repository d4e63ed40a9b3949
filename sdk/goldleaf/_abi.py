"""The ABI's encoding of values, by eth-abi.

Importing eth-abi takes half a second, so that is put off until something is encoded: who only reads label files is
spared it.
"""

from collections.abc import Sequence
from typing import Any


def encode(types: Sequence[str], values: Sequence[object]) -> bytes:
    """The ABI encoding of values. Raises `ValueError` if one is not of its type."""
    from eth_abi.abi import encode
    from eth_abi.exceptions import EncodingError

    try:
        return encode(types, values)
    except (EncodingError, TypeError) as error:
        raise ValueError(str(error)) from error


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """The values that an ABI encoding holds. Raises `ValueError` if it holds others."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        return decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise ValueError(str(error)) from error
