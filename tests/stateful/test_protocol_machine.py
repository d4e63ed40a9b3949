"""All contracts that hold money, together, beside the reference models: where random histories of them have been."""

import pytest

from goldleaf.types import Outcome
from tests.stateful.histories import play_apart, run_group
from tests.stateful.protocol_machine import ProtocolMachine
from tests.stateful.world import Statistics

# Where histories have to have been: what one contract has done is what the next goes by.
DEEP = {
    "escrow ruled 0 by a court",
    "escrow ruled 1 by a court",
    "escrow ruled 2 by a court",
    "escrow not heard by a court",
    "GoldTest.ruled 1 by a court",
    "GoldTest.ruled 2 by a court",
    "ruled by a court of 2 rounds",
    "ruled by a court of 3 rounds",
}
CALLS = {
    f"{contract}.{name}"
    for contract, names in {
        "Court": (
            *("join", "renew", "ready", "leave", "dismiss", "draw", "drop", "commit_vote", "reveal_vote"),
            *("appeal", "settle", "deposit", "withdraw"),
        ),
        "RoyaltyPool": ("pay", "enroll", "collect", "collect_requester_share", "transfer", "set_price", "withdraw"),
    }.items()
    for name in names
}


# Groups of histories: enough mostly, and several times as many.
GROUPS, MOST_GROUPS = 2, 20


def play() -> Statistics:
    for group in range(MOST_GROUPS):
        run_group(ProtocolMachine, steps=120, first_seed=group)
        reached = ProtocolMachine.statistics
        if group + 1 >= GROUPS and reached.deep.keys() >= DEEP and reached.accepted.keys() >= CALLS:
            break
    return ProtocolMachine.statistics


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    return play_apart(play)


# The two tests look at the same histories.
@pytest.mark.xdist_group("protocol machine")
def test_protocol__random_histories__contracts_and_models_agree(statistics: Statistics) -> None:
    assert statistics.steps > 5_000


@pytest.mark.xdist_group("protocol machine")
def test_protocol__random_histories__reach_what_is_deep(statistics: Statistics) -> None:
    assert DEEP - statistics.deep.keys() == set()
    assert CALLS - statistics.accepted.keys() == set()
    assert set(statistics.outcomes) == set(Outcome)


def play_sold_task_of_another() -> Statistics:
    run_group(ProtocolMachine, steps=200, first_seed=1_000_001)
    return ProtocolMachine.statistics


def test_protocol__account_that_only_the_escrow_knew_earns_in_the_pool__is_paid_at_the_end() -> None:
    assert play_apart(play_sold_task_of_another).accepted["RoyaltyPool.pay"] > 0
