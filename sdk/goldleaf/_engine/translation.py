"""Whatever goes wrong at a node, as typed errors."""

import json
import re
from collections.abc import Mapping
from typing import Any

from .. import _codec, errors

# What nodes say, in lower case: geth, erigon, nethermind, besu, reth, anvil, eth-tester. The first that fits counts.
_MESSAGES: tuple[tuple[type[errors.NodeError], str], ...] = (
    (errors.InsufficientFunds, r"insufficient (funds|balance)|cannot afford|exceeds account balance"),
    (errors.InsufficientFunds, r"gas required exceeds allowance \(0\)"),
    (errors.AlreadyKnown, r"already ?known|known transaction|already imported|already exists"),
    (errors.NonceTaken, r"replacement (transaction|fee)|replacement ?not ?allowed"),
    (errors.NonceTaken, r"nonce.{0,12}too low|old ?nonce|invalid (transaction )?nonce|nonce has already been used"),
    (errors.Underpriced, r"underpriced|max fee per gas less than|fee ?too ?low|below (the )?(current )?base fee"),
    (errors.Underpriced, r"gas price.{0,12}(low|below)"),
    (errors.MethodMissing, r"method.{0,60}(not (found|supported|available|exist)|does not exist)"),
    (errors.MethodMissing, r"unknown rpc endpoint|not been implemented"),
)
_METHOD_NOT_FOUND = -32601
_REVERTED = 3
_TOO_MANY_REQUESTS = 429


def result(response: Any) -> Any:
    """The result of a JSON-RPC response. Raises the error that it holds instead."""
    if not isinstance(response, Mapping):
        raise errors.GarbledAnswer(f"the node answered {_shortened(response)}")
    if response.get("error") is not None:
        raise from_response(response["error"])
    if "result" not in response:
        raise errors.GarbledAnswer(f"the node answered {_shortened(response)}")
    return response["result"]


def from_response(error: Any) -> errors.GoldleafError:
    """The error that the error of a JSON-RPC response stands for."""
    if not isinstance(error, Mapping):
        return errors.NodeError(str(error))
    code, message = error.get("code"), str(error.get("message", ""))
    # A contract's reason may say anything, so it is read before the node's own words.
    data = _revert_data(error.get("data"))
    if data:
        return _codec.decode_revert(data)
    if code == _REVERTED or "revert" in message.lower():
        return from_message(message)
    kind = _kind(message)
    if kind is not None:
        return kind(message)
    return (errors.MethodMissing if code == _METHOD_NOT_FOUND else errors.NodeError)(message)


def from_exception(error: Exception) -> errors.GoldleafError | None:
    """The error that an exception of web3.py, of its HTTP and WebSocket libraries or of eth-tester stands for."""
    if isinstance(error, errors.GoldleafError):
        return error
    source = type(error).__module__.partition(".")[0]
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return errors.GarbledAnswer("the node answered what is no JSON")
    if source == "eth_tester" and type(error).__name__ == "TransactionFailed":
        return from_message(str(error))
    if source in ("eth_tester", "eth", "eth_utils"):
        return (_kind(str(error)) or errors.NodeError)(str(error))
    status = getattr(error, "status", getattr(getattr(error, "response", None), "status_code", None))
    if isinstance(status, int) and status >= 400:
        # One that is busy, or its provider's servers, may answer later.
        kind = errors.Unreachable if status == _TOO_MANY_REQUESTS or status >= 500 else errors.NodeError
        return kind(f"the node refuses with HTTP status {status}")
    if isinstance(error, OSError) or source in ("requests", "urllib3", "aiohttp", "websockets", "web3"):
        # The path of a node's URL may be a key to it.
        return errors.Unreachable(re.sub(r"with url: \S+", "", str(error)) or type(error).__name__)
    return None


def from_message(message: str) -> errors.ContractError:
    """The error of a revert of which the node only tells a sentence."""
    reason = re.sub(r"^(vm exception[^:]*: |execution reverted|revert(ed)?\b|[: ])+", "", message, flags=re.IGNORECASE)
    reason = reason.strip().strip("'\"")
    return errors.from_reason(reason) if reason and reason != "b" else _codec.no_reason()


def _kind(message: str) -> type[errors.NodeError] | None:
    lowered = message.lower()
    return next((kind for kind, pattern in _MESSAGES if re.search(pattern, lowered)), None)


def _revert_data(data: Any) -> bytes:
    """What was returned with a revert: some nodes wrap it, or write a word before it."""
    if isinstance(data, Mapping):
        data = data.get("data")
    found = re.search(r"0x((?:[0-9a-fA-F]{2})*)$", data) if isinstance(data, str) else None
    return bytes.fromhex(found[1]) if found else b""


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
