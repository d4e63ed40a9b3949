"""`goldleaf history`: what people have earned and paid, by the command line, against their ledgers and wallets."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldleaf_tools.cli import failures
from tests.chains import anvil
from tests.deployed import UNIT
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
    """Alice concedes one of three labels and is paid for two; bob gives back his slot; a juror's round is settled."""
    task = town.open()
    labels = town.folder / "mine.csv"
    labels.write_text("item,label\n0,malignant\n1,benign\n2,benign\n")
    town.do("bob", "take", task, "--slot", 1, "--deposit")
    town.do("bob", "release", f"{task}/1")
    for name, slot in (("alice", 0), ("bob", 2)):
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
    town.vote(dispute, ["not-wrong", "not-wrong", "wrong"])
    town.pass_phase(dispute)
    town.do("auditor", "court", "execute", dispute)
    town.do("auditor", "court", "settle", dispute)
    town.do("auditor", "settle", f"{task}/0/0", f"{task}/2/0")
    town.travel_to(town.run("auditor", "status", f"{task}/2")["window_end"])
    for slot in (0, 2):
        town.do("alice", "claim", f"{task}/{slot}")
    town.do("alice", "withdraw", "5")
    return task


def whole(value: Any) -> float:
    return int(value) / UNIT


def test_history__of_an_annotator__has_pay_and_what_was_conceded(town: Town, task: int) -> None:
    found = town.run("alice", "history")
    [mine] = found["submissions"]
    assert mine["submission"] == str(task << 64) and mine["stage"] == "PAID"
    assert (whole(mine["pay"]), mine["prizes"], mine["stake_lost"], mine["errors"]) == (2, 0, 0, 1)
    [sums] = found["sums"]
    assert (whole(sums["deposited"]), whole(sums["withdrawn"]), sums["at_stake"]) == (30, 5, 0)
    assert sums["free"] == town.run("alice", "balance")["escrow"]
    assert whole(sums["free"]) == 30 + 2 - 5


def test_history__of_a_defender_who_won__has_the_released_slot_and_the_premium(town: Town, task: int) -> None:
    found = town.run("bob", "history")
    released, paid = found["submissions"]
    assert (released["stage"], paid["stage"]) == ("RELEASED", "PAID")
    assert whole(released["stake_lost"]) == 30 / 16
    [defence] = found["defences"]
    assert defence["outcome"] == "NOT_WRONG" and defence["fee"] == defence["fee_back"] and int(defence["premium"]) > 0
    [lost] = [one for one in town.run("auditor", "history")["challenges"] if one["outcome"] == "NOT_WRONG"]
    assert int(lost["bond_lost"]) == int(defence["fee"]) + int(defence["premium"]) + int(paid["from_challenges"])


def test_history__of_jurors__has_fees_of_those_who_agreed_and_penalties_of_the_others(town: Town, task: int) -> None:
    fees, penalties = 0, 0
    for juror in town.seats.values():
        for round in town.run(juror, "history")["rounds"]:
            assert round["settled"] and (round["choice"] == 1) == (int(round["penalties"]) > 0)
            fees, penalties = fees + int(round["fees"]), penalties + int(round["penalties"])
    assert fees == 3 * UNIT + penalties and penalties == 4 * UNIT


def test_history__for_people__names_amounts_and_things(town: Town, task: int) -> None:
    read = town.read("requester", "history")
    assert "task\topened" in read and f"\n{task}\t" in read
    assert "labels bought" in read and "back from the pot" in read
    # Of six labels one was proven wrong: of its pay the requester has all but the prize.
    [mine] = town.run("requester", "history")["tasks"]
    assert (whole(mine["cost"]), whole(mine["at_stake"])) == (5 + 1 / 4, 12 - 6)
    assert "challenge" in town.read("auditor", "history", "--entries")


def test_history__of_another_account__is_anybody_s_to_read(town: Town, task: int) -> None:
    address = town.addresses["alice"]
    assert town.run("bob", "history", "--account", address)["submissions"][0]["stage"] == "PAID"


def test_history__written_to_files__adds_up_to_the_sums(town: Town, task: int) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for format in ("csv", "jsonl"):
        file = town.folder / f"bob.{format}"
        town.run("bob", "history", "--output", file)
        rows[format] = read_table(file)
    [sums] = town.run("bob", "history")["sums"]
    for table in rows.values():
        assert sum(int(row["free"]) for row in table) == int(sums["free"])
        assert sum(int(row["at_stake"]) for row in table) == int(sums["at_stake"])
        assert sum(int(row["gain"]) for row in table) == int(sums["earned"]) - int(sums["spent"])
    assert [row["about"] for row in rows["csv"]] == [row["about"] for row in rows["jsonl"]]
    assert f"challenge {task}/2/0" in {row["about"] for row in rows["csv"]}
    refused = town.run("bob", "history", "--output", town.folder / "bob.xls", code=failures.USAGE)
    assert "format" in refused["message"]


def read_table(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".csv":
        with file.open(newline="") as opened:
            return list(csv.DictReader(opened))
    return [json.loads(line) for line in file.read_text().splitlines()]
