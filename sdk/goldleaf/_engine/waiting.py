"""Waiting until a transaction is mined, and doing what it takes."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from .._encoding.codec import hexadecimal, number, octets
from .._flows.asks import LATEST, Ask, Flow, Sleep, read_call, read_log
from .._flows.chain import ask_gas_price
from ..results import Call
from ..types import GasPrice
from . import fees
from .pending import Mined, Options, PendingTransaction, Receipt, send_again, sign_and_send

# First wait for a receipt, doubled each time: in-process chains and anvil mine at once.
SHORTEST_WAIT = 0.005  # seconds
# After how many polls a transaction that is not mined is looked for.
LOOK_EVERY = 5
# How often an account must be seen to be past the transaction's nonce before it counts as replaced: behind one address
# there may be several nodes, of which some lag.
LOOKS_TO_BE_SURE = 2
# In how many of the latest blocks the one that replaced it is searched.
MAX_SEARCHED = 32


def wait_mined(pending: PendingTransaction, options: Options) -> Flow[Mined]:
    """Waits until a transaction is mined; sends it again where the node has lost it, for more where fees have risen.

    Whatever the node answers, and if it does not, that it was sent stays true: so it is asked on and on.
    Raises `TransactionTimeout`, `TransactionDropped`, `TransactionReplaced`, and the contract's error if it failed.
    """
    watch = _Watch(pending, options)
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
            detail = f"{pending.name} was not mined within {options.timeout:g} seconds: {watch.standing}"
            raise errors.TransactionTimeout(detail, transaction=pending.hash, nonce=pending.nonce)
        yield Sleep(wait)
        wait = min(2 * wait, options.poll)


class _Watch:
    """What becomes of one transaction."""

    def __init__(self, pending: PendingTransaction, options: Options) -> None:
        self._pending = pending
        self._options = options
        self._seen_past = 0
        self._refusals = 0
        # Where the transaction stands, for people.
        self.standing = "the node has not answered"

    def check(self) -> Flow[Mined | None]:
        """What came of the transaction, if the node has its receipt."""
        answers = yield self._receipts()
        for answer in answers:
            if isinstance(answer, errors.GoldleafError):
                self._doubt(answer)
        return (yield from self._mined(answers))

    def look(self) -> Flow[Mined | None]:
        """Looks for the transaction and acts on what is found; returns what came of it if it is mined by now.

        The node may fail at it: what was sent stays sent, so it is only asked again.
        """
        try:
            return (yield from self._look())
        except errors.TransactionError:
            raise
        except errors.NodeError as error:
            self._doubt(error)
            return None

    def _receipts(self) -> tuple[Ask, ...]:
        """For the receipts of all that was sent under the nonce."""
        return tuple([Ask("eth_getTransactionReceipt", (hash_,)) for hash_ in self._pending.hashes])

    def _look(self) -> Flow[Mined | None]:
        pending = self._pending
        known: bool = (yield self._ask_for(pending.hash)) if pending.hash else False
        if pending.call is not None and pending.nonce is not None:
            used = yield Ask("eth_getTransactionCount", (pending.call.sender, LATEST), number)
            if used > pending.nonce:
                return (yield from self._passed())
            if known and pending.offered is not None:
                yield from self._in_pool(used)
        if not known:
            yield from self._lost()
        return None

    def _doubt(self, error: errors.GoldleafError) -> None:
        """The node has not answered what it was asked."""
        what = "does not answer" if isinstance(error, errors.Unreachable | errors.GarbledAnswer) else "says"
        self.standing = f"the node {what} ({error.detail})"

    def _mined(self, answers: Sequence[Any]) -> Flow[Mined | None]:
        """What came of the transaction, by the node's answers for its receipt. Raises its error if it failed."""
        pending = self._pending
        receipt = next((found for found in map(_receipt, answers) if found is not None), None)
        if receipt is None:
            return None
        if pending.call is None or pending.nonce is None:
            (known,) = yield (self._ask_for(receipt.transaction),)
            if known is not True:
                return None  # the node has only just found it, or lost it again with its block
        assert pending.nonce is not None
        pending.receipt = receipt
        if not receipt.succeeded:
            yield from _fail(pending, receipt)
        return Mined(receipt.transaction, pending.nonce, receipt.block, receipt.gas_used, receipt.logs)

    def _ask_for(self, transaction: str) -> Ask:
        """For a transaction by its hash; answered with whether the node knows it."""
        return Ask("eth_getTransactionByHash", (transaction,), self._learn)

    def _learn(self, found: Mapping[str, Any] | None) -> bool:
        """Keeps what the node tells of a transaction, which may have been sent by somebody else."""
        if found is None:
            return False
        pending = self._pending
        pending.nonce = number(found["nonce"])
        if pending.call is None:
            pending.call = read_call(found)
        if pending.offered is None:
            pending.offered = _offered(found)
        return True

    def _passed(self) -> Flow[Mined | None]:
        """The account has used the nonce."""
        pending = self._pending
        self.standing = f"the nonce {pending.nonce} has been used, and the node has no receipt yet"
        answers = yield self._receipts()
        mined = yield from self._mined(answers)
        if mined is not None:
            return mined
        # A node that cannot tell now has no receipt of another one to show either.
        self._seen_past += all(answer is None for answer in answers)
        if self._seen_past < LOOKS_TO_BE_SURE:
            return None
        replacement = yield from _replacement(pending)
        if replacement not in pending.hashes:
            pending.hashes.append(replacement)
        return (yield from self.check())

    def _lost(self) -> Flow[None]:
        """The node does not know the transaction."""
        pending = self._pending
        self.standing = "the node does not know it"
        if pending.raw is None:
            return
        try:
            yield from send_again(pending)
            self.standing = f"the node had lost it; it was sent again, with nonce {pending.nonce}"
        except errors.NonceTaken:
            self.standing = f"the node does not know it, and another transaction has its nonce {pending.nonce}"
        except errors.Underpriced as error:
            self.standing = f"the node refuses its fees ({error.detail})"
            yield from self._outbid((yield from ask_gas_price()))
        except errors.NodeError as error:
            self.standing = f"the node does not know it, and does not take it again ({error.detail})"
            self._refusals += not error.transient
            if self._refusals >= LOOKS_TO_BE_SURE:
                detail = f"{pending.hash}, with nonce {pending.nonce}: {error.detail}"
                raise errors.TransactionDropped(detail, transaction=pending.hash, nonce=pending.nonce) from error

    def _in_pool(self, used: int) -> Flow[None]:
        """The node has the transaction in its pool; its account has used so many nonces."""
        pending, market = self._pending, (yield from ask_gas_price())
        assert pending.nonce is not None and pending.offered is not None
        base, most = market.base_fee, pending.offered.most
        against = f"a base fee of {base}" if base is not None else f"a usual price of {market.tip}"
        self.standing = f"it is pending with nonce {pending.nonce}, offering {most} wei for each gas against {against}"
        if used < pending.nonce:
            self.standing += f", and waits for the account's transactions from nonce {used} on"
        if base is not None and most < base:
            yield from self._outbid(market)

    def _outbid(self, market: GasPrice) -> Flow[None]:
        """Sends the transaction for more."""
        pending = self._pending
        if pending.signer is None:
            return
        before = pending.offered
        try:
            pending.offered = fees.offer(market, self._options.max_fee, before)
            yield from sign_and_send(pending)
            assert pending.offered is not None
            self.standing = f"it was sent again with nonce {pending.nonce}, offering {pending.offered.most} wei"
        except errors.NodeError as error:
            # The one before still stands; when it is looked for again, so is this.
            pending.offered = before
            self.standing += f", and could not be sent for more ({error.detail})"


