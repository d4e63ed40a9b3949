"""Stores of files: where manifests and label sets lie, and how they are read back without trusting whoever keeps them.

A `Store` is a place of one's own to put files into: a folder, an S3-compatible bucket, IPFS, or whatever else fsspec
opens. Each file is named after its content, by its keccak-256 or, on IPFS, its CID; what is read is hashed again. A
`Reader` reads what tasks and submissions name, from such stores, over https, and from IPFS by gateways.

Who fails to read has learned something of their own line first. A gateway that gives something else than a CID names
lies, or its address is wrong: that is no fault of whoever has named the file. `Reader.doubt` says whether a failure may
be told as a fact.
"""

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from ._keccak import keccak256 as hash_of
from .errors import (
    ArgumentError,
    ContentCorrupt,
    ContentMismatch,
    ContentMissing,
    ContentTooLarge,
    ForeignUri,
    LabelError,
    MissingExtra,
    OutsideStore,
    StoreError,
    StoreUnreachable,
    Unverifiable,
)
from .labels import MAX_FILE_BYTES, LabelSet
from .manifest import Manifest

# Unless told otherwise: what one file may hold, and what one reading may take.
MAX_BYTES = 64 * 2**20
TIMEOUT = 60.0  # seconds

# One block of IPFS, which peers exchange whole: a larger file is a tree of blocks that only IPFS itself can verify.
MAX_BLOCK_BYTES = 2**20

# Gateways that have to say the same, before it is told as a fact of others that a file on IPFS is not to be had.
ENOUGH_GATEWAYS = 2
# What a gateway is asked for to see whether it is one.
_PROBE = b"Does this gateway answer with what a CID names?"

T = TypeVar("T")

_HASH = re.compile(r"[0-9a-f]{64}")
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
        self._bases = [_base(public)] if public is not None else []
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
        return self._read(uri, self.max_bytes, lambda data: _verified(uri, data, keccak256))

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
        if isinstance(self._place, _Ipfs) and len(self._ways) < ENOUGH_GATEWAYS:
            return f"{self._place.gateway} is the only gateway that was asked: name a second one"
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

    def _fetch(self, place: "_Place", uri: str, name: str, limit: int) -> bytes:
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


class Reader:
    """Reads what tasks and submissions name, without trusting whoever wrote the URI or keeps the file.

    Read are files of the given `stores`; `https` URLs, from the public internet only, redirects and name resolution
    included; and `ipfs` URIs by the HTTP gateway at `gateway`, or by several. Everything else is refused, `file` URIs
    outside of the stores above all. `hosts` are further host names and addresses that may lie in a private network or
    speak plain http; those of gateways are among them. Files take at most `max_bytes`, one request at most `timeout`
    seconds.

    Needs the extra `goldleaf[stores]`. Raises `MissingExtra`.
    """

    def __init__(
        self,
        *stores: Store,
        gateway: str | Sequence[str] | None = None,
        hosts: Collection[str] = (),
        max_bytes: int = MAX_BYTES,
        timeout: float = TIMEOUT,
    ) -> None:
        ipfs = [Store("ipfs://", gateway=gateway, timeout=timeout)] if gateway else []
        self._stores = [*stores, *ipfs]
        # Where files came from, besides stores, that were what they should be.
        self._proven: set[str] = set()
        self._hosts = frozenset(hosts)
        self._max_bytes = max_bytes
        self._timeout = timeout

    def get(self, uri: str, keccak256: bytes | None = None) -> bytes:
        """The file at `uri`, verified against `keccak256`, or against its name where that says what it holds.

        Raises `ForeignUri` if `uri` is none of those that are read, and what `Store.get` raises.
        """
        store = self._store(uri)
        if store is not None:
            return store.get(uri, keccak256)
        if keccak256 is None:
            raise Unverifiable(uri)
        return self._read(uri, self._max_bytes, lambda data: _verified(uri, data, keccak256))

    def manifest(self, uri: str, terms: bytes) -> Manifest:
        """The manifest at `uri` of a task that was opened with `terms`. Raises what `get` does, and `ManifestError`."""
        return Manifest.from_bytes(self.get(uri, terms))

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        """The label set at `uri` of a submission that holds `items` and has published `root`.

        Raises what `get` does; `ContentMismatch` if the file does not rebuild `root`. Jurors hold either against the
        submission when it lasts.
        """

        def verify(data: bytes) -> LabelSet:
            try:
                labels = LabelSet.from_bytes(data, items)
            except LabelError as error:
                raise ContentMismatch(f"{uri} is not the label set of items {items}: {error.detail}") from error
            if labels.root != root:
                raise ContentMismatch(f"{uri} has the root 0x{labels.root.hex()}, published is 0x{root.hex()}")
            return labels

        return self._read(uri, MAX_FILE_BYTES, verify)

    def doubt(self, uri: str) -> str | None:
        """Why a failure to read `uri` may be no fact about the file, but the fault of one's own line; None: it is one.

        A line is one's own store, two gateways of IPFS, a host that was named, or https as a whole; it has proven
        itself by a file that was what it should be. Ask after other files were read. Raises nothing.
        """
        store = self._store(uri)
        if store is not None:
            return store.doubt()
        line = _line(uri)
        return None if line in self._proven else f"nothing that was read by {line} so far was what it should be"

    def _store(self, uri: str) -> Store | None:
        return next((store for store in self._stores if store.holds(uri)), None)

    def _read(self, uri: str, limit: int, verify: Callable[[bytes], T]) -> T:
        from ._http import get

        store = self._store(uri)
        if store is not None:
            return store._read(uri, min(limit, store.max_bytes), verify)
        scheme = uri.partition(":")[0].lower()
        if scheme == "ipfs":
            raise ForeignUri(f"{uri!r} needs an IPFS gateway: pass `gateway=`, or the URI is malformed")
        if scheme not in ("https", "http"):
            raise ForeignUri(f"{uri!r} lies in none of the stores, and is neither an https nor an ipfs URI")
        found = verify(get(uri, limit=limit, timeout=self._timeout, trusted=self._hosts))
        self._proven.add(_line(uri))
        return found


