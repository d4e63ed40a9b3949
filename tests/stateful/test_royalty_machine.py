"""RoyaltyPool beside the reference model: where random histories of it have been."""

import pytest

from tests.stateful.histories import play_apart, run_group
from tests.stateful.royalty_machine import RoyaltyMachine
from tests.stateful.royalty_world import Statistics

# Where a history has to have been to have tried everything.
DEEP = {
    "closed during a history",
    "enrolled after a payment",
    "enrolled some and passed over others",
    "transferred by an operator",
    "transferred to oneself",
    "transferred with both sides owed",
}

CALLS = {
    "deposit",
    "withdraw",
    "pay",
    "collect_requester_share",
    "enroll",
    "collect",
    "collect_many",
    "transfer",
    "transferFrom",
    "approve",
    "setOperator",
    "set_price",
    "buy_license",
}
# All that they can refuse for, and what tokens refuse for.
REFUSALS = {
    "licenses: no licensee",
    "licenses: no terms",
    "licenses: not for sale",
    "licenses: not the requester",
    "licenses: other terms",
    "licenses: price above maximum",
    "ledger: bad account",
    "ledger: balance too low",
    "ledger: nothing arrived",
    "ledger: token took too much",
    "ledger: transfer refused",
    "ledger: transferFrom refused",
    "ledger: zero amount",
    "revenue: too much in all",
    "royalty: nobody has enrolled",
    "royalty: task is not closed",
    "shares: allowance too low",
    "shares: bad receiver",
    "shares: balance too low",
}


# Ten times what mostly does.
MOST_GROUPS = 40


def play() -> Statistics:
    # A token that lies in a given way comes up by chance, so what is rare may take more histories than the first.
    for group in range(MOST_GROUPS):
        run_group(RoyaltyMachine, steps=80, first_seed=group)
        reached = RoyaltyMachine.statistics
        if group >= 3 and reached.deep.keys() == DEEP and reached.reasons.keys() >= REFUSALS:
            break
    return RoyaltyMachine.statistics


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    return play_apart(play)


# The two tests look at the same histories.
@pytest.mark.xdist_group("royalty machine")
def test_royalty__random_histories__contract_and_model_agree(statistics: Statistics) -> None:
    assert statistics.steps > 3_000


@pytest.mark.xdist_group("royalty machine")
def test_royalty__random_histories__reach_what_is_deep(statistics: Statistics) -> None:
    assert statistics.deep.keys() == DEEP
    assert set(statistics.accepted) == CALLS
    assert REFUSALS - statistics.reasons.keys() == set()
