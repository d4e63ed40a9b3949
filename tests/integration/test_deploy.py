"""The deploy script, on a node and by its parts."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ape
import pytest
from click.testing import CliRunner

from goldleaf import ZERO_ADDRESS, Deployment, Goldleaf
from scripts._protocol import DAY, QUICKNET, Arbitrator, Settings, check, contracts, deploy
from scripts.deploy import cli
from tests import beacons
from tests.chains import anvil

ROOT = Path(__file__).parent.parent.parent
JUROR_FEE = 5 * 10**6
LOCAL_CHAIN_ID = 1337
HERE = ("--network", "ethereum:local:test", "--account", "TEST::0", "--randomness", "blockhash")
ISSUER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

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
        node.web3.provider.make_request("anvil_setChainId", [LOCAL_CHAIN_ID])
        done = run(
            *("--network", f"ethereum:local:{url}", "--account", "TEST::0", "--output", path),
            *("--randomness", "blockhash", "--juror-fee", "2.5", "--appeal-period", "1.5", "--load", "8"),
            *("--issuer", ISSUER.lower(), "--domain", "oncology"),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning: whoever builds a block can choose its hash" in done.stdout + done.stderr
        deployment = Deployment.load(path)
        assert deployment.chain_id == LOCAL_CHAIN_ID
        first = node.web3.eth.get_block(deployment.block, full_transactions=True)["transactions"][0]
        created = node.web3.eth.get_transaction_receipt(first["hash"])["contractAddress"]
        assert created == deployment.address("Relay")
        parameters = Goldleaf(url, deployment).court.parameters()
    assert set(deployment.contracts) == {
        *(
            "Relay",
            "BlockhashRandomness",
            "Court",
            "TaskTerms",
            "TaskEscrow",
            "Lens",
            "GoldTest",
            "RoyaltyPool",
            "Token",
        )
    }
    assert deployment.gates == {"oncology": parameters.gate}
    assert parameters.token == deployment.address("Token")
    assert parameters.juror_fee == 2_500_000
    assert parameters.load == 8
    assert parameters.join_delay == 7 * DAY
    assert parameters.appeal_period == 36 * 3600


def test_deploy__fee_finer_than_the_token__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    options = ("--network", "ethereum:local:test", "--account", "TEST::0", "--output", path)
    done = run(*options, "--randomness", "blockhash", "--juror-fee", "0.0000001")
    assert done.returncode != 0
    assert "more places than the 6 of the token" in done.stdout + done.stderr
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--issuer", ISSUER), "--issuer and --domain go together"),
        (("--domain", "oncology"), "--issuer and --domain go together"),
        (("--issuer", ISSUER, "--domain", "oncology", "--gate", ISSUER), "not both"),
    ],
)
def test_deploy__half_a_gate_or_two__is_refused(options: tuple[str, ...], advice: str) -> None:
    done = CliRunner().invoke(cli, [*HERE, *options])
    assert done.exit_code == 2
    assert advice in done.output


def test_deploy__randomness_not_said__is_asked_for() -> None:
    done = CliRunner().invoke(cli, [*HERE[:4], "--issuer", ISSUER], input="drand\n")
    assert "What shall the court draw its jurors by (drand, blockhash)" in done.output
    assert "--issuer and --domain go together" in done.output


def test_deploy__with_drand__the_court_draws_by_its_beacons(account: Any, settings: Settings) -> None:
    asked = replace(settings, drand=replace(QUICKNET, margin=60))
    deployment = deploy(account, asked)
    client = Goldleaf(account.provider.web3, deployment, account.address)
    assert "BlockhashRandomness" not in deployment.contracts
    assert client.court.parameters().randomness == deployment.address("DrandRandomness")
    [beacon, _] = beacons.BEACONS
    assert client.court.beacon_due(beacon.round) == beacons.QUICKNET.due(beacon.round)
    for change, name in (
        ({"margin": 61}, "genesis, period and margin of the beacons"),
        ({"genesis": 1}, "genesis, period and margin of the beacons"),
        ({"key": (*QUICKNET.key[:7], "00" * 32)}, "key of the beacons"),
    ):
        with pytest.raises(RuntimeError, match=f"{name} is .*, expected"):
            check(account.provider, deployment, replace(asked, drand=replace(asked.drand, **change)))


def test_quicknet__of_the_script__is_what_its_nodes_tell() -> None:
    assert [bytes.fromhex(word) for word in QUICKNET.key] == beacons.QUICKNET.key
    assert (QUICKNET.genesis, QUICKNET.period) == (beacons.QUICKNET.genesis, beacons.QUICKNET.period)


@pytest.fixture
def arbitrator(account: Any) -> Arbitrator:
    """A stand-in for one that was there before."""
    mocks = ape.project.load_contracts("contracts/mocks/WrappedEther.vy", "contracts/mocks/Erc792ArbitratorMock.vy")
    ether, judge = account.deploy(mocks["WrappedEther"]), account.deploy(mocks["Erc792ArbitratorMock"], 10**17)
    return Arbitrator("kleros", judge.address, ether.address, 60 * DAY, "ipfs://meta-evidence", bytes([0, 2, 0, 3]))


def test_deploy__with_an_erc792_arbitrator__lists_its_adapter(
    account: Any, settings: Settings, arbitrator: Arbitrator
) -> None:
    deployment = deploy(account, replace(settings, arbitrator=arbitrator))
    client = Goldleaf(account.provider.web3, deployment)
    terms = client.arbitrators.terms("kleros")
    assert deployment.lists(terms.adapter)
    assert deployment.address("WrappedEther") == terms.token == arbitrator.wrapped_ether
    assert (terms.arbitrator, terms.max_duration) == (arbitrator.address, 60 * DAY)
    assert terms.extra_data == bytes([0, 2, 0, 3])
    assert client.arbitrators.arbitration_cost("kleros") == 10**17
    for change, name in (
        ({"max_duration": DAY}, "max_duration of the adapter"),
        ({"extra_data": b""}, "extra data of the adapter"),
        ({"address": settings.token}, "arbitrator of the adapter"),
    ):
        with pytest.raises(RuntimeError, match=f"{name} is .*, expected"):
            check(account.provider, deployment, replace(settings, arbitrator=replace(arbitrator, **change)))


def test_deploy__half_an_arbitrator__is_refused() -> None:
    options = (*HERE, "--erc792-arbitrator", ISSUER)
    done = CliRunner().invoke(cli, options)
    assert done.exit_code == 2
    assert "go together" in done.output


def test_deploy__without_an_issuer__has_no_gate(account: Any, settings: Settings) -> None:
    deployment = deploy(account, settings)
    assert deployment.gates == {}
    assert Goldleaf(account.provider.web3, deployment).court.parameters().gate == ZERO_ADDRESS


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"appeal_period": 4 * DAY}, "parameters of the court"),
        ({"period_floor": 7200}, "terms.period_floor"),
        ({"sink": "0x" + "22" * 20}, "escrow.sink"),
        ({"issuer": "0x" + "11" * 20}, "issuer of the gate"),
        ({"domain": "radiology"}, "domain of the gate"),
    ],
)
def test_check__other_settings__says_what_differs(
    account: Any, settings: Settings, change: dict[str, Any], name: str
) -> None:
    gated = replace(settings, issuer=ISSUER, domain="oncology")
    deployment = deploy(account, gated)
    with pytest.raises(RuntimeError, match=f"{name} is .*, expected"):
        check(account.provider, deployment, replace(gated, **change))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Relay", "relay of Court is .*relay of TaskEscrow is .*relay of RoyaltyPool is "),
        ("TaskEscrow", "lens.escrow is .*pool.escrow is "),
        ("TaskTerms", "escrow.terms is "),
    ],
)
def test_check__contract_of_another_deployment__says_what_differs(
    account: Any, settings: Settings, name: str, wrong: str
) -> None:
    deployment, another = deploy(account, settings), deploy(account, settings)
    mixed = replace(deployment, contracts={**deployment.contracts, name: another.address(name)})
    with pytest.raises(RuntimeError, match=wrong):
        check(account.provider, mixed, settings)


def test_check__contract_that_answers_well_with_other_code__says_so(account: Any, settings: Settings) -> None:
    deployment = deploy(account, settings)
    [imitation] = ape.project.load_contracts("contracts/mocks/CourtRandomness.vy").values()
    randomness = account.deploy(imitation)
    randomness.set_next_ticket(10**9, sender=account)
    mixed = replace(deployment, contracts={**deployment.contracts, "BlockhashRandomness": randomness.address})
    with pytest.raises(RuntimeError, match="code of BlockhashRandomness that was compiled here is False"):
        check(account.provider, mixed, settings)
