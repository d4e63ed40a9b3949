"""Accounts with code of their own: several calls as one transaction."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from goldleaf import AsyncGoldleaf, Call, Goldleaf, errors, events
from tests.deployed import Chain
from tests.proxy import proxy

pytestmark = pytest.mark.anvil

# Of `mocks/FalseBatchAccount`, by what it answers to whether it can.
ODD_ANSWERS = {"two": 1 << 6, "nothing": 1 << 7, "by reverting": 1 << 8}


def able(chain: Chain, name: str, contract: str = "mocks/BatchAccount", *arguments: Any) -> Goldleaf:
    """A client of an account that is delegated to a contract (EIP-7702)."""
    client: Goldleaf = chain.client(name)
    code = chain.web3.eth.get_code(chain._deploy(contract, *arguments).address)
    chain.web3.provider.make_request("anvil_setCode", [client.account, code.to_0x_hex()])  # type: ignore[arg-type]
    return client


def deposit_and_spend(client: Goldleaf | AsyncGoldleaf) -> Any:
    batch = client.batch()
    batch.add(client.ledger.deposit, 50)
    batch.add(client.ledger.withdraw, 20)
    return batch


def test_execute__calls_that_build_on_each_other__one_transaction(chain: Chain) -> None:
    client = able(chain, "together")
    batch = deposit_and_spend(client)
    # An approval, a deposit and a withdrawal.
    assert len(batch.to_json()["calls"]) == 3
    simulation = client.smart_account.execute.simulate(batch)
    sent = client.smart_account.execute(batch)
    assert [type(event) for event in sent.result] == [events.Deposited, events.Withdrawn]
    assert sent.result == sent.events == simulation.events
    assert client.ledger.free() == 30
    assert chain.web3.eth.get_transaction_count(client.account) == 1  # type: ignore[arg-type]


def test_execute__one_of_them_is_refused__none_is_done(chain: Chain) -> None:
    client = able(chain, "none")
    batch = deposit_and_spend(client)
    batch.add(client.ledger.withdraw, 31)
    with pytest.raises(errors.BalanceTooLow):
        client.smart_account.execute(batch)
    assert chain.balance(str(client.account)) > 0 and client.ledger.free() == 0


def test_execute__for_a_wallet__a_transaction_to_the_account_itself(chain: Chain) -> None:
    client = able(chain, "wallet")
    unsigned = client.smart_account.execute.transaction(deposit_and_spend(client))
    [step] = unsigned.steps
    assert isinstance(step, Call) and step.sender == step.to == client.account and step.value == 0


def test_execute__account_without_code__refused_with_what_to_do(chain: Chain) -> None:
    client = chain.client("without code")
    assert client.smart_account.code() == b""
    assert client.smart_account.can_batch() is False
    with pytest.raises(errors.CannotBatch, match=r"EIP-7702.*one after the other"):
        client.smart_account.execute(deposit_and_spend(client))


@pytest.mark.parametrize("answer", ODD_ANSWERS)
def test_can_batch__anything_but_true__is_no(chain: Chain, answer: str) -> None:
    client = able(chain, f"answers {answer}", "mocks/FalseBatchAccount", ODD_ANSWERS[answer])
    assert client.smart_account.code()
    assert client.smart_account.can_batch() is False


def test_execute__batch_of_another_account__refused(chain: Chain) -> None:
    mine, other = able(chain, "mine"), able(chain, "other")
    with pytest.raises(errors.ArgumentError, match="account of the batch"):
        mine.smart_account.execute(deposit_and_spend(other))


def test_execute__batch_of_another_chain__refused(chain: Chain) -> None:
    """Here nobody knows what is at its addresses: where nothing is, a call passes, and does nothing."""
    client = able(chain, "of two chains")
    elsewhere = replace(chain.deployment, chain_id=chain.deployment.chain_id + 1)
    with proxy(str(chain.web3.provider.endpoint_uri)) as node:  # type: ignore[attr-defined]
        answer = node.answer

        def move(asked: list[dict[str, Any]]) -> Any:
            told = answer(asked)
            assert isinstance(told, list)
            methods = {one["id"]: one["method"] for one in asked}
            chain_id = {"result": hex(elsewhere.chain_id)}
            return [{**one, **chain_id} if methods[one["id"]] == "eth_chainId" else one for one in told]

        node.answer = move  # type: ignore[method-assign]
        batch = deposit_and_spend(Goldleaf(node.url, elsewhere, client._signer))
        with pytest.raises(errors.ArgumentError, match="another deployment"):
            client.smart_account.execute(batch)
    assert chain.web3.eth.get_transaction_count(client.account) == 0  # type: ignore[arg-type]


def test_execute__no_calls__refused_and_nothing_is_sent(chain: Chain) -> None:
    client = able(chain, "no calls")
    with pytest.raises(errors.ArgumentError, match="empty"):
        client.smart_account.execute(client.batch())
    assert chain.web3.eth.get_transaction_count(client.account) == 0  # type: ignore[arg-type]


def test_simulate__no_calls__nothing_comes_of_it_by_any_node(chain: Chain) -> None:
    client = chain.client("nothing to simulate")
    with proxy(str(chain.web3.provider.endpoint_uri)) as node:  # type: ignore[attr-defined]
        answer = node.answer

        def lack(asked: list[dict[str, Any]]) -> Any:
            if asked[0]["method"] != "eth_simulateV1":
                return answer(asked)
            error = {"code": -32601, "message": "the method eth_simulateV1 does not exist/is not available"}
            return [{"jsonrpc": "2.0", "id": one["id"], "error": error} for one in asked]

        node.answer = lack  # type: ignore[method-assign]
        batch = Goldleaf(node.url, chain.deployment, client._signer).batch()
        assert batch.simulate() == batch.simulate(return_errors=True) == batch.send() == []


@pytest.mark.parametrize(
    "nonsense", [[], {}, [{}], [{"calls": [{"status": "0x0", "returnData": "0x", "error": "no"}]}]]
)
def test_simulate__node_answers_nonsense__an_error_of_the_node(chain: Chain, nonsense: Any) -> None:
    client = chain.client("nonsense")
    with proxy(str(chain.web3.provider.endpoint_uri)) as node:  # type: ignore[attr-defined]
        answer = node.answer

        def talk(asked: list[dict[str, Any]]) -> Any:
            if asked[0]["method"] != "eth_simulateV1":
                return answer(asked)
            return [{"jsonrpc": "2.0", "id": one["id"], "result": nonsense} for one in asked]

        node.answer = talk  # type: ignore[method-assign]
        with pytest.raises(errors.GarbledAnswer):
            deposit_and_spend(Goldleaf(node.url, chain.deployment, client._signer)).simulate()


def test_execute__awaited__the_same(chain: Chain) -> None:
    client = able(chain, "awaited")

    async def run() -> None:
        url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        async with await AsyncGoldleaf.connect(url, chain.deployment, client._signer) as gl:
            batch = gl.batch()
            batch.add(gl.ledger.deposit, 50)
            batch.add(gl.ledger.withdraw, 99)
            first, second = await batch.simulate(return_errors=True)
            assert isinstance(second, errors.BalanceTooLow) and not isinstance(first, errors.GoldleafError)
            with pytest.raises(errors.BalanceTooLow):
                await gl.smart_account.execute(batch)
            sent = await gl.smart_account.execute(deposit_and_spend(gl))
            assert [type(event) for event in sent.result] == [events.Deposited, events.Withdrawn]

    asyncio.run(run())


def test_send__account_with_code__never_more_than_one_transaction_waits(chain: Chain) -> None:
    """Nodes such as geth and reth take no more of a delegated account (EIP-7702)."""
    client = able(chain, "one at a time")
    with proxy(str(chain.web3.provider.endpoint_uri)) as node:  # type: ignore[attr-defined]
        answer = node.answer

        def refuse_second(asked: list[dict[str, Any]]) -> list[dict[str, Any]] | int | None:
            counts = [chain.web3.eth.get_transaction_count(client.account, block) for block in ("pending", "latest")]  # type: ignore[arg-type]
            if asked[0]["method"] != "eth_sendRawTransaction" or counts[0] == counts[1]:
                return answer(asked)
            error = {"code": -32000, "message": "in-flight transaction limit reached for delegated accounts"}
            return [{"jsonrpc": "2.0", "id": one["id"], "error": error} for one in asked]

        node.answer = refuse_second  # type: ignore[method-assign]
        chain.web3.provider.make_request("evm_setIntervalMining", [1])  # type: ignore[arg-type]
        try:
            sent = Goldleaf(node.url, chain.deployment, client._signer).ledger.deposit(50)
        finally:
            chain.web3.provider.make_request("evm_setIntervalMining", [0])  # type: ignore[arg-type]
            chain.web3.provider.make_request("evm_setAutomine", [True])  # type: ignore[arg-type]
    assert [part.name for part in sent.first] == ["ERC20.approve"] and client.ledger.free() == 50


def test_simulate__with_errors_in_their_places__those_after_it_find_what_the_others_leave(chain: Chain) -> None:
    client = chain.client("errors in their places")
    batch = deposit_and_spend(client)
    batch.add(client.ledger.withdraw, 31)
    batch.add(client.ledger.withdraw, 30)
    deposited, withdrawn, refused, rest = batch.simulate(return_errors=True)
    assert isinstance(refused, errors.BalanceTooLow)
    for found, kind in ((deposited, events.Deposited), (withdrawn, events.Withdrawn), (rest, events.Withdrawn)):
        assert not isinstance(found, errors.GoldleafError) and isinstance(found.result, kind)
