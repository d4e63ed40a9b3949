"""The court's money: each round pays out what was paid for it and lost in it, and a right appeal is always refunded."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import z3

from tests.proving.broken import Fault, refuted
from tests.proving.claim import Money, implies
from tests.proving.evaluator import Evaluator, Struct, Value
from tests.proving.numbers import Whole, both, either, negated
from tests.proving.source import Source, source

SIZES = (3, 7, 15)
# The latest round, the one that is settled, how the dispute stands in the end, and the round that has decided it.
SETTLEMENTS = [
    (latest, settles, standing, deciding)
    for latest in range(3)
    for settles in range(latest + 1)
    for standing in ("decided", "tied", "silent")
    for deciding in (range(latest + 1) if standing != "silent" else range(1))
]


@pytest.fixture
def of() -> Source:
    return source("Court")


class CourtMoney(Money):
    """One round of a final dispute is settled, with any votes, in a court as it may be deployed."""

    def __init__(self, of: Source, latest: int, settles: int, standing: str, deciding: int = 0) -> None:
        super().__init__(
            of,
            {
                "court.packing._count": self._count,
                "court.cases._is_in": lambda *_: True,
                "court.settlement._pay": self._pay,
                "court.settlement._next_round": lambda *_: settles,
                "court.cases._standing": self._standing,
                "court.cases._tally": self._tally,
            },
        )
        self.standings: list[Value] = []  # after the round that is settled
        self.counts: list[tuple[Value, Value]] = []
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

    def _pay(
        self,
        evaluator: Evaluator,
        dispute: Value,
        round_: int,
        size: int,
        paid: Value,
        fined: Value,
        share: Value,
        remainder: Value,
    ) -> None:
        """What the panel loses, and what it is given: no more is used than is proven of it by itself."""
        self.panel = size
        self.fined = self.term(self._count(evaluator, fined))
        given = self.term(share) * self.term(self._count(evaluator, paid)) + self.term(remainder)
        self.given = z3.If(self.is_(paid, "==", 0), 0, given)

    def _count(self, evaluator: Evaluator, positions: Value) -> Value:
        """How many positions there are: proven of `_count` by itself."""
        for known, count in self.counts:
            if evaluator.equal(known, positions) is True:
                return count
        bits = [self.term(evaluator.numbers.bits(positions, position, position + 1)) for position in range(15)]
        count = evaluator.numbers.fresh(evaluator.ledger.name("count"), 15)
        evaluator.ledger.fact(self.term(count) == sum(bits))
        self.counts.append((positions, count))
        return count

    def comes_in(self) -> Any:
        """Fees of the round, penalties, and what earlier rounds and disputes have left, base units."""
        return (SIZES[self.settles] + 4 * self.fined + self.term(self.case.carried)) * self.fee + self.term(
            self.carried
        )

    def goes_out(self) -> Any:
        """What is credited, and what stays for later rounds and disputes, base units."""
        word = self.stored("court.cases.cases", self.dispute)
        carried = self.call("court.packing._unpack_case", word).carried
        # The round that made the ruling is settled last, and receives what the others have left.
        left = z3.IntVal(0) if self.is_last else self.term(carried) * self.fee
        return self.sum(self.credits) + self.given + left + self.term(self.stored("court.settlement.carried"))

    def payer(self, round_: int) -> Value:
        """Who has paid for a round."""
        return self.call("court.cases._payer", self.dispute, round_)

    def _agrees(self, position: int) -> Any:
        """Whether the vote at a position is for the final ruling; for any, in a tie."""
        vote = self.call("court.packing._vote", self.votes, position)
        if self.final.tied:
            return negated(self.is_(vote, "==", 0))
        return self.term(vote) == self.term(self.final.ruling) + 1


@pytest.mark.parametrize(("latest", "settles", "standing", "deciding"), SETTLEMENTS)
def test_settle__any_votes__pays_out_what_came_in(
    of: Source, latest: int, settles: int, standing: str, deciding: int
) -> None:
    money = CourtMoney(of, latest, settles, standing, deciding)
    money.can_be()
    assert money.panel == SIZES[settles]
    money.holds(money.comes_in() == money.goes_out(), "what goes out is what has come in")
    carried = money.call("court.packing._unpack_case", money.stored("court.cases.cases", money.dispute)).carried
    if not money.is_last:
        most = money.term(money.case.carried) + 5 * SIZES[settles]
        money.holds(money.term(carried) <= most, "no more is carried on than fee and penalty of each seat")


@pytest.mark.parametrize(("latest", "settles", "deciding"), [(1, 0, 1), (2, 0, 1), (2, 0, 2), (2, 1, 2)])
def test_appeal__against_another_ruling_than_the_final_one__is_refunded_in_full(
    of: Source, latest: int, settles: int, deciding: int
) -> None:
    money = CourtMoney(of, latest, settles, "decided", deciding)
    standing = money.standings[0]
    was_right = negated(money.is_(standing.ruling, "==", money.final.ruling))
    money.can_be(was_right)
    refund, *_ = money.credits
    payer = money.payer(settles + 1)
    full = both(money.term(refund.amount) == SIZES[settles + 1] * money.fee, money.is_(refund.account, "==", payer))
    money.holds(implies(was_right, full), "whoever paid the appeal gets all of it back")
    money.holds(implies(negated(was_right), money.term(refund.amount) == 0), "nobody else does")


def test_pay__any_panel__gives_each_paid_seat_a_share_and_fines_the_fined(of: Source) -> None:
    money = Money(of)
    has = z3.Function("has", z3.IntSort(), z3.IntSort(), z3.BoolSort())
    # Of the first positions: how many are paid or fined, and what they were given and how many were fined so far.
    paid_below, fined_below, given, fines = (
        z3.Function(name, z3.IntSort(), z3.IntSort()) for name in ("paid below", "fined below", "given", "fines")
    )
    dispute, round_, size, paid, fined, share, remainder = (
        money.number(name, most)
        for name, most in (
            ("dispute", 2**32 - 1),
            ("round", 2),
            ("size", 15),
            ("paid", 2**15 - 1),
            ("fined", 2**15 - 1),
            ("share", 2**200),
            ("remainder", 14),
        )
    )
    term, released = money.term, list[Any]()

    def release(evaluator: Evaluator, seat: Value, is_fined: Value) -> Value:
        released.append(z3.If(both(*evaluator.ledger.live, is_fined), 1, 0))
        return evaluator.numbers.fresh(evaluator.ledger.name("holder"), 2**160 - 1)

    def pays(_: dict[str, Value], now: dict[str, Value], position: Value) -> Any:
        at = term(position)
        if released or money.credits:
            moved = given(at - 1) + money.sum(money.credits), fines(at - 1) + sum(released)
            money.assume(given(at) == moved[0], fines(at) == moved[1])
            money.credits.clear()
            released.clear()
        for below, mask in ((paid_below, paid), (fined_below, fined)):
            money.assume(below(at + 1) == below(at) + z3.If(has(term(mask), at), 1, 0), below(at) >= 0)
        extra = z3.If(paid_below(at) == 0, term(remainder), 0)
        out = term(share) * paid_below(at) + term(remainder) - extra
        return z3.And(term(now["extra"]) == extra, given(at) == out, fines(at) == fined_below(at))

    money.assume(*(function(0) == 0 for function in (paid_below, fined_below, given, fines)))
    money.evaluator.hooks |= {
        "court.packing._has_position": lambda _, mask, position: has(term(mask), term(position)),
        "court.seats._release": release,
    }
    money.evaluator.loops["court.settlement._pay.i"] = pays
    money.call("court.settlement._pay", dispute, round_, size, paid, fined, share, remainder)
    money.can_be()
    all_of = term(size)
    total = term(share) * paid_below(all_of) + term(remainder)
    money.holds(given(all_of) == z3.If(paid_below(all_of) == 0, 0, total), "all shares and the remainder are given out")
    money.holds(fines(all_of) == fined_below(all_of), "each seat that is fined loses a reserve")


@pytest.mark.parametrize("size", SIZES)
def test_tally__any_votes__no_more_than_a_minority_is_for_what_did_not_win(of: Source, size: int) -> None:
    money = Money(of)
    term = money.term
    # The vote at a position, and how many of the first are for a choice.
    vote = z3.Function("vote", z3.IntSort(), z3.IntSort())
    votes_for = z3.Function("votes for", z3.IntSort(), z3.IntSort(), z3.IntSort())
    seen = z3.Function("another was seen", z3.IntSort(), z3.BoolSort())
    other, voter = money.number("another choice", 255), money.number("who has voted", size - 1)
    money.assume(term(other) >= 1, vote(term(voter)) >= 1, z3.Not(seen(0)))

    def found(evaluator: Evaluator, _: Value, position: Value) -> Value:
        """The vote at a position: not more than its bits, and one of those for its choice."""
        at = term(position)
        evaluator.ledger.fact(z3.Implies(at < size, votes_for(vote(at), size) >= 1))
        evaluator.ledger.fact(vote(at) >= 0, vote(at) <= 255)
        return Whole(vote(at), 255)

    def counts(_: dict[str, Value], now: dict[str, Value], position: Value) -> Any:
        at, choice = term(position), term(now["vote"])
        one_more = z3.If(vote(at) == choice, 1, 0)
        money.assume(votes_for(choice, 0) == 0, votes_for(choice, at + 1) == votes_for(choice, at) + one_more)
        return z3.And(term(now["count"]) == votes_for(choice, at), term(now["count"]) <= at)

    def leads(_: dict[str, Value], now: dict[str, Value], position: Value) -> Any:
        at, best, winner = term(position), term(now["best"]), term(now["winner"])
        money.assume(seen(at + 1) == z3.Or(seen(at), vote(at) == term(other)))
        # No vote is for two choices.
        choices = [winner, term(other), vote(at)]
        for one, another in combinations(choices, 2):
            apart = votes_for(one, size) + votes_for(another, size) <= size
            money.assume(z3.Or(one == another, apart))
        behind = votes_for(term(other), size) < best
        level = z3.And(votes_for(term(other), size) == best, either(now["tied"], term(other) == winner))
        return z3.And(
            z3.Implies(seen(at), z3.Or(behind, level)),
            z3.Implies(now["tied"], 2 * best <= size) if not isinstance(now["tied"], bool) else True,
            z3.If(winner == 0, z3.And(best == 0, negated(now["tied"])), best == votes_for(winner, size)),
            z3.Implies(winner > 0, best >= 1),
            z3.Implies(at > term(voter), winner > 0),
            winner <= 255,
        )

    money.evaluator.hooks["court.packing._vote"] = found
    money.evaluator.loops |= {"court.cases._tally.i": leads, "court.cases._tally.j": counts}
    standing = money.call("court.cases._tally", money.number("votes", 2 ** (8 * size) - 1), size)
    money.can_be()
    money.never_fails()
    money.assume(z3.Or(seen(size), votes_for(term(other), size) == 0))
    lost = either(standing.tied, term(other) != term(standing.ruling) + 1)
    money.holds(implies(lost, votes_for(term(other), size) <= (size - 1) // 2), "at most 1 of 3, 3 of 7, 7 of 15")
    won = votes_for(term(standing.ruling) + 1, size) >= 1
    money.holds(implies(negated(standing.tied), won), "somebody has voted for what won")


FAULTS: list[Fault] = [
    (
        "court/settlement",
        "pot: uint256 = size + ",
        "pot: uint256 = size + 1 + ",
        lambda of: test_settle__any_votes__pays_out_what_came_in(of, 2, 2, "decided", 0),
        "what goes out is what has come in",
    ),
    (
        "court/settlement",
        "        remainder = amount % count",
        "        remainder = 0",
        lambda of: test_settle__any_votes__pays_out_what_came_in(of, 2, 2, "tied", 2),
        "what goes out is what has come in",
    ),
    (
        "court/settlement",
        "            extra = 0",
        "            extra = 1",
        test_pay__any_panel__gives_each_paid_seat_a_share_and_fines_the_fined,
        "what holds of an iteration holds of the next",
    ),
    (
        "court/settlement",
        "packing._has_position(fined, i)",
        "not packing._has_position(paid, i)",
        test_pay__any_panel__gives_each_paid_seat_a_share_and_fines_the_fined,
        "what holds of an iteration holds of the next",
    ),
    (
        "court/cases",
        "        if count > best:",
        "        if count >= best:",
        lambda of: test_tally__any_votes__no_more_than_a_minority_is_for_what_did_not_win(of, 15),
        "what holds of an iteration holds of the next",
    ),
    (
        "court/cases",
        "            tied = False",
        "            pass",
        lambda of: test_tally__any_votes__no_more_than_a_minority_is_for_what_did_not_win(of, 7),
        "what holds of an iteration holds of the next",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{module}-{words}" for module, _, _, _, words in FAULTS])
def test_claims_on_court__source_with_a_fault__are_refuted_by_inputs(tmp_path: Path, fault: Fault) -> None:
    refuted(tmp_path, fault, "Court")
