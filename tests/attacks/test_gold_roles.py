"""One party in many roles: requester, annotator and disputer at once, against a stranger in the same batch."""

import pytest

from goldleaf.ids import challenge_id
from goldleaf.signing.commitments import challenge_commitment
from tests.gold import GoldWorld, Terms
from tests.protocol import DAY, EVIDENCE, SALT, SINK, URI, provide, reverts


def wealth(world: GoldWorld, *accounts: object) -> int:
    """What they could take out of both contracts, base units."""
    return sum(world.free(one) + world.escrow.free(world.token, one) for one in accounts)


@pytest.mark.parametrize("lies", [False, True])
@pytest.mark.parametrize(("numbers", "ruling"), [((), 0), ((0,), 0), ((0,), 1), ((0,), 2), ((0, 1), 1), ((0, 1), 2)])
def test_a_requester_who_is_annotator_and_disputer_too__gains_nothing_of_a_strangers_stake(
    lies: bool, numbers: tuple[int, ...], ruling: int
) -> None:
    """Gold that is true, or false all over, and disputed by an accomplice: rightly, in vain, or until it is void."""
    world, terms = GoldWorld(), Terms()
    accomplice, stranger = world.account(), world.account()
    for account in (world.requester, accomplice, stranger):
        provide(world.token, world.escrow, account, 10**9)
        world.fund(account, 10**9)
    everybody = [world.requester, accomplice, stranger, SINK]
    before = {account: wealth(world, account) for account in everybody}

    task = world.tested(terms)
    seen = world.labels(task, 0, wrong=range(terms.size) if lies else ())
    work = world.commit(task, 0, seen, stranger)
    own = world.commit(task, 2, annotator=accomplice)
    world.open_gold(task)
    if numbers:
        world.decided(own, numbers, ruling)
    world.pass_dispute_period(task)
    voided = len(numbers) == 2 and ruling == 1
    world.publish(own, world.answers(task, own))
    if lies and not voided:
        with reverts("gold: too many errors"):
            world.publish(work, world.answers(task, work))
    else:
        world.publish(work, world.answers(task, work))
    world.travel_to(world.gold.publish_until(work.submission))
    failed = lies and not voided
    if failed:
        world.escrow.expire(work.submission)
    world.escrow.claim_many([own.submission, work.submission])
    world.escrow.close(task)
    world.gold.release_deposit(task, 0)

    gained = {account: wealth(world, account) - before[account] for account in everybody}
    stake, pay = terms.stake * terms.batch_size, terms.reward * terms.batch_size
    fee, bond = world.cost * bool(numbers), world.cost * (ruling == 2)
    assert gained[world.requester] + gained[accomplice] == -(0 if failed else pay) - fee - bond
    assert gained[stranger] == (-stake if failed else pay)
    assert gained[SINK] == (stake if failed else 0) + bond
    assert world.token.balanceOf(world.arbitrator) == fee
    world.assert_conserved()


def test_one_number_of_a_gold_dispute_and_a_challenge__no_ruling_is_used_for_the_other() -> None:
    """Both are the first of submission 0, so the arbitrator is told one number twice, and mixes its rulings up."""
    world = GoldWorld(arbitrator="DishonestArbitrator")
    task, [work, _] = world.graded()
    filed = world.dispute(work, [0])
    case = challenge_id(work.submission, 0)
    assert filed == case
    world.arbitrator.rule(world.gold, 0, 2)
    world.settle(filed)
    world.pass_dispute_period(task)
    world.publish(work, world.answers(task, work))
    challenger, indices = world.account(), [1]
    bond = 3 * world.cost
    provide(world.token, world.escrow, challenger, bond)
    sealed = challenge_commitment(world.chain.id, world.escrow.address, work.submission, challenger, indices, SALT)
    world.escrow.commit_challenge(sealed, sender=challenger)
    world.travel(60)
    world.escrow.challenge(work.submission, indices, bond, EVIDENCE, URI, SALT, sender=challenger)
    provide(world.token, world.escrow, work.annotator, world.cost)
    world.escrow.defend(case, world.cost, sender=work.annotator)
    assert world.escrow.challenge_of(world.arbitrator, 1) == case
    with reverts("challenges: unknown dispute"):
        world.arbitrator.rule(world.escrow, 0, 1)
    with reverts("arbitration: unknown dispute"):
        world.arbitrator.rule(world.gold, 1, 1)
    with reverts("gold: already ruled"):
        world.arbitrator.rule(world.gold, 0, 1)
    world.travel(DAY)
    with reverts("challenges: awaiting a ruling"):
        world.escrow.settle(case, indices)
