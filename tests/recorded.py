"""The events of a protocol in process, as a client tells those of a node."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boa
from eth_utils import keccak, to_checksum_address

from goldleaf import Deployment
from goldleaf._encoding import codec
from goldleaf.feed import Logged
from goldleaf_tools.verify import Court
from tests.gold import GoldWorld
from tests.protocol import Protocol


class Record:
    """What the contracts of a protocol have logged so far, block by block, and when."""

    def __init__(self, protocol: Protocol | GoldWorld) -> None:
        self.protocol = protocol
        self.logged: list[Logged] = []
        self.times: dict[int, int] = {}
        self._transactions = 0
        contracts = {"TaskEscrow": protocol.escrow.address, "Token": protocol.token.address}
        if hasattr(protocol, "jury"):
            contracts["Court"] = protocol.jury.court.address
        if hasattr(protocol, "gold"):
            contracts["GoldTest"] = protocol.gold.address
        # The chain may be gone when the record is read.
        self.parameters = protocol.jury.parameters if hasattr(protocol, "jury") else None
        self.deployment = Deployment(protocol.chain.id, 0, contracts)
        self._sources = {address: name for name, address in contracts.items() if name != "Token"}

    def add(self, entries: Any) -> None:
        """Takes the logs of one transaction."""
        self._transactions += 1
        block = boa.env.evm.patch.block_number
        self.times[block] = boa.env.timestamp
        for _, address, topics, data in entries:
            source = self._sources.get(to_checksum_address(address))
            event = source and codec.contract(source).decode_log([topic.to_bytes(32) for topic in topics], data)
            if event:
                transaction, index = f"0x{self._transactions:064x}", len(self.logged)
                self.logged.append(Logged(event, block, f"0x{block:064x}", index, transaction, source or ""))

    def court(self, logged: list[Logged]) -> Court | None:
        """The court, replayed from these events; None if there is none."""
        if self.parameters is None:
            return None
        return Court(self.deployment.address("Court"), self.parameters, logged)

    @staticmethod
    def hash(block: int) -> bytes:
        """The hash that `tests.chains` gives a block."""
        return bytes(keccak(b"block %d" % block))


@contextmanager
def recorded(protocol: Protocol | GoldWorld) -> Iterator[Record]:
    """Records what is called inside the block."""
    record = Record(protocol)
    execute: Callable[..., Any] = boa.env.execute_code

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        computation = execute(*args, **kwargs)
        if kwargs.get("is_modifying", True) and not computation.is_error:
            record.add(computation.get_raw_log_entries())
        return computation

    boa.env.execute_code = wrapped
    try:
        yield record
    finally:
        del boa.env.execute_code
