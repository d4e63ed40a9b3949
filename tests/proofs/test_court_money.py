"""The court's money: each round pays out what was paid for it and lost in it, and a right appeal is always refunded."""

from typing import Any

import pytest
import z3

from tests.proving.claim import Money, implies
from tests.proving.evaluator import Evaluator, Struct, Value
from tests.proving.numbers import both, either, negated
from tests.proving.source import source

SIZES = (3, 7, 15)
# The latest round, the one that is settled, how the dispute stands in the end, and the round that has decided it.
SETTLEMENTS = [
    (latest, settles, standing, deciding)
    for latest in range(2)
    for settles in range(latest + 1)
    for standing in ("decided", "tied", "silent")
    for deciding in (range(latest + 1) if standing != "silent" else range(1))
]


class CourtMoney(Money):
    """One round of a final dispute is settled, with any votes, in a court as it may be deployed."""

    def __init__(self, latest: int, settles: int, standing: str, deciding: int = 0) -> None:
        super().__init__(
            source("Court"),
            {
                "court.packing._count": _count,
                "court.cases._is_in": lambda *_: True,
                "court.seats._release": self._release,
                "court.settlement._next_round": lambda *_: settles,
                "court.cases._standing": self._standing,
                "court.cases._tally": self._tally,
            },
        )
        self.fined: list[Value] = []
        self.standings: list[Value] = []  # after the round that is settled
        self.released = 0
        self.latest, self.settles = latest, settles
        self.call(
            "Court.__init__",
            self.number("relay", 2**160 - 1),
            self.fresh(self.parameters("Court.__init__")[1], "parameters"),
        )
        self.fee = self.term(self.stored("court.settings.JUROR_FEE"))
        self.dispute = self.number("dispute", 2**32 - 1)
        word, self.case = self.packed("court.packing._unpack_case", round=latest)
        self.assume(
            self.term(self.case.settled_count) <= latest,
            # What rounds that paid nobody have left: at most a fee and a penalty of four for each seat.
            self.term(self.case.carried) <= 5 * (sum(SIZES[: latest + 1]) - SIZES[settles]),
        )
        self.store("court.cases.cases", self.dispute, word)
        self.carried = self.stored("court.settlement.carried")
        self.assume(self.term(self.carried) < 2**192)
        heard, tied = {"decided": (True, False), "tied": (True, True), "silent": (False, False)}[standing]
        ruling = self.number("ruling", 254) if heard and not tied else 0
        self.final = Struct("Standing", {"ruling": ruling, "heard": heard, "tied": tied, "deciding_round": deciding})
        self.votes = self.call("court.cases._votes", self.dispute, self.case, settles)
        for round_ in range(latest + 1):
            votes = self.call("court.cases._votes", self.dispute, self.case, round_)
            self.assume(self.term(votes) < 2 ** (8 * SIZES[round_]))  # nobody votes but the panel
        self.is_last = heard and deciding == settles
        if self.is_last:
            # Whoever has made the ruling has voted for it.
            self.assume(z3.Or(*(self._agrees(i) for i in range(SIZES[settles]))))
        self.call("court.settlement._settle", self.dispute)

    def _standing(self, evaluator: Evaluator, dispute: Value, case: Value, last: int) -> Value:
        """The standing in the end is any; that after an earlier round is by its votes."""
        if last == self.latest:
            return self.final
        self.standings.append(evaluator.unhooked("court.cases._standing", dispute, case, last))
        return self.standings[-1]

    def _tally(self, evaluator: Evaluator, votes: Value, size: int) -> Value:
        """Any standing, by which the final ruling has a minority unless it is this one."""
        ruling, tied = self.number(evaluator.ledger.name("ruling"), 254), z3.Bool(evaluator.ledger.name("tied"))
        wins = self.term(self.final.ruling) + 1
        each = (self.call("court.packing._vote", votes, i) for i in range(size))
        voters = sum((z3.If(self.term(vote) == wins, 1, 0) for vote in each), z3.IntVal(0))
        same = both(negated(tied), self.is_(ruling, "==", self.final.ruling))
        evaluator.ledger.fact(z3.Or(same, voters <= (size - 1) // 2), implies(tied, self.is_(ruling, "==", 0)))
        return Struct("Standing", {"ruling": ruling, "heard": True, "tied": tied, "deciding_round": 0})

    def _release(self, evaluator: Evaluator, seat: Value, fined: Value) -> Value:
        """Gives a reserve back or takes it: what a seat loses is in the pot from now on."""
        self.fined.append(both(*evaluator.ledger.live, fined))
        self.released += 1
        return self.number(evaluator.ledger.name("holder"), 2**160 - 1)

    def comes_in(self) -> Any:
        """Fees of the round, penalties, and what earlier rounds and disputes have left, base units."""
        penalties = sum(
            (z3.If(fined, 4, 0) if not isinstance(fined, bool) else 4 * fined for fined in self.fined), z3.IntVal(0)
        )
        return (SIZES[self.settles] + penalties + self.term(self.case.carried)) * self.fee + self.term(self.carried)

    def goes_out(self) -> Any:
        """What is credited, and what stays for later rounds and disputes, base units."""
        word = self.stored("court.cases.cases", self.dispute)
        carried = self.call("court.packing._unpack_case", word).carried
        # The round that made the ruling is settled last, and receives what the others have left.
        left = z3.IntVal(0) if self.is_last else self.term(carried) * self.fee
        return self.sum(self.credits) + left + self.term(self.stored("court.settlement.carried"))

    def payer(self, round_: int) -> Value:
        """Who has paid for a round."""
        return self.call("court.cases._payer", self.dispute, round_)

    def _agrees(self, position: int) -> Any:
        """Whether the vote at a position is for the final ruling; for any, in a tie."""
        vote = self.call("court.packing._vote", self.votes, position)
        if self.final.tied:
            return negated(self.is_(vote, "==", 0))
        return self.term(vote) == self.term(self.final.ruling) + 1


def _count(evaluator: Evaluator, positions: Value) -> Value:
    """How many positions there are: proven of `_count` by itself."""
    total: Value = 0
    for position in range(15):
        bit = evaluator.numbers.bits(positions, position, position + 1)
        total = (
            evaluator.numbers.binary("Add", total, bit)[0]
            if not (isinstance(total, int) and isinstance(bit, int))
            else total + bit
        )
    return total


@pytest.mark.parametrize(("latest", "settles", "standing", "deciding"), SETTLEMENTS)
def test_settle__any_votes__pays_out_what_came_in(latest: int, settles: int, standing: str, deciding: int) -> None:
    money = CourtMoney(latest, settles, standing, deciding)
    money.can_be()
    assert money.released == SIZES[settles]
    money.holds(money.comes_in() == money.goes_out(), "what goes out is what has come in")
    carried = money.call("court.packing._unpack_case", money.stored("court.cases.cases", money.dispute)).carried
    if not money.is_last:
        most = money.term(money.case.carried) + 5 * SIZES[settles]
        money.holds(money.term(carried) <= most, "no more is carried on than fee and penalty of each seat")


@pytest.mark.parametrize(("latest", "settles"), [(1, 0), (2, 1)])
def test_appeal__against_another_ruling_than_the_final_one__is_refunded_in_full(latest: int, settles: int) -> None:
    money = CourtMoney(latest, settles, "decided", latest)
    standing = money.standings[0]
    was_right = negated(money.is_(standing.ruling, "==", money.final.ruling))
    money.can_be(was_right)
    refund, *_ = money.credits
    payer = money.payer(settles + 1)
    full = both(money.term(refund.amount) == SIZES[settles + 1] * money.fee, money.is_(refund.account, "==", payer))
    money.holds(implies(was_right, full), "whoever paid the appeal gets all of it back")
    money.holds(implies(negated(was_right), money.term(refund.amount) == 0), "nobody else does")


@pytest.mark.parametrize("round_", [0])
def test_tally__any_votes__no_more_than_a_minority_is_for_what_did_not_win(round_: int) -> None:
    money = Money(source("Court"))
    votes = money.number("votes", 2 ** (8 * SIZES[round_]) - 1)
    money.assume(negated(money.is_(votes, "==", 0)))
    standing = money.call("court.cases._tally", votes, SIZES[round_])
    other = money.number("another ruling", 254)
    each = [money.call("court.packing._vote", votes, i) for i in range(SIZES[round_])]
    voters = sum((z3.If(money.term(vote) == money.term(other) + 1, 1, 0) for vote in each), z3.IntVal(0))
    wins = sum((z3.If(money.term(vote) == money.term(standing.ruling) + 1, 1, 0) for vote in each), z3.IntVal(0))
    lost = either(standing.tied, negated(money.is_(other, "==", standing.ruling)))
    money.holds(implies(lost, voters <= (SIZES[round_] - 1) // 2), "at most 1 of 3, and 3 of 7")
    money.holds(implies(negated(standing.tied), wins >= 1), "somebody has voted for what won")
