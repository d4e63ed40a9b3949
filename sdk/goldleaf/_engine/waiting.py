"""Waiting until a transaction is mined, and doing what it takes."""

import time
from collections.abc import Mapping
from typing import Any

from .. import errors
from .._address import checksum
from .._results import Call
from . import fees
from .flight import Flight, Mined, Options, emit, repeat
from .reading import hexadecimal, number, octets, parsed, read_log
from .steps import Ask, AskAll, Sleep, Steps

# First wait for a receipt, doubled each time: in-process chains and anvil mine at once.
SHORTEST_WAIT = 0.005  # seconds
# After how many polls a transaction that is not mined is looked for.
LOOK_EVERY = 5
# How often an account must be seen to be past the transaction's nonce before it counts as replaced: behind one address
# there may be several nodes, of which some lag.
LOOKS_TO_BE_SURE = 2
# In how many of the latest blocks the one that replaced it is searched.
MAX_SEARCHED = 32


def land(flight: Flight, options: Options) -> Steps[Mined]:
    """Waits until a transaction is mined; sends it again where the node has lost it, for more where fees have risen.

    Raises `TransactionTimeout`, `TransactionDropped`, `TransactionReplaced`, and the contract's error if it failed.
    """
    watch = _Watch(flight, options)
    started = time.monotonic()
    wait = min(SHORTEST_WAIT, options.poll)
    look_at = started + LOOK_EVERY * options.poll
    while True:
        receipt = yield from _receipt(flight)
        now = time.monotonic()
        ends = now + wait > started + options.timeout
        if receipt is None and (ends or now >= look_at):
            receipt = yield from watch.look()
            look_at = now + LOOK_EVERY * options.poll
        if receipt is not None:
            return (yield from _mined(flight, receipt))
        if ends:
            detail = f"{flight.hash} was not mined within {options.timeout:g} seconds: {watch.standing}"
            raise errors.TransactionTimeout(detail, transaction=flight.hash, nonce=flight.nonce)
        yield Sleep(wait)
        wait = min(2 * wait, options.poll)


def _receipt(flight: Flight) -> Steps[Mapping[str, Any] | None]:
    """The receipt of whichever was mined of all that was sent under the nonce."""
    answers = yield AskAll(tuple(Ask("eth_getTransactionReceipt", (hash_,)) for hash_ in flight.hashes))
    return next((answer for answer in answers if isinstance(answer, Mapping)), None)


class _Watch:
    """What becomes of one transaction."""

    def __init__(self, flight: Flight, options: Options) -> None:
        self._flight = flight
        self._options = options
        self._seen_past = 0
        # Where the transaction stands, for people.
        self.standing = "the node has not answered"

    def look(self) -> Steps[Mapping[str, Any] | None]:
        """Looks for the transaction and acts on what is found; returns its receipt if that is there by now."""
        try:
            return (yield from self._look())
        except (errors.Unreachable, errors.GarbledAnswer) as error:
            self.standing = f"the node does not answer ({error.detail})"
            return None

    def _look(self) -> Steps[Mapping[str, Any] | None]:
        flight = self._flight
        found = yield Ask("eth_getTransactionByHash", (flight.hash,))
        if found is not None:
            self._learn(found)
        if flight.call is not None and flight.nonce is not None:
            used = parsed(number, (yield Ask("eth_getTransactionCount", (flight.call.sender, "latest"))))
            if used > flight.nonce:
                return (yield from self._passed())
            if found is not None:
                yield from self._pending(used)
        if found is None:
            yield from self._lost()
        return None

    def _learn(self, found: Mapping[str, Any]) -> None:
        """Keeps what the node tells of a transaction that was sent by somebody else."""
        flight = self._flight
        flight.nonce = parsed(lambda tx: number(tx["nonce"]), found)
        if flight.call is None:
            flight.call = parsed(_call, found)
        if flight.offered is None:
            flight.offered = parsed(_offered, found)

    def _passed(self) -> Steps[Mapping[str, Any] | None]:
        """The account has used the nonce."""
        self.standing = f"the nonce {self._flight.nonce} has been used, and the node has no receipt yet"
        self._seen_past += 1
        receipt = yield from _receipt(self._flight)
        if receipt is not None or self._seen_past < LOOKS_TO_BE_SURE:
            return receipt
        return (yield from _replacement(self._flight))

    def _lost(self) -> Steps[None]:
        """The node does not know the transaction."""
        flight = self._flight
        self.standing = "the node does not know it"
        if flight.raw is None:
            return
        try:
            yield from repeat(flight)
            self.standing = f"the node had lost it; it was sent again, with nonce {flight.nonce}"
        except errors.NonceTaken:
            self.standing = f"the node does not know it, and another transaction has its nonce {flight.nonce}"
        except errors.Underpriced as error:
            self.standing = f"the node refuses its fees ({error.detail})"
            yield from self._outbid((yield from fees.ask_market()))
        except errors.NodeError as error:
            detail = f"{flight.hash}, with nonce {flight.nonce}: {error.detail}"
            raise errors.TransactionDropped(detail, transaction=flight.hash, nonce=flight.nonce) from error

    def _pending(self, used: int) -> Steps[None]:
        """The node has the transaction in its pool; its account has used so many nonces."""
        flight, market = self._flight, (yield from fees.ask_market())
        assert flight.nonce is not None and flight.offered is not None
        base, most = market.base_fee, flight.offered.most
        against = f"a base fee of {base}" if base is not None else f"a usual price of {market.tip}"
        self.standing = f"it is pending with nonce {flight.nonce}, offering {most} wei for each gas against {against}"
        if used < flight.nonce:
            self.standing += f", and waits for the account's transactions from nonce {used} on"
        if base is not None and most < base:
            yield from self._outbid(market)

    def _outbid(self, market: fees.Market) -> Steps[None]:
        """Sends the transaction for more."""
        flight = self._flight
        if flight.signer is None:
            return
        before = flight.offered
        try:
            flight.offered = fees.offer(market, self._options.max_fee, before)
            yield from emit(flight)
            assert flight.offered is not None
            self.standing = f"it was sent again with nonce {flight.nonce}, offering {flight.offered.most} wei"
        except errors.NodeError as error:
            # The one before still stands; when it is looked for again, so is this.
            flight.offered = before
            self.standing += f", and could not be sent for more ({error.detail})"


