"""Waiting until a transaction is mined, and doing what it takes."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from .._flows.asks import LATEST, Ask, Flow, Sleep, hexadecimal, number, octets, read_call, read_log
from .._flows.chain import ask_gas_price
from ..results import Call
from ..types import GasPrice
from . import fees
from .flight import Flight, Mined, Options, Receipt, emit, repeat

# First wait for a receipt, doubled each time: in-process chains and anvil mine at once.
SHORTEST_WAIT = 0.005  # seconds
# After how many polls a transaction that is not mined is looked for.
LOOK_EVERY = 5
# How often an account must be seen to be past the transaction's nonce before it counts as replaced: behind one address
# there may be several nodes, of which some lag.
LOOKS_TO_BE_SURE = 2
# In how many of the latest blocks the one that replaced it is searched.
MAX_SEARCHED = 32


def land(flight: Flight, options: Options) -> Flow[Mined]:
    """Waits until a transaction is mined; sends it again where the node has lost it, for more where fees have risen.

    Whatever the node answers, and if it does not, that it was sent stays true: so it is asked on and on.
    Raises `TransactionTimeout`, `TransactionDropped`, `TransactionReplaced`, and the contract's error if it failed.
    """
    watch = _Watch(flight, options)
    started = time.monotonic()
    wait = min(SHORTEST_WAIT, options.poll)
    look_at = started + LOOK_EVERY * options.poll
    while True:
        mined = yield from watch.check()
        now = time.monotonic()
        ends = now + wait > started + options.timeout
        if mined is None and (ends or now >= look_at):
            mined = yield from watch.look()
            look_at = now + LOOK_EVERY * options.poll
        if mined is not None:
            return mined
        if ends:
            detail = f"{flight.name} was not mined within {options.timeout:g} seconds: {watch.standing}"
            raise errors.TransactionTimeout(detail, transaction=flight.hash, nonce=flight.nonce)
        yield Sleep(wait)
        wait = min(2 * wait, options.poll)


class _Watch:
    """What becomes of one transaction."""

    def __init__(self, flight: Flight, options: Options) -> None:
        self._flight = flight
        self._options = options
        self._seen_past = 0
        self._refusals = 0
        # Where the transaction stands, for people.
        self.standing = "the node has not answered"

    def check(self) -> Flow[Mined | None]:
        """What came of the transaction, if the node has its receipt."""
        return (yield from self._go_on(self._check()))

    def look(self) -> Flow[Mined | None]:
        """Looks for the transaction and acts on what is found; returns what came of it if it is mined by now."""
        return (yield from self._go_on(self._look()))

    def _go_on(self, steps: Flow[Mined | None]) -> Flow[Mined | None]:
        """Takes steps that the node may fail at: what was sent stays sent, so it is only asked again."""
        try:
            return (yield from steps)
        except errors.TransactionError:
            raise
        except errors.NodeError as error:
            self._doubt(error)
            return None

    def _check(self) -> Flow[Mined | None]:
        answers = yield from self._receipts()
        for answer in answers:
            if isinstance(answer, errors.GoldleafError):
                self._doubt(answer)
        return (yield from self._mined(answers))

    def _receipts(self) -> Flow[list[Any]]:
        """What the node answers for the receipts of all that was sent under the nonce."""
        answers: list[Any] = yield tuple(Ask("eth_getTransactionReceipt", (hash_,)) for hash_ in self._flight.hashes)
        return answers

    def _look(self) -> Flow[Mined | None]:
        flight = self._flight
        known: bool = (yield self._ask_for(flight.hash)) if flight.hash else False
        if flight.call is not None and flight.nonce is not None:
            used = yield Ask("eth_getTransactionCount", (flight.call.sender, LATEST), number)
            if used > flight.nonce:
                return (yield from self._passed())
            if known and flight.offered is not None:
                yield from self._pending(used)
        if not known:
            yield from self._lost()
        return None

    def _doubt(self, error: errors.GoldleafError) -> None:
        """The node has not answered what it was asked."""
        what = "does not answer" if isinstance(error, errors.Unreachable | errors.GarbledAnswer) else "says"
        self.standing = f"the node {what} ({error.detail})"

    def _mined(self, answers: Sequence[Any]) -> Flow[Mined | None]:
        """What came of the transaction, by the node's answers for its receipt. Raises its error if it failed."""
        flight = self._flight
        receipt = next((found for found in map(_receipt, answers) if found is not None), None)
        if receipt is None:
            return None
        if flight.call is None or flight.nonce is None:
            (known,) = yield (self._ask_for(receipt.transaction),)
            if known is not True:
                return None  # the node has only just found it, or lost it again with its block
        assert flight.nonce is not None
        flight.receipt = receipt
        if not receipt.succeeded:
            yield from _fail(flight, receipt)
        return Mined(receipt.transaction, flight.nonce, receipt.block, receipt.gas_used, receipt.logs)

    def _ask_for(self, transaction: str) -> Ask:
        """For a transaction by its hash; answered with whether the node knows it."""
        return Ask("eth_getTransactionByHash", (transaction,), self._learn)

    def _learn(self, found: Mapping[str, Any] | None) -> bool:
        """Keeps what the node tells of a transaction, which may have been sent by somebody else."""
        if found is None:
            return False
        flight = self._flight
        flight.nonce = number(found["nonce"])
        if flight.call is None:
            flight.call = read_call(found)
        if flight.offered is None:
            flight.offered = _offered(found)
        return True

    def _passed(self) -> Flow[Mined | None]:
        """The account has used the nonce."""
        flight = self._flight
        self.standing = f"the nonce {flight.nonce} has been used, and the node has no receipt yet"
        answers = yield from self._receipts()
        mined = yield from self._mined(answers)
        if mined is not None:
            return mined
        # A node that cannot tell now has no receipt of another one to show either.
        self._seen_past += all(answer is None for answer in answers)
        if self._seen_past < LOOKS_TO_BE_SURE:
            return None
        replacement = yield from _replacement(flight)
        if replacement not in flight.hashes:
            flight.hashes.append(replacement)
        return (yield from self._check())

    def _lost(self) -> Flow[None]:
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
            yield from self._outbid((yield from ask_gas_price()))
        except errors.NodeError as error:
            self.standing = f"the node does not know it, and does not take it again ({error.detail})"
            self._refusals += not error.transient
            if self._refusals >= LOOKS_TO_BE_SURE:
                detail = f"{flight.hash}, with nonce {flight.nonce}: {error.detail}"
                raise errors.TransactionDropped(detail, transaction=flight.hash, nonce=flight.nonce) from error

    def _pending(self, used: int) -> Flow[None]:
        """The node has the transaction in its pool; its account has used so many nonces."""
        flight, market = self._flight, (yield from ask_gas_price())
        assert flight.nonce is not None and flight.offered is not None
        base, most = market.base_fee, flight.offered.most
        against = f"a base fee of {base}" if base is not None else f"a usual price of {market.tip}"
        self.standing = f"it is pending with nonce {flight.nonce}, offering {most} wei for each gas against {against}"
        if used < flight.nonce:
            self.standing += f", and waits for the account's transactions from nonce {used} on"
        if base is not None and most < base:
            yield from self._outbid(market)

    def _outbid(self, market: GasPrice) -> Flow[None]:
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