class _Place(Protocol):
    """Where a store keeps its files."""

    # What all URIs of the place begin with.
    base: str

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


class _Way:
    """A way to a store's files, and whether it has proven itself."""

    def __init__(self, place: _Place) -> None:
        self.place = place
        self.is_proven = False

    def proves_itself(self) -> bool:
        self.is_proven = self.is_proven or self.place.proves_itself()
        return self.is_proven


class _Files:
    """Files by fsspec, named after their keccak-256."""

    def proves_itself(self) -> bool:
        return False

    def __str__(self) -> str:
        return self.base

    def __init__(self, url: str | Path, options: dict[str, Any]) -> None:
        try:
            from fsspec.core import url_to_fs
            from fsspec.implementations.local import LocalFileSystem
        except ImportError as error:
            raise MissingExtra("stores") from error

        try:
            self._fs, root = url_to_fs(str(url), **options)
        except ImportError as error:
            raise MissingExtra("stores") from error
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"no store can be opened at {url}: {error}") from error
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._root = os.path.realpath(root) if self._is_local else root.rstrip("/")
        self.base = _base(Path(self._root).as_uri() if self._is_local else str(url))

    def name(self, data: bytes) -> str:
        return hash_of(data).hex()

    def binds(self, name: str) -> bool:
        return _HASH.fullmatch(name.rpartition("/")[2]) is not None

    def matches(self, name: str, data: bytes) -> bool:
        return name.rpartition("/")[2] == hash_of(data).hex()

    def read(self, name: str, limit: int) -> bytes:
        path = self._path(name)
        if self._is_local:
            self._check_file(name)
        try:
            return self._read(path, limit + 1)
        except FileNotFoundError as error:
            raise ContentMissing(f"{self.base}{name}") from error
        except Exception as error:  # each file system has exceptions of its own
            raise StoreUnreachable(f"{self.base}{name}: {type(error).__name__}: {error}") from error

    def _read(self, path: str, size: int) -> bytes:
        """Never takes more than `size` into memory, whatever the store sends."""
        from fsspec.asyn import sync

        if self._is_local:
            with open(path, "rb") as file:
                return file.read(size)
        if self._fs.async_impl:
            try:
                return bytes(sync(self._fs.loop, _stream, self._fs, path, size))
            except NotImplementedError:
                pass
        with self._fs.open(path, "rb") as file:
            return bytes(file.read(size))

    def write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            if self._is_local:
                _write_file(path, data)
            else:
                self._fs.pipe_file(path, data)
        except Exception as error:  # as above
            raise StoreUnreachable(f"{self.base}{name}: {type(error).__name__}: {error}") from error

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _check_file(self, name: str) -> None:
        # The store's own folder was resolved when it was opened.
        place, mode = self._root, 0
        for part in name.split("/"):
            if part in ("", ".", ".."):
                raise OutsideStore(f"{self.base}{name}")
            place = f"{place}/{part}"
            try:
                mode = os.lstat(place).st_mode
            except OSError:
                return  # reading it tells why
            if stat.S_ISLNK(mode):
                raise OutsideStore(f"{self.base}{name} is a link, or in a folder that is one")
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(mode):
            raise ContentMissing(f"{self.base}{name} is no file")


