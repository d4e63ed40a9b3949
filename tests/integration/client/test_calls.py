"""The ways to run a call besides sending it, on a node: simulated, unsigned, in batches, many at once."""

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import goldleaf
from goldleaf import AsyncGoldleaf, Goldleaf, errors, events
from tests.deployed import PURSE, Chain
from tests.meddling import Meddler

pytestmark = pytest.mark.anvil


SALT = b"\x07" * 32


def through(meddler: Meddler, client: Goldleaf) -> Goldleaf:
    return Goldleaf(meddler.url, client.deployment, client._signer)


def deposited(client: Goldleaf, amount: int) -> events.Deposited:
    account = str(client.account)
    return events.Deposited(client.deployment.address("Token"), account, account, amount)


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


def test_simulate__contract_would_refuse__raises_what_sending_raises(chain: Chain) -> None:
    client = chain.client("refused")
    with pytest.raises(errors.BalanceTooLow):
        client.unchecked.ledger.withdraw.simulate(5)
    with pytest.raises(errors.BalanceTooLow):
        client.unchecked.ledger.withdraw(5)


def test_simulate__at_the_time_of_the_block_that_is_built__not_of_the_last(chain: Chain) -> None:
    client = chain.client("late")
    client.unchecked.challenges.commit(1, [0], salt=SALT)
    with pytest.raises(errors.ChallengeAlreadyCommitted):
        client.unchecked.challenges.commit.simulate(1, [0], salt=SALT)
    chain.travel_to(chain.now + 86_400)
    assert client.unchecked.challenges.commit.simulate(1, [0], salt=SALT).result.commitment


def test_simulate__node_that_cannot__tells_whether_it_would_pass(chain: Chain, meddler: Meddler) -> None:
    meddler.missing = {"eth_simulateV1"}
    client = through(meddler, chain.client("old node"))
    simulation = client.unchecked.challenges.commit.simulate(1, [0], salt=SALT)
    assert simulation.gas_used > 21_000 and simulation.events is None
    with pytest.raises(errors.MethodMissing):
        simulation.result  # noqa: B018
    with pytest.raises(errors.MethodMissing):
        client.ledger.deposit.simulate(5)
    with pytest.raises(errors.BalanceTooLow):
        client.unchecked.ledger.withdraw.simulate(5)


def test_unchecked__many_unsigned_transactions__ask_the_node_nothing(chain: Chain, meddler: Meddler) -> None:
    client = through(meddler, chain.client("building")).unchecked
    client.challenges.commit.transaction(1, [0], salt=SALT)
    asked = len(meddler.asked)
    built = [client.challenges.commit.transaction(1, [item], salt=SALT).to_json() for item in range(500)]
    assert len(meddler.asked) == asked
    assert len({step["data"] for (step,) in built}) == 500


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


@pytest.mark.parametrize("takes_batches", [True, False])
def test_many__hundreds__in_order_and_in_few_requests(chain: Chain, meddler: Meddler, takes_batches: bool) -> None:
    meddler.largest_batch = None if takes_batches else 1
    client = through(meddler, chain.client("many"))
    before = meddler.requests
    assert client.ledger.free.many([], account=None) == []
    assert client.challenges.committed_at.many([bytes([number]) * 32 for number in range(150)]) == [0] * 150
    # Two batches; or one by one, as the node has refused the batch that the client began with.
    assert meddler.requests - before == (2 if takes_batches else 150)


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
            assert await gl.challenges.committed_at.many([bytes(32)] * 3) == [0] * 3
            assert await gl.with_account(None).unchecked.tasks.count() == 0

    asyncio.run(run())


def files_run(call: Callable[[], object]) -> list[str]:
    """The file of each call of one of the client's own functions, in order."""
    home, files = str(Path(goldleaf.__file__).parent), []

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(home):
            files.append(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return files


@pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")
def test_file__counted__few_messages_few_calls_and_little_back_and_forth(chain: Chain, meddler: Meddler) -> None:
    client = through(meddler, chain.client("counted"))
    client.ledger.deposit(PURSE)
    terms = {"stake": 5 * 10**6, "batch_size": 4, "redundancy": 1, "deadline": timedelta(days=7)}
    task = client.tasks.open(
        terms=bytes(31) + b"1", items=4, uri="", reward=2 * 10**6, accept_small_court=True, **terms
    ).result.task
    submission = client.submissions.take(task, 0).result.submission
    client.submissions.publish(submission, bytes(31) + b"1", uri="")
    salts = [bytes(31) + bytes([number]) for number in range(4)]
    for salt in salts:
        client.challenges.commit(submission, [0], salt=salt)
    chain.travel_to(chain.now + 60)
    counts, asked = [], []
    for salt in salts:
        before, first = meddler.requests, len(meddler.asked)
        files = files_run(lambda: client.challenges.file(submission, [0], salt=salt))  # noqa: B023
        switches = sum(a != b for a, b in pairwise(files))
        counts.append((meddler.requests - before, len(files), switches))
        asked.append(meddler.asked[first:])
    # The first reads the ABI; of others, a receipt may be late.
    messages, calls, switches = min(counts)
    assert messages == 6
    assert calls <= 365 and switches <= 150, counts
    # Each view once, the task too.
    assert min(map(len, asked)) == 4 + 2 + 1 + 4 + 1 + 1
