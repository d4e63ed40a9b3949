"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

from typing import Any

import pytest

from tests.gold import DISPUTE_PERIOD, GoldWorld, digest, gold_list
from tests.protocol import EVIDENCE, URI, reverts

RELAY = "0x000000000000000000000000000000000000bEEF"
relayed = pytest.mark.parametrize("deployed_gold", [{"relay": RELAY}], indirect=True, ids=["relay"])


def call_as(world: GoldWorld, account: str, function: str, *arguments: Any, sender: str = RELAY) -> None:
    """As an ERC-2771 forwarder calls: the account's 20 bytes follow the calldata."""
    data = getattr(world.gold, function).prepare_calldata(*arguments) + bytes.fromhex(account[2:])
    computation = world.gold.env.execute_code(
        to_address=world.gold.address, sender=sender, data=data, contract=world.gold
    )
    world.gold._computation = computation
    if computation.is_error:
        world.gold.handle_error(computation)


@relayed
def test_actor__relayed__is_the_account_named_in_every_entry_point(world: GoldWorld) -> None:
    task = world.open()
    terms, requester, cost = world.terms[task], world.requester, world.cost
    classes = [digest(label) for label in terms.classes]
    test = (task, classes, list(terms.counts), terms.allowed, terms.opening_period, terms.dispute_period)
    with reverts("gold: not the requester"):
        call_as(world, world.account(), "set_up", *test)
    call_as(world, requester, "set_up", *test)
    works = world.sealed(task, 0)
    world.sealed(task, 1)
    world.fund(requester, 4 * cost)
    gold = gold_list(world.positions(task))
    with reverts("gold: not the requester"):
        call_as(world, works[0].annotator, "open_gold", task, 0, gold, cost)
    call_as(world, requester, "open_gold", task, 0, gold, cost)
    call_as(world, requester, "waive", task, 1)
    annotator = works[0].annotator
    world.fund(annotator, 2 * cost)
    call_as(world, annotator, "dispute_gold", works[0].submission, [0], cost, EVIDENCE, URI)
    call_as(world, world.arbitrator.address, "rule", 0, 1)
    call_as(world, requester, "settle_gold_dispute", (task << 128), gold)
    assert world.free(annotator) == 3 * cost
    world.travel(DISPUTE_PERIOD)
    call_as(world, annotator, "release_deposit", task, 0)
    call_as(world, requester, "transfer", world.token.address, cost, annotator)
    call_as(world, annotator, "withdraw", world.token.address, 4 * cost, requester)
    world.token.approve(world.gold, cost, sender=requester)
    call_as(world, requester, "deposit", world.token.address, cost, annotator)
    assert world.free(annotator) == cost


@relayed
def test_actor__not_the_relay__is_the_caller(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    with reverts("gold: not the requester"):
        call_as(world, world.requester, "waive", task, 0, sender=world.account())


def test_actor__without_a_relay__is_the_caller(world: GoldWorld) -> None:
    task = world.tested()
    world.sealed(task)
    with reverts("gold: not the requester"):
        call_as(world, world.requester, "waive", task, 0)
