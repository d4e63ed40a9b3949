"""is_tested(submission, item), and is_ready(task)"""

import pytest

from goldleaf.signing.commitments import challenge_commitment
from tests.gold import DISPUTE_PERIOD, MAX, GoldWorld, Terms
from tests.protocol import EVIDENCE, SALT, URI, provide, reverts


def test_is_tested__gold_of_its_own_batch_alone__is(world: GoldWorld) -> None:
    task, works = world.graded()
    gold = set(world.opened[task, 0])
    for work in works:
        assert {item for item in range(60) if world.gold.is_tested(work.submission, item)} == gold
    for slot in (1, 3):
        assert not any(world.gold.is_tested(task << 64 | slot, item) for item in range(60))
    assert not world.gold.is_tested(works[0].submission, MAX)


def test_is_tested__in_a_batch_of_600__each_item_by_itself(world: GoldWorld) -> None:
    """Positions that are equal but for multiples of 256, of which one is dropped and one is no gold."""
    terms = Terms(items=1200, batch_size=600, redundancy=1, tolerance_bps=0)
    task = world.tested(terms)
    [work] = world.sealed(task, 1)
    gold = [0, 256, 300, 511, 598, 1, 44, 257, 512, 599]
    world.open_gold(task, 1, gold)

    def tested() -> set[int]:
        return {item - 600 for item in range(1200) if world.gold.is_tested(work.submission, item)}

    assert tested() == set(gold)
    world.decided(work, [9], 1)
    assert tested() == set(gold) - {599}


def test_is_tested__dropped_beside_the_end_of_a_word__are_no_more_and_their_neighbours_are(world: GoldWorld) -> None:
    terms = Terms(items=600, batch_size=600, redundancy=1, tolerance_bps=0, counts=(15, 15), allowed=12)
    task = world.tested(terms)
    [work] = world.sealed(task)
    gold = [*range(0, 300, 20), *range(300, 500, 20), 510, 511, 512, 513, 599]
    world.open_gold(task, 0, gold)
    world.decided(work, [gold.index(511), gold.index(512)], 1)
    assert {item for item in range(600) if world.gold.is_tested(work.submission, item)} == set(gold) - {511, 512}


def test_is_tested__before_the_opening_or_waived__nothing_is(world: GoldWorld) -> None:
    task = world.tested()
    [work, _] = world.sealed(task)
    assert not any(world.gold.is_tested(work.submission, item) for item in range(40))
    world.gold.waive(task, 0, sender=world.requester)
    assert not any(world.gold.is_tested(work.submission, item) for item in range(40))


@pytest.mark.parametrize("submission", [0, 99 << 64, MAX])
def test_is_tested__of_a_task_without_a_test__nothing_is(world: GoldWorld, submission: int) -> None:
    assert not world.gold.is_tested(submission, 0)
    assert not world.gold.is_ready(submission >> 64)


def test_is_tested__items__cannot_be_challenged_and_dropped_ones_can(world: GoldWorld) -> None:
    task, [work, other] = world.graded(wrong=[[0, 1]])
    positions = world.opened[task, 0]
    world.decided(other, [0], 1)
    world.travel(DISPUTE_PERIOD)
    world.publish(work, world.answers(task, work))
    challenger = world.account()
    bond = 3 * world.cost + 20 * world.terms[task].reward
    provide(world.token, world.escrow, challenger, 2 * bond)

    def challenge(item: int) -> None:
        sealed = challenge_commitment(world.chain.id, world.escrow.address, work.submission, challenger, [item], SALT)
        world.escrow.commit_challenge(sealed, sender=challenger)
        world.travel(60)
        world.escrow.challenge(work.submission, [item], bond, EVIDENCE, URI, SALT, sender=challenger)

    with reverts("challenges: item was tested"):
        challenge(positions[1])
    challenge(positions[0])
