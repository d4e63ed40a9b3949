"""challenge_availability(submission, indices)"""

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.ids import challenge_id
from goldleaf.types import ZERO_ADDRESS, Challenge, ChallengeKind, ChallengeState
from tests.protocol import HOUR, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    MAX,
    UNKNOWN_SUBMISSIONS,
    availability_bond,
    both_decimals,
    challenge,
    log,
    odd_terms,
    submission,
    task,
)


@both_decimals
@pytest.mark.parametrize(
    ("slot", "items"), [(0, [0]), (0, [9]), (0, [*range(10)]), (1, [10]), (1, [10, 16]), (1, [*range(10, 17)])]
)
@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD // 2 - 1])
def test_challenge_availability__in_the_first_half__takes_the_bond(
    protocol: Protocol, work: Work, last: Work, slot: int, items: list[int], wait: int
) -> None:
    asked = [work, last][slot]
    challenger = protocol.account(free=availability_bond(protocol))
    before, unchanged = submission(protocol, asked.submission), task(protocol, work.task)
    protocol.travel(wait)

    with protocol.gains(challenger, asked.annotator, protocol.requester) as gained:
        filed = protocol.escrow.challenge_availability(asked.submission, items, sender=challenger)
        events = log(protocol)

    assert filed == challenge_id(asked.submission, 0)
    fields = {"challenger": challenger, "indices": items, "bond": availability_bond(protocol)}
    assert events == [("AvailabilityChallenged", {"challenge": filed} | fields)]
    assert gained == [-availability_bond(protocol), 0, 0]
    assert challenge(protocol, filed) == Challenge(
        challenger=challenger,
        kind=ChallengeKind.AVAILABILITY,
        state=ChallengeState.FILED,
        filed_at=protocol.now,
        defended_at=0,
        labels=len(items),
        ruling=0,
        bond=availability_bond(protocol),
        indices_hash=keccak(encode(["uint256[]"], [items])),
        defender=ZERO_ADDRESS,
        fee=0,
    )
    assert submission(protocol, asked.submission) == replace(before, filed=1)
    assert task(protocol, work.task) == unchanged
    protocol.assert_conserved()


@pytest.mark.parametrize("late", [0, 1, CHALLENGE_PERIOD])
def test_challenge_availability__from_half_of_the_window_on__is_refused(
    protocol: Protocol, work: Work, late: int
) -> None:
    protocol.travel(CHALLENGE_PERIOD // 2 + late)
    with reverts("challenges: first half is over"):
        protocol.challenge_availability(work, [0])


def test_challenge_availability__odd_challenge_period__has_a_shorter_first_half(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, challenge_period=HOUR + 1, response_period=HOUR))
    protocol.travel(HOUR // 2 - 1)
    protocol.challenge_availability(work, [0])
    protocol.travel(1)
    with reverts("challenges: first half is over"):
        protocol.challenge_availability(work, [0])


def test_challenge_availability__same_label_twice__is_accepted(protocol: Protocol, work: Work) -> None:
    assert [protocol.challenge_availability(work, [0]), protocol.challenge_availability(work, [0])] == [
        challenge_id(work.submission, n) for n in (0, 1)
    ]
    protocol.assert_conserved()


@pytest.mark.parametrize(
    ("slot", "items"),
    [
        *((0, [item]) for item in (10, 2**32, MAX)),
        *((1, [item]) for item in (9, 17, 0, MAX)),
        *((0, items) for items in ([9, 10], [0, MAX], [3, 3], [4, 3], [0, 2, 1])),
        *((1, items) for items in ([9, 10], [16, 17], [0, 16])),
    ],
)
def test_challenge_availability__bad_items__are_refused(
    protocol: Protocol, work: Work, last: Work, slot: int, items: list[int]
) -> None:
    with reverts("challenges: foreign or unsorted"):
        protocol.challenge_availability([work, last][slot], items)


def test_challenge_availability__no_items__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("challenges: no labels"):
        protocol.challenge_availability(work, [])


def test_challenge_availability__32_items__are_accepted_and_no_more(protocol: Protocol) -> None:
    work = protocol.delivered(items=40, batch_size=40, redundancy=1)
    filed = protocol.challenge_availability(work, [*range(32)])
    assert challenge(protocol, filed).labels == 32
    with pytest.raises(Exception, match="33|32|length"):
        protocol.challenge_availability(work, [*range(33)])


@pytest.mark.parametrize("items", [[3], [3, 9]])
def test_challenge_availability__labels_that_were_all_shown__is_refused(
    protocol: Protocol, work: Work, items: list[int]
) -> None:
    """What is shown once is shown for good, and asking for it again would only cost its author's friends gas."""
    for item in (3, 9):
        protocol.answer(work, protocol.challenge_availability(work, [item]), item)
    with reverts("challenges: label was shown"):
        protocol.challenge_availability(work, items)


@pytest.mark.parametrize("items", [[2, 3], [3, 9]])
def test_challenge_availability__a_label_that_was_not_shown_among_others__is_filed(
    protocol: Protocol, work: Work, items: list[int]
) -> None:
    first = protocol.challenge_availability(work, [3])
    protocol.answer(work, first, 3)
    protocol.settle(first)
    filed = protocol.challenge_availability(work, items)
    with reverts("challenges: answer is open"):
        protocol.settle(filed)
    protocol.answer(work, filed, next(item for item in items if item != 3))
    protocol.settle(filed)


def test_challenge_availability__one_unit_short_of_the_bond__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("ledger: balance too low"):
        protocol.escrow.challenge_availability(
            work.submission, [0], sender=protocol.account(free=availability_bond(protocol) - 1)
        )


@pytest.mark.parametrize("state", ["taken", "committed", "paid", "rejected"])
def test_challenge_availability__not_published__is_refused(protocol: Protocol, work: Work, state: str) -> None:
    if state in ("taken", "committed"):
        work = protocol.take(protocol.open())
    if state == "committed":
        protocol.commit(work)
    if state == "paid":
        protocol.escrow.accept(work.submission, sender=protocol.requester)
        protocol.escrow.claim(work.submission)
    if state == "rejected":
        protocol.prove_wrong(work, [0, 1])
    with reverts("submissions: not published"):
        protocol.challenge_availability(work, [0])


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_challenge_availability__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not published"):
        protocol.escrow.challenge_availability(unknown, [0])
