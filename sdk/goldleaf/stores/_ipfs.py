"""Files on IPFS: read by a gateway, written by the RPC API of a node."""

import hashlib
import re

from ..errors import ArgumentError, ContentTooLarge, StoreError, StoreUnreachable
from . import _cid, _http
from ._place import MAX_BLOCK_BYTES

# What a gateway is asked for to see whether it is one.
_PROBE = b"Does this gateway answer with what a CID names?"


class Ipfs:
    """Single blocks of IPFS, named by their CID (raw, sha2-256): what a gateway answers can be verified."""

    base = "ipfs://"
    # A single gateway can be wrong about what others would give.
    enough = 2

    def __init__(self, gateway: str | None, api: str | None, timeout: float) -> None:
        self._hosts = {_http.host_of(url) for url in (gateway, api) if url is not None}
        self.gateway = gateway
        self._api = api
        self._timeout = timeout

    def __str__(self) -> str:
        return self.base if self.gateway is None else _http.shown(self.gateway)

    def proves_itself(self) -> bool:
        try:
            return self.gateway is not None and self.read(_cid.holding(_PROBE), 2 * len(_PROBE)) == _PROBE
        except StoreError:
            return False

    def name(self, data: bytes) -> str:
        return _cid.of(data)

    def binds(self, name: str) -> bool:
        return _cid.digest(name) is not None

    def matches(self, name: str, data: bytes) -> bool:
        return _cid.digest(name) == hashlib.sha256(data).digest()

    def read(self, name: str, limit: int) -> bytes:
        if self.gateway is None:
            raise ArgumentError("IPFS needs `gateway=` to be read from")
        url = f"{self.gateway}/ipfs/{name}"
        # Gateways that only give what can be verified give single blocks alone.
        accept = "application/vnd.ipld.raw" if _cid.is_block(name) else "*/*"
        return _http.get(url, limit=limit, timeout=self._timeout, trusted=self._hosts, accept=accept)

    def write(self, name: str, data: bytes) -> None:
        if self._api is None:
            raise ArgumentError("IPFS needs `api=` to be written to")
        if len(data) > MAX_BLOCK_BYTES:
            raise ContentTooLarge("a block of IPFS", value=f"{len(data)} bytes", bound=f"at most {MAX_BLOCK_BYTES}")
        settings = f"cid-version=1&raw-leaves=true&pin=true&chunker=size-{MAX_BLOCK_BYTES}"
        answer = _http.post_file(f"{self._api.rstrip('/')}/api/v0/add?{settings}", data, timeout=self._timeout)
        added = answer.get("Hash") if isinstance(answer, dict) else None
        if not isinstance(added, str) or _cid.digest(added) != _cid.digest(name):
            raise StoreUnreachable(f"{self._api} has added {added!r} instead of {name}")


def address_of(url: str) -> str:
    """The address of a gateway, to which `/ipfs/` and a CID are added: people give it with and without."""
    _http.host_of(url)
    if "?" in url or "#" in url:
        raise ArgumentError("the address of an IPFS gateway ends with its host or a path, as in https://ipfs.io")
    return re.sub(r"/+(ipfs/*)?$", "", url)
