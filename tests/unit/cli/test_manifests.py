"""`goldleaf manifest`: out of files, without a node; what cannot be a manifest leaves nothing in the store."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from goldleaf import Manifest
from goldleaf.stores import Store
from goldleaf_tools.cli import failures
from tests.shell import Shell

PNG = b"\x89PNG\r\n\x1a\n\x00\xff%d"


class Desk:
    """A folder of headlines, and guidelines."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.folder = shell.folder / "news"
        self.folder.mkdir()
        for number in range(12):
            (self.folder / f"{number:02}.txt").write_text(f"Headline {number}\n")
        self.guidelines = self.write("guidelines.txt", "Good or bad news?\n")
        self.manifest = shell.folder / "manifest.json"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.shell.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def make(self, source: Path | None = None, *options: object, code: int = 0) -> Any:
        given = ("--guidelines", self.guidelines, "--licence", "CC-BY-4.0", "-o", self.manifest)
        classes = () if "--schema" in options else ("--class", "good", "--class", "bad")
        return self.shell.json("manifest", "make", source or self.folder, *given, *classes, *options, code=code)

    def refused(self, source: Path, *options: object, code: int = failures.REFUSED) -> str:
        """The message; nothing is written, or put into the store."""
        told = self.make(source, *options, code=code)
        assert not self.manifest.exists() and not (self.shell.folder / "store").exists()
        return str(told["message"])

    def made(self) -> Manifest:
        return Manifest.from_bytes(self.manifest.read_bytes())

    def contents(self) -> list[bytes]:
        store = Store(self.shell.folder / "store")
        return [store.get(item.uri, item.keccak256) for item in self.made().items]

    def for_label_studio(self, *options: object, code: int = 0) -> Any:
        given = ("--tasks", self.shell.folder / "tasks.json", "--config", self.shell.folder / "config.xml")
        return self.shell.json("manifest", "label-studio", *given, *options, code=code)


@pytest.fixture
def desk(shell: Shell) -> Desk:
    return Desk(shell)


def test_make__folder__its_files_are_in_the_store_and_in_the_manifest(desk: Desk) -> None:
    listed = desk.shell.folder / "items.csv"
    done = desk.make(None, "--items", listed)
    made = desk.made()
    assert (made.guidelines, made.licence) == ("Good or bad news?", "CC-BY-4.0")
    assert made.label_schema == {"type": "string", "enum": ["good", "bad"]}
    assert desk.contents() == [b"Headline %d\n" % number for number in range(12)]
    assert (done["items"], done["dropped"], done["terms"]) == (12, 0, "0x" + made.terms.hex())
    assert listed.read_text().splitlines()[:2] == ["item,id,uri", f"0,00.txt,{made.items[0].uri}"]
    # No name of a file is in what others read.
    assert b"00.txt" not in desk.manifest.read_bytes()


def test_make__table_and_schema__as_they_are(desk: Desk) -> None:
    schema = {"type": "object", "properties": {"tone": {"enum": ["good", "bad"]}}}
    table = desk.write("items.csv", "id;text\n1;One, two\n2;Three\n")
    desk.make(table, "--schema", desk.write("schema.json", json.dumps(schema)), "--delimiter", ";")
    assert desk.made().label_schema == schema and desk.contents() == [b"One, two", b"Three"]


def test_make__shuffled__same_items_in_another_order_which_the_list_tells(desk: Desk) -> None:
    listed = desk.shell.folder / "items.jsonl"
    desk.make(None, "--shuffle", "--items", listed)
    rows = [json.loads(line) for line in listed.read_text().splitlines()]
    # Of 12! orders.
    assert sorted(row["id"] for row in rows) == [f"{n:02}.txt" for n in range(12)] != [row["id"] for row in rows]
    told = [b"Headline %d\n" % int(row["id"][:2]) for row in rows]
    assert desk.contents() == told


def test_make__folders_named_after_classes__warns_that_the_order_tells(desk: Desk) -> None:
    for number in range(2):
        (desk.folder / "Good").mkdir(exist_ok=True)
        (desk.folder / "Good" / f"{number}.txt").write_text(f"g{number}")
    given = (
        "--guidelines",
        desk.guidelines,
        "--licence",
        "MIT",
        "-o",
        desk.manifest,
        "--class",
        "good",
        "--class",
        "b",
    )
    told = desk.shell.run("manifest", "make", desk.folder, *given).stderr
    assert "such as good: their numbers tell the answer" in told and "can be read on this computer alone" in told
    assert "tell the answer" not in desk.shell.run("manifest", "make", desk.folder, *given, "--shuffle").stderr


