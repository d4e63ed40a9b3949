"""Commands that end otherwise than well when something was sent: their exit code says so, and they tell the hashes."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldleaf_tools.cli import failures
from tests.chains import anvil
from tests.integration.town import Town
from tests.meddling import Do, Meddler
from tests.proxy import served
from tests.sending import until
from tests.terminal import COMMAND, PATIENCE

pytestmark = pytest.mark.anvil

INDEXING = {"error": {"code": -32000, "message": "transaction indexing is in progress"}}
INTERNAL = {"error": {"code": -32603, "message": "internal error"}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "alice", "bob", "carol", "dave", "erin", "frank"):
            town.settle_in(name)
        yield town


@pytest.fixture
def meddler(town: Town) -> Iterator[Meddler]:
    with served(Meddler(town.environment["GOLDLEAF_RPC"])) as meddler:
        yield meddler


def mined(town: Town, name: str) -> list[str]:
    """The hashes of all that somebody has sent, in order."""
    web3, account = town.chain.web3, town.addresses[name]
    blocks = (web3.eth.get_block(height, full_transactions=True) for height in range(web3.eth.block_number + 1))
    return [tx["hash"].to_0x_hex() for block in blocks for tx in block["transactions"] if tx["from"] == account]  # type: ignore[index]


def ask(town: Town, method: str, *arguments: Any) -> Any:
    return town.chain.web3.provider.make_request(method, list(arguments))["result"]


def pooled(town: Town, name: str) -> list[str]:
    """The hashes of what the node's pool holds of somebody, by nonce."""
    pool = ask(town, "txpool_content")["pending"].get(town.addresses[name].lower(), {})
    return [pool[nonce]["hash"] for nonce in sorted(pool, key=int)]


def failed(town: Town, meddler: Meddler, name: str, *arguments: object) -> Any:
    """The error that a command ends with, at a node that misbehaves."""
    done = town.spawn(name, *arguments, "--yes", "--json", code=failures.SENT, GOLDLEAF_RPC=meddler.url)
    return json.loads(done.stdout)["error"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["people", "json"])
def test_deposit__stopped_while_it_waits__tells_what_was_sent(
    town: Town, tmp_path: Path, how: signal.Signals, options: list[str]
) -> None:
    ask(town, "evm_setAutomine", False)
    before = len(pooled(town, "alice"))
    program = subprocess.Popen(
        [*COMMAND, "deposit", "5", "--yes", *options],
        env={**os.environ, **town.environment, "GOLDLEAF_ACCOUNT": "alice"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: len(pooled(town, "alice")) == before + 2 or program.poll() is not None)
    program.send_signal(how)
    out, told = program.communicate(timeout=PATIENCE)
    sent = pooled(town, "alice")[before:]
    ask(town, "evm_setAutomine", True)
    town.chain.mine(1)
    assert program.returncode == failures.SENT, told
    if options:
        error = json.loads(out)["error"]
        assert (error["type"], error["sent"], error["mined"]) == ("Interrupted", sent, [])
    else:
        assert told.startswith("Error: interrupted. ") and all(one in told for one in sent) and "Traceback" not in told


def test_deposit__node_never_tells_what_became_of_it__tells_what_was_sent(town: Town, meddler: Meddler) -> None:
    meddler.always = dict.fromkeys(("eth_getTransactionReceipt", "eth_getTransactionByHash"), INDEXING)
    error = failed(town, meddler, "bob", "deposit", "5", "--timeout", "1")
    assert error["type"] == "TransactionTimeout"
    assert error["sent"] == mined(town, "bob") and len(error["sent"]) == 2


# Each by somebody who has deposited nothing yet.
@pytest.mark.parametrize(("name", "trouble"), [("carol", INTERNAL), ("erin", Do.GARBLE), ("frank", Do.DROP)])
def test_take__deposited_and_then_something_fails__tells_what_was_mined(
    town: Town, meddler: Meddler, name: str, trouble: Any
) -> None:
    task = town.open()
    meddler.instructions["eth_estimateGas"] = [trouble] * 9
    error = failed(town, meddler, name, "take", task, "--deposit")
    assert error["type"] in ("NodeError", "GarbledAnswer", "Unreachable")
    assert error["sent"] == error["mined"] == mined(town, name)
    assert len(error["sent"]) == 2 and all(one in error["message"] for one in error["sent"])


def test_wait__transaction_that_was_sent__tells_what_became_of_it(town: Town, meddler: Meddler) -> None:
    meddler.always = dict.fromkeys(("eth_getTransactionReceipt", "eth_getTransactionByHash"), INDEXING)
    error = failed(town, meddler, "dave", "deposit", "5", "--timeout", "1")
    assert town.run("dave", "wait", error["transaction"])["transaction"] == error["transaction"]


def test_deposit__refused_before_it_was_sent__has_the_exit_code_of_a_refusal(town: Town, meddler: Meddler) -> None:
    meddler.instructions["eth_chainId"] = [Do.PASS, {"result": "0x1"}]
    done = town.spawn("dave", "deposit", "5", "--yes", "--json", code=failures.NODE, GOLDLEAF_RPC=meddler.url)
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "WrongChain" and "sent" not in error
