"""HTTP to hosts that strangers name: bounded in bytes and time, and never into a private network.

A URI on chain is written by anybody. Whoever reads it must not thereby be made to ask their own router, their
employer's intranet or a cloud's metadata service, nor to fill their memory. So only https is spoken to strangers, each
address that a name resolves to is checked at the moment of connecting, and redirects are followed one by one under the
same rules. Hosts that the user has named are exempt.

What passes by itself, such as a host that is busy, is waited for a little. What was compressed unasked is unpacked,
within the same bounds.
"""

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from ..canonical import read_json
from ..errors import ContentMissing, ContentTooLarge, ForeignUri, MissingExtra, StoreUnreachable

try:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult
    from aiohttp.resolver import DefaultResolver
    from fsspec.asyn import get_loop, sync
    from yarl import URL
except ImportError as error:
    raise MissingExtra("stores") from error

_MAX_REDIRECTS = 5
_CHUNK = 65_536
# What a host says that may answer the same request a moment later.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
# Pauses before the further attempts, seconds; a host may ask for longer ones, up to the longest.
_PAUSES = (0.25, 0.75, 2.0)
_LONGEST_PAUSE = 10.0
# As `zlib` has it: the formats of gzip and of zlib, told apart by their heads.
_ANY_FORMAT = 47


class _PassingError(Exception):
    """The attempt failed for a reason that passes; `pause` is how long the host asks to wait, seconds."""

    def __init__(self, error: StoreUnreachable, pause: float = 0.0) -> None:
        super().__init__()
        self.error = error
        self.pause = pause


def host_of(url: str) -> str:
    """The host of an http or https URL. Raises `ForeignUri` if it is none."""
    parsed = _parse(url)
    if parsed.scheme not in ("http", "https"):
        raise ForeignUri(f"{url!r} is not an http or https URL")
    assert parsed.host is not None
    return parsed.host


def get(url: str, *, limit: int, timeout: float, trusted: Collection[str] = (), accept: str = "*/*") -> bytes:
    """The body at `url`, of at most `limit` bytes; `trusted` are hosts that may be private.

    An attempt takes at most `timeout` seconds; after failures that pass there are further ones.

    Raises `ContentMissing`, `ContentTooLarge`, `ForeignUri`, `StoreUnreachable`.
    """
    body: bytes = _run(_get, url, limit, timeout, frozenset(trusted), accept)
    return body


def fetch(url: str, *, limit: int, timeout: float) -> bytes:
    """`get` of a host of the user's own, asked once: what redirects or fails is left to whoever has others to ask."""
    body: bytes = _run(_fetch, url, limit, timeout)
    return body


def post_file(url: str, data: bytes, *, timeout: float) -> Any:
    """What a host of the user's own answers, as JSON, when it is sent `data` as a form's file.

    Raises `StoreUnreachable`.
    """
    return _run(_post_file, url, data, timeout)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # Addresses that carry one of IPv4: where they lead is what that one says.
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast


def _run(request: Callable[..., Coroutine[Any, Any, Any]], url: str, *arguments: Any) -> Any:
    try:
        # fsspec's own loop runs in a thread, so this works in programs that run a loop themselves.
        return sync(get_loop(), request, url, *arguments)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise StoreUnreachable(f"{shown(url)}: {type(error).__name__} {error}".rstrip()) from error


async def _get(url: str, limit: int, timeout: float, trusted: frozenset[str], accept: str) -> bytes:
    for pause in _PAUSES:
        try:
            return await _attempt(url, limit, timeout, trusted, accept)
        except _PassingError as passing:
            await asyncio.sleep(min(max(pause, passing.pause), _LONGEST_PAUSE))
    try:
        return await _attempt(url, limit, timeout, trusted, accept)
    except _PassingError as passing:
        raise passing.error from passing.__cause__


async def _fetch(url: str, limit: int, timeout: float) -> bytes:
    try:
        return await _follow(url, limit, timeout, frozenset({host_of(url)}), "application/json", redirects=0)
    except _PassingError as passing:
        raise passing.error from passing.__cause__


async def _attempt(url: str, limit: int, timeout: float, trusted: frozenset[str], accept: str) -> bytes:
    try:
        return await _follow(url, limit, timeout, trusted, accept)
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
        if isinstance(error, TimeoutError):
            raise
        told = StoreUnreachable(f"{shown(url)}: {type(error).__name__} {error}".rstrip())
        raise _PassingError(told) from error


