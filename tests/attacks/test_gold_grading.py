"""Passing a test without knowing, and failing who does know."""

from dataclasses import replace
from itertools import pairwise

import pytest
from eth_utils import keccak

from goldleaf.labels import LabelSet
from goldleaf.labels.merkle import MerkleTree, leaf_hash
from goldleaf.signing.commitments import challenge_commitment, commitment
from goldleaf.types import SubmissionState
from tests.gold import DISPUTE_PERIOD, GoldWorld, Terms, Work, digest, ranked
from tests.protocol import EVIDENCE, SALT, SINK, URI, provide, reverts

THIRTY = Terms(items=60, batch_size=60, redundancy=3, counts=(15, 15), allowed=12)


@pytest.fixture
def world() -> GoldWorld:
    return GoldWorld()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_constant_answer__whichever__never_passes(world: GoldWorld, place: int) -> None:
    """Not even where as many items are dropped as the test outlives, all of them ones that it errs on."""
    terms = Terms(items=60, batch_size=60, classes=ranked(["a", "b", "c"]), counts=(18, 8, 4), allowed=11, redundancy=2)
    task = world.tested(terms)
    constant = world.commit(task, 0, world.labels(task, 0, constant=terms.classes[place]))
    helper = world.commit(task, 1)
    world.open_gold(task)
    errs_on = [number for number, label in enumerate(terms.answers) if label != terms.classes[place]]
    world.decided(helper, errs_on[:3], 1)
    world.pass_dispute_period(task)
    with reverts("gold: too many errors"):
        world.publish(constant, world.answers(task, constant))
    world.publish(helper, world.answers(task, helper))


def test_a_root_with_every_class_for_every_item__proves_one_label_each(world: GoldWorld) -> None:
    """Leaves of every class under one root, in a tree twice as deep: no path of the right length leads to them."""
    terms = Terms()
    task = world.tested(terms)
    digests = [digest(label) for label in terms.classes]
    # At each place of the real tree a node over both classes' leaves.
    both = [[leaf_hash(item, one) for one in digests] for item in range(32)]
    tree = MerkleTree([keccak(left + right) for left, right in both])
    annotator = world.account()
    submission = world.take(task, 0, annotator)
    sealed = commitment(world.chain.id, world.escrow.address, submission, annotator, tree.root, URI, SALT)
    world.escrow.commit(submission, sealed, sender=annotator)
    other = world.commit(task, 2)
    positions = world.open_gold(task)
    world.pass_dispute_period(task)
    order = sorted(range(terms.size), key=lambda number: positions[number])
    deeper = MerkleTree([leaf for leaves in both for leaf in leaves])
    assert deeper.root == tree.root
    places = [2 * positions[number] + terms.classes.index(terms.answers[number]) for number in order]
    for proof in (tree.multiproof(positions), deeper.multiproof(places), deeper.multiproof(places)[: terms.size]):
        answers = world.answers(task, other, right=order, proof=proof)
        with reverts("gold: wrong proof"):
            world.escrow.publish_graded(submission, tree.root, SALT, URI, answers, sender=annotator)


def test_a_proof_for_another_item_or_class__is_refused(world: GoldWorld) -> None:
    """The leaf is computed from the gold's own item and class, so whatever else is under the root does not count."""
    task, [work, _] = world.graded(wrong=[[0, 1, 2, 3, 4]])
    world.pass_dispute_period(task)
    positions = world.opened[task, 0]
    all_numbers = sorted(range(10), key=lambda number: positions[number])
    with reverts("gold: wrong proof"):
        world.publish(work, world.answers(task, work, right=all_numbers))
    # The labels of other items, which are of the class that is asked for, in place of the wrong ones.
    items = [position + 1 for position in positions]
    with reverts("gold: wrong proof"):
        world.publish(work, world.answers(task, work, right=all_numbers, proof=work.labels.multiproof(items)))


def test_a_proof__that_takes_one_leaf_for_a_node_above_it__is_refused(world: GoldWorld) -> None:
    task, [work, _] = world.graded()
    world.pass_dispute_period(task)
    positions = world.opened[task, 0]
    proof = work.labels.multiproof(positions)
    for left, right in pairwise(range(len(proof))):
        swapped = [*proof]
        swapped[left], swapped[right] = swapped[right], swapped[left]
        if swapped != proof:
            with reverts("gold: wrong proof"):
                world.publish(work, world.answers(task, work, proof=swapped))


