"""Contracts in process, and all that they tell, as an index is told it by a node."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import boa
from eth_utils import keccak, to_checksum_address

from goldleaf import Cursor, Deployment, Logged
from goldleaf._flows.asks import Log
from goldleaf._flows.core import Context
from goldleaf.types import CourtParameters
from tests.chains import Chain

T = TypeVar("T")


@dataclass(frozen=True)
class Told:
    """The events of one transaction, which is a block of its own here."""

    logged: tuple[Logged, ...]
    number: int
    time: int

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.number, block_hash(self.number))


def block_hash(number: int) -> str:
    return "0x" + keccak(b"block %d" % number).hex()


class NothingToDo(Exception):  # noqa: N818
    """There is nothing that an action could be done to."""


def pick(chance: random.Random, among: list[T]) -> T:
    if not among:
        raise NothingToDo
    return chance.choice(among)


class Hearing:
    """What a play on some contracts has told. `contracts` are their addresses by name, the token's among them."""

    def __init__(self, chain: Chain, contracts: Mapping[str, str], court: CourtParameters | None) -> None:
        self.chain = chain
        self.court_parameters = court
        self.deployment = Deployment(chain.id, 0, contracts)
        self.context = Context(self.deployment, None)
        self.told: list[Told] = []

    def attempt(self, action: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        """What a contract refuses changes nothing."""
        with suppress(boa.BoaError, NothingToDo):
            action(*arguments, **options)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Whatever is told inside the block is heard."""
        execute = boa.env.execute_code

        def listen(*args: Any, **kwargs: Any) -> Any:
            computation = execute(*args, **kwargs)
            if not computation.is_error and kwargs.get("is_modifying", True):
                self._hear(computation.get_raw_log_entries())
            return computation

        boa.env.execute_code = listen
        try:
            yield
        finally:
            boa.env.execute_code = execute

    def _hear(self, entries: Any) -> None:
        number = len(self.told) + 1
        found = []
        for index, (_, address, topics, data) in enumerate(entries):
            words = tuple(topic.to_bytes(32, "big") for topic in topics)
            log = Log(to_checksum_address(address), words, data, number, b"", "", index)
            event = self.context.decode_log(log)
            if event is not None:
                transaction = "0x" + keccak(b"transaction %d" % number).hex()
                source = self.context.sources[log.address]
                found.append(Logged(event, number, block_hash(number), index, transaction, source))
        if found:
            self.told.append(Told(tuple(found), number, self.chain.now))
