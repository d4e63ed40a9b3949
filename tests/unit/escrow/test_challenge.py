"""challenge(submission, indices, evidence, uri, salt)"""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.ids import challenge_id
from goldleaf.types import ZERO_ADDRESS, Challenge, ChallengeKind, ChallengeState
from tests.protocol import COMMITMENT_MIN_AGE, DAY, EVIDENCE, SALT, URI, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    FULL,
    LAST,
    MAX,
    RESPONSE_PERIOD,
    UNKNOWN_SUBMISSIONS,
    both_decimals,
    challenge,
    log,
    submission,
    task,
)

BOND = 9_000_000  # with `protocol.unit` a million: three fees of three


def sealed(protocol: Protocol, work: Work, indices: Sequence[int], age: int = COMMITMENT_MIN_AGE) -> str:
    """A rich account with a seal of that age."""
    challenger = protocol.account(free=10**38)
    protocol.escrow.commit_challenge(protocol.challenge_commitment(work, indices, challenger))
    protocol.travel(age)
    return challenger


@both_decimals
@pytest.mark.parametrize(
    ("slot", "indices"),
    [
        (0, [0]),
        (0, [1, 5, 9]),
        (0, list(range(FULL))),
        (1, [10]),
        (1, [10, 12, 16]),
        (1, list(range(FULL, FULL + LAST))),
    ],
)
@pytest.mark.parametrize("more", [0, 1, 10**9])
def test_challenge__sealed__takes_the_bond(
    protocol: Protocol, work: Work, last: Work, slot: int, indices: list[int], more: int
) -> None:
    """The least one, or more."""
    challenged, bond = [work, last][slot], 3 * 3 * protocol.unit + more
    challenger = sealed(protocol, challenged, indices)
    before, unchanged = submission(protocol, challenged.submission), task(protocol, work.task)

    with protocol.gains(challenger, challenged.annotator, protocol.requester) as gained:
        filed = protocol.escrow.challenge(challenged.submission, indices, bond, EVIDENCE, URI, SALT, sender=challenger)
        events = log(protocol)

    assert filed == challenge_id(challenged.submission, 0)
    fields = {"challenger": challenger, "indices": indices, "bond": bond, "evidence": EVIDENCE, "uri": URI}
    assert events == [("Challenged", {"challenge": filed} | fields)]
    assert gained == [-bond, 0, 0]
    assert challenge(protocol, filed) == Challenge(
        challenger=challenger,
        kind=ChallengeKind.CORRECTNESS,
        state=ChallengeState.FILED,
        filed_at=protocol.now,
        defended_at=0,
        labels=len(indices),
        ruling=0,
        bond=bond,
        indices_hash=keccak(encode(["uint256[]"], [indices])),
        defender=ZERO_ADDRESS,
        fee=0,
    )
    assert submission(protocol, challenged.submission) == replace(before, filed=1)
    assert task(protocol, work.task) == unchanged
    assert protocol.escrow.committed_at(protocol.challenge_commitment(challenged, indices, challenger)) == 0
    protocol.assert_conserved()


def test_challenge__after_other_challenges__gets_the_next_number(protocol: Protocol, work: Work) -> None:
    filed = [protocol.challenge(work, [1]), protocol.challenge_availability(work, [2]), protocol.challenge(work, [1])]
    assert filed == [challenge_id(work.submission, number) for number in range(3)]
    assert submission(protocol, work.submission).filed == 3
    protocol.assert_conserved()


def test_challenge__32_labels__are_accepted(protocol: Protocol) -> None:
    work = protocol.delivered(items=40, batch_size=40, redundancy=1)
    filed = protocol.challenge(work, range(8, 40))
    assert challenge(protocol, filed).labels == 32


