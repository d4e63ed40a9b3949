"""Sending: gas, fees, and nonces that many senders of one account share."""

import inspect
import warnings as python_warnings
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from .. import errors
from .._encoding.codec import number, octets
from .._flows.asks import LATEST, PENDING, Ask, Flow, Locked, Sleep, ask_block
from .._flows.chain import GAS_PRICE, ask_gas_price, read_gas_price
from .._flows.core import Context, Transaction, all_events
from ..results import Call, RelayRequest, Sent, Unsigned
from ..types import Block
from . import fees, simulating, words
from .pending import Mined, Options, PendingTransaction, SentRecord, Signer, sign_and_send
from .steps import call, flattened, grouped
from .waiting import wait_mined

R = TypeVar("R")

# How often what was drawn by lot is drawn again when somebody else was faster.
MAX_DRAWS = 8
KEPT = 32
# What is asked for above the node's estimate, as state may change until the transaction is mined; and above the gas
# that a simulation used, as a fifth of what was needed may have been refunded.
ESTIMATE_MARGIN = 1.2
SIMULATION_MARGIN = 1.5
# How often a transaction is sent anew because the node refuses its nonce or its fees.
MAX_TRIES = 5

CHAIN_ID = Ask("eth_chainId", read=number)

_PACKAGE = str(Path(__file__).parents[1])


@dataclass
class NonceQueue:
    """The nonces of one account."""

    # Those of transactions that somebody waits for.
    awaited: set[int] = field(default_factory=set)
    # What was sent and not seen to be mined when nobody waited for it any more, by nonce.
    abandoned: dict[int, PendingTransaction] = field(default_factory=dict)
    # The last that was seen to be mined.
    last_mined: PendingTransaction | None = None

    def next_free(self, used: int) -> int:
        """The lowest nonce that is free, where the node knows of so many that are used.

        The node may not count all that are under way: whoever waits for them sends those again that it lost.
        """
        while used in self.awaited or used in self.abandoned:
            used += 1
        return used

    def release(self, transactions: Sequence[PendingTransaction]) -> None:
        """Nobody waits for these any more."""
        for pending in transactions:
            if pending.nonce is None:
                continue
            self.awaited.discard(pending.nonce)
            if pending.receipt is None and pending.was_sent:
                self.abandoned[pending.nonce] = pending
            elif pending.receipt is not None and pending.nonce >= self._floor():
                self.last_mined = pending

    def count(self, used: int) -> Flow[int]:
        """How many nonces are used, where a node, maybe one of several behind an address, knows of so many."""
        yield from self._forget_dropped()
        if used < self._floor() and not (yield from self._is_still_mined()):
            self.last_mined = None
        return max(used, self._floor())

    def _floor(self) -> int:
        return 0 if self.last_mined is None or self.last_mined.nonce is None else self.last_mined.nonce + 1

    def _forget_dropped(self) -> Flow[None]:
        """Forgets what the node has dropped: its nonces are free again."""
        if not self.abandoned:
            return
        hashes = [(nonce, hash_) for nonce, pending in self.abandoned.items() for hash_ in pending.hashes]
        found = yield tuple(Ask("eth_getTransactionByHash", (hash_,)) for _, hash_ in hashes)
        known = {nonce for (nonce, _), answer in zip(hashes, found, strict=True) if answer is not None}
        self.abandoned = {nonce: pending for nonce, pending in self.abandoned.items() if nonce in known}

    def _is_still_mined(self) -> Flow[bool]:
        """Whether what was seen to be mined still is, though the node counts fewer nonces."""
        assert self.last_mined is not None and self.last_mined.receipt is not None
        seen = self.last_mined.receipt
        receipt, block, version = yield (
            Ask("eth_getTransactionReceipt", (seen.transaction,)),
            ask_block(seen.block),
            Ask("web3_clientVersion"),
        )
        if isinstance(receipt, Mapping) and receipt.get("blockNumber") is not None:
            return True
        if isinstance(block, Block):
            return block.hash == seen.block_hash
        return not words.is_test_node(version)  # the node lags


