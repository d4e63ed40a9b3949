"""A RoyaltyPool behind the protocol: tasks brought to their end, and what their data sets earn."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_utils import keccak

from goldleaf.types import ZERO_ADDRESS
from tests.chains import Address
from tests.protocol import Protocol, Work, provide

TERMS = keccak(b"licence terms")


class Royalties(Protocol):
    """A `Protocol` with a RoyaltyPool for its escrow's tasks."""

    def __init__(self, relay: Address = ZERO_ADDRESS, **settings: Any) -> None:
        super().__init__(relay=relay, **settings)
        self.pool = self.chain.deploy("RoyaltyPool", relay, self.escrow)

    # ------------------------------------------------------------ tasks

    def finish(self, task: int, works: list[Work]) -> None:
        """Claims what was published, and closes the task."""
        for work in works:
            self.pass_window(work)
            self.escrow.claim(work.submission)
        deadline = self.parameters_of(task).deadline
        if self.now < deadline:
            self.travel_to(deadline)
        self.escrow.close(task)

    def finished(self, batches: int | None = None, **overrides: Any) -> list[Work]:
        """The paid submissions of a new task that is closed: of all batches, or of the first ones only."""
        task = self.open(**overrides)
        count = self.parameters_of(task).batches if batches is None else batches
        works = [work for batch in range(count) for work in self.deliver(task, batch)]
        self.finish(task, works)
        return works

    def solo(self, annotator: Address, submissions: int, labels: int) -> list[int]:
        """Paid submissions of one annotator in a new task without redundancy, which is closed."""
        task = self.open(items=submissions * labels, batch_size=labels, redundancy=1, stake=10 * self.unit)
        works = [self.take(task, slot, annotator) for slot in range(submissions)]
        for work in works:
            self.publish(work)
        self.finish(task, works)
        return [work.submission for work in works]

    # ------------------------------------------------------------ money in the pool

    def earned(self, account: Address) -> int:
        """The account's free balance in the pool."""
        return int(self.pool.free(self.token, account))

    def provide_in_pool(self, account: Address, amount: int) -> None:
        provide(self.token, self.pool, account, amount)

    def pay(self, task: int, amount: int, payer: Address | None = None) -> Address:
        """Pays for a data set, from a balance that is provided."""
        payer = payer or self.account()
        self.provide_in_pool(payer, amount)
        self.pool.pay(task, amount, "for training", sender=payer)
        return payer

    def offer(self, task: int, price: int, terms: bytes = TERMS) -> None:
        self.pool.set_price(task, price, terms, sender=self.requester)

    @contextmanager
    def earns(self, *accounts: Address) -> Iterator[list[int]]:
        """What each account's free balance in the pool grows by inside the block: a list that is filled at its end."""
        before = [self.earned(account) for account in accounts]
        gained: list[int] = []
        yield gained
        gained += [self.earned(account) - free for account, free in zip(accounts, before, strict=True)]

    def pool_owes(self, *tasks: int) -> int:
        """What the pool owes altogether, base units: free balances of the accounts made here, and of these tasks what
        can be collected, waits for shares to enroll, is the requester's, or is dust."""
        owed = sum(self.earned(account) for account in self.accounts)
        for task in tasks:
            data_set = self.pool.data_set(task)
            owed += data_set.requester_share - data_set.requester_collected + data_set.dust
            owed += data_set.per_share * (data_set.accepted - data_set.enrolled)
            if data_set.enrolled:
                owed += sum(self.pool.collectable(task, account) for account in self.accounts)
        return owed

    def assert_pool_conserved(self, *tasks: int) -> None:
        """Every unit of an honest token is accounted for; these are all tasks that something was paid for."""
        assert self.token.balanceOf(self.pool) == self.pool_owes(*tasks)
