"""Nodes that are busy, take few requests at once, or read in no pending block: an anvil, and a meddler before it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from goldleaf import AsyncGoldleaf, Goldleaf, errors
from goldleaf._engine import asking
from goldleaf._engine.asking import BatchSize
from goldleaf._flows.asks import PENDING, Ask, Flow, ask_block, ask_time
from goldleaf._flows.core import now
from tests.meddling import NO_BATCHES, Answer, Do, Each, Meddler, Status
from tests.proxy import served
from tests.sending import Scene

pytestmark = pytest.mark.anvil

BURN = "0x" + "12" * 20
COMMITMENTS = [bytes([number]) * 32 for number in range(40)]
BUSY: dict[str, Answer] = {
    "status": Status(429),
    "infura": {"error": {"code": -32005, "message": "project ID request rate exceeded"}},
    "base": {"error": {"code": -32016, "message": "over rate limit"}},
    "alchemy": {"error": {"code": 429, "message": "Your app has exceeded its compute units per second capacity"}},
    "quicknode": {"error": {"code": -32007, "message": "100/second request limit reached"}},
    "bare": {"error": {"code": -32005, "message": "limit exceeded"}},
}


@pytest.fixture
def meddler(scene: Scene) -> Iterator[Meddler]:
    with served(Meddler(scene.url)) as meddler:
        yield meddler


@pytest.fixture(params=["blocking", "awaiting"])
def run(request: pytest.FixtureRequest, scene: Scene, meddler: Meddler) -> Callable[..., list[Any]]:
    """Does things with a client, one after the other, in both ways; the client is connected before."""

    def block(*todo: Callable[[Any], Any], account: Any = None) -> list[Any]:
        client = Goldleaf(meddler.url, scene.deployment, account, poll=0.02)
        return [one(client) for one in todo]

    async def wait(*todo: Callable[[Any], Any], account: Any = None) -> list[Any]:
        async with await AsyncGoldleaf.connect(meddler.url, scene.deployment, account, poll=0.02) as client:
            results = []
            for one in todo:
                result = one(client)
                results.append(await result if asyncio.iscoroutine(result) else result)
            return results

    awaiting = lambda *todo, **options: asyncio.run(wait(*todo, **options))  # noqa: E731
    return block if request.param == "blocking" else awaiting


def count(client: Any) -> Any:
    return client.tasks.count()


def clock(client: Any) -> Any:
    return client._run_flow(now())


def commitments(client: Any) -> Any:
    return client.challenges.committed_at.many(COMMITMENTS)


def test_requests__equal_ones_side_by_side__sent_once_and_each_read_in_its_own_way(
    run: Callable[..., list[Any]], meddler: Meddler
) -> None:
    def flow() -> Flow[Any]:
        wanted = Ask("eth_getBlockByNumber", (PENDING, False), lambda block: "hash" in block)
        spoilt = Ask("eth_getBlockByNumber", (PENDING, False), lambda block: block["no such field"])
        return (yield (ask_time(), wanted, ask_block(0), spoilt, ask_time()))

    ((time, found, genesis, garbled, again),) = run(lambda client: client._run_flow(flow()))
    # The first block and the pending one may be of the same second.
    assert time == again >= genesis.timestamp and genesis.number == 0 and found is True
    assert isinstance(garbled, errors.GarbledAnswer)
    assert meddler.asked.count("eth_getBlockByNumber") == 2


# ---------------------------------------------------------------- few at once

REFUSALS: dict[str, Any] = {
    "besu": {"error": {"code": -32005, "message": "Number of requests exceeds max batch size"}},
    "erigon": {"error": {"code": -32000, "message": "batch limit 5 exceeded (can increase by --rpc.batch.limit)"}},
    "erigon in a list": [{"error": {"code": -32000, "message": "batch limit 5 exceeded: 40 requests given"}}],
    "geth": [{"error": {"code": -32600, "message": "batch too large"}}],
    "reth": {"error": {"code": -32010, "message": "The batch request was too large"}},
    "each": Each({"error": {"code": -32000, "message": "batch size too large"}}),
    "each invalid": Each({"error": {"code": -32600, "message": "Invalid Request"}}),
    "each busy": Each({"error": {"code": -32005, "message": "too many requests"}}),
    "fewer answers": [{"result": "0x0"}, {"result": "0x0"}],
    "none at all": {"error": NO_BATCHES},
    "400": Status(400),
    "413": Status(413),
    "429": Status(429),
    "500": Status(500),
    "503": Status(503),
    "dropped": Do.DROP,
    "a page": Do.GARBLE,
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_many__node_takes_few_at_once__in_smaller_batches_from_then_on(
    run: Callable[..., list[Any]], meddler: Meddler, refusal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PAUSES", (0.001, 0.001, 0.001))
    meddler.largest_batch, meddler.refusal = 5, refusal
    begun: list[int] = []
    results = run(commitments, lambda _: begun.append(len(meddler.sizes)), commitments)
    assert results[0] == results[2] == [0] * len(COMMITMENTS)
    assert max(meddler.sizes[: begun[0]]) > 5
    again = meddler.sizes[begun[0] :]
    assert max(again) <= 5 and len(again) <= len(COMMITMENTS) / 2, "batches of two at least, none of them refused"


@pytest.mark.parametrize("refusal", [REFUSALS["none at all"], Status(500), Do.GARBLE], ids=str)
def test_many__node_takes_no_batches__one_by_one(
    run: Callable[..., list[Any]], meddler: Meddler, refusal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PAUSES", (0.001, 0.001, 0.001))
    meddler.largest_batch, meddler.refusal = 1, refusal
    begun: list[int] = []
    results = run(commitments, lambda _: begun.append(len(meddler.sizes)), commitments)
    assert results[0] == results[2] == [0] * len(COMMITMENTS)
    assert set(meddler.sizes[begun[0] :]) == {1}


def test_many__some_of_a_batch_are_too_many__asked_again_alone(run: Callable[..., list[Any]], meddler: Meddler) -> None:
    meddler.busy = [0, 30, 10]
    assert run(commitments) == [[0] * len(COMMITMENTS)]
    assert meddler.sizes[-3:] == [40, 30, 10]


def test_many__one_of_a_batch_fails__the_others_are_answered(run: Callable[..., list[Any]], meddler: Meddler) -> None:
    refusal = {"error": {"code": -32000, "message": "cannot afford"}}
    meddler.instructions["eth_call"] = [*[Do.PASS] * 3, *[refusal] * 3]
    with pytest.raises(errors.InsufficientFunds):
        run(commitments)
    assert meddler.sizes[-1] == len(COMMITMENTS), "which says nothing of how many are taken"


def test_many__node_is_away__fails_soon_and_is_asked_for_as_many_again(
    run: Callable[..., list[Any]], meddler: Meddler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PAUSES", (0.001, 0.001, 0.001))

    def away(client: Any) -> None:
        meddler.always["eth_call"] = Do.DROP

    def back(client: Any) -> None:
        del meddler.always["eth_call"]

    def failing(client: Any) -> Any:
        async def wait() -> None:
            with pytest.raises(errors.Unreachable):
                await commitments(client)

        if client.awaits:
            return wait()
        with pytest.raises(errors.Unreachable):
            commitments(client)
        return None

    assert run(away, failing, back, commitments)[-1] == [0] * len(COMMITMENTS)
    assert meddler.sizes[-1] == len(COMMITMENTS)


def test_batch_size__node_takes_more_again__is_tried_and_never_above_what_it_refused() -> None:
    size = BatchSize(100)
    size.succeed(25)
    assert size.most == 25
    for _ in range(asking.PATIENCE):
        size.succeed(25)
    assert size.most == 50
    size.refuse(50)
    for _ in range(3 * asking.PATIENCE):
        size.succeed(size.most)
    assert size.most == 25


# ---------------------------------------------------------------- too many in a time


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_reads__node_is_busy__waited_for(run: Callable[..., list[Any]], meddler: Meddler, busy: Answer) -> None:
    meddler.instructions["eth_call"] = [busy, busy]
    assert run(count) == [0]
    assert meddler.asked.count("eth_call") == 3


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY)
def test_send__node_is_busy__sent_once(
    run: Callable[..., list[Any]], scene: Scene, meddler: Meddler, busy: Answer
) -> None:
    account, salt = scene.account(), scene.salt()
    meddler.instructions["eth_sendRawTransaction"] = [busy, busy]
    (sent,) = run(lambda client: client.unchecked.challenges.commit(1, [0], salt=salt), account=account)
    assert sent.nonce == 0 and scene.nonces(account) == 1


def test_reads__node_stays_busy__says_so(
    run: Callable[..., list[Any]], meddler: Meddler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PAUSES", (0.001, 0.001, 0.001))
    meddler.always["eth_call"] = BUSY["base"]
    with pytest.raises(errors.NodeBusy, match="over rate limit"):
        run(count)


@pytest.mark.parametrize(
    "busy",
    [
        Status(429, {"Retry-After": "1"}),
        Status(503, {"Retry-After": "1"}),
        {"error": {"code": -32005, "message": "rate limited", "data": {"rate": {"backoff_seconds": 1.0}}}},
    ],
    ids=str,
)
def test_reads__node_says_how_long_to_wait__waited_so_long(
    run: Callable[..., list[Any]], meddler: Meddler, busy: Answer
) -> None:
    meddler.instructions["eth_call"] = [busy]
    started = time.monotonic()
    assert run(count) == [0]
    assert time.monotonic() - started >= 1 and meddler.asked.count("eth_call") == 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_reads__node_wants_long_to_wait__not_asked_again(
    run: Callable[..., list[Any]], meddler: Meddler, form: str
) -> None:
    after = "3600" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(hours=1))
    meddler.instructions["eth_call"] = [Status(429, {"Retry-After": after})]
    with pytest.raises(errors.NodeBusy) as caught:
        run(count)
    assert caught.value.retry_after == pytest.approx(3600, abs=60)
    assert meddler.asked.count("eth_call") == 1


# ---------------------------------------------------------------- the pending block

NO_PENDING = {
    "geth": {"code": -32000, "message": "pending state is not available"},
    "geth, of blocks": {"code": -32000, "message": "pending block is not available"},
    "openethereum": {
        "code": -32000,
        "message": "This request is not supported because your node is running with state pruning. "
        "Run with --pruning=archive.",
    },
    "xrpl": {"code": -32602, "message": 'tag "pending" is not yet supported'},
}


@pytest.mark.parametrize("refusal", NO_PENDING.values(), ids=NO_PENDING)
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas", "eth_getTransactionCount", "eth_getBlockByNumber"])
def test_pending__node_refuses_it__reads_in_the_latest_and_remembers(
    run: Callable[..., list[Any]], scene: Scene, meddler: Meddler, method: str, refusal: dict[str, Any]
) -> None:
    meddler.no_pending = {method: {"error": refusal}}

    def commit(client: Any) -> Any:
        return client.unchecked.challenges.commit(1, [0], salt=scene.salt())

    first, second, *_ = run(commit, commit, count, count, clock, clock, account=scene.account())
    assert (first.nonce, second.nonce) == (0, 1)
    assert meddler.refused == [method]


def test_pending__node_has_no_such_block__the_time_is_that_of_the_latest(
    run: Callable[..., list[Any]], scene: Scene, meddler: Meddler
) -> None:
    meddler.no_pending = {"eth_getBlockByNumber": {"result": None}}
    latest = scene.web3.eth.get_block("latest")["timestamp"]
    assert run(clock, clock) == [latest, latest]
    assert meddler.refused == ["eth_getBlockByNumber"]


def test_pending__node_fails_for_another_reason__not_taken_for_a_refusal(
    run: Callable[..., list[Any]], meddler: Meddler
) -> None:
    meddler.instructions["eth_call"] = [{"error": {"code": -32603, "message": "internal error"}}]
    assert run(count, count) == [0, 0]
    assert meddler.blocks["eth_call"] == ["pending", "latest", "pending"]


def test_pending__contract_refuses_in_it__is_what_it_says(
    run: Callable[..., list[Any]], scene: Scene, meddler: Meddler
) -> None:
    with pytest.raises(errors.BalanceTooLow):
        run(
            lambda client: client.unchecked.ledger.transfer(5, BURN, token=scene.escrow),
            account=scene.account(),
        )
    assert meddler.blocks["eth_estimateGas"] == ["pending"]
