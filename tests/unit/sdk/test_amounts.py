"""Amounts where no token is known: base units, and nothing that could be taken for them."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import pytest

from goldleaf import Deployment, Goldleaf, economics, errors
from goldleaf.presets import preset
from goldleaf.signing.permits import Domain, permit
from goldleaf_tools.audit.filing import Limits
from goldleaf_tools.autopilot import Policy
from goldleaf_tools.memory import PlannedChallenge
from tests.in_process import Play

RULE = {"labels": 10, "tolerance_bps": 500}
SET = {"stake": 40, "labels": 10}
ACCOUNT = "0x" + "11" * 20
DOMAIN = Domain("Test Dollar", "1", 1, ACCOUNT)
TAKES_AN_AMOUNT: dict[str, Callable[[Any], object]] = {
    "preset, reward": lambda amount: preset("two-classes").terms(reward=amount, items=100, arbitration_cost=3),
    "preset, cost": lambda amount: preset("two-classes").terms(reward=40, items=100, arbitration_cost=amount),
    "prize": economics.prize,
    "bond, reward": lambda amount: economics.least_bond(challenged=1, reward=amount, arbitration_cost=3),
    "bond, cost": lambda amount: economics.least_bond(challenged=1, reward=4, arbitration_cost=amount),
    "bonus, stake": lambda amount: economics.crossing_bonus(stake=amount, labels=10, bond=3),
    "bonus, bond": lambda amount: economics.crossing_bonus(bond=amount, **SET),
    "bond for all of it": lambda amount: economics.crossing_bond(stake=amount, labels=10),
    "withheld, stake": lambda amount: economics.availability_bonus(stake=amount, labels=10, availability_bond=3),
    "withheld, bond": lambda amount: economics.availability_bonus(availability_bond=amount, **SET),
    "availability bond, stake": lambda amount: economics.highest_availability_bond(stake=amount, labels=10, reward=3),
    "availability bond, reward": lambda amount: economics.highest_availability_bond(reward=amount, **SET),
    "worst loss": lambda amount: economics.worst_loss(stake=amount, labels=10),
    "rule, stake": lambda amount: economics.keeps_stake_rule(stake=amount, reward=4, arbitration_cost=3, **RULE),
    "rule, reward": lambda amount: economics.keeps_stake_rule(stake=4, reward=amount, arbitration_cost=3, **RULE),
    "rule, cost": lambda amount: economics.keeps_stake_rule(stake=40, reward=4, arbitration_cost=amount, **RULE),
    "minimum stake, cost": lambda amount: economics.minimum_stake(reward=4, arbitration_cost=amount, **RULE),
    "minimum stake, reward": lambda amount: economics.minimum_stake(reward=amount, arbitration_cost=4, **RULE),
    "permit": lambda amount: permit(DOMAIN, owner=ACCOUNT, spender=ACCOUNT, value=amount, nonce=0, deadline=1),
    "defences": lambda amount: Policy(defend_up_to=amount),
    "appeals": lambda amount: Policy(appeal_up_to=amount),
    "all appeals": lambda amount: Policy(appeals_up_to=amount),
    "withdrawals": lambda amount: Policy(withdraw_from=amount),
    "budget": lambda amount: Limits(amount),
    "defence, bond": lambda amount: economics.defence(bond=amount, fee=4, challenged=1, reward=4),
    "defence, fee": lambda amount: economics.defence(bond=4, fee=amount, challenged=1, reward=4),
    "bond of a planned challenge": lambda amount: PlannedChallenge(1, (1,), bond=amount),
}


@pytest.mark.parametrize("amount", [Decimal(40), Decimal("0.5"), 40.0, "40", True])
@pytest.mark.parametrize("take", TAKES_AN_AMOUNT.values(), ids=TAKES_AN_AMOUNT)
def test_amount__whole_tokens_where_no_token_is_known__refused(take: Callable[[Any], object], amount: object) -> None:
    with pytest.raises(errors.BaseUnitsNeeded, match="base units.*ledger.base_units"):
        take(amount)


@pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")
@pytest.mark.parametrize("take", TAKES_AN_AMOUNT.values(), ids=TAKES_AN_AMOUNT)
def test_amount__base_units__taken(take: Callable[[Any], object]) -> None:
    take(40_000_000)


def test_terms__context_of_few_digits__stake_is_exact() -> None:
    reward = 123_456_789_012_345_678_901
    with localcontext(prec=6):
        assert preset("two-classes").terms(reward=reward, items=100, arbitration_cost=1)["stake"] == 4 * reward


@pytest.mark.parametrize("fee", [Decimal(1), 1.5, True])
def test_goldleaf__fee_that_is_no_wei__refused(fee: Any) -> None:
    deployment = Deployment(1, 0, dict.fromkeys(("TaskEscrow", "Court", "Token"), ACCOUNT))
    with pytest.raises(errors.ArgumentError, match="max_fee"):
        Goldleaf("http://127.0.0.1:1", deployment, max_fee=fee)


def test_base_units__whole_tokens__as_the_token_counts(play: Play) -> None:
    ledger = play.requester.ledger
    assert (ledger.base_units(Decimal("40.5")), ledger.base_units(7)) == (40_500_000, 7)
    with pytest.raises(errors.ArgumentError, match="more places"):
        ledger.base_units(Decimal("0.0000001"))
    with pytest.raises(errors.ArgumentError, match="no amount"):
        ledger.base_units(True)
