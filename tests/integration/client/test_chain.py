"""What a node tells of its chain, and many things read together; by both clients."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from goldleaf import AsyncGoldleaf, Call, Goldleaf, Read, errors
from tests.deployed import Chain
from tests.meddling import Meddler

pytestmark = pytest.mark.anvil


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


@pytest.mark.parametrize("standing", ["safe", "finalized"])
def test_block__by_a_standing_that_lags__not_after_the_latest(chain: Chain, standing: Any) -> None:
    client = chain.client("standing")
    assert client.chain.block(standing).number <= client.chain.block().number


def test_receipt_and_transaction__at_a_node__say_what_was_paid_and_on_which_chain(chain: Chain) -> None:
    client = chain.client("paying")
    before = chain.web3.eth.get_balance(client.account)
    sent = client.ledger.deposit(5)
    receipts = client.chain.receipt.many([sent.first[0].transaction, sent.transaction])
    assert sum(one.gas_used * one.gas_price for one in receipts) == before - chain.web3.eth.get_balance(client.account)
    call = client.chain.transaction(sent.transaction)
    assert call == Call("", str(client.account), client.deployment.address("TaskEscrow"), call.data, 31337)


@pytest.mark.parametrize("missing", [set(), {"eth_maxPriorityFeePerGas"}])
def test_gas_price__now__is_that_of_the_node(chain: Chain, meddler: Meddler, missing: set[str]) -> None:
    meddler.missing = missing
    price = Goldleaf(meddler.url, chain.deployment).chain.gas_price()
    assert price.base_fee == chain.web3.eth.get_block("latest")["baseFeePerGas"]
    assert price.tip > 0 and price.total == price.base_fee + price.tip
    if missing:
        assert price.total == chain.web3.eth.gas_price


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


def test_read__one_fails__raised_or_in_its_place(read: Callable[..., Any]) -> None:
    def pick(gl: Any) -> list[Read[Any]]:
        return [gl.tasks.count.ask(), gl.tasks.get.ask(9), gl.chain.receipt.ask("0x"), gl.tasks.count.ask()]

    count, missing, refused, again = read(pick, return_errors=True)
    assert count == again == 0
    assert isinstance(missing, errors.NoSuchTask) and isinstance(refused, errors.ArgumentError)
    with pytest.raises((errors.NoSuchTask, errors.ArgumentError)):
        read(pick)


def test_read__node_is_away__each_says_so(meddler: Meddler, chain: Chain) -> None:
    client = Goldleaf(meddler.url, chain.deployment)
    meddler.always["eth_call"] = {"error": {"code": -32603, "message": "out of order"}}
    found = client.read(client.tasks.count.ask(), client.court.seat_count.ask(), return_errors=True)
    assert [type(each) for each in found] == [errors.NodeError] * 2
