"""The terms of licences: texts of which the chain has the keccak-256, and this server a copy."""

from goldleaf.encoding import keccak256
from goldleaf.types import NO_TERMS

from .database import Database
from .files import Files

# The longest text, bytes.
MOST_BYTES = 64 * 1024


def find(database: Database, digest: bytes) -> str | None:
    """The text that has this keccak-256; None: nobody has brought it here. Blocks."""
    found = database.content(digest) if digest != NO_TERMS else None
    if found is None or keccak256(found) != digest:
        return None
    try:
        return found.decode()
    except UnicodeDecodeError:
        return None


def from_typed(typed: str) -> bytes:
    """The bytes of a text that was typed into a form: browsers send other ends of lines than files have."""
    return typed.replace("\r\n", "\n").strip().encode() + b"\n" if typed.strip() else b""


def is_text(data: bytes) -> bool:
    """Whether licensees could read it."""
    try:
        return bool(data.decode().strip())
    except UnicodeDecodeError:
        return False


def keep(files: Files, data: bytes) -> None:
    """Keeps a text for licensees to read. Blocks; raises `StoreError`."""
    files.put(data)