@pytest.mark.parametrize(
    ("indices", "reward", "cost", "least"),
    [
        ([0], 50_001, 3_000_000, 9_000_000),  # three times the cost
        ([0], 50_001, 0, 25_000),  # half of a reward, rounded down
        ([0, 1, 2], 50_001, 0, 75_001),  # half of three rewards
        ([0, 1, 2], 50_001, 25_000, 75_001),
        ([0, 1, 2], 50_001, 25_001, 75_003),
        ([0], 4, 0, 2),
        ([0], 5, 0, 2),
        (list(range(10)), 5, 0, 25),
    ],
)
def test_challenge__bond__is_at_least_half_of_the_pay_and_three_fees(
    protocol: Protocol, indices: list[int], reward: int, cost: int, least: int
) -> None:
    work = protocol.delivered(reward=reward, availability_bond=reward)
    challenger = sealed(protocol, work, indices)
    protocol.arbitrator.set_cost(cost)
    for low in (least - 1, 0):
        with reverts("challenges: bond too low"):
            protocol.escrow.challenge(work.submission, indices, low, EVIDENCE, URI, SALT, sender=challenger)
    filed = protocol.escrow.challenge(work.submission, indices, least, EVIDENCE, URI, SALT, sender=challenger)
    assert challenge(protocol, filed).bond == least
    protocol.assert_conserved()


def test_challenge__bond_of_any_height__is_a_matter_of_the_balance(protocol: Protocol, work: Work) -> None:
    challenger = sealed(protocol, work, [0])
    with reverts("ledger: balance too low"):
        protocol.escrow.challenge(work.submission, [0], MAX, EVIDENCE, URI, SALT, sender=challenger)
    filed = protocol.escrow.challenge(work.submission, [0], 10**38, EVIDENCE, URI, SALT, sender=challenger)
    protocol.travel(RESPONSE_PERIOD)
    protocol.escrow.settle(filed, [0])
    assert protocol.free(challenger) > 10**38
    protocol.assert_conserved()


def test_challenge__arbitrator_of_the_highest_cost__is_bonded(protocol: Protocol, work: Work) -> None:
    challenger = sealed(protocol, work, [0])
    protocol.arbitrator.set_cost(2**94)
    with reverts("challenges: bond too low"):
        protocol.escrow.challenge(work.submission, [0], 3 * 2**94 - 1, EVIDENCE, URI, SALT, sender=challenger)
    filed = protocol.escrow.challenge(work.submission, [0], 3 * 2**94, EVIDENCE, URI, SALT, sender=challenger)
    assert challenge(protocol, filed).bond == 3 * 2**94
    protocol.assert_conserved()


@pytest.mark.parametrize("cost", [2**94 + 1, MAX])
def test_challenge__arbitrator_above_the_highest_cost__is_refused(protocol: Protocol, work: Work, cost: int) -> None:
    challenger = sealed(protocol, work, [0])
    protocol.arbitrator.set_cost(cost)
    with reverts("challenges: cost out of bounds"):
        protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)


def test_challenge__free_balance_covers_the_bond_exactly__is_accepted(protocol: Protocol, work: Work) -> None:
    challenger = sealed(protocol, work, [0])
    protocol.escrow.transfer(protocol.token, 10**38 - 9 * protocol.unit, protocol.requester, sender=challenger)
    protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)
    assert protocol.free(challenger) == 0


def test_challenge__one_unit_short_of_the_bond__is_refused(protocol: Protocol, work: Work) -> None:
    challenger = sealed(protocol, work, [0])
    protocol.escrow.transfer(protocol.token, 10**38 - 9 * protocol.unit + 1, protocol.requester, sender=challenger)
    with reverts("ledger: balance too low"):
        protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)
    assert protocol.escrow.committed_at(protocol.challenge_commitment(work, [0], challenger)) != 0


def test_challenge__last_second_of_the_window__is_accepted(protocol: Protocol, work: Work) -> None:
    protocol.travel(CHALLENGE_PERIOD - 1 - COMMITMENT_MIN_AGE)
    protocol.challenge(work, [0])
    assert submission(protocol, work.submission).filed == 1


@pytest.mark.parametrize("late", [0, 1])
def test_challenge__from_the_end_of_the_window_on__is_refused(protocol: Protocol, work: Work, late: int) -> None:
    protocol.travel(CHALLENGE_PERIOD - COMMITMENT_MIN_AGE + late)
    with reverts("challenges: window has ended"):
        protocol.challenge(work, [0])


