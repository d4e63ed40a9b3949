"""Whatever goes wrong once something was sent: it is waited for, or the error says what was sent."""

import _thread
import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from goldleaf import AsyncGoldleaf, Goldleaf, errors
from goldleaf._engine import asking
from tests.meddling import Answer, Do, Meddler, Status
from tests.proxy import served
from tests.sending import POLL, REFUSED, Scene, until

pytestmark = pytest.mark.anvil

Todo = Callable[[Any], Any]

HASH = "0x" + "12" * 32
# What nodes and those before them answer when they cannot tell just now.
TROUBLE: dict[str, Answer] = {
    "indexing": {"error": {"code": -32000, "message": "transaction indexing is in progress"}},
    "rate": {"error": {"code": -32005, "message": "daily request count exceeded, request rate limited"}},
    "over rate": {"error": {"code": -32016, "message": "over rate limit"}},
    "internal": {"error": {"code": -32603, "message": "internal error"}},
    "header": {"error": {"code": -32000, "message": "header not found"}},
    "no such method": {"error": {"code": -32601, "message": "the method does not exist/is not available"}},
    "no block yet": {"result": {"transactionHash": HASH, "blockNumber": None, "blockHash": None, "status": "0x1"}},
    "empty": {"result": {}},
    "a number": {"result": 5},
    "no result": {},
    "page": Do.GARBLE,
    "dropped": Do.DROP,
    "502": Status(502),
    "429": Status(429),
    "403": Status(403),
}


@pytest.fixture
def meddler(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meddler]:
    monkeypatch.setattr(asking, "PAUSES", (0.001, 0.001, 0.001))
    with served(Meddler(scene.url)) as meddler:
        yield meddler


@pytest.fixture(params=["blocking", "awaiting"])
def run(request: pytest.FixtureRequest, scene: Scene, meddler: Meddler) -> Callable[..., Any]:
    """Does something with a client, in both ways; `ready` is called when the client is connected."""

    def block(todo: Todo, account: Any, ready: Callable[[], None] = lambda: None, **options: Any) -> Any:
        client = Goldleaf(meddler.url, scene.deployment, account, poll=POLL, **{"timeout": 20, **options})
        ready()
        return todo(client)

    async def wait(todo: Todo, account: Any, ready: Callable[[], None] = lambda: None, **options: Any) -> Any:
        options = {"timeout": 20, **options}
        async with await AsyncGoldleaf.connect(meddler.url, scene.deployment, account, poll=POLL, **options) as client:
            ready()
            return await todo(client)

    return block if request.param == "blocking" else lambda *a, **b: asyncio.run(wait(*a, **b))


def committing(scene: Scene, salt: bytes | None = None) -> Todo:
    """Sends a transaction of which no two are the same."""
    salt = salt or scene.salt()
    return lambda client: client.unchecked.challenges.commit(1, [0], salt=salt)


def two(scene: Scene) -> Todo:
    """Sends two transactions by one call."""

    def send(client: Any) -> Any:
        batch = client.batch()
        for _ in range(2):
            batch.add(client.challenges.commit, 1, [0], salt=scene.salt())
        return batch.send()

    return send


def hashes(scene: Scene, account: Any) -> list[str]:
    """Those of all that the node has taken from an account, by its nonces."""
    # It answers before it mines.
    scene.mine()
    found: dict[int, str] = {}
    for height in range(scene.web3.eth.block_number + 1):
        for tx in scene.web3.eth.get_block(height, full_transactions=True)["transactions"]:
            if tx["from"] == account.address:  # type: ignore[index]
                found[tx["nonce"]] = tx["hash"].to_0x_hex()  # type: ignore[index]
    return [found[nonce] for nonce in sorted(found)]


# ---------------------------------------------------------------- waiting


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_send__node_cannot_tell_for_a_while__waits_on_and_sends_once(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, trouble: Answer
) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    questions = ("eth_getTransactionReceipt", "eth_getTransactionByHash")

    def mine() -> None:
        until(lambda: scene.pooled(account) and not any(meddler.instructions.values()))
        scene.mine()

    meddler.instructions = {method: [trouble, trouble] for method in questions}
    miner = threading.Thread(target=mine)
    miner.start()
    sent = run(committing(scene), account)
    miner.join()
    assert (sent.nonce, [sent.transaction]) == (0, hashes(scene, account))


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_send__node_never_tells_what_became_of_it__the_error_has_the_hash(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, trouble: Answer
) -> None:
    account = scene.account()
    meddler.after_sending = trouble
    with pytest.raises(errors.TransactionTimeout) as caught:
        run(committing(scene), account, timeout=0.3)
    assert [caught.value.transaction] == list(caught.value.sent) == hashes(scene, account)
    assert caught.value.transaction in str(caught.value) and "before you send it again" in str(caught.value)


