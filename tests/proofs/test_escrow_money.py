"""The escrow's money, for every task that can be opened: what goes in comes out, no more and no less."""

from pathlib import Path
from typing import Any

import pytest
import z3

from tests.proving.broken import Fault, refuted
from tests.proving.claim import Money, implies
from tests.proving.escrow import DEPLOYABLES, EscrowMoney, bounds
from tests.proving.evaluator import Evaluator, Value
from tests.proving.numbers import MAX, both, negated
from tests.proving.source import Source, source

CLAIM = "escrow.submissions._claim"
TAKE = "escrow.submissions._take"
SUBMISSIONS = "escrow.submissions.submission_word"
# How a challenge of correctness ends: without an answer, conceded, by a ruling, or defended and never ruled.
# By index, as rulings are numbered.
RULINGS = ("undecided", "wrong", "not wrong", "not heard")
ENDINGS = ("unanswered", "conceded", *RULINGS, "timed out")


@pytest.fixture
def of() -> Source:
    return source(*DEPLOYABLES)


def opened() -> tuple[Money, Any, Any, list[Any]]:
    """A task as `TaskTerms` lets it through: what is stored of it, and its first and last batch."""
    checked: list[Any] = []

    def note(evaluator: Any, *arguments: Any) -> Any:
        checked.append(evaluator.unhooked("escrow.batches._of", *arguments))
        return checked[-1]

    money = Money(source(*DEPLOYABLES), {"escrow.batches._of": note})
    money.call("TaskTerms.__init__", money.number("period_floor", MAX))
    parameters = money.fresh(money.parameters("TaskTerms.task_words")[1], "parameters")
    words = money.call("TaskTerms.task_words", money.number("requester", 2**160 - 1), parameters)
    terms = money.call("escrow.packing._unpack_terms", words[money.constant("escrow.packing.TERMS")])
    pay = money.call("escrow.packing._unpack_pay", words[money.constant("escrow.packing.PAY")])
    money.can_be()
    return money, terms, pay, checked


@pytest.mark.parametrize("which", [0, 1], ids=["first", "last"])
def test_open__any_terms_let_through__are_within_the_bounds_of_all_other_claims(which: int) -> None:
    money, terms, pay, batches = opened()
    for meaning, holds in bounds(money, terms, pay, batches[which]).items():
        money.holds(holds, meaning)


def test_batch__any_slot_of_a_task__is_like_the_first_or_the_last() -> None:
    money, terms, _, (first, last) = opened()
    count = money.term(money.call("escrow.batches._count", terms))
    slot = money.number("slot", MAX)
    money.assume(money.term(slot) < count * money.term(terms.redundancy))
    batch = money.evaluator.unhooked("escrow.batches._of", terms, slot)
    like = [
        both(*(money.is_(batch.fields[name], "==", other.fields[name]) for name in ("labels", "stake", "tolerated")))
        for other in (first, last)
    ]
    labels = money.term(batch.labels)
    money.holds(z3.Or(labels == money.term(first.labels), labels == money.term(last.labels)), "its labels are theirs")
    money.holds(z3.Or(*like), "stake and tolerance are theirs too")
    money.holds(money.term(batch.first) + labels <= money.term(terms.items), "its labels are items of the task")


def test_claim__any_paid_submission__gives_out_its_stake_and_its_pay() -> None:
    money = EscrowMoney()
    money.is_held("PUBLISHED")
    money.is_challenged_already()
    paid = money.is_(money.call("escrow.submissions._claim", [money.submission], True), "==", 1)
    money.can_be(paid)
    pot, advanced = money.reward * money.labels, money.errors * money.prize
    total, to_requester = money.sum(money.credits), money.sum(money.credits, money.requester)
    money.holds(implies(paid, total == pot + money.stake - advanced), "what is paid is what was kept")
    not_theirs = negated(money.is_(money.requester, "==", money.annotator))
    money.holds(implies(both(paid, not_theirs), to_requester <= pot), "the requester gets nothing of the stake")
    to_annotator = money.sum(money.credits, money.annotator)
    due = money.reward * (money.labels - money.errors) + money.stake
    money.holds(implies(both(paid, not_theirs), to_annotator == due), "right labels are paid, and all of the stake")
    after = money.call("escrow.tasks._progress", money.task)
    delivered, accepted = money.term(after.delivered), money.term(after.accepted)
    money.holds(implies(paid, delivered == money.delivered + money.labels), "the pot is less by these labels")
    money.holds(implies(paid, accepted <= delivered), "no more is accepted than delivered")


