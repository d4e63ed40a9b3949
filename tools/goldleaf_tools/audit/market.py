"""What filing costs at the moment: the time, the arbitrators' prices, gas, the tokens that amounts are in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TypeVar

from goldleaf import Goldleaf, errors

from .result import Token

T = TypeVar("T")
S = TypeVar("S")

# Gas of a challenge from its commitment to its settlement, rounded up from what it takes.
CHALLENGE_GAS = 350_000
# And of an availability challenge of 32 labels.
AVAILABILITY_GAS = 300_000


@dataclass(frozen=True, slots=True)
class Market:
    """What filing costs now."""

    # Unix time of the block that is being built.
    time: int
    # Arbitrator -> what a dispute costs, base units of its token. Those that do not say are not in it.
    costs: Mapping[str, int]
    tokens: Mapping[str, Token]
    # Wei for each gas.
    gas_price: int

    def gas(self, token: str, ether: Decimal, units: int = CHALLENGE_GAS) -> int:
        """What gas, that of a challenge, is worth, base units of a token, rounded up.

        An ether is worth `ether` whole tokens.
        """
        return ceil(units * self.gas_price * Fraction(ether) * Fraction(10) ** (self.tokens[token].decimals - 18))


def look(client: Goldleaf, arbitrators: Iterable[str], tokens: Iterable[str]) -> Market:
    """Asks the node. Raises `NodeError`.

    Arbitrators and tokens are contracts of strangers, which may refuse to answer: that stops no audit.
    """
    judges, currencies = sorted(set(arbitrators)), sorted(set(tokens))
    gas_price, time = client.read(client.chain.gas_price.ask(), client.chain.time.ask())
    costs = client.read(*(client.arbitrators.arbitration_cost.ask(judge) for judge in judges), return_errors=True)
    # Some tokens have no symbol, some one that is no text.
    symbols = client.read(*(client.ledger.symbol.ask(token=token) for token in currencies), return_errors=True)
    decimals = client.read(*(client.ledger.decimals.ask(token=token) for token in currencies), return_errors=True)
    prices = {judge: _told(cost, None) for judge, cost in zip(judges, costs, strict=True)}
    return Market(
        time=time,
        costs={judge: cost for judge, cost in prices.items() if cost is not None},
        tokens={
            token: Token(token, _told(symbol, token), _told(places, 0))
            for token, symbol, places in zip(currencies, symbols, decimals, strict=True)
        },
        gas_price=gas_price.total,
    )


def gas_spent(client: Goldleaf, transactions: Iterable[str], account: str) -> dict[str, int]:
    """Wei that each of these transactions has cost the account; those of others are left out."""
    receipts = client.chain.receipt.many(sorted(set(transactions)))
    return {
        receipt.transaction: receipt.gas_used * receipt.gas_price
        for receipt in receipts
        if receipt is not None and receipt.sender == account
    }


def _told(answer: T | errors.GoldleafError, otherwise: S) -> T | S:
    """An answer, or this where a contract has none. Raises `Unreachable`: then nobody was asked."""
    if isinstance(answer, errors.Unreachable):
        raise answer
    return otherwise if isinstance(answer, errors.GoldleafError) else answer
