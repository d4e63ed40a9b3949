"""Amounts in messages: kept apart from the words, so that a program can show them in whole tokens.

except goldleaf.GoldleafError as error:
    print(error.sentence(lambda amount: f"{amount / 10**6} USDC" if amount.token == usdc else str(amount)))
"""

from collections.abc import Callable


class Units(int):
    """An amount in base units, of a token that it knows."""

    # Its address.
    token: str

    def __new__(cls, units: int, token: str) -> "Units":
        self = super().__new__(cls, units)
        self.token = token
        return self

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]
        return int(self), self.token


def in_base_units(amount: Units) -> str:
    """An amount as messages have it unless they are written otherwise."""
    return f"{int(amount)} base units"


class Words(str):
    """A text with amounts in it: `Words("at least {}", Units(5, token))`.

    As a text it has them in base units; `write` writes it with other ones. Parts may be amounts, such texts, and
    whatever else is to stand in the text.
    """

    _text: str
    _parts: tuple[object, ...]

    __slots__ = ("_parts", "_text")

    def __new__(cls, text: str, *parts: object) -> "Words":
        self = super().__new__(cls, text.format(*(_written(part, in_base_units) for part in parts)))
        self._text = text
        self._parts = parts
        return self

    def write(self, amount: Callable[[Units], str]) -> str:
        """The text, with each amount as `amount` writes it."""
        return self._text.format(*(_written(part, amount) for part in self._parts))

    def __getnewargs__(self) -> tuple[object, ...]:  # type: ignore[override]
        return (self._text, *self._parts)


def write(text: str, amount: Callable[[Units], str]) -> str:
    """A text with its amounts, if it has any, as `amount` writes them."""
    return text.write(amount) if isinstance(text, Words) else text


def at_least(units: int, token: str) -> Words:
    """A lower bound of an amount."""
    return Words("at least {}", Units(units, token))


def at_most(units: int, token: str) -> Words:
    """An upper bound of an amount."""
    return Words("at most {}", Units(units, token))


def _written(part: object, amount: Callable[[Units], str]) -> str:
    if isinstance(part, Units):
        return amount(part)
    return write(part, amount) if isinstance(part, str) else str(part)
