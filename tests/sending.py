"""A node with the protocol on it, for tests of what is sent."""

import threading
from collections.abc import Callable
from typing import Any

from eth_account import Account
from eth_utils import keccak
from web3 import HTTPProvider, Web3

from goldleaf import ZERO_ADDRESS, Deployment, Goldleaf, Sent
from tests.chains import abi_of, deploy_escrow, deployer

GWEI = 10**9
POLL = 0.02
REFUSED = {"error": {"code": -32000, "message": "txpool is full"}}


class Scene:
    """A chain with an escrow on it, and accounts that have coin."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web3 = Web3(HTTPProvider(url))
        self._accounts = 0
        self._salts = 0
        self.request("evm_setAutomine", True)
        escrow = deploy_escrow(self._deploy, ZERO_ADDRESS)
        self.escrow = escrow["TaskEscrow"].address
        addresses = {name: contract.address for name, contract in escrow.items()}
        self.deployment = Deployment(self.web3.eth.chain_id, 0, addresses)

    def request(self, method: str, *arguments: Any) -> Any:
        answer = self.web3.provider.make_request(method, list(arguments))
        assert "error" not in answer, answer
        return answer["result"]

    def account(self) -> Any:
        """A new local account, with coin."""
        self._accounts += 1
        account = Account.from_key(keccak(b"sender %d" % self._accounts))
        self.request("anvil_setBalance", account.address, hex(10**18))
        return account

    def salt(self) -> bytes:
        self._salts += 1
        return keccak(b"salt %d" % self._salts)

    def commit(self, client: Goldleaf) -> Sent[Any]:
        """Sends a transaction that costs nothing but gas, and of which no two are the same."""
        return client.unchecked.challenges.commit(1, [0], salt=self.salt())

    def nonces(self, account: Any) -> int:
        return self.web3.eth.get_transaction_count(account.address)

    def committed_at(self, sent: Sent[Any]) -> int:
        """The time of the block that a commitment lies in."""
        return int(self.web3.eth.get_block(sent.block)["timestamp"])

    def mine(self) -> None:
        self.request("evm_mine")

    def _deploy(self, path: str, *arguments: Any) -> Any:
        factory = self.web3.eth.contract(abi=abi_of(path), bytecode=deployer(path).compiler_data.bytecode)
        sent = factory.constructor(*arguments).transact({"from": self.web3.eth.accounts[0]})
        return factory(self.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["contractAddress"])

    def pooled(self, account: Any) -> dict[str, Any]:
        """What the node's pool holds of an account, by nonce."""
        pool = self.request("txpool_content")
        return {**pool["pending"].get(account.address.lower(), {}), **pool["queued"].get(account.address.lower(), {})}


def until(condition: Callable[[], object]) -> None:
    """Waits for something that another thread does."""
    done = threading.Event()
    for _ in range(500):
        if condition():
            return
        done.wait(0.02)
    raise AssertionError("it did not happen")
