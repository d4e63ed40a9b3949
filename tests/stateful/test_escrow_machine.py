"""TaskEscrow and GoldTest beside the reference models: how often random histories of them are where."""

from collections import Counter

import pytest

from goldleaf.types import Outcome
from tests.stateful.escrow_machine import EscrowMachine
from tests.stateful.histories import play_apart, run_group
from tests.stateful.world import Statistics

# Where histories have to have been to have tried everything, and how often at least: once, if nothing is said.
DEEP = {
    "close of a cancelled task before its deadline",
    "rejection by a bond that earns all of a quarter",
    "rejection by a bond that earns less than a quarter",
    "claim_many of which some were passed over",
    "settle_many of which some were passed over",
    "take_many of which some were passed over",
    "accept with pending challenges",
    "correctness CONCEDED after a rejection",
    "correctness DEFENDED after a rejection",
    "correctness FILED after a rejection",
    "correctness RULED after a rejection",
    "challenge of labels already proven wrong",
    "answer that nobody asked for",
    "availability FILED after a rejection",
    "availability after correctness",
    "availability of several labels, all of them shown",
    "availability of several labels, none of them shown",
    "availability of several labels, some of them shown",
    "challenge in a graded task",
    "premium of half of what is left",
    "premium of the least bond",
    "publication that waited for the grader",
    "fee above the bond",
    "challenge filed by the annotator",
    "challenge in a cancelled task",
    "challenge of an accepted submission",
    "ruled 0 after a rejection",
    "ruled 1 after a rejection",
    "ruled 2 after a rejection",
    "ruled not heard after a rejection",
    "gold opened with a wrong answer",
    "gold opened in a cancelled task",
    "gold opened once nobody could commit",
    "gold dispute: wrong",
    "gold dispute: not wrong",
    "gold dispute: undecided",
    "gold dispute: not heard",
    "gold dispute: not ruled in time",
    "gold dispute wins no prize",
    "gold dispute settled after the test was void",
    "fee of a gold dispute above the cost at the opening",
    "a test that is passed with errors",
    "a test that is passed with items dropped",
    "a test that is passed beside an ungraded batch",
    "a test that is passed in a large batch",
    "a test that a constant answer fails",
    "publication of a waived batch",
    "publication of a batch whose gold was not opened",
    "publication after a void test",
    "deposit released to the winners",
    "deposit released to the requester",
    "stake that is forfeited after a test that was held",
    "stake that a tested task gives back after a year",
}
FLOORS = Counter(dict.fromkeys(DEEP, 1)) | Counter(
    {
        "gold opened": 20,
        "gold dispute wins a prize": 5,
        "test made void": 3,
        "a test that is passed": 5,
        "a test that is failed": 5,
    }
)


TESTED_FUNCTIONS = {
    f"GoldTest.{name}"
    for name in (
        *("deposit", "transfer", "withdraw", "set_up", "note_sealed", "open_gold", "waive"),
        *("dispute_gold", "rule", "settle_gold_dispute", "release_deposit"),
    )
}
# It passes over all that it cannot pay.
NEVER_REFUSED = {"claim_many"}


# Groups of histories: enough mostly, and three times as many.
GROUPS, MOST_GROUPS = 13, 39


def play() -> Statistics:
    # What is rare may take more histories than mostly do.
    for group in range(MOST_GROUPS):
        run_group(EscrowMachine, steps=120, first_seed=group)
        if group + 1 >= GROUPS and EscrowMachine.statistics.deep >= FLOORS:
            break
    return EscrowMachine.statistics


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    return play_apart(play)


# The two tests look at the same histories.
@pytest.mark.xdist_group("escrow machine")
def test_escrow__random_histories__contract_and_model_agree(statistics: Statistics) -> None:
    assert statistics.steps > 15_000


@pytest.mark.xdist_group("escrow machine")
def test_escrow__random_histories__reach_what_is_deep(statistics: Statistics) -> None:
    assert set(statistics.outcomes) == set(Outcome)
    assert statistics.deep >= FLOORS
    assert statistics.deep.keys() == FLOORS.keys()
    functions = statistics.accepted | statistics.refused
    assert set(statistics.accepted) == set(functions)
    assert set(statistics.refused) == set(functions) - NEVER_REFUSED
    assert functions.keys() >= TESTED_FUNCTIONS
