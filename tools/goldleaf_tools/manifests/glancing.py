"""What people know an item by in a list: the beginning of its text, or the name of its file."""

from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

from goldleaf import Item
from goldleaf.errors import StoreError

from .content import Kind, kind_of

# Characters of a text that are shown.
MOST = 60
# What is longer is no name that people give, but a hash.
LONGEST_NAME = 48


class Library(Protocol):
    """Where files are read, such as a `goldleaf.stores.Reader`."""

    def get(self, uri: str, keccak256: bytes) -> bytes:
        """What lies at a URI. Raises `StoreError`, also if its hash is another one."""


def look_at(library: Library, item: Item) -> str:
    """What people know an item by, or why it cannot be read."""
    try:
        return glance(library.get(item.uri, item.keccak256), item.uri)
    except StoreError as error:
        return f"cannot be read: {error.detail}"


def glance(data: bytes, uri: str) -> str:
    """The beginning of a text on one line; of what is no text the name of its file, or else what it is."""
    kind = kind_of(data)
    if kind is Kind.TEXT:
        words = " ".join(data.decode("utf-8-sig").split())
        return words if len(words) <= MOST else words[: MOST - 1] + "…"
    return file_name(uri) or f"{kind.value}, {len(data):,} bytes"


def file_name(uri: str) -> str:
    """The name of the file at a URI, such as `scan 12.png`; empty where that has none that people would know."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    name = PurePosixPath(unquote(parts.path))
    return name.name if name.suffix and len(name.name) <= LONGEST_NAME and name.name.isprintable() else ""
