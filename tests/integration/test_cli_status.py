"""`goldleaf status` for whoever has opened tasks, and for contributors who have something to collect."""

from collections.abc import Iterator

import pytest

from goldleaf import Goldleaf
from goldleaf_tools.autopilot import Standing, Step, stand
from goldleaf_tools.autopilot.chain_reader import ChainReader
from goldleaf_tools.times import show_time
from tests.chains import anvil
from tests.deployed import DAY, UNIT
from tests.integration.town import Town

pytestmark = pytest.mark.anvil


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "alice", "bob", "licensee"):
            town.settle_in(name)
        town.seat_jurors()
        yield town


def standing(town: Town, name: str) -> Standing:
    """How an account stands, by its address alone."""
    client = Goldleaf(town.environment["GOLDLEAF_RPC"], town.environment["GOLDLEAF_DEPLOYMENT"], town.addresses[name])
    return stand(ChainReader(client, None, None))


def steps(town: Town, name: str) -> list[tuple[str, str, bool]]:
    return [(each["step"], each["name"], each["by_autopilot"]) for each in town.run(name, "status")["next"]]


def test_status__of_a_requester_and_a_contributor__tells_what_to_do_from_the_opening_to_royalties(town: Town) -> None:
    task = town.open("--royalty-bps", "1000")
    [own] = town.run("requester", "status")["tasks"]
    assert (own["task"], own["live"], int(own["left"])) == (task, {}, 12 * UNIT)
    assert f"open until {show_time(own['close_from'])}; may be cancelled" in town.read("requester", "status")
    assert standing(town, "requester").next is None

    labels = town.folder / "mine.csv"
    labels.write_text("item,label\n0,benign\n1,benign\n2,malignant\n")
    for name, slot in (("alice", 0), ("bob", 2)):
        town.do(name, "take", task, "--slot", slot, "--deposit")
        town.do(name, "commit", f"{task}/{slot}", labels)
    town.do("bob", "take", task, "--slot", 1, "--deposit")
    for name, slot in (("alice", 0), ("bob", 2)):
        town.do(name, "publish", f"{task}/{slot}")
    [review] = town.run("requester", "status")["next"]
    assert review["step"] == Step.REVIEW.value and "challenge" in review["or_lose"] and not review["by_autopilot"]
    first = min(town.run("alice", "status", f"{task}/{slot}")["window_end"] for slot in (0, 2))
    assert review["before"] == first
    assert "read the labels of 2 submissions" in town.read("requester", "status")
    duty = standing(town, "requester").next
    assert duty is not None and (duty.step, duty.end, duty.loss) == (Step.REVIEW, first, review["or_lose"])
    town.do("requester", "accept", f"{task}/0")
    assert "read the labels of 1 submissions" in town.read("requester", "status")

    # Bob never delivers: what holds up his stake, and the task.
    town.travel_to(own["close_from"])
    assert ("expire what was not delivered in time", f"{task}/1", True) in steps(town, "bob")
    assert ("expire what was not delivered in time", f"{task}/1", True) in steps(town, "requester")
    town.do("bob", "expire", f"{task}/1")
    for slot in (0, 2):
        town.do("alice", "claim", f"{task}/{slot}")
    assert steps(town, "requester") == [("close the task", f"task {task}", True)]
    assert "\tto be closed\t" in town.read("requester", "status")
    town.do("requester", "task", "close", task)
    assert town.run("requester", "status")["tasks"] == []

    town.do("licensee", "deposit", 120, "--royalties")
    town.do("licensee", "royalty", "pay", task, 120)
    alice, requester = town.run("alice", "status"), town.run("requester", "status")
    [mine], [theirs] = alice["data_sets"], requester["data_sets"]
    assert mine["unenrolled"] == [f"{task}/0"] and int(mine["after_enrolling"]) == 3 * UNIT
    assert int(theirs["requester_due"]) == (120 - 6) * UNIT
    assert steps(town, "alice") == [("enroll labels as shares", f"data set {task}", False)]
    assert steps(town, "requester") == [("collect the requester's share", f"data set {task}", False)]
    town.do("alice", "royalty", "enroll")
    assert steps(town, "alice") == [("collect royalties", f"data set {task}", False)]
    town.do("alice", "royalty", "collect")
    town.do("requester", "royalty", "collect-requester-share", task)
    assert steps(town, "alice") == steps(town, "requester") == []
    free = {each["ledger"]: int(each["free"]) for each in town.run("alice", "status")["balances"]}
    assert free == {"TaskEscrow": (30 + 3) * UNIT, "RoyaltyPool": 3 * UNIT}
    assert "royalty pool\t3 " in town.read("alice", "status")


def test_standing__looked_at_again_and_again__asks_for_what_is_new(town: Town) -> None:
    task = town.open()
    client = Goldleaf(
        town.environment["GOLDLEAF_RPC"], town.environment["GOLDLEAF_DEPLOYMENT"], town.addresses["requester"]
    )
    reader = ChainReader(client, None, None)
    assert stand(reader).snapshot.tasks[0].live == {}
    town.do("alice", "take", task, "--slot", 0, "--deposit")
    [own] = stand(reader).snapshot.tasks
    assert [found.annotator for found in own.live.values()] == [town.addresses["alice"]]
    town.do("alice", "release", f"{task}/0")
    town.do("bob", "take", task, "--slot", 0, "--deposit")
    town.do("bob", "take", task, "--slot", 1, "--deposit")
    [own] = stand(reader).snapshot.tasks
    assert {found.annotator for found in own.live.values()} == {town.addresses["bob"]} and len(own.live) == 2
    later = town.open()
    assert [each.task_id for each in stand(reader).snapshot.tasks] == [task, later]
    town.travel(15 * DAY)
    [expiry, *_] = [duty for duty in stand(reader).duties if duty.step == Step.EXPIRE]
    assert expiry.is_due(town.chain.now)
