"""A claim can fail: of contracts with one fault it is refuted, by inputs that are printed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proving.broken import Fault, refuted
from tests.proving.claim import Claim, implies
from tests.proving.escrow import DEPLOYABLES, EscrowMoney
from tests.proving.numbers import Bits
from tests.proving.source import Source


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


FAULTS: list[Fault] = [
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
    assert "For example with" in refuted(tmp_path, (module, right, wrong, claim, words), *DEPLOYABLES)


@pytest.mark.parametrize("claim", [pay_comes_back, claim_is_paid, rejection_is_paid])
def test_claim__source_as_it_is__is_proven(claim: Callable[[Source], None]) -> None:
    claim(Source(*DEPLOYABLES))
