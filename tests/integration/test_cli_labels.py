"""Files of labels and of gold through the command line, as people bring them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldleaf_tools.cli import failures
from goldleaf_tools.evidence import gold_tree
from tests.chains import anvil
from tests.integration.town import Town

pytestmark = pytest.mark.anvil

GRADES = {
    "anyOf": [{"$ref": "#/$defs/grade"}, {"type": "null"}],
    "$defs": {"grade": {"minimum": 0, "multipleOf": 0.05}},
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "alice", "auditor"):
            town.settle_in(name)
        yield town


class Desk:
    """A slot that alice has taken in a task, and files that she brings."""

    def __init__(self, town: Town, schema: Any, gold_root: bytes | None = None) -> None:
        self.town = town
        self.task = town.open("--redundancy", "1", schema=schema, gold_root=gold_root)
        town.do("alice", "take", self.task, "--slot", 0, "--deposit")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.town.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def labels(self, name: str, content: str | bytes, *options: object) -> list[Any]:
        """The labels of the set that `goldleaf label` makes."""
        path = self.file(name, content)
        made = self.town.run("alice", "label", f"{self.task}/0", path, "--put", *options)
        lines = Path(made["uri"].removeprefix("file://")).read_bytes().splitlines()
        return [json.loads(line)["label"] for line in lines]

    def refusal(self, name: str, content: str | bytes, *options: object, code: int = failures.REFUSED) -> str:
        """What is said of the file, as labels and as gold alike."""
        path = self.file(name, content)
        told = self.town.run("alice", "label", f"{self.task}/0", path, *options, code=code)
        gold = [each for each in options if each != "--no-check"]
        audited = self.town.run("auditor", "audit", self.task, "--gold", path, *gold, code=code)
        assert (audited["type"], audited["message"]) == (told["type"], told["message"])
        return str(told["message"])


def test_labels_and_gold__same_csv__are_the_same_numbers(town: Town) -> None:
    desk = Desk(town, GRADES)
    csv = "item,label\n0,1.15\n1,0.7\n2,null\n"
    assert desk.labels("mine.csv", csv) == desk.labels("mine.csv", csv, "--no-check") == [1.15, 0.7, None]
    town.do("alice", "commit", f"{desk.task}/0", town.folder / "mine.csv")
    gold = desk.file("gold.csv", csv + "3,\n")
    [audited] = town.run("auditor", "audit", desk.task, "--gold", gold)
    assert {each["action"] for each in audited["proposals"]} <= {"leave"}
    assert "nothing is worth filing" in town.read("auditor", "audit", desk.task, "--gold", gold)
    other = desk.file("other.csv", "task,item,label\n9,0,1\n")
    assert "no gold of the tasks" in town.spawn("auditor", "audit", desk.task, "--gold", other).stderr


def test_labels_and_gold__from_a_pipe__are_those_of_a_file(town: Town) -> None:
    desk = Desk(town, GRADES)
    csv = "item,label\n0,1.15\n1,0.7\n2,null\n"
    desk.file("piped.csv", csv)
    labelled = ("label", f"{desk.task}/0")
    piped = town.spawn("alice", *labelled, "-", "--format", "csv", "--json", given=csv)
    assert json.loads(piped.stdout)["result"] == town.run("alice", *labelled, town.folder / "piped.csv")
    town.spawn("auditor", "audit", desk.task, "--gold", "-", "--format", "csv", given=csv)
    unnamed = town.spawn("alice", *labelled, "-", given=csv, code=failures.USAGE)
    assert "the name does not tell the format" in unnamed.stderr and "--format" in unnamed.stderr


def test_labels_and_gold__what_cannot_be_read__refused_alike(town: Town) -> None:
    desk = Desk(town, GRADES)
    for content, told in (
        ("item,label\n0,1.15\n1,0.72\n2,1\n", "bad.csv, line 3: item 1: 0.72 is not"),
        ("item,label\n0,1.15\n1,-1\n2,-1\n", "bad.csv, line 3: item 1: -1 is"),
        ("item,label\n0,high\n", "bad.csv, line 2: column 'label': expected null or number, found 'high'"),
        (
            "item;label\n0;1\n",
            "bad.csv, line 1: no column 'item', the file has 'item;label': its columns are separated by semicolons, "
            "say so: --delimiter ';'.",
        ),
        ("item,label\n0,groß\n".encode("latin1"), "bad.csv, line 2: not UTF-8: save it as UTF-8"),
        ('item,label\n0,"1\n', "bad.csv, line 2: a quotation mark"),
        ("item,label\n2.5,1\n", "bad.csv, line 2: expected an item number, found '2.5'"),
    ):
        assert desk.refusal("bad.csv", content).startswith(told)
    deep = '{"item":0,"label":' + "[" * 4000 + "]" * 4000 + "}"
    assert desk.refusal("deep.jsonl", deep).startswith("deep.jsonl, line 1: nesting is more than 100 deep")
    # The check is off, and the type is still the schema's.
    assert desk.labels("bad.csv", "item,label\n0,1.15\n1,0.72\n2,-1\n", "--no-check") == [1.15, 0.72, -1]
    assert "expected null or number" in desk.refusal("bad.csv", "item,label\n0,high\n", "--no-check")
    assert desk.labels("semi.csv", "item;label\n0;1\n1;2\n2;3\n", "--delimiter", ";") == [1, 2, 3]
    for options in (["--type", "x=number"], ["--type", "number"], ["--type", "label=date"], ["--delimiter", ";;"]):
        desk.refusal("good.csv", "item,label\n0,1\n", *options, code=failures.USAGE)
    desk.refusal("labels.txt", "item,label\n0,1\n", code=failures.USAGE)


def test_evidence__gold_of_a_task__read_as_an_auditor_s(town: Town) -> None:
    """Hidden answers are proven out of the same files, however they are written."""
    known = {0: "benign", 3: "malignant"}
    desk = Desk(town, {"enum": ["benign", "malignant"]}, gold_root=gold_tree(known, 6).root)
    mine = f"{desk.task}/0"
    town.do("alice", "publish", mine, desk.file("mine.csv", "item,label\n0,malignant\n1,benign\n2,benign\n"))
    lines = "".join(json.dumps({"item": item, "label": label}) + "\n" for item, label in known.items())
    building = ("evidence", "build", "--submission", mine, "--items", 0, "--output", town.folder / "bundle.json")
    by_task = f"task,item,finding\n{desk.task},0,benign\n{desk.task},3,malignant\n9,1,odd\n"
    for name, content, options in (
        ("gold.csv", "item;label\n0;benign\n1;\n3;malignant\n", ["--delimiter", ";"]),
        ("gold.jsonl", lines, []),
        ("by_task.csv", by_task, ["--field", "finding"]),
    ):
        town.run("auditor", *building, "--gold", desk.file(name, content), *options)
        checked = town.run("auditor", "evidence", "check", town.folder / "bundle.json")
        assert any("gold" in each["text"] and each["holds"] for each in checked["proofs"]), checked["proofs"]
    told = town.run("auditor", *building, "--gold", desk.file("odd.csv", "item,label\n0,odd\n"), code=failures.REFUSED)
    assert told["type"] == "LabelOutsideSchema" and "odd.csv, line 2" in told["message"]


def test_labels_and_gold__schema_that_allows_texts_and_numbers__type_has_to_be_said(town: Town) -> None:
    desk = Desk(town, {"type": ["string", "number"]})
    csv = "item,label\n0,3\n1,4\n2,5\n"
    told = desk.refusal("mine.csv", csv)
    assert "line 2: column 'label': '3' may be integer or string" in told and told.endswith(", --type COLUMN=TYPE.")
    assert "may be integer or string" in desk.refusal("mine.csv", csv, "--no-check")
    assert desk.labels("mine.csv", csv, "--type", "label=string") == ["3", "4", "5"]
    assert desk.labels("mine.csv", csv, "--type", "label=number", "--no-check") == [3, 4, 5]


def test_labels_and_gold__label_studio__one_annotator_and_one_order(town: Town) -> None:
    desk = Desk(town, {"enum": ["benign", "malignant"]})

    def export(*people: Any) -> str:
        made = [
            {"id": number, "completed_by": by, "result": [{"from_name": "d", "type": "choices", "value": value}]}
            for number, by in enumerate(people)
            if (value := {"choices": ["benign"]})
        ]
        return json.dumps([{"id": 70 + n, "data": {"image": "a"}, "annotations": [one]} for n, one in enumerate(made)])

    options = ("--field", "d", "--by-order")
    told = desk.refusal("export.json", export(None, None, "me@example.org"), *options)
    assert told.startswith(
        "export.json, task 71: there are annotations by the annotators me@example.org, and 2 by unknown"
    )
    assert told.endswith("say whose to take, --annotator ID.")
    assert "no annotation by '7', but by the annotators" in desk.refusal(
        "export.json", export(None, 3, 4), *options, "--annotator", 7
    )
    told = desk.refusal("export.json", export(3, 3, 3), "--field", "d")
    assert "there is no 'item', but 'image': say which has it, --item FIELD, or that items are counted" in told
    assert told.endswith("by order, --by-order.")
    told = desk.refusal("export.json", export(3, 3, 3), "--by-order")
    assert told.endswith("no value of control 'label', but of 'd': say which makes the label, --field NAME.")
    assert desk.labels("export.json", export(3, 3, 3), *options) == ["benign"] * 3
    assert desk.labels("export.json", export(None, None, None), *options, "--annotator", "unknown") == ["benign"] * 3
    path = desk.file("export.json", export(3, 3, 3))
    said = town.spawn("alice", "label", f"{desk.task}/0", path, *options).stderr
    assert "items 0-2 are those of export.json in their order" in said
    whole = desk.file("whole.json", export(*[3] * 6))
    said = town.spawn("auditor", "audit", desk.task, "--gold", whole, *options).stderr
    assert "items 0-5 are those of" in said
    several = desk.file("several.json", export(*[3] * 5))
    error = town.run("auditor", "audit", desk.task, "--gold", several, *options, code=failures.REFUSED)
    assert "5 items in the file, but 6 are expected" in error["message"]
