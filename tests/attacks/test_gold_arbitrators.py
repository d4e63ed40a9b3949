"""Arbitrators and tokens: a bad one harms nobody but the parties of its own tasks, and locks nothing up."""

import boa
import pytest

from tests.gold import ARBITRATION_TIMEOUT, DISPUTE_PERIOD, MAX, GoldWorld, Terms, gold_dispute_id, gold_list
from tests.protocol import EVIDENCE, SALT, URI, reverts


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld(arbitrator="DishonestArbitrator")


def test_an_arbitrator_that_reverts__lets_the_test_go_on(world: GoldWorld) -> None:
    task, works = world.graded()
    world.arbitrator.set_refusing(True)
    with boa.reverts(dev="refusing"):
        world.dispute(works[0], [0])
    world.pass_dispute_period(task)
    world.publish(works[0], world.answers(task, works[0]))
    world.gold.release_deposit(task, 0)
    world.assert_conserved()


def test_an_arbitrator_that_never_rules__is_outlived(world: GoldWorld) -> None:
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.travel(ARBITRATION_TIMEOUT)
    world.settle(filed)
    world.publish(works[1], world.answers(task, works[1]))
    world.gold.release_deposit(task, 0)
    world.assert_conserved()


def test_an_arbitrator_that_takes_more_than_its_cost__is_refused(world: GoldWorld) -> None:
    """Even where an allowance, the deposit of the batch and others' balances would pay for it."""
    _, works = world.graded()
    world.fund(world.account(), 100 * world.cost)
    thief = world.arbitrator
    world.fund(works[0].annotator, 10 * world.cost)
    thief.set_costs(world.cost, 2 * world.cost)
    with boa.reverts():
        world.dispute(works[0], [0])
    world.assert_conserved()


@pytest.mark.parametrize("taken", [0, 1, 2_999_999])
def test_an_arbitrator_that_takes_less_than_its_cost__only_that_is_fee_and_bond(world: GoldWorld, taken: int) -> None:
    task, works = world.graded()
    world.arbitrator.set_costs(world.cost, taken)
    world.fund(works[0].annotator, 2 * world.cost)
    filed = world.dispute(works[0], [0])
    assert world.free(works[0].annotator) == 2 * world.cost - 2 * taken
    assert world.token.allowance(world.gold, world.arbitrator) == 0
    world.arbitrator.rule(world.gold, 0, 1)
    world.settle(filed)
    assert world.free(works[0].annotator) == 2 * world.cost + world.cost
    assert world.gold.batch(task, 0).deposit == 4 * world.cost - taken - world.cost
    world.assert_conserved()


def test_an_arbitrator_that_reuses_an_id__is_refused(world: GoldWorld) -> None:
    """The second dispute of one id would be ruled by the first."""
    _, works = world.graded()
    world.arbitrator.set_next_id(7, True)
    world.dispute(works[0], [0])
    with reverts("arbitration: dispute id reused"):
        world.dispute(works[1], [1])


def test_an_arbitrator_that_rules_twice__the_first_counts(world: GoldWorld) -> None:
    _, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.arbitrator.rule(world.gold, 0, 2)
    with reverts("gold: already ruled"):
        world.arbitrator.rule(world.gold, 0, 1)
    world.settle(filed)
    assert not world.gold.gold_dispute(filed).won


def test_an_arbitrator_that_rules_before_it_has_an_id_to_rule_on__is_refused(world: GoldWorld) -> None:
    _, works = world.graded()
    world.arbitrator.set_hasty_ruling(1)
    filed = world.dispute(works[0], [0])
    assert world.arbitrator.called()
    assert not world.arbitrator.succeeded()
    assert world.gold.gold_dispute(filed).state == 1


def test_an_arbitrator_that_raises_its_cost_before_the_opening__cannot_take_more_than_allowed(
    world: GoldWorld,
) -> None:
    task = world.tested()
    world.sealed(task)
    world.fund(world.requester, 100 * world.cost)
    world.arbitrator.set_costs(10 * world.cost, world.cost)
    with reverts("arbitration: cost above maximum"):
        world.gold.open_gold(task, 0, gold_list(world.positions(task)), world.cost, sender=world.requester)


