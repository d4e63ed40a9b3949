"""A place of one's own to put files into, each named after its content."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .._encoding.keccak import keccak256 as hash_of
from ..errors import (
    ArgumentError,
    ContentCorrupt,
    ContentMismatch,
    ContentTooLarge,
    OutsideStore,
    StoreError,
    StoreUnreachable,
    Unverifiable,
)
from ._files import Files
from ._place import Place, base_of

# Unless told otherwise: what one file may hold, and what one reading may take.
MAX_BYTES = 64 * 2**20
TIMEOUT = 60.0  # seconds

T = TypeVar("T")

# The parts of a path below a store: nothing that a file system, a bucket or a URL takes for anything but a name.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=@+-]*")


class Store:
    """A place of one's own for files, each named after its content.

    `url` is a folder, or a URL that fsspec opens, such as `s3://bucket/labels`, with fsspec's `options` for it
    (`endpoint_url`, `key`, `secret`, ...); or `ipfs://`, read by the HTTP gateway at `gateway`, or by several, of which
    each is asked until one gives what was asked for, and written by the Kubo-compatible RPC API at `api`. `public` is
    the beginning of the URIs that others shall read the same files at, where it differs from `url`:
    `https://labels.example/`. Files take at most `max_bytes`, and one request to IPFS at most `timeout` seconds.

    Needs the extra `goldleaf[stores]`. Raises `MissingExtra`, `ArgumentError`, `StoreUnreachable`.
    """

    def __init__(
        self,
        url: str | Path,
        *,
        public: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout: float = TIMEOUT,
        **options: Any,
    ) -> None:
        self.max_bytes = max_bytes
        self._ways = _open(url, timeout, options)
        self._place = self._ways[0].place
        self._bases = [base_of(public)] if public is not None else []
        self._bases.append(self._place.base)

    def uri(self, data: bytes) -> str:
        """Where this content lies, whether it is there or not."""
        return self._bases[0] + self._place.name(data)

    def put(self, data: bytes) -> str:
        """Keeps `data`; returns its URI. Doing it again changes nothing, and nobody ever sees half a file.

        Raises `ContentTooLarge`, `StoreUnreachable`.
        """
        if len(data) > self.max_bytes:
            raise ContentTooLarge("file", value=f"{len(data)} bytes", bound=f"at most {self.max_bytes} bytes")
        self._place.write(self._place.name(data), data)
        return self.uri(data)

    def get(self, uri: str, keccak256: bytes | None = None) -> bytes:
        """The file of this store at `uri`, verified against `keccak256` and against its name.

        A file that was put there by other means can have any name without special characters; it is read if
        `keccak256` is given. Raises `OutsideStore` if `uri` is not a file of this store, `Unverifiable` if neither its
        name nor `keccak256` says what it holds, `ContentMissing`, `ContentMismatch`, `ContentTooLarge`,
        `StoreUnreachable`.
        """
        name = self._name(uri)
        if keccak256 is None and not self._place.binds(name):
            raise Unverifiable(uri)
        return self._read(uri, self.max_bytes, lambda data: verified(uri, data, keccak256))

    def holds(self, uri: str) -> bool:
        """Whether `uri` names a file of this store, which may be missing."""
        try:
            self._name(uri)
        except OutsideStore:
            return False
        return True

    def doubt(self) -> str | None:
        """Why a failure to read may be the fault of the store, or of the way to it; None: then it is not.

        A store has proven itself that has given a file which was what it should be; a gateway also by knowing what a
        CID holds. Of files on IPFS it takes two gateways that have. Raises nothing; may ask the gateways.
        """
        unproven = [way.place.base for way in self._ways if not way.proves_itself()]
        if unproven:
            return f"nothing that was read from {', '.join(unproven)} so far was what it should be"
        if len(self._ways) < self._place.enough:
            return f"{self._place} is the only gateway that was asked: name a second one"
        return None

    def _read(self, uri: str, limit: int, verify: Callable[[bytes], T]) -> T:
        """What `verify` makes of the file at `uri`, by the first way on which it is what it should be.

        Where all fail alike, it is told so; where they fail differently, nothing is known of the file.
        """
        name, failures = self._name(uri), []
        for way in self._ways:
            try:
                found = verify(self._fetch(way.place, uri, name, limit))
            except StoreError as error:
                failures.append(error)
                continue
            way.is_proven = True
            return found
        if len({type(error) for error in failures}) > 1:
            told = "; ".join(f"{type(error).__name__}: {error.detail}" for error in failures)
            raise StoreUnreachable(f"{uri} fails differently by each gateway: {told}") from failures[0]
        raise failures[0]

    def _fetch(self, place: Place, uri: str, name: str, limit: int) -> bytes:
        data = place.read(name, limit)
        if len(data) > limit:
            raise ContentTooLarge(uri, value="longer", bound=f"at most {limit} bytes")
        if place.binds(name) and not place.matches(name, data):
            raise ContentCorrupt(f"{uri} holds something else than its name says, by {place}")
        return data

    def _name(self, uri: str) -> str:
        for base in self._bases:
            if uri.startswith(base):
                name = uri.removeprefix(base)
                if all(_PART.fullmatch(part) for part in name.split("/")):
                    return name
        raise OutsideStore(f"{uri!r} does not name a file in {self!r}")

    def __repr__(self) -> str:
        return f"Store({self._bases[0]!r})"


class _Way:
    """A way to a store's files, and whether it has proven itself."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.is_proven = False

    def proves_itself(self) -> bool:
        self.is_proven = self.is_proven or self.place.proves_itself()
        return self.is_proven


def _open(url: str | Path, timeout: float, options: dict[str, Any]) -> list[_Way]:
    if isinstance(url, str) and url.rstrip("/") == "ipfs:":
        from ._ipfs import Ipfs, address_of

        unknown = options.keys() - {"gateway", "api"}
        if unknown:
            raise ArgumentError(f"IPFS has no option {', '.join(sorted(unknown))}")
        named, api = options.get("gateway"), options.get("api")
        # The same one under two spellings is one.
        gateways = dict.fromkeys(address_of(url) for url in ([named] if isinstance(named, str) else named or ()))
        if gateways:
            return [_Way(Ipfs(gateway, api, timeout)) for gateway in gateways]
        if api is None:
            raise ArgumentError("IPFS needs `gateway=` to be read from, and `api=` to be written to")
        return [_Way(Ipfs(None, api, timeout))]
    if isinstance(url, str) and urlsplit(url).password is not None:
        raise ArgumentError("the URL of a store is published with its files: pass passwords as options")
    return [_Way(Files(url, options))]


def verified(uri: str, data: bytes, keccak256: bytes | None) -> bytes:
    if keccak256 is not None and hash_of(data) != keccak256:
        raise ContentMismatch(f"keccak-256 of {uri} is 0x{hash_of(data).hex()}, asked for was 0x{keccak256.hex()}")
    return data
