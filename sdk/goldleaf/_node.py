"""Everything that touches a node: reads, signing, sending, waiting, and the errors of all these."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol

from eth_typing import BlockNumber, ChecksumAddress
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from requests.exceptions import RequestException
from web3 import Web3
from web3.exceptions import (
    BlockNotFound,
    ContractLogicError,
    MethodUnavailable,
    ProviderConnectionError,
    TransactionNotFound,
    Web3Exception,
    Web3RPCError,
)
from web3.providers.base import BaseProvider
from web3.types import FilterParams, TxParams, TxReceipt, Wei

from . import _codec, errors
from ._flows.core import ReadClock, ReadLogs, Request, ViewCall

if TYPE_CHECKING:
    from eth_account.datastructures import SignedTransaction

# What is asked for above the node's estimate: state may change until the transaction is mined.
GAS_MARGIN = 1.2
# First wait for a receipt, doubled each time: in-process chains and anvil mine at once.
SHORTEST_WAIT = 0.005

Log = tuple[str, Sequence[bytes], bytes]


class Signer(Protocol):
    """A local account, such as eth-account's `LocalAccount`."""

    @property
    def address(self) -> Any: ...

    def sign_transaction(self, transaction_dict: Any) -> "SignedTransaction": ...


def connect(web3: Web3 | BaseProvider | str) -> Web3:
    """A `Web3` as it was given, or a new one over a provider or the URL of a node."""
    if isinstance(web3, Web3):
        return web3
    return Web3(Web3.HTTPProvider(web3) if isinstance(web3, str) else web3)


class Node:
    """One node, and how long to wait for it."""

    def __init__(self, web3: Web3, *, timeout: float, poll: float, gas_limit: int | None) -> None:
        self.web3 = web3
        self._gas_limit = gas_limit
        self._timeout = timeout
        self._poll = poll
        # Reads and estimates are made in the block that is being built, so that they see its time.
        self._block: Literal["pending", "latest"] = "pending"

    def check(self, chain_id: int, contracts: Mapping[str, str]) -> None:
        """Raises `WrongChain` or `NoCode` unless the node is on this chain and has code at these addresses."""
        with _translated():
            try:
                self.web3.eth.get_block(self._block)
            except (BlockNotFound, Web3RPCError):
                self._block = "latest"  # not every node builds one
            found = self.web3.eth.chain_id
            if found != chain_id:
                raise errors.WrongChain("chain id of the node", value=found, bound=chain_id)
            for name, address in contracts.items():
                if not self.web3.eth.get_code(to_checksum_address(address)):
                    raise errors.NoCode(f"{name} at {address}")

    def answer(self, request: Request) -> Any:
        """Performs a flow's request."""
        with _translated():
            if isinstance(request, ViewCall):
                return self._call(request)
            if isinstance(request, ReadLogs):
                return self._logs(request)
            assert isinstance(request, ReadClock)
            return self.web3.eth.get_block(self._block)["timestamp"]

    def send(self, signer: Signer | str, to: str, data: bytes) -> TxReceipt:
        """Signs, or has the node sign, sends, and waits for the receipt.

        It is run beforehand, by the gas estimate or a call, so what the contract refuses is raised here and costs
        nothing.
        """
        sender = to_checksum_address(signer if isinstance(signer, str) else signer.address)
        with _translated():
            transaction: TxParams = {"from": sender, "to": to_checksum_address(to), "data": HexBytes(data)}
            if self._gas_limit is None:
                transaction["gas"] = int(self._estimate(transaction) * GAS_MARGIN)
            else:
                transaction["gas"] = self._gas_limit
                self.web3.eth.call(transaction, self._block)
            if isinstance(signer, str):
                sent = self.web3.eth.send_transaction(transaction)
            else:
                self._complete(transaction, sender)
                sent = self.web3.eth.send_raw_transaction(signer.sign_transaction(transaction).raw_transaction)
            receipt = self._wait(sent)
            if receipt["status"] != 1:
                self._explain(transaction, receipt)
            return receipt

    def _estimate(self, transaction: TxParams) -> int:
        try:
            return self.web3.eth.estimate_gas(transaction, self._block)
        except MethodUnavailable:  # eth-tester estimates in the next block, and takes no other name for it
            return self.web3.eth.estimate_gas(transaction)

    def _call(self, request: ViewCall) -> bytes:
        call: TxParams = {"to": to_checksum_address(request.to), "data": HexBytes(request.data)}
        return bytes(self.web3.eth.call(call, self._block))

    def _logs(self, request: ReadLogs) -> list[tuple[Sequence[bytes], bytes]]:
        wanted: FilterParams = {
            "address": to_checksum_address(request.address),
            "topics": [HexBytes(topic).to_0x_hex() for topic in request.topics],
            "fromBlock": BlockNumber(request.first_block),
            "toBlock": "latest",
        }
        return [(log["topics"], log["data"]) for log in self.web3.eth.get_logs(wanted)]

    def _complete(self, transaction: TxParams, sender: ChecksumAddress) -> None:
        transaction["chainId"] = self.web3.eth.chain_id
        transaction["nonce"] = self.web3.eth.get_transaction_count(sender, "pending")
        base_fee = self.web3.eth.get_block("latest").get("baseFeePerGas")
        if base_fee is None:
            transaction["gasPrice"] = self.web3.eth.gas_price
            return
        tip = self.web3.eth.max_priority_fee
        transaction["maxPriorityFeePerGas"] = tip
        transaction["maxFeePerGas"] = Wei(2 * base_fee + tip)

    def _wait(self, sent: HexBytes) -> TxReceipt:
        wait = SHORTEST_WAIT
        end = time.monotonic() + self._timeout
        while True:
            try:
                return self.web3.eth.get_transaction_receipt(sent)
            except TransactionNotFound:
                if time.monotonic() + wait > end:
                    raise errors.TransactionTimeout(
                        f"{sent.to_0x_hex()} was not mined within {self._timeout} seconds"
                    ) from None
            time.sleep(wait)
            wait = min(2 * wait, self._poll)

    def _explain(self, transaction: TxParams, receipt: TxReceipt) -> None:
        hash_ = receipt["transactionHash"].to_0x_hex()
        replayed: TxParams = {"from": transaction["from"], "to": transaction["to"], "data": transaction["data"]}
        self.web3.eth.call(replayed, receipt["blockNumber"])
        raise errors.Reverted(f"{hash_} failed in block {receipt['blockNumber']}, and would pass now")