def test_make__what_cannot_be__is_refused_before_anything_is_put_anywhere(desk: Desk) -> None:
    twice = desk.write("twice.csv", "text\na\nb\na\n")
    assert "twice.csv, line 4 holds the same as twice.csv, line 2" in desk.refused(twice)
    assert "odd.csv, line 3: not UTF-8" in desk.refused(desk.write("odd.csv", b"text\na\n\xff\n"))
    good = desk.write("good.csv", "text\na\nb\n")
    for options in (("--class", "good"), ("--delimiter", ";;"), ("--schema", "nowhere.json")):
        desk.refused(good, *options, code=failures.USAGE)
    bad = desk.write("schema.json", '{"type": "odd"}')
    assert "label schema" in desk.refused(good, "--schema", bad)
    assert "the licence is empty" in desk.refused(good, "--licence", " ")
    assert "guidelines.txt, line 1: not UTF-8" in desk.refused(
        good, "--guidelines", desk.write("guidelines.txt", b"gro\xdf")
    )
    assert "the guidelines are empty" in desk.refused(good, "--guidelines", desk.write("empty.txt", "\n"))
    assert "cannot be read" in desk.refused(good, "--guidelines", desk.shell.folder / "nowhere.txt")
    assert desk.make(twice, "--drop-duplicates", "--guidelines", good)["dropped"] == 1


def test_make__without_a_store__says_so(desk: Desk) -> None:
    given = ("--guidelines", desk.guidelines, "--licence", "MIT", "-o", desk.manifest, "--class", "a", "--class", "b")
    told = desk.shell.run("manifest", "make", desk.folder, *given, GOLDLEAF_STORE=None)
    assert told.exit_code == failures.USAGE and "no store" in told.stderr


def test_label_studio__texts__are_in_the_tasks(desk: Desk) -> None:
    desk.make()
    done = desk.for_label_studio("--manifest", desk.manifest)
    tasks = json.loads((desk.shell.folder / "tasks.json").read_text())
    assert tasks == [{"data": {"item": n, "text": f"Headline {n}\n"}} for n in range(12)]
    view = ElementTree.parse(desk.shell.folder / "config.xml").getroot()
    assert [each.get("value") for each in view.iter("Choice")] == ["good", "bad"]
    assert (done["kind"], done["fields"]) == ("text", [])


def test_label_studio__pictures__are_files_that_it_is_told_of(desk: Desk) -> None:
    pictures = desk.shell.folder / "pictures"
    pictures.mkdir()
    for number in range(2):
        (pictures / f"{number}.png").write_bytes(PNG % number)
    desk.make(pictures)
    told = desk.for_label_studio("--manifest", desk.manifest, code=failures.USAGE)
    assert "--files FOLDER" in told["message"] and not (desk.shell.folder / "tasks.json").exists()
    served = desk.shell.folder / "served"
    desk.for_label_studio("--manifest", desk.manifest, "--files", served)
    tasks = json.loads((desk.shell.folder / "tasks.json").read_text())
    assert [task["data"]["image"] for task in tasks] == [f"/data/local-files/?d=served/{n}.png" for n in range(2)]
    assert [(served / f"{number}.png").read_bytes() for number in range(2)] == [PNG % number for number in range(2)]


def test_label_studio__wrong_usage_or_schema__is_refused(desk: Desk) -> None:
    desk.make()
    desk.for_label_studio(code=failures.USAGE)
    desk.for_label_studio("--manifest", desk.manifest, "--task", 1, code=failures.USAGE)
    desk.for_label_studio("--manifest", desk.manifest, "--slot", 1, code=failures.USAGE)
    desk.make(None, "--schema", desk.write("schema.json", '{"type": "boolean"}'))
    told = desk.for_label_studio("--manifest", desk.manifest, code=failures.REFUSED)
    assert "Label Studio has no control for the label" in told["message"]
    assert not (desk.shell.folder / "tasks.json").exists()
