"""The chains that tests run on: one in process, fast, and an anvil node, as the real thing.

Contracts on either are called the same way: `contract.function(*arguments, sender=account)` returns what the function
returns, structs as named tuples; `contract.get_logs()` are the events of the last call.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import boa
from eth_utils import keccak, to_checksum_address
from vyper.compiler.output import build_abi_output
from web3 import HTTPProvider, Web3
from web3.contract import Contract
from web3.logs import DISCARD

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "contracts"
EVM_VERSION = "cancun"
GENESIS = 1_700_000_000  # unix time at which a node starts
BLOCK_TIME = 12  # seconds

Address = str
# As `goldleaf.deployment.SINK`.
SINK = "0x000000000000000000000000000000000000dEaD"


@cache
def deployer(path: str) -> Any:
    """The compiled contract at `contracts/<path>.vy`."""
    return boa.load_partial(str(CONTRACTS / f"{path}.vy"), compiler_args={"evm_version": EVM_VERSION})


def abi_of(path: str) -> Any:
    """The ABI of the contract at `contracts/<path>.vy`."""
    return build_abi_output(deployer(path).compiler_data)


def deploy_escrow(
    deploy: Callable[..., Any], relay: Address, *, period_floor: int = 3600, sink: Address = SINK
) -> dict[str, Any]:
    """A TaskEscrow with its TaskTerms, its Lens and its GoldTest, by name. `deploy` deploys a contract by its path."""
    terms = deploy("TaskTerms", period_floor)
    escrow = deploy("TaskEscrow", relay, terms.address, sink)
    lens, gold = deploy("Lens", escrow.address), deploy("GoldTest", relay, escrow.address)
    return {"TaskTerms": terms, "TaskEscrow": escrow, "Lens": lens, "GoldTest": gold}


class Chain(Protocol):
    """What a test needs of a chain."""

    id: int

    @property
    def now(self) -> int:
        """Unix time."""

    def deploy(self, path: str, *arguments: Any) -> Any:
        """Deploys `contracts/<path>.vy`."""

    def account(self, alias: str | None = None) -> Address:
        """A new account."""

    def travel(self, seconds: int) -> None:
        """Lets time pass."""

    def mine(self, blocks: int) -> None:
        """Lets blocks pass."""


class BlockHashes:
    """A hash for each past block, which the in-process chain has none of: it never mines."""

    def __iter__(self) -> Iterator[bytes]:
        number = boa.env.evm.patch.block_number
        return (keccak(b"block %d" % (number - 1 - depth)) for depth in range(256))


class InProcessChain:
    """titanoboa's chain; there is one per process, shared by all tests in it."""

    def __init__(self) -> None:
        boa.env.evm.patch.prev_hashes = BlockHashes()
        self.id = boa.env.evm.patch.chain_id

    @property
    def now(self) -> int:
        return int(boa.env.timestamp)

    def deploy(self, path: str, *arguments: Any) -> Any:
        return deployer(path).deploy(*arguments)

    def account(self, alias: str | None = None) -> Address:
        return str(boa.env.generate_address(alias))

    def travel(self, seconds: int) -> None:
        boa.env.time_travel(seconds=seconds, block_delta=BLOCK_TIME)

    def mine(self, blocks: int) -> None:
        boa.env.time_travel(blocks=blocks, block_delta=BLOCK_TIME)


class Transaction(NamedTuple):
    """One mined call."""

    function: str
    gas: int  # as in the receipt
    calldata_gas: int  # of it, for the bytes of the call


