"""What a requester has bought, in files, by the command line: of a task in which labels were conceded and judged."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldleaf_tools.cli import failures
from tests.chains import anvil
from tests.integration.town import Town

pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "alice", "bob", "auditor"):
            town.settle_in(name)
        town.seat_jurors()
        yield town


@pytest.fixture(scope="module")
def task(town: Town) -> int:
    """Two siblings of a batch: of alice's labels one is conceded, of bob's one is ruled wrong; she is paid."""
    task = town.open()
    labels = town.folder / "mine.csv"
    for name, slot, said in (("alice", 0, "mbb"), ("bob", 2, "bmb")):
        words = ["malignant" if each == "m" else "benign" for each in said]
        labels.write_text("item,label\n" + "".join(f"{item},{word}\n" for item, word in enumerate(words)))
        town.do(name, "take", task, "--slot", slot, "--deposit")
        town.do(name, "commit", f"{task}/{slot}", labels)
    for name, slot in (("alice", 0), ("bob", 2)):
        town.do(name, "publish", f"{task}/{slot}")
    town.do("auditor", "deposit", 18)
    for slot, item in ((0, 0), (2, 1)):
        town.do("auditor", "challenge", "commit", f"{task}/{slot}", item)
    town.travel(61)
    for slot in (0, 2):
        town.do("auditor", "challenge", "file", f"{task}/{slot}")
    town.do("alice", "concede", f"{task}/0/0")
    town.do("bob", "deposit", 3)
    dispute = town.do("bob", "defend", f"{task}/2/0")["dispute"]
    town.vote(dispute, ["wrong", "wrong", "wrong"])
    town.pass_phase(dispute)
    town.do("auditor", "court", "execute", dispute)
    town.do("auditor", "settle", f"{task}/0/0", f"{task}/2/0")
    town.travel_to(town.run("auditor", "status", f"{task}/0")["window_end"])
    town.do("alice", "claim", f"{task}/0")
    return task


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_labels__conceded_and_ruled_wrong__are_marked_and_do_not_count(town: Town, task: int) -> None:
    mine, by_item = town.folder / "labels.csv", town.folder / "consensus.jsonl"
    done = town.run("requester", "task", "labels", task, "--output", mine, "--consensus", by_item)
    assert [(row["submission"], row["item"], row["label"], row["state"], row["finding"]) for row in table(mine)] == [
        (f"{task}/0", "0", "malignant", "paid", "conceded"),
        (f"{task}/2", "0", "benign", "accepted", ""),
        (f"{task}/0", "1", "benign", "paid", ""),
        (f"{task}/2", "1", "malignant", "accepted", "ruled wrong"),
        (f"{task}/0", "2", "benign", "paid", ""),
        (f"{task}/2", "2", "benign", "accepted", ""),
    ]
    assert table(mine)[0]["annotator"] == town.addresses["alice"] and table(mine)[0]["uri"] == "ipfs://0"
    # Where there is no label, there is not even null.
    told = [(row["item"], row.get("label"), row["certainty"], row["counted"]) for row in lines(by_item)]
    assert told == [
        (0, "benign", 1.0, 1),
        (1, "benign", 1.0, 1),
        (2, "benign", 1.0, 2),
        *((item, None, None, 0) for item in (3, 4, 5)),
    ]
    assert "label" not in lines(by_item)[3]
    assert (done["labels"], done["counted"], done["labelled"], done["items"]) == (6, 4, 3, 6)
    assert done["states"] == {"paid": 3, "accepted": 3} and done["findings"] == {"conceded": 1, "ruled wrong": 1}
    told = town.read("requester", "task", "labels", task, "--output", mine)
    assert "6, of which 4 count" in told and "3 of 6 with a label that counts" in told


def test_labels__parquet_and_dawid_skene__are_what_the_extra_gives(town: Town, task: int) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pytest.importorskip("crowdkit")
    mine, by_item = town.folder / "labels.parquet", town.folder / "consensus.parquet"
    town.run("requester", "task", "labels", task, "--output", mine, "--consensus", by_item, "--by", "dawid-skene")
    assert parquet.read_table(mine).num_rows == 6
    rows = parquet.read_table(by_item).to_pylist()
    assert [row["label"] for row in rows] == ["benign"] * 3 + [None] * 3
    assert [row["basis"] for row in rows] == ["Dawid-Skene"] * 3 + ["nothing"] * 3


def test_labels__wrong_usage__says_what_to_give(town: Town, task: int) -> None:
    labels = ("task", "labels", task)
    assert "--output FILE" in town.run("requester", *labels, code=failures.USAGE)["message"]
    told = town.run("requester", *labels, "--output", town.folder / "labels.txt", code=failures.USAGE)
    assert "--format" in told["message"] and "labels.txt" in told["message"]
    town.run("requester", *labels, "--output", town.folder / "no" / "labels.csv", code=failures.USAGE)
    town.run("requester", *labels, "--output", "a.csv", "--consensus", "a.csv", code=failures.USAGE)
    told = town.run("requester", "task", "labels", 99, "--output", town.folder / "x.csv", code=failures.REFUSED)
    assert told["type"] == "NoSuchTask"


def test_labels__label_set_that_is_gone__is_refused_unless_asked_for(town: Town, task: int) -> None:
    kept = {
        path: data for path in (town.folder / "store").iterdir() if (data := path.read_bytes()).startswith(b'{"item":0')
    }
    for path in kept:
        path.unlink()
    output = town.folder / "some.csv"
    labels = ("task", "labels", task, "--output", output)
    told = town.run("requester", *labels, code=failures.REFUSED)
    assert told["type"] == "LabelsIncomplete" and "--incomplete" in told["advice"] and not output.exists()
    done = town.run("requester", *labels, "--incomplete")
    assert len(done["unread"]) == 2 and len(table(output)) == 0
    for path, data in kept.items():
        path.write_bytes(data)
