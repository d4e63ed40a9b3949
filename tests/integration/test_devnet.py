"""The devnet: what is on it, its clock, how it ends, and the package that it comes in."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from goldleaf import Deployment, Goldleaf, LabelSet, SubmissionState
from goldleaf.errors import Unreachable
from goldleaf.stores import Store
from goldleaf_devnet import AnvilMissingError, Clock, Devnet, DevnetError
from goldleaf_tools.keys import Keystore
from scripts.devnet import FOLDER, SOURCES, render
from tests.chains import abi_of, deployer, node

ROOT = Path(__file__).parents[2]
ANVIL = str(ROOT / "node_modules" / ".bin" / "anvil")
GOLDLEAF = [sys.executable, "-c", "from goldleaf_tools.cli import main; main()"]
LARGEST_JURY = 15
PASSWORD = "devnet"

pytestmark = pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    with Devnet(anvil=ANVIL) as net:
        yield net


@pytest.mark.parametrize("name", SOURCES)
def test_contracts__packaged__are_those_of_the_repository(name: str) -> None:
    path = SOURCES[name].removesuffix(".vy")
    expected = render(name, abi_of(path), f"0x{deployer(path).compiler_data.bytecode.hex()}")
    assert (FOLDER / f"{name}.json").read_text() == expected, "run `make devnet`"


def test_wheel__of_the_devnet__holds_contracts_and_their_licence(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT / "devnet", check=True)
    [path] = tmp_path.iterdir()
    wheel = ZipFile(path)
    [info] = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    names = {name for name in wheel.namelist() if not name.startswith(info)}
    package = ROOT / "devnet" / "goldleaf_devnet"
    files = [*package.glob("*.py"), package / "py.typed", *(FOLDER / f"{name}.json" for name in SOURCES)]
    assert names == {str(path.relative_to(package.parent)) for path in files}
    assert wheel.read(f"{info}/licenses/LICENSE") == (ROOT / "contracts" / "LICENSE").read_bytes()
    assert "License-Expression: AGPL-3.0-only" in wheel.read(f"{info}/METADATA").decode()


@pytest.mark.anvil
def test_devnet__started__has_funded_people_seated_jurors_and_the_right_time(net: Devnet) -> None:
    annotator = net.client("annotator1")
    assert annotator.ledger.wallet() == 10**12
    assert net.web3.eth.get_balance(net.accounts["annotator1"].address) > 10**21
    assert annotator.court.listed_seats() > LARGEST_JURY
    assert abs(net.clock.now - time.time()) < 60
    assert Deployment.load(net.deployment_file) == net.deployment
    assert json.loads((net.folder / "devnet.json").read_text()) == net.describe()


@pytest.mark.anvil
def test_devnet__its_tasks__are_open_and_their_manifests_in_the_store(net: Devnet) -> None:
    client = net.client("annotator1")
    for task, redundancy in zip(net.tasks, (1, 2), strict=True):
        stored = client.tasks.get(task.id)
        assert stored.parameters.redundancy == redundancy
        assert client.tasks.opening(task.id).uri == task.uri
        manifest = Store(net.folder / "store").get(task.uri, stored.parameters.terms)
        assert manifest == task.manifest.to_bytes()
        for item in task.manifest.items:
            assert net.store.get(item.uri, item.keccak256)


@pytest.mark.anvil
def test_devnet__a_submission__is_paid_once_the_window_has_passed(net: Devnet) -> None:
    annotator = net.client("annotator2")
    annotator.ledger.deposit(8_000_000)
    submission = annotator.submissions.take(net.tasks[0].id).result.submission
    labels = LabelSet(["neutral"] * 4, first=annotator.submissions.items(submission).start)
    annotator.submissions.publish(submission, labels, uri=net.store.put(labels.to_bytes()))
    before = net.clock.now
    assert net.travel(timedelta(days=4)) - before >= 4 * 86_400
    assert annotator.submissions.claim(submission).result.pay == 2_000_000
    assert annotator.submissions.get(submission).state == SubmissionState.PAID


@pytest.mark.anvil
def test_mine__several_blocks__are_mined(net: Devnet) -> None:
    before = net.web3.eth.block_number
    net.mine(3)
    assert net.web3.eth.block_number == before + 3


@pytest.mark.anvil
def test_devnet__fast_with_a_block_time__waits_for_minutes_and_mines_by_itself(tmp_path: Path) -> None:
    with Devnet(anvil=ANVIL, fast=True, block_time=1, folder=tmp_path / "net") as net:
        client = net.client("challenger")
        assert client.court.parameters().appeal_period == 120
        assert client.tasks.get(1).parameters.challenge_period == 600
        assert abs(net.clock.now - time.time()) < 60
        before = net.web3.eth.block_number
        deadline = time.monotonic() + 60
        while net.web3.eth.block_number < before + 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert net.web3.eth.block_number >= before + 2
    assert (tmp_path / "net" / "deployment.json").exists()


@pytest.mark.anvil
def test_devnet__in_the_folder_of_an_earlier_one__keeps_what_is_the_users(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Devnet(anvil=ANVIL, fast=True, folder=tmp_path) as net:
        # As the command line does.
        own = json.loads(run(net, "accounts", "new", "mine").stdout)["result"]
        run(net, "index", "--account", "annotator1")
        run(net, "label", "2/0", labels(tmp_path), "--account", "annotator1")
        elsewhere = home / "work" / f"1-{net.deployment.address('TaskEscrow')}-{own['address']}"
        elsewhere.mkdir()
        (home / "config.toml").write_text('timeout = "60"\n')
        gone = [*home.glob(f"work/{net.chain_id}-*"), *home.glob(f"index/{net.chain_id}-*")]
        assert len(gone) >= 2
    for _ in range(2):
        with Devnet(anvil=ANVIL, fast=True, folder=tmp_path) as net:
            keystore = Keystore(home / "keys")
            assert keystore.load("mine", PASSWORD).address == own["address"]
            assert keystore.load("juror7", PASSWORD).address == net.accounts["juror7"].address
            assert elsewhere.is_dir() and (home / "config.toml").exists() and list(home.glob("labels/*"))
            # What was under way on a chain that looked the same.
            assert not any(path.exists() for path in gone)


@pytest.mark.anvil
def test_devnet__key_of_the_users_with_the_name_of_a_role__is_not_overwritten(tmp_path: Path) -> None:
    own = Keystore(tmp_path / "home" / "keys", work_factor=2).create("requester", "secret")
    with pytest.raises(DevnetError, match="requester.json is not the devnet's key"):
        Devnet(anvil=ANVIL, fast=True, folder=tmp_path)
    assert Keystore(tmp_path / "home" / "keys").load("requester", "secret").address == own.address


@pytest.mark.anvil
def test_devnet__another_runs_in_the_folder__leaves_it_alone(tmp_path: Path) -> None:
    with Devnet(anvil=ANVIL, fast=True, folder=tmp_path) as net:
        written = (tmp_path / "devnet.json").read_bytes()
        with pytest.raises(DevnetError, match="another devnet runs in"):
            Devnet(anvil=ANVIL, fast=True, folder=tmp_path)
        assert (tmp_path / "devnet.json").read_bytes() == written and net.mine()


def test_devnet__folder_with_another_deployment__overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "deployment.json").write_text("of a chain with money on it")
    with pytest.raises(DevnetError, match="choose another folder"):
        Devnet(anvil=ANVIL, folder=tmp_path)
    assert (tmp_path / "deployment.json").read_text() == "of a chain with money on it"


@pytest.mark.anvil
def test_close__of_a_devnet__ends_the_node_and_removes_the_temporary_folder() -> None:
    with Devnet(anvil=ANVIL) as net:
        assert net.folder.exists()
    assert not net.folder.exists()
    with pytest.raises(Unreachable):
        net.mine()


@pytest.mark.anvil
def test_devnet__that_cannot_be_set_up__leaves_no_node_behind(tmp_path: Path) -> None:
    (tmp_path / "devnet.json").mkdir()
    port = free_port()
    with pytest.raises(IsADirectoryError):
        Devnet(anvil=ANVIL, port=port, folder=tmp_path)
    with pytest.raises(Unreachable):
        Clock(f"http://127.0.0.1:{port}").mine()


def test_devnet__whose_folder_is_a_file__says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DevnetError, match="file cannot be written to: File exists"):
        Devnet(anvil=ANVIL, folder=tmp_path / "file")


def test_devnet__without_anvil__says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnvilMissingError, match="npm install @foundry-rs/anvil"):
        Devnet()
    with pytest.raises(AnvilMissingError, match="no/such/anvil was not found"):
        Devnet(anvil="no/such/anvil")


@pytest.mark.anvil
def test_devnet__with_a_program_that_is_no_anvil__shows_what_it_says() -> None:
    with pytest.raises(DevnetError, match="did not start.*(unrecognized|invalid|unknown)"):
        Devnet(anvil="ls")


@pytest.mark.anvil
def test_devnet__on_a_port_that_is_taken__says_so() -> None:
    with node() as url, pytest.raises(DevnetError, match="is taken"):
        Devnet(anvil=ANVIL, port=int(url.rpartition(":")[2]))


@pytest.mark.anvil
def test_clock__backwards__is_refused(net: Devnet) -> None:
    with pytest.raises(DevnetError, match="only goes forward"):
        net.travel(-1)


@pytest.mark.anvil
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_command__until_it_is_ended__runs_a_devnet_that_ends_with_it(tmp_path: Path, ending: signal.Signals) -> None:
    with command("--json", "--fast", "--port", "0", folder=tmp_path) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())["result"]
        client = Goldleaf(
            told["rpc_url"], told["environment"]["GOLDLEAF_DEPLOYMENT"], told["accounts"]["licensee"]["address"]
        )
        assert client.ledger.wallet() == 10**12
        assert told["environment"]["GOLDLEAF_DEPLOYMENT"] == str(tmp_path / "goldleaf-devnet" / "deployment.json")
        process.send_signal(ending)
        assert process.wait(30) == 0
        with pytest.raises(Unreachable):
            Clock(told["rpc_url"]).mine()


@pytest.mark.anvil
def test_command__for_people__prints_what_can_be_pasted(tmp_path: Path) -> None:
    with command("--fast", "--port", "0", folder=tmp_path) as process:
        assert process.stdout is not None
        lines = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
            assert lines[-1], "it has ended"
        text = "".join(lines)
        [url] = re.findall(r"export GOLDLEAF_RPC=(\S+)", text)
        [deployment] = re.findall(r"export GOLDLEAF_DEPLOYMENT=(\S+)", text)
        assert Goldleaf(url, deployment).tasks.count() == 2
        assert "Everybody knows these keys" in text
        environment = {**os.environ, "GOLDLEAF_RPC": url}
        before = Clock(url).now
        for arguments in (["travel", "2d"], ["mine", "2"]):
            done = subprocess.run([*GOLDLEAF, "devnet", *arguments], env=environment, capture_output=True, text=True)
            assert done.returncode == 0 and done.stdout.startswith("It is now "), done.stderr
        assert Clock(url).now >= before + 2 * 86_400


def test_command__without_anvil__says_how_to_get_it(tmp_path: Path) -> None:
    run = [*GOLDLEAF, "devnet", "--anvil", "no/such/anvil"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: no/such/anvil was not found. Install Foundry")


@pytest.mark.anvil
def test_readme__of_the_devnet__has_a_test_that_passes(tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "devnet" / "README.md").read_text(), flags=re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)
    environment = {**os.environ, "PATH": f"{Path(ANVIL).parent}:{os.environ['PATH']}"}
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:ape_test", "-p", "no:cacheprovider", "test_example.py"]
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@contextmanager
def command(*options: str, folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """`goldleaf devnet`, ended with the block at the latest."""
    run = [*GOLDLEAF, "devnet", "--anvil", ANVIL, *options]
    process = subprocess.Popen(run, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def run(net: Devnet, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """A command of the program in the devnet's environment."""
    return subprocess.run(
        [*GOLDLEAF, *map(str, arguments), "--json"],
        env={**os.environ, **net.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )


def labels(folder: Path) -> Path:
    """Labels of the first batch of the devnet's tasks."""
    file = folder / "labels.csv"
    file.write_text("item,label\n" + "".join(f"{item},neutral\n" for item in range(4)))
    return file


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
