"""
RoyaltyPool: what the protocol says, label by label, in plain integers.

It is written from the rules and not from the contract, so that each checks the other. Every payment is dealt out when
it comes: its royalty in equal parts to single labels, each of which remembers its owner and what it has earned and not
yet been paid; what does not make a unit is carried to the next payment. The contract keeps nothing but sums.

Every call either changes the state or raises `RefusedError` with the contract's reason and changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from goldleaf.economics import BPS

from .ledger import Ledger, Token
from .refusal import must

MAX_PAID = 2**128 - 1
UNLIMITED = 2**256 - 1


@dataclass(frozen=True)
class Submission:
    """What the escrow says of one."""

    annotator: Any
    accepted: int  # labels; 0: it was not paid


@dataclass
class Label:
    """An accepted one."""

    submission: int
    owner: Any = None  # None: nobody has enrolled it
    earned: int = 0  # and not collected


@dataclass
class Task:
    """What the escrow says of a task, and what its data set has earned."""

    requester: Any
    token: Token
    asked: int  # labels that it asked for
    royalty_bps: int
    closed: bool
    labels: list[Label]
    paid: int = 0
    per_share: int = 0
    requester_share: int = 0  # the requester's, in all
    requester_collected: int = 0
    fraction: int = 0  # of a base unit of royalty, in 1/10,000; the requester has it until it makes a whole one
    dust: int = 0
    price: int = 0
    terms: bytes = bytes(32)
    licenses: list[tuple[Any, bytes, int, int]] = field(default_factory=list)

    @property
    def enrolled(self) -> int:
        return sum(label.owner is not None for label in self.labels)

    def shares(self, account: Any) -> list[Label]:
        return [label for label in self.labels if label.owner == account]

    def due(self, account: Any) -> int:
        return sum(label.earned for label in self.shares(account))

    def earn(self, amount: int) -> None:
        """Deals a payment out."""
        royalty, self.fraction = divmod(self.fraction + amount * self.royalty_bps, BPS)
        each, self.dust = divmod(self.dust + royalty, self.asked)
        for label in self.labels:
            label.earned += each
        self.paid += amount
        self.per_share += each
        self.requester_share += amount - royalty + each * (self.asked - len(self.labels))


class RoyaltyPool(Ledger):
    """A pool, and of the escrow what it needs to know."""

    def __init__(self, tasks: dict[int, Task], submissions: dict[int, Submission]) -> None:
        super().__init__()
        self.tasks = tasks
        self.submissions = submissions
        self.enrolled: set[int] = set()
        self.allowances: defaultdict[tuple[Any, Any, int], int] = defaultdict(int)
        self.operators: defaultdict[tuple[Any, Any], bool] = defaultdict(bool)

    def liabilities(self, token: Token) -> int:
        """What the pool owes in a token."""
        return self.free_in_all(token) + sum(
            sum(label.earned for label in task.labels) + task.requester_share - task.requester_collected + task.dust
            for task in self.tasks.values()
            if task.token is token
        )

    # Revenue

    def pay(self, payer: Any, task: int, amount: int, memo: str) -> None:
        self._begin()
        self._receive(payer, task, amount)
        self._log("Paid", task=task, payer=payer, amount=amount, memo=memo)

    def collect_requester_share(self, task: int) -> int:
        self._begin()
        t = self._closed(task)
        amount = t.requester_share - t.requester_collected
        if amount:
            t.requester_collected = t.requester_share
            self.free[t.token, t.requester] += amount
            self._log("RequesterShareCollected", task=task, requester=t.requester, amount=amount)
        return amount

    # Shares

    def enroll(self, caller: Any, submissions: Sequence[int]) -> int:
        """Those that were paid, in closed tasks, and have not enrolled; how many."""
        self._begin()
        enrolled = 0
        minted: tuple[int, Any, int] | None = None
        for submission in submissions:
            task = submission >> 64
            if minted and minted[0] != task:
                self._log_mint(caller, minted)
                minted = None
            known = self.submissions.get(submission)
            is_closed = task in self.tasks and self.tasks[task].closed
            if submission in self.enrolled or not is_closed or known is None or not known.accepted:
                continue
            self.enrolled.add(submission)
            enrolled += 1
            self._log("Enrolled", submission=submission, annotator=known.annotator)
            labels = [label for label in self.tasks[task].labels if label.submission == submission]
            for label in labels:
                label.owner = known.annotator
            # What is of one annotator is minted at once.
            if minted and minted[1] != known.annotator:
                self._log_mint(caller, minted)
                minted = None
            minted = (task, known.annotator, len(labels) + (minted[2] if minted else 0))
        self._log_mint(caller, minted)
        return enrolled

    def collect(self, task: int, account: Any) -> int:
        self._begin()
        return self._collect(task, account)

    def collect_many(self, tasks: Sequence[int], account: Any) -> int:
        """Those in which there is something to collect; how many."""
        self._begin()
        shared = [task for task in tasks if task in self.tasks and self.tasks[task].enrolled]
        return sum(self._collect(task, account) > 0 for task in shared)

    def transfer(self, sender: Any, receiver: Any, task: int, amount: int) -> None:
        self._begin()
        self._transfer(sender, sender, receiver, task, amount)

    def transfer_from(self, caller: Any, sender: Any, receiver: Any, task: int, amount: int) -> None:
        self._begin()
        needed = caller != sender and not self.operators[sender, caller]
        allowed = self.allowances[sender, caller, task]
        must(not needed or allowed >= amount, "shares: allowance too low")
        self._transfer(caller, sender, receiver, task, amount)
        if needed and allowed != UNLIMITED:
            self.allowances[sender, caller, task] -= amount

    def approve(self, owner: Any, spender: Any, task: int, amount: int) -> None:
        self._begin()
        self.allowances[owner, spender, task] = amount
        self._log("Approval", owner=owner, spender=spender, id=task, amount=amount)

    def set_operator(self, owner: Any, spender: Any, approved: bool) -> None:
        self._begin()
        self.operators[owner, spender] = approved
        self._log("OperatorSet", owner=owner, spender=spender, approved=approved)

    # Licences

    def set_price(self, actor: Any, task: int, price: int, terms: bytes) -> None:
        self._begin()
        t = self._closed(task)
        must(actor == t.requester, "licenses: not the requester")
        must(price == 0 or any(terms), "licenses: no terms")
        t.price, t.terms = price, terms
        self._log("Priced", task=task, price=price, terms=terms)

    def buy_license(self, buyer: Any, task: int, licensee: Any, terms: bytes, max_price: int, now: int) -> int:
        self._begin()
        t = self.tasks.get(task)
        must(t is not None and t.price > 0, "licenses: not for sale")
        assert t is not None
        must(terms == t.terms, "licenses: other terms")
        must(t.price <= max_price, "licenses: price above maximum")
        must(licensee is not None, "licenses: no licensee")
        self._receive(buyer, task, t.price)
        license = task << 64 | len(t.licenses)
        t.licenses.append((licensee, terms, t.price, now))
        self._log("Licensed", license=license, task=task, licensee=licensee, buyer=buyer, terms=terms, price=t.price)
        return license

    # Shared

    def _log_mint(self, caller: Any, minted: tuple[int, Any, int] | None) -> None:
        if minted:
            task, annotator, amount = minted
            self._log("Transfer", caller=caller, sender=None, receiver=annotator, id=task, amount=amount)

    def _closed(self, task: int) -> Task:
        must(task in self.tasks and self.tasks[task].closed, "royalty: task is not closed")
        return self.tasks[task]

    def _shared(self, task: int) -> Task:
        must(task in self.tasks and self.tasks[task].enrolled > 0, "royalty: nobody has enrolled")
        return self.tasks[task]

    def _receive(self, payer: Any, task: int, amount: int) -> None:
        t = self._closed(task)
        must(amount > 0, "ledger: zero amount")
        must(t.paid + amount <= MAX_PAID, "revenue: too much in all")
        must(self.free[t.token, payer] >= amount, "ledger: balance too low")
        self.free[t.token, payer] -= amount
        t.earn(amount)

    def _collect(self, task: int, account: Any) -> int:
        t = self._shared(task)
        amount = t.due(account)
        if amount:
            for label in t.shares(account):
                label.earned = 0
            self.free[t.token, account] += amount
            self._log("Collected", task=task, account=account, amount=amount)
        return amount

    def _transfer(self, caller: Any, sender: Any, receiver: Any, task: int, amount: int) -> None:
        must(receiver is not None, "shares: bad receiver")
        held = self._shared(task).shares(sender)
        must(len(held) >= amount, "shares: balance too low")
        for account in (sender, receiver):
            self._collect(task, account)
        for label in held[:amount]:
            label.owner = receiver
        self._log("Transfer", caller=caller, sender=sender, receiver=receiver, id=task, amount=amount)