def test_claim__after_another_of_its_task__gives_out_its_stake_and_its_pay(of: Source) -> None:
    money = EscrowMoney(of)
    term, equal = money.term, money.evaluator.equal
    money.is_held("PUBLISHED")
    money.is_challenged_already()
    slot, batch = (
        money.number("another slot", 2**32 - 1),
        money.fresh(of.struct("escrow.batches.Batch"), "another batch"),
    )
    money.evaluator.hooks["escrow.batches._of"] = lambda _, terms, of_slot: (
        batch if equal(of_slot, slot) is True else money.batch
    )
    unpack = "escrow.packing._unpack_submission"
    published = money.flag(unpack, "state", "PUBLISHED")
    word, before = money.packed(unpack, "another submission", state=published, filed=0, errors=0)
    another = money.id_of(money.task, slot)
    money.store(SUBMISSIONS, another, word)
    money.assume(money.is_(slot, "!=", money.slot), *bounds(money, money.terms, money.pay, batch).values())
    # It can be paid. If it cannot, nothing is kept of it.
    money.assume(money.is_(money.now, ">=", before.until), term(money.progress.live) >= 2)
    money.assume(money.delivered + money.labels + term(batch.labels) <= money.asked_for)
    claimed = money.call(CLAIM, [another, money.submission], z3.Bool("passes over"))
    both_paid = money.is_(claimed, "==", 2)
    money.can_be(both_paid)
    total = money.sum(money.credits[1:])  # the first is the other one's
    out = money.reward * money.labels + money.stake - money.errors * money.prize
    money.holds(implies(both_paid, total == out), "what is paid is what was kept")


def test_take__any_slots__costs_the_stakes_of_those_that_become_live(of: Source) -> None:
    costs: list[tuple[Value, Value]] = []  # slot and stake of each batch that is asked for

    def batch_of(evaluator: Evaluator, terms: Value, slot: Value) -> Value:
        costs.append((slot, evaluator.numbers.fresh(evaluator.ledger.name("stake"), 2**92 - 1)))
        return money.batch.but(stake=costs[-1][1])

    money = EscrowMoney(of, {"escrow.batches._of": batch_of})
    term, evaluator, types = money.term, money.evaluator, money.parameters(TAKE)
    account, slots, data = (
        money.number("account", 2**160 - 1),
        money.fresh(types[2], "slots"),
        money.fresh(types[3], "data"),
    )
    taken_flag = money.flag("escrow.packing._unpack_submission", "state", "TAKEN")
    # Of the first slots: how many became live, and their stakes together.
    lives, stakes = (z3.Function(name, z3.IntSort(), z3.IntSort()) for name in ("lives", "stakes"))

    def becomes_live(_: dict[str, Value], now: dict[str, Value], number: Value) -> Any:
        at = term(number)
        if costs:
            (slot, stake), *more = costs
            (guard, keys, word), *others = evaluator.storage[SUBMISSIONS]
            assert not more and not others, "one slot for each iteration"
            (before,) = (
                value for known, value in evaluator.unwritten[SUBMISSIONS] if evaluator.equal(known, keys) is True
            )
            is_live = both(*guard)
            held = money.call("escrow.packing._unpack_submission", word)
            ours = both(money.is_(held.annotator, "==", account), money.is_(held.state, "==", taken_flag))
            named = money.is_(keys[0], "==", money.id_of(money.task, slot))
            becomes = both(money.is_(before, "==", 0), ours, named)
            evaluator.ledger.require(implies(is_live, becomes), "what was free becomes the annotator's")
            money.assume(lives(at) == lives(at - 1) + z3.If(is_live, 1, 0))
            money.assume(stakes(at) == stakes(at - 1) + z3.If(is_live, term(stake), 0))
            costs.clear()
        counted = both(term(now["taken"]) == lives(at), term(now["stake"]) == stakes(at))
        return z3.And(counted, lives(at) <= at, stakes(at) <= 2**92 * at)

    evaluator.loops[f"{TAKE}.slot"] = becomes_live
    money.assume(lives(0) == 0, stakes(0) == 0)
    all_of = term(slots.length)
    # No more slots are live than there are.
    money.assume(term(money.progress.live) + lives(all_of) < 2**31)
    taken = money.call(TAKE, account, money.task, slots, data, z3.Bool("passes over"))
    money.can_be(lives(all_of) == 2)
    money.never_fails()
    debits = money.sum(money.debits)
    money.holds(debits == stakes(all_of), "what is debited is the stakes of what became live")
    money.holds(debits == money.sum(money.debits, account), "it is the annotator's")
    live = money.call("escrow.tasks._progress", money.task).live
    money.holds(term(live) == term(money.progress.live) + lives(all_of), "as many more are live")
    money.holds(term(taken) == lives(all_of), "it says how many")


