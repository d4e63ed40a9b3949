"""settle_many(fights, indices)"""

import pytest

from goldleaf.types import FightState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    LAST,
    MAX,
    RESPONSE_PERIOD,
    bonus,
    demand_bond,
    fight,
    log,
    prize,
    submission,
    withheld_bonus,
)


def test_settle_many__challenges_and_demands__settles_each(protocol: Protocol, work: Work, last: Work) -> None:
    fights = [
        protocol.challenge(work, [4]),
        protocol.demand(work, 5),
        protocol.challenge(work, [6]),
        protocol.demand(last, 12),
    ]
    protocol.answer(work, fights[1])
    protocol.travel(RESPONSE_PERIOD)
    parties = [fight(protocol, filed).party for filed in fights]
    with protocol.gains(*parties) as gained:
        assert protocol.escrow.settle_many(fights, [[4], [], [6], []]) == 4
        events = log(protocol)
    won = 9 * protocol.unit + prize(protocol)
    assert gained == [won, 0, won + bonus(protocol), demand_bond(protocol) + withheld_bonus(protocol, LAST)]
    assert [(name, event.get("fight")) for name, event in events] == [
        ("Settled", fights[0]),
        ("Settled", fights[1]),
        ("Rejected", None),
        ("Settled", fights[2]),
        ("Rejected", None),
        ("Settled", fights[3]),
    ]
    protocol.assert_conserved()


def test_settle_many__16_fights__are_accepted(protocol: Protocol, work: Work) -> None:
    demander = protocol.account(free=100 * protocol.unit)
    fights = [protocol.demand(work, 0, demander) for _ in range(16)]
    for filed in fights:
        protocol.answer(work, filed)
    protocol.escrow.settle_many(fights, [[]] * 16)
    assert submission(protocol, work.submission).settled == 16
    protocol.assert_conserved()


def test_settle_many__nothing__changes_nothing(protocol: Protocol, work: Work) -> None:
    protocol.challenge(work, [4])
    protocol.escrow.settle_many([], [])
    assert log(protocol) == []
    assert submission(protocol, work.submission).settled == 0


@pytest.mark.parametrize("case", ["order", "open", "awaiting", "demand", "repeated", "settled"])
def test_settle_many__one_cannot_be_settled__is_passed_over(
    protocol: Protocol, work: Work, last: Work, case: str
) -> None:
    first, second, demand = protocol.challenge(work, [4]), protocol.challenge(work, [5]), protocol.demand(work, 6)
    protocol.escrow.concede(first, sender=work.annotator)
    if case == "awaiting":
        protocol.defend(second)
    elif case == "order":
        protocol.escrow.concede(second, sender=work.annotator)
    if case == "settled":
        protocol.settle(first)
        protocol.escrow.concede(second, sender=work.annotator)
    fights, indices, settled = {
        "order": ([second, first], [[5], [4]], [first]),
        "open": ([first, second, demand], [[4], [5], []], [first]),
        "awaiting": ([first, second, demand], [[4], [5], []], [first]),
        "demand": ([protocol.demand(last, 12), first, demand], [[], [4], []], [first]),
        "repeated": ([first, first], [[4], [4]], [first]),
        "settled": ([first, second], [[4], [5]], [second]),
    }[case]
    assert protocol.escrow.settle_many(fights, indices) == len(settled)
    assert [event["fight"] for name, event in log(protocol) if name == "Settled"] == settled
    assert all(fight(protocol, each).state == FightState.SETTLED for each in settled)
    protocol.assert_conserved()


@pytest.mark.parametrize("case", ["other items", "unknown", "demand with items"])
def test_settle_many__one_is_wrong_input__settles_none(protocol: Protocol, work: Work, case: str) -> None:
    first, second, demand = protocol.challenge(work, [4]), protocol.challenge(work, [5]), protocol.demand(work, 6)
    protocol.escrow.concede(first, sender=work.annotator)
    fights, indices, reason = {
        "other items": ([first, second], [[4], [4]], "challenges: other items"),
        "unknown": ([first, MAX], [[4], []], "fights: no such fight"),
        "demand with items": ([first, demand], [[4], [6]], "challenges: not a challenge"),
    }[case]
    with reverts(reason):
        protocol.escrow.settle_many(fights, indices)
    assert fight(protocol, first).state == FightState.CONCEDED


def test_settle_many__challenge_with_an_empty_list__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [4])
    protocol.escrow.concede(filed, sender=work.annotator)
    with reverts("demands: not a demand"):
        protocol.escrow.settle_many([filed], [[]])


@pytest.mark.parametrize("indices", [[], [[4]], [[4], [5], []]], ids=["none", "too few", "too many"])
def test_settle_many__lists_of_different_length__are_refused_with_a_reason(
    protocol: Protocol, work: Work, indices: list[list[int]]
) -> None:
    fights = [protocol.challenge(work, [4]), protocol.challenge(work, [5])]
    for filed in fights:
        protocol.escrow.concede(filed, sender=work.annotator)
    with reverts("escrow: lists differ in length"):
        protocol.escrow.settle_many(fights, indices)
