"""Amounts for people: in whole tokens, with the token's symbol."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from goldleaf import AsyncGoldleaf, errors
from goldleaf.amounts import Units, in_base_units, write

# Whoever deploys a token chooses its symbol.
LONGEST_SYMBOL = 12
_UNLIKE_A_TOKEN = (errors.ContractError, errors.UnexpectedAnswer, errors.NoCode)
_AMOUNT = re.compile(r"[0-9]{1,60}([.,][0-9]{1,60})?")


@dataclass(frozen=True, slots=True)
class Token:
    """What amounts are in."""

    address: str
    symbol: str
    decimals: int

    def number(self, units: int) -> str:
        """An amount without its symbol: at least two decimals where the token has them, and none that is rounded."""
        digits = f"{Decimal(abs(units)).scaleb(-self.decimals):,f}"
        whole, _, decimals = digits.partition(".")
        decimals = decimals.rstrip("0").ljust(min(2, self.decimals), "0")
        sign = "\N{MINUS SIGN}" if units < 0 else ""
        return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"

    def show(self, units: int) -> str:
        """An amount with its symbol."""
        return f"{self.number(units)} {self.symbol}"


class Tokens:
    """The tokens that the server has met."""

    def __init__(self, client: AsyncGoldleaf) -> None:
        self._client = client
        self._known: dict[str, Token] = {}

    async def get(self, address: str | None = None) -> Token:
        """A token; without an address, the deployment's own. One that answers nonsense counts in base units."""
        address = address or self._client.deployment.address("Token")
        if address not in self._known:
            self._known[address] = await self._ask(address)
        return self._known[address]

    def known(self, address: str) -> Token | None:
        """A token that was met."""
        return self._known.get(address)

    async def _ask(self, address: str) -> Token:
        ledger = self._client.ledger
        try:
            decimals = await ledger.decimals(token=address)
        except _UNLIKE_A_TOKEN:
            return Token(address, f"base units of {address}", 0)
        try:
            symbol = await ledger.symbol(token=address)
        except _UNLIKE_A_TOKEN:  # some tokens have none
            symbol = ""
        symbol = "".join(filter(str.isprintable, symbol))[:LONGEST_SYMBOL]
        if address != self._client.deployment.address("Token"):
            # Anybody deploys a token with the symbol of another one, which is worth nothing.
            symbol = f"{symbol} ({address[:6]}\N{HORIZONTAL ELLIPSIS}{address[-4:]})".strip()
        return Token(address, symbol, decimals)

    def sentence(self, text: str) -> str:
        """A text of the SDK, whose amounts are written in whole tokens."""
        return write(text, self.amount)

    def amount(self, units: Units) -> str:
        """An amount in such a text."""
        token = self._known.get(units.token)
        return in_base_units(units) if token is None else token.show(units)


def parse_amount(text: Any) -> Decimal:
    """What somebody has typed as an amount of whole tokens. Raises `ArgumentError`."""
    typed = str(text).strip()
    if not _AMOUNT.fullmatch(typed):
        raise errors.ArgumentError("Write an amount such as 12.50.")
    try:
        return Decimal(typed.replace(",", "."))
    except InvalidOperation as error:
        raise errors.ArgumentError("Write an amount such as 12.50.") from error
