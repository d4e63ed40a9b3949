"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

import pytest

from tests.gold import DISPUTE_PERIOD, GoldWorld, digest, gold_list
from tests.protocol import EVIDENCE, URI, reverts
from tests.relayed import RELAY, Acts, call_as

relayed = pytest.mark.parametrize("deployed_gold", [{"relay": RELAY}], indirect=True, ids=["relay"])


# Whoever calls these, the same happens.
FOR_ANYONE = {"note_sealed", "settle_gold_dispute", "release_deposit"}


@relayed
def test_actor__relayed__is_the_account_named_in_every_entry_point(world: GoldWorld) -> None:
    act = Acts(world.gold, "GoldTest")
    task = world.open()
    terms, requester, cost = world.terms[task], world.requester, world.cost
    classes = [digest(label) for label in terms.classes]
    test = (task, classes, list(terms.counts), terms.allowed, terms.opening_period, terms.dispute_period)
    with reverts("gold: not the requester"):
        call_as(world.gold, world.account(), "set_up", *test)
    act(requester, "set_up", *test)
    works = world.sealed(task, 0)
    world.sealed(task, 1)
    world.fund(requester, 4 * cost)
    gold = gold_list(world.positions(task))
    with reverts("gold: not the requester"):
        call_as(world.gold, works[0].annotator, "open_gold", task, 0, gold, cost)
    act(requester, "open_gold", task, 0, gold, cost)
    act(world.account(), "note_sealed", task, 1)
    act(requester, "waive", task, 1)
    annotator = works[0].annotator
    world.fund(annotator, 2 * cost)
    act(annotator, "dispute_gold", works[0].submission, [0], cost, EVIDENCE, URI)
    assert world.free(annotator) == 0
    act(world.arbitrator.address, "rule", 0, 1)
    act(requester, "settle_gold_dispute", (task << 128), gold)
    assert world.free(annotator) == 3 * cost
    world.travel(DISPUTE_PERIOD)
    act(annotator, "release_deposit", task, 0)
    act(requester, "transfer", world.token.address, cost, annotator)
    act(annotator, "withdraw", world.token.address, 4 * cost, requester)
    world.token.approve(world.gold, cost, sender=requester)
    act(requester, "deposit", world.token.address, cost - 1, annotator)
    act(requester, "deposit_with_permit", world.token.address, 1, annotator, 0, 0, bytes(32), bytes(32))
    assert world.free(annotator) == cost
    assert world.free(RELAY) == world.token.balanceOf(RELAY) == 0
    act.assert_complete(FOR_ANYONE)


@relayed
def test_actor__not_the_relay__is_the_caller(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    with reverts("gold: not the requester"):
        call_as(world.gold, world.requester, "waive", task, 0, sender=world.account())


def test_actor__without_a_relay__is_the_caller(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    with reverts("gold: not the requester"):
        call_as(world.gold, world.requester, "waive", task, 0)
