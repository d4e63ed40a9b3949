"""What is stored, and fixed: test, batch, gold_dispute, gold_dispute_of, tested, free, relay, escrow, sink"""

from goldleaf.types import ZERO_ADDRESS
from tests.gold import DISPUTE_PERIOD, MAX, OPENING_PERIOD, GoldWorld
from tests.protocol import SINK, reverts

UNSEALED, SEALED, OPENED, GRADED, UNGRADED = 1, 2, 4, 8, 16


def phase(world: GoldWorld, task: int, batch: int = 0) -> int:
    return int(world.gold.batch(task, batch).phase)


def test_init__any__keeps_relay_escrow_and_its_sink(world: GoldWorld) -> None:
    assert world.gold.relay() == ZERO_ADDRESS
    assert world.gold.escrow() == world.escrow.address
    assert world.gold.sink() == world.escrow.sink() == SINK


def test_init__an_escrow_without_code__is_refused(world: GoldWorld) -> None:
    with reverts("gold: escrow has no code"):
        world.chain.deploy("GoldTest", ZERO_ADDRESS, world.account())


def test_batch__through_its_life__tells_its_phase(world: GoldWorld) -> None:
    task = world.tested()
    assert phase(world, task) == UNSEALED
    world.commit(task, 0)
    assert phase(world, task) == UNSEALED
    world.commit(task, 2)
    assert phase(world, task) == SEALED
    world.gold.note_sealed(task, 0)
    assert phase(world, task) == SEALED
    world.open_gold(task)
    assert phase(world, task) == OPENED
    world.travel(DISPUTE_PERIOD)
    assert phase(world, task) == GRADED


def test_batch__untested__tells_so(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task, 0)
    world.gold.waive(task, 0, sender=world.requester)
    assert phase(world, task) == UNGRADED
    world.travel_to(world.deadline(task))
    assert phase(world, task, 1) == SEALED
    world.travel(OPENING_PERIOD)
    assert phase(world, task, 1) == UNGRADED
    assert world.gold.batch(task, 1).fixed_at == world.now


def test_batch__voided__tells_so(world: GoldWorld) -> None:
    task, works = world.graded()
    world.decided(works[0], [0, 1], 1)
    assert phase(world, task) == UNGRADED


def test_views__of_what_is_not_there__are_empty_or_refused(world: GoldWorld) -> None:
    task = world.tested()
    with reverts("gold: no such test"):
        world.gold.test(99)
    with reverts("gold: no such test"):
        world.gold.batch(99, 0)
    with reverts("gold: no such batch"):
        world.gold.batch(task, 2)
    for unknown in (0, (task << 64) << 64, MAX):
        assert world.gold.gold_dispute(unknown).disputer == ZERO_ADDRESS
    assert world.gold.gold_dispute_of(world.arbitrator, 0) == 0
    assert world.gold.tested(task, 0, 0) == 0
    assert world.gold.free(world.token, world.requester) == 0


def test_gold_dispute__won__is_told(world: GoldWorld) -> None:
    _, works = world.graded()
    filed = world.decided(works[0], [0], 1)
    assert world.gold.gold_dispute(filed).won
    world.assert_conserved()
