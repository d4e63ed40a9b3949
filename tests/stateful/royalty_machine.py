"""
Random histories of RoyaltyPool against the reference model, with tokens that lie.

A step is one attempted call of the pool. After each the contract's state and events are held against the model's,
field by field, and every unit of every token is accounted for; at the end everybody enrols, collects and withdraws, and
what is left is dust.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from eth_utils import keccak
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from goldleaf_tools.rules.royalty import UNLIMITED, Task
from tests.stateful.counterparties import TokenTwin
from tests.stateful.royalty_world import ACTORS, DEPLOYER, KEEPER, NOBODY, Pair, Statistics, world

T = TypeVar("T")

Byte = st.integers(0, 255)
TERMS = [keccak(b"terms"), keccak(b"other terms"), bytes(32)]


def one_of(choices: Sequence[T], number: int) -> T:
    return choices[number % len(choices)]


class RoyaltyMachine(RuleBasedStateMachine):
    """Rules draw small numbers only: which object (`pick`), who acts (`who`), and how (`how`)."""

    statistics: ClassVar[Statistics] = Statistics()

    # Set-up

    @initialize(first=Byte, second=Byte)
    def enter(self, first: int, second: int) -> None:
        self.pair = Pair(world(), self.statistics, (first, second))
        self.model = self.pair.model
        self.sound = True
        for number in self.pair.markets:
            for count, actor in enumerate(ACTORS[1:]):
                self._deposit(actor, self.pair.tokens[number], 10**9 + count, actor)

    def teardown(self) -> None:
        if not hasattr(self, "pair"):
            return
        try:
            if self.sound:
                self._finish_everything()
        finally:
            self.pair.undo()

    @rule(what=Byte, pick=Byte, who=Byte, how=Byte)
    def act(self, what: int, pick: int, who: int, how: int) -> None:
        # Without shares there is little to do with them.
        idle = all(self.model.tasks[task].enrolled == 0 for task in self.pair.tasks)
        deck = [action for action, weight in ACTIONS for _ in range(1 if idle and action in WITH_SHARES else weight)]
        self.sound = False
        deck[what * len(deck) >> 8](self, pick, who, how)
        self.pair.check()
        self.sound = True

    # Ledger

    def deposit(self, pick: int, who: int, how: int) -> None:
        account = None if how >= 240 else one_of(ACTORS, pick // 2)
        self._deposit(one_of(ACTORS, who), self._token(pick), one_of((10**6, 7, 1, 0, 10**41), how), account)

    def withdraw(self, pick: int, who: int, how: int) -> None:
        token, actor = self._token(pick), one_of(ACTORS, who)
        amount = part_of(self.model.free[token, actor], how)
        self._withdraw(actor, token, amount, None if how >= 240 else one_of(ACTORS, pick // 2))

    # Revenue

    def pay(self, pick: int, who: int, how: int) -> None:
        task, actor = self._task(pick), one_of(ACTORS, who)
        free = self.model.free[self.model.tasks[task].token, actor] if task in self.model.tasks else 0
        amount = one_of((1, 7, 9, 10, 11, 99, 10_001, 10**6 + 1, free, free + 1, 0, 2**128, UNLIMITED), how)
        memo = one_of(("", "for training"), how)
        self.pair.attempt("pay", [task, amount, memo], actor, lambda: self.model.pay(actor, task, amount, memo))

    def collect_requester_share(self, pick: int, who: int, how: int) -> None:
        task = self._task(pick)
        self.pair.attempt(
            "collect_requester_share", [task], one_of(ACTORS, who), lambda: self.model.collect_requester_share(task)
        )

    # Shares

    def enroll(self, pick: int, who: int, how: int) -> None:
        known = [s for s in self.model.submissions if s >> 64 in self.pair.tasks]
        payable = [s for s in known if self.model.submissions[s].accepted and self._closed(s >> 64)]
        fresh = [s for s in payable if s not in self.model.enrolled]
        pool = fresh if fresh and how < 160 else known
        submissions = [one_of(pool, pick + number) for number in range(1 + how % 4)]
        if how % 32 == 31:
            # An open slot, a slot that does not exist, an unknown task.
            task = one_of(self.pair.tasks, pick)
            submissions[-1] = one_of((task << 64 | 4, task << 64 | 2**63, 10**6 << 64), pick)
        if who < 192:
            submissions = list(dict.fromkeys(submissions))
        if any(self.model.tasks[s >> 64].paid for s in submissions if s in fresh):
            self.statistics.deep["enrolled after a payment"] += 1
        actor = one_of(ACTORS, who)
        done = self.pair.attempt("enroll", [submissions], actor, lambda: self.model.enroll(actor, submissions))
        if done is not None and 0 < done < len(submissions):
            self.statistics.deep["enrolled some and passed over others"] += 1

    def collect(self, pick: int, who: int, how: int) -> None:
        task, account = self._shared(pick), one_of(ACTORS, how)
        self.pair.attempt("collect", [task, account], one_of(ACTORS, who), lambda: self.model.collect(task, account))

    def collect_many(self, pick: int, who: int, how: int) -> None:
        tasks, account = [self._shared(pick + number) for number in range(how % 4)], one_of(ACTORS, how)
        self.pair.attempt(
            "collect_many", [tasks, account], one_of(ACTORS, who), lambda: self.model.collect_many(tasks, account)
        )

    def transfer(self, pick: int, who: int, how: int) -> None:
        task = self._shared(pick)
        sender = self._holder(task, who)
        receiver = None if how >= 248 else one_of(ACTORS, how // 8)
        amount = part_of(self._shares(task, sender), how)
        self._note_transfer(task, sender, receiver)
        self.pair.attempt(
            "transfer",
            [self._receiver(receiver, pick), task, amount],
            sender,
            lambda: self.model.transfer(sender, receiver, task, amount),
        )

    def transfer_from(self, pick: int, who: int, how: int) -> None:
        task = self._shared(pick)
        sender, caller = self._holder(task, who), one_of(ACTORS, who // 8)
        rights = [c for (s, c), approved in self.model.operators.items() if s == sender and approved]
        rights += [c for (s, c, t), n in self.model.allowances.items() if s == sender and t == task and n]
        if rights and how % 4:
            caller = one_of(sorted(rights), who)
        receiver = None if how >= 248 else one_of(ACTORS, how // 8)
        amount = part_of(self._shares(task, sender), how)
        allowed = self.model.allowances[sender, caller, task]
        if 0 < allowed < UNLIMITED and how % 3:
            amount = allowed
        if self.model.operators[sender, caller] and caller != sender:
            self.statistics.deep["transferred by an operator"] += 1
        self.pair.attempt(
            "transferFrom",
            [sender, self._receiver(receiver, pick), task, amount],
            caller,
            lambda: self.model.transfer_from(caller, sender, receiver, task, amount),
        )

    def approve(self, pick: int, who: int, how: int) -> None:
        task = self._shared(pick)
        owner, spender = self._holder(task, who), one_of(ACTORS, how // 8)
        amount = one_of((1, 2, UNLIMITED, 0), how)
        self.pair.attempt(
            "approve", [spender, task, amount], owner, lambda: self.model.approve(owner, spender, task, amount)
        )

    def set_operator(self, pick: int, who: int, how: int) -> None:
        owner, spender, approved = one_of(ACTORS, who), one_of(ACTORS, pick), how % 3 > 0
        self.pair.attempt(
            "setOperator", [spender, approved], owner, lambda: self.model.set_operator(owner, spender, approved)
        )

    # Licences

    def set_price(self, pick: int, who: int, how: int) -> None:
        task = self._task(pick)
        t = self.model.tasks.get(task)
        actor = t.requester if t and who < 224 else one_of(ACTORS, who)
        price, terms = one_of((10**6 + 1, 1, 41, 0, 2**128), how), one_of(TERMS, how // 100)
        self.pair.attempt(
            "set_price", [task, price, terms], actor, lambda: self.model.set_price(actor, task, price, terms)
        )

    def buy_license(self, pick: int, who: int, how: int) -> None:
        actor = one_of(ACTORS, who)
        offered = [task for task in self.pair.tasks if self.model.tasks[task].price]
        task = one_of(offered, pick) if offered and pick < 224 else self._task(pick)
        t = self.model.tasks.get(task)
        price, terms = (t.price, t.terms) if t else (1, TERMS[0])
        max_price = max(0, price + one_of((0, 1, 10**9, -1), how // 4))
        terms = one_of(TERMS, how) if how % 8 == 7 else terms
        licensee = None if how % 16 == 5 else one_of(ACTORS, how)
        self.pair.attempt(
            "buy_license",
            [task, licensee or NOBODY, terms, max_price],
            actor,
            lambda: self.model.buy_license(actor, task, licensee, terms, max_price, self.pair.chain.now),
        )

    # The world

    def close(self, pick: int, who: int, how: int) -> None:
        """Closes a task that is paid for."""
        if how >= 128:
            return
        task = one_of(self.pair.tasks, pick)
        t = self.model.tasks[task]
        if not t.closed:
            terms, _ = self.pair.world.tasks[task]
            self.pair.chain.now = max(self.pair.chain.now, terms.deadline)
            self.pair.chain.call(self.pair.world.escrow, "close", [task], KEEPER)
            t.closed = True
            self.statistics.deep["closed during a history"] += 1

    def change_token(self, pick: int, who: int, how: int) -> None:
        """A token begins, or ceases, to misbehave."""
        token = self._token(pick)
        name = token.name
        if name == "FeeToken":
            token.fee_bps = one_of((0, 1, 1000, 10_000), how)
            self._tell(token, "set_fee", token.fee_bps)
        elif name == "FalseToken":
            token.refusing = how % 2 == 1
            self._tell(token, "set_refusing", token.refusing)
        elif name == "GreedyToken":
            token.extra = one_of((0, 1, 10**5), how)
            self._tell(token, "set_extra", token.extra)
        elif name == "BlacklistToken":
            account = one_of(ACTORS, how)
            listed = token.blacklisted ^ {account}
            token.blacklisted = listed
            self._tell(token, "set_blacklisted", account, account in listed)
        elif name == "CallbackToken":
            # Called back in the middle of the next transfer, the pool answers nobody; the transfer itself goes on.
            contract, task = self.pair.contract, one_of(self.pair.tasks, pick)
            calls = (("collect_requester_share", [task]), ("enroll", [[]]), ("withdraw", [token.address, 1, NOBODY]))
            self._tell(token, "set_call", contract.address, contract.calldata(*one_of(calls, how)))

    def send_by_hand(self, pick: int, who: int, how: int) -> None:
        """Whoever sends tokens without a deposit has lost them, and changes nothing else."""
        token, actor = self._token(pick), one_of(ACTORS, who)
        if token.name in ("TokenMock", "NoReturnToken"):
            self.pair.chain.call(token.contract, "transfer", [self.pair.contract.address, how], actor)
            token.move(actor, self.pair.contract.address, how)
            self.pair.surplus[token] += how

    # The end

    def _finish_everything(self) -> None:
        """Whatever happened, everybody gets what is theirs, and what stays is less than a unit per label."""
        model, pair = self.model, self.pair
        for number in pair.markets:
            self._make_honest(pair.tokens[number])
        for task in pair.tasks:
            t = model.tasks[task]
            if not t.closed:
                continue
            missing = [
                submission
                for submission, known in model.submissions.items()
                if submission >> 64 == task and known.accepted and submission not in model.enrolled
            ]
            pair.attempt("enroll", [missing], KEEPER, lambda missing=missing: model.enroll(KEEPER, missing))
            assert t.enrolled == len(t.labels)
            for actor in pair.actors:
                pair.attempt("collect", [task, actor], KEEPER, lambda t=task, a=actor: model.collect(t, a))
            pair.attempt("collect_requester_share", [task], KEEPER, lambda t=task: model.collect_requester_share(t))
        for number in pair.markets:
            token = pair.tokens[number]
            for actor in pair.actors:
                if model.free[token, actor]:
                    self._withdraw(actor, token, model.free[token, actor], actor)
            dust = sum(t.dust for t in model.tasks.values() if t.token is token)
            assert dust == 0 or dust < sum(t.asked for t in model.tasks.values() if t.token is token)
            assert token.balances.get(pair.contract.address, 0) == dust + pair.surplus[token]
        pair.check(everything=True)

    def _make_honest(self, token: TokenTwin) -> None:
        for account in sorted(token.blacklisted):
            self._tell(token, "set_blacklisted", account, False)
        for function, value in (("set_fee", 0), ("set_refusing", False), ("set_extra", 0)):
            if function in token.contract.functions:
                self._tell(token, function, value)
        token.fee_bps, token.refusing, token.extra, token.blacklisted = 0, False, 0, frozenset()

    # Choosing

    def _deposit(self, actor: str, token: TokenTwin, amount: int, account: str | None) -> None:
        self.pair.attempt(
            "deposit",
            [token.address, amount, account or NOBODY],
            actor,
            lambda: self.model.deposit(actor, token, amount, account),
            touched=token,
        )

    def _withdraw(self, actor: str, token: TokenTwin, amount: int, receiver: str | None) -> None:
        self.pair.attempt(
            "withdraw",
            [token.address, amount, receiver or self.pair.contract.address],
            actor,
            lambda: self.model.withdraw(actor, token, amount, receiver),
            touched=token,
        )

    def _tell(self, token: TokenTwin, function: str, *arguments: Any) -> None:
        self.pair.chain.call(token.contract, function, arguments, DEPLOYER)

    def _token(self, pick: int) -> TokenTwin:
        return self.pair.tokens[one_of(self.pair.markets, pick)]

    def _task(self, pick: int) -> int:
        """Mostly one that is closed."""
        closed = [task for task in self.pair.tasks if self.model.tasks[task].closed]
        if pick < 200:
            return one_of(closed, pick)
        return one_of(self.pair.tasks, pick) if pick < 250 else 10**6 * (pick % 2)

    def _shared(self, pick: int) -> int:
        """Mostly one that somebody has enrolled in."""
        shared = [task for task in self.pair.tasks if self.model.tasks[task].enrolled]
        return one_of(shared, pick) if shared and pick < 240 else self._task(pick)

    def _closed(self, task: int) -> bool:
        return self.model.tasks[task].closed

    def _holder(self, task: int, who: int) -> str:
        """Mostly somebody who has shares."""
        t: Task | None = self.model.tasks.get(task)
        holders = [actor for actor in self.pair.actors if t and t.shares(actor)]
        return one_of(holders, who) if holders and who < 224 else one_of(ACTORS, who)

    def _shares(self, task: int, account: str) -> int:
        return len(self.model.tasks[task].shares(account)) if task in self.model.tasks else 0

    def _receiver(self, receiver: str | None, pick: int) -> str:
        return receiver or one_of((NOBODY, self.pair.contract.address), pick)

    def _note_transfer(self, task: int, sender: str, receiver: str | None) -> None:
        t = self.model.tasks.get(task)
        if t and t.enrolled:
            if sender == receiver:
                self.statistics.deep["transferred to oneself"] += 1
            elif t.due(sender) and t.due(receiver):
                self.statistics.deep["transferred with both sides owed"] += 1


def part_of(amount: int, how: int) -> int:
    return one_of((amount // 2, 1, amount, amount + 1, 0), how)


ACTIONS: list[tuple[Callable[..., None], int]] = [
    (RoyaltyMachine.collect, 10),
    (RoyaltyMachine.collect_many, 4),
    (RoyaltyMachine.collect_requester_share, 6),
    (RoyaltyMachine.transfer, 12),
    (RoyaltyMachine.transfer_from, 8),
    (RoyaltyMachine.approve, 5),
    (RoyaltyMachine.set_operator, 3),
    (RoyaltyMachine.pay, 18),
    (RoyaltyMachine.enroll, 14),
    (RoyaltyMachine.buy_license, 7),
    (RoyaltyMachine.set_price, 6),
    (RoyaltyMachine.deposit, 4),
    (RoyaltyMachine.withdraw, 6),
    (RoyaltyMachine.change_token, 6),
    (RoyaltyMachine.send_by_hand, 1),
    (RoyaltyMachine.close, 2),
]

WITH_SHARES = {
    RoyaltyMachine.collect,
    RoyaltyMachine.collect_many,
    RoyaltyMachine.transfer,
    RoyaltyMachine.transfer_from,
    RoyaltyMachine.approve,
}
