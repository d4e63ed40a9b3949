"""Withholding: labels that nobody can read are not paid, and asking for them is no business."""

from collections.abc import Iterable

import boa
import pytest
from eth_utils import keccak

from goldleaf.ids import submission_id
from goldleaf.labels import LabelSet, digest, merkle
from goldleaf.types import SubmissionState
from tests.protocol import DAY, SALT, SINK, URI, Protocol, Work, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def published(protocol: Protocol, root: bytes, **overrides) -> Work:
    """A submission with a root of the thief's choice."""
    work = protocol.take(protocol.open(redundancy=1, **overrides))
    protocol.escrow.publish(work.submission, root, SALT, URI, sender=work.annotator)
    return work


def test_withheld_labels__are_rejected_on_one_demand(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    demander = protocol.account(free=protocol.unit)
    with protocol.gains(demander, work.annotator, protocol.requester) as gained:
        fight = protocol.demand(work, 3, demander)
        protocol.travel(parameters.challenge_period // 4)
        with reverts("demands: answer is late"):
            protocol.answer(work, fight)
        protocol.escrow.settle_demand(fight)
    # The pay of ten labels, which may have been read all the same, is less than half of the stake.
    assert gained == [4 * parameters.demand_bond, 0, 0]
    with reverts("submissions: not published"):
        protocol.escrow.claim(work.submission)
    protocol.assert_conserved()


def test_withheld_labels__after_proven_errors__leave_the_annotator_nothing(protocol):
    work = protocol.delivered(redundancy=1, tolerance_bps=3000)
    parameters = protocol.parameters_of(work.task)
    fights = [protocol.challenge(work, [0, 1]), protocol.demand(work, 3)]
    protocol.travel(2 * DAY)
    with protocol.gains(SINK, protocol.requester, work.annotator) as gained:
        protocol.settle(fights[0])
        protocol.escrow.settle_demand(fights[1])
    left = parameters.stake_of(0) - 2 * (parameters.reward // 4) - 4 * parameters.demand_bond
    assert gained == [left + 8 * parameters.reward, 2 * parameters.reward, 0]
    protocol.assert_conserved()


def test_labels_shown_too_late_to_challenge__a_quarter_of_the_window_is_left(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    window_end = protocol.escrow.submission(work.submission).clock
    protocol.travel_to(window_end - parameters.challenge_period // 2 - 1)
    fight = protocol.demand(work, 3)
    protocol.travel(parameters.challenge_period // 4 - 1)
    protocol.answer(work, fight)
    assert window_end - protocol.now >= parameters.challenge_period // 4
    protocol.challenge(work, [3])


def test_labels_shown_too_late_to_challenge__no_demand_in_the_second_half(protocol):
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    protocol.travel(parameters.challenge_period // 2)
    with reverts("demands: first half is over"):
        protocol.demand(work, 3)


def test_a_false_file__other_labels_answer_no_demand(protocol):
    """The file at the URI is another than the root's: nothing in it can be proven."""
    other = LabelSet([f"other label of item {item}" for item in range(10)])
    work = protocol.delivered(redundancy=1)
    fight = protocol.demand(work, 3)
    with reverts("demands: wrong proof"):
        protocol.escrow.answer(fight, other.label(3), other.proof(3), sender=work.annotator)
    with reverts("demands: wrong proof"):
        protocol.escrow.answer(fight, other.label(3), work.labels.proof(3), sender=work.annotator)
    with reverts("demands: wrong proof"):
        protocol.escrow.answer(fight, b"", [], sender=work.annotator)


def test_answering_with_the_label_of_another_item__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    fight = protocol.demand(work, 3)
    with reverts("demands: wrong proof"):
        protocol.escrow.answer(fight, work.labels.label(4), work.labels.proof(4), sender=work.annotator)


def test_two_leaves_for_one_item__only_the_one_at_its_place_can_be_shown(protocol):
    """And the item whose place the other takes has no label."""
    labels = [b'"good"', b'"bad"', *[b'"label"'] * 8]
    items = [0, 0, *range(2, 10)]
    tree = tree_of(zip(items, labels, strict=True))
    work = published(protocol, tree.root)
    first = protocol.demand(work, 0)
    for proof in (tree.proof(0), tree.proof(1), [tree.proof(0)[0], *tree.proof(1)[1:]]):
        with reverts("demands: wrong proof"):
            protocol.escrow.answer(first, b'"bad"', proof, sender=work.annotator)
    protocol.escrow.answer(first, b'"good"', tree.proof(0), sender=work.annotator)
    missing = protocol.demand(work, 1)
    for label in labels[:3]:
        with reverts("demands: wrong proof"):
            protocol.escrow.answer(missing, label, tree.proof(1), sender=work.annotator)
    protocol.travel(DAY)
    protocol.escrow.settle_many([first, missing], [[], []])
    assert protocol.escrow.submission(work.submission).state == SubmissionState.REJECTED
    protocol.assert_conserved()


CLASSES = (b'"good"', b'"bad"')
# What to put under a root so that whatever is asked for can be shown. The batch has eight items.
EVERY_CLASS = {
    "a tree of twice the places": [(item, label) for item in range(8) for label in CLASSES],
    "both classes of the first half": [(item, label) for item in range(4) for label in CLASSES],
    "one class behind the other": [(item, label) for label in CLASSES for item in range(8)],
}


@pytest.mark.parametrize("name", EVERY_CLASS)
def test_a_root_with_every_class_for_every_item__shows_one_class_of_an_item_at_most(protocol, name):
    leaves = EVERY_CLASS[name]
    tree = tree_of(leaves)
    work = published(protocol, tree.root, items=8, batch_size=8)
    # All that was put under the root, with all that may pass for a proof of it.
    claims = [
        (item, label, proof)
        for place, (item, label) in enumerate(leaves)
        for proof in (tree.proof(place), tree.proof(place)[:3], tree.proof(place)[1:])
    ]
    for item in range(8):
        shown = set()
        for _, label, proof in [claim for claim in claims if claim[0] == item]:
            demand = protocol.demand(work, item)
            try:
                protocol.escrow.answer(demand, label, proof, sender=work.annotator)
            except boa.BoaError as error:
                if "demands: wrong proof" not in str(error):
                    raise
            else:
                shown.add(label)
        assert len(shown) <= 1


def test_a_root_with_every_class_for_every_item__in_a_sorted_tree__shows_nothing(protocol):
    """A tree of OpenZeppelin's kind, whose proofs say nothing of places."""
    leaves = sorted(merkle.leaf_hash(item, digest(label)) for item in range(8) for label in CLASSES)
    nodes = [b""] * 15 + leaves
    for index in range(14, -1, -1):
        nodes[index] = keccak(b"".join(sorted(nodes[2 * index + 1 : 2 * index + 3])))
    work = published(protocol, nodes[0], items=8, batch_size=8)
    for item in range(8):
        demand = protocol.demand(work, item)
        for label in CLASSES:
            index, proof = 15 + leaves.index(merkle.leaf_hash(item, digest(label))), []
            while index:
                proof.append(nodes[index + 1 if index % 2 else index - 1])
                index = (index - 1) // 2
            for attempt in (proof, proof[:3], proof[1:]):
                with reverts("demands: wrong proof"):
                    protocol.escrow.answer(demand, label, attempt, sender=work.annotator)


def tree_of(labels: Iterable[tuple[int, bytes]]) -> merkle.MerkleTree:
    """A tree with these leaves side by side, whatever items they are of."""
    return merkle.MerkleTree([merkle.leaf_hash(item, digest(label)) for item, label in labels])


def test_a_root_with_no_labels__an_inner_node_or_the_root_is_no_leaf(protocol):
    """A leaf is hashed twice and an inner node once, so neither passes for the other."""
    work = protocol.delivered(redundancy=1)
    labels = work.labels
    leaves = [merkle.leaf_hash(item, digest(label)) for item, label in labels]
    fight = protocol.demand(work, 3)
    # The bytes of an inner node, the leaf's own preimage, and the root itself.
    inner = labels.proof(3)[0] + leaves[3]
    single = (3).to_bytes(32, "big") + digest(labels.label(3))
    for label, proof in ((inner, labels.proof(3)[1:]), (single, labels.proof(3)), (labels.root, [])):
        with reverts("demands: wrong proof"):
            protocol.escrow.answer(fight, label, proof, sender=work.annotator)


def test_a_root_that_is_a_bare_digest__answers_no_demand(protocol):
    """One label in the batch, and its digest instead of its leaf as the root."""
    label = b'"label"'
    work = published(protocol, digest(label), items=1, batch_size=1, stake=10 * protocol.unit)
    fight = protocol.demand(work, 0)
    with reverts("demands: wrong proof"):
        protocol.escrow.answer(fight, label, [], sender=work.annotator)


def test_a_root_of_one_leaf__in_a_larger_batch__answers_no_demand(protocol):
    label = b'"label"'
    work = published(protocol, merkle.leaf_hash(0, digest(label)))
    for item in range(2):
        with reverts("demands: wrong proof"):
            protocol.escrow.answer(protocol.demand(work, item), label, [], sender=work.annotator)


def test_an_empty_root__is_refused(protocol):
    work = protocol.take(protocol.open(redundancy=1))
    with reverts("submissions: empty root"):
        protocol.escrow.publish(work.submission, bytes(32), SALT, URI, sender=work.annotator)
    sealed = protocol.take(protocol.open())
    with reverts("submissions: empty commitment"):
        protocol.escrow.commit(sealed.submission, bytes(32), sender=sealed.annotator)


@pytest.mark.parametrize("answerer", ["the annotator", "the demander", "a reader"])
def test_earning_from_demands__whoever_answers__earns_nothing(protocol, answerer):
    """So it does not pay to hold labels back until they are asked for, nor to ask for what one holds oneself."""
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).demand_bond
    demander, reader = protocol.account(free=3 * bond), protocol.account()
    by = {"the annotator": work.annotator, "the demander": demander, "a reader": reader}[answerer]
    with protocol.gains(demander, reader, work.annotator, protocol.requester, SINK) as gained:
        for item in range(3):
            fight = protocol.demand(work, item, demander)
            protocol.answer(work, fight, by)
            for second in (reader, work.annotator):
                with reverts("fights: not open"):
                    protocol.answer(work, fight, second)
            protocol.escrow.settle_demand(fight)
            with reverts("fights: not its turn"):
                protocol.escrow.settle_demand(fight)
    assert gained == [-3 * bond, 0, 0, 0, 3 * bond]
    protocol.assert_conserved()


def test_earning_from_demands__by_fishing_for_absent_annotators__earns_four_bonds_at_most(protocol):
    """Each label set that is readable costs the bond, so one in five would have to be withheld to break even."""
    task = protocol.open(redundancy=1, items=60)
    works = [protocol.deliver(task, slot)[0] for slot in range(6)]
    bond = protocol.parameters_of(task).demand_bond
    fisher = protocol.account(free=6 * bond)
    with protocol.gains(fisher) as gained:
        fights = [protocol.demand(work, work.labels.items[0], fisher) for work in works]
        for work, fight in zip(works[:-1], fights, strict=False):
            protocol.answer(work, fight)
        protocol.travel(DAY)
        assert protocol.escrow.settle_many(fights, [[]] * 6) == 6
    assert gained == [-5 * bond + 4 * bond]
    protocol.assert_conserved()


def test_earning_from_demands__by_demanding_many_times_of_one_absentee__is_paid_once(protocol):
    work = protocol.delivered(redundancy=1)
    bond = protocol.parameters_of(work.task).demand_bond
    fisher = protocol.account(free=10 * bond)
    with protocol.gains(fisher) as gained:
        fights = [protocol.demand(work, item, fisher) for item in range(10)]
        protocol.travel(DAY)
        assert protocol.escrow.settle_many(fights, [[]] * 10) == 10
    assert gained == [4 * bond]
    protocol.assert_conserved()


def test_earning_from_demands__after_a_rejection__returns_the_bond_and_no_more(protocol):
    work = protocol.delivered(redundancy=1)
    demander = protocol.account(free=protocol.unit)
    with protocol.gains(demander) as gained:
        fights = [
            protocol.challenge(work, [0, 1]),
            protocol.demand(work, 3, demander),
            protocol.demand(work, 4, demander),
        ]
        protocol.answer(work, fights[1])
        protocol.travel(2 * DAY)
        protocol.settle(fights[0])
        assert protocol.escrow.settle_many(fights[1:], [[], []]) == 2
    assert gained == [0]
    protocol.assert_conserved()


def test_earning_from_demands__on_an_answer_that_was_in_time__wins_nothing_by_settling_late(protocol):
    work = protocol.delivered(redundancy=1)
    fight = protocol.demand(work, 3)
    protocol.travel(DAY - 1)
    with reverts("demands: answer is open"):
        protocol.escrow.settle_demand(fight)
    protocol.answer(work, fight)
    protocol.travel(30 * DAY)
    protocol.escrow.settle_demand(fight)
    assert protocol.escrow.submission(work.submission).state == SubmissionState.PUBLISHED


def test_answering_a_challenge_or_conceding_a_demand__is_refused(protocol):
    work = protocol.delivered(redundancy=1)
    challenge, demand = protocol.challenge(work, [3]), protocol.demand(work, 3)
    with reverts("demands: is a challenge"):
        protocol.escrow.answer(challenge, work.labels.label(3), work.labels.proof(3), sender=work.annotator)
    with reverts("challenges: is a demand"):
        protocol.escrow.concede(demand, sender=work.annotator)
    with reverts("challenges: is a demand"):
        protocol.defend(demand)


def test_demanding_from_a_sibling_with_the_same_items__asks_that_sibling(protocol):
    works = protocol.deliver(protocol.open())
    other = LabelSet([f"label {item} of somebody else" for item in range(10)])
    assert works[1].submission == submission_id(works[1].task, 2)
    fight = protocol.demand(works[1], 3)
    with reverts("demands: wrong proof"):
        protocol.escrow.answer(fight, other.label(3), other.proof(3), sender=works[0].annotator)
    protocol.answer(works[1], fight)
