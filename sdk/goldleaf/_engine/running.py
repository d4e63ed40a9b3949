"""The ways to run what flows describe."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import Any, TypeVar

from .. import errors
from .._encoding.codec import octets
from .._flows.asks import LATEST, Ask, Flow
from .._flows.core import Context, Transaction, all_events
from ..results import Call, RelayRequest, Sent, Simulation, Unsigned
from . import simulating
from .pending import Mined, Options, PendingTransaction, SentRecord, Signer
from .sending import CHAIN_ID, Sending, require_chain
from .simulating import Outcome
from .waiting import wait_mined

R = TypeVar("R")
Part = TypeVar("Part", Sent[Any], Simulation[Any])

# How often what was drawn by lot is drawn again when somebody else was faster.
MAX_DRAWS = 8
KEPT = 32


class Running:
    """Runs transactions of one chain."""

    def __init__(self, chain_id: int, options: Options) -> None:
        self._options = options
        self._sending = Sending(chain_id, options)
        # Hashes of what was sent lately and has come to its end, for programs that tell what they did.
        self.lately: deque[str] = deque(maxlen=KEPT)

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

    def act(
        self,
        signer: Signer | str | None,
        context: Context,
        transaction: Transaction[R],
        again: Callable[[], Flow[Transaction[R]]],
    ) -> Flow[Sent[R]]:
        """Sends one transaction as `send` does; one that was drawn by lot, and lost a race, is drawn `again`."""
        record = SentRecord()
        with record.reporting():
            for draw in count(1):
                try:
                    (sent,) = yield from self._send(signer, context, [transaction], record)
                    break
                except transaction.raced:
                    if draw == MAX_DRAWS:
                        raise
                transaction = yield from again()
        self.lately += record.sent
        return sent

    def _send(
        self,
        signer: Signer | str | None,
        context: Context,
        transactions: Sequence[Transaction[Any]],
        record: SentRecord,
    ) -> Flow[list[Sent[Any]]]:
        if signer is None:
            raise errors.NoAccount
        steps = flattened(transactions)
        mined = yield from self._sending.send(signer, [call(context, step) for step in steps], record)
        return _grouped(transactions, [_sent(context, step, one) for step, one in zip(steps, mined, strict=True)])

    def wait(self, context: Context, transaction: str, of: Unsigned[Any] | RelayRequest[Any] | None) -> Flow[Sent[Any]]:
        """Waits for a transaction that somebody else has sent: the last step of `of`, or what executes it."""
        pending = PendingTransaction(call=of.steps[-1] if isinstance(of, Unsigned) else None, hashes=[transaction])
        mined = yield from wait_mined(pending, self._options)
        name, read = (of.name, of.read) if of is not None else ("", all_events)
        return _sent(context, Transaction(name, "", b"", read), mined)

    def simulate(self, context: Context, transactions: Sequence[Transaction[Any]]) -> Flow[list[Simulation[Any]]]:
        """What would come of transactions, one after the other. Raises the error of the first that would fail.

        On a node without `eth_simulateV1` only a single one can be tried, and its events are not known.
        """
        steps = flattened(transactions)
        calls = [call(context, step) for step in steps]
        try:
            outcomes = yield from simulating.simulate(calls)
        except errors.MethodMissing:
            if len(calls) > 1:
                raise
            outcomes = [(yield from simulating.try_out(calls[0]))]
        parts = [_simulation(context, step, outcome) for step, outcome in zip(steps, outcomes, strict=True)]
        return _grouped(transactions, parts)


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


def flattened(transactions: Iterable[Transaction[Any]]) -> list[Transaction[Any]]:
    """Transactions and what goes before them, in order."""
    return [step for transaction in transactions for step in (*flattened(transaction.first), transaction)]


def call(context: Context, transaction: Transaction[Any]) -> Call:
    """What the context's account has to sign for a transaction."""
    chain_id, value = context.deployment.chain_id, transaction.value
    return Call(transaction.name, context.actor, transaction.to, transaction.data, chain_id, value)


def unsigned(context: Context, transaction: Transaction[Any]) -> Unsigned[Any]:
    """A transaction and what goes before it, for somebody else to sign."""
    steps = tuple(call(context, step) for step in flattened([transaction]))
    return Unsigned(transaction.name, steps, transaction.warnings, transaction.result)


def _grouped(transactions: Sequence[Transaction[Any]], parts: Sequence[Part]) -> list[Part]:
    """For each transaction what came of it, with what came of those before it as `first`."""
    rest = iter(parts)
    whole: list[Part] = []
    for transaction in transactions:
        *first, last = islice(rest, len(flattened([transaction])))
        whole.append(replace(last, first=tuple(first)))
    return whole


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


def _simulation(context: Context, transaction: Transaction[Any], outcome: Outcome) -> Simulation[Any]:
    events = context.decode_logs(outcome.logs) if outcome.logs is not None else None
    return Simulation(transaction.name, events, outcome.gas_used, transaction.warnings, transaction.result)
