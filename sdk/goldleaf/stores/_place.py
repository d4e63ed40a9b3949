"""What a place of files does for a store: a file system (`_files`), or IPFS (`_ipfs`)."""

from typing import Protocol

# One block of IPFS, which peers exchange whole: a larger file is a tree of blocks that only IPFS itself can verify.
MAX_BLOCK_BYTES = 2**20


class Place(Protocol):
    """Where a store keeps its files."""

    # What all URIs of the place begin with.
    base: str
    # How many ways to it have to say the same, before it is told as a fact of others that a file is not to be had.
    enough: int

    def name(self, data: bytes) -> str:
        """What a file with this content is called."""

    def binds(self, name: str) -> bool:
        """Whether `name` says what the file holds."""

    def matches(self, name: str, data: bytes) -> bool:
        """Whether it holds `data`."""

    def read(self, name: str, limit: int) -> bytes:
        """Up to one byte more than `limit` of the file's content."""

    def write(self, name: str, data: bytes) -> None:
        """Keeps the file."""

    def proves_itself(self) -> bool:
        """Whether it answers a question of which the answer is known. False also where there is no such question."""


def base_of(url: str) -> str:
    return url if url.endswith((":", "/")) else url + "/"