def test_repeating_a_publication_with_fewer_answers__fines_nobody(world: GoldWorld) -> None:
    """Whoever sees it in the mempool cannot make it a failure of the author's: what does not pass changes nothing."""
    task, [work, _] = world.graded(wrong=[[0, 1, 2, 3]])
    world.pass_dispute_period(task)
    attacker = world.account()
    whole = world.right(task, work)
    for fewer in (whole[:-1], whole[1:], []):
        with reverts("gold: too many errors"):
            world.publish(work, world.answers(task, work, right=fewer), sender=attacker)
    assert world.state(work.submission) == SubmissionState.COMMITTED
    world.publish(work, world.answers(task, work))
    assert world.state(work.submission) == SubmissionState.PUBLISHED


def test_hunting_known_gold_errors__within_the_allowed_ones__is_refused(world: GoldWorld) -> None:
    task, [work, _] = world.graded(wrong=[[0, 1, 2, 3]])
    world.pass_dispute_period(task)
    world.publish(work, world.answers(task, work))
    hunter = world.account()
    bond = 3 * world.cost + 20 * world.terms[task].reward
    provide(world.token, world.escrow, hunter, bond)
    positions = world.opened[task, 0]
    for indices in ([positions[0]], sorted(positions[:4]), sorted([positions[0], 1])):
        sealed = challenge_commitment(world.chain.id, world.escrow.address, work.submission, hunter, indices, SALT)
        world.escrow.commit_challenge(sealed, sender=hunter)
        world.travel(60)
        with reverts("challenges: item was tested"):
            world.escrow.challenge(work.submission, indices, bond, EVIDENCE, URI, SALT, sender=hunter)


def test_profit_for_a_requester__by_lies_in_the_gold__is_none(world: GoldWorld) -> None:
    """All gold is false: nobody passes, no label is read, the stakes go to the sink and the pay stays where it was."""
    task = world.tested()
    before = world.escrow.free(world.token, world.requester) + world.terms[task].reward * 40 * 2
    works = world.sealed(task, wrong=[range(10), range(10)])
    world.open_gold(task)
    deposited = world.free(world.requester)
    world.pass_dispute_period(task)
    for work in works:
        with reverts("gold: too many errors"):
            world.publish(work, world.answers(task, work))
    world.travel_to(max(world.gold.publish_until(works[0].submission), world.deadline(task) + 2 * 86_400))
    sunk = world.escrow.free(world.token, SINK)
    for work in works:
        world.escrow.expire(work.submission)
    terms = world.terms[task]
    assert world.escrow.free(world.token, SINK) - sunk == 2 * terms.stake * terms.batch_size
    world.escrow.close(task)
    world.gold.release_deposit(task, 0)
    assert world.escrow.free(world.token, world.requester) == before
    assert world.free(world.requester) == deposited + 4 * world.cost


def test_profit_for_a_requester__by_voiding_an_own_test__is_none(world: GoldWorld) -> None:
    """An accomplice among the annotators has no more of it than the deposit that the requester gave."""
    task, works = world.graded(THIRTY, wrong=[range(30)])
    world.decided(works[0], range(4), 1)
    gained = world.free(works[0].annotator)
    world.gold.release_deposit(task, 0)
    deposit = THIRTY.deposit(world.cost)
    paid_in = 2 * world.cost
    # The fee went to the arbitrator, so the two of them together have less than before.
    assert gained - paid_in <= deposit
    assert world.free(works[0].annotator) - paid_in == deposit - world.cost
    world.assert_conserved()


def test_an_annotator__whose_labels_were_not_asked_for__shows_no_more_than_the_proof(world: GoldWorld) -> None:
    """Nothing but hashes of other labels is in the answers of who fails: they can't be read before publication."""
    task, [work, _] = world.graded(wrong=[range(10)])
    world.pass_dispute_period(task)
    answers = world.answers(task, work)
    for item in work.labels.items:
        assert work.labels.label(item) not in answers


def test_a_submission_of_another_task__is_graded_by_that_task(world: GoldWorld) -> None:
    task, _ = world.graded()
    other, [failing, _] = world.graded(replace(Terms(), allowed=0), wrong=[[0]])
    world.travel(DISPUTE_PERIOD)
    answers = world.answers(other, failing)
    with reverts("gold: too many errors"):
        world.publish(failing, answers)
    moved = Work((task << 64) | 0, failing.annotator, LabelSet(["x"] * 20))
    with reverts("submissions: wrong opening"):
        world.publish(moved, answers)
