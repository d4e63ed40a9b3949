"""What nodes say when something is wrong, by the words of their own sources."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi import encode

from goldleaf import errors
from goldleaf._engine import translation, transport
from goldleaf._engine import words as words_of_nodes
from goldleaf._flows.asks import Ask


def encoded(reason: str) -> str:
    """What a contract returns when it reverts for a reason."""
    return "0x08c379a0" + encode(["string"], [reason]).hex()


DEADLINE = "tasks: deadline passed"
ENCODED = encoded(DEADLINE)


BATCH, BUSY, BEHIND = errors.BatchTooLarge, errors.NodeBusy, errors.NodeBehind
FUNDS, KNOWN, TAKEN, HIGH = errors.InsufficientFunds, errors.AlreadyKnown, errors.NonceTaken, errors.NonceTooHigh
CHEAP, MISSING, PENDING = errors.Underpriced, errors.MethodMissing, errors.NoPendingBlock

# What they say in full, where the table has a part of it.
SAID = [
    ("geth", "insufficient funds for gas * price + value: address 0x12 have 0 want 5", FUNDS),
    ("geth", "gas required exceeds allowance (0)", FUNDS),
    ("geth", "nonce too low: next nonce 5, tx nonce 4", TAKEN),
    ("geth", "nonce too high: address 0x12, tx: 9 state: 4", HIGH),
    ("geth", "replacement transaction underpriced: new tx gas fee cap 5 <= 5 queued", TAKEN),
    ("geth", "future transaction tries to replace pending", TAKEN),
    ("geth", "already known", KNOWN),
    ("geth", "transaction underpriced: gas tip cap 1, minimum needed 1000000", CHEAP),
    ("geth", "max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1, baseFee: 7", CHEAP),
    ("geth", "the method eth_simulateV1 does not exist/is not available", MISSING),
    ("geth", "transaction indexing is in progress", BEHIND),
    ("geth", "header not found", BEHIND),
    ("geth", "unknown block", BEHIND),
    ("geth", "batch too large", BATCH),
    ("geth", "pending state is not available", PENDING),
    ("geth", "pending block is not available", PENDING),
    ("geth", "exceed maximum block range: 5000", errors.NodeError),
    ("geth", "txpool is full", errors.NodeError),
    ("Erigon", "INTERNAL_ERROR: could not replace existing tx", TAKEN),
    ("Erigon", "RPC error response: INTERNAL_ERROR: insufficient funds", FUNDS),
    ("Erigon", "existing txn with same hash", KNOWN),
    ("Erigon", "INTERNAL_ERROR: fee too low", CHEAP),
    ("Erigon", "underpriced", CHEAP),
    ("Erigon", "batch limit 100 exceeded (can increase by --rpc.batch.limit). Requested batch of size: 401", BATCH),
    ("Erigon", "server overloaded", BUSY),
    ("Nethermind", "InsufficientFunds, Account balance: 0, cumulative cost: 5", FUNDS),
    ("Nethermind", "AlreadyKnown", KNOWN),
    ("Nethermind", "OldNonce, Current nonce: 5, nonce of rejected tx: 4", TAKEN),
    ("Nethermind", "ReplacementNotAllowed", TAKEN),
    ("Nethermind", "OwnNonceAlreadyUsed", TAKEN),
    ("Nethermind", "NonceGap, Future nonce. Expected nonce: 5", HIGH),
    ("Nethermind", "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7", CHEAP),
    ("Nethermind", "FeeTooLowToCompete", CHEAP),
    ("Nethermind", "Batch size limit exceeded", BATCH),
    ("Nethermind", "Too many requests", BUSY),
    ("Besu", "Upfront cost exceeds account balance", FUNDS),
    ("Besu", "Known transaction", KNOWN),
    ("Besu", "Nonce too low", TAKEN),
    ("Besu", "Replacement transaction underpriced", TAKEN),
    ("Besu", "Transaction nonce is too distant from current sender nonce", HIGH),
    ("Besu", "Gas price below configured minimum gas price", CHEAP),
    ("Besu", "Gas price below current base fee", CHEAP),
    ("Besu", "Number of requests exceeds max batch size", BATCH),
    ("Besu", "Requested range exceeds maximum RPC range limit", errors.NodeError),
    ("Besu", "Transaction gas limit exceeds block gas limit", errors.NodeError),
    ("Besu", "Method not enabled", MISSING),
    ("Besu", "Initial sync is still in progress", BEHIND),
    ("reth", "lack of funds (0) for max fee (5)", FUNDS),
    ("reth", "gas price is less than basefee", CHEAP),
    ("reth", "block not found: 0x5", BEHIND),
    ("reth", "The batch request was too large", BATCH),
    ("reth", "Batched requests are not supported by this server", BATCH),
    ("reth", "Server is busy, try again later", BUSY),
    ("anvil", "Insufficient funds for gas * price + value", FUNDS),
    ("anvil", "Out of gas: gas required exceeds allowance: 0", FUNDS),
    ("anvil", "Tx: [0x12] already Imported", KNOWN),
    ("anvil", "Tx: [0x12] insufficient gas price to replace existing transaction", TAKEN),
    ("anvil", "nonce too low", TAKEN),
    ("anvil", "Rpc Endpoint not implemented", MISSING),
    (
        "Hardhat",
        "Sender doesn't have enough funds to send tx. The max upfront cost is: 5 and the sender's balance is: 0.",
        FUNDS,
    ),
    ("Hardhat", "sender doesn't have enough funds to send tx", FUNDS),
    ("Hardhat", "Known transaction: 0x12", KNOWN),
    ("Hardhat", "Nonce too low. Expected nonce to be 5 but got 4.", TAKEN),
    ("Hardhat", "Nonce too high. Expected nonce to be 5 but got 6. Note that transactions can't be queued.", HIGH),
    ("Hardhat", "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 5 is necessary", TAKEN),
    ("Hardhat", "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7", CHEAP),
    ("eth-tester", "Sender does not have enough balance to cover transaction value and gas", FUNDS),
    ("eth-tester", "Sender b'0' cannot afford txn gas 5 with account balance 0", FUNDS),
    ("eth-tester", "Invalid transaction nonce: Expected 5, but got 4", TAKEN),
    ("eth-tester", "Unknown RPC Endpoint: eth_simulateV1", MISSING),
    ("OpenEthereum", "Transaction with the same hash was already imported.", KNOWN),
    ("OpenEthereum", "Transaction nonce is too low. Try incrementing the nonce.", TAKEN),
    (
        "OpenEthereum",
        "Transaction gas price 5wei is too low. There is another transaction with same nonce in the queue.",
        TAKEN,
    ),
    ("OpenEthereum", "Transaction gas price is too low. It does not satisfy your node's minimal gas price", CHEAP),
    ("OpenEthereum", "Couldn't parse parameters: `BlockNumber::Pending` is not supported", PENDING),
    ("OpenEthereum", "This request is not supported because your node is running with state pruning.", PENDING),
    ("Arbitrum", "not enough funds for gas", FUNDS),
    ("Arbitrum", "sequencer pending tx pool full, please try again", BUSY),
    ("Ethermint", "tx already in mempool", KNOWN),
    ("Avalanche", "cannot query unfinalized data: requested from block 5 after last accepted block 4", BEHIND),
    ("Infura", "project ID request rate exceeded", BUSY),
    ("Infura", "daily request count exceeded, request rate limited", BUSY),
    ("Infura", "query returned more than 10000 results", errors.NodeError),
    ("Alchemy", "Your app has exceeded its compute units per second capacity.", BUSY),
    (
        "Alchemy",
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
        errors.NodeError,
    ),
    ("Alchemy", "Unsupported method: eth_simulateV1. See available methods at https://docs.alchemy.com", MISSING),
    ("QuickNode", "100/second request limit reached - reduce calls per second or upgrade your account", BUSY),
    ("QuickNode", "eth_getLogs is limited to a 10,000 range", errors.NodeError),
    ("Base", "over rate limit", BUSY),
    ("Moralis", "Too Many Requests error received from speedy-nodes-nyc.moralis.io", BUSY),
    ("Pocket", "Application has exceeded its throughput limit", BUSY),
    ("a provider", 'tag "pending" is not yet supported', PENDING),
    ("a provider", "batch size too large", BATCH),
    ("a provider", "maximum batch size is 10", BATCH),
    ("a provider", "batches are not supported", BATCH),
    ("a provider", "too many requests in one batch", BATCH),
    ("nobody", "unknown transaction type", errors.NodeError),
    ("nobody", "an internal error", errors.NodeError),
]


@pytest.mark.parametrize(("whose", "message", "expected"), SAID)
def test_from_response__words_of_a_node__typed(whose: str, message: str, expected: type[errors.GoldleafError]) -> None:
    assert type(translation.from_response({"code": -32000, "message": message})) is expected


def test_table__every_pattern__is_somebodys_words_and_the_first_for_some() -> None:
    unused = {words.pattern for words in words_of_nodes.TABLE}
    for _, message, _ in SAID:
        lowered = message.lower()
        unused.discard(next((each.pattern for each in words_of_nodes.TABLE if re.search(each.pattern, lowered)), ""))
    assert not unused, "each is quoted above"
    assert all(words.whose and words.pattern == words.pattern.lower() for words in words_of_nodes.TABLE)


@pytest.mark.parametrize(
    ("code", "method", "expected"),
    [
        (429, "eth_call", BUSY),
        (-32005, "eth_call", BUSY),
        (-32005, "eth_sendRawTransaction", BUSY),
        (-32005, "eth_getLogs", errors.NodeError),
        (-32601, "eth_call", MISSING),
        (-32000, "eth_call", errors.NodeError),
        ("429", "eth_call", errors.NodeError),
        (None, "eth_call", errors.NodeError),
    ],
)
def test_from_response__words_that_say_nothing__by_the_code(
    code: Any, method: str, expected: type[errors.GoldleafError]
) -> None:
    assert type(translation.from_response({"code": code, "message": "limit exceeded"}, method)) is expected


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.NodeError)]
)
def test_transient__kinds_of_errors__those_that_time_may_mend(kind: type[errors.NodeError]) -> None:
    assert kind.transient is issubclass(kind, errors.Unreachable | BEHIND | HIGH)


@pytest.mark.parametrize("reason", sorted({message for _, message, _ in SAID}))
@pytest.mark.parametrize(
    "tell",
    [
        lambda reason: {"code": 3, "message": f"execution reverted: {reason}", "data": encoded(reason)},
        lambda reason: {"code": 3, "message": reason},
        lambda reason: {"code": -32000, "message": f"execution reverted: {reason}"},
        lambda reason: {"code": -32000, "message": "err", "data": encoded(reason)},
        lambda reason: {"code": -32015, "message": "VM execution error.", "data": f"Reverted {encoded(reason)}"},
        lambda reason: {"code": -32603, "message": "oops", "data": {"message": reason, "data": encoded(reason)}},
        lambda reason: {"code": -32603, "message": "oops", "data": {"data": {"data": encoded(reason)}}},
        lambda reason: {
            "code": -32603,
            "message": f"Error: VM Exception while processing transaction: reverted with reason string '{reason}'",
        },
        lambda reason: {"code": -32000, "message": f"VM Exception while processing transaction: revert {reason}"},
    ],
    ids=[
        "geth",
        "code alone",
        "message alone",
        "data alone",
        "parity",
        "hardhat",
        "nested",
        "hardhat's text",
        "ganache",
    ],
)
def test_from_response__contract_reverts_in_a_nodes_words__is_the_contracts_error(
    tell: Callable[[str], dict[str, Any]], reason: str
) -> None:
    found = translation.from_response(tell(reason))
    assert type(found) is errors.Reverted and reason.rstrip(".") in str(found)


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": f"execution reverted: {DEADLINE}", "data": ENCODED},
        {"code": -32000, "message": "Execution reverted", "data": ENCODED},
        {"code": -32015, "message": "VM execution error.", "data": f"Reverted {ENCODED}"},
        {"code": -32603, "message": "reverted", "data": {"message": "...", "data": ENCODED}},
        {"code": 3, "message": f"execution reverted: {DEADLINE}"},
        {"code": -32603, "message": f"VM Exception while processing transaction: revert {DEADLINE}"},
        {
            "code": -32603,
            "message": f"Error: VM Exception while processing transaction: reverted with reason string '{DEADLINE}'",
        },
    ],
)
def test_from_response__revert_as_nodes_tell_it__the_contracts_error(error: dict[str, Any]) -> None:
    assert isinstance(translation.from_response(error), errors.DeadlinePassed)


def test_from_response__revert_with_no_data__told_apart() -> None:
    for error in (
        {"code": 3, "message": "execution reverted", "data": "0x"},
        {"code": -32015, "message": "VM execution error.", "data": "Reverted 0x"},
    ):
        found = translation.from_response(error)
        assert type(found) is errors.Reverted and "without a reason" in str(found)


def test_from_response__hash_in_the_data_of_a_refusal__is_no_revert() -> None:
    data = "known transaction: 0x" + "12" * 32
    assert type(translation.from_response({"code": -32000, "message": "already known", "data": data})) is KNOWN


@pytest.mark.parametrize("response", [{"message": "Too many requests"}, {"error": "rate limit exceeded"}])
def test_refusal__gateway_says_so_in_its_own_form__busy(response: Any) -> None:
    assert type(translation.refusal(response)) is errors.NodeBusy


@pytest.mark.parametrize("response", ["502 Bad Gateway", {}, {"jsonrpc": "2.0"}, None])
def test_refusal__no_response__garbled(response: Any) -> None:
    assert type(translation.refusal(response)) is errors.GarbledAnswer


def test_results__null__is_a_result() -> None:
    assert transport._results([{"id": 1, "result": None}], [Ask("eth_call")]) == [None]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("anvil/v1.7.1", True),
        ("HardhatNetwork/2.22.3/@nomicfoundation/edr/0.3.5", True),
        ("EthereumTester/0.13.0b1/linux/python3.11.7", True),
        ("Geth/v1.14.12-stable/linux-amd64/go1.23.2", False),
        ("Nethermind/v1.29.1/linux-x64/dotnet8.0.8", False),
        (None, False),
    ],
)
def test_is_test_node__versions_of_nodes__told_apart(version: str | None, expected: bool) -> None:
    assert words_of_nodes.is_test_node(version) is expected
