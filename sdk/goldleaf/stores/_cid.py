"""Content identifiers of IPFS, as far as they can be verified without IPFS.

The CID of a single raw block holds the sha2-256 of the content itself. The CID of anything larger holds that of a node
which links to the parts, so that the content alone does not tell whether it is the right one.
"""

import hashlib
from base64 import b32decode, b32encode

# The beginnings of the bytes that a CID writes down: version 1, a raw block, and how it is named.
_BLOCK = b"\x01\x55"
_SHA2_256 = _BLOCK + b"\x12\x20"
_IDENTITY = _BLOCK + b"\x00"
# The letter that a CID begins with -> the digits of the number that follows it.
_DIGITS = {
    "f": "0123456789abcdef",
    "k": "0123456789abcdefghijklmnopqrstuvwxyz",
    "z": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
}
# No CID with a hash is longer: reading a long number takes long.
_LONGEST = 128


def of(data: bytes) -> str:
    """The CID of `data` as one raw block."""
    return _write(_SHA2_256 + hashlib.sha256(data).digest())


def holding(data: bytes) -> str:
    """The CID that holds `data` itself, up to 127 bytes, which every gateway knows without fetching anything."""
    return _write(_IDENTITY + bytes([len(data)]) + data)


def is_block(cid: str) -> bool:
    """Whether a CID names one raw block, or holds it."""
    return _read(cid).startswith(_BLOCK)


def digest(cid: str) -> bytes | None:
    """The sha2-256 of the content that `cid` names, or None if it is no CID, or one that does not hold it."""
    found = _read(cid)
    return found[4:] if found.startswith(_SHA2_256) and len(found) == 4 + 32 else None


def _write(content: bytes) -> str:
    return "b" + b32encode(content).decode().rstrip("=").lower()


def _read(cid: str) -> bytes:
    """The bytes that a CID writes down; none if it does not, or in a base that nobody uses."""
    base, text = cid[:1], cid[1:]
    if base == "b" and text == text.lower():
        try:
            return b32decode(text.upper() + "=" * (-len(text) % 8))
        except ValueError:
            return b""
    digits = _DIGITS.get(base, "")
    if len(text) > _LONGEST or not set(text) <= set(digits):
        return b""
    number = 0
    for digit in text:
        number = number * len(digits) + digits.index(digit)
    return number.to_bytes((number.bit_length() + 7) // 8)
