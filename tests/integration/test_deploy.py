"""The deploy script, on a node and by its parts."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ape
import pytest

from goldleaf import Deployment, Goldleaf
from scripts._protocol import DAY, Settings, check, contracts, deploy
from tests.chains import anvil

ROOT = Path(__file__).parent.parent.parent
JUROR_FEE = 5 * 10**6
LOCAL_CHAIN_ID = 1337

pytestmark = pytest.mark.xdist_group("ape")


def run(*options: object) -> "subprocess.CompletedProcess[str]":
    command = [Path(sys.executable).parent / "ape", "run", "deploy", *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def account() -> Iterator[Any]:
    with ape.networks.ethereum.local.use_provider("test"):
        yield ape.accounts.test_accounts[0]


@pytest.fixture
def settings(account: Any) -> Settings:
    return Settings(token=account.deploy(contracts()["TokenMock"], 6).address, juror_fee=JUROR_FEE)


@pytest.mark.anvil
def test_deploy__on_a_node__writes_what_the_sdk_loads(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    with anvil() as node:
        url = node.web3.provider.endpoint_uri  # type: ignore[attr-defined]
        # Ape signs for its own local chain id.
        node.web3.provider.make_request("anvil_setChainId", [LOCAL_CHAIN_ID])  # type: ignore[arg-type]
        done = run(
            *("--network", f"ethereum:local:{url}", "--account", "TEST::0", "--output", path),
            *("--juror-fee", "2.5", "--appeal-period", "1.5", "--load", "8"),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        deployment = Deployment.load(path)
        assert deployment.chain_id == LOCAL_CHAIN_ID
        first = node.web3.eth.get_block(deployment.block, full_transactions=True)["transactions"][0]
        created = node.web3.eth.get_transaction_receipt(first["hash"])["contractAddress"]
        assert created == deployment.address("BlockhashRandomness")
        parameters = Goldleaf(url, deployment).court.parameters()
    assert parameters.token == deployment.address("Token")
    assert parameters.juror_fee == 2_500_000
    assert parameters.load == 8
    assert parameters.join_delay == 7 * DAY
    assert parameters.appeal_period == 36 * 3600


def test_deploy__fee_finer_than_the_token__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    options = ("--network", "ethereum:local:test", "--account", "TEST::0", "--output", path)
    done = run(*options, "--juror-fee", "0.0000001")
    assert done.returncode != 0
    assert "more places than the 6 of the token" in done.stdout + done.stderr
    assert not path.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"appeal_period": 4 * DAY}, "parameters of the court"),
        ({"relay": "0x" + "11" * 20}, "escrow.relay"),
        ({"period_floor": 7200}, "escrow.period_floor"),
    ],
)
def test_check__other_settings__says_what_differs(
    account: Any, settings: Settings, change: dict[str, Any], name: str
) -> None:
    deployment = deploy(account, settings)
    with pytest.raises(RuntimeError, match=f"{name} is .*, expected"):
        check(account.provider, deployment, replace(settings, **change))
