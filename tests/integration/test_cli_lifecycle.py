"""The whole life of a task through the command line, on a real node.

The same story as in `test_lifecycle`, by people who only type commands: two annotators label two batches of three
items. Of their four submissions one has an error, which is conceded; of one labels are shown, and it is defended in
court, with an appeal; of one the labels are withheld; one has too many errors.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldleaf import economics
from goldleaf.presets import preset
from goldleaf_tools.cli import failures
from tests.chains import anvil
from tests.deployed import DAY, JURORS, PURSE, UNIT
from tests.integration.town import PASSWORD, Town
from tests.terminal import COMMAND, PATIENCE

pytestmark = pytest.mark.anvil


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path)
        for name in ("requester", "alice", "bob", "auditor"):
            town.settle_in(name)
        yield town


def test_lifecycle__everything_that_can_happen__pays_by_rule_to_the_last_unit(town: Town) -> None:
    town.seat_jurors()
    task = town.open()
    labels = town.write_labels()
    erring, defended, withheld, hopeless = (f"{task}/{slot}" for slot in range(4))

    for name, slots in (("alice", [0, 1]), ("bob", [2, 3])):
        for slot in slots:
            town.do(name, "take", task, "--slot", slot, "--deposit")
    for name, submissions in (("alice", [erring, defended]), ("bob", [withheld, hopeless])):
        for submission in submissions:
            town.do(name, "commit", submission, labels)
    steps = town.run("alice", "status")["next"]
    assert [(step["step"], step["name"]) for step in steps] == [("publish", erring), ("publish", defended)]
    for name, submissions in (("alice", [erring, defended]), ("bob", [withheld, hopeless])):
        for submission in submissions:
            town.do(name, "publish", submission)
    assert b"example.org" not in b"".join(path.read_bytes() for path in (town.folder / "store").iterdir())

    # Of two labels half of the pay is 1, three juries cost 9, so each bond is 9.
    town.do("auditor", "deposit", 2 * 1 + 3 * 9)
    answered = town.do("auditor", "challenge", "availability", defended, "4-5")["challenge"]
    unanswered = town.do("auditor", "challenge", "availability", withheld, "0")["challenge"]
    challenges = [(erring, "0"), (defended, "3"), (hopeless, "3-4")]
    for submission, items in challenges:
        town.do("auditor", "challenge", "commit", submission, items)
    town.travel(61)
    conceded, disputed, ignored = (
        town.do("auditor", "challenge", "file", submission)["challenge"] for submission, _ in challenges
    )
    assert town.run("auditor", "challenge", "list") == []
    told = town.read("alice", "status")
    assert f"show the labels of items 4-5\t{defended}/0" in told and "all of the stake" in told
    assert "4-5" in town.read("bob", "challenge", "show", f"{defended}/0").partition("still to be shown")[2]
    shown = town.run("alice", "answer", f"{defended}/0", "--yes")["transactions"]
    assert [each["result"]["item"] for each in shown] == [4, 5]
    assert "nothing is left to show" in town.spawn("alice", "answer", f"{defended}/0", "--yes").stderr
    town.do("alice", "concede", f"{erring}/0")
    town.do("alice", "deposit", "3")
    dispute = town.do("alice", "defend", f"{defended}/1")["dispute"]

    # What people see of it.
    shown = town.read("alice", "status")
    for told in (
        f"{defended}\tmine\tpublished",
        f"{defended}/1\tcorrectness of 1 labels",
        "draw the jurors\tdispute 1",
    ):
        assert told in shown, told
    assert f"dispute   {dispute} of" in town.read("bob", "challenge", "show", f"{defended}/1")
    assert "waiting" in town.read("bob", "court", "show", dispute)
    assert "7 open, 7 may be drawn" in town.read("bob", "court", "show")
    assert "1\t32 TESTD\t0\tmay be drawn" in town.read("juror0", "court", "seats")
    assert "proven wrong" in town.read("bob", "status", hopeless)
    assert f"{task}\topen\t1 TESTD\t10 TESTD\t12" in town.read("bob", "task", "list", "--open")
    assert "Is it malignant?" in town.read("bob", "task", "manifest", task)
    assert "5\tipfs://5\t0x" in town.read("bob", "task", "items", task, "--slot", 1)
    assert "escrow     0 TESTD" in town.read("bob", "balance")

    # Two of three find the label wrong; whoever lost appeals, and all of seven find it right.
    town.vote(dispute, ["wrong", "wrong", "not-wrong"])
    assert town.run("auditor", "court", "show", dispute)["ruling"] == 1
    town.do("alice", "deposit", "7", "--court")
    town.do("alice", "court", "appeal", dispute)
    town.vote(dispute, ["not-wrong"] * JURORS)
    town.pass_phase(dispute)
    told = town.run("auditor", "evidence", "check", "--challenge", disputed, code=failures.REFUSED)
    assert (told["type"], told["message"]) == (
        "EvidenceError",
        f"challenge {defended}/1 was filed without evidence.",
    )
    town.do("auditor", "court", "execute", dispute)
    assert [town.do("auditor", "court", "settle", dispute)["refund"] for _ in range(2)] == [7 * UNIT, 0]

    # By now every window is over.
    settled = town.do("auditor", "settle", conceded, answered, disputed, unanswered, ignored)
    assert [event["outcome"] for event in settled] == ["CONCEDED", "ANSWERED", "NOT_WRONG", "UNANSWERED", "UNANSWERED"]
    town.do("alice", "claim", erring, defended)
    states = [town.run("auditor", "status", each)["state"] for each in (erring, defended, withheld, hopeless)]
    assert states == ["PAID", "PAID", "REJECTED", "REJECTED"]

    town.travel_to(town.run("auditor", "task", "show", task)["parameters"]["deadline"])
    assert town.do("auditor", "task", "close", task)["accepted"] == 5
    town.leave()

    # As in `test_lifecycle`, where each figure is explained.
    assert town.gain("alice") == 5 * UNIT + 6 * UNIT
    assert town.gain("bob") == -60 * UNIT
    assert town.gain("auditor") == 3 * 250_000 + 7_500_000 + 1_875_000 - 1 * UNIT - 9 * UNIT
    assert town.gain("requester") == -12 * UNIT + 750_000 + 2 * UNIT
    assert town.gain(*town.seats.values()) == 3 * UNIT
    lost = 1 * UNIT + (30 * UNIT - 1_875_000 + 3 * UNIT) + (30 * UNIT - 8 * UNIT + 1 * UNIT)
    assert town.gain(*town.addresses) == -lost
    assert [town.token.balanceOf(town.contracts[name]) for name in ("TaskEscrow", "Court")] == [lost, 0]


def test_annotator__four_commands__is_paid(town: Town) -> None:
    task = town.open()
    labels = town.write_labels()
    mine, other = f"{task}/0", f"{task}/2"
    before = town.published()
    town.do("bob", "take", task, "--slot", 2, "--deposit")
    town.do("bob", "commit", other, labels)

    # What alice types, each in a program of its own: only the home folder and the chain go from one to the next.
    took = town.spawn("alice", "take", task, "--slot", 0, "--deposit", "--yes")
    assert mine in took.stdout and "worst loss" not in took.stdout
    committed = town.spawn("alice", "commit", mine, labels, "--yes")
    assert "Committed" in committed.stdout and "public for good" in took.stderr
    assert town.published() == before and town.run("alice", "status", mine)["state"] == "COMMITTED"
    pilot = subprocess.Popen(
        [*COMMAND, "autopilot", "--until-done", "--confirmations", "0", "--poll", "1s", "--yes", "--json"],
        env={**os.environ, **town.environment, "GOLDLEAF_ACCOUNT": "alice"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE
    while (found := town.run("alice", "status", mine))["state"] == "COMMITTED":
        assert time.monotonic() < deadline and pilot.poll() is None
    assert town.published() == before + 1
    town.travel_to(found["window_end"])
    output, _ = pilot.communicate(timeout=PATIENCE)
    assert pilot.returncode == 0
    done = [each["step"] for line in output.splitlines() for each in json.loads(line)["done"]]
    assert [step.partition(" ")[0] for step in done] == ["publish", "claim"]
    assert "Paid 33" in town.spawn("alice", "withdraw", "--yes").stdout
    assert town.gain("alice") == 3 * UNIT


def test_take__before_it_is_sent__says_what_is_at_stake(town: Town) -> None:
    task = town.open("--challenge-period", "2h", "--response-period", "1h")
    refused = town.spawn("alice", "take", task, "--deposit", code=failures.NOT_CONFIRMED)
    assert "--yes" in refused.stderr and refused.stdout == ""

    screen = town.sit("alice", "take", task, "--slot", "1", "--deposit")
    screen.answer("Go on? [y/N]: ", "n")
    assert screen.end() == failures.NOT_CONFIRMED
    warned = ("has no gate", "people who sleep cannot react")
    for told in ("locked", "30 ", "worst loss", "free again", *warned, "public for good"):
        assert told in screen.text, told
    assert town.run("alice", "balance")["wallet"] == PURSE

    screen = town.sit("alice", "take", task, "--slot", "1", "--deposit")
    screen.answer("Go on? [y/N]: ", "y")
    screen.answer("Password of the keystore: ", PASSWORD)
    assert screen.end() == 0
    assert PASSWORD not in screen.text and f"Took {task}/1" in screen.text
    assert town.run("alice", "balance")["wallet"] == PURSE - 30 * UNIT


def test_take__arbitrator_not_listed__is_refused_unless_named(town: Town) -> None:
    stranger = town.chain.deploy("mocks/MockArbitrator", town.token.address, 3 * UNIT, 10 * DAY).address
    task = town.open("--arbitrator", stranger)
    told = town.run("alice", "take", task, "--deposit", "--yes", code=failures.REFUSED)
    assert told["type"] == "UnknownArbitrator" and "--accept-arbitrator" in told["advice"]
    assert town.run("alice", "balance")["wallet"] == PURSE
    assert "NOT LISTED" in town.spawn("alice", "task", "show", task).stdout
    named = ["--accept-arbitrator", stranger]
    assert town.do("alice", "take", task, "--deposit", *named)["annotator"] == town.addresses["alice"]


def test_other_steps__each__comes_about(town: Town) -> None:
    labels, twice = town.write_labels(), town.open()
    town.do("alice", "deposit", 100)
    assert town.do("alice", "transfer", "1.5", town.addresses["bob"])["amount"] == 1_500_000
    town.do("alice", "take", twice, "--slot", 0)
    assert town.do("alice", "release", f"{twice}/0")["to_sink"] == 30 * UNIT // 16
    town.do("alice", "take", twice, "--slot", 1)
    town.travel(2 * DAY)
    assert town.do("bob", "expire", f"{twice}/1")["to_sink"] == 30 * UNIT // 4

    # Where each batch is labelled once, `commit` publishes at once.
    once = town.open("--redundancy", "1")
    for slot in (0, 1):
        town.do("alice", "take", once, "--slot", slot)
        assert town.do("alice", "commit", f"{once}/{slot}", labels)["window_end"] > town.chain.now
    town.do("requester", "task", "cancel", once)
    town.do("requester", "accept", f"{once}/0")
    assert "Claimed" in town.spawn("bob", "claim", f"{once}/0", "--yes").stdout

    # Without jurors a dispute is not heard: its fee goes back, and so does the bond.
    town.do("auditor", "deposit", 9)
    town.do("auditor", "challenge", "commit", f"{once}/1", "3", "--bond", "8")
    town.travel(61)
    refused = town.run("auditor", "challenge", "file", f"{once}/1", "--yes", code=failures.REFUSED)
    assert refused["type"] == "BondTooLow" and "Leave --bond out" in refused["advice"]
    sent = town.run("auditor", "challenge", "file", f"{once}/1", "--bond", "9", "--yes")
    assert town.run("bob", "wait", sent["transaction"])["result"][0]["challenge"] == sent["result"]["challenge"]
    town.do("alice", "defend", f"{once}/1/0", "--max-cost", 3)
    town.travel(2 * DAY)
    assert town.do("bob", "court", "drop", 1)["fee"] == 3 * UNIT
    told = town.run("bob", "settle", f"{once}/1/0", "--yes", code=failures.REFUSED)
    assert told["type"] == "RulingNotExecuted" and "goldleaf court execute" in told["advice"]
    town.do("bob", "court", "execute", 1)
    assert town.do("bob", "settle", f"{once}/1/0")["outcome"] == "NOT_HEARD"
    assert town.run("auditor", "balance")["escrow"] == 9 * UNIT


def test_label__bad_files__name_the_place(town: Town) -> None:
    task = town.open()
    town.do("alice", "take", task, "--slot", 0, "--deposit")
    mine, file = f"{task}/0", town.folder / "mine.csv"
    for content, kind, told in (
        ("item,label\n0,benign\n1,benihn\n2,benign\n", "LabelOutsideSchema", "item 1"),
        ("item,label\n0,benign\n1,benign\n", "LabelError", "no label for item 2"),
        ("item,label\n0,benign\nx,benign\n", "LabelError", "mine.csv, line 3"),
        ("item,label\n0,benign\n0,benign\n", "LabelError", "mine.csv, line 3"),
        ("item\n0\n", "LabelError", "no column 'label'"),
    ):
        file.write_text(content)
        error = town.run("alice", "label", mine, file, code=failures.REFUSED)
        assert error["type"] == kind and told in error["message"], error
    assert town.run("alice", "commit", mine, "--yes", code=failures.REFUSED)["type"] == "LabelsForgotten"
    file.write_text("item,label\n0,me@example.org\n1,benign\n2,benign\n")
    told = town.spawn("alice", "label", mine, file, "--no-check").stderr
    assert "line 2" in told and "e-mail address" in told

    export = [
        {
            "id": 100 + item,
            "data": {"item": item, "image": f"{item}.png"},
            "annotations": [
                {
                    "id": item,
                    "completed_by": {"id": 4, "email": "me@example.org"},
                    "result": [
                        {
                            "from_name": "finding",
                            "to_name": "image",
                            "type": "choices",
                            "value": {"choices": ["malignant" if item == 1 else "benign"]},
                        }
                    ],
                }
            ],
        }
        for item in range(3)
    ]
    (town.folder / "export.json").write_text(json.dumps(export))
    made = town.run("alice", "label", mine, town.folder / "export.json", "--field", "finding", "--put")
    stored = Path(made["uri"].removeprefix("file://")).read_bytes()
    assert stored == b'{"item":0,"label":"benign"}\n{"item":1,"label":"malignant"}\n{"item":2,"label":"benign"}\n'
    assert town.do("alice", "commit", mine)["submission"] == str(task << 64)


def test_task_open__preset__fills_in_what_was_not_typed(town: Town) -> None:
    file = town.folder / "manifest.json"
    town.open()
    town.do("requester", "deposit", "100")
    given = ["--manifest", file, "--reward", "2", "--preset", "two-classes", "--deadline", "14d", "--redundancy", "2"]
    given.append("--accept-small-court")
    task = town.do("requester", "task", "open", *given)["task"]
    terms = town.run("alice", "task", "show", task)["parameters"]
    chosen = preset("two-classes")
    assert (terms["reward"], terms["stake"]) == (2 * UNIT, 2 * UNIT * chosen.stake)
    assert (terms["batch_size"], terms["redundancy"]) == (6, 2)
    assert (terms["tolerance_bps"], terms["royalty_bps"]) == (chosen.tolerance_bps, chosen.royalty_bps)
    # Typed, though it is what it would be without a preset; and a stake that the stake rule needs.
    again = ["--tolerance-bps", "500", "--challenge-period", "5d", "--reward", "0.20"]
    task = town.do("requester", "task", "open", *given, *again)["task"]
    terms = town.run("alice", "task", "show", task)["parameters"]
    assert (terms["tolerance_bps"], terms["challenge_period"], terms["response_period"]) == (500, 5 * DAY, 4 * DAY)
    assert terms["stake"] == economics.minimum_stake(
        reward=UNIT // 5, labels=6, tolerance_bps=500, arbitration_cost=3 * UNIT
    )


def test_output__hostile_requester__moves_no_cursor(town: Town) -> None:
    hostile = "ipfs://\x1b[2J\x1b]0;owned\x07\nstate  paid [red]x[/red] \u202e"
    file = town.folder / "manifest.json"
    town.open()
    terms = ["--reward", "1", "--stake", "10", "--batch-size", "3", "--redundancy", "2", "--deadline", "14d"]
    town.do("requester", "deposit", "12")
    given = ["--manifest", file, "--uri", hostile, *terms, "--accept-small-court"]
    task = town.do("requester", "task", "open", *given)["task"]
    shown = town.read("alice", "task", "show", task)
    assert "owned" in shown and "[red]x[/red]" in shown and shown.count("state") == 2
    assert town.run("alice", "task", "show", task)["uri"] == hostile
    told = town.run("alice", "task", "manifest", task, code=failures.REFUSED)
    assert told["type"] == "ForeignUri"
    screen = town.sit("alice", "task", "show", str(task))
    assert screen.end() == 0
    assert "\x1b" not in screen.text and "\u202e" not in screen.text


def test_dry_run__and_unsigned__send_nothing(town: Town) -> None:
    task = town.open()
    told = town.run("alice", "take", task, "--slot", 0, "--yes", code=failures.REFUSED)
    assert (told["type"], told["value"], told["bound"]) == ("BalanceTooLow", 0, f"at least {30 * UNIT} base units")
    tried = town.run("alice", "take", task, "--slot", 0, "--deposit", "--dry-run")
    assert tried["result"]["submission"] == str(task << 64) and tried["gas_used"] > 0
    # Nobody needs a password for it.
    printed = town.spawn(
        "alice", "take", task, "--slot", 0, "--deposit", "--unsigned", "--json", GOLDLEAF_PASSWORD_FILE=""
    )
    steps = json.loads(printed.stdout)["result"]["transactions"]
    assert [step["to"] for step in steps] == [town.token.address, *[town.contracts["TaskEscrow"]] * 2]
    assert town.run("alice", "balance")["wallet"] == PURSE
    # As a wallet would: the node signs for whoever asks.
    for step in steps:
        town.chain.web3.eth.send_transaction({**step, "gasPrice": 0})
    [step] = town.run("alice", "status")["next"]
    assert (step["step"], step["name"], step["by_autopilot"]) == ("commit or publish", f"{task}/0", False)


def test_challenge_make__one_command__commits_and_files(town: Town) -> None:
    task = town.open()
    labels = town.write_labels()
    for name, slot in (("alice", 0), ("bob", 2)):
        town.do(name, "take", task, "--slot", slot, "--deposit")
        town.do(name, "commit", f"{task}/{slot}", labels)
    town.do("alice", "publish", f"{task}/0")
    town.do("auditor", "deposit", 20)

    block = town.chain.web3.eth.block_number

    def pass_a_minute() -> None:
        while town.chain.web3.eth.block_number == block:  # until the commitment is mined
            time.sleep(0.2)
        town.travel(61)

    clock = threading.Thread(target=pass_a_minute, daemon=True)
    clock.start()
    evidence = town.folder / "evidence.txt"
    evidence.write_text("It is malignant: see the margin.")
    made = town.spawn("auditor", "challenge", "make", f"{task}/0", "0", "--evidence", evidence, "--yes", "--json")
    clock.join(PATIENCE)
    document = json.loads(made.stdout)["result"]
    assert document["result"]["indices"] == [0] and document["committed"]["transaction"] != document["transaction"]
    assert Path(document["result"]["uri"].removeprefix("file://")).read_text() == evidence.read_text()
    # That salt is public now, so the next challenge of the same item has another one.
    town.do("auditor", "challenge", "commit", f"{task}/0", "0")
    [again] = town.run("auditor", "challenge", "list")
    assert (again["items"], again["attempt"]) == ([0], 1)
