"""A node that misbehaves: a proxy before a real one, which refuses, drops and forgets as providers do."""

import json
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, TypeAlias, TypeVar

import requests


@dataclass
class Proxy:
    """How it misbehaves; may be changed at any time."""

    node: str
    url: str = ""
    # The most blocks that logs are looked for in, and what is said to those who want more: an error of JSON-RPC, or the
    # number of an HTTP status.
    longest_range: int | None = None
    refusal: dict[str, Any] | int = field(default_factory=lambda: {"code": -32000, "message": "block range too wide"})
    # The most logs that are given at once.
    most_logs: int | None = None
    # Share of the requests that are dropped without an answer.
    dropped: float = 0
    # Whether nothing is answered at all.
    down: bool = False
    # Share of the requests that are answered as by a node which has not seen the last blocks yet, and how many.
    lagging: float = 0
    lag: int = 0
    # So many requests are told that they are too many.
    too_many: int = 0
    # What was asked for: method and first parameter.
    asked: list[tuple[str, Any]] = field(default_factory=list)
    seed: int = 1
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def answer(self, asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
        """The responses; or an HTTP status; or None, to drop the connection."""
        self.asked += [(one["method"], one["params"][0] if one["params"] else None) for one in asked]
        if self.down or self._random.random() < self.dropped:
            return None
        if self.too_many:
            self.too_many -= 1
            return 429
        hidden = self.lag if self._random.random() < self.lagging else 0
        head = int(self._ask("eth_blockNumber", [])["result"], 16) - hidden
        answers = [self._answer(one, head) for one in asked]
        refused = next((answer for answer in answers if isinstance(answer, int)), None)
        return refused if refused is not None else [answer for answer in answers if not isinstance(answer, int)]

    def _answer(self, one: dict[str, Any], head: int) -> dict[str, Any] | int:
        method, params = one["method"], one["params"]
        if method == "eth_getBlockByNumber":
            number = head if params[0] == "latest" else params[0]
            if isinstance(number, str) and number.startswith("0x"):
                number = int(number, 16)
            if isinstance(number, int):
                if number > head:
                    return {"jsonrpc": "2.0", "id": one["id"], "result": None}
                params = [hex(number), *params[1:]]
        elif method == "eth_getLogs" and "blockHash" in params[0]:
            block = self._ask("eth_getBlockByHash", [params[0]["blockHash"], False])["result"]
            if block is None or int(block["number"], 16) > head:
                return {"jsonrpc": "2.0", "id": one["id"], "error": {"code": -32000, "message": "unknown block"}}
        elif method == "eth_getLogs":
            first, last = (int(params[0][end], 16) for end in ("fromBlock", "toBlock"))
            if self.longest_range is not None and last - first >= self.longest_range:
                return self._refuse(one)
            # A node that is behind leaves out in silence what it does not have.
            if first > head:
                return {"jsonrpc": "2.0", "id": one["id"], "result": []}
            params = [{**params[0], "toBlock": hex(min(last, head))}]
        answer = self._ask(method, params)
        if method == "eth_getLogs" and self.most_logs is not None and len(answer["result"]) > self.most_logs:
            return self._refuse(one)
        return {**answer, "id": one["id"]}

    def _refuse(self, one: dict[str, Any]) -> dict[str, Any] | int:
        if isinstance(self.refusal, int):
            return self.refusal
        return {"jsonrpc": "2.0", "id": one["id"], "error": self.refusal}

    def _ask(self, method: str, params: list[Any]) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer: dict[str, Any] = requests.post(self.node, json=body, timeout=10).json()
        return answer


# The responses; or what is said instead; or an HTTP status, with headers or without; or None, to drop the connection.
Served: TypeAlias = list[dict[str, Any]] | bytes | int | tuple[int, Mapping[str, str]] | None


class Behaviour(Protocol):
    """What stands in for a node."""

    url: str

    def answer(self, asked: list[dict[str, Any]]) -> Served: ...


B = TypeVar("B", bound=Behaviour)


@contextmanager
def proxy(node: str, **behaviour: Any) -> Iterator[Proxy]:
    """A proxy before the node at this URL."""
    with served(Proxy(node, **behaviour)) as behind:
        yield behind


@contextmanager
def served(behind: B) -> Iterator[B]:
    """Lets a behaviour answer at a URL of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            several = isinstance(asked, list)
            answers = behind.answer(asked if several else [asked])
            if answers is None:
                self.close_connection = True
                return
            status, headers, body = 200, {}, b""
            if isinstance(answers, int):
                status = answers
            elif isinstance(answers, tuple):
                status, headers = answers[0], dict(answers[1])
            elif isinstance(answers, bytes):
                body = answers
            else:
                body = json.dumps(answers if several else answers[0]).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    behind.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield behind
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
