"""Who gets what of a data set, whatever the order: of enrolling, paying, collecting and transferring."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stateful.royalty_world import ACTORS, KEEPER, REQUESTER, Terms, World, world

Amount = st.integers(1, 60) | st.integers(1, 10**6) | st.integers(1, 2**100)
PAYER = ACTORS[4]
WEALTH = 2**110


class DataSet:
    """A closed task of the world with everything that may be done to it."""

    def __init__(self, world: World, market: int) -> None:
        self.world = world
        self.token = world.tokens[market].contract
        self.terms: Terms
        self.task, self.terms = next(
            (task, terms) for task, (terms, number) in world.tasks.items() if number == market and terms.redundancy == 2
        )
        self.parts = self.terms.items * self.terms.redundancy
        paid = {s: known for s, known in world.submissions.items() if s >> 64 == self.task and known.accepted}
        self.submissions = list(paid)
        self.shares: Counter[str] = Counter()
        for known in paid.values():
            self.shares[known.annotator] += known.accepted

    @contextmanager
    def history(self) -> Iterator[None]:
        """What happens in it is undone."""
        checkpoint = self.world.chain.evm.snapshot()
        self.call("deposit", self.token.address, WEALTH, PAYER, sender=PAYER)
        try:
            yield
        finally:
            self.world.chain.evm.revert(checkpoint)

    def call(self, function: str, *arguments: Any, sender: str = KEEPER) -> bytes:
        return self.world.chain.call(self.world.contract, function, arguments, sender)

    def view(self, function: str, *arguments: Any) -> int:
        contract = self.world.contract
        return int.from_bytes(self.world.chain.view(contract.address, contract.calldata(function, arguments)))

    def pay(self, amount: int) -> None:
        self.call("pay", self.task, amount, "", sender=PAYER)

    def enroll(self, submission: int) -> None:
        if not self.view("is_enrolled", submission):
            self.call("enroll", [submission])

    def free(self, account: str) -> int:
        return self.view("free", self.token.address, account)

    def per_share(self, paid: int) -> int:
        return paid * self.terms.royalty_bps // 10_000 // self.parts


@pytest.fixture(scope="module", params=[0, 1, 3], ids=["12 %", "100 %", "1/10,000"])
def data_set(request: pytest.FixtureRequest) -> DataSet:
    return DataSet(world(), request.param)


@given(
    amounts=st.lists(Amount, min_size=1, max_size=6),
    others=st.lists(
        st.tuples(st.sampled_from(["enroll", "collect", "collect_requester_share"]), st.integers(0, 3)), max_size=12
    ),
    data=st.data(),
)
def test_order__of_paying_enrolling_and_collecting__changes_nothing(data_set, amounts, others, data):
    """Everybody gets exactly what one payment of the whole sum, with everybody enrolled before, would have given."""
    steps = data.draw(st.permutations([("pay", amount) for amount in amounts] + others))
    with data_set.history():
        for action, number in steps:
            if action == "pay":
                data_set.pay(number)
            elif action == "enroll":
                data_set.enroll(data_set.submissions[number])
            elif action == "collect_requester_share":
                data_set.call("collect_requester_share", data_set.task)
            elif data_set.view("totalSupply", data_set.task):
                data_set.call("collect", data_set.task, ACTORS[number])
        for submission in data_set.submissions:
            data_set.enroll(submission)
        for account in data_set.shares:
            data_set.call("collect", data_set.task, account)
        data_set.call("collect_requester_share", data_set.task)

        paid, each = sum(amounts), data_set.per_share(sum(amounts))
        royalty = paid * data_set.terms.royalty_bps // 10_000
        got = {account: data_set.free(account) for account in data_set.shares}
        assert got == {account: shares * each for account, shares in data_set.shares.items()}
        rest = data_set.free(REQUESTER)
        assert rest == paid - royalty + (data_set.parts - sum(data_set.shares.values())) * each
        dust = paid - rest - sum(got.values())
        assert 0 <= dust < data_set.parts
        assert data_set.free(PAYER) == WEALTH - paid


Transfer = st.tuples(st.just("transfer"), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
Pay = st.tuples(st.just("pay"), st.just(0), st.just(0), Amount)
Collect = st.tuples(st.just("collect"), st.integers(0, 4), st.just(0), st.just(0))


@given(steps=st.lists(Transfer | Pay | Collect, max_size=20))
def test_order__with_transfers__pays_each_share_to_who_held_it(data_set, steps):
    """A share's part of a payment belongs to its holder at that time, collected or not."""
    task, accounts = data_set.task, [*ACTORS[:4], REQUESTER]
    with data_set.history():
        data_set.call("enroll", data_set.submissions)
        held, earned = Counter(data_set.shares), Counter()
        paid = 0
        for action, first, second, amount in steps:
            sender, receiver = accounts[first], accounts[second]
            if action == "pay":
                each = data_set.per_share(paid + amount) - data_set.per_share(paid)
                paid += amount
                data_set.pay(amount)
                for account, shares in held.items():
                    earned[account] += shares * each
            elif action == "collect":
                data_set.call("collect", task, sender)
            elif amount <= held[sender]:
                data_set.call("transfer", receiver, task, amount, sender=sender)
                held[sender] -= amount
                held[receiver] += amount
        for account in accounts:
            data_set.call("collect", task, account)
            assert data_set.view("balanceOf", account, task) == held[account]
            assert data_set.free(account) == earned[account]
        assert sum(held.values()) == data_set.view("totalSupply", task) == sum(data_set.shares.values())


@given(parts=st.lists(Amount, min_size=1, max_size=8))
def test_splitting__a_sum_into_payments__is_the_same_sum(data_set, parts):
    contract = data_set.world.contract
    states = []
    for payments in ([sum(parts)], parts):
        with data_set.history():
            for amount in payments:
                data_set.pay(amount)
            calldata = contract.calldata("data_set", [data_set.task])
            states.append(data_set.world.chain.view(contract.address, calldata))
    assert states[0] == states[1]