@pytest.mark.parametrize("age", [COMMITMENT_MIN_AGE, DAY - 1])
def test_challenge__seal_of_the_first_and_last_age__is_accepted(protocol: Protocol, work: Work, age: int) -> None:
    challenger = sealed(protocol, work, [0], age)
    protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)
    assert submission(protocol, work.submission).filed == 1


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (0, "challenges: commitment too young"),
        (COMMITMENT_MIN_AGE - 1, "challenges: commitment too young"),
        (DAY, "challenges: commitment too old"),
        (2 * DAY, "challenges: commitment too old"),
    ],
)
def test_challenge__seal_of_another_age__is_refused(protocol: Protocol, work: Work, age: int, reason: str) -> None:
    challenger = sealed(protocol, work, [0], age)
    with reverts(reason):
        protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)


def test_challenge__without_a_seal__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("challenges: no such commitment"):
        protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=protocol.account())


def test_challenge__seal_of_another_challenge__is_refused(protocol: Protocol, work: Work, last: Work) -> None:
    """It binds submission, challenger, labels and salt."""
    challenger, copier = sealed(protocol, work, [0, 1]), protocol.account(free=100 * protocol.unit)
    sibling = challenge_id(work.task, work.slot + 2)
    for submitted, indices, salt, account in [
        (sibling, [0, 1], SALT, challenger),
        (work.submission, [0, 1], SALT, copier),
        (work.submission, [0, 2], SALT, challenger),
        (work.submission, [0], SALT, challenger),
        (work.submission, [0, 1], bytes(32), challenger),
    ]:
        with reverts("challenges: no such commitment"):
            protocol.escrow.challenge(submitted, indices, BOND, EVIDENCE, URI, salt, sender=account)


def test_challenge__seal_used_before__is_refused(protocol: Protocol, work: Work) -> None:
    challenger = sealed(protocol, work, [0])
    protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)
    with reverts("challenges: no such commitment"):
        protocol.escrow.challenge(work.submission, [0], BOND, EVIDENCE, URI, SALT, sender=challenger)


@pytest.mark.parametrize(
    ("slot", "indices", "reason"),
    [
        (0, [], "challenges: no labels"),
        (0, [1, 1], "challenges: foreign or unsorted"),
        (0, [2, 1], "challenges: foreign or unsorted"),
        (0, [0, 1, 2, 2], "challenges: foreign or unsorted"),
        (0, [MAX, 0], "challenges: foreign or unsorted"),
        (0, [10], "challenges: foreign or unsorted"),
        (0, [0, 10], "challenges: foreign or unsorted"),
        (0, [9, MAX], "challenges: foreign or unsorted"),
        (0, [MAX], "challenges: foreign or unsorted"),
        (1, [9], "challenges: foreign or unsorted"),
        (1, [9, 10], "challenges: foreign or unsorted"),
        (1, [16, 17], "challenges: foreign or unsorted"),
        (1, [17], "challenges: foreign or unsorted"),
    ],
)
def test_challenge__bad_labels__are_refused(
    protocol: Protocol, work: Work, last: Work, slot: int, indices: list[int], reason: str
) -> None:
    challenged = [work, last][slot]
    challenger = sealed(protocol, challenged, indices)
    with reverts(reason):
        protocol.escrow.challenge(challenged.submission, indices, BOND, EVIDENCE, URI, SALT, sender=challenger)


@pytest.mark.parametrize("state", ["taken", "committed", "paid", "rejected"])
def test_challenge__not_published__is_refused(protocol: Protocol, work: Work, state: str) -> None:
    if state in ("taken", "committed"):
        work = protocol.take(protocol.open())
    if state == "committed":
        protocol.commit(work)
    if state == "paid":
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
    if state == "rejected":
        protocol.prove_wrong(work, [0, 1])
    with reverts("submissions: not published"):
        protocol.challenge(work, [0])


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_challenge__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not published"):
        protocol.escrow.challenge(unknown, [0], BOND, EVIDENCE, URI, SALT)


def test_challenge__by_the_annotator__is_accepted(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [0], work.annotator)
    assert challenge(protocol, filed).challenger == work.annotator
    protocol.assert_conserved()
