"""What a chain tells of itself, and many things read together; on a chain in process and on a node, by both clients."""

from dataclasses import replace
from typing import Any

import pytest

from goldleaf import Goldleaf, errors
from goldleaf.types import Block, GasPrice, Receipt
from tests.in_process import World

NOBODYS = "0x" + "ab" * 32


# ---------------------------------------------------------------- the chain


def test_time__before_a_transaction__is_that_of_its_block(world: World) -> None:
    client = world.clients[1]
    time = client.chain.time()
    sent = client.ledger.deposit(5)
    assert (
        client.chain.block(sent.first[0].block).timestamp == time == world.web3.eth.get_block("latest")["timestamp"] - 1
    )


def test_block__by_number_and_by_standing__as_the_node_has_it(world: World) -> None:
    client = world.clients[1]
    found = world.web3.eth.get_block("latest")
    latest = Block(found["number"], bytes(found["hash"]), bytes(found["parentHash"]), found["timestamp"])
    assert client.chain.block() == client.chain.block("latest") == client.chain.block(latest.number) == latest
    first, same = client.chain.block.many([latest.number - 1, "latest"])
    assert first.hash == latest.parent and same == latest
    with pytest.raises(errors.NodeBehind, match=str(latest.number + 7)):
        client.chain.block(latest.number + 7)


def test_receipt_and_transaction__of_what_was_sent__say_what_it_was(world: World) -> None:
    client = world.clients[1]
    sent = client.ledger.deposit(5)
    found = client.chain.receipt(sent.transaction)
    assert found == Receipt(
        sent.transaction, str(client.account), sent.block, True, sent.gas_used, found.gas_price if found else -1
    )
    assert found is not None and found.gas_price > 0
    [call] = [step for step in client.ledger.deposit.transaction(5).steps if step.name == "TaskEscrow.deposit"]
    told = client.chain.transaction(sent.transaction)
    assert told is not None and replace(told, chain_id=call.chain_id) == replace(call, name="")


def test_receipt_and_transaction__of_no_transaction__are_none(world: World) -> None:
    chain = world.clients[1].chain
    assert chain.receipt(NOBODYS) is None and chain.transaction(NOBODYS) is None
    assert chain.receipt.many([NOBODYS] * 2) == [None, None]


@pytest.mark.parametrize("given", ["", "0x", NOBODYS[:-1], NOBODYS[2:], NOBODYS + "0", bytes(32), None])
def test_receipt_and_transaction__by_no_hash__refused(world: World, given: Any) -> None:
    for query in (world.clients[1].chain.receipt, world.clients[1].chain.transaction):
        with pytest.raises(errors.ArgumentError, match="transaction"):
            query(given)


def test_gas_price__without_eip_1559__is_all_tip() -> None:
    assert GasPrice(None, 7).total == 7


# ---------------------------------------------------------------- many things at once


def test_read__asked_twice__answers_of_the_moment(world: World) -> None:
    client = world.clients[1]
    free, count = client.ledger.free.ask(), client.tasks.count.ask()
    before = client.read(free, count)
    client.ledger.deposit(5)
    assert client.read(free, count) == (before[0] + 5, before[1])


def test_read__of_another_account__its_own_answer(world: World) -> None:
    one, two = world.clients[1], world.clients[2]
    one.ledger.deposit(5)
    assert one.read(one.ledger.free.ask(), two.ledger.free.ask()) == (one.ledger.free(), two.ledger.free())
    assert one.ledger.free() != two.ledger.free()


def test_read__of_another_deployment__refused(world: World) -> None:
    client = world.clients[1]
    other = Goldleaf(world.web3, replace(world.deployment, block=1))
    with pytest.raises(errors.ArgumentError, match="deployment"):
        client.read(client.tasks.count.ask(), other.tasks.count.ask())


# ---------------------------------------------------------------- what was sent


def test_recently_sent__by_copies_of_a_client__in_order(world: World) -> None:
    client = Goldleaf(world.web3, world.deployment, world.accounts[1], gas_limit=3_000_000)
    assert client.recently_sent == ()
    first = client.ledger.deposit(5)
    second = client.with_account(world.accounts[2]).ledger.deposit(5)
    sent = [*first.first, first, *second.first, second]
    assert client.recently_sent == tuple(one.transaction for one in sent)