@pytest.mark.parametrize("trouble", [TROUBLE["indexing"], TROUBLE["internal"], TROUBLE["page"]], ids=str)
def test_send__answer_lost_and_node_cannot_tell_whether_it_came__counts_as_sent(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, trouble: Answer
) -> None:
    account = scene.account()
    meddler.instructions["eth_sendRawTransaction"] = [Do.LOSE]
    meddler.instructions["eth_getTransactionByHash"] = [trouble]
    assert run(committing(scene), account).nonce == 0
    assert len(hashes(scene, account)) == 1


def test_send__receipt_lost_with_its_block__waits_for_the_next(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()
    meddler.instructions["eth_getTransactionReceipt"] = [
        {"result": {"transactionHash": HASH, "blockNumber": "0x5", "blockHash": HASH, "logs": [{}], "status": "0x1"}},
        {"result": None},
    ]
    sent = run(committing(scene), account)
    assert [sent.transaction] == hashes(scene, account)


def test_wait__transaction_lost_with_its_block__waits_on(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()
    sent = run(committing(scene), account)
    meddler.instructions["eth_getTransactionByHash"] = [{"result": None}, TROUBLE["indexing"]]
    assert run(lambda client: client.wait(sent.transaction), account).nonce == 0


def test_send__node_refuses_it_once_when_it_has_lost_it__waits_on(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()
    meddler.instructions["eth_sendRawTransaction"] = [{"result": HASH}, REFUSED]
    assert run(committing(scene), account).nonce == 0
    assert len(hashes(scene, account)) == 1


# ---------------------------------------------------------------- errors


def test_send__mined_and_failed__says_what_the_contract_said_and_what_was_sent(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account, salt = scene.account(), scene.salt()
    run(committing(scene, salt), account)
    meddler.instructions["eth_call"] = [{"result": "0x"}]
    with pytest.raises(errors.ChallengeAlreadyCommitted) as caught:
        run(committing(scene, salt), account, gas_limit=100_000)
    assert list(caught.value.sent) == list(caught.value.mined) == hashes(scene, account)[1:]
    assert f"Mined, where it failed: {caught.value.sent[0]}." in str(caught.value)


def test_send__mined_and_failed_and_the_node_cannot_tell_why__says_so(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account, salt = scene.account(), scene.salt()
    run(committing(scene, salt), account)
    meddler.instructions["eth_call"] = [{"result": "0x"}, TROUBLE["internal"]]
    with pytest.raises(errors.Reverted, match=r"the node does not tell why \(internal error\)") as caught:
        run(committing(scene, salt), account, gas_limit=100_000)
    assert list(caught.value.sent) == hashes(scene, account)[1:]


def test_send__mined_with_other_events_than_expected__says_what_was_sent(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()

    meddler.hides_logs = True
    with pytest.raises(errors.UnexpectedAnswer, match="logged no ChallengeCommitted") as caught:
        run(committing(scene), account)
    assert list(caught.value.sent) == list(caught.value.mined) == hashes(scene, account)


def test_send__second_of_two_is_refused__the_error_names_the_first(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()
    meddler.instructions["eth_sendRawTransaction"] = [Do.PASS, REFUSED]
    with pytest.raises(errors.NodeError, match="txpool is full") as caught:
        run(two(scene), account)
    assert list(caught.value.sent) == hashes(scene, account) and caught.value.mined == ()
    assert f"Sent, and not known to be mined: {caught.value.sent[0]}." in str(caught.value)


@pytest.mark.parametrize(
    "trouble", [TROUBLE["dropped"], TROUBLE["internal"], TROUBLE["page"], TROUBLE["rate"]], ids=str
)
def test_send__second_of_two_fails_when_the_first_is_mined__the_error_names_it(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, trouble: Answer
) -> None:
    account = scene.account()
    meddler.missing = {"eth_simulateV1"}
    meddler.instructions["eth_estimateGas"] = [Do.PASS, *[trouble] * 9]
    with pytest.raises(errors.NodeError) as caught:
        run(two(scene), account)
    assert list(caught.value.sent) == list(caught.value.mined) == hashes(scene, account)
    assert f"Mined: {caught.value.sent[0]}." in str(caught.value)


def test_send__something_fails_that_nobody_foresaw__the_error_names_what_was_sent(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()

    class Wallet:
        """Signs once, and is then taken away."""

        address = account.address

        def __init__(self) -> None:
            self._left = 1

        def sign_transaction(self, fields: Any) -> Any:
            if not self._left:
                raise OSError("the device was unplugged")
            self._left -= 1
            return account.sign_transaction(fields)

    with pytest.raises(errors.TransactionUntracked, match="the device was unplugged") as caught:
        run(two(scene), Wallet())
    assert list(caught.value.sent) == hashes(scene, account)


def test_send__refused_before_anything_was_sent__nothing_is_said_of_sending(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account, salt = scene.account(), scene.salt()
    run(committing(scene, salt), account)
    with pytest.raises(errors.ChallengeAlreadyCommitted) as caught:
        run(committing(scene, salt), account)
    assert caught.value.sent == caught.value.mined == () and "0x" not in str(caught.value)


# ---------------------------------------------------------------- stopped


@pytest.fixture
def keyboard_interrupts() -> Iterator[None]:
    """Ctrl-C means what it means to Python. Another library may have taken it: ape, once imported, ends the process."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt(scene: Scene, account: Any) -> threading.Thread:
    """Presses Ctrl-C when a transaction of the account is in the pool."""

    def press() -> None:
        until(lambda: scene.pooled(account))
        _thread.interrupt_main()

    thread = threading.Thread(target=press)
    thread.start()
    return thread


@pytest.mark.usefixtures("keyboard_interrupts")
def test_send__interrupted_while_waiting__says_what_was_sent(scene: Scene) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)
    client = Goldleaf(scene.url, scene.deployment, account, poll=POLL)
    keyboard = interrupt(scene, account)
    with pytest.raises(errors.SendInterrupted) as caught:
        scene.commit(client)
    keyboard.join()
    interrupted: Any = caught.value
    assert isinstance(interrupted, KeyboardInterrupt) and not isinstance(interrupted, Exception)
    (pooled,) = scene.pooled(account).values()
    assert caught.value.sent == (pooled["hash"],) and pooled["hash"] in str(caught.value)


@pytest.mark.usefixtures("keyboard_interrupts")
def test_send__second_interrupted_when_the_first_is_mined__names_both(scene: Scene, meddler: Meddler) -> None:
    account = scene.account()
    meddler.missing = {"eth_simulateV1"}
    client = Goldleaf(meddler.url, scene.deployment, account, poll=POLL)

    def press() -> None:
        until(lambda: scene.nonces(account) == 1)
        scene.request("evm_setAutomine", False)
        until(lambda: scene.pooled(account))
        _thread.interrupt_main()

    keyboard = threading.Thread(target=press)
    meddler.instructions["eth_estimateGas"] = [Do.PASS, Do.DELAY]
    keyboard.start()
    with pytest.raises(errors.SendInterrupted) as caught:
        two(scene)(client)
    keyboard.join()
    (pooled,) = scene.pooled(account).values()
    assert caught.value.mined == (hashes(scene, account)[0],)
    assert caught.value.sent == (*caught.value.mined, pooled["hash"])


@pytest.mark.usefixtures("keyboard_interrupts")
def test_send__interrupted_before_anything_was_sent__is_an_interruption_like_any(
    scene: Scene, meddler: Meddler
) -> None:
    client = Goldleaf(meddler.url, scene.deployment, scene.account(), poll=POLL)
    meddler.instructions["eth_estimateGas"] = [Do.DELAY]
    timer = threading.Timer(0.2, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        scene.commit(client)
    timer.join()
    assert type(caught.value) is KeyboardInterrupt


@pytest.mark.parametrize("how", ["cancelled", "timed out"])
def test_send__task_is_cancelled__says_what_was_sent(scene: Scene, how: str) -> None:
    account = scene.account()
    scene.request("evm_setAutomine", False)

    async def run() -> BaseException | None:
        async with await AsyncGoldleaf.connect(scene.url, scene.deployment, account, poll=POLL) as gl:
            if how == "timed out":
                with pytest.raises(TimeoutError) as late:
                    async with asyncio.timeout(1):
                        await committing(scene)(gl)
                return late.value.__cause__
            task = asyncio.create_task(committing(scene)(gl))
            await asyncio.to_thread(until, lambda: scene.pooled(account))
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert task.cancelled() and type(caught.value) is asyncio.CancelledError
            return caught.value

    stopped = asyncio.run(run())
    (pooled,) = scene.pooled(account).values()
    assert vars(stopped) == {"sent": (pooled["hash"],), "mined": ()} and pooled["hash"] in str(stopped)


# ---------------------------------------------------------------- accounts that the node signs for


@pytest.mark.parametrize("loss", [Do.LOSE, Do.SPOIL], ids=str)
def test_send__node_signs_and_its_answer_is_lost__found_by_its_nonce_and_sent_once(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, loss: Do
) -> None:
    address = scene.web3.eth.accounts[7]  # type: ignore[misc]
    before = scene.web3.eth.get_transaction_count(address)
    meddler.instructions["eth_sendTransaction"] = [loss]
    sent = run(committing(scene), address)
    assert sent.nonce == before and len(sent.result.commitment) == 32
    assert scene.web3.eth.get_transaction_count(address) == before + 1
    assert meddler.asked.count("eth_sendTransaction") == 1


@pytest.mark.parametrize("loss", [Do.DROP, Status(502)], ids=str)
def test_send__node_signs_and_nothing_comes_of_it__says_that_it_may_be_sent(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, loss: Answer
) -> None:
    address = scene.web3.eth.accounts[7]  # type: ignore[misc]
    nonce = scene.web3.eth.get_transaction_count(address)
    meddler.instructions["eth_sendTransaction"] = [loss]
    with pytest.raises(errors.TransactionTimeout, match=f"nonce {nonce}, whose hash the node has not told") as caught:
        run(committing(scene), address, timeout=0.3)
    assert (caught.value.transaction, caught.value.nonce) == ("", nonce)
    assert meddler.asked.count("eth_sendTransaction") == 1


@pytest.mark.parametrize("busy", [Status(429), TROUBLE["rate"]], ids=str)
def test_send__node_signs_and_is_busy__refused_and_not_asked_twice(
    run: Callable[..., Any], scene: Scene, meddler: Meddler, busy: Answer
) -> None:
    address = scene.web3.eth.accounts[7]  # type: ignore[misc]
    meddler.instructions["eth_sendTransaction"] = [busy]
    with pytest.raises(errors.NodeBusy) as caught:
        run(committing(scene), address)
    assert caught.value.sent == () and meddler.asked.count("eth_sendTransaction") == 1


# ---------------------------------------------------------------- the next nonce


def test_send__node_counts_as_before_what_was_mined__goes_on_from_there(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    account = scene.account()

    def both(client: Any) -> Any:
        if client.awaits:
            return awaited(client)
        first = committing(scene)(client)
        lag()
        return [first, committing(scene)(client)]

    async def awaited(client: Any) -> Any:
        first = await committing(scene)(client)
        lag()
        return [first, await committing(scene)(client)]

    def lag() -> None:
        # A node that lags would take the old nonce for the next, so what it refuses is no help.
        meddler.instructions["eth_getTransactionCount"] = [{"result": "0x0"}]

    sent = run(both, account)
    assert [one.nonce for one in sent] == [0, 1]
    assert meddler.asked.count("eth_sendRawTransaction") == 2


def test_send__node_does_not_count_what_is_still_under_way__takes_the_next(scene: Scene, meddler: Meddler) -> None:
    account = scene.account()
    client = Goldleaf(meddler.url, scene.deployment, account, poll=POLL, timeout=0.2)
    scene.request("evm_setAutomine", False)
    with pytest.raises(errors.TransactionTimeout):
        scene.commit(client)
    meddler.instructions["eth_getTransactionCount"] = [{"result": "0x0"}]
    with pytest.raises(errors.TransactionTimeout) as caught:
        scene.commit(client)
    assert caught.value.nonce == 1 and len(scene.pooled(account)) == 2
    scene.mine()
    assert scene.nonces(account) == 2


def test_send__node_has_not_seen_the_block_of_the_last__goes_on_from_it(scene: Scene, meddler: Meddler) -> None:
    account = scene.account()
    client = Goldleaf(meddler.url, scene.deployment, account, poll=POLL)
    first = scene.commit(client)
    meddler.instructions = {
        "eth_getTransactionCount": [{"result": "0x0"}],
        "eth_getTransactionReceipt": [{"result": None}],
        "web3_clientVersion": [{"result": "Geth/v1.14.12-stable/linux-amd64/go1.23.2"}],
    }
    meddler.unknown_blocks = {first.block}
    assert scene.commit(client).nonce == 1
    assert meddler.asked.count("eth_sendRawTransaction") == 2


def test_send__block_of_the_last_was_replaced__its_nonce_is_used_again(scene: Scene) -> None:
    account = scene.account()
    client = Goldleaf(scene.url, scene.deployment, account, poll=POLL)
    scene.commit(client)
    before = scene.request("evm_snapshot")
    assert [scene.commit(client).nonce for _ in range(2)] == [1, 2]
    scene.request("evm_revert", before)
    assert [scene.commit(client).nonce for _ in range(3)] == [1, 2, 3]


def test_send__node_does_not_have_the_one_before_yet__sent_again_after_a_pause(
    run: Callable[..., Any], scene: Scene, meddler: Meddler
) -> None:
    meddler.instructions["eth_sendRawTransaction"] = [{"error": {"code": -32000, "message": "nonce too high"}}] * 2
    assert run(committing(scene), scene.account()).nonce == 0