class Sending:
    """Sends transactions of one chain."""

    def __init__(self, chain_id: int, options: Options) -> None:
        self._chain_id = chain_id
        self._options = options
        self._queues: dict[str, NonceQueue] = {}
        # Hashes of what was sent lately and has come to its end, for programs that tell what they did.
        self.lately: deque[str] = deque(maxlen=KEPT)

    def act(
        self, signer: Signer | str | None, context: Context, build: Callable[[], Flow[Transaction[R]]]
    ) -> Flow[Sent[R]]:
        """Sends one transaction as `send` does, and warns of it before; one that was drawn by lot, and lost a race, is
        built anew."""
        record = SentRecord()
        with record.reporting():
            for draw in count(1):
                transaction = yield from build()
                if draw == 1:
                    warn(transaction.warnings)
                try:
                    (sent,) = yield from self._send(signer, context, [transaction], record)
                    break
                except transaction.raced:
                    if draw == MAX_DRAWS:
                        raise
        self.lately += record.sent
        return sent

    def send(
        self, signer: Signer | str | None, context: Context, transactions: Sequence[Transaction[Any]]
    ) -> Flow[list[Sent[Any]]]:
        """Sends transactions, each after what goes before it, and waits until all are mined.

        Whatever ends it when something was sent says so, in `sent` and `mined`.
        """
        record = SentRecord()
        with record.reporting():
            sent = yield from self._send(signer, context, transactions, record)
        self.lately += record.sent
        return sent

    def wait(self, context: Context, transaction: str, of: Unsigned[Any] | RelayRequest[Any] | None) -> Flow[Sent[Any]]:
        """Waits for a transaction that somebody else has sent: the last step of `of`, or what executes it."""
        pending = PendingTransaction(call=of.steps[-1] if isinstance(of, Unsigned) else None, hashes=[transaction])
        mined = yield from wait_mined(pending, self._options)
        name, read = (of.name, of.read) if of is not None else ("", all_events)
        return _sent(context, Transaction(name, "", b"", read), mined)

    def _send(
        self,
        signer: Signer | str | None,
        context: Context,
        transactions: Sequence[Transaction[Any]],
        record: SentRecord,
    ) -> Flow[list[Sent[Any]]]:
        """Sends transactions of one account in order, and waits until all are mined. What is sent is put on the record.

        They are run beforehand, by the gas estimate or a simulation, so what a contract refuses is raised here and
        costs nothing. Where the node can simulate, they are all sent at once; else, and from an account with code,
        each waits for the one before it.
        """
        if signer is None:
            raise errors.NoAccount
        steps = flattened(transactions)
        calls = [call(context, step) for step in steps]
        limits = yield from self._limits(calls)
        if limits is not None and not (len(calls) > 1 and (yield from _has_code(context.actor))):
            mined = yield from self._send_together(signer, calls, limits, record)
        else:
            mined = []
            for place, one in enumerate(calls):
                limit = limits[place] if limits is not None else (yield from self._limit(one))
                mined += yield from self._send_together(signer, [one], [limit], record)
        return grouped(transactions, [_sent(context, step, one) for step, one in zip(steps, mined, strict=True)])

    def _limits(self, calls: Sequence[Call]) -> Flow[list[int] | None]:
        """The gas limits of calls that build on each other; None if the node cannot tell."""
        if len(calls) == 1:
            return [(yield from self._limit(calls[0]))]
        try:
            outcomes = yield from simulating.simulate(calls)
        except errors.MethodMissing:
            return None
        return [self._options.gas_limit or int(outcome.gas_used * SIMULATION_MARGIN) for outcome in outcomes]

    def _limit(self, call: Call) -> Flow[int]:
        limit = self._options.gas_limit
        if limit is None:
            return int((yield from simulating.estimate(call)) * ESTIMATE_MARGIN)
        yield Ask("eth_call", ({**call.trial(), "gas": hex(limit)}, PENDING))
        return limit

    def _send_together(
        self, signer: Signer | str, calls: Sequence[Call], limits: Sequence[int], record: SentRecord
    ) -> Flow[list[Mined]]:
        account = calls[0].sender
        queue = self._queues.setdefault(account, NonceQueue())
        transactions = [
            PendingTransaction(call, signer=signer, gas=gas) for call, gas in zip(calls, limits, strict=True)
        ]
        record.transactions += transactions
        mined: list[Mined] = []
        try:
            yield Locked(account, self._send_all(queue, account, transactions))
            for pending in transactions:
                mined.append((yield from wait_mined(pending, self._options)))
        finally:
            queue.release(transactions)
        return mined

    def _send_all(self, queue: NonceQueue, account: str, transactions: Sequence[PendingTransaction]) -> Flow[None]:
        """Sends transactions under the account's next nonces."""
        chain_id, used, *market = yield (CHAIN_ID, _count(account), *GAS_PRICE)
        require_chain(chain_id, self._chain_id)
        if isinstance(used, errors.GoldleafError):
            raise used
        offered = fees.offer((yield from read_gas_price(market)), self._options.max_fee)
        nonce = queue.next_free((yield from queue.count(used)))
        for pending in transactions:
            pending.nonce, pending.offered = nonce, offered
            yield from self._send_first(queue, pending)
            queue.awaited.add(pending.nonce)
            nonce = queue.next_free(pending.nonce + 1)

    def _send_first(self, queue: NonceQueue, pending: PendingTransaction) -> Flow[None]:
        """Sends a transaction for the first time, with another nonce or other fees if need be."""
        for _ in range(MAX_TRIES):
            try:
                return (yield from sign_and_send(pending))
            except errors.NonceTaken:
                assert pending.call is not None and pending.nonce is not None
                used = yield _count(pending.call.sender)
                # The node's count may lag behind what it has just refused.
                pending.nonce = queue.next_free(max(used, pending.nonce + 1))
            except errors.NonceTooHigh:  # it does not have the one before yet
                yield Sleep(self._options.poll)
            except errors.Underpriced:
                market = yield from ask_gas_price()
                pending.offered = fees.offer(market, self._options.max_fee, before=pending.offered)
        return (yield from sign_and_send(pending))


