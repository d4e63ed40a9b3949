"""Free balances, which the escrow, GoldTest and the royalty pool keep alike."""

from collections import defaultdict
from typing import Any, NamedTuple

from .refusal import must

MAX_DEPOSIT = 2**128 - 1  # base units, at once


class Token:
    """An ERC-20 as a contract of the protocol sees it; this one behaves well."""

    def move_in(self, payer: Any, amount: int) -> int:
        """`payer` pays the contract; returns what arrived, or raises `RefusedError`."""
        return amount

    def move_out(self, receiver: Any, amount: int) -> int:
        """The contract pays `receiver`, or lets them take; returns what left the contract, or raises `RefusedError`."""
        return amount


class Event(NamedTuple):
    """What a contract tells of a call, in the words of its interface."""

    name: str
    fields: dict[str, Any]


class Ledger:
    """Who holds how much of which token. Accounts are any hashable names; None stands for one that cannot be paid."""

    def __init__(self) -> None:
        self.free: defaultdict[tuple[Token, Any], int] = defaultdict(int)  # (token, account) -> base units
        self.balance: defaultdict[Token, int] = defaultdict(int)  # moved in by calls, less what was moved out
        self.events: list[Event] = []  # of the last call

    def free_in_all(self, token: Token) -> int:
        """What all accounts together hold of a token."""
        return sum(amount for (held, _), amount in self.free.items() if held is token)

    def deposit(self, payer: Any, token: Token, amount: int, account: Any) -> int:
        """Credits what arrived."""
        self._begin()
        must(amount > 0, "ledger: zero amount")
        must(account is not None, "ledger: bad account")
        arrived = token.move_in(payer, amount)
        must(arrived > 0, "ledger: nothing arrived")
        must(arrived <= MAX_DEPOSIT, "ledger: too much arrived")
        self.balance[token] += arrived
        self.free[token, account] += arrived
        self._log("Deposited", token=token, account=account, payer=payer, amount=arrived)
        return arrived

    def withdraw(self, account: Any, token: Token, amount: int, receiver: Any) -> None:
        self._begin()
        must(amount > 0, "ledger: zero amount")
        must(receiver is not None, "ledger: bad account")
        must(self.free[token, account] >= amount, "ledger: balance too low")
        left = token.move_out(receiver, amount)
        must(left <= amount, "ledger: token took too much")
        self.free[token, account] -= amount
        self.balance[token] -= left
        self._log("Withdrawn", token=token, account=account, receiver=receiver, amount=amount)

    def _move(self, account: Any, token: Token, amount: int, to: Any) -> None:
        must(amount > 0, "ledger: zero amount")
        must(to is not None, "ledger: bad account")
        self._debit(token, account, amount)
        self.free[token, to] += amount
        self._log("Transferred", token=token, account=account, to=to, amount=amount)

    def _begin(self) -> None:
        self.events = []

    def _log(self, name: str, **fields: Any) -> None:
        self.events.append(Event(name, fields))

    def _debit(self, token: Token, account: Any, amount: int) -> None:
        must(self.free[token, account] >= amount, "ledger: balance too low")
        self.free[token, account] -= amount