class AnvilChain:
    """An anvil node: any account may send, gas is free, and each block is one second after the one before.

    So the same calls cost the same gas on every run.
    """

    def __init__(self, url: str) -> None:
        self.web3 = Web3(HTTPProvider(url))
        self.id = self.web3.eth.chain_id
        self.transactions: list[Transaction] = []
        self._accounts = 0
        self.deployer = self.account()
        self._request("anvil_setBlockTimestampInterval", 1)

    @property
    def now(self) -> int:
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def deploy(self, path: str, *arguments: Any) -> "AnvilContract":
        factory = self.web3.eth.contract(
            abi=abi_of(path), bytecode=deployer(path).compiler_data.bytecode, decode_tuples=True
        )
        receipt = self.send(factory.constructor(*plain(arguments)), self.deployer)
        return AnvilContract(self, factory(receipt["contractAddress"]))

    def account(self, alias: str | None = None) -> Address:
        self._accounts += 1
        return to_checksum_address(keccak(b"account %d" % self._accounts)[12:])

    def travel(self, seconds: int) -> None:
        self._request("evm_setNextBlockTimestamp", self.now + seconds)
        self.mine(1)

    def mine(self, blocks: int) -> None:
        self._request("anvil_mine", hex(blocks))

    def send(self, call: Any, sender: Address) -> Any:
        """The receipt of a contract call or deployment."""
        terms = {"from": sender, "gas": 15_000_000, "gasPrice": 0}
        return self.web3.eth.wait_for_transaction_receipt(call.transact(terms), poll_latency=0.01)

    def latest(self, function: str) -> Transaction:
        """The latest transaction that called this function."""
        return next(transaction for transaction in reversed(self.transactions) if transaction.function == function)

    def _request(self, method: str, *arguments: Any) -> None:
        response = self.web3.provider.make_request(method, list(arguments))
        assert "error" not in response, response


class AnvilContract:
    """A contract on an anvil node."""

    def __init__(self, chain: AnvilChain, contract: Contract) -> None:
        self.address = contract.address
        self._chain = chain
        self._contract = contract
        self._receipt: Any = None
        self._is_view = {
            entry["name"]: entry["stateMutability"] in ("view", "pure")
            for entry in contract.abi
            if entry["type"] == "function"
        }

    def __getattr__(self, function: str) -> Any:
        if function not in self._is_view:
            raise AttributeError(function)

        def call(*arguments: Any, sender: Address | None = None) -> Any:
            bound = getattr(self._contract.functions, function)(*plain(arguments))
            sender = sender or self._chain.deployer
            result = bound.call({"from": sender, "gasPrice": 0})
            if not self._is_view[function]:
                self._transact(bound, sender)
            return result

        return call

    def transact(self, function: str, *arguments: Any) -> None:
        """Calls a view as a transaction, for what it costs."""
        self._transact(getattr(self._contract.functions, function)(*plain(arguments)), self._chain.deployer)

    def _transact(self, bound: Any, sender: Address) -> None:
        self._receipt = self._chain.send(bound, sender)
        assert self._receipt["status"] == 1, bound.fn_name
        data = bytes.fromhex(bound._encode_transaction_data()[2:])
        calldata_gas = sum(16 if byte else 4 for byte in data)
        self._chain.transactions.append(Transaction(bound.fn_name, self._receipt["gasUsed"], calldata_gas))

    def get_logs(self) -> list[Any]:
        events = [
            log
            for entry in self._contract.abi
            if entry["type"] == "event"
            for log in self._contract.events[entry["name"]]().process_receipt(self._receipt, errors=DISCARD)
        ]
        return [namedtuple(log["event"], log["args"])(**log["args"]) for log in events]


def plain(value: Any) -> Any:
    """Arguments with contracts replaced by their addresses."""
    if isinstance(value, AnvilContract):
        return value.address
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


@contextmanager
def node(*options: str) -> Iterator[str]:
    """The URL of an anvil node of its own, on a free port, which ends with the block."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [ROOT / "node_modules" / ".bin" / "anvil", "--port", "0", *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield f"http://{_wait_for_address(process, output)}"
        finally:
            _end_session(process)


@contextmanager
def anvil(fork: str = EVM_VERSION) -> Iterator[AnvilChain]:
    """A node for contract tests, with the rules of that fork."""
    options = ["--hardfork", fork, "--timestamp", str(GENESIS), "--auto-impersonate"]
    with node(*options, "--gas-price", "0", "--base-fee", "0", "--accounts", "1") as url:
        yield AnvilChain(url)


def _wait_for_address(node: "subprocess.Popen[bytes]", output: Any) -> str:
    """Host and port, once the node has said where it listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and node.poll() is None:
        output.seek(0)
        found = re.search(r"Listening on (\S+)", output.read())
        if found:
            return found[1]
        time.sleep(0.05)
    output.seek(0)
    raise RuntimeError(f"anvil did not start: {output.read()}")


def _end_session(node: "subprocess.Popen[bytes]") -> None:
    """Ends the node together with the launcher that npm has put in front of it."""
    with suppress(ProcessLookupError):
        os.killpg(node.pid, signal.SIGKILL)
    node.wait()
