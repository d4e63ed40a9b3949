"""Counterparties between a client and a real node: one that meddles with single requests, one that cuts connections."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any

import requests


class Do(Enum):
    """What happens to a request, if not that it is answered by the node, or by a response of the test's own."""

    PASS = "pass it on"
    DROP = "drop the connection"
    LOSE = "pass it on, and drop the connection before the answer"
    GARBLE = "answer what is no JSON"


class Meddler:
    """Passes requests on to a node, except those that it has instructions for."""

    url = ""

    def __init__(self, node: str) -> None:
        self._node = node
        # For each method what to do with the next requests, in order; a response of one's own is a dict.
        self.instructions: dict[str, list[Do | dict[str, Any]]] = {}
        # Methods that the node does not have.
        self.missing: set[str] = set()
        self.takes_batches = True
        # The methods asked for, in order.
        self.asked: list[str] = []
        # How many requests came, several at once counted as one.
        self.requests = 0

    def answer(self, asked: list[dict[str, Any]]) -> list[dict[str, Any]] | bytes | int | None:
        self.requests += 1
        self.asked += [one["method"] for one in asked]
        if len(asked) > 1 and not self.takes_batches:
            return b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "batches are not supported"}}'
        todo = [self._todo(one["method"]) for one in asked]
        if Do.DROP in todo:
            return None
        if Do.GARBLE in todo:
            return b"<html>502 Bad Gateway</html>"
        answers = [
            {"jsonrpc": "2.0", "id": one["id"], **what} if isinstance(what, dict) else self._ask(one)
            for one, what in zip(asked, todo, strict=True)
        ]
        return None if Do.LOSE in todo else answers

    def _todo(self, method: str) -> Do | dict[str, Any]:
        if method in self.missing:
            return {"error": {"code": -32601, "message": "Method not found"}}
        instructions = self.instructions.get(method)
        return instructions.pop(0) if instructions else Do.PASS

    def _ask(self, one: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = requests.post(self._node, json=one, timeout=10).json()
        return answer


class Line:
    """A TCP connection to a node that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._node = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.address = "{}:{}".format(*self._listener.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends all connections; new ones are taken."""
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._node)
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def line(host: str, port: int) -> Iterator[Line]:
    """A line to a node."""
    with contextlib.closing(Line(host, port)) as opened:
        yield opened
