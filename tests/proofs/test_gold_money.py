"""GoldTest's money: the deposit covers whoever wins against the gold, and is given out once."""

from pathlib import Path
from typing import Any

import pytest
import z3

from tests.proving.broken import Fault, refuted
from tests.proving.claim import Claim, implies
from tests.proving.evaluator import Evaluator, Value
from tests.proving.gold import CLASSES, MAX_GOLD, MAX_LABELS, SIBLINGS, GoldMoney, bounds
from tests.proving.numbers import Bits, both, negated
from tests.proving.source import Source, source

MASK = "gold.disputes._mask"
DROP = "gold.gold._drop"


@pytest.fixture
def of() -> Source:
    return source("GoldTest")


def test_set_up__any_test_let_through__is_within_the_bounds_of_all_other_claims(of: Source) -> None:
    money = GoldMoney(of)
    task, terms = money.number("another task", 2**64 - 1), money.terms
    # As `TaskTerms` lets it through.
    items, size = money.term(terms.items), money.term(terms.batch_size)
    money.assume(items * money.term(terms.redundancy) < 2**31, size >= 1, size <= items, size <= MAX_LABELS)
    money.assume(money.term(terms.redundancy) >= 1)
    types = money.parameters("gold.tests._set_up")
    arguments = [money.fresh(type_, f"argument {i}") for i, type_ in enumerate(types[2:], 2)]
    money.store("gold.tests.test_word", task, 0)
    money.call("gold.tests._set_up", money.requester, task, *arguments)
    money.can_be()
    money.never_fails()
    word = money.stored("gold.tests.counts_word", task)
    counts = [money.call("gold.packing._count", word, i) for i in range(CLASSES)]
    for meaning, holds in bounds(money, money.call("gold.tests._test", task), counts).items():
        money.holds(holds, meaning)


def test_open__any_gold__takes_the_deposit(of: Source) -> None:
    money = GoldMoney(of)
    word, _ = money.packed(
        "gold.packing._unpack_batch", filed=0, settled=0, dropped=0, disputed=0, voided=False, released=False
    )
    money.store("gold.gold.batch_word", money.batch, word)
    types = money.parameters("gold.gold._open")
    account = money.number("account", 2**160 - 1)
    gold, max_cost = money.fresh(types[3], "gold"), money.fresh(types[4], "max_cost")
    money.evaluator.hooks["gold.packing._bitmap"] = _bitmap
    money.call("gold.gold._open", account, money.task, money.number_of_batch, gold, max_cost)
    money.can_be()
    money.never_fails()
    opened = money.batch_now()
    money.holds(money.disputes_are_counted(opened), "nobody has disputed")
    for meaning, holds in money.invariant(opened, z3.IntVal(0)).items():
        money.holds(holds, meaning)
    paid = money.sum(money.debits)
    money.holds(paid == money.deposit_left(), "what is taken is the deposit")
    money.holds(paid == money.sum(money.debits, money.requester), "the requester pays")
    money.holds(money.term(gold.length) == 2 * money.term(money.test.size), "the list has two bytes for each item")


def _bitmap(evaluator: Any, gold: Value, counts: Value) -> Value:
    type_ = evaluator.source.functions["gold.packing._bitmap"]._metadata["func_type"].return_type
    return evaluator.unknown(type_, "bitmap")


def test_bitmap__any_bytes__is_read_within_bounds(of: Source) -> None:
    claim = Claim(of, Bits)
    types = claim.parameters("gold.packing._bitmap")
    gold, counts = (claim.fresh(type_, f"argument {i}") for i, type_ in enumerate(types))
    # How many items the first classes have together. All have as many as the list has.
    items_of = z3.Function("items of the first", counts.sort(), counts.sort())
    items = claim.number("items", MAX_GOLD)
    claim.assume(items_of(0) == 0, gold.length == 2 * items)

    def reads_classes(_: dict[str, Value], now: dict[str, Value], class_: Value) -> Any:
        at = claim.term(class_)
        count = z3.LShR(counts, 8 * at) & 255
        claim.assume(
            implies(z3.ULT(at, CLASSES), both(items_of(at + 1) == items_of(at) + count, z3.ULE(count, MAX_GOLD)))
        )
        claim.assume(*(z3.ULE(items_of(class_), items) for class_ in (at, at + 1)))
        return now["number"] == items_of(at)

    def reads_items(before: dict[str, Value], now: dict[str, Value], item: Value) -> Any:
        return now["number"] == before["number"] + item

    claim.evaluator.loops["gold.packing._bitmap.class_"] = reads_classes
    claim.evaluator.loops["gold.packing._bitmap.item"] = reads_items
    claim.call("gold.packing._bitmap", gold, counts)
    claim.can_be()
    claim.never_fails()


