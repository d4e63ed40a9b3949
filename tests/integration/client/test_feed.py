"""Events of a real node that reorganizes, behind a proxy that refuses, drops and forgets."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from goldleaf import AsyncGoldleaf, Cursor, Goldleaf, Logged, errors, events
from tests.chains import anvil
from tests.feeding import HOUR, POLL, Scene
from tests.proxy import Proxy, proxy

pytestmark = pytest.mark.anvil

PATIENCE = 60  # seconds


class Mirror:
    """What somebody knows who is told of events one by one."""

    def __init__(self) -> None:
        self.places: list[tuple[int, int, str]] = []
        self.removed = 0

    def tell(self, logged: Logged) -> None:
        place = (logged.block, logged.index, logged.block_hash)
        if logged.removed:
            self.removed += 1
            assert self.places.pop() == place, "newest first"
        else:
            assert not self.places or self.places[-1][:2] < place[:2], "in order, each once"
            self.places.append(place)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with anvil() as chain:
        yield Scene(chain)


@pytest.fixture(scope="module")
def long_past(scene: Scene) -> list[tuple[int, int, str]]:
    """Sixty events in some three hundred blocks, in some of which there are several."""
    for number in range(30):
        scene.commit()
        if number % 3 == 0:
            scene.request("anvil_mine", hex(23))
    scene.request("evm_setAutomine", False)
    for number in range(30):
        person = scene.people[number % 3]
        arguments = [scene.token.address, number + 1, person]
        data = scene.escrow._contract.encode_abi("deposit", arguments)
        call = {"from": person, "to": scene.escrow.address, "data": data, "gas": hex(200_000), "gasPrice": "0x0"}
        scene.request("eth_sendTransaction", call)
        if number % 10 == 9:
            scene.request("anvil_mine", "0x1")
    scene.request("evm_setAutomine", True)
    scene.request("anvil_mine", hex(70))
    truth = scene.truth()
    assert len(truth) == 60
    return truth


def places(found: Iterator[Logged] | list[Logged]) -> list[tuple[int, int, str]]:
    return [(logged.block, logged.index, logged.block_hash) for logged in found]


REFUSALS: dict[str, dict[str, Any] | int] = {
    "geth": {"code": -32000, "message": "exceed maximum block range: 5000"},
    "erigon": {"code": -32602, "message": "query block range exceeds server limit, narrow your filter: 1000"},
    "alchemy": {
        "code": -32600,
        "message": "You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this "
        "block range should work: [0x0, 0x1f3]",
    },
    "infura": {"code": -32602, "message": "range 1000000 exceeds limit of 10000"},
    "quicknode": {"code": -32614, "message": "eth_getLogs is limited to a 10,000 range"},
    "bare": {"code": -32005, "message": ""},
    "status": 413,
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_history__node_that_limits_ranges__finds_all(
    scene: Scene, long_past: list[Any], refusal: dict[str, Any] | int
) -> None:
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.longest_range, node.refusal = 70, refusal
        assert places(client.events.history()) == long_past


def test_history__node_that_takes_one_block_at_a_time__finds_all(scene: Scene, long_past: list[Any]) -> None:
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.longest_range = 1
        first = long_past[-1][0] - 20
        expected = [place for place in long_past if place[0] >= first]
        assert places(client.events.history(first_block=first, last_block=long_past[-1][0])) == expected


def test_history__node_that_limits_results__finds_all_and_takes_longer_ranges_again(
    scene: Scene, long_past: list[Any]
) -> None:
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.most_logs, node.refusal = 10, {"code": -32005, "message": "query returned more than 10 results"}
        assert places(client.events.history()) == long_past
        ranges = [asked["toBlock"] for method, asked in node.asked if method == "eth_getLogs"]
        assert len(set(ranges)) < 60


def test_history__block_with_more_than_the_node_gives__raises_what_it_says(scene: Scene, long_past: list[Any]) -> None:
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.most_logs, node.refusal = 9, {"code": -32005, "message": "query returned more than 9 results"}
        with pytest.raises(errors.NodeError, match="more than 9 results"):
            list(client.events.history())


@pytest.mark.parametrize("seed", range(4))
def test_history__node_that_drops_lags_and_is_busy__finds_all(scene: Scene, long_past: list[Any], seed: int) -> None:
    with proxy(scene.url, seed=seed) as node:
        client = scene.client(node.url)
        node.longest_range, node.dropped, node.too_many = 60, 0.2, 2
        node.lagging, node.lag = 0.2, 90
        assert places(client.events.history(last_block=long_past[-1][0])) == long_past


def test_history__last_block_that_is_not__refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf._flows.logs.FIRST_PAUSE", 0.001)
    with pytest.raises(errors.NodeBehind, match="no block"):
        list(scene.client().events.history(last_block=scene.head + 1))


def test_history__node_that_is_down__raises(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldleaf._flows.logs.FIRST_PAUSE", 0.001)
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.down = True
        with pytest.raises(errors.Unreachable):
            list(client.events.history())


def test_history__kinds_and_fields__only_what_was_asked_for(scene: Scene, long_past: list[Any]) -> None:
    client = scene.client()
    kinds = [type(logged.event) for logged in client.events.history()]
    assert (kinds.count(events.ChallengeCommitted), kinds.count(events.Deposited)) == (30, 30)
    assert len(list(client.events.history(events.ChallengeCommitted))) == 30
    assert len(list(client.events.history(events.ChallengeCommitted, events.Deposited))) == 60
    first, second, third = scene.people
    own = list(client.events.history(events.Deposited, account=first))
    assert {logged.event for logged in own} == {
        events.Deposited(scene.token.address, first, first, amount) for amount in range(1, 31, 3)
    }
    assert {logged.contract for logged in own} == {"TaskEscrow"}
    assert len(list(client.events.history(account=[first.lower(), second]))) == 20
    assert len(list(client.events.history(account=third, contract="TaskEscrow"))) == 10
    block = own[0].block
    assert {logged.block for logged in client.events.history(first_block=block, last_block=block)} == {block}


def test_history__what_cannot_be__refused_at_once(scene: Scene) -> None:
    client = scene.client()
    asked: list[tuple[list[type[events.Event]], dict[str, Any]]] = [
        ([events.ChallengeCommitted], {"submission": 1}),
        ([events.Taken, events.Deposited], {"submission": 1}),
        ([], {"salt": 1}),
        ([], {"contract": "Court"}),
    ]
    for kinds, fields in asked:
        with pytest.raises(errors.ArgumentError, match="with the indexed fields"):
            client.events.history(*kinds, **fields)
    for fields in (
        {"submission": -1},
        {"submission": "1"},
        {"annotator": 1},
        {"annotator": "0x1"},
        {"commitment": b"1"},
    ):
        with pytest.raises(errors.ArgumentError):
            client.events.history(**fields)


@pytest.mark.parametrize("start", ["first", "late"])
def test_watch__long_past__given_in_order_and_resumed_at_each_place(
    scene: Scene, long_past: list[Any], start: str
) -> None:
    client = scene.client()
    first = 0 if start == "first" else long_past[40][0]
    expected = [place for place in scene.truth() if place[0] >= first]
    watch = client.events.watch(from_block=first, poll=POLL, timeout=0.3)
    given, cursors = [], []
    for logged in watch:
        given.append(logged)
        cursors.append(watch.cursor)
    assert places(given) == expected
    assert watch.cursor is not None and (watch.cursor.block, watch.cursor.index) == (scene.head, None)
    for number in (0, 17, len(cursors) - 2):
        stored = Cursor.from_json(json.loads(json.dumps(cursors[number].to_json())))  # type: ignore[union-attr]
        again = client.events.watch(from_block=stored, poll=POLL, timeout=0.3)
        assert places(list(again)) == expected[number + 1 :]
    assert not list(client.events.watch(from_block=watch.cursor, poll=POLL, timeout=0.1))


def test_watch__from_now_on__only_what_comes(scene: Scene) -> None:
    watch = scene.client().events.watch(events.ChallengeCommitted, poll=POLL, timeout=0.2)
    assert not list(watch)
    later = scene.client().events.watch(events.ChallengeCommitted, from_block=watch.cursor, poll=POLL, timeout=PATIENCE)
    commitments = [scene.commit() for _ in range(3)]
    assert [next(later).event for _ in commitments] == [events.ChallengeCommitted(each) for each in commitments]


def test_watch__blocks_replaced__taken_back_newest_first_and_given_anew(scene: Scene) -> None:
    watch = scene.client().events.watch(from_block=scene.head + 1, poll=POLL, timeout=PATIENCE)
    for _ in range(4):
        scene.commit()
    given = [next(watch) for _ in range(4)]
    scene.reorganize(3, commitments=2)
    back = [next(watch) for _ in range(3)]
    assert [(logged.event, logged.removed) for logged in back] == [(logged.event, True) for logged in given[:0:-1]]
    assert watch.cursor is not None and watch.cursor.block == back[-1].block
    anew = [next(watch) for _ in range(2)]
    assert not any(logged.removed for logged in anew)
    assert [given[0].block, *(logged.block for logged in anew)] == [given[0].block + step for step in range(3)]
    assert places([given[0], *anew]) == scene.truth(given[0].block)


def test_watch__chain_that_was_set_back_and_is_shorter__taken_back(scene: Scene) -> None:
    snapshot = scene.request("evm_snapshot")
    watch = scene.client().events.watch(from_block=scene.head + 1, poll=POLL, timeout=PATIENCE)
    for _ in range(3):
        scene.commit()
    given = [next(watch) for _ in range(3)]
    scene.request("evm_revert", snapshot)
    scene.commit()
    back = [next(watch) for _ in range(3)]
    assert places(back) == places(given)[::-1] and all(logged.removed for logged in back)
    assert places([next(watch)]) == scene.truth(given[0].block)


def test_watch__blocks_replaced_across_a_restart__taken_back(scene: Scene) -> None:
    client = scene.client()
    watch = client.events.watch(from_block=scene.head + 1, poll=POLL, timeout=PATIENCE)
    for _ in range(3):
        scene.commit()
    given = [next(watch) for _ in range(3)]
    resumed = client.events.watch(from_block=watch.cursor, poll=POLL, timeout=PATIENCE)
    scene.commit()
    assert next(resumed).block == given[-1].block + 1
    scene.reorganize(3, commitments=0)
    assert places([next(resumed) for _ in range(3)])[1:] == places(given)[:0:-1]


def test_watch__cursor_in_a_block_that_was_replaced__refused(scene: Scene) -> None:
    client = scene.client()
    watch = client.events.watch(from_block=scene.head + 1, poll=POLL, timeout=PATIENCE)
    scene.commit()
    next(watch)
    scene.reorganize(1, commitments=1)
    with pytest.raises(errors.Reorganized, match="at which the cursor stands"):
        next(client.events.watch(from_block=watch.cursor, poll=POLL, timeout=PATIENCE))


def test_watch__replaced_deeper_than_what_is_remembered__refused(scene: Scene) -> None:
    snapshot = scene.request("evm_snapshot")
    first = scene.head + 1
    scene.commit()
    scene.request("anvil_mine", hex(80))
    watch = scene.client().events.watch(from_block=first, poll=POLL, timeout=PATIENCE)
    next(watch)
    scene.commit()
    next(watch)
    scene.request("evm_revert", snapshot)
    scene.commit()
    scene.request("anvil_mine", hex(90))
    with pytest.raises(errors.Reorganized):
        next(watch)


def test_watch__confirmations__given_once_that_deep(scene: Scene) -> None:
    first = scene.head + 1
    scene.commit()
    scene.request("anvil_mine", "0x2")
    assert not list(scene.client().events.watch(from_block=first, confirmations=3, poll=POLL, timeout=0.2))
    watch = scene.client().events.watch(from_block=first, confirmations=3, poll=POLL, timeout=PATIENCE)
    scene.request("anvil_mine", "0x1")
    assert next(watch).block == scene.head - 3
    with pytest.raises(errors.ArgumentError):
        scene.client().events.watch(confirmations=-1)


def test_watch__stopped_or_timed_out__ends(scene: Scene) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    assert not list(scene.client().events.watch(poll=POLL, stop=stop.is_set))
    assert not list(scene.client().events.watch(poll=10 * PATIENCE, timeout=0.2))
    assert time.monotonic() - started < PATIENCE


def test_watch__node_still_down_when_the_time_is_up__says_so(scene: Scene) -> None:
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.down = True
        with pytest.raises(errors.Unreachable):
            next(client.events.watch(poll=POLL, timeout=0.2))


def turmoil(scene: Scene, node: Proxy, seed: int, done: Callable[[], bool]) -> None:
    """Lets much go wrong, and then nothing until everything was told."""
    chance = random.Random(seed)
    for _ in range(40):
        step = chance.random()
        if step < 0.5:
            scene.commit()
        elif step < 0.6:
            scene.request("anvil_mine", hex(chance.randrange(1, 4)))
        elif step < 0.75:
            if chance.random() < 0.5:  # what was told by now is taken back
                scene.commit()
                await_calm(node, done)
            scene.reorganize(chance.randrange(1, 5), commitments=chance.randrange(3))
        elif step < 0.85:
            node.dropped = chance.choice([0, 0.3])
        elif step < 0.95:
            node.lagging, node.lag = chance.choice([0, 0.5]), chance.randrange(1, 6)
        else:
            node.too_many = 1
        time.sleep(chance.choice([0, 0.03]))
    scene.commit()
    await_calm(node, done)


def await_calm(node: Proxy, done: Callable[[], bool]) -> None:
    """Lets everything be told."""
    node.dropped = node.lagging = 0
    end = time.monotonic() + PATIENCE
    while not done() and time.monotonic() < end:
        time.sleep(0.02)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_watch__turmoil__nothing_lost_or_doubled(scene: Scene, seed: int) -> None:
    mirror, stop = Mirror(), threading.Event()
    failed: list[BaseException] = []
    first = scene.head + 1
    with proxy(scene.url) as node:
        client = scene.client(node.url)

        def listen() -> None:
            try:
                for logged in client.events.watch(from_block=first, poll=POLL, stop=stop.is_set):
                    mirror.tell(logged)
            except BaseException as error:
                failed.append(error)

        listener = threading.Thread(target=listen)
        listener.start()
        turmoil(scene, node, seed, lambda: bool(failed) or mirror.places == scene.truth(first))
        stop.set()
        listener.join()
    assert not failed
    assert mirror.places == scene.truth(first)
    assert mirror.removed


@pytest.mark.parametrize("seed", [4, 5])
def test_watch__turmoil_and_asynchronous__nothing_lost_or_doubled(scene: Scene, seed: int) -> None:
    mirror, stop = Mirror(), threading.Event()
    first = scene.head + 1

    async def listen(url: str) -> None:
        async with await AsyncGoldleaf.connect(url, scene.deployment) as client:
            async for logged in client.events.watch(from_block=first, poll=POLL, stop=stop.is_set):
                mirror.tell(logged)

    async def play(node: Proxy) -> None:
        listening = asyncio.create_task(listen(node.url))
        done = lambda: listening.done() or mirror.places == scene.truth(first)  # noqa: E731
        await asyncio.to_thread(turmoil, scene, node, seed, done)
        stop.set()
        await listening

    with proxy(scene.url) as node:
        asyncio.run(play(node))
    assert mirror.places == scene.truth(first)
    assert mirror.removed


def test_opening__long_ago_on_a_node_that_limits_ranges__found(scene: Scene) -> None:
    requester = scene.people[0]
    scene.request("anvil_setBalance", requester, hex(10**18))
    arbitrator = scene.chain.deploy("mocks/MockArbitrator", scene.token, 3, HOUR)
    opened = []
    client = Goldleaf(scene.url, scene.deployment, requester)
    client.ledger.deposit(10**6)
    for number in range(3):
        task = client.tasks.open(
            terms=bytes([number + 1]) * 32,
            uri=f"ipfs://manifest-{number}",
            reward=10,
            stake=100,
            items=10,
            batch_size=5,
            redundancy=1,
            deadline=timedelta(days=10),
            arbitrator=arbitrator.address,
        )
        opened.append(task.result)
        scene.request("anvil_mine", hex(40))
    with proxy(scene.url) as node:
        client = scene.client(node.url)
        node.longest_range, node.refusal = 17, {"code": -32005, "message": "limit exceeded"}
        assert [client.tasks.opening(event.task) for event in opened] == opened
        # Side by side, while the node is busy and its connections break.
        node.too_many, node.dropped = 1, 0.1
        assert client.tasks.opening.many([event.task for event in opened]) == opened
        with pytest.raises(errors.NoSuchTask):
            client.tasks.opening(99)


def test_history__asynchronous__the_same(scene: Scene) -> None:
    async def read() -> list[Logged]:
        async with await AsyncGoldleaf.connect(scene.url, scene.deployment) as client:
            return [logged async for logged in client.events.history()]

    assert asyncio.run(read()) == list(scene.client().events.history())


def test_cursor__of_something_else__refused() -> None:
    for content in ({}, {"block": "1", "block_hash": "0x" + "00" * 32, "index": None}, {"block": 1}, None):
        with pytest.raises(errors.ArgumentError, match="is no cursor"):
            Cursor.from_json(content)
