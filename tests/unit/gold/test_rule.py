"""rule(dispute, ruling)"""

import pytest

from goldleaf.types import NOT_HEARD
from tests.gold import MAX, GoldWorld
from tests.protocol import DAY, reverts


@pytest.mark.parametrize("ruling", [0, 1, 2, NOT_HEARD])
def test_rule__by_the_arbitrator__records_and_moves_nothing(world: GoldWorld, ruling: int) -> None:
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    before = world.free(works[0].annotator)
    world.gold.rule(0, ruling, sender=world.arbitrator.address)
    assert world.event("GoldRuled") == {"gold_dispute": filed, "ruling": ruling}
    assert world.gold.gold_dispute(filed).ruling == ruling
    assert world.free(works[0].annotator) == before
    assert world.gold.batch(task, 0).dropped == 0


def test_rule__by_anybody_else__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.dispute(works[0], [0])
    for account in (world.requester, works[0].annotator, world.escrow.address):
        with reverts("arbitration: unknown dispute"):
            world.gold.rule(0, 1, sender=account)


def test_rule__of_an_unknown_dispute__is_refused(world: GoldWorld) -> None:
    with reverts("arbitration: unknown dispute"):
        world.gold.rule(7, 1, sender=world.arbitrator.address)


@pytest.mark.parametrize("ruling", [3, 2**255, MAX - 1])
def test_rule__no_such_ruling__is_refused(world: GoldWorld, ruling: int) -> None:
    _, works = world.graded()
    world.dispute(works[0], [0])
    with reverts("arbitration: no such ruling"):
        world.gold.rule(0, ruling, sender=world.arbitrator.address)


def test_rule__twice_or_after_the_settlement__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.travel(20 * DAY)
    world.settle(filed)
    with reverts("gold: already ruled"):
        world.gold.rule(0, 1, sender=world.arbitrator.address)


def test_rule__a_second_time__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.dispute(works[0], [0])
    world.gold.rule(0, 1, sender=world.arbitrator.address)
    with reverts("gold: already ruled"):
        world.gold.rule(0, 2, sender=world.arbitrator.address)