def but_for(money: GoldMoney, now: Value, *changed: str) -> Any:
    """The batch is as it was but for some fields."""
    was = money.state.fields
    assert set(changed) <= was.keys()
    return both(*(money.evaluator.equal(now.fields[name], was[name]) for name in sorted(was.keys() - set(changed))))


def test_deposit__any_disputes__covers_whoever_wins(of: Source) -> None:
    money = GoldMoney(of)
    winners = z3.Function("winners of the first", z3.IntSort(), z3.IntSort())
    state, settled = money.is_opened(), money.term(money.state.settled)
    money.assume(winners(0) == 0, *money.invariant(state, winners(settled)).values())

    def dispute(evaluator: Any, id_: Value) -> Value:
        found = evaluator.unhooked("gold.disputes._get", id_)
        number = money.term(evaluator.numbers.bits(id_, 0, 64))
        one_more = winners(number) + z3.If(found.won, 1, 0)
        evaluator.ledger.fact(winners(number + 1) == one_more, z3.Or(number >= settled, one_more <= winners(settled)))
        return found

    def covers(before: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        paid = money.term(money.state.cost) * (money.term(number) + winners(money.term(number)))
        return money.term(now["left"]) >= money.term(before["left"]) - paid

    money.evaluator.hooks["gold.disputes._get"] = dispute
    money.evaluator.loops["gold.disputes._deposit_left.number"] = covers
    money.deposit_left()
    money.can_be()
    money.never_fails()


@pytest.mark.parametrize("number", range(SIBLINGS))
def test_settle__any_gold_dispute__gives_out_bond_and_what_the_deposit_loses(of: Source, number: int) -> None:
    money = GoldMoney(of)
    money.is_opened(settled=number)
    money.is_disputed()
    gold = money.fresh(money.parameters("gold.disputes._settle")[1], "gold")
    before = money.deposit_left()
    money.proven_elsewhere()
    money.call("gold.disputes._settle", money.call("gold.packing._join", money.batch, number), gold)
    money.can_be()
    money.never_fails()
    after = money.deposit_left()
    money.proven_elsewhere()
    bond = money.term(money.fees[number])
    money.holds(money.sum(money.credits) == bond + before - after, "what is paid is the bond, and out of the deposit")
    apart = negated(money.is_(money.disputes[number].disputer, "==", money.stored("losses.SINK")))
    lost, ruling = money.sum(money.credits, money.stored("losses.SINK")), money.disputes[number].ruling
    is_lost = money.is_(ruling, "==", 2)
    money.holds(implies(both(apart, is_lost), both(lost == bond, before == after)), "ruled wrong, the bond is lost")
    money.holds(implies(both(apart, negated(is_lost)), lost == 0), "else nothing is")
    money.holds(implies(negated(money.is_(ruling, "==", 1)), before == after), "only who is right gets of the deposit")
    settled = money.batch_now()
    money.holds(
        but_for(money, settled, "settled", "dropped", "voided", "fixed_at"), "who has disputed, and the cost, stays"
    )
    now = money.dispute_now(number)
    money.holds(implies(now.won, money.is_(now.ruling, "==", 1)), "only who is right gets a prize")
    winners = money.winners() + z3.If(now.won, 1, 0)
    for meaning, holds in money.invariant(settled, winners).items():
        money.holds(holds, meaning)


@pytest.mark.parametrize("sibling", range(SIBLINGS))
def test_file__any_arbitrator__costs_the_fee_and_as_much_again(of: Source, sibling: int) -> None:
    money = GoldMoney(of)
    money.assume(money.term(money.sibling) == sibling, sibling < money.redundancy)
    winners, state = money.term(money.number("winners", SIBLINGS)), money.is_opened()
    money.assume(money.disputes_are_counted(state), *money.invariant(state, winners).values())
    # Any dispute that was settled before.
    number, (word, was) = money.number("number", SIBLINGS), money.packed("gold.packing._unpack_dispute")
    money.assume(money.is_(number, "<", state.settled))
    money.store("gold.disputes.dispute_word", money.call("gold.packing._join", money.batch, number), word)
    fee = money.claim_now(number)
    held: list[Any] = []

    def balance(evaluator: Any, _: Any) -> Any:
        held.append(evaluator.numbers.fresh(f"held {len(held)}", 2**255))
        return held[-1]

    unpack = "escrow.packing._unpack_submission"
    submission, of_it = money.packed(unpack, state=money.any_flag(unpack, "state"))
    money.evaluator.hooks |= {"ledger._held": balance, "call submission_words": lambda *_: [submission, 0]}
    types = money.parameters("gold.disputes._file")
    arguments = [money.fresh(type_, f"argument {i}") for i, type_ in enumerate(types[2:], 2)]
    money.call("gold.disputes._file", of_it.annotator, money.submission, *arguments)
    money.can_be()
    money.never_fails()
    bond = money.term(money.call("gold.packing._unpack_claim", money.claim_now(state.filed))[1])
    taken = z3.If(money.term(held[0]) >= money.term(held[1]), money.term(held[0]) - money.term(held[1]), 0)
    money.holds(money.sum(money.debits) - money.sum(money.credits) == taken + bond, "what is paid is fee and bond")
    money.holds(both(bond == taken, bond <= money.max_cost), "the bond is as much as the fee")
    filed, after = money.dispute_now(state.filed), money.batch_now()
    money.holds(negated(filed.won), "no prize was won yet")
    money.holds(money.is_(filed.ruling, "==", 0), "nothing was ruled yet")
    money.holds(money.disputes_are_counted(after), "one sibling more has disputed")
    for meaning, holds in money.invariant(after, winners).items():
        money.holds(holds, meaning)
    equal, now = money.evaluator.equal, money.dispute_now(number)
    money.holds(both(equal(was, now), equal(fee, money.claim_now(number))), "what was settled stays")
    money.holds(
        but_for(money, after, "filed", "disputed"), "the deposit has paid for as many as before, at the same cost"
    )


def test_rule__any_dispute__is_ruled_once_before_it_is_settled(of: Source) -> None:
    money = GoldMoney(of)
    money.is_opened()
    unpack = "gold.packing._unpack_dispute"
    word, was = money.packed(unpack, state=money.any_flag(unpack, "state"))
    number = money.number("number", SIBLINGS - 1)
    id_ = money.call("gold.packing._join", money.batch, number)
    arbitrator, dispute, ruling = (money.number(hint, 2**160 - 1) for hint in ("arbitrator", "dispute", "ruling"))
    money.store("gold.disputes.dispute_word", id_, word)
    money.store("arbitration.case_of", arbitrator, dispute, id_)
    money.call("gold.disputes._rule", arbitrator, dispute, ruling)
    money.can_be()
    money.holds(money.is_(was.state, "==", money.flag(unpack, "state", "FILED")), "it was filed, and not ruled before")
    now = money.dispute_now(number)
    money.holds(money.is_(now.state, "==", money.flag(unpack, "state", "RULED")), "it is ruled")
    money.holds(both(now.won == was.won, money.is_(now.disputer, "==", was.disputer)), "no prize is won by that")


def test_mask__any_numbers__is_made_of_them(of: Source) -> None:
    claim = Claim(of, Bits)
    numbers, test = (claim.fresh(type_, f"argument {i}") for i, type_ in enumerate(claim.parameters(MASK)))
    claim.assume(claim.is_(test.size, "<=", MAX_GOLD))
    bit = claim.number("bit", 255)

    def is_named(_: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        at, mask = claim.term(number), claim.term(now["mask"])
        before = z3.Or(*(z3.And(z3.ULT(i, at), item == bit) for i, item in enumerate(numbers.items)))
        return z3.And(implies(is_set(mask, bit), z3.And(before, z3.ULT(bit, test.size))), z3.Or(at == 0, mask != 0))

    claim.evaluator.loops[f"{MASK}.number"] = is_named
    mask = claim.call(MASK, numbers, test)
    claim.can_be()
    claim.holds(mask != 0, "something is named")
    # Of 32 numbers, so no more bits are set.
    gold_number = z3.And(z3.Or(*(item == bit for item in numbers.items)), z3.ULT(bit, test.size))
    claim.holds(implies(is_set(mask, bit), gold_number), "each bit is a gold number that was named")


def is_set(mask: Any, bit: Any) -> Any:
    return z3.LShR(mask, bit) & 1 == 1


def test_drop__any_mask__drops_what_it_names(of: Source) -> None:
    claim = Claim(of, Bits, {"gold.packing._positions": positions})
    id_, gold, mask = (claim.fresh(type_, f"argument {i}") for i, type_ in enumerate(claim.parameters(DROP)))
    # How many of the first bits of the mask are set.
    set_below = z3.Function("set below", mask.sort(), mask.sort())
    claim.assume(set_below(0) == 0)

    def counts(_: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        at = claim.term(number)
        one_more = z3.If(is_set(mask, at), claim.term(1), claim.term(0))
        claim.assume(implies(z3.ULT(at, 256), set_below(at + 1) == set_below(at) + one_more))
        count, named = claim.term(now["count"]), mask & ((1 << at) - 1)
        return z3.And(count == set_below(at), z3.ULE(count, at), z3.Or(named == 0, z3.UGE(count, 1)))

    claim.evaluator.loops["gold.gold._drop.number"] = counts
    dropped = claim.call(DROP, id_, gold, mask)
    claim.can_be()
    items = z3.UDiv(gold.length, claim.term(2))
    claim.holds(dropped == set_below(items), "as many are dropped as gold numbers are in the mask")
    some = both(negated(mask == 0), z3.LShR(mask, items) == 0)
    claim.holds(implies(some, z3.UGE(dropped, 1)), "one at least, if any is")


def positions(evaluator: Evaluator, gold: Value) -> Value:
    """Positions of gold, of which no more is used than is proven of them by itself."""
    return [evaluator.numbers.fresh(evaluator.ledger.name("position"), 2**16 - 1) for _ in range(MAX_GOLD)]


def test_positions__any_bytes__are_read_within_bounds(of: Source) -> None:
    claim = Claim(of, Bits)
    gold = claim.fresh(claim.parameters("gold.packing._positions")[0], "gold")

    def two_bytes(_: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        within = (z3.ULT(claim.term(position), 2**16) for position in now["positions"])
        return z3.And(z3.ULE(claim.term(number), claim.term(now["count"])), *within)

    claim.evaluator.loops["gold.packing._positions.number"] = two_bytes
    found = claim.call("gold.packing._positions", gold)
    claim.can_be()
    claim.holds(z3.And(*(z3.ULT(position, 2**16) for position in found)), "each has two bytes")


@pytest.mark.parametrize("number", range(SIBLINGS + 1))
def test_release__any_disputes__gives_out_the_deposit_once(of: Source, number: int) -> None:
    money = GoldMoney(of)
    money.is_opened(filed=number, settled=number)
    money.is_disputed()
    before = money.number("left", 2**128 - 1)
    money.evaluator.hooks["gold.disputes._deposit_left"] = lambda *_: before
    money.call("gold.disputes._release_deposit", money.task, money.number_of_batch)
    money.can_be()
    money.holds(money.sum(money.credits) == money.term(before), "all of the deposit is given out")
    requester, sink = money.requester, money.stored("losses.SINK")
    others = [sink, *(dispute.disputer for dispute in money.disputes[:number])]
    apart = both(*(negated(money.is_(requester, "==", other)) for other in others))
    mine = money.sum(money.credits, requester)
    money.holds(implies(both(apart, money.state.voided), mine == 0), "nothing of a void test to the requester")
    money.holds(implies(negated(money.state.voided), mine == money.term(before)), "else all")
    released = money.batch_now()
    money.holds(both(released.released, but_for(money, released, "released")), "it is marked as given out, and no more")
    for meaning, holds in money.invariant(released, money.winners()).items():
        money.holds(holds, meaning)
    del money.evaluator.hooks["gold.disputes._deposit_left"]
    money.holds(money.deposit_left() == 0, "nothing is left of it")


@pytest.mark.parametrize("when", ["before the opening", "after the release"])
@pytest.mark.parametrize("call", ["_file", "_settle", "_release_deposit"])
def test_deposit__nothing_of_it_there__cannot_be_called_for(of: Source, call: str, when: str) -> None:
    money = GoldMoney(of)
    if when == "after the release":
        state = money.is_opened(released=True)
        money.assume(*money.invariant(state, money.term(money.number("winners", SIBLINGS))).values())
    else:
        word, _ = money.packed("gold.packing._unpack_batch", opened_at=0, filed=0, settled=0)
        money.store("gold.gold.batch_word", money.batch, word)
    money.can_be()
    types = money.parameters(f"gold.disputes.{call}")
    arguments = [money.fresh(type_, f"argument {i}") for i, type_ in enumerate(types)]
    if call == "_file":
        arguments[1] = money.submission
    elif call == "_settle":
        arguments[0] = money.call("gold.packing._join", money.batch, money.number("number", SIBLINGS))
    else:
        arguments = [money.task, money.number_of_batch]
        money.evaluator.hooks["gold.disputes._deposit_left"] = lambda *_: money.number("left", 2**128 - 1)
    money.call(f"gold.disputes.{call}", *arguments)
    money.holds(z3.BoolVal(False), "it is refused")


@pytest.mark.parametrize("call", ["_note_sealed", "_waive"])
def test_before_opening__any_call__leaves_a_batch_without_disputes(of: Source, call: str) -> None:
    money = GoldMoney(of)
    word, money.state = money.packed("gold.packing._unpack_batch")
    money.store("gold.gold.batch_word", money.batch, word)
    account = [] if call == "_note_sealed" else [money.number("account", 2**160 - 1)]
    money.call(f"gold.gold.{call}", *account, money.task, money.number_of_batch)
    money.can_be()
    stays = but_for(money, money.batch_now(), "sealed_at", "waived", "fixed_at")
    money.holds(stays, "what disputes make of it stays")


def test_digests__any_classes__are_within_bounds(of: Source) -> None:
    money = GoldMoney(of)
    classes = money.fresh(money.parameters("gold.grading._digests")[0], "classes")

    def gives_items(before: dict[str, Value], now: dict[str, Value], item: Value) -> Any:
        return money.term(now["number"]) == money.term(before["number"]) + money.term(item)

    money.evaluator.loops["gold.grading._digests._"] = gives_items
    money.call("gold.grading._digests", classes, money.stored("gold.tests.counts_word", money.task))
    money.can_be()
    money.never_fails()


def test_grade__any_answers__pass_with_more_than_any_one_answer_gets_right(of: Source) -> None:
    money = GoldMoney(of, {"gold.packing._positions": positions, "gold.grading._digests": digests})
    money.assume(*money.invariant(money.is_opened(), money.term(money.number("winners", SIBLINGS))).values())
    money.assume(money.call("gold.grading._must_pass", money.submission))
    money.assume(negated(money.state.voided))
    types = money.parameters("gold.grading._check")
    root, answers = money.fresh(types[1], "root"), money.fresh(types[2], "answers")
    term = money.term

    def places_fit(now: dict[str, Value]) -> Any:
        return z3.And(*(term(place) < 2**16 for place in now["places"]))

    def answer(_: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        return z3.And(term(now["least"]) <= 2**16, places_fit(now))

    def level(_: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        nodes = z3.And(term(now["total"]) <= MAX_GOLD, term(now["used"]) <= MAX_GOLD * term(number))
        return z3.And(nodes, term(now["width"]) <= 2 * MAX_LABELS, places_fit(now))

    def pair(before: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        read = z3.And(term(now["child"]) <= term(now["total"]), term(now["parents"]) <= term(now["child"]))
        return z3.And(read, term(now["used"]) <= term(before["used"]) + term(number), places_fit(now))

    money.evaluator.loops |= {f"gold.grading._check.{loop.__name__}": loop for loop in (level, pair)}
    money.evaluator.loops["gold.grading._check.i"] = answer
    money.call("gold.grading._check", money.submission, root, answers)
    money.can_be()
    money.never_fails()
    right, size = term(answers.right.length), term(money.test.size)
    wrong = size - term(money.state.dropped) - right
    money.holds(wrong <= term(money.test.allowed), "no more errors than are allowed")
    for count in money.counts:
        money.holds(right > term(count), "one answer to everything does not pass")


def digests(evaluator: Evaluator, classes: Value, counts: Value) -> Value:
    return [evaluator.numbers.fresh(evaluator.ledger.name("digest"), 2**256 - 1) for _ in range(MAX_GOLD)]


FAULTS: list[Fault] = [
    (
        "gold/tests",
        "require.that(max(allowed, self._droppable(size)) < size - most, ",
        "require.that(allowed < size - most, ",
        test_set_up__any_test_let_through__is_within_the_bounds_of_all_other_claims,
        "whoever gives one answer to everything errs on more than can be allowed or dropped",
    ),
    (
        "gold/gold",
        "require.that(len(gold) == 2 * test.size, ",
        "require.that(len(gold) <= 2 * test.size, ",
        test_open__any_gold__takes_the_deposit,
        "the list has two bytes for each item",
    ),
    (
        "gold/packing",
        "unsafe_mul(8, class_)) & (2**8 - 1)",
        "unsafe_mul(8, class_)) & (2**9 - 1)",
        test_bitmap__any_bytes__is_read_within_bounds,
        "loop above its bound",
    ),
    (
        "gold/packing",
        "positions[number] = word >> 240",
        "positions[number] = word >> 239",
        test_positions__any_bytes__are_read_within_bounds,
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/gold",
        "tests._droppable(test.size) + 1))",
        "tests._droppable(test.size)))",
        test_deposit__any_disputes__covers_whoever_wins,
        "left -= ",
    ),
    (
        "gold/disputes",
        "to_disputer += state.cost",
        "to_disputer += 2 * state.cost",
        lambda of: test_settle__any_gold_dispute__gives_out_bond_and_what_the_deposit_loses(of, 3),
        "what is paid is the bond, and out of the deposit",
    ),
    (
        "gold/disputes",
        "        if not state.voided:\n            dropped = ",
        "        if True:\n            dropped = ",
        lambda of: test_settle__any_gold_dispute__gives_out_bond_and_what_the_deposit_loses(of, 3),
        "a field reaches into the next",
    ),
    (
        "gold/disputes",
        "ledger._debit(known.token, account, fee)",
        "ledger._debit(known.token, account, fee // 2)",
        lambda of: test_file__any_arbitrator__costs_the_fee_and_as_much_again(of, 3),
        "what is paid is fee and bond",
    ),
    (
        "gold/disputes",
        "state.disputed & sibling == 0",
        "state.disputed & sibling != 1",
        lambda of: test_file__any_arbitrator__costs_the_fee_and_as_much_again(of, 3),
        "a field reaches into the next",
    ),
    (
        "gold/disputes",
        "require.that(ruled.state == IGoldTest.GoldDisputeState.FILED, reasons.GOLD_ALREADY_RULED)",
        "pass",
        test_rule__any_dispute__is_ruled_once_before_it_is_settled,
        "it was filed, and not ruled before",
    ),
    (
        "gold/disputes",
        "        require.that(mask >> number == 0, reasons.GOLD_NUMBERS_NOT_RISING)\n        mask |= 1 << number",
        "        mask |= 2 << number",
        test_mask__any_numbers__is_made_of_them,
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/gold",
        "            count += 1",
        "            count += 2",
        test_drop__any_mask__drops_what_it_names,
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/disputes",
        "to_sink = left % len(winners)",
        "to_sink = 0",
        lambda of: test_release__any_disputes__gives_out_the_deposit_once(of, 3),
        "all of the deposit is given out",
    ),
    (
        "gold/disputes",
        "require.that(not state.released, reasons.GOLD_ALREADY_RELEASED)",
        "pass",
        lambda of: test_deposit__nothing_of_it_there__cannot_be_called_for(of, "_release_deposit", "after the release"),
        "divides by nothing",
    ),
    (
        "gold/gold",
        "    state.waived = True",
        "    state.waived = True\n    state.dropped = 1",
        lambda of: test_before_opening__any_call__leaves_a_batch_without_disputes(of, "_waive"),
        "what disputes make of it stays",
    ),
    (
        "gold/grading",
        "test.allowed - min(test.allowed, dropped_count)",
        "test.allowed",
        test_grade__any_answers__pass_with_more_than_any_one_answer_gets_right,
        "one answer to everything does not pass",
    ),
    (
        "gold/grading",
        "if used < given",
        "if used <= given",
        test_grade__any_answers__pass_with_more_than_any_one_answer_gets_right,
        "index out of bounds",
    ),
    (
        "gold/grading",
        "            digests[number] = classes[i]",
        "            digests[number + 1] = classes[i]",
        test_digests__any_classes__are_within_bounds,
        "index out of bounds",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{module}-{words}" for module, _, _, _, words in FAULTS])
def test_claims_on_gold__source_with_a_fault__are_refuted_by_inputs(tmp_path: Path, fault: Fault) -> None:
    refuted(tmp_path, fault, "GoldTest")
