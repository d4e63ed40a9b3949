"""demand(submission, item)"""

from dataclasses import replace

import pytest

from goldleaf.ids import fight_id
from goldleaf.types import ZERO_ADDRESS, Fight, FightState
from tests.protocol import HOUR, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    MAX,
    UNKNOWN_SUBMISSIONS,
    both_decimals,
    demand_bond,
    fight,
    log,
    odd_terms,
    submission,
    task,
)


@both_decimals
@pytest.mark.parametrize(("slot", "item"), [(0, 0), (0, 9), (1, 10), (1, 16)])
@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD // 2 - 1])
def test_demand__in_the_first_half__takes_the_bond(
    protocol: Protocol, work: Work, last: Work, slot: int, item: int, wait: int
) -> None:
    demanded = [work, last][slot]
    demander = protocol.account(free=demand_bond(protocol))
    before, unchanged = submission(protocol, demanded.submission), task(protocol, work.task)
    protocol.travel(wait)

    with protocol.gains(demander, demanded.annotator, protocol.requester) as gained:
        filed = protocol.escrow.demand(demanded.submission, item, sender=demander)
        events = log(protocol)

    assert filed == fight_id(demanded.submission, 0)
    fields = {"demander": demander, "item": item, "bond": demand_bond(protocol)}
    assert events == [("Demanded", {"fight": filed} | fields)]
    assert gained == [-demand_bond(protocol), 0, 0]
    assert fight(protocol, filed) == Fight(
        party=demander,
        state=FightState.FILED,
        clock=protocol.now,
        labels=0,
        item=item,
        ruling=0,
        bond=demand_bond(protocol),
        indices_hash=bytes(32),
        defender=ZERO_ADDRESS,
        fee=0,
    )
    assert submission(protocol, demanded.submission) == replace(before, filed=1)
    assert task(protocol, work.task) == unchanged
    protocol.assert_conserved()


@pytest.mark.parametrize("late", [0, 1, CHALLENGE_PERIOD])
def test_demand__from_half_of_the_window_on__is_refused(protocol: Protocol, work: Work, late: int) -> None:
    protocol.travel(CHALLENGE_PERIOD // 2 + late)
    with reverts("demands: first half is over"):
        protocol.demand(work, 0)


def test_demand__odd_challenge_period__has_a_shorter_first_half(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, challenge_period=HOUR + 1))
    protocol.travel(HOUR // 2 - 1)
    protocol.demand(work, 0)
    protocol.travel(1)
    with reverts("demands: first half is over"):
        protocol.demand(work, 0)


def test_demand__same_label_twice__is_accepted(protocol: Protocol, work: Work) -> None:
    assert [protocol.demand(work, 0), protocol.demand(work, 0)] == [fight_id(work.submission, n) for n in (0, 1)]
    protocol.assert_conserved()


@pytest.mark.parametrize(("slot", "item"), [(0, 10), (0, 2**32), (0, MAX), (1, 9), (1, 17), (1, 0), (1, MAX)])
def test_demand__item_of_no_label__is_refused(protocol: Protocol, work: Work, last: Work, slot: int, item: int) -> None:
    demanded = [work, last][slot]
    with reverts("fights: item not in the batch"):
        protocol.demand(demanded, item)


def test_demand__one_unit_short_of_the_bond__is_refused(protocol: Protocol, work: Work) -> None:
    with reverts("ledger: balance too low"):
        protocol.escrow.demand(work.submission, 0, sender=protocol.account(free=demand_bond(protocol) - 1))


@pytest.mark.parametrize("state", ["taken", "committed", "paid", "rejected"])
def test_demand__not_published__is_refused(protocol: Protocol, work: Work, state: str) -> None:
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
        protocol.demand(work, 0)


@pytest.mark.parametrize("unknown", UNKNOWN_SUBMISSIONS)
def test_demand__unknown_submission__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("submissions: not published"):
        protocol.escrow.demand(unknown, 0)