def test_an_arbitrator_of_another_task__rules_on_its_own_disputes_only(world: GoldWorld) -> None:
    """The same dispute id before two arbitrators is two disputes."""
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    other = world.chain.deploy("mocks/DishonestArbitrator", world.token, world.cost, 86_400)
    with reverts("arbitration: unknown dispute"):
        other.rule(world.gold, 0, 1)
    assert world.gold.gold_dispute(filed).state == 1
    assert world.gold.gold_dispute_of(world.arbitrator, 0) == gold_dispute_id(task, 0, 0)


def calls(world: GoldWorld, task: int, work, other) -> dict[str, tuple[str, bytes]]:
    """What may be called from inside an arbitrator or a token: target and calldata."""
    gold, escrow = world.gold, world.escrow
    answers = world.answers(task, work)

    def call(contract, function: str, *arguments) -> tuple[str, bytes]:
        return contract.address, getattr(contract, function).prepare_calldata(*arguments)

    return {
        "dispute_gold": call(gold, "dispute_gold", other.submission, [0], MAX, EVIDENCE, URI),
        "settle_gold_dispute": call(gold, "settle_gold_dispute", gold_dispute_id(task, 0, 0), world.list_of(task)),
        "release_deposit": call(gold, "release_deposit", task, 0),
        "withdraw": call(gold, "withdraw", world.token.address, 1, world.requester),
        "transfer": call(gold, "transfer", world.token.address, 1, world.requester),
        "deposit": call(gold, "deposit", world.token.address, 1, world.requester),
        "note_sealed": call(gold, "note_sealed", task, 1),
        "open_gold": call(gold, "open_gold", task, 1, world.list_of(task), MAX),
        "waive": call(gold, "waive", task, 1),
        "publish_graded": call(escrow, "publish_graded", work.submission, work.labels.root, SALT, URI, answers),
        "expire": call(escrow, "expire", work.submission),
        "grade": call(gold, "grade", work.submission, work.labels.root, answers),
        "publish_until": call(gold, "publish_until", work.submission),
        "batch": call(gold, "batch", task, 0),
    }


NAMES = [
    "dispute_gold",
    "settle_gold_dispute",
    "release_deposit",
    "withdraw",
    "transfer",
    "deposit",
    "note_sealed",
    "open_gold",
    "waive",
    "publish_graded",
    "expire",
    "grade",
    "publish_until",
    "batch",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_arbitrator_that_re_enters__nothing_is_done(world: GoldWorld, name: str) -> None:
    task, [work, other] = world.graded()
    targets = calls(world, task, work, other)
    assert list(targets) == NAMES
    world.arbitrator.set_call(*targets[name])
    world.dispute(work, [0])
    assert world.arbitrator.called()
    assert not world.arbitrator.succeeded()
    world.assert_conserved()


@pytest.mark.parametrize("token", ["NonzeroApproveToken", "NoReturnToken", "ZeroFirstToken"])
def test_a_token_that_is_odd__gold_can_be_disputed_and_settled(token: str) -> None:
    world = GoldWorld(token=token)
    task, works = world.graded()
    world.decided(works[0], [0, 1], 1)
    world.gold.release_deposit(task, 0)
    world.assert_conserved()


def test_a_token_that_blacklists_the_payee__blocks_nobody_else() -> None:
    world = GoldWorld(token="BlacklistToken")
    task, works = world.graded()
    filed = world.dispute(works[0], [0])
    world.rule(filed, 1)
    world.token.set_blacklisted(works[0].annotator, True)
    world.settle(filed)
    assert world.free(works[0].annotator) == 3 * world.cost
    world.travel(DISPUTE_PERIOD)
    world.gold.release_deposit(task, 0)


def test_a_deposit_of_one_batch__never_pays_for_another(world: GoldWorld) -> None:
    """A requester's own arbitrator raises its cost between two openings: each batch pays by its own cost."""
    task = world.tested(Terms())
    first, second = world.sealed(task, 0), world.sealed(task, 1)
    world.open_gold(task, 0)
    world.arbitrator.set_costs(7 * world.cost, 7 * world.cost)
    world.open_gold(task, 1)
    for dispute, work in enumerate((first[0], second[0])):
        filed = world.dispute(work, [0, 1])
        world.arbitrator.rule(world.gold, dispute, 1)
        world.settle(filed)
        world.assert_conserved()
    assert world.gold.batch(task, 0).deposit == 2 * world.cost
    assert world.gold.batch(task, 1).deposit == 14 * world.cost