def _replacement(pending: PendingTransaction) -> Flow[str]:
    """The hash of the transaction that was mined under the pending's nonce, if it does the same.

    Wallets send a transaction again for more, under another hash. Raises `TransactionReplaced` if it does not.
    """
    assert pending.call is not None
    newest: int = yield Ask("eth_blockNumber", read=number)
    for height in range(newest, max(newest - MAX_SEARCHED, -1), -1):
        mined: list[tuple[str, int, Call]] = yield Ask("eth_getBlockByNumber", (hex(height), True), _transactions)
        for hash_, nonce, found in mined:
            if (found.sender, nonce) != (pending.call.sender, pending.nonce):
                continue
            if (found.to, found.data) == (pending.call.to, pending.call.data):
                return hash_
            raise _replaced(pending, f"by {hash_} to {found.to}, in block {height}", hash_)
    raise _replaced(pending, "by one that is in none of the latest blocks", None)


def _transactions(block: Mapping[str, Any] | None) -> list[tuple[str, int, Call]]:
    """Hash, nonce and call of each transaction in a block; none if the node does not have it."""
    if block is None:
        return []
    return [(hexadecimal(tx["hash"]), number(tx["nonce"]), read_call(tx)) for tx in block["transactions"]]


def _replaced(pending: PendingTransaction, by: str, transaction: str | None) -> errors.TransactionReplaced:
    which = f"{pending.hash}, with nonce {pending.nonce}," if pending.hash else pending.name
    return errors.TransactionReplaced(
        f"{which} was replaced {by}",
        transaction=pending.hash,
        nonce=pending.nonce,
        by=transaction,
    )


def _fail(pending: PendingTransaction, receipt: Receipt) -> Flow[None]:
    """Raises what a transaction failed by, as far as the node can tell."""
    assert pending.call is not None
    terms = {"from": pending.call.sender, "to": pending.call.to, "data": hexadecimal(pending.call.data)}
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
