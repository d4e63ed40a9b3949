"""What a chain tells of itself, and many things read together; on a chain in process and on a node, by both clients."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from goldleaf import AsyncGoldleaf, Call, Goldleaf, Read, errors
from goldleaf.types import Block, GasPrice, Receipt
from tests.chains import anvil
from tests.deployed import Chain
from tests.unit.sdk.conftest import World
from tests.unit.sdk.meddling import Meddler
from tests.unit.sdk.proxy import served

NOBODYS = "0x" + "ab" * 32


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with anvil() as node:
        chain = Chain(node.web3, lambda time: node.travel(time - node.now), lambda: node.mine(1))
        url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        chain.connect = lambda account: Goldleaf(url, chain.deployment, account)
        yield chain


@pytest.fixture
def meddler(chain: Chain) -> Iterator[Meddler]:
    with served(Meddler(str(chain.web3.provider.endpoint_uri))) as meddler:  # type: ignore[attr-defined]
        yield meddler


@pytest.fixture(params=[False, True], ids=["blocking", "awaited"])
def read(request: pytest.FixtureRequest, meddler: Meddler, chain: Chain) -> Callable[..., Any]:
    """Reads what `pick` makes of a client, by either kind."""

    def run(pick: Callable[[Any], list[Read[Any]]], **options: Any) -> Any:
        if not request.param:
            client = Goldleaf(meddler.url, chain.deployment)
            meddler.sizes.clear()
            return client.read(*pick(client), **options)

        async def awaited() -> Any:
            async with await AsyncGoldleaf.connect(meddler.url, chain.deployment) as client:
                meddler.sizes.clear()
                return await client.read(*pick(client), **options)

        return asyncio.run(awaited())

    return run


# ---------------------------------------------------------------- the chain


def test_time__before_a_transaction__is_that_of_its_block(world: World) -> None:
    client = world.clients[1]
    time = client.chain.time()
    sent = client.ledger.deposit(5)
    assert client.chain.block(sent.first[0].block).timestamp == time == world.web3.eth.get_block("latest").timestamp - 1


def test_block__by_number_and_by_standing__as_the_node_has_it(world: World) -> None:
    client = world.clients[1]
    found = world.web3.eth.get_block("latest")
    latest = Block(found["number"], bytes(found["hash"]), bytes(found["parentHash"]), found["timestamp"])
    assert client.chain.block() == client.chain.block("latest") == client.chain.block(latest.number) == latest
    first, same = client.chain.block.many([latest.number - 1, "latest"])
    assert first.hash == latest.parent and same == latest
    with pytest.raises(errors.NodeBehind, match=str(latest.number + 7)):
        client.chain.block(latest.number + 7)


@pytest.mark.anvil
@pytest.mark.parametrize("standing", ["safe", "finalized"])
def test_block__by_a_standing_that_lags__not_after_the_latest(chain: Chain, standing: Any) -> None:
    client = chain.client("standing")
    assert client.chain.block(standing).number <= client.chain.block().number


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


@pytest.mark.anvil
def test_receipt_and_transaction__at_a_node__say_what_was_paid_and_on_which_chain(chain: Chain) -> None:
    client = chain.client("paying")
    before = chain.web3.eth.get_balance(client.account)
    sent = client.ledger.deposit(5)
    receipts = client.chain.receipt.many([sent.first[0].transaction, sent.transaction])
    assert sum(one.gas_used * one.gas_price for one in receipts) == before - chain.web3.eth.get_balance(client.account)
    call = client.chain.transaction(sent.transaction)
    assert call == Call("", str(client.account), client.deployment.address("TaskEscrow"), call.data, 31337)


def test_receipt_and_transaction__of_no_transaction__are_none(world: World) -> None:
    chain = world.clients[1].chain
    assert chain.receipt(NOBODYS) is None and chain.transaction(NOBODYS) is None
    assert chain.receipt.many([NOBODYS] * 2) == [None, None]


@pytest.mark.parametrize("given", ["", "0x", NOBODYS[:-1], NOBODYS[2:], NOBODYS + "0", bytes(32), None])
def test_receipt_and_transaction__by_no_hash__refused(world: World, given: Any) -> None:
    for query in (world.clients[1].chain.receipt, world.clients[1].chain.transaction):
        with pytest.raises(errors.ArgumentError, match="transaction"):
            query(given)


@pytest.mark.anvil
@pytest.mark.parametrize("missing", [set(), {"eth_maxPriorityFeePerGas"}])
def test_gas_price__now__is_that_of_the_node(chain: Chain, meddler: Meddler, missing: set[str]) -> None:
    meddler.missing = missing
    price = Goldleaf(meddler.url, chain.deployment).chain.gas_price()
    assert price.base_fee == chain.web3.eth.get_block("latest")["baseFeePerGas"]
    assert price.tip > 0 and price.total == price.base_fee + price.tip
    if missing:
        assert price.total == chain.web3.eth.gas_price


def test_gas_price__without_eip_1559__is_all_tip() -> None:
    assert GasPrice(None, 7).total == 7


# ---------------------------------------------------------------- many things at once


@pytest.mark.anvil
def test_read__different_things__in_order_and_by_one_request(
    chain: Chain, meddler: Meddler, read: Callable[..., Any]
) -> None:
    found = read(
        lambda gl: [gl.tasks.count.ask(), gl.chain.time.ask(), gl.chain.block.ask(1), gl.court.parameters.ask()]
    )
    assert meddler.requests == 1
    assert found[0] == 0 and found[2].number == 1 and found[3].reveal_period > 0
    assert found[1] >= chain.web3.eth.get_block("latest")["timestamp"]
    assert read(lambda gl: []) == ()
    assert meddler.requests == 0


@pytest.mark.anvil
def test_read__one_fails__raised_or_in_its_place(read: Callable[..., Any]) -> None:
    def pick(gl: Any) -> list[Read[Any]]:
        return [gl.tasks.count.ask(), gl.tasks.get.ask(9), gl.chain.receipt.ask("0x"), gl.tasks.count.ask()]

    count, missing, refused, again = read(pick, return_errors=True)
    assert count == again == 0
    assert isinstance(missing, errors.NoSuchTask) and isinstance(refused, errors.ArgumentError)
    with pytest.raises((errors.NoSuchTask, errors.ArgumentError)):
        read(pick)


@pytest.mark.anvil
def test_read__node_is_away__each_says_so(meddler: Meddler, chain: Chain) -> None:
    client = Goldleaf(meddler.url, chain.deployment)
    meddler.always["eth_call"] = {"error": {"code": -32603, "message": "out of order"}}
    found = client.read(client.tasks.count.ask(), client.court.seat_count.ask(), return_errors=True)
    assert [type(each) for each in found] == [errors.NodeError] * 2


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
