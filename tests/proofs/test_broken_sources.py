"""A claim can fail: of contracts with one fault it is refuted, by inputs that are printed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("claim", [pay_comes_back, claim_is_paid, rejection_is_paid])
def test_claim__source_as_it_is__is_proven(claim: Callable[[Source], None]) -> None:
    claim(Source(*DEPLOYABLES))
