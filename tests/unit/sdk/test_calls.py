"""The ways to run a call besides sending it: simulated, unsigned, in batches, many at once."""

import asyncio
import json
from typing import Any

import pytest
from web3.providers.async_base import AsyncBaseProvider

from goldleaf import AsyncGoldleaf, Call, Goldleaf, Unsigned, errors, events
from goldleaf._flows.asks import Flow
from goldleaf._flows.core import gather, now, view_at
from tests.in_process import World

SALT = b"\x07" * 32


def deposited(client: Goldleaf, amount: int) -> events.Deposited:
    account = str(client.account)
    return events.Deposited(client.deployment.address("Token"), account, account, amount)


# ---------------------------------------------------------------- simulating


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


def test_many__several_arguments_each__as_tuples(world: World) -> None:
    client = world.clients[1]
    assert client.court.commitment.many([]) == []
    with pytest.raises(errors.NoSuchTask):
        client.submissions.is_wrong.many([(1, 2), (1, 3)])


class Awaited(AsyncBaseProvider):
    """A chain in process, which raises what others answer, and takes one request at a time; to be awaited."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._request = world.web3.provider.request_func(world.web3, world.web3.middleware_onion)

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
