"""Whatever goes wrong at a node, as typed errors."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from .. import errors
from .._encoding import codec
from . import words

_TOO_MANY_REQUESTS = 429
# HTTP statuses by which servers and gateways say that they may answer later.
_LATER = (408, 425)


def refusal(response: Any, method: str = "") -> errors.GoldleafError:
    """The error that a JSON-RPC response to a method holds in the place of a result."""
    if isinstance(response, Mapping):
        if response.get("error") is not None:
            return from_response(response["error"], method)
        message = str(response.get("message", ""))
        if words.kind_of(message) is errors.NodeBusy:  # of a gateway before the node
            return errors.NodeBusy(message)
    return errors.GarbledAnswer(f"the node answered {_shortened(response)}")


def from_response(error: Any, method: str = "") -> errors.GoldleafError:
    """The error that the error of a JSON-RPC response to a method stands for."""
    if not isinstance(error, Mapping):
        return words.kind_of(str(error))(str(error))
    code, message, data = error.get("code"), str(error.get("message", "")), error.get("data")
    # A contract's reason may say anything, so it is read before the node's own words.
    returned = _revert_data(data)
    if returned:
        return codec.decode_revert(returned)
    if code in words.REVERTED or "revert" in message.lower():
        return from_message(message)
    kind = words.kind_of(message, code, method)
    number = code if isinstance(code, int) else None
    if kind is errors.NodeBusy:
        return errors.NodeBusy(message, code=number, retry_after=_seconds(_backoff(data)))
    return kind(message, code=number)


def from_exception(error: Exception) -> errors.GoldleafError | None:
    """The error that an exception of web3.py, of its HTTP and WebSocket libraries or of eth-tester stands for."""
    if isinstance(error, errors.GoldleafError):
        return error
    source = type(error).__module__.partition(".")[0]
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) or type(error).__name__ == "BadResponseFormat":
        return errors.GarbledAnswer("the node answered what is no JSON")
    if source == "eth_tester" and type(error).__name__ == "TransactionFailed":
        return from_message(str(error))
    if source in ("eth_tester", "eth", "eth_utils"):
        return words.kind_of(str(error))(str(error))
    response = getattr(error, "response", None)
    status = getattr(error, "status", getattr(response, "status_code", None))
    if isinstance(status, int) and status >= 400:
        return _from_status(status, getattr(error, "headers", None) or getattr(response, "headers", None) or {})
    if isinstance(error, OSError) or source in ("requests", "urllib3", "aiohttp", "websockets", "web3"):
        # The path of a node's URL may be a key to it.
        return errors.Unreachable(re.sub(r"with url: \S+", "", str(error)) or type(error).__name__)
    return None


def from_message(message: str) -> errors.ContractError:
    """The error of a revert of which the node only tells a sentence."""
    reason = re.sub(r"^(error: |vm exception[^:]*: |execution reverted|revert(ed)?\b|[: ])+", "", message, flags=re.I)
    reason = re.sub(r"^with reason string\b", "", reason, flags=re.I).strip().strip("'\"")
    unknown = ("", "b", "vm execution error.", "the execution failed due to an exception.")
    return codec.no_reason() if reason.lower() in unknown else errors.from_reason(reason)


def _from_status(status: int, headers: Mapping[str, str]) -> errors.NodeError:
    """The error that an HTTP status stands for."""
    told, after = f"the node refuses with HTTP status {status}", _seconds(headers.get("Retry-After"))
    if status == _TOO_MANY_REQUESTS or after is not None:
        return errors.NodeBusy(told, code=status, retry_after=after)
    # Somebody's servers may answer later.
    return (errors.Unreachable if status >= 500 or status in _LATER else errors.NodeError)(told, code=status)


def _seconds(wait: Any) -> float | None:
    """How long to wait, of the header Retry-After (a number, or the time of day) or of an error's data."""
    try:
        seconds = float(wait)
    except (TypeError, ValueError):
        try:
            seconds = (parsedate_to_datetime(wait) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError, AttributeError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _backoff(data: Any) -> Any:
    """What Infura asks to wait, in the data of an error."""
    if not isinstance(data, Mapping):
        return None
    rate = data.get("rate")
    return (rate if isinstance(rate, Mapping) else data).get("backoff_seconds")


def _revert_data(data: Any) -> bytes:
    """What was returned with a revert: some nodes wrap it, once or more, or write a word before it."""
    while isinstance(data, Mapping):
        data = data.get("data")
    found = re.match(r"(?:reverted )?0x((?:[0-9a-f]{2})*)$", data, re.I) if isinstance(data, str) else None
    return bytes.fromhex(found[1]) if found else b""


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
