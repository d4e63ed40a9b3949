"""Ape's in-process chain, made the same on every run."""

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
