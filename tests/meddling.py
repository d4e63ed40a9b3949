"""Counterparties between a client and a real node: one that meddles with single requests, one that cuts connections."""

import contextlib
import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

import requests

from tests.proxy import Served

DELAY = 1.0  # seconds
NO_BATCHES = {"code": -32600, "message": "batches are not supported"}


class Do(Enum):
    """What happens to a request, if it is not answered."""

    PASS = "pass it on"
    DROP = "drop the connection"
    LOSE = "pass it on, and drop the connection before the answer"
    GARBLE = "answer what is no JSON"
    SPOIL = "pass it on, and answer what is no JSON"
    DELAY = "pass it on after a while"


# What a node or what stands before it answers to a request: a response, an HTTP status with headers, or what it does.
Answer: TypeAlias = "Do | dict[str, Any] | Status"


@dataclass(frozen=True)
class Status:
    """An HTTP status in the place of an answer."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Each:
    """A response to each request of a batch."""

    response: dict[str, Any]


class Meddler:
    """Passes requests on to a node, except those that it has instructions for."""

    url = ""

    def __init__(self, node: str) -> None:
        self._node = node
        # For each method what to do with the next requests, in order.
        self.instructions: dict[str, list[Answer]] = {}
        # For each method what to do with all others.
        self.always: dict[str, Answer] = {}
        # What to do with everything once a transaction was passed on.
        self.after_sending: Answer | None = None
        # Whether receipts come without their logs; blocks that the node does not have.
        self.hides_logs = False
        self.unknown_blocks: set[int] = set()
        # Methods that the node does not have.
        self.missing: set[str] = set()
        # How many requests are taken at once, and what becomes of more.
        self.largest_batch: int | None = None
        self.refusal: Answer | Each | list[dict[str, Any]] = {"error": NO_BATCHES}
        # How many of the requests of a batch are told that they are too many, and how.
        self.busy: list[int] = []
        # For each method what is answered where it is asked for in the pending block; and which were so, in order.
        self.no_pending: dict[str, dict[str, Any]] = {}
        self.refused: list[str] = []
        # The methods asked for, in order; and the blocks, for each.
        self.asked: list[str] = []
        self.blocks: defaultdict[str, list[Any]] = defaultdict(list)
        # How many requests came in each message.
        self.sizes: list[int] = []

    @property
    def requests(self) -> int:
        """How many messages came."""
        return len(self.sizes)

    def answer(self, asked: list[dict[str, Any]]) -> Served:
        self.sizes.append(len(asked))
        self.asked += [one["method"] for one in asked]
        if self.largest_batch is not None and len(asked) > self.largest_batch:
            return self._refuse(asked)
        answers = [self._answer(one) for one in asked]
        whole = next((answer for answer in answers if not isinstance(answer, dict)), None)
        if whole is not None:
            return _whole(whole)
        if self.busy and len(asked) > 1:
            for place in range(len(asked) - self.busy.pop(0), len(asked)):
                answers[place] = {"error": {"code": 429, "message": "exceeded its compute units per second capacity"}}
        return [{"jsonrpc": "2.0", "id": one["id"], **answer} for one, answer in zip(asked, answers, strict=True)]

    def _refuse(self, asked: list[dict[str, Any]]) -> Served:
        refusal = self.refusal
        if isinstance(refusal, Each):
            refusal = [refusal.response] * len(asked)
        if isinstance(refusal, list):
            return [{"jsonrpc": "2.0", "id": one["id"], **answer} for one, answer in zip(asked, refusal, strict=False)]
        if isinstance(refusal, dict):
            return json.dumps({"jsonrpc": "2.0", "id": None, **refusal}).encode()
        return _whole(refusal)

    def _answer(self, one: dict[str, Any]) -> Answer:
        method = one["method"]
        self.blocks[method] += [value for value in one["params"] if value in ("pending", "latest")]
        if method in self.no_pending and "pending" in one["params"]:
            self.refused.append(method)
            return self.no_pending[method]
        if method in self.missing:
            return {"error": {"code": -32601, "message": "Method not found"}}
        if method == "eth_getBlockByNumber" and one["params"][0] in map(hex, self.unknown_blocks):
            return {"result": None}
        if self.after_sending is not None and "eth_sendRawTransaction" in self.asked[:-1]:
            return self.after_sending
        instructions = self.instructions.get(method)
        todo = instructions.pop(0) if instructions else self.always.get(method, Do.PASS)
        if todo not in (Do.PASS, Do.LOSE, Do.SPOIL, Do.DELAY):
            return todo
        if todo == Do.DELAY:
            time.sleep(DELAY)
        passed: dict[str, Any] = requests.post(self._node, json=one, timeout=10).json()
        if todo in (Do.LOSE, Do.SPOIL):
            return todo
        if self.hides_logs and method == "eth_getTransactionReceipt" and passed.get("result"):
            passed["result"]["logs"] = []
        return {name: passed[name] for name in ("result", "error") if name in passed}


def _whole(answer: Status | Do | dict[str, Any]) -> Served:
    if isinstance(answer, Status):
        return answer.code, answer.headers
    return b"<html>502 Bad Gateway</html>" if answer in (Do.GARBLE, Do.SPOIL) else None


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
