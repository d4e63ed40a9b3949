"""Content identifiers of IPFS, as far as they can be verified without IPFS.

The CID of a single raw block holds the sha2-256 of the content itself. The CID of anything larger holds that of a node
which links to the parts, so that the content alone does not tell whether it is the right one.
"""

import hashlib

from ..errors import MissingExtra

try:
    from multiformats import CID
except ImportError as error:
    raise MissingExtra("stores") from error


def of(data: bytes) -> str:
    """The CID of `data` as one raw block."""
    return str(CID("base32", 1, "raw", ("sha2-256", hashlib.sha256(data).digest())))


def is_block(cid: str) -> bool:
    """Whether a CID names one raw block, or holds it."""
    try:
        return CID.decode(cid).codec.name == "raw"
    except (ValueError, KeyError):
        return False


def holding(data: bytes) -> str:
    """The CID that holds `data` itself, which every gateway knows without fetching anything."""
    return str(CID("base32", 1, "raw", ("identity", data)))


def digest(cid: str) -> bytes | None:
    """The sha2-256 of the content that `cid` names, or None if it is no CID, or one that does not hold it."""
    try:
        parsed = CID.decode(cid)
    except (ValueError, KeyError):
        return None
    if parsed.codec.name != "raw" or parsed.hashfun.name != "sha2-256":
        return None
    found: bytes = parsed.raw_digest
    return found
