"""A task whose labels are tested, played by commands alone: from the requester's known answers to the last deposit."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldleaf import Deployment, Goldleaf, Item, Manifest
from goldleaf_tools.cli import failures
from goldleaf_tools.times import show_time
from tests.chains import anvil
from tests.deployed import DAY, JURORS, UNIT
from tests.integration.town import PASSWORD, Town

pytestmark = pytest.mark.anvil

CLASSES = ["benign", "malignant"]
STAKE, PAY = 20 * 400_000, 20 * 50_000
# What the requester believes of the first ten items: of two of them the answers are exchanged.
WRONG = (0, 1)


def truth(number: int) -> str:
    return CLASSES[number % 2]


def other(label: str) -> str:
    return CLASSES[1 - CLASSES.index(label)]


class Graded:
    """Two batches of 20 items, each labelled twice, one of them to be tested on ten items."""

    def __init__(self, town: Town, name: str = "graded", opens: bool = True) -> None:
        self.town = town
        self.folder = town.folder / name
        self.folder.mkdir()
        items = [Item.of(f"ipfs://{name}-{number}", b"%d" % number) for number in range(40)]
        draft = self.folder / "draft.json"
        draft.write_bytes(Manifest("Is it malignant?", {"enum": CLASSES}, items, "CC0-1.0").to_bytes())
        known = self.folder / "known.csv"
        answers = {n: other(truth(n)) if n in WRONG else truth(n) for n in range(10)}
        known.write_text("item,label\n" + "".join(f"{item},{label}\n" for item, label in answers.items()))
        self.manifest = self.folder / "manifest.json"
        given = ["--manifest", draft, "--known", known, "--batch-size", 20, "--output", self.manifest]
        self.made = town.run("requester", "test", "plan", *given, "--count", 5, "--allowed", 4)
        [self.graded] = self.made["graded"]
        # The requester's own number of each of the task's items.
        read = Manifest.from_bytes(self.manifest.read_bytes())
        self.numbers = [int(item.uri.rpartition("-")[2]) for item in read.items]
        if opens:
            self.open()

    def open(self, *options: object) -> None:
        terms = ["--reward", "0.05", "--stake", "0.40", "--batch-size", 20, "--redundancy", 2, "--deadline", "14d"]
        given = ["--manifest", self.manifest, *terms, *options, "--deposit", "--accept-small-court"]
        opened = self.town.do("requester", "task", "open", *given)
        self.task = int(opened["task"])

    @property
    def spared(self) -> int:
        return 1 - self.graded

    def file(self, batch: int, constant: str | None = None) -> Path:
        """The labels of an expert, or the same answer to everything."""
        items = range(20 * batch, 20 * batch + 20)
        file = self.folder / f"{batch}-{constant}.csv"
        lines = (f"{item},{constant or truth(self.numbers[item])}\n" for item in items)
        file.write_text("item,label\n" + "".join(lines))
        return file

    def seal(self, name: str, sibling: int, batch: int, constant: str | None = None) -> str:
        slot = batch + 2 * sibling
        self.town.do(name, "take", self.task, "--slot", slot, "--deposit")
        self.town.do(name, "commit", f"{self.task}/{slot}", self.file(batch, constant))
        return f"{self.task}/{slot}"

    def show(self, *arguments: object) -> Any:
        return self.town.run("requester", "test", "show", self.task, *arguments)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "alice", "bob", "auditor"):
            town.settle_in(name)
        yield town


def test_graded_task__by_commands__from_the_plan_to_the_last_deposit(town: Town) -> None:
    town.seat_jurors()
    scene = Graded(town)
    task, graded = scene.task, scene.graded
    assert town.run("alice", "take", task, "--deposit", "--yes", code=failures.REFUSED)["type"] == "TestNotSetUp"
    assert "set-up" in town.spawn("alice", "take", task, "--yes", code=failures.REFUSED).stderr
    town.do("requester", "test", "set-up", task)
    told = town.run("requester", "test", "set-up", task, "--yes", code=failures.REFUSED)
    assert told["type"] == "TestAlreadySetUp"

    assert f"see `goldleaf test show {task}`" in town.read("alice", "task", "show", task)

    # Before anything is staked, the test is told, and what it may cost.
    asked = town.spawn("alice", "take", task, "--deposit", code=failures.NOT_CONFIRMED).stderr
    for line in (
        "worst loss         8 TESTD, if more than 1 labels are proven wrong",
        "test               10 known answers in a batch that is graded; up to 4 errors on them pass",
        "chance to fail it  15.0 % at 70%, 3.3 % at 80%, 0.2 % at 90% right answers: that costs the pay, and 8 TESTD",
        "waits for it       3 d to be opened, 4 d to be disputed",
    ):
        assert line in asked, asked

    mine = [scene.seal("alice", 0, batch) for batch in (0, 1)]
    waits = town.run("alice", "status", mine[0])["test"]
    deadline = town.run("alice", "task", "show", task)["parameters"]["deadline"]
    assert waits == {"next": "wait until all submissions of the batch are committed", "until": deadline}
    early = town.run("requester", "test", "open", task, graded, "--yes", code=failures.REFUSED)
    assert early["type"] == "BatchNotSealed" and f"`goldleaf test show {task}`" in early["advice"]
    careless = [scene.seal("bob", 1, batch, constant="benign") for batch in (0, 1)]
    states = scene.show("--planned")["batches"]
    assert [state["phase"] for state in states] == ["SEALED", "SEALED"]
    assert states[graded]["planned"] == "graded" and states[scene.spared]["planned"] == "to be waived"
    town.do("auditor", "test", "note-sealed", task, scene.spared)
    told = town.read("alice", "status", mine[graded])
    assert "wait until the requester opens what it is tested on" in told
    pending = town.run("alice", "publish", mine[graded], "--yes", code=failures.REFUSED)
    assert pending["type"] == "TestIsPending" and "for the requester to open the gold, until" in pending["message"]
    assert f"`goldleaf test result {mine[graded]}`" in pending["advice"]
    told = town.run("alice", "test", "result", mine[graded], code=failures.REFUSED)
    assert told["type"] == "GoldNotOpened"
    # So far nobody has read a label, and nobody could.
    assert town.published() == 0

    # The requester opens what the plan grades, and nothing else.
    told = town.run("requester", "test", "open", task, scene.spared, "--yes", code=failures.REFUSED)
    assert told["type"] == "ArgumentError" and f"must be one that is graded: [{graded}]" in told["message"]
    cost = 3 * UNIT
    short = town.run("requester", "test", "open", task, graded, "--yes", code=failures.REFUSED)
    assert (short["type"], short["value"]) == ("BalanceTooLow", 0) and "--deposit" in short["advice"]
    town.run("requester", "test", "open", task, graded, "--deposit", "--dry-run")
    [*_, step] = town.run("requester", "test", "open", task, graded, "--deposit", "--unsigned")["transactions"]
    assert step["to"] == town.contracts["GoldTest"]
    opened = town.run("requester", "test", "open", task, graded, "--deposit", "--yes")
    assert opened["result"]["deposit"] == cost * (2 + 2)
    assert [(each["what"], each["ledger"]) for each in opened["money"]][-1] == ("deposit, set aside", "GoldTest")
    town.do("requester", "test", "waive", task, scene.spared)
    shown = scene.show(graded)
    assert {each["item"] for each in shown["gold"]} == {i for i, number in enumerate(scene.numbers) if number < 10}
    assert {each["answer"] for each in shown["gold"]} == set(CLASSES)

    # Alice sees which two are wrong, and disputes one of them.
    disputed, ignored = (scene.numbers.index(number) for number in WRONG)
    scored = town.run("alice", "test", "result", mine[graded])
    assert scored["wrong"] == sorted([disputed, ignored]) and scored["is_passed"]
    assert town.run("alice", "test", "result", mine[graded], scene.file(graded, "benign"))["is_passed"] is False
    assert "dispute what is wrong in the test" in town.run("alice", "status", mine[graded])["test"]["next"]
    bundle = town.folder / "bundle.json"
    building = ("evidence", "build", "--test", f"{task}/{graded}", "--items", disputed, "--output", bundle)
    town.run("alice", *building, "--claim", "See the margin.")
    checked = town.run("alice", "evidence", "check", bundle)
    assert checked["holds"] and (checked["batch"], checked["items"]) == (graded, [disputed])
    town.run("alice", *building, "--submission", mine[graded], code=failures.USAGE)
    town.run("alice", *building, "--gold", bundle, code=failures.USAGE)
    evidence = town.folder / "evidence.txt"
    evidence.write_text("See the margin.")
    strange = town.run("alice", "test", "dispute", mine[graded], 20 * scene.spared, "--yes", code=failures.REFUSED)
    assert strange["type"] == "NoSuchGoldItem"
    filed = town.do("alice", "test", "dispute", mine[graded], disputed, "--evidence", evidence, "--deposit")
    name = f"{task}/{graded}/0"
    listed = f"test {name}\tknown answers\t{disputed}\t{town.addresses['alice']}"
    assert f"{listed}\tfiled\t{filed['dispute']}\t" in town.read("bob", "disputes", "list", "--open")
    case = town.read("bob", "court", "case", filed["dispute"])
    assert f"Item {disputed}\n" in case and "    See the margin." in case
    assert "wrong: each of these known answers is wrong or cannot be told from the item" in case
    again = town.run("alice", "test", "dispute", mine[graded], ignored, "--yes", code=failures.REFUSED)
    assert again["type"] == "AlreadyDisputed"
    assert town.run("auditor", "test", "settle", name, "--yes", code=failures.REFUSED)["type"] == "GoldAwaitingRuling"
    assert Path(filed["uri"].removeprefix("file://")).read_text() == "See the margin."
    town.vote(filed["dispute"], ["wrong", "wrong", "not-wrong"])
    town.pass_phase(filed["dispute"])
    told = town.run("auditor", "test", "settle", name, "--yes", code=failures.REFUSED)
    assert told["type"] == "RulingNotExecuted"
    assert f"`goldleaf court execute {filed['dispute']}`" in told["advice"]
    town.do("auditor", "court", "execute", filed["dispute"])
    town.do("auditor", "court", "settle", filed["dispute"])
    assert name in town.read("bob", "test", "show", task, graded)
    settled = town.run("auditor", "test", "settle", name, "--yes")
    assert settled["result"]["outcome"] == "WRONG"
    assert {each["what"]: each["amount"] for each in settled["money"]} == {
        "bond, freed": cost,
        "fee of the arbitrator, and prize": 2 * cost,
    }
    assert f"{listed}\twrong\t" in town.read("bob", "disputes", "list", "--closed", "--task", task)
    assert listed not in town.read("bob", "disputes", "list", "--open")
    [dispute] = scene.show(graded)["disputes"]
    assert dispute["items"] == [disputed] and dispute["state"] == "SETTLED"

    # What is not tested is published whatever is in it; of the graded batch, what has passed.
    for who, submission in (("alice", mine[scene.spared]), ("bob", careless[scene.spared])):
        assert "not tested" in town.run(who, "status", submission)["test"]["next"]
        town.do(who, "publish", submission)
    state = scene.show()["batches"][graded]
    town.travel_to(state["opened_at"] + 4 * DAY)
    town.chain.mine(1)
    asked = town.spawn("alice", "publish", mine[graded], code=failures.NOT_CONFIRMED).stderr
    assert "1 of 9 known answers wrong, 3 may be" in asked
    town.do("alice", "publish", mine[graded])
    failed = town.run("bob", "publish", careless[graded], "--yes", code=failures.REFUSED)
    assert failed["type"] == "TooManyErrors" and f"`goldleaf test result {careless[graded]}`" in failed["advice"]
    assert town.run("bob", "test", "result", careless[graded])["is_passed"] is False
    until = town.run("bob", "status", careless[graded])["test"]["until"]
    assert show_time(until) in town.read("bob", "status")
    assert town.run("bob", "expire", careless[graded], "--yes", code=failures.REFUSED)["type"] == "MayBePublished"
    assert town.published() == 3, "labels that have failed lie nowhere"

    released = town.run("auditor", "test", "release", task, graded, "--yes")
    assert released["result"]["to_requester"] == 2 * cost
    assert [(each["what"], each["amount"]) for each in released["money"]] == [("rest of the deposit", 2 * cost)]
    assert town.run("requester", "balance")["tests"] == 2 * cost
    town.travel_to(until)
    town.chain.mine(1)
    town.do("auditor", "expire", careless[graded])
    town.travel(4 * DAY)
    town.do("auditor", "claim", *mine, careless[scene.spared])
    town.do("auditor", "task", "close", task)
    town.leave()
    assert town.gain("alice") == 2 * PAY + cost
    assert town.gain("bob") == PAY - STAKE
    assert town.gain("requester") == -3 * PAY - 2 * cost
    assert town.gain(*town.seats.values()) == cost
    assert len(town.seats) == JURORS
    assert [town.token.balanceOf(town.contracts[each]) for each in ("TaskEscrow", "GoldTest")] == [STAKE, 0]


def test_open__plan_that_does_not_open__nothing_is_sent(town: Town) -> None:
    scene, stranger = Graded(town, "first"), Graded(town, "second")
    town.do("requester", "test", "set-up", scene.task)
    for sibling, name in enumerate(("alice", "bob")):
        scene.seal(name, sibling, scene.graded)
    blocks = town.chain.web3.eth.block_number
    line = ["test", "open", scene.task, scene.graded, "--deposit"]

    def refused(*options: object, who: str = "requester") -> Any:
        return town.run(who, *line, *options, "--yes", code=failures.REFUSED)

    told = refused("--plan", stranger.made["plan"])
    assert told["type"] == "ForeignPlan" and scene.made["terms"] in told["message"]
    town.folder.joinpath("wrong").touch(0o600)
    town.folder.joinpath("wrong").write_text("wrong horse\n")
    assert refused("--password-file", town.folder / "wrong")["type"] == "WrongPassword"
    assert refused(who="alice")["type"] == "ForeignPlan"
    assert refused("--plan", town.folder / "none.json")["type"] == "NoSuchPlan"
    assert refused("--max-cost", "2.99")["type"] == "GoldCostAboveMaximum"
    plan = Path(scene.made["plan"])
    kept = plan.read_bytes()
    content = json.loads(kept)
    content["sealed"] = content["sealed"][:-2] + ("00" if content["sealed"][-2:] != "00" else "01")
    plan.write_text(json.dumps(content, separators=(",", ":")))
    assert refused()["type"] == "PlanDamaged"
    plan.chmod(0o644)
    assert refused()["type"] == "LoosePermissions"
    plan.unlink()
    lost = refused()
    assert lost["type"] == "NoSuchPlan" and "--plan FILE" in lost["advice"]
    assert town.chain.web3.eth.block_number == blocks and not scene.show(scene.graded)["opened_at"]
    elsewhere = town.folder / "copy.json"
    elsewhere.touch(0o600)
    elsewhere.write_bytes(kept)
    town.do("requester", *line, "--plan", elsewhere)
    assert PASSWORD.encode() not in kept


def test_take__grader_that_is_not_listed__refused_unless_named(town: Town) -> None:
    scene = Graded(town, "elsewhere", opens=False)
    other = town.chain.deploy("mocks/GraderMock")
    scene.open("--grader", other.address)
    other.set_ready(scene.task, True)
    assert "NOT LISTED" in town.read("alice", "task", "show", scene.task)
    told = town.run("alice", "take", scene.task, "--deposit", "--yes", code=failures.REFUSED)
    assert told["type"] == "UnknownGrader" and "--accept-grader" in told["advice"]
    told = town.run("requester", "test", "set-up", scene.task, "--yes", code=failures.REFUSED)
    assert told["type"] == "NotTasksGrader"
    named = ["--accept-grader", other.address]
    assert town.do("alice", "take", scene.task, "--deposit", *named)["annotator"] == town.addresses["alice"]


def test_take__test_that_the_manifest_does_not_show__refused(town: Town) -> None:
    scene = Graded(town, "lenient")
    test = Manifest.from_bytes(scene.manifest.read_bytes()).test
    assert test is not None
    account = town.keystore.load("requester", PASSWORD)
    deployment = Deployment.load(town.folder / "deployment.json")
    with Goldleaf(town.environment["GOLDLEAF_RPC"], deployment, account) as gl:
        gl.tests.set_up(scene.task, replace(test, allowed=3))
    held = town.run("alice", "balance")
    line = ["--deposit", "--yes"]
    told = town.run("alice", "take", scene.task, *line, code=failures.REFUSED)
    assert told["type"] == "TestDiffers" and "allowed errors: 3 on chain, 4 in the manifest" in told["message"]
    # Nor is one taken of which nobody can read by what it is tested; where nothing is tested, that is no matter.
    spared = town.open()
    for task in (scene.task, spared):
        Path(town.run("alice", "task", "show", task)["uri"].removeprefix("file://")).unlink()
    assert town.run("alice", "take", scene.task, *line, code=failures.REFUSED)["type"] == "ContentMissing"
    assert town.run("alice", "balance") == held
    town.do("alice", "take", spared, "--deposit")


def test_autopilot__plan_that_is_kept__opens_the_graded_batch_and_waives_the_other(town: Town) -> None:
    scene = Graded(town, "piloted")
    town.do("requester", "test", "set-up", scene.task)
    for sibling, name in enumerate(("alice", "bob")):
        for batch in (0, 1):
            scene.seal(name, sibling, batch)
    town.do("requester", "deposit", "100", "--tests")
    town.run("requester", "autopilot", "--once", "--confirmations", 0, "--yes")
    states = scene.show()["batches"]
    assert [states[scene.graded]["phase"], states[scene.spared]["phase"]] == ["OPENED", "UNGRADED"]
