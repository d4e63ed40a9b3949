"""The royalty pool's money: what is paid in is earned by shares and requester, and no more of it is collected."""

import z3

from tests.proving.claim import Money, implies
from tests.proving.evaluator import Value
from tests.proving.numbers import both, negated
from tests.proving.source import source


class PoolMoney(Money):
    """A data set with any payments, of a task within the escrow's bounds."""

    def __init__(self) -> None:
        super().__init__(source("RoyaltyPool"))
        self.task = self.number("task", 2**64 - 1)
        word, self.data_set = self.packed("royalty.packing._unpack_data_set")
        self.store("royalty.data_sets.data_set_word", self.task, word)
        word, self.revenue = self.packed("royalty.packing._unpack_revenue")
        self.store("royalty.revenue.revenue_word", self.task, word)
        self.parts, self.paid = self.term(self.data_set.parts), self.term(self.revenue.paid)
        self.assume(
            self.parts >= 1,
            self.parts < 2**31,
            self.term(self.data_set.enrolled) <= self.parts,
            self.term(self.data_set.royalty_bps) <= 10_000,
            negated(self.is_(word, "==", 0)),
        )

    def split(self, accepted: Value) -> Value:
        return self.call("royalty.revenue._split", self.revenue.paid, self.data_set, accepted)


def test_split__any_payments__is_shares_requester_and_dust() -> None:
    money = PoolMoney()
    accepted = money.number("accepted", 2**31 - 1)
    money.assume(money.term(accepted) <= money.parts)
    split = money.split(accepted)
    money.can_be()
    earned = money.term(split.per_share) * money.term(accepted)
    total = earned + money.term(split.requester_share) + money.term(split.dust)
    money.holds(total == money.paid, "what is earned is what was paid")
    money.holds(money.term(split.dust) < money.parts, "dust is less than a unit for each label asked for")


def test_pay__any_amount__is_counted() -> None:
    money = PoolMoney()
    money.call(
        "royalty.revenue._receive", money.task, money.number("payer", 2**160 - 1), money.number("amount", 2**256 - 1)
    )
    money.can_be()
    after = money.call("royalty.revenue._revenue", money.task)
    money.holds(money.term(after.paid) == money.paid + money.sum(money.debits), "what is paid is debited and counted")
    same = money.is_(after.requester_collected, "==", money.revenue.requester_collected)
    money.holds(same, "what the requester has collected stays")


def owner(money: PoolMoney, account: Value) -> Value:
    """An owner who has settled no more than their shares have earned."""
    word, owned = money.packed("royalty.packing._unpack_owner")
    money.store("royalty.shares.owner_word", money.task, account, word)
    money.assume(money.term(owned.shares) <= money.parts)
    per_share = money.call("royalty.revenue._per_share", money.task, money.data_set)
    money.assume(money.term(owned.settled) <= money.term(owned.shares) * money.term(per_share))
    return owned


def worth(money: PoolMoney, account: Value) -> z3.ArithRef:
    """What an account's shares have earned and it has not collected."""
    owned = money.call("royalty.packing._unpack_owner", money.stored("royalty.shares.owner_word", money.task, account))
    per_share = money.call("royalty.revenue._per_share", money.task, money.data_set)
    return money.term(owned.shares) * money.term(per_share) - money.term(owned.settled)


def test_collect__any_owner__gets_what_the_shares_have_earned_once() -> None:
    money = PoolMoney()
    account = money.number("account", 2**160 - 1)
    owner(money, account)
    due = worth(money, account)
    money.call("royalty.shares._collect", money.task, account)
    money.can_be()
    money.holds(money.sum(money.credits) == due, "what is credited is what was due")
    money.holds(worth(money, account) == 0, "nothing is due any more")


def test_transfer__any_shares__moves_no_money_but_what_is_due() -> None:
    money = PoolMoney()
    sender, receiver = money.number("sender", 2**160 - 1), money.number("receiver", 2**160 - 1)
    money.assume(negated(money.is_(sender, "==", receiver)))
    before = [owner(money, account) for account in (sender, receiver)]
    money.assume(money.term(before[0].shares) + money.term(before[1].shares) <= money.parts)
    due = [worth(money, account) for account in (sender, receiver)]
    amount = money.number("amount", 2**256 - 1)
    money.call("royalty.shares._move", sender, sender, receiver, money.task, amount)
    money.can_be()
    money.holds(money.sum(money.credits, sender) == due[0], "the sender gets what was due")
    money.holds(money.sum(money.credits, receiver) == due[1], "so does the receiver")
    after = [money.call("royalty.shares._balance", account, money.task) for account in (sender, receiver)]
    moved = both(
        money.term(after[0]) == money.term(before[0].shares) - money.term(amount),
        money.term(after[1]) == money.term(before[1].shares) + money.term(amount),
    )
    money.holds(moved, "no share is made or lost")


def test_transfer__to_oneself__changes_nothing() -> None:
    money = PoolMoney()
    account = money.number("account", 2**160 - 1)
    before = owner(money, account)
    due = worth(money, account)
    money.call("royalty.shares._move", account, account, account, money.task, money.number("amount", 2**256 - 1))
    money.can_be()
    money.holds(
        money.is_(money.call("royalty.shares._balance", account, money.task), "==", before.shares), "as many shares"
    )
    money.holds(implies(True, money.sum(money.credits) == due), "what was due, once")
