"""What nodes say when something is wrong, by the words of their own sources."""

from typing import Any

import pytest
from eth_abi import encode

from goldleaf import errors
from goldleaf._engine import translation

DEADLINE = "tasks: deadline passed"
ENCODED = "0x08c379a0" + encode(["string"], [DEADLINE]).hex()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("insufficient funds for gas * price + value: address 0x12 have 0 want 5", errors.InsufficientFunds),
        ("Insufficient funds for gas * price + value", errors.InsufficientFunds),
        ("gas required exceeds allowance (0)", errors.InsufficientFunds),
        ("Upfront cost exceeds account balance", errors.InsufficientFunds),
        ("nonce too low: next nonce 5, tx nonce 4", errors.NonceTaken),
        ("Nonce too low", errors.NonceTaken),
        ("OldNonce", errors.NonceTaken),
        ("replacement transaction underpriced", errors.NonceTaken),
        ("ReplacementNotAllowed", errors.NonceTaken),
        ("already known", errors.AlreadyKnown),
        ("AlreadyKnown", errors.AlreadyKnown),
        ("Known transaction", errors.AlreadyKnown),
        ("transaction already imported", errors.AlreadyKnown),
        ("transaction underpriced: gas tip cap 1, minimum needed 1000000", errors.Underpriced),
        ("max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1, baseFee: 7", errors.Underpriced),
        ("FeeTooLow, MaxFeePerGas too low", errors.Underpriced),
        ("Gas price below configured minimum gas price", errors.Underpriced),
        ("the method eth_simulateV1 does not exist/is not available", errors.MethodMissing),
        ("Unknown RPC Endpoint: eth_simulateV1", errors.MethodMissing),
        ("query returned more than 10000 results", errors.NodeError),
    ],
)
def test_from_response__words_of_a_node__typed(message: str, expected: type[errors.GoldleafError]) -> None:
    assert type(translation.from_response({"code": -32000, "message": message})) is expected


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": f"execution reverted: {DEADLINE}", "data": ENCODED},
        {"code": -32000, "message": "Execution reverted", "data": ENCODED},
        {"code": -32015, "message": "VM execution error.", "data": f"Reverted {ENCODED}"},
        {"code": -32603, "message": "reverted", "data": {"message": "...", "data": ENCODED}},
        {"code": 3, "message": f"execution reverted: {DEADLINE}"},
        {"code": -32603, "message": f"VM Exception while processing transaction: revert {DEADLINE}"},
    ],
)
def test_from_response__revert_as_nodes_tell_it__the_contracts_error(error: dict[str, Any]) -> None:
    assert isinstance(translation.from_response(error), errors.DeadlinePassed)


def test_from_response__revert_with_no_data__told_apart() -> None:
    found = translation.from_response({"code": 3, "message": "execution reverted", "data": "0x"})
    assert type(found) is errors.Reverted and "without a reason" in str(found)


@pytest.mark.parametrize("response", ["502 Bad Gateway", {}, {"jsonrpc": "2.0"}, None])
def test_result__no_response__garbled(response: Any) -> None:
    with pytest.raises(errors.GarbledAnswer):
        translation.result(response)


def test_result__null__is_a_result() -> None:
    assert translation.result({"id": 1, "result": None}) is None