def check(chain_id: int, contracts: Mapping[str, str]) -> Flow[None]:
    """Raises `WrongChain` or `NoCode` unless the node is on this chain and has code at these addresses."""
    codes = (Ask("eth_getCode", (address, LATEST), octets) for address in contracts.values())
    found, *code = yield (CHAIN_ID, *codes)
    require_chain(found, chain_id)
    for (name, address), answer in zip(contracts.items(), code, strict=True):
        if isinstance(answer, errors.GoldleafError):
            raise answer
        if not answer:
            raise errors.NoCode(f"{name} at {address}")


def require_chain(found: Any, chain_id: int) -> None:
    """Raises `WrongChain` unless this is what the node's chain id must be; the error, if that could not be read."""
    if isinstance(found, errors.GoldleafError):
        raise found
    if found != chain_id:
        raise errors.WrongChain("chain id of the node", value=found, bound=chain_id)


def _has_code(account: str) -> Flow[bool]:
    """Whether an account is delegated (EIP-7702): nodes let no more than one transaction of it wait."""
    code = yield Ask("eth_getCode", (account, LATEST), octets)
    return bool(code)


def _count(account: str) -> Ask:
    """For how many nonces of an account are used."""
    return Ask("eth_getTransactionCount", (account, PENDING), number)


def _sent(context: Context, transaction: Transaction[Any], mined: Mined) -> Sent[Any]:
    events = context.decode_logs(mined.logs)
    return Sent(
        name=transaction.name,
        result=transaction.result(events),
        events=events,
        gas_used=mined.gas_used,
        block=mined.block,
        transaction=mined.transaction,
        nonce=mined.nonce,
    )


def warn(warnings: Iterable[str]) -> None:
    """Warns the program that uses the client, wherever it has called it."""
    for warning in warnings:
        frame, levels = inspect.currentframe(), 1
        while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame, levels = frame.f_back, levels + 1
        python_warnings.warn(warning, errors.GoldleafWarning, stacklevel=levels)
