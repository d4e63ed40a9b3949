"""Transactions as the calls that they are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from .._flows.core import Context, Transaction
from ..results import Call, Sent, Simulation, Unsigned

Part = TypeVar("Part", Sent[Any], Simulation[Any])


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


def grouped(transactions: Sequence[Transaction[Any]], parts: Sequence[Part]) -> list[Part]:
    """For each transaction what came of it, with what came of those before it as `first`."""
    rest = iter(parts)
    whole: list[Part] = []
    for transaction in transactions:
        *first, last = islice(rest, len(flattened([transaction])))
        whole.append(replace(last, first=tuple(first)))
    return whole