def _replacement(flight: Flight) -> Flow[str]:
    """The hash of the transaction that was mined under the flight's nonce, if it does the same.

    Wallets send a transaction again for more, under another hash. Raises `TransactionReplaced` if it does not.
    """
    assert flight.call is not None
    newest: int = yield Ask("eth_blockNumber", read=number)
    for height in range(newest, max(newest - MAX_SEARCHED, -1), -1):
        mined: list[tuple[str, int, Call]] = yield Ask("eth_getBlockByNumber", (hex(height), True), _transactions)
        for hash_, nonce, found in mined:
            if (found.sender, nonce) != (flight.call.sender, flight.nonce):
                continue
            if (found.to, found.data) == (flight.call.to, flight.call.data):
                return hash_
            raise _replaced(flight, f"by {hash_} to {found.to}, in block {height}", hash_)
    raise _replaced(flight, "by one that is in none of the latest blocks", None)


def _transactions(block: Mapping[str, Any] | None) -> list[tuple[str, int, Call]]:
    """Hash, nonce and call of each transaction in a block; none if the node does not have it."""
    if block is None:
        return []
    return [(hexadecimal(tx["hash"]), number(tx["nonce"]), read_call(tx)) for tx in block["transactions"]]


def _replaced(flight: Flight, by: str, transaction: str | None) -> errors.TransactionReplaced:
    which = f"{flight.hash}, with nonce {flight.nonce}," if flight.hash else flight.name
    return errors.TransactionReplaced(
        f"{which} was replaced {by}",
        transaction=flight.hash,
        nonce=flight.nonce,
        by=transaction,
    )


def _fail(flight: Flight, receipt: Receipt) -> Flow[None]:
    """Raises what a transaction failed by, as far as the node can tell."""
    assert flight.call is not None
    terms = {"from": flight.call.sender, "to": flight.call.to, "data": hexadecimal(flight.call.data)}
    where = f"{receipt.transaction} failed in block {receipt.block}"
    try:
        yield Ask("eth_call", (terms, hex(receipt.block)))
    except errors.NodeError as error:
        raise errors.Reverted(f"{where}, and the node does not tell why ({error.detail})") from error
    raise errors.Reverted(f"{where}, and would pass now")


def _receipt(answer: Any) -> Receipt | None:
    """A receipt that says where a transaction was mined; None if it does not, or is none."""
    try:
        return Receipt(
            transaction=hexadecimal(answer["transactionHash"]),
            block=number(answer["blockNumber"]),
            block_hash=octets(answer["blockHash"]),
            succeeded=number(answer["status"]) == 1,
            gas_used=number(answer["gasUsed"]),
            logs=[read_log(log) for log in answer["logs"]],
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _offered(transaction: Mapping[str, Any]) -> fees.Fees:
    tip = transaction.get("maxPriorityFeePerGas")
    most = transaction["gasPrice"] if tip is None else transaction["maxFeePerGas"]
    return fees.Fees(number(most), None if tip is None else number(tip))
