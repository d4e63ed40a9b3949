"""Reading what tasks and submissions name."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from ..errors import ContentMismatch, ForeignUri, LabelError, Unverifiable
from ..labels import MAX_FILE_BYTES, LabelSet, Manifest
from .store import MAX_BYTES, TIMEOUT, Store, verified

T = TypeVar("T")


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
        return self._read(uri, self._max_bytes, lambda data: verified(uri, data, keccak256))

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

        A URI of a scheme that nobody reads without a store of their own is a fact: no line has a part in it.
        """
        store = self._store(uri)
        if store is not None:
            return store.doubt()
        if _scheme(uri) not in ("https", "http", "ipfs"):
            return None
        line = _line(uri)
        return None if line in self._proven else f"nothing that was read by {line} so far was what it should be"

    def _store(self, uri: str) -> Store | None:
        return next((store for store in self._stores if store.holds(uri)), None)

    def _read(self, uri: str, limit: int, verify: Callable[[bytes], T]) -> T:
        from ._http import get

        store = self._store(uri)
        if store is not None:
            return store._read(uri, min(limit, store.max_bytes), verify)
        scheme = _scheme(uri)
        if scheme == "ipfs":
            raise ForeignUri(f"{uri!r} needs an IPFS gateway: pass `gateway=`, or the URI is malformed")
        if scheme not in ("https", "http"):
            raise ForeignUri(f"{uri!r} lies in none of the stores, and is neither an https nor an ipfs URI")
        found = verify(get(uri, limit=limit, timeout=self._timeout, trusted=self._hosts))
        self._proven.add(_line(uri))
        return found


def _scheme(uri: str) -> str:
    return uri.partition(":")[0].lower()


def _line(uri: str) -> str:
    """What readings share that fail for the same reason: https, whose hosts prove who they are, or a host."""
    return "https" if uri[:6].lower() == "https:" else uri.partition("//")[2].partition("/")[0]
