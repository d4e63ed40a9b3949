"""The ways to run a call besides sending it: simulated, unsigned, in batches, many at once."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from web3.providers.async_base import AsyncBaseProvider

from goldleaf import AsyncGoldleaf, Call, Goldleaf, Unsigned, errors, events
from goldleaf._flows.asks import Flow
from goldleaf._flows.core import gather, now, view_at
from tests.chains import anvil
from tests.deployed import PURSE, Chain
from tests.unit.sdk.conftest import World
from tests.unit.sdk.meddling import Meddler
from tests.unit.sdk.proxy import served

SALT = b"\x07" * 32


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


def through(meddler: Meddler, client: Goldleaf) -> Goldleaf:
    return Goldleaf(meddler.url, client.deployment, client._signer)


def deposited(client: Goldleaf, amount: int) -> events.Deposited:
    account = str(client.account)
    return events.Deposited(client.deployment.address("Token"), account, account, amount)


# ---------------------------------------------------------------- simulating


@pytest.mark.anvil
def test_simulate__call_with_an_approval_before_it__tells_what_would_come_and_sends_nothing(chain: Chain) -> None:
    client = chain.client("simulating")
    simulation = client.ledger.deposit.simulate(40)
    assert simulation.result == deposited(client, 40)
    assert simulation.events == (simulation.result,)
    assert [part.name for part in simulation.first] == ["ERC20.approve"]
    assert client.ledger.free() == 0
    sent = client.ledger.deposit(40)
    assert simulation.gas_used == pytest.approx(sent.gas_used, rel=0.2)
    assert sent.name == simulation.name == "TaskEscrow.deposit"
    assert (sent.first[0].nonce, sent.nonce) == (0, 1)


@pytest.mark.anvil
def test_simulate__contract_would_refuse__raises_what_sending_raises(chain: Chain) -> None:
    client = chain.client("refused")
    with pytest.raises(errors.BalanceTooLow):
        client.unchecked.ledger.withdraw.simulate(5)
    with pytest.raises(errors.BalanceTooLow):
        client.unchecked.ledger.withdraw(5)


@pytest.mark.anvil
def test_simulate__at_the_time_of_the_block_that_is_built__not_of_the_last(chain: Chain) -> None:
    client = chain.client("late")
    client.unchecked.challenges.seal(1, [0], salt=SALT)
    with pytest.raises(errors.AlreadySealed):
        client.unchecked.challenges.seal.simulate(1, [0], salt=SALT)
    chain.travel_to(chain.now + 86_400)
    assert client.unchecked.challenges.seal.simulate(1, [0], salt=SALT).result.seal


@pytest.mark.anvil
def test_simulate__node_that_cannot__tells_whether_it_would_pass(chain: Chain, meddler: Meddler) -> None:
    meddler.missing = {"eth_simulateV1"}
    client = through(meddler, chain.client("old node"))
    simulation = client.unchecked.challenges.seal.simulate(1, [0], salt=SALT)
    assert simulation.gas_used > 21_000 and simulation.events is None
    with pytest.raises(errors.MethodMissing):
        simulation.result  # noqa: B018
    with pytest.raises(errors.MethodMissing):
        client.ledger.deposit.simulate(5)
    with pytest.raises(errors.BalanceTooLow):
        client.unchecked.ledger.withdraw.simulate(5)


# ---------------------------------------------------------------- unsigned


def test_transaction__steps_for_a_wallet__as_json(world: World) -> None:
    account = world.accounts[7]
    client = Goldleaf(world.web3, world.deployment, account)
    unsigned = client.ledger.deposit.transaction(5)
    assert [step.name for step in unsigned.steps] == ["ERC20.approve", "TaskEscrow.deposit"]
    for step, sent in zip(unsigned.steps, json.loads(json.dumps(unsigned.to_json())), strict=True):
        assert sent == {
            "from": account,
            "to": step.to,
            "data": "0x" + step.data.hex(),
            "value": "0x0",
            "chainId": hex(world.deployment.chain_id),
        }
        hash_ = world.web3.eth.send_transaction({key: sent[key] for key in ("from", "to", "data")})
    sent = client.wait(hash_.to_0x_hex(), of=unsigned)
    assert sent.result == deposited(client, 5)
    assert sent.nonce == world.web3.eth.get_transaction_count(account) - 1
    assert client.wait(hash_.to_0x_hex()).result == (sent.result,)


def test_transaction__warnings__handed_over(world: World) -> None:
    client = world.clients[1]
    unsigned = client.court.join.transaction(1)
    assert isinstance(unsigned, Unsigned) and isinstance(unsigned.steps[0], Call)
    assert unsigned.warnings == client._run_flow(client.court.join._flow(1)).warnings


def test_transaction__without_account__refused(world: World) -> None:
    with pytest.raises(errors.NoAccount):
        Goldleaf(world.web3, world.deployment).court.draw.transaction()


def test_unchecked__many_unsigned_transactions__ask_the_node_nothing(chain: Chain, meddler: Meddler) -> None:
    client = through(meddler, chain.client("building")).unchecked
    client.challenges.seal.transaction(1, [0], salt=SALT)
    asked = len(meddler.asked)
    built = [client.challenges.seal.transaction(1, [item], salt=SALT).to_json() for item in range(500)]
    assert len(meddler.asked) == asked
    assert len({step["data"] for (step,) in built}) == 500


def test_unchecked__call_that_the_state_forbids__is_built(world: World) -> None:
    client = world.clients[1]
    with pytest.raises(errors.NoSuchTask):
        client.tasks.cancel.transaction(9)
    assert client.unchecked.tasks.cancel.transaction(9).name == "TaskEscrow.cancel"
    assert client.unchecked.account == client.account
    assert (
        client.unchecked.with_account(world.accounts[2]).tasks.cancel.transaction(9).steps[0].sender != client.account
    )


# ---------------------------------------------------------------- batches


@pytest.mark.anvil
@pytest.mark.parametrize("missing", [set(), {"eth_simulateV1"}])
def test_batch__calls_that_build_on_each_other__sent_in_order(
    chain: Chain, meddler: Meddler, missing: set[str]
) -> None:
    meddler.missing = missing
    client = through(meddler, chain.client(f"batch {missing}"))
    batch = client.batch()
    batch.add(client.ledger.deposit, 50)
    batch.add(client.ledger.withdraw, 20)
    batch.add(client.ledger.deposit, amount=7)
    assert len(batch) == 3
    sent = batch.send()
    assert [part.nonce for one in sent for part in (*one.first, one)] == [0, 1, 2, 3, 4]
    assert [one.name for one in sent] == ["TaskEscrow.deposit", "TaskEscrow.withdraw", "TaskEscrow.deposit"]
    assert (sent[0].result, sent[2].result) == (deposited(client, 50), deposited(client, 7))
    assert (client.ledger.free(), client.ledger.wallet()) == (37, PURSE - 37)


@pytest.mark.anvil
def test_batch__simulated__each_after_the_ones_before(chain: Chain) -> None:
    client = chain.client("batch simulated")
    batch = client.batch()
    batch.add(client.ledger.deposit, 50)
    batch.add(client.ledger.withdraw, 50)
    first, second = batch.simulate()
    assert first.result == deposited(client, 50) and second.result.amount == 50
    batch.add(client.ledger.withdraw, 1)
    with pytest.raises(errors.BalanceTooLow):
        batch.simulate()
    with pytest.raises(errors.BalanceTooLow):
        batch.send()
    assert chain.web3.eth.get_transaction_count(client.account) == 0


def test_batch__for_a_wallet__as_eip_5792_has_it(world: World) -> None:
    client = world.clients[1]
    batch = client.batch()
    batch.add(client.ledger.deposit, 5)
    batch.add(client.tasks.cancel, 3)
    payload = json.loads(json.dumps(batch.to_json()))
    assert {name: payload[name] for name in ("version", "chainId", "from", "atomicRequired")} == {
        "version": "2.0.0",
        "chainId": hex(world.deployment.chain_id),
        "from": client.account,
        "atomicRequired": True,
    }
    assert [call["to"] for call in payload["calls"]] == [
        world.token.address,
        world.escrow.address,
        world.escrow.address,
    ]
    assert all(set(call) == {"to", "data", "value"} for call in payload["calls"])
    assert batch.to_json(atomic=False)["atomicRequired"] is False


def test_batch__call_of_another_account__refused(world: World) -> None:
    with pytest.raises(errors.ArgumentError):
        world.clients[1].batch().add(world.clients[2].tasks.cancel, 3)


# ---------------------------------------------------------------- many at once


@pytest.mark.anvil
@pytest.mark.parametrize("takes_batches", [True, False])
def test_many__hundreds__in_order_and_in_few_requests(chain: Chain, meddler: Meddler, takes_batches: bool) -> None:
    meddler.largest_batch = None if takes_batches else 1
    client = through(meddler, chain.client("many"))
    before = meddler.requests
    assert client.ledger.free.many([], account=None) == []
    assert client.challenges.sealed_at.many([bytes([number]) * 32 for number in range(150)]) == [0] * 150
    # Two batches; or one by one, as the node has refused the batch that the client began with.
    assert meddler.requests - before == (2 if takes_batches else 150)


def test_many__several_arguments_each__as_tuples(world: World) -> None:
    client = world.clients[1]
    assert client.court.commitment.many([]) == []
    with pytest.raises(errors.NoSuchTask):
        client.submissions.is_wrong.many([(1, 2), (1, 3)])


@pytest.mark.anvil
def test_async__every_way_to_run_a_call__the_same(chain: Chain) -> None:
    client = chain.client("awaited")
    url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]

    async def run() -> Any:
        async with await AsyncGoldleaf.connect(url, chain.deployment, client._signer) as gl:
            assert (await gl.ledger.deposit.simulate(5)).result == deposited(client, 5)
            assert (await gl.ledger.deposit.transaction(5)).to_json() == client.ledger.deposit.transaction(5).to_json()
            batch, blocking = gl.batch(), client.batch()
            batch.add(gl.ledger.deposit, 5)
            blocking.add(client.ledger.deposit, 5)
            assert await batch.to_json() == blocking.to_json()
            assert [one.result for one in await batch.simulate()] == [deposited(client, 5)]
            (sent,) = await batch.send()
            assert (await gl.wait(sent.transaction)).events == sent.events
            assert await gl.challenges.sealed_at.many([bytes(32)] * 3) == [0] * 3
            assert await gl.with_account(None).unchecked.tasks.count() == 0

    asyncio.run(run())


class Awaited(AsyncBaseProvider):
    """A chain in process, which raises what others answer, and takes one request at a time; to be awaited."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._request = world.web3.provider.request_func(world.web3, world.web3.middleware_onion)  # type: ignore[arg-type]

    async def make_request(self, method: Any, params: Any) -> Any:
        return self._request(method, params)


@pytest.mark.parametrize("awaits", [False, True])
def test_gather__one_view_reverts_at_a_node_that_raises__its_flow_alone_hears_of_it(world: World, awaits: bool) -> None:
    client = world.clients[1]

    def refused() -> Flow[str]:
        try:
            yield from view_at(int, "Court", world.token.address, "seat_count")
        except errors.Reverted:
            return "refused"
        return "answered"

    def both() -> Flow[Any]:
        return gather([refused(), now()])

    async def run() -> Any:
        gl = await AsyncGoldleaf.connect(Awaited(world), world.deployment)
        return await gl._run_flow(both())

    assert (asyncio.run(run()) if awaits else client._run_flow(both())) == ["refused", world.now]
