"""settle_demand(demand)"""

from dataclasses import replace

import pytest

from goldleaf.types import FightState, Outcome, SubmissionState
from tests.protocol import Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    FULL,
    LAST,
    RESPONSE_PERIOD,
    UNKNOWN_FIGHTS,
    both_decimals,
    demand_bond,
    fight,
    log,
    penalty,
    stake,
    submission,
    task,
)


def check_settled(
    protocol: Protocol, work: Work, filed: int, outcome: Outcome, to_party: int, rejected_with: int | None = None
) -> None:
    """Settles by a stranger, and holds every effect against what is expected."""
    before, submitted, opened = fight(protocol, filed), submission(protocol, work.submission), task(protocol, work.task)
    with protocol.gains(before.party, protocol.requester, work.annotator) as gained:
        protocol.escrow.settle_demand(filed, sender=protocol.account())
        events = log(protocol)
    others = dict.fromkeys(["proven", "to_requester", "to_annotator", "to_defender"], 0)
    expected = [("Settled", {"fight": filed, "outcome": outcome, "to_party": to_party} | others)]
    state, live = submitted.state, opened.live
    if rejected_with is not None:
        fields = {"submission": work.submission, "annotator": work.annotator, "to_requester": rejected_with}
        expected.insert(0, ("Rejected", fields))
        state, live = SubmissionState.REJECTED, live - 1
    assert events == expected
    assert gained == [to_party, rejected_with or 0, 0]
    assert fight(protocol, filed) == replace(before, state=FightState.SETTLED)
    assert submission(protocol, work.submission) == replace(submitted, state=state, settled=submitted.settled + 1)
    assert task(protocol, work.task) == replace(opened, live=live)
    protocol.assert_conserved()


@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD])
def test_settle_demand__answered__moves_nothing(protocol: Protocol, work: Work, wait: int) -> None:
    filed = protocol.demand(work, 3)
    protocol.answer(work, filed)
    protocol.travel(wait)
    check_settled(protocol, work, filed, Outcome.ANSWERED, 0)


@both_decimals
@pytest.mark.parametrize(("slot", "labels"), [(0, FULL), (1, LAST)])
def test_settle_demand__unanswered__rejects_the_submission(
    protocol: Protocol, work: Work, last: Work, slot: int, labels: int
) -> None:
    work = [work, last][slot]
    filed = protocol.demand(work, work.labels.items[3])
    protocol.travel(CHALLENGE_PERIOD // 4 - 1)
    with reverts("demands: answer is open"):
        protocol.escrow.settle_demand(filed)
    protocol.travel(1)
    prize = penalty(protocol, labels) // 2
    check_settled(
        protocol,
        work,
        filed,
        Outcome.UNANSWERED,
        demand_bond(protocol) + prize,
        rejected_with=stake(protocol, labels) - prize,
    )


def test_settle_demand__unanswered_after_an_error__takes_what_is_left(protocol: Protocol, work: Work) -> None:
    challenge, demand = protocol.challenge(work, [3]), protocol.demand(work, 4)
    protocol.travel(RESPONSE_PERIOD)
    protocol.settle(challenge)
    lost = penalty(protocol)
    check_settled(
        protocol,
        work,
        demand,
        Outcome.UNANSWERED,
        demand_bond(protocol) + lost // 2,
        rejected_with=stake(protocol) - lost - lost // 2,
    )


def test_settle_demand__rejected_and_unanswered__returns_the_bond_at_once(protocol: Protocol, work: Work) -> None:
    challenge, demand = protocol.challenge(work, [3, 4]), protocol.demand(work, 4)
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    check_settled(protocol, work, demand, Outcome.VOID, demand_bond(protocol))


def test_settle_demand__rejected_by_another_demand__returns_the_bond(protocol: Protocol, work: Work) -> None:
    first, second = protocol.demand(work, 3), protocol.demand(work, 3)
    protocol.travel(CHALLENGE_PERIOD // 4)
    protocol.escrow.settle_demand(first)
    check_settled(protocol, work, second, Outcome.VOID, demand_bond(protocol))


def test_settle_demand__rejected_and_answered__moves_nothing(protocol: Protocol, work: Work) -> None:
    challenge, demand = protocol.challenge(work, [3, 4]), protocol.demand(work, 4)
    protocol.answer(work, demand)
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    check_settled(protocol, work, demand, Outcome.ANSWERED, 0)


def test_settle_demand__an_earlier_fight_is_open__is_refused(protocol: Protocol, work: Work) -> None:
    protocol.challenge(work, [3])
    demand = protocol.demand(work, 4)
    protocol.answer(work, demand)
    with reverts("fights: not its turn"):
        protocol.escrow.settle_demand(demand)


@pytest.mark.parametrize("answered", [False, True])
def test_settle_demand__twice__is_refused(protocol: Protocol, work: Work, answered: bool) -> None:
    filed = protocol.demand(work, 3)
    if answered:
        protocol.answer(work, filed)
    protocol.travel(CHALLENGE_PERIOD)
    protocol.escrow.settle_demand(filed)
    with reverts("fights: not its turn"):
        protocol.escrow.settle_demand(filed)


def test_settle_demand__a_challenge__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [3])
    with reverts("demands: not a demand"):
        protocol.escrow.settle_demand(filed)


@pytest.mark.parametrize("unknown", UNKNOWN_FIGHTS)
def test_settle_demand__unknown_fight__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("fights: no such fight"):
        protocol.escrow.settle_demand(unknown)
