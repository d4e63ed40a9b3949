"""settle_demand(demand)"""

from dataclasses import replace

import pytest

from goldleaf.types import FightState, Outcome, SubmissionState
from tests.protocol import SINK, Protocol, Work, reverts
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
    odd_terms,
    rejection,
    submission,
    task,
    withheld_bonus,
)


def check_settled(
    protocol: Protocol,
    work: Work,
    filed: int,
    outcome: Outcome,
    to_party: int,
    to_sink: int = 0,
    rejected: tuple[int, int] | None = None,
) -> None:
    """Settles by a stranger, and holds every effect against what is expected.

    `rejected` is what the sink and the requester get by a rejection.
    """
    before, submitted, opened = fight(protocol, filed), submission(protocol, work.submission), task(protocol, work.task)
    with protocol.gains(before.party, SINK, protocol.requester, work.annotator) as gained:
        protocol.escrow.settle_demand(filed, sender=protocol.account())
        events = log(protocol)
    others = dict.fromkeys(["proven", "to_annotator", "to_defender"], 0)
    expected = [("Settled", {"fight": filed, "outcome": outcome, "to_party": to_party, "to_sink": to_sink} | others)]
    state, live, delivered = submitted.state, opened.live, opened.delivered
    lost, returned = rejected or (0, 0)
    if rejected:
        fields = {"submission": work.submission, "annotator": work.annotator, "to_sink": lost, "to_requester": returned}
        expected.insert(0, ("Rejected", fields))
        state, live, delivered = SubmissionState.REJECTED, live - 1, delivered + submitted.labels
    assert events == expected
    assert gained == [to_party, to_sink + lost, returned, 0]
    assert fight(protocol, filed) == replace(before, state=FightState.SETTLED)
    assert submission(protocol, work.submission) == replace(submitted, state=state, settled=submitted.settled + 1)
    assert task(protocol, work.task) == replace(opened, live=live, delivered=delivered)
    protocol.assert_conserved()


@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD])
def test_settle_demand__answered__gives_the_bond_to_the_sink(protocol: Protocol, work: Work, wait: int) -> None:
    filed = protocol.demand(work, 3)
    protocol.answer(work, filed)
    protocol.travel(wait)
    check_settled(protocol, work, filed, Outcome.ANSWERED, 0, demand_bond(protocol))


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
    extra = withheld_bonus(protocol, labels)
    split = rejection(protocol, labels, 0, extra)
    check_settled(protocol, work, filed, Outcome.UNANSWERED, demand_bond(protocol) + extra, rejected=split)


def test_settle_demand__unanswered__pays_four_bonds(protocol: Protocol, work: Work) -> None:
    """In figures: a stake of 10.00003, a bond of 0.100007, and pay of 0.50001, all of which is lost."""
    filed = protocol.demand(work, 3)
    protocol.travel(CHALLENGE_PERIOD // 4)
    split = 10_000_030 - 400_028 + 500_010, 0
    check_settled(protocol, work, filed, Outcome.UNANSWERED, 100_007 + 400_028, rejected=split)


def test_settle_demand__unanswered_with_a_high_bond__pays_a_sixteenth_of_the_stake(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, demand_bond=200_000))
    filed = protocol.demand(work, 3)
    protocol.travel(CHALLENGE_PERIOD // 4)
    split = 10_000_030 - 625_001 + 500_010, 0
    check_settled(protocol, work, filed, Outcome.UNANSWERED, 200_000 + 625_001, rejected=split)


def test_settle_demand__unanswered_after_an_error__takes_what_is_left(protocol: Protocol, work: Work) -> None:
    challenge, demand = protocol.challenge(work, [3]), protocol.demand(work, 4)
    protocol.travel(RESPONSE_PERIOD)
    protocol.settle(challenge)
    extra = withheld_bonus(protocol)
    split = rejection(protocol, FULL, 1, extra)
    check_settled(protocol, work, demand, Outcome.UNANSWERED, demand_bond(protocol) + extra, rejected=split)


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


def test_settle_demand__rejected_and_answered__returns_the_bond(protocol: Protocol, work: Work) -> None:
    challenge, demand = protocol.challenge(work, [3, 4]), protocol.demand(work, 4)
    protocol.answer(work, demand)
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    check_settled(protocol, work, demand, Outcome.VOID, demand_bond(protocol))


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