def _replacement(flight: Flight) -> Steps[Mapping[str, Any]]:
    """The receipt of the transaction that was mined under the flight's nonce, if it does the same.

    Wallets send a transaction again for more, under another hash. Raises `TransactionReplaced` if it does not.
    """
    assert flight.call is not None
    latest = yield Ask("eth_blockNumber")
    newest = parsed(number, latest)
    for height in range(newest, max(newest - MAX_SEARCHED, -1), -1):
        block = yield Ask("eth_getBlockByNumber", (hex(height), True))
        for tx in block["transactions"] if block is not None else ():
            found = parsed(_call, tx)
            if (found.sender, number(tx["nonce"])) != (flight.call.sender, flight.nonce):
                continue
            if (found.to, found.data) == (flight.call.to, flight.call.data):
                receipt: Mapping[str, Any] = yield Ask("eth_getTransactionReceipt", (hexadecimal(tx["hash"]),))
                return receipt
            raise _replaced(flight, f"by {hexadecimal(tx['hash'])} to {found.to}, in block {height}", tx["hash"])
    raise _replaced(flight, "by one that is in none of the latest blocks", None)


def _replaced(flight: Flight, by: str, transaction: Any) -> errors.TransactionReplaced:
    return errors.TransactionReplaced(
        f"{flight.hash}, with nonce {flight.nonce}, was replaced {by}",
        transaction=flight.hash,
        nonce=flight.nonce,
        by=None if transaction is None else hexadecimal(transaction),
    )


def _mined(flight: Flight, receipt: Mapping[str, Any]) -> Steps[Mined]:
    hash_, block = parsed(lambda found: (hexadecimal(found["transactionHash"]), number(found["blockNumber"])), receipt)
    if flight.call is None or flight.nonce is None:
        found = yield Ask("eth_getTransactionByHash", (hash_,))
        flight.call, flight.nonce = parsed(lambda tx: (flight.call or _call(tx), number(tx["nonce"])), found)
    if parsed(lambda found: number(found["status"]), receipt) != 1:
        terms = {"from": flight.call.sender, "to": flight.call.to, "data": hexadecimal(flight.call.data)}
        yield Ask("eth_call", (terms, hex(block)))
        raise errors.Reverted(f"{hash_} failed in block {block}, and would pass now")
    return Mined(
        transaction=hash_,
        nonce=flight.nonce,
        block=block,
        gas_used=parsed(lambda found: number(found["gasUsed"]), receipt),
        logs=parsed(lambda found: [read_log(log) for log in found["logs"]], receipt),
    )


def _call(transaction: Mapping[str, Any]) -> Call:
    """What a transaction that the node knows does."""
    return Call(
        name="",
        sender=checksum(transaction["from"]),
        to=checksum(transaction["to"]) if transaction["to"] else "",
        data=octets(transaction["input"]),
        chain_id=number(transaction.get("chainId") or 0),
        value=number(transaction["value"]),
    )


def _offered(transaction: Mapping[str, Any]) -> fees.Fees:
    tip = transaction.get("maxPriorityFeePerGas")
    most = transaction["gasPrice"] if tip is None else transaction["maxFeePerGas"]
    return fees.Fees(number(most), None if tip is None else number(tip))