class _Ipfs:
    """Single blocks of IPFS, named by their CID (raw, sha2-256): what a gateway answers can be verified."""

    base = "ipfs://"

    def __init__(self, gateway: str | None, api: str | None, timeout: float) -> None:
        from ._http import host_of

        self._hosts = {host_of(url) for url in (gateway, api) if url is not None}
        self.gateway = gateway
        self._api = api
        self._timeout = timeout

    def __str__(self) -> str:
        from ._http import shown

        return self.base if self.gateway is None else shown(self.gateway)

    def proves_itself(self) -> bool:
        from ._cid import holding

        try:
            return self.gateway is not None and self.read(holding(_PROBE), 2 * len(_PROBE)) == _PROBE
        except StoreError:
            return False

    def name(self, data: bytes) -> str:
        from ._cid import of

        return of(data)

    def binds(self, name: str) -> bool:
        from ._cid import digest

        return digest(name) is not None

    def matches(self, name: str, data: bytes) -> bool:
        from ._cid import digest

        return digest(name) == hashlib.sha256(data).digest()

    def read(self, name: str, limit: int) -> bytes:
        from ._cid import is_block
        from ._http import get

        if self.gateway is None:
            raise ArgumentError("IPFS needs `gateway=` to be read from")
        url = f"{self.gateway}/ipfs/{name}"
        # Gateways that only give what can be verified give single blocks alone.
        accept = "application/vnd.ipld.raw" if is_block(name) else "*/*"
        return get(url, limit=limit, timeout=self._timeout, trusted=self._hosts, accept=accept)

    def write(self, name: str, data: bytes) -> None:
        from ._cid import digest
        from ._http import post_file

        if self._api is None:
            raise ArgumentError("IPFS needs `api=` to be written to")
        if len(data) > MAX_BLOCK_BYTES:
            raise ContentTooLarge("a block of IPFS", value=f"{len(data)} bytes", bound=f"at most {MAX_BLOCK_BYTES}")
        settings = f"cid-version=1&raw-leaves=true&pin=true&chunker=size-{MAX_BLOCK_BYTES}"
        answer = post_file(f"{self._api.rstrip('/')}/api/v0/add?{settings}", data, timeout=self._timeout)
        added = answer.get("Hash") if isinstance(answer, dict) else None
        if not isinstance(added, str) or digest(added) != digest(name):
            raise StoreUnreachable(f"{self._api} has added {added!r} instead of {name}")


def _open(url: str | Path, timeout: float, options: dict[str, Any]) -> list[_Way]:
    if isinstance(url, str) and url.rstrip("/") == "ipfs:":
        unknown = options.keys() - {"gateway", "api"}
        if unknown:
            raise ArgumentError(f"IPFS has no option {', '.join(sorted(unknown))}")
        named, api = options.get("gateway"), options.get("api")
        # The same one under two spellings is one.
        gateways = dict.fromkeys(_gateway(url) for url in ([named] if isinstance(named, str) else named or ()))
        if gateways:
            return [_Way(_Ipfs(gateway, api, timeout)) for gateway in gateways]
        if api is None:
            raise ArgumentError("IPFS needs `gateway=` to be read from, and `api=` to be written to")
        return [_Way(_Ipfs(None, api, timeout))]
    if isinstance(url, str) and urlsplit(url).password is not None:
        raise ArgumentError("the URL of a store is published with its files: pass passwords as options")
    return [_Way(_Files(url, options))]


def _gateway(url: str) -> str:
    """The address of a gateway, to which `/ipfs/` and a CID are added: people give it with and without."""
    from ._http import host_of

    host_of(url)
    if "?" in url or "#" in url:
        raise ArgumentError("the address of an IPFS gateway ends with its host or a path, as in https://ipfs.io")
    return re.sub(r"/+(ipfs/*)?$", "", url)


def _line(uri: str) -> str:
    """What readings share that fail for the same reason: https, whose hosts prove who they are, or a host."""
    return "https" if uri[:6].lower() == "https:" else uri.partition("//")[2].partition("/")[0]


def _base(url: str) -> str:
    return url if url.endswith((":", "/")) else url + "/"


def _verified(uri: str, data: bytes, keccak256: bytes | None) -> bytes:
    if keccak256 is not None and hash_of(data) != keccak256:
        raise ContentMismatch(f"keccak-256 of {uri} is 0x{hash_of(data).hex()}, asked for was 0x{keccak256.hex()}")
    return data


async def _stream(fs: Any, path: str, size: int) -> bytes:
    file = await fs.open_async(path, "rb")
    try:
        data = bytearray()
        while len(data) < size:
            chunk = await file.read(size - len(data))
            if not chunk:
                break
            data += chunk
        return bytes(data)
    finally:
        await file.close()


def _write_file(path: str, data: bytes) -> None:
    """Writes a file that is there either wholly or not at all, also after a loss of power."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    draft = f"{path}.{secrets.token_hex(8)}"
    try:
        with open(draft, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        if os.path.exists(draft):
            os.remove(draft)
        raise
