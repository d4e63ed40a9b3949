"""Ape's in-process chain, made the same on every run."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ape_test.provider import ApeEVMBackend
from eth.constants import ZERO_ADDRESS
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_tester import EthereumTester
from eth_tester.backends.pyevm.main import get_default_genesis_params, setup_tester_chain
from eth_utils.crypto import keccak
from web3 import Web3
from web3.middleware import Web3Middleware
from web3.types import RPCEndpoint, Wei

if TYPE_CHECKING:
    from ape_test.provider import LocalProvider

GENESIS = 2_000_000_000  # unix time of the first block: ahead of the real time, which the clock would else follow
ETHER = 10**18
GAS_LIMIT = 5_000_000  # of a transaction: far more than any of ours needs


class RepeatableBackend(ApeEVMBackend):
    """Knows neither the time of day nor other chance, so that block hashes, and with them the draws, repeat.

    Has one test account instead of ten: all of them are looked up at every read.
    """

    @cached_property
    def _setup_tester_chain(self) -> Any:
        return setup_tester_chain(
            get_default_genesis_params({"timestamp": GENESIS}),
            self.genesis_state,
            1,
            None,
            self.config.mnemonic,
            self.config.hd_path,
        )

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = ZERO_ADDRESS) -> tuple[bytes, ...]:
        """Mines with a `prevrandao` that follows from the block's number; the default's is random."""
        return tuple(self._mine_block(coinbase) for _ in range(num_blocks))

    def _mine_block(self, coinbase: bytes) -> bytes:
        mix_hash = keccak(b"block %d" % self.chain.header.block_number)
        return bytes(self.chain.mine_block(coinbase=coinbase, mix_hash=mix_hash, blob_gas_used=0).hash)


class NamedReader(Web3Middleware):
    """Reads in nobody's name are in that of the first account, which web3 would look up each time."""

    @cached_property
    def _first(self) -> str:
        accounts: Any = self._w3.eth.accounts
        return str(accounts[0])

    def request_processor(self, method: RPCEndpoint, params: Any) -> Any:
        if method == "eth_call" and "from" not in params[0]:
            return method, [{**params[0], "from": self._first}, *params[1:]]
        return method, params


class LogReader:
    """Logs of the mined blocks, each read once. The tester looks every transaction up by going through all blocks, for
    each read anew: a minute at the end of a play.
    """

    def __init__(self, backend: RepeatableBackend) -> None:
        self._chain = backend.chain
        self._logs: list[list[dict[str, Any]]] = []  # of each block

    def matching(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What `eth_getLogs` answers for a range of blocks."""
        mined = self._chain.get_block().number  # the pending one
        self._logs += [self._of_block(number) for number in range(len(self._logs), mined)]
        first, last = (_number(wanted[end], mined - 1) for end in ("fromBlock", "toBlock"))
        address, topics = wanted.get("address", []), wanted.get("topics", [])
        addresses = {each.lower() for each in ([address] if isinstance(address, str) else address)}
        return [
            log
            for logs in self._logs[first : last + 1]
            for log in logs
            if (not addresses or log["address"] in addresses) and _has_topics(log["topics"], topics)
        ]

    def _of_block(self, number: int) -> list[dict[str, Any]]:
        block = self._chain.get_canonical_block_by_number(number)
        receipts = block.get_receipts(self._chain.chaindb)
        logs = [(place, log) for place, receipt in enumerate(receipts) for log in receipt.logs]
        return [
            {
                "address": f"0x{log.address.hex()}",
                "topics": [f"0x{topic:064x}" for topic in log.topics],
                "data": f"0x{log.data.hex()}",
                "blockNumber": hex(number),
                "blockHash": f"0x{block.hash.hex()}",
                "transactionHash": f"0x{block.transactions[place].hash.hex()}",
                "transactionIndex": hex(place),
                "logIndex": hex(index),
                "removed": False,
            }
            for index, (place, log) in enumerate(logs)
        ]


def _answering(reader: LogReader) -> type[Web3Middleware]:
    """Has `eth_getLogs` answered by a reader, unless it is asked for one block by its hash."""

    class Answering(Web3Middleware):
        def wrap_make_request(self, make_request: Any) -> Any:
            def ask(method: RPCEndpoint, params: Any) -> Any:
                if method == "eth_getLogs" and "blockHash" not in params[0]:
                    return {"jsonrpc": "2.0", "id": 0, "result": reader.matching(params[0])}
                return make_request(method, params)

            return ask

    return Answering


def _number(block: str | int, latest: int) -> int:
    if isinstance(block, int):
        return block
    return latest if block == "latest" else int(block, 16)


def _has_topics(topics: Sequence[str], wanted: Sequence[Any]) -> bool:
    """Each of these is a topic, several of which any will do, or None for whatever stands there."""
    if len(topics) < len(wanted):
        return False
    return all(
        want is None or topic in ([want] if isinstance(want, str) else want)
        for topic, want in zip(topics, wanted, strict=False)
    )


class Chain:
    """Time and accounts of the chain behind ape's `test` provider."""

    def __init__(self, provider: "LocalProvider", seed: int) -> None:
        backend = RepeatableBackend(provider.config, provider.settings.chain_id)
        # The default runs a transaction a dozen times in search of the least gas it needs.
        backend.chain.gas_estimator = lambda state, transaction: GAS_LIMIT
        provider.tester.ethereum_tester = EthereumTester(backend)
        self._backend = backend
        self._seed = seed
        self.web3 = Web3(provider.tester)
        self.web3.middleware_onion.add(NamedReader)
        self.web3.middleware_onion.add(_answering(LogReader(backend)))

    def account(self, name: str, *, ether: int = ETHER) -> LocalAccount:
        """A new account, its key drawn from the seed, with ether (in wei) for its transactions."""
        account: LocalAccount = Account.from_key(keccak(text=f"{self._seed} key of {name}"))
        if ether:
            payer = self.web3.eth.accounts[0]
            self.web3.eth.send_transaction({"from": payer, "to": account.address, "value": Wei(ether)})
        return account

    def used_ether(self, address: str) -> bool:
        """Whether an account holds ether, or has ever sent a transaction, without which it cannot have spent any."""
        eth, account = self.web3.eth, Web3.to_checksum_address(address)
        return eth.get_balance(account) != 0 or eth.get_transaction_count(account) != 0

    @property
    def now(self) -> int:
        """Time of the next block, unix seconds."""
        return int(self.web3.eth.get_block("pending")["timestamp"])

    def travel_to(self, time: int) -> None:
        """Lets time pass until the next block is of this time, or later."""
        if time > self.now:
            self._backend.time_travel(time)

    def travel(self, seconds: int) -> None:
        """Lets time pass."""
        self.travel_to(self.now + seconds)

    def mine(self) -> None:
        """Lets a block pass."""
        self._backend.mine_blocks(1)
