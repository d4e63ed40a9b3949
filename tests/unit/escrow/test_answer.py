"""answer(demand, label, proof)"""

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_utils import keccak

from goldleaf.types import FightState
from tests.protocol import HOUR, Protocol, Work, reverts
from tests.unit.escrow.helpers import (
    CHALLENGE_PERIOD,
    UNKNOWN_FIGHTS,
    both_decimals,
    fight,
    log,
    odd_terms,
    submission,
)


@both_decimals
@pytest.mark.parametrize(("slot", "item"), [(0, 0), (0, 9), (1, 10), (1, 16)])
@pytest.mark.parametrize("wait", [0, CHALLENGE_PERIOD // 4 - 1])
def test_answer__the_label__earns_nobody_anything(
    protocol: Protocol, work: Work, last: Work, slot: int, item: int, wait: int
) -> None:
    """By anyone who has it."""
    demanded, answerer = [work, last][slot], protocol.account()
    filed = protocol.demand(demanded, item)
    before, submitted = fight(protocol, filed), submission(protocol, demanded.submission)
    label = demanded.labels.label(item)
    protocol.travel(wait)

    with protocol.gains(answerer, before.party, demanded.annotator, protocol.requester) as gained:
        protocol.escrow.answer(filed, label, demanded.labels.proof(item), sender=answerer)
        events = log(protocol)

    assert events == [("Answered", {"fight": filed, "answerer": answerer, "label": label})]
    assert gained == [0, 0, 0, 0]
    assert fight(protocol, filed) == replace(before, state=FightState.ANSWERED)
    assert submission(protocol, demanded.submission) == submitted
    protocol.assert_conserved()


@pytest.mark.parametrize("late", [0, 1, CHALLENGE_PERIOD])
def test_answer__from_a_quarter_of_the_window_on__is_refused(protocol: Protocol, work: Work, late: int) -> None:
    filed = protocol.demand(work, 0)
    protocol.travel(CHALLENGE_PERIOD // 4 + late)
    with reverts("demands: answer is late"):
        protocol.answer(work, filed)


def test_answer__challenge_period_of_no_four_parts__has_a_shorter_quarter(protocol: Protocol) -> None:
    work = protocol.delivered(**odd_terms(protocol, challenge_period=HOUR + 3))
    first, second = protocol.demand(work, 0), protocol.demand(work, 1)
    protocol.travel(HOUR // 4 - 1)
    protocol.answer(work, first)
    protocol.travel(1)
    with reverts("demands: answer is late"):
        protocol.answer(work, second)


def test_answer__largest_label_of_the_largest_batch__is_accepted(protocol: Protocol) -> None:
    """Bytes of any kind: the contract does not read them."""
    item, label, siblings = 4095, b"\xff" * 2048, [keccak(b"%d" % depth) for depth in range(12)]
    root = leaf(item, label)
    for sibling in siblings:
        root = keccak(sibling + root)  # the last place is on the right all the way up
    opened = protocol.open(items=4096, batch_size=4096, redundancy=1)
    work = protocol.take(opened)
    protocol.escrow.publish(work.submission, root, bytes(32), "", sender=work.annotator)
    filed = protocol.demand(work, item)
    protocol.escrow.answer(filed, label, siblings)
    assert protocol.event("Answered").label == label
    assert fight(protocol, filed).state == FightState.ANSWERED


def leaf(item: int, label: bytes) -> bytes:
    return keccak(keccak(encode(["uint256", "bytes32"], [item, keccak(label)])))


def test_answer__batch_of_one__needs_no_proof(protocol: Protocol) -> None:
    work = protocol.delivered(items=1, batch_size=1, redundancy=1, stake=6 * protocol.unit)
    filed = protocol.demand(work, 0)
    protocol.escrow.answer(filed, work.labels.label(0), [])
    assert work.labels.root == leaf(0, work.labels.label(0))
    assert fight(protocol, filed).state == FightState.ANSWERED


@pytest.mark.parametrize(("labels", "depth"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (9, 4)])
def test_answer__any_size_of_the_last_batch__takes_as_many_hashes_as_its_tree_is_deep(
    protocol: Protocol, labels: int, depth: int
) -> None:
    task = protocol.open(items=10 + labels, redundancy=1, stake=6 * protocol.unit)
    work = protocol.deliver(task, slot=1)[0]
    for item in work.labels.items:
        filed = protocol.demand(work, item)
        label, proof = work.labels.label(item), work.labels.proof(item)
        assert len(proof) == depth
        for wrong in [[*proof, bytes(32)], *([proof[:-1]] if proof else [])]:
            with reverts("demands: wrong proof"):
                protocol.escrow.answer(filed, label, wrong)
        protocol.escrow.answer(filed, label, proof)
        assert fight(protocol, filed).state == FightState.ANSWERED


def test_answer__anything_but_the_label__is_refused(protocol: Protocol, work: Work, last: Work) -> None:
    filed = protocol.demand(work, 3)
    label, proof, long = work.labels.label(3), work.labels.proof(3), [bytes(32)] * 12
    inner_node = keccak(proof[0] + leaf(3, label))
    for answer in [
        (b"", proof),
        (label + b" ", proof),
        (work.labels.label(4), proof),
        (work.labels.label(4), work.labels.proof(4)),  # the label of another item
        (last.labels.label(12), last.labels.proof(12)),  # of another submission
        (label, []),
        (label, proof[:-1]),
        (label, [*proof, bytes(32)]),
        (label, proof[::-1]),
        (label, long),
        (inner_node, proof[1:]),
        (work.labels.root, []),
    ]:
        with reverts("demands: wrong proof"):
            protocol.escrow.answer(filed, *answer)


def test_answer__a_challenge__is_refused(protocol: Protocol, work: Work) -> None:
    filed = protocol.challenge(work, [0])
    with reverts("demands: is a challenge"):
        protocol.answer(work, filed)


@pytest.mark.parametrize("settled", [False, True])
def test_answer__twice__is_refused(protocol: Protocol, work: Work, settled: bool) -> None:
    filed = protocol.demand(work, 0)
    protocol.answer(work, filed)
    if settled:
        protocol.escrow.settle_demand(filed)
    with reverts("fights: not open"):
        protocol.answer(work, filed)


def test_answer__submission_is_rejected__is_refused(protocol: Protocol, work: Work) -> None:
    challenge, demand = protocol.challenge(work, [0, 1]), protocol.demand(work, 0)
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    with reverts("submissions: not published"):
        protocol.answer(work, demand)


@pytest.mark.parametrize("unknown", UNKNOWN_FIGHTS)
def test_answer__unknown_fight__is_refused(protocol: Protocol, unknown: int) -> None:
    with reverts("fights: not open"):
        protocol.escrow.answer(unknown, b"", [])
