"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

import pytest

from tests.gold import DISPUTE_PERIOD, GoldWorld, digest, gold_list
from tests.protocol import EVIDENCE, URI, reverts
from tests.relayed import RELAY, call_as

relayed = pytest.mark.parametrize("deployed_gold", [{"relay": RELAY}], indirect=True, ids=["relay"])


@relayed
def test_actor__relayed__is_the_account_named_in_every_entry_point(world: GoldWorld) -> None:
    task = world.open()
    terms, requester, cost = world.terms[task], world.requester, world.cost
    classes = [digest(label) for label in terms.classes]
    test = (task, classes, list(terms.counts), terms.allowed, terms.opening_period, terms.dispute_period)
    with reverts("gold: not the requester"):
        call_as(world.gold, world.account(), "set_up", *test)
    call_as(world.gold, requester, "set_up", *test)
    works = world.sealed(task, 0)
    world.sealed(task, 1)
    world.fund(requester, 4 * cost)
    gold = gold_list(world.positions(task))
    with reverts("gold: not the requester"):
        call_as(world.gold, works[0].annotator, "open_gold", task, 0, gold, cost)
    call_as(world.gold, requester, "open_gold", task, 0, gold, cost)
    call_as(world.gold, requester, "waive", task, 1)
    annotator = works[0].annotator
    world.fund(annotator, 2 * cost)
    call_as(world.gold, annotator, "dispute_gold", works[0].submission, [0], cost, EVIDENCE, URI)
    call_as(world.gold, world.arbitrator.address, "rule", 0, 1)
    call_as(world.gold, requester, "settle_gold_dispute", (task << 128), gold)
    assert world.free(annotator) == 3 * cost
    world.travel(DISPUTE_PERIOD)
    call_as(world.gold, annotator, "release_deposit", task, 0)
    call_as(world.gold, requester, "transfer", world.token.address, cost, annotator)
    call_as(world.gold, annotator, "withdraw", world.token.address, 4 * cost, requester)
    world.token.approve(world.gold, cost, sender=requester)
    call_as(world.gold, requester, "deposit", world.token.address, cost, annotator)
    assert world.free(annotator) == cost


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