async def _follow(
    url: str, limit: int, timeout: float, trusted: frozenset[str], accept: str, redirects: int = _MAX_REDIRECTS
) -> bytes:
    async with _session(timeout, trusted) as session:
        for _ in range(redirects + 1):
            _check(url, trusted)
            async with session.get(url, headers={"Accept": accept}, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if 300 <= response.status < 400 and location:
                    url = str(URL(url).join(URL(location)))
                    continue
                if response.status in (404, 410):
                    raise ContentMissing(f"{shown(url)}: status {response.status}")
                if response.status in _PASSING:
                    told = StoreUnreachable(f"{shown(url)}: status {response.status}")
                    raise _PassingError(told, _asked_pause(response))
                if response.status != 200:
                    raise StoreUnreachable(f"{shown(url)}: status {response.status}")
                return await _read(response, url, limit)
    why = f"more than {redirects} redirects" if redirects else "it redirects, which is not followed"
    raise StoreUnreachable(f"{shown(url)}: {why}")


def _asked_pause(response: aiohttp.ClientResponse) -> float:
    """Seconds; 0 if none are asked for, or a date is given, which would need the host's clock."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0


async def _read(response: aiohttp.ClientResponse, url: str, limit: int) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return await _unpack(response, url, limit)
    if encoding not in ("", "identity"):
        raise StoreUnreachable(f"{shown(url)}: sent as {encoding[:40]!r}, which was not asked for")
    data = bytearray()
    if (response.content_length or 0) <= limit:
        async for chunk in response.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > limit:
                break
        else:
            return bytes(data)
    raise _too_large(url, limit)


async def _unpack(response: aiohttp.ClientResponse, url: str, limit: int) -> bytes:
    """What was sent compressed, though nobody asked for it: never more of it than `limit`, however small it came."""
    unpacker, data = zlib.decompressobj(_ANY_FORMAT), bytearray()
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            data += unpacker.decompress(chunk, limit + 1 - len(data))
            if len(data) > limit:
                raise _too_large(url, limit)
    except zlib.error as error:
        raise StoreUnreachable(f"{shown(url)}: sent as compressed, and is not: {error}") from error
    if not unpacker.eof:
        raise StoreUnreachable(f"{shown(url)}: the compressed answer is cut short")
    return bytes(data)


def _too_large(url: str, limit: int) -> ContentTooLarge:
    return ContentTooLarge(shown(url), value="longer", bound=f"at most {limit} bytes")


async def _post_file(url: str, data: bytes, timeout: float) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", data, filename="file", content_type="application/octet-stream")
    async with (
        _session(timeout, frozenset({host_of(url)})) as session,
        session.post(url, data=form, allow_redirects=False) as response,
    ):
        if response.status != 200:
            raise StoreUnreachable(f"{shown(url)}: status {response.status}")
        return read_json(await _read(response, url, _CHUNK))


def _session(timeout: float, trusted: frozenset[str]) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=_Resolver(trusted)),
        timeout=aiohttp.ClientTimeout(total=timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        # Compressed answers could be small on the wire and huge in memory.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
    )


def _check(url: str, trusted: frozenset[str]) -> None:
    host = host_of(url)
    if host in trusted:
        return
    if _parse(url).scheme != "https":
        raise ForeignUri(f"{shown(url)}: only https is read from hosts that you have not named")
    try:
        public = is_public(host)
    except ValueError:
        return  # a name, which the resolver checks
    if not public:
        raise ForeignUri(f"{shown(url)} lies in a private network")


class _Resolver(AbstractResolver):
    """Resolves names of strangers to public addresses only; a name that resolves anew later is checked anew."""

    def __init__(self, trusted: frozenset[str]) -> None:
        self._trusted = trusted
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host in self._trusted:
            return found
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise ForeignUri(f"{host} lies in a private network")
        return public

    async def close(self) -> None:
        await self._resolver.close()


def _parse(url: str) -> URL:
    try:
        parsed = URL(url)
    except ValueError as error:
        raise ForeignUri(f"{url!r} is not a URL") from error
    if not parsed.host:
        raise ForeignUri(f"{url!r} is not a URL with a host")
    return parsed


def shown(url: str) -> str:
    """A URL without what a user's own may hold: a password or a token."""
    return str(URL(url).with_user(None).with_query(None))