def read_logs(receipt: TxReceipt) -> list[Log]:
    """The logs of a receipt: address, topics, data."""
    return [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (Web3Exception, RequestException, OSError) as error:
        raise _translate(error) from error
    except Exception as error:
        # eth-tester raises errors of its own. It is no dependency, so they are told by where they come from.
        if type(error).__module__.partition(".")[0] not in ("eth_tester", "eth", "eth_utils"):
            raise
        raise _translate(error) from error


def _translate(error: Exception) -> errors.GoldleafError:
    if isinstance(error, errors.GoldleafError):
        return error
    message = _message(error)
    lowered = message.lower()
    if "insufficient funds" in lowered or "cannot afford" in lowered:  # geth and anvil, py-evm
        return errors.InsufficientFunds(message)
    if isinstance(error, ContractLogicError):
        if isinstance(error.data, str) and error.data.startswith("0x"):
            return _codec.decode_revert(bytes.fromhex(error.data[2:]))
        return _from_message(error.message or "")
    if type(error).__name__ == "TransactionFailed":
        return _from_message(message)
    if isinstance(error, (RequestException, ProviderConnectionError, OSError)):
        return errors.Unreachable(message)
    return errors.NodeError(message)


def _message(error: Exception) -> str:
    if isinstance(error, Web3RPCError) and error.rpc_response is not None:
        return str(error.rpc_response["error"]["message"])
    return str(error)


def _from_message(message: str) -> errors.ContractError:
    """The error of a revert of which the node only tells a sentence."""
    reason = message.removeprefix("execution reverted").lstrip(": ").removeprefix("revert ").strip()
    return errors.from_reason(reason) if reason and reason != "b''" else _codec.no_reason()
