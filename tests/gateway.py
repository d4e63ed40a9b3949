"""An IPFS gateway in a folder, which answers as gateways do, or as it is told to."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from goldleaf.stores import MAX_BLOCK_BYTES


def cid_of(data: bytes, codec: int = 0x55) -> str:
    """Version 1, a codec, sha2-256 of 32 bytes, in base32."""
    raw = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


@dataclass(frozen=True)
class Reply:
    """An answer whole."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Gateway(ThreadingHTTPServer):
    """A folder that speaks the protocols of IPFS gateways and of Kubo's RPC API, and what else hosts may do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[tuple[str, str | None]] = []
        # Path -> what is answered instead.
        self.odd: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def file(self, path: str) -> bytes | None:
        """What the folder has for the path of a request."""
        found = self.folder / Path(path).name
        return found.read_bytes() if found.is_file() else None

    def held(self, name: str) -> bytes | None:
        """What a CID holds itself, if it does: version 1, raw, identity, fewer bytes than 128."""
        try:
            raw = base64.b32decode(name[1:].upper() + "=" * (-len(name[1:]) % 8))
        except ValueError:
            return None
        return raw[4:] if raw[:3] == b"\x01\x55\x00" else None


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Accept"]))
        odd = self.server.odd.get(self.path, self.server.odd.get("*"))
        if isinstance(odd, list):  # one after the other, the last one for good
            odd = odd.pop(0) if len(odd) > 1 else odd[0]
        if callable(odd):
            odd = odd(self.server, self.path)
        if isinstance(odd, Reply):
            self.answer(odd.status, odd.body, odd.headers)
            return
        if odd == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                return
        if isinstance(odd, str):
            self.send_response(302)
            self.send_header("Location", odd)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        held = self.server.held(Path(self.path).name)
        if held is not None and odd is None:
            self.answer(200, held)
            return
        path = self.server.folder / Path(self.path).name
        status = odd if isinstance(odd, int) else 200 if isinstance(odd, bytes) or path.is_file() else 404
        self.answer(status, odd if isinstance(odd, bytes) else path.read_bytes() if status == 200 else b"")

    def do_POST(self) -> None:
        self.server.asked.append((self.path, None))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        [part] = BytesParser().parsebytes(head + self.rfile.read(int(self.headers["Content-Length"]))).get_payload()
        data = part.get_payload(decode=True)
        settings = parse_qs(urlsplit(self.path).query)
        assert settings["raw-leaves"] == ["true"] and settings["chunker"] == [f"size-{MAX_BLOCK_BYTES}"]
        name = self.server.odd.get("added") or cid_of(data)
        (self.server.folder / name).write_bytes(data)
        self.answer(200, json.dumps({"Name": "file", "Hash": name, "Size": str(len(data))}).encode() + b"\n")

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[Gateway]:
    folder.mkdir()
    with Gateway(folder) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


def compressed(gateway: Gateway, path: str) -> Reply | int:
    """An answer that is compressed though nobody has asked for it."""
    found = gateway.file(path) or gateway.held(Path(path).name)
    return 404 if found is None else Reply(body=gzip.compress(found), headers={"Content-Encoding": "gzip"})


def busy_at_first() -> Callable[[Gateway, str], Reply | int | bytes | None]:
    """Refuses the first request for each path."""
    asked: set[str] = set()

    def answer(gateway: Gateway, path: str) -> Reply | int | bytes | None:
        if path not in asked:
            asked.add(path)
            return 429
        return gateway.file(path) or gateway.held(Path(path).name)

    return answer


PAGE = Reply(body=b"<!doctype html><title>Welcome</title>", headers={"Content-Type": "text/html"})
