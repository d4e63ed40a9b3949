"""What a node does to transactions, and what the client makes of it: an anvil, and a meddler before it."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import web3
from web3 import HTTPProvider, Web3

from goldleaf import AsyncGoldleaf, Deployment, Goldleaf, Sent, errors
from goldleaf._engine import fees
from goldleaf.types import GasPrice
from tests.chains import node
from tests.meddling import Do, Meddler, line
from tests.proxy import served
from tests.sending import GWEI, POLL, REFUSED, Scene, until

pytestmark = pytest.mark.anvil


@pytest.fixture
def meddler(scene: Scene) -> Iterator[Meddler]:
    with served(Meddler(scene.url)) as meddler:
        yield meddler


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def client(scene: Scene, account: Any, url: str | None = None, **options: Any) -> Goldleaf:
    return Goldleaf(url or scene.url, scene.deployment, account, poll=POLL, **{"timeout": 20, **options})


# ---------------------------------------------------------------- nonces


@pytest.mark.parametrize("options", [(), ("--block-time", "1")])
@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_send__fifty_at_once_from_one_account__no_gap_and_no_duplicate(options: tuple[str, ...], scheme: str) -> None:
    with node(*options) as url:
        scene = Scene(url)
        account = scene.account()

        async def send() -> list[Sent[Any]]:
            address = url.replace("http", scheme, 1)
            async with await AsyncGoldleaf.connect(address, scene.deployment, account, poll=0.1) as gl:
                commit = gl.unchecked.challenges.commit
                return await asyncio.gather(*(commit(1, [0], salt=scene.salt()) for _ in range(50)))

        sent = asyncio.run(send())
    assert sorted(one.nonce for one in sent) == list(range(50))
    assert len({one.transaction for one in sent}) == len({one.result.commitment for one in sent}) == 50


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_send__from_several_threads__no_gap_and_no_duplicate(
    scene: Scene, background: ThreadPoolExecutor, scheme: str
) -> None:
    account = scene.account()
    gl = client(scene, account, scene.url.replace("http", scheme, 1))
    sent = [future.result() for future in [background.submit(scene.commit, gl) for _ in range(20)]]
    assert sorted(one.nonce for one in sent) == list(range(20))
    gl.close()


def test_send__refused_by_the_node__raises_and_leaves_no_gap(scene: Scene, meddler: Meddler) -> None:
    account = scene.account()
    gl = client(scene, account, meddler.url)
    meddler.instructions["eth_sendRawTransaction"] = [REFUSED]
    with pytest.raises(errors.NodeError, match="txpool is full"):
        scene.commit(gl)
    assert scene.nonces(account) == 0
    assert [scene.commit(gl).nonce for _ in range(2)] == [0, 1]


def test_send__node_counts_too_few_nonces__takes_the_next_that_is_free(scene: Scene, meddler: Meddler) -> None:
    account = scene.account()
    for _ in range(3):
        scene.commit(client(scene, account))
    meddler.instructions["eth_getTransactionCount"] = [{"result": "0x1"}, {"result": "0x1"}]
    assert scene.commit(client(scene, account, meddler.url)).nonce == 3


def test_send__other_transaction_pending_under_the_nonce__takes_the_next(
    scene: Scene, meddler: Meddler, background: ThreadPoolExecutor
) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    first = background.submit(scene.commit, client(scene, account))
    until(lambda: scene.pooled(account))
    meddler.instructions["eth_getTransactionCount"] = [{"result": "0x0"}]
    second = background.submit(scene.commit, client(scene, account, meddler.url))
    until(lambda: len(scene.pooled(account)) == 2)
    scene.mine()
    assert (first.result().nonce, second.result().nonce) == (0, 1)


def test_send__cancelled__its_nonce_is_used_again(scene: Scene) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)

    async def run() -> Sent[Any]:
        async with await AsyncGoldleaf.connect(scene.url, scene.deployment, account, poll=POLL) as gl:
            commit = gl.unchecked.challenges.commit
            task = asyncio.create_task(commit(1, [0], salt=scene.salt()))
            await asyncio.to_thread(until, lambda: scene.pooled(account))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            scene.request("anvil_dropAllTransactions")
            scene.request("evm_setAutomine", True)
            return await commit(1, [0], salt=scene.salt())

    assert asyncio.run(run()).nonce == 0


# ---------------------------------------------------------------- connections


@pytest.mark.parametrize("losses", [1, 5])
def test_send__answer_to_it_is_lost__sent_once(scene: Scene, meddler: Meddler, losses: int) -> None:
    account = scene.account()
    meddler.instructions["eth_sendRawTransaction"] = [Do.LOSE] * losses
    assert scene.commit(client(scene, account, meddler.url)).nonce == 0
    assert scene.nonces(account) == 1


def test_send__connection_dropped_at_every_step__goes_on(scene: Scene, meddler: Meddler) -> None:
    gl = client(scene, scene.account(), meddler.url)
    scene.commit(gl)
    for method in set(meddler.asked):
        meddler.instructions[method] = [Do.DROP]
    assert scene.commit(gl).nonce == 1
    assert not meddler.instructions["eth_sendRawTransaction"]


def test_send__node_answers_garbage_while_waiting__goes_on(scene: Scene, meddler: Meddler) -> None:
    meddler.instructions["eth_getTransactionReceipt"] = [Do.GARBLE, {"result": None}, Do.GARBLE]
    meddler.instructions["eth_sendRawTransaction"] = [Do.GARBLE]
    assert scene.commit(client(scene, scene.account(), meddler.url)).nonce == 0


def test_send__node_answers_garbage_before__says_so_and_sends_nothing(scene: Scene, meddler: Meddler) -> None:
    account = scene.account()
    gl = client(scene, account, meddler.url)
    meddler.instructions["eth_estimateGas"] = [Do.GARBLE]
    with pytest.raises(errors.GarbledAnswer):
        scene.commit(gl)
    meddler.instructions["eth_estimateGas"] = [{"result": "many"}]
    with pytest.raises(errors.GarbledAnswer):
        scene.commit(gl)
    assert "eth_sendRawTransaction" not in meddler.asked


def test_send__node_has_moved_to_another_chain__refused_before_signing(scene: Scene, meddler: Meddler) -> None:
    gl = client(scene, scene.account(), meddler.url)
    meddler.instructions["eth_chainId"] = [{"result": "0x1"}]
    with pytest.raises(errors.WrongChain):
        scene.commit(gl)
    assert "eth_sendRawTransaction" not in meddler.asked


def test_reads__socket_is_cut__opened_again(scene: Scene) -> None:
    host, port = scene.url.removeprefix("http://").split(":")
    with line(host, int(port)) as cable:
        gl = client(scene, scene.account(), f"ws://{cable.address}")
        for _ in range(2):
            cable.cut()
            assert gl.tasks.count() == 0
            cable.cut()
            assert gl.challenges.committed_at.many([bytes(32), b"\1" * 32]) == [0, 0]
        gl.close()


def test_reads__socket_is_cut_and_awaited__opened_again(scene: Scene) -> None:
    host, port = scene.url.removeprefix("http://").split(":")

    async def run(cable: Any) -> None:
        async with await AsyncGoldleaf.connect(f"ws://{cable.address}", scene.deployment) as gl:
            for _ in range(2):
                cable.cut()
                assert await asyncio.gather(*(gl.tasks.count() for _ in range(5))) == [0] * 5
                cable.cut()
                assert await gl.challenges.committed_at.many([bytes(32), b"\1" * 32]) == [0, 0]

    with line(host, int(port)) as cable:
        asyncio.run(run(cable))


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_client__by_url__reads_and_sends(scene: Scene, scheme: str) -> None:
    with client(scene, scene.account(), scene.url.replace("http", scheme, 1)) as gl:
        assert gl.tasks.count() == 0
        sent = scene.commit(gl)
        stored = [sent.result.commitment, bytes(32)]
        assert gl.challenges.committed_at.many(stored) == [scene.committed_at(sent), 0]
        with pytest.raises(errors.NoSuchTask):
            gl.tasks.get(1)


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_async_client__by_url__reads_and_sends(scene: Scene, scheme: str) -> None:
    async def run() -> None:
        url = scene.url.replace("http", scheme, 1)
        async with await AsyncGoldleaf.connect(url, scene.deployment, scene.account(), poll=POLL) as gl:
            assert await gl.tasks.count() == 0
            sent = await gl.unchecked.challenges.commit(1, [0], salt=scene.salt())
            stored = [sent.result.commitment, bytes(32)]
            assert await gl.challenges.committed_at.many(stored) == [scene.committed_at(sent), 0]
            with pytest.raises(errors.NoSuchTask):
                await gl.tasks.get(1)

    asyncio.run(run())


def test_client__of_a_provider__reads(scene: Scene) -> None:
    providers: list[Any] = [HTTPProvider(scene.url)]
    # Of web3.py 7 alone.
    if hasattr(web3, "LegacyWebSocketProvider"):
        providers.append(web3.LegacyWebSocketProvider(scene.url.replace("http", "ws", 1)))
    for provider in (*providers, *(Web3(provider) for provider in providers)):
        assert Goldleaf(provider, scene.deployment).challenges.committed_at.many([bytes(32), b"\1" * 32]) == [0, 0]


def test_client__over_a_socket_by_many_threads__each_gets_its_own_answers(scene: Scene) -> None:
    with (
        client(scene, scene.account(), scene.url.replace("http", "ws", 1)) as gl,
        ThreadPoolExecutor(8) as threads,
    ):
        sent = list(threads.map(lambda _: scene.commit(gl), range(16)))
        assert sorted(one.nonce for one in sent) == list(range(16))
        read = threads.map(lambda one: gl.challenges.committed_at.many([one.result.commitment, bytes(32)]), sent)
        assert list(read) == [[scene.committed_at(one), 0] for one in sent]


def test_client__over_a_socket_that_was_closed__opens_it_again(scene: Scene) -> None:
    gl = client(scene, None, scene.url.replace("http", "ws", 1))
    for _ in range(2):
        gl.close()
        assert gl.tasks.count() == 0
    gl.close()
    gl.close()


def test_client__in_a_process_that_was_forked__has_a_socket_of_its_own(scene: Scene) -> None:
    url = scene.url.replace("http", "ws", 1)
    with client(scene, None, url), multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(count_tasks, (url, scene.deployment)).get(timeout=20) == 0


def count_tasks(url: str, deployment: Deployment) -> int:
    with Goldleaf(url, deployment) as gl:
        return gl.tasks.count()


def test_connect__no_node__refused(scene: Scene) -> None:
    for url in ("http://127.0.0.1:1", "ws://127.0.0.1:1"):
        with pytest.raises(errors.Unreachable):
            Goldleaf(url, scene.deployment)
        with pytest.raises(errors.Unreachable):
            asyncio.run(AsyncGoldleaf.connect(url, scene.deployment))


# ---------------------------------------------------------------- what becomes of a transaction


def test_send__node_loses_it__sent_again(scene: Scene, meddler: Meddler) -> None:
    meddler.instructions["eth_sendRawTransaction"] = [{"result": f"0x{bytes(32).hex()}"}]
    assert scene.commit(client(scene, scene.account(), meddler.url)).nonce == 0
    assert meddler.asked.count("eth_sendRawTransaction") == 2


def test_send__underpriced_for_the_node__sent_for_more(scene: Scene, meddler: Meddler) -> None:
    underpriced = {"error": {"code": -32000, "message": "transaction underpriced"}}
    meddler.instructions["eth_sendRawTransaction"] = [underpriced, underpriced]
    base = scene.web3.eth.get_block("latest")["baseFeePerGas"]
    sent = scene.commit(client(scene, scene.account(), meddler.url))
    offered = scene.web3.eth.get_transaction(sent.transaction)
    assert offered["maxFeePerGas"] > (2 * base + GWEI) * 1.125**2
    assert offered["maxPriorityFeePerGas"] > GWEI * 1.125**2


def test_send__base_fee_rises_above_the_offer__offers_more(scene: Scene, background: ThreadPoolExecutor) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    sending = background.submit(scene.commit, client(scene, account))
    until(lambda: scene.pooled(account))
    (first,) = scene.pooled(account).values()
    scene.request("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    scene.mine()
    until(lambda: any(one["hash"] != first["hash"] for one in scene.pooled(account).values()))
    scene.mine()
    sent = sending.result()
    assert sent.nonce == 0 and sent.transaction != first["hash"]


def test_send__fees_above_what_may_be_paid__refused(scene: Scene) -> None:
    account = scene.account()
    with pytest.raises(errors.Underpriced) as caught:
        scene.commit(client(scene, account, max_fee=5))
    assert caught.value.bound == "at most 5" and scene.nonces(account) == 0
    sent = scene.commit(client(scene, account, max_fee=20 * GWEI))
    assert scene.web3.eth.get_transaction(sent.transaction)["maxFeePerGas"] <= 20 * GWEI


def replace(scene: Scene, account: Any, **changes: Any) -> str:
    """Sends another transaction under the account's nonce 0, for more, and mines it; returns its hash."""
    until(lambda: scene.pooled(account))
    pending = scene.pooled(account)["0"]
    fields = {
        "to": account.address,
        "data": "0x",
        "value": 0,
        "gas": int(pending["gas"], 16),
        "nonce": 0,
        "chainId": scene.deployment.chain_id,
        "maxFeePerGas": 1000 * GWEI,
        "maxPriorityFeePerGas": 500 * GWEI,
        **changes,
    }
    signed = account.sign_transaction(fields)
    scene.request("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())
    scene.mine()
    return str(signed.hash.to_0x_hex())


def test_send__replaced_by_another_transaction__names_it(scene: Scene, background: ThreadPoolExecutor) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    sending = background.submit(scene.commit, client(scene, account))
    other = replace(scene, account)
    with pytest.raises(errors.TransactionReplaced, match=f"with nonce 0, was replaced by {other} to 0x") as caught:
        sending.result()
    assert (caught.value.nonce, caught.value.by) == (0, other)


def test_send__replaced_by_the_same_for_more__counts(scene: Scene, background: ThreadPoolExecutor) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    sending = background.submit(scene.commit, client(scene, account))
    until(lambda: scene.pooled(account))
    other = replace(scene, account, to=scene.escrow, data=scene.pooled(account)["0"]["input"])
    sent = sending.result()
    assert (sent.transaction, sent.nonce) == (other, 0)
    assert sent.result.commitment


def test_send__dropped_and_not_taken_again__says_why(scene: Scene, background: ThreadPoolExecutor) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    sending = background.submit(scene.commit, client(scene, account))
    until(lambda: scene.pooled(account))
    scene.request("anvil_setBalance", account.address, "0x0")
    scene.request("anvil_dropAllTransactions")
    with pytest.raises(errors.TransactionDropped, match="with nonce 0: Insufficient funds") as caught:
        sending.result()
    assert caught.value.nonce == 0


def test_send__not_mined_in_time__says_where_it_stands_and_can_be_waited_for(scene: Scene) -> None:
    account = scene.account()
    gl = client(scene, account, timeout=0.3)
    scene.request("evm_setAutomine", False)
    with pytest.raises(errors.TransactionTimeout) as caught:
        scene.commit(gl)
    assert f"{caught.value.transaction} was not mined within 0.3 seconds: it is pending with nonce 0" in str(
        caught.value
    )
    assert "wei for each gas against a base fee of" in str(caught.value)
    scene.mine()
    sent = gl.wait(caught.value.transaction)
    assert (sent.nonce, len(sent.result), sent.result) == (0, 1, sent.events)


def test_wait__hash_that_the_node_does_not_know__says_so(scene: Scene) -> None:
    with pytest.raises(errors.TransactionTimeout, match="the node does not know it"):
        client(scene, None, timeout=0.1).wait(f"0x{'12' * 32}")


def test_wait__transaction_that_failed__raises_what_the_contract_said(scene: Scene) -> None:
    account = scene.account()
    gl = client(scene, account)
    salt = scene.salt()
    unsigned = gl.unchecked.challenges.commit.transaction(1, [0], salt=salt)
    gl.unchecked.challenges.commit(1, [0], salt=salt)
    fields = {**unsigned.to_json()[0], "nonce": 1, "gas": 100_000, "gasPrice": 10 * GWEI}
    signed = account.sign_transaction({name: value for name, value in fields.items() if name != "from"})
    sent = scene.web3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()
    with pytest.raises(errors.ChallengeAlreadyCommitted):
        gl.wait(sent, of=unsigned)


# ---------------------------------------------------------------- fees


def test_offer__market_has_risen__both_higher_and_never_above_the_limit() -> None:
    before = fees.Fees(100, 10)
    assert fees.offer(GasPrice(40, 5), None) == fees.Fees(85, 5)
    assert fees.offer(GasPrice(40, 5), None, before) == fees.Fees(113, 12)
    assert fees.offer(GasPrice(200, 50), None, before) == fees.Fees(450, 50)
    assert fees.offer(GasPrice(200, 50), 230, before) == fees.Fees(230, 50)
    with pytest.raises(errors.Underpriced):
        fees.offer(GasPrice(40, 5), 112, before)


def test_offer__chain_without_base_fee__a_gas_price() -> None:
    assert fees.offer(GasPrice(None, 7), None).fields() == {"gasPrice": 7}


def test_send__node_that_names_no_tip__by_its_gas_price(scene: Scene, meddler: Meddler) -> None:
    meddler.missing = {"eth_maxPriorityFeePerGas"}
    assert scene.commit(client(scene, scene.account(), meddler.url)).nonce == 0
    assert "eth_gasPrice" in meddler.asked