@pytest.mark.parametrize("how", ["release", "expire"])
def test_reopen__any_taken_submission__gives_out_its_stake(how: str) -> None:
    money = EscrowMoney()
    money.is_held("TAKEN")
    if how == "release":
        money.call("escrow.submissions._release", money.annotator, money.submission)
    else:
        money.call("escrow.submissions._expire", money.submission)
    money.can_be()
    money.holds(money.sum(money.credits) == money.stake, "what is paid is the stake")
    sink = money.stored("losses.SINK")
    apart = negated(money.is_(sink, "==", money.annotator))
    lost = money.sum(money.credits, sink)
    if how == "release":
        money.holds(
            implies(apart, z3.And(16 * lost >= money.stake, 16 * lost < money.stake + 16)), "a sixteenth is lost"
        )
    else:
        uncommitted = money.is_(money.stored("escrow.submissions.root", money.submission), "==", 0)
        money.can_be(uncommitted)
        quarter = z3.And(4 * lost >= money.stake, 4 * lost < money.stake + 4)
        money.holds(implies(both(apart, uncommitted), quarter), "a quarter is lost of what was not committed")
        all_or_none = z3.Or(lost == money.stake, lost == 0)
        money.holds(implies(both(apart, negated(uncommitted)), all_or_none), "of what was committed all or nothing")


