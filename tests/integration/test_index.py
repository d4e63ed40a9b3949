"""The index on a node that reorganizes: caught up, followed, killed in between, and always what the chain holds."""

import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from goldleaf import Deployment, Goldleaf
from goldleaf_tools.cli.app import cli
from goldleaf_tools.errors import ForeignIndex, IndexBusy
from goldleaf_tools.index import Index, Progress, following
from tests.chains import anvil
from tests.feeding import Scene
from tests.unit.index.telling import contents

pytestmark = pytest.mark.anvil

PATIENCE = 60  # seconds
POLL = 1


@pytest.fixture
def scene() -> Iterator[Scene]:
    with anvil() as chain:
        scene = Scene(chain)
        for person in scene.people:
            scene.escrow.deposit(scene.token, 10**6, person, sender=person)
        yield scene


def deposit(scene: Scene, amount: int = 1) -> None:
    person = scene.people[0]
    scene.escrow.deposit(scene.token, amount, person, sender=person)


def assert_right(index: Index, scene: Scene) -> None:
    """What the index holds is what the node tells, each event once, and the balances are the contract's."""
    found = [(logged.block, logged.index, logged.block_hash) for logged in index.events()]
    assert found == scene.truth()
    for person in scene.people:
        assert index.balance(person) == scene.escrow.free(scene.token, person)
    before = contents(index)
    index.rebuild()
    assert contents(index) == before


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.05)


def test_catch_up__twice__takes_each_event_once(url: str, scene: Scene) -> None:
    index = Index(url, scene.deployment)
    told: list[Progress] = []
    done = index.catch_up(scene.client(), told.append)
    assert done.block == scene.head and done.events == len(scene.truth())
    assert told[-1] == done
    assert_right(index, scene)
    deposit(scene)
    again = Index(url, scene.deployment).catch_up(scene.client())
    assert again.events == 1
    assert_right(index, scene)


def test_catch_up__over_many_ranges__is_complete(url: str, scene: Scene) -> None:
    for _ in range(5):
        scene.request("anvil_mine", hex(100))
        scene.commit()
        deposit(scene)
    index = Index(url, scene.deployment)
    index.catch_up(scene.client())
    assert_right(index, scene)


@pytest.mark.parametrize("depth", [1, 5, 40])
def test_catch_up__after_a_reorganization_between_two_runs__goes_back(
    url: str,
    scene: Scene,
    depth: int,
) -> None:
    for _ in range(45):
        deposit(scene)
    index = Index(url, scene.deployment)
    index.catch_up(scene.client())
    held = index.balance(scene.people[0])
    scene.reorganize(depth, 3)
    index = Index(url, scene.deployment)
    index.catch_up(scene.client())
    assert_right(index, scene)
    assert index.balance(scene.people[0]) == held - depth


def test_follow__through_reorganizations__takes_back_and_goes_on(url: str, scene: Scene) -> None:
    index = Index(url, scene.deployment)
    stopped = threading.Event()
    failed: list[BaseException] = []

    def follow() -> None:
        try:
            index.follow(scene.client(), stopped.is_set, poll=POLL)
        except BaseException as error:
            failed.append(error)

    reader = Index(url, scene.deployment)
    thread = threading.Thread(target=follow)
    thread.start()
    try:
        for depth in (1, 3, 8):
            for _ in range(10):
                deposit(scene)
            wait(lambda: reader.block == scene.head or bool(failed))
            scene.reorganize(depth, 2)
            deposit(scene)
            truth = scene.truth()
            wait(lambda: [(e.block, e.index, e.block_hash) for e in reader.events()] == truth or bool(failed))  # noqa: B023
    finally:
        stopped.set()
        thread.join()
    assert failed == []
    assert_right(index, scene)


def _catch_up(url: str, deployment: Deployment, node: str) -> None:
    """What the process runs that is killed."""
    following.BATCH = 2
    Index(url, deployment).catch_up(Goldleaf(node, deployment))


def test_catch_up__killed_again_and_again__ends_right(url: str, scene: Scene) -> None:
    for _ in range(60):
        deposit(scene)
    index = Index(url, scene.deployment)
    spawn = multiprocessing.get_context("spawn")
    seen = set()
    for _ in range(4):
        process = spawn.Process(target=_catch_up, args=(url, scene.deployment, scene.url))
        process.start()
        start = index.block
        wait(lambda: index.block != start or not process.is_alive())  # noqa: B023
        process.kill()
        process.join()
        seen.add(index.block)
    assert len(seen) > 1
    index.catch_up(scene.client())
    assert_right(index, scene)


def test_follow__when_another_process_writes__raises_busy_and_doubles_nothing(
    url: str,
    scene: Scene,
) -> None:
    index, other = Index(url, scene.deployment), Index(url, scene.deployment)

    def interfere(progress: Progress) -> None:
        deposit(scene)
        other.catch_up(scene.client())
        deposit(scene)

    with pytest.raises(IndexBusy, match="another process"):
        index.follow(scene.client(), progress=interfere)
    other.catch_up(scene.client())
    assert_right(other, scene)
    # Whoever was too late can go on from where the other one stands.
    deposit(scene)
    assert index.catch_up(scene.client()).events == 1
    assert_right(index, scene)


def test_index__of_another_deployment__is_refused(url: str, scene: Scene) -> None:
    Index(url, scene.deployment)
    other = Deployment(scene.deployment.chain_id + 1, 0, scene.deployment.contracts)
    with pytest.raises(ForeignIndex, match="chain_id"):
        Index(url, other)
    elsewhere = {**scene.deployment.contracts, "TaskEscrow": "0x" + "11" * 20}
    with pytest.raises(ForeignIndex, match="contracts"):
        Index(url, Deployment(scene.deployment.chain_id, 0, elsewhere))


def test_cli__index_and_status__tell_how_far_it_has_come(url: str, scene: Scene, tmp_path: Path) -> None:
    scene.deployment.dump(tmp_path / "deployment.json")
    shared = ["--rpc", scene.url, "--deployment", str(tmp_path / "deployment.json"), "--home", str(tmp_path)]

    def run(*arguments: str) -> Any:
        result = CliRunner(mix_stderr=False).invoke(cli, [*arguments, "--database", url, *shared, "--json"])
        assert result.exit_code == 0, result.stdout + result.stderr
        return json.loads(result.stdout)["result"]

    assert run("index", "status")["block"] is None
    assert run("index") == {"block": scene.head, "events": len(scene.truth())}
    found = run("index", "status")
    assert found["block"] == scene.head
    assert found["rows"]["events"] == len(scene.truth())


def test_cli__wrong_password_in_the_url__is_not_told(scene: Scene, tmp_path: Path) -> None:
    scene.deployment.dump(tmp_path / "deployment.json")
    shared = ["--rpc", scene.url, "--deployment", str(tmp_path / "deployment.json"), "--home", str(tmp_path)]
    for database in ("postgresql://user:hush-hush@127.0.0.1:1/index", "oracle://user:hush-hush@host/x", "hush-hush"):
        result = CliRunner(mix_stderr=False).invoke(cli, ["index", "--database", database, *shared])
        assert result.exit_code == 1
        assert "hush" not in result.stdout + result.stderr
        assert result.stderr
