"""What filing costs at the moment: the time, the arbitrators' prices, gas, the tokens that amounts are in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from goldleaf import errors
from goldleaf._client import Goldleaf
from goldleaf._engine.fees import ask_market
from goldleaf._engine.steps import Ask, AskAll, Steps
from goldleaf._flows.core import Flow, gather, now, view_at

from .result import Token

# Gas of a challenge from its seal to its settlement, rounded up from what it takes.
CHALLENGE_GAS = 350_000
# And of a demand.
DEMAND_GAS = 250_000
# Hashes of transactions that are asked for at once.
_PAGE = 100


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
    costs = client._run_flow(gather([_cost(judge) for judge in sorted(set(arbitrators))]))
    market = client._run(ask_market())
    return Market(
        time=client._run_flow(now()),
        costs={judge: cost for judge, cost in costs if cost is not None},
        tokens={token: _token(client, token) for token in sorted(set(tokens))},
        gas_price=(market.base_fee or 0) + market.tip,
    )


def _cost(arbitrator: str) -> Flow[tuple[str, int | None]]:
    try:
        cost = yield from view_at(int, "IArbitrator", arbitrator, "arbitration_cost")
    except errors.Unreachable:
        raise
    except errors.GoldleafError:
        return arbitrator, None
    return arbitrator, cost


def gas_spent(client: Goldleaf, transactions: Iterable[str], account: str) -> dict[str, int]:
    """Wei that each of these transactions has cost the account; those of others are left out."""
    wanted = sorted(set(transactions))
    spent: dict[str, int] = {}
    for first in range(0, len(wanted), _PAGE):
        page = wanted[first : first + _PAGE]
        for transaction, receipt in zip(page, client._run(_receipts(page)), strict=True):
            if isinstance(receipt, errors.GoldleafError):
                raise receipt
            if receipt is not None and receipt["from"].lower() == account.lower():
                price = int(receipt.get("effectiveGasPrice") or "0x0", 16)
                spent[transaction] = int(receipt["gasUsed"], 16) * price
    return spent


def _receipts(transactions: list[str]) -> Steps[list[Any]]:
    asked = AskAll(tuple(Ask("eth_getTransactionReceipt", (one,)) for one in transactions))
    answers: list[Any] = yield asked
    return answers


def _token(client: Goldleaf, address: str) -> Token:
    try:
        symbol = client.ledger.symbol(token=address)
    except errors.Unreachable:
        raise
    except errors.GoldleafError:  # some tokens have none, some one that is no text
        symbol = address
    try:
        decimals = client.ledger.decimals(token=address)
    except errors.Unreachable:
        raise
    except errors.GoldleafError:
        decimals = 0
    return Token(address, symbol, decimals)