def test_open_and_close__any_task__gives_back_what_was_not_paid_out() -> None:
    money = EscrowMoney()
    parameters = money.fresh(money.parameters("escrow.tasks._open")[1], "parameters")
    for name, stored in (
        ("reward", money.pay.reward),
        ("items", money.terms.items),
        ("redundancy", money.terms.redundancy),
    ):
        money.assume(money.is_(parameters.fields[name], "==", stored))
    money.evaluator.hooks["call task_words"] = lambda *_: [
        money.stored("escrow.tasks.words", money.task, place) for place in range(8)
    ]
    money.assume(money.is_(money.stored("escrow.tasks.task_count"), "<", 2**64 - 1))
    money.call(
        "escrow.tasks._open", money.requester, parameters, money.fresh(money.parameters("escrow.tasks._open")[2], "uri")
    )
    money.holds(
        money.sum(money.debits) == money.reward * money.asked_for, "the pot is a reward for each label asked for"
    )
    money.call("escrow.tasks._close", money.task)
    money.can_be()
    money.holds(
        money.sum(money.credits) == money.sum(money.debits) - money.reward * money.delivered,
        "what comes back is the pot without what was paid for delivered labels",
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_settle__any_challenge_of_correctness__gives_out_bond_and_prizes(ending: str) -> None:
    money = EscrowMoney()
    money.is_held("PUBLISHED")
    challenge = money.is_challenged("correctness")
    money.never_fails()
    bond = money.sum(money.debits)
    if ending in RULINGS or ending == "timed out":
        money.debits.clear()
        money.is_defended(challenge)
        money.never_fails()
        money.credits.clear()
    elif ending == "conceded":
        money.call("escrow.correctness._concede", money.annotator, challenge)
        money.later()
    if ending in RULINGS:
        ruled = money.flag("escrow.packing._unpack_challenge", "state", "RULED")
        found = money.found(challenge)
        money.call("escrow.challenges._set", challenge, found.but(state=ruled, ruling=RULINGS.index(ending)))
        money.later()
    settled = money.is_settled("correctness", challenge)
    money.can_be(settled)
    rejected = both(settled, money.state_is("REJECTED"))
    stays = both(settled, negated(money.state_is("REJECTED")))
    total, proven = money.sum(money.credits), money.newly_proven()
    if ending in ("unanswered", "conceded", "wrong"):
        money.can_be(rejected)
        money.can_be(stays, proven > 0)
    else:
        money.holds(implies(settled, proven == 0), "nothing is proven")
        money.holds(negated(rejected), "nothing is rejected")
    money.holds(
        implies(stays, total == bond + proven * money.prize), "what is paid is the bond and a prize for each error"
    )
    left = money.stake - money.errors * money.prize
    money.holds(
        implies(rejected, total == bond + left + money.reward * money.labels),
        "of a rejected submission what is paid is the bond, what is left of the stake, and the pay of its labels",
    )
    money.holds(
        implies(stays, money.errors + proven <= money.term(money.batch.tolerated)),
        "errors are above the tolerance only if it rejects",
    )
    # Even if all but the requester are one.
    takes = money.sum(money.credits, money.challenger) - bond + money.errors * money.prize
    sink = money.stored("losses.SINK")
    apart = both(*(negated(money.is_(money.challenger, "==", other)) for other in (sink, money.requester)))
    money.holds(implies(both(rejected, apart), 8 * takes <= 3 * money.stake), "a rejection loses 5/8 of the stake")


@pytest.mark.parametrize("kind", ["correctness", "availability"])
def test_settle__submission_that_was_rejected__gives_out_the_bond(kind: str) -> None:
    money = EscrowMoney()
    money.is_held("PUBLISHED")
    challenge = money.is_challenged(kind)
    money.never_fails()
    bond = money.sum(money.debits)
    found = money.call("escrow.submissions._get", money.submission)
    rejected = money.flag("escrow.packing._unpack_submission", "state", "REJECTED")
    money.call("escrow.submissions._set_submission", money.submission, found.but(state=rejected))
    settled = money.is_settled(kind, challenge)
    money.can_be(settled)
    money.holds(implies(settled, money.sum(money.credits) == bond), "what is paid is the bond")
    money.holds(implies(settled, money.sum(money.credits, money.challenger) == bond), "it is the challenger's")


def test_settle__any_challenge_of_availability__gives_out_bond_or_rejects() -> None:
    money = EscrowMoney()
    money.is_held("PUBLISHED")
    challenge = money.is_challenged("availability")
    money.never_fails()
    bond = money.sum(money.debits)
    settled = money.is_settled("availability", challenge)
    rejected = both(settled, money.state_is("REJECTED"))
    stays = both(settled, negated(money.state_is("REJECTED")))
    money.can_be(rejected)
    money.can_be(stays)
    total, sink = money.sum(money.credits), money.stored("losses.SINK")
    money.holds(
        implies(stays, both(total == bond, money.sum(money.credits, sink) == bond)),
        "an answered one loses its bond to the sink",
    )
    left = money.stake - money.errors * money.prize
    money.holds(
        implies(rejected, total == bond + left + money.reward * money.labels),
        "of a rejected submission what is paid is the bond, what is left of the stake, and the pay of its labels",
    )


def test_defend__any_arbitrator__costs_the_defender_what_it_has_taken() -> None:
    money = EscrowMoney()
    money.is_held("PUBLISHED")
    challenge = money.is_challenged("correctness")
    money.never_fails()
    money.debits.clear()
    held: list[Any] = []

    def balance(evaluator: Any, _: Any) -> Any:
        held.append(evaluator.numbers.fresh(f"held {len(held)}", 2**255))
        return held[-1]

    money.evaluator.hooks["ledger._held"] = balance
    money.is_defended(challenge)
    money.can_be()
    before, after = map(money.term, held)
    taken = z3.If(before >= after, before - after, 0)
    money.holds(
        money.sum(money.debits) - money.sum(money.credits) == taken, "the defender pays what has left the escrow"
    )


def test_prove__any_labels__marks_no_more_than_there_are_or_may_be() -> None:
    money = EscrowMoney()
    types = money.parameters("escrow.correctness._prove")
    submission, first, indices, most = (money.fresh(type_, f"argument {i}") for i, type_ in enumerate(types))
    # Which labels are marked is stored in bits of which nothing is known here.
    money.evaluator.hooks["escrow.packing._bit"] = lambda evaluator, _: (0, 1)
    money.assume(money.is_(first, "<=", 0))
    proven = money.evaluator.unhooked("escrow.correctness._prove", submission, first, indices, most)
    money.holds(money.is_(proven, "<=", most), "no more than may be")
    money.holds(money.is_(proven, "<=", indices.length), "no more than there are")


FAULTS: list[Fault] = [
    (
        "escrow/submissions",
        "        stake = unsafe_add(stake, batches._of(terms, slot).stake)",
        "        stake = batches._of(terms, slot).stake",
        test_take__any_slots__costs_the_stakes_of_those_that_become_live,
        "what holds of an iteration holds of the next",
    ),
    (
        "escrow/submissions",
        "        if self.submission_word[submission] != 0:",
        "        if self.submission_word[submission] == 1:",
        test_take__any_slots__costs_the_stakes_of_those_that_become_live,
        "what was free becomes the annotator's",
    ),
    (
        "escrow/submissions",
        "    tasks._enter(task, taken)",
        "    tasks._enter(task, len(slots))",
        test_take__any_slots__costs_the_stakes_of_those_that_become_live,
        "a field of a packed word spills over",
    ),
    (
        "escrow/submissions",
        "            reward = tasks._pay(task).reward",
        "            reward += tasks._pay(task).reward // 2",
        test_claim__after_another_of_its_task__gives_out_its_stake_and_its_pay,
        "what is paid is what was kept",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{module}-{words}" for module, _, _, _, words in FAULTS])
def test_claims_on_escrow__source_with_a_fault__are_refuted_by_inputs(tmp_path: Path, fault: Fault) -> None:
    refuted(tmp_path, fault, *DEPLOYABLES)
