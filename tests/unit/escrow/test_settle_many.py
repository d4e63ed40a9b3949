"""settle_many(challenges, indices)"""

import pytest

from goldleaf.types import ChallengeState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    LAST,
    MAX,
    RESPONSE_PERIOD,
    availability_bond,
    availability_bonus,
    bonus,
    challenge,
    log,
    prize,
    submission,
)


def test_settle_many__challenges_of_both_kinds__settles_each(protocol: Protocol, work: Work, last: Work) -> None:
    challenges = [
        protocol.challenge(work, [4]),
        protocol.challenge_availability(work, [5]),
        protocol.challenge(work, [6]),
        protocol.challenge_availability(last, [12]),
    ]
    protocol.answer(work, challenges[1], 5)
    protocol.travel(RESPONSE_PERIOD)
    parties = [challenge(protocol, filed).challenger for filed in challenges]
    with protocol.gains(*parties) as gained:
        assert protocol.escrow.settle_many(challenges, [[4], [5], [6], [12]]) == 4
        events = log(protocol)
    won = 9 * protocol.unit + prize(protocol)
    assert gained == [won, 0, won + bonus(protocol), availability_bond(protocol) + availability_bonus(protocol, LAST)]
    assert [(name, event.get("challenge")) for name, event in events] == [
        ("Settled", challenges[0]),
        ("Settled", challenges[1]),
        ("Rejected", None),
        ("Settled", challenges[2]),
        ("Rejected", None),
        ("Settled", challenges[3]),
    ]
    protocol.assert_conserved()


def test_settle_many__16_challenges__are_accepted(protocol: Protocol, work: Work) -> None:
    challenger = protocol.account(free=100 * protocol.unit)
    challenges = [protocol.challenge_availability(work, [0], challenger) for _ in range(16)]
    protocol.answer(work, challenges[0], 0)
    protocol.escrow.settle_many(challenges, [[0]] * 16)
    assert submission(protocol, work.submission).settled == 16
    protocol.assert_conserved()


def test_settle_many__nothing__changes_nothing(protocol: Protocol, work: Work) -> None:
    protocol.challenge(work, [4])
    protocol.escrow.settle_many([], [])
    assert log(protocol) == []
    assert submission(protocol, work.submission).settled == 0


@pytest.mark.parametrize("case", ["order", "open", "awaiting", "unanswered", "repeated", "settled"])
def test_settle_many__one_cannot_be_settled__is_passed_over(
    protocol: Protocol, work: Work, last: Work, case: str
) -> None:
    first, second, asked = (
        protocol.challenge(work, [4]),
        protocol.challenge(work, [5]),
        protocol.challenge_availability(work, [6]),
    )
    protocol.escrow.concede(first, sender=work.annotator)
    if case == "awaiting":
        protocol.defend(second)
    elif case == "order":
        protocol.escrow.concede(second, sender=work.annotator)
    if case == "settled":
        protocol.settle(first)
        protocol.escrow.concede(second, sender=work.annotator)
    challenges, indices, settled = {
        "order": ([second, first], [[5], [4]], [first]),
        "open": ([first, second, asked], [[4], [5], [6]], [first]),
        "awaiting": ([first, second, asked], [[4], [5], [6]], [first]),
        "unanswered": ([protocol.challenge_availability(last, [12]), first, asked], [[12], [4], [6]], [first]),
        "repeated": ([first, first], [[4], [4]], [first]),
        "settled": ([first, second], [[4], [5]], [second]),
    }[case]
    assert protocol.escrow.settle_many(challenges, indices) == len(settled)
    assert [event["challenge"] for name, event in log(protocol) if name == "Settled"] == settled
    assert all(challenge(protocol, each).state == ChallengeState.SETTLED for each in settled)
    protocol.assert_conserved()


@pytest.mark.parametrize("case", ["other items", "unknown", "no items"])
def test_settle_many__one_is_wrong_input__settles_none(protocol: Protocol, work: Work, case: str) -> None:
    first, second, asked = (
        protocol.challenge(work, [4]),
        protocol.challenge(work, [5]),
        protocol.challenge_availability(work, [6]),
    )
    protocol.escrow.concede(first, sender=work.annotator)
    challenges, indices, reason = {
        "other items": ([first, second], [[4], [4]], "challenges: other items"),
        "unknown": ([first, MAX], [[4], []], "challenges: no such challenge"),
        "no items": ([first, asked], [[4], []], "challenges: other items"),
    }[case]
    with reverts(reason):
        protocol.escrow.settle_many(challenges, indices)
    assert challenge(protocol, first).state == ChallengeState.CONCEDED


def test_settle_many__challenge_with_an_empty_list__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [4])
    protocol.escrow.concede(filed, sender=work.annotator)
    with reverts("challenges: other items"):
        protocol.escrow.settle_many([filed], [[]])


@pytest.mark.parametrize("indices", [[], [[4]], [[4], [5], []]], ids=["none", "too few", "too many"])
def test_settle_many__lists_of_different_length__are_refused_with_a_reason(
    protocol: Protocol, work: Work, indices: list[list[int]]
) -> None:
    challenges = [protocol.challenge(work, [4]), protocol.challenge(work, [5])]
    for filed in challenges:
        protocol.escrow.concede(filed, sender=work.annotator)
    with reverts("escrow: lists differ in length"):
        protocol.escrow.settle_many(challenges, indices)
