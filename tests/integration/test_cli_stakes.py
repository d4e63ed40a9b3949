"""What opens a commitment outlives refused commands, changed settings, and whatever else people do by mistake."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils import keccak

from goldleaf_tools.cli import failures
from goldleaf_tools.times import show_time
from tests.chains import anvil
from tests.deployed import DAY, UNIT
from tests.integration.town import PASSWORD, Town

pytestmark = pytest.mark.anvil


class Annotator:
    """Somebody with a home and a store in which nothing lies yet."""

    def __init__(self, town: Town) -> None:
        self.town = town
        number = len(town.addresses)
        self.name = f"alice{number}"
        town.settle_in(self.name)
        self.home, self.store = town.folder / "home", town.folder / f"store{number}"
        for folder in ("work", "labels"):
            shutil.rmtree(self.home / folder, ignore_errors=True)
        town.environment["GOLDLEAF_STORE"] = str(self.store)

    def run(self, *arguments: object, code: int = 0) -> Any:
        return self.town.run(self.name, *arguments, code=code)

    def do(self, *arguments: object) -> Any:
        return self.town.do(self.name, *arguments)

    def refused(self, *arguments: object, code: int = failures.REFUSED) -> str:
        """The type of the error that a command ends with."""
        return str(self.run(*arguments, "--yes", code=code)["type"])

    def take(self) -> str:
        """A slot of a task with two submissions for each batch."""
        task = self.town.open()
        self.do("take", task, "--slot", 0, "--deposit")
        return f"{task}/0"

    def file(self, label: str) -> Path:
        file = self.town.folder / f"{label}.csv"
        file.write_text("item,label\n" + "".join(f"{item},{label}\n" for item in range(3)))
        return file

    def let_publish(self, mine: str) -> None:
        """The other annotator of the batch commits too."""
        task = mine.partition("/")[0]
        self.town.do("bob", "take", task, "--slot", 2, "--deposit")
        self.town.do("bob", "commit", f"{task}/2", self.file("malignant"))

    def root(self, mine: str) -> str:
        return str(self.run("status", mine)["root"])

    def next_is_done_by_autopilot(self) -> bool:
        [step] = self.run("status")["next"]
        return bool(step["by_autopilot"])

    def fly(self, code: int = 0) -> list[str]:
        """What the autopilot does in one pass, as a program of its own."""
        ended = self.town.spawn(self.name, "autopilot", "--once", "--confirmations", "0", "--yes", "--json", code=code)
        return [each["step"].partition(" ")[0] for each in json.loads(ended.stdout)["result"]["done"]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "bob"):
            town.settle_in(name)
            town.token.mint(town.addresses[name], 10_000 * UNIT)
        yield town


@pytest.fixture
def alice(town: Town) -> Annotator:
    return Annotator(town)


def test_autopilot__siblings_not_committed__its_labels_are_in_no_store(alice: Annotator) -> None:
    """The autopilot tries long before whether it could publish: a sibling who finds the labels there copies them."""
    store = Path(alice.town.environment["GOLDLEAF_STORE"])
    mine = alice.take()
    before = set(store.rglob("*"))
    alice.do("commit", mine, alice.file("benign"))
    assert alice.fly() == []
    assert set(store.rglob("*")) == before
    alice.let_publish(mine)
    assert alice.fly() == ["publish"]
    assert len(set(store.rglob("*")) - before) == 1


def test_publish__other_labels_tried_since__what_was_committed_is_opened(alice: Annotator) -> None:
    mine = alice.take()
    committed = alice.run("label", mine, alice.file("benign"))["root"]
    alice.do("commit", mine)
    assert alice.refused("commit", mine, alice.file("malignant")) == "AlreadyCommitted"
    alice.run("label", mine, alice.file("malignant"))
    assert alice.refused("publish", mine, alice.file("malignant")) == "LabelsChanged"
    assert alice.refused("commit", mine) == "AlreadyCommitted"
    assert alice.next_is_done_by_autopilot()
    alice.let_publish(mine)
    assert alice.fly() == ["publish"]
    assert alice.root(mine) == committed


def test_publish__without_a_file__what_was_committed(alice: Annotator) -> None:
    mine = alice.take()
    committed = alice.run("label", mine, alice.file("benign"))["root"]
    alice.do("commit", mine, alice.file("benign"))
    alice.run("label", mine, alice.file("malignant"))
    alice.let_publish(mine)
    alice.do("publish", mine)
    assert alice.root(mine) == committed
    assert alice.refused("publish", mine) == "NotTaken"


def test_publish__not_committed_yet__says_so(alice: Annotator) -> None:
    mine = alice.take()
    alice.run("label", mine, alice.file("benign"))
    assert alice.refused("publish", mine) == "NotCommitted"


@pytest.mark.parametrize("redundancy", [1, 2])
def test_commit__without_a_file_after_a_refused_one__sends_nothing(alice: Annotator, redundancy: int) -> None:
    task = alice.town.open("--redundancy", str(redundancy))
    mine = f"{task}/0"
    alice.town.do("bob", "take", task, "--slot", 0, "--deposit")
    assert alice.refused("commit", mine, alice.file("benign")) == "NotAnnotator"
    alice.town.travel(2 * DAY)
    alice.town.do("bob", "expire", mine)
    alice.do("take", task, "--slot", 0, "--deposit")
    assert alice.refused("commit", mine) == "LabelsForgotten"


def test_commit__program_ends_right_after_sending__opened_all_the_same(alice: Annotator) -> None:
    mine = alice.take()
    # What is printed for a wallet is sent when this program knows no more of it.
    [step] = alice.run("commit", mine, alice.file("benign"), "--unsigned")["transactions"]
    alice.town.chain.web3.eth.send_transaction({**step, "gasPrice": 0})
    assert alice.next_is_done_by_autopilot()
    alice.let_publish(mine)
    assert alice.fly() == ["publish"]


def test_commit__dry_run__remembers_nothing(alice: Annotator) -> None:
    mine = alice.take()
    alice.run("commit", mine, alice.file("benign"), "--dry-run")
    assert not list(alice.home.glob("work/*/*")) and not list(alice.home.glob("labels/*"))


def test_publish__key_imported_after_the_node_has_signed__opened_with_the_salts_of_then(alice: Annotator) -> None:
    town, key = alice.town, keccak(text="imported later")
    address = str(Account.from_key(key).address)
    town.chain._request("anvil_setBalance", address, hex(10**18))
    town.token.mint(address, 100 * UNIT)
    town.addresses["late"] = address
    task = town.open()
    mine = f"{task}/0"
    town.do(address, "take", task, "--slot", 0, "--deposit")
    town.do(address, "commit", mine, alice.file("benign"))
    alice.let_publish(mine)
    town.keystore.add("late", key, PASSWORD)
    town.do("late", "publish", mine)


@pytest.mark.parametrize("folder", ["work", "labels"])
def test_status__what_was_committed_is_not_here__not_the_autopilots(alice: Annotator, folder: str) -> None:
    mine = alice.take()
    alice.do("commit", mine, alice.file("benign"))
    shutil.rmtree(alice.home / folder)
    assert not alice.next_is_done_by_autopilot()
    told = alice.town.spawn(alice.name, "status")
    assert f"goldleaf publish {mine} FILE" in told.stderr
    assert told.stdout.splitlines()[-1].endswith("\tyou")
    assert alice.fly(code=failures.REFUSED) == []
    # Just these labels do, however many others were made since.
    alice.run("label", mine, alice.file("malignant"))
    alice.let_publish(mine)
    alice.do("publish", mine, alice.file("benign"))


def test_status__committed_then_forfeited__told_until_when_and_then_that_it_is_over(alice: Annotator) -> None:
    mine = alice.take()
    alice.do("commit", mine, alice.file("benign"))
    terms = alice.run("task", "show", mine.partition("/")[0])["parameters"]
    end = terms["deadline"] + terms["publish_period"]
    for arguments in ([], [mine]):
        assert show_time(end) in alice.town.read(alice.name, "status", *arguments)
    alice.town.travel_to(end)
    assert alice.fly(code=failures.REFUSED) == []
    alice.town.do("bob", "expire", mine)
    assert "nothing more to wait for" in alice.town.read(alice.name, "status", mine)


def test_status__only_the_key_could_tell__says_so(alice: Annotator) -> None:
    mine = alice.take()
    alice.do("commit", mine, alice.file("benign"))
    shutil.rmtree(alice.home / "work")
    alice.run("label", mine, alice.file("benign"))
    assert not alice.next_is_done_by_autopilot()
    assert "only your key tells" in alice.town.spawn(alice.name, "status").stderr
    alice.let_publish(mine)
    assert alice.fly() == ["publish"]


def test_publish__another_store_by_now__where_it_was_committed_to_lie(alice: Annotator) -> None:
    mine = alice.take()
    uri = alice.run("label", mine, alice.file("benign"))["uri"]
    alice.do("commit", mine)
    alice.let_publish(mine)
    for file in ([], [alice.file("benign")]):
        # Nobody could read there what was committed.
        assert alice.refused("publish", mine, *file, "--no-check", "--store", alice.town.folder / "new") == "ForeignUri"
    assert alice.do("publish", mine, alice.file("benign"))["uri"] == uri
    assert Path(uri.removeprefix("file://")).exists()


def test_challenge_commit__refused_when_it_is_sent__not_committed_later(alice: Annotator) -> None:
    mine = alice.take()
    alice.do("commit", mine, alice.file("benign"))
    alice.let_publish(mine)
    alice.do("publish", mine)
    coins = alice.town.chain.web3.eth.get_balance(alice.town.addresses[alice.name])
    alice.town.chain._request("anvil_setBalance", alice.town.addresses[alice.name], "0x0")
    assert alice.refused("challenge", "commit", mine, "0", code=failures.NODE) == "InsufficientFunds"
    assert alice.run("challenge", "list") == []
    alice.town.chain._request("anvil_setBalance", alice.town.addresses[alice.name], hex(coins))
    alice.do("challenge", "commit", mine, "0")
    # What is committed already stays remembered.
    assert alice.refused("challenge", "commit", mine, "0") == "ChallengeAlreadyCommitted"
    assert [planned["items"] for planned in alice.run("challenge", "list")] == [[0]]


def test_commands__submission_that_is_not_there__say_so(alice: Annotator) -> None:
    """A slot that nobody has taken is something else than one that the task does not have."""
    task = alice.take().partition("/")[0]
    for command, rest in (
        (["claim"], []),
        (["expire"], []),
        (["publish"], []),
        (["commit"], []),
        (["status"], []),
        (["challenge", "availability"], ["0"]),
        (["challenge", "commit"], ["0"]),
    ):
        told = alice.run(*command, "999/0", *rest, code=failures.REFUSED)
        assert told["type"] == "NoSuchTask" and told["message"].startswith("submission 999/0: "), told
        told = alice.run(*command, f"{task}/4", *rest, code=failures.REFUSED)
        assert told["type"] == "NoSuchSlot" and f"slot of submission {task}/4 is 4, must be 0 to 3" in told["message"]


def test_file__store_is_away_when_it_is_mined__says_who_puts_the_evidence_there(alice: Annotator) -> None:
    town, mine = alice.town, alice.take()
    town.settle_in("watcher")
    alice.do("commit", mine, alice.file("benign"))
    alice.let_publish(mine)
    alice.do("publish", mine)
    evidence = town.folder / "evidence.txt"
    evidence.write_text(f"See the margin of {mine}.")
    town.do("watcher", "challenge", "commit", mine, "0", "--evidence", evidence)
    town.travel(61)
    away = ["--store", evidence / "no folder"]
    told = town.run("watcher", "challenge", "file", mine, "--deposit", "--yes", *away, code=failures.SENT)
    assert told["message"].startswith("the challenge is filed, but its evidence could not be put into the store")
    assert "`goldleaf autopilot`" in told["advice"] and told["mined"]
    town.spawn("watcher", "autopilot", "--once", "--yes")
    uri = town.run("watcher", "challenge", "show", f"{mine}/0")["uri"]
    assert Path(uri.removeprefix("file://")).read_text() == evidence.read_text()


def test_lists__somebody_has_left_the_court__go_on_past_the_seat(town: Town) -> None:
    gone, stays = "gone", "stays"
    for name in (gone, stays):
        town.settle_in(name)
        town.do(name, "deposit", "32", "--court")
    closed = town.do(gone, "court", "join")["first_seat"]
    open_ = town.do(stays, "court", "join")["first_seat"]
    town.travel(7 * DAY)
    town.travel_to(town.do(gone, "court", "leave", closed)["leaves_at"])
    town.do(stays, "court", "draw")
    assert [seat["seat"] for seat in town.run(stays, "court", "seats")] == [open_]
    assert [seat["seat"] for seat in town.run(stays, "status")["seats"]] == [open_]
    assert town.run(gone, "court", "seats") == town.run(gone, "status")["seats"] == []
    assert f"{open_}\t32 TESTD" in town.read(stays, "court", "seats")


def test_lists__token_that_answers_nothing__go_on_past_its_task(alice: Annotator) -> None:
    town, mine = alice.town, alice.take()
    odd = town.chain.deploy("mocks/TokenMock", 6)
    judge = town.chain.deploy("mocks/MockArbitrator", odd.address, 3 * UNIT, 10 * DAY)
    for name in ("requester", alice.name):
        odd.mint(town.addresses[name], 100 * UNIT)
        town.do(name, "deposit", "40", "--token", odd.address)
    task = town.open("--arbitrator", judge.address)
    alice.do("take", task, "--slot", 0, "--accept-arbitrator", judge.address)
    town.chain._request("anvil_setCode", odd.address, "0x60006000fd")  # reverts
    listed = town.read(alice.name, "task", "list").splitlines()
    assert f"{UNIT:,} base units of {odd.address}" in listed[1]
    assert "1 TESTD" in listed[2]
    assert [work["submission"] for work in alice.run("status")["submissions"]] == [
        str(int(number) << 64) for number in (mine.partition("/")[0], task)
    ]
    assert f"{30 * UNIT:,} base units of" in town.read(alice.name, "status")
