"""A relay of a drand chain on this machine, which gives what it is told to, and waits as long as it is told to."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.beacons import Beacon


def answer(beacon: Beacon, **changes: Any) -> bytes:
    """What a relay that works says of a beacon."""
    told = {"round": beacon.round, "randomness": beacon.randomness.hex(), "signature": beacon.signature.hex()}
    return json.dumps({**told, **changes}).encode()


class Relay(ThreadingHTTPServer):
    """Answers every request with `status`, `headers` and `body`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b""
        # Whether the body is sent again and again, and seconds between two of its bytes.
        self.endless = False
        self.pause = 0.0
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/chain"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks may hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: Relay

    def do_GET(self) -> None:
        relay = self.server
        relay.asked.append(self.path)
        self.send_response(relay.status)
        for name, value in relay.headers.items():
            self.send_header(name, value)
        self.end_headers()
        while True:
            if relay.pause:
                for byte in relay.body:
                    time.sleep(relay.pause)
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
            else:
                self.wfile.write(relay.body)
            if not relay.endless:
                return

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def relay(body: bytes = b"", **changes: Any) -> Iterator[Relay]:
    """A relay that answers with `body`."""
    server = Relay()
    server.body = body
    for name, value in changes.items():
        assert hasattr(server, name)
        setattr(server, name, value)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
