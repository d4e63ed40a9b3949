"""A claim can fail: of contracts with one fault it is refuted, by inputs that are printed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proofs import test_court_money as court_money
from tests.proofs import test_escrow_money as escrow_money
from tests.proofs import test_gold_money as gold_money
from tests.proving.claim import Claim, Refuted, implies
from tests.proving.escrow import DEPLOYABLES, EscrowMoney
from tests.proving.numbers import Bits
from tests.proving.source import CONTRACTS, Source


def broken(folder: Path, module: str, right: str, wrong: str, *deployables: str) -> Source:
    shutil.copytree(CONTRACTS, folder / "contracts")
    path = folder / "contracts" / "modules" / f"{module}.vy"
    text = path.read_text()
    assert text.count(right) == 1, f"{right} is not once in {module}"
    path.write_text(text.replace(right, wrong))
    return Source(*deployables, contracts=folder / "contracts")


def claim_is_paid(source: Source) -> None:
    money = EscrowMoney(source)
    money.is_held("PUBLISHED")
    money.is_challenged_already()
    paid = money.is_(money.call("escrow.submissions._claim", [money.submission], True), "==", 1)
    out = money.reward * money.labels + money.stake - money.errors * money.prize
    money.holds(implies(paid, money.sum(money.credits) == out), "what is paid is what was kept")


def rejection_is_paid(source: Source) -> None:
    money = EscrowMoney(source)
    money.is_held("PUBLISHED")
    money.call("escrow.submissions._reject", money.submission, money.held, money.batch, 0)
    out = money.reward * money.labels + money.stake - money.errors * money.prize
    money.holds(money.sum(money.credits) == out, "what is paid is what was kept")


def pay_comes_back(source: Source) -> None:
    claim = Claim(source, Bits)
    widest = claim.call("escrow.packing._unpack_pay", 2**256 - 1)
    pay = claim.fresh(source.struct("escrow.packing.Pay"), "pay")
    claim.assume(*(claim.is_(pay.fields[name], "<=", most) for name, most in widest.fields.items()))
    found = claim.call("escrow.packing._unpack_pay", claim.call("escrow.packing._pack_pay", pay))
    claim.holds(claim.evaluator.equal(pay, found), "what is unpacked is what was packed")


FAULTS: list[tuple[str, str, str, Callable[[Source], None], str]] = [
    ("escrow/packing", "pay.publish_period << 80", "pay.publish_period << 79", pay_comes_back, "pay.publish_period ="),
    (
        "escrow/submissions",
        "unsafe_mul(held.errors, unsafe_sub(reward, reward // tasks.PRIZE_DIVISOR))",
        "unsafe_mul(held.errors, reward)",
        claim_is_paid,
        "what is paid is what was kept",
    ),
    (
        "escrow/submissions",
        "unsafe_sub(unsafe_mul(reward, batch.labels), lost)",
        "unsafe_sub(unsafe_mul(reward, batch.labels) + 1, lost)",
        rejection_is_paid,
        "what is paid is what was kept",
    ),
]


@pytest.mark.parametrize(("module", "right", "wrong", "claim", "words"), FAULTS, ids=["shift", "prize", "one"])
def test_claim__source_with_a_fault__is_refuted_by_inputs(
    tmp_path: Path, module: str, right: str, wrong: str, claim: Callable[[Source], None], words: str
) -> None:
    with pytest.raises(Refuted, match="It does not hold that") as refuted:
        claim(broken(tmp_path, module, right, wrong, *DEPLOYABLES))
    assert words in str(refuted.value) and "For example with" in str(refuted.value)


# A claim itself, asked of a source with a fault: module, what is right and wrong, claim, and what it then says.
FAULTS_OF_CLAIMS: list[tuple[str, str, str, Callable[[Source], None], str]] = [
    (
        "escrow/submissions",
        "        stake = unsafe_add(stake, batches._of(terms, slot).stake)",
        "        stake = batches._of(terms, slot).stake",
        escrow_money.test_take__any_slots__costs_the_stakes_of_those_that_become_live,
        "what holds of an iteration holds of the next",
    ),
    (
        "escrow/submissions",
        "        if self.submission_word[submission] != 0:",
        "        if self.submission_word[submission] == 1:",
        escrow_money.test_take__any_slots__costs_the_stakes_of_those_that_become_live,
        "what was free becomes the annotator's",
    ),
    (
        "escrow/submissions",
        "    tasks._enter(task, taken)",
        "    tasks._enter(task, len(slots))",
        escrow_money.test_take__any_slots__costs_the_stakes_of_those_that_become_live,
        "a field of a packed word spills over",
    ),
    (
        "escrow/submissions",
        "            reward = tasks._pay(task).reward",
        "            reward += tasks._pay(task).reward // 2",
        escrow_money.test_claim__after_another_of_its_task__gives_out_its_stake_and_its_pay,
        "what is paid is what was kept",
    ),
    (
        "court/settlement",
        "pot: uint256 = size + ",
        "pot: uint256 = size + 1 + ",
        lambda of: court_money.test_settle__any_votes__pays_out_what_came_in(of, 2, 2, "decided", 0),
        "what goes out is what has come in",
    ),
    (
        "court/settlement",
        "        remainder = amount % count",
        "        remainder = 0",
        lambda of: court_money.test_settle__any_votes__pays_out_what_came_in(of, 2, 2, "tied", 2),
        "what goes out is what has come in",
    ),
    (
        "court/settlement",
        "            extra = 0",
        "            extra = 1",
        court_money.test_pay__any_panel__gives_each_paid_seat_a_share_and_fines_the_fined,
        "what holds of an iteration holds of the next",
    ),
    (
        "court/settlement",
        "packing._has_position(fined, i)",
        "not packing._has_position(paid, i)",
        court_money.test_pay__any_panel__gives_each_paid_seat_a_share_and_fines_the_fined,
        "what holds of an iteration holds of the next",
    ),
    (
        "court/cases",
        "        if count > best:",
        "        if count >= best:",
        lambda of: court_money.test_tally__any_votes__no_more_than_a_minority_is_for_what_did_not_win(of, 15),
        "what holds of an iteration holds of the next",
    ),
    (
        "court/cases",
        "            tied = False",
        "            pass",
        lambda of: court_money.test_tally__any_votes__no_more_than_a_minority_is_for_what_did_not_win(of, 7),
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/tests",
        "require.that(max(allowed, self._droppable(size)) < size - most, ",
        "require.that(allowed < size - most, ",
        gold_money.test_set_up__any_test_let_through__is_within_the_bounds_of_all_other_claims,
        "whoever gives one answer to everything errs on more than can be allowed or dropped",
    ),
    (
        "gold/gold",
        "require.that(len(gold) == 2 * test.size, ",
        "require.that(len(gold) <= 2 * test.size, ",
        gold_money.test_open__any_gold__takes_the_deposit,
        "the list has two bytes for each item",
    ),
    (
        "gold/packing",
        "unsafe_mul(8, class_)) & (2**8 - 1)",
        "unsafe_mul(8, class_)) & (2**9 - 1)",
        gold_money.test_bitmap__any_bytes__is_read_within_bounds,
        "loop above its bound",
    ),
    (
        "gold/packing",
        "positions[number] = word >> 240",
        "positions[number] = word >> 239",
        gold_money.test_positions__any_bytes__are_read_within_bounds,
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/gold",
        "tests._droppable(test.size) + 1))",
        "tests._droppable(test.size)))",
        gold_money.test_deposit__any_disputes__covers_whoever_wins,
        "left -= ",
    ),
    (
        "gold/disputes",
        "to_disputer += state.cost",
        "to_disputer += 2 * state.cost",
        lambda of: gold_money.test_settle__any_gold_dispute__gives_out_bond_and_what_the_deposit_loses(of, 3),
        "what is paid is the bond, and out of the deposit",
    ),
    (
        "gold/disputes",
        "        if not state.voided:\n            dropped = ",
        "        if True:\n            dropped = ",
        lambda of: gold_money.test_settle__any_gold_dispute__gives_out_bond_and_what_the_deposit_loses(of, 3),
        "a field reaches into the next",
    ),
    (
        "gold/disputes",
        "ledger._debit(known.token, account, fee)",
        "ledger._debit(known.token, account, fee // 2)",
        lambda of: gold_money.test_file__any_arbitrator__costs_the_fee_and_as_much_again(of, 3),
        "what is paid is fee and bond",
    ),
    (
        "gold/disputes",
        "state.disputed & sibling == 0",
        "state.disputed & sibling != 1",
        lambda of: gold_money.test_file__any_arbitrator__costs_the_fee_and_as_much_again(of, 3),
        "a field reaches into the next",
    ),
    (
        "gold/disputes",
        "require.that(ruled.state == IGoldTest.GoldDisputeState.FILED, reasons.GOLD_ALREADY_RULED)",
        "pass",
        gold_money.test_rule__any_dispute__is_ruled_once_before_it_is_settled,
        "it was filed, and not ruled before",
    ),
    (
        "gold/disputes",
        "        require.that(mask >> number == 0, reasons.GOLD_NUMBERS_NOT_RISING)\n        mask |= 1 << number",
        "        mask |= 2 << number",
        gold_money.test_mask__any_numbers__is_made_of_them,
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/gold",
        "            count += 1",
        "            count += 2",
        gold_money.test_drop__any_mask__drops_what_it_names,
        "what holds of an iteration holds of the next",
    ),
    (
        "gold/disputes",
        "to_sink = left % len(winners)",
        "to_sink = 0",
        lambda of: gold_money.test_release__any_disputes__gives_out_the_deposit_once(of, 3),
        "all of the deposit is given out",
    ),
    (
        "gold/disputes",
        "require.that(not state.released, reasons.GOLD_ALREADY_RELEASED)",
        "pass",
        lambda of: gold_money.test_deposit__nothing_of_it_there__cannot_be_called_for(
            of, "_release_deposit", "after the release"
        ),
        "divides by nothing",
    ),
    (
        "gold/gold",
        "    state.waived = True",
        "    state.waived = True\n    state.dropped = 1",
        lambda of: gold_money.test_before_opening__any_call__leaves_a_batch_without_disputes(of, "_waive"),
        "what disputes make of it stays",
    ),
    (
        "gold/grading",
        "test.allowed - min(test.allowed, dropped_count)",
        "test.allowed",
        gold_money.test_grade__any_answers__pass_with_more_than_any_one_answer_gets_right,
        "one answer to everything does not pass",
    ),
    (
        "gold/grading",
        "if used < given",
        "if used <= given",
        gold_money.test_grade__any_answers__pass_with_more_than_any_one_answer_gets_right,
        "index out of bounds",
    ),
    (
        "gold/grading",
        "            digests[number] = classes[i]",
        "            digests[number + 1] = classes[i]",
        gold_money.test_digests__any_classes__are_within_bounds,
        "index out of bounds",
    ),
]


OF = {"court": ("Court",), "escrow": DEPLOYABLES, "gold": ("GoldTest",)}


@pytest.mark.parametrize(
    ("module", "right", "wrong", "claim", "words"),
    FAULTS_OF_CLAIMS,
    ids=[f"{module}-{words}" for module, _, _, _, words in FAULTS_OF_CLAIMS],
)
def test_claim_itself__source_with_a_fault__is_refuted_by_inputs(
    tmp_path: Path, module: str, right: str, wrong: str, claim: Callable[[Source], None], words: str
) -> None:
    with pytest.raises(Refuted, match="It does not hold that") as refuted:
        claim(broken(tmp_path, module, right, wrong, *OF[module.split("/")[0]]))
    assert words in str(refuted.value)


@pytest.mark.parametrize("claim", [pay_comes_back, claim_is_paid, rejection_is_paid])
def test_claim__source_as_it_is__is_proven(claim: Callable[[Source], None]) -> None:
    claim(Source(*DEPLOYABLES))
