"""`goldleaf test plan`: what is known becomes an encrypted plan and a manifest; what cannot be tested is refused.

None of it needs a node, and nothing is sent.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from goldleaf import Deployment, Item, Manifest
from goldleaf_tools.cli import failures
from goldleaf_tools.keys import Keyring, PlanFile
from tests.shell import PASSWORD, Shell

CLASSES = ["certainly benign", "certainly malignant"]
TERMS = ["--count", "5", "--allowed", "4"]
# Answers by the requester's own numbers of items.
RIGHT = {number: CLASSES[number % 2] for number in range(14)}


class Desk:
    """A draft of a manifest of 40 items, and answers that are known."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.manifest = shell.folder / "manifest.json"
        self.draft = shell.folder / "draft.json"
        self.write_draft({"enum": CLASSES})

    def write_draft(self, schema: Any) -> None:
        items = [Item.of(f"ipfs://image-{number}", b"pixels %d" % number) for number in range(40)]
        manifest = Manifest("Is it malignant?", schema, items, "CC0-1.0")
        # As people write it.
        self.draft.write_text(json.dumps(json.loads(manifest.to_bytes()), indent=2))

    def known(self, answers: dict[int, Any], name: str = "known.csv") -> Path:
        file = self.shell.folder / name
        if name.endswith(".csv"):
            file.write_text("item,label\n" + "".join(f"{item},{label}\n" for item, label in answers.items()))
        else:
            file.write_text("".join(json.dumps({"item": i, "label": each}) + "\n" for i, each in answers.items()))
        return file

    def plan(self, known: Path, *options: object, code: int = 0, **environment: str | None) -> Any:
        given = ["--manifest", self.draft, "--known", known, "--batch-size", 20, "-o", self.manifest]
        return self.shell.json("test", "plan", *given, *(options or TERMS), code=code, **environment)

    def refused(self, answers: dict[int, Any], *options: object, code: int = failures.REFUSED) -> tuple[str, str]:
        """Type and message of the error; nothing is written then."""
        told = self.plan(self.known(answers), *options, code=code)
        assert not self.manifest.exists() and not list(self.shell.home.glob("plans/*"))
        return told["type"], told["message"]

    @property
    def keyring(self) -> Keyring:
        deployment = Deployment.load(self.shell.folder / "deployment.json")
        return Keyring(deployment, self.shell.keystore.load("alice", PASSWORD))


@pytest.fixture
def desk(shell: Shell) -> Desk:
    return Desk(shell)


@pytest.mark.parametrize("name", ["known.csv", "known.jsonl"])
def test_plan__known_answers__are_encrypted_and_laid_into_batches(desk: Desk, name: str) -> None:
    made = desk.plan(desk.known(RIGHT, name))
    manifest = Manifest.from_bytes(desk.manifest.read_bytes())
    assert manifest.test is not None and (manifest.test.counts, manifest.test.allowed) == ((5, 5), 4)
    assert made["terms"] == "0x" + manifest.terms.hex() and made["batches"] == 2 and len(made["graded"]) == 1
    plan = PlanFile.read(made["plan"]).open(desk.keyring, manifest.terms)
    assert list(plan.graded) == made["graded"]
    # Wherever an item lies now, it is the one of which the answer is known.
    numbers = {item: int(manifest.items[item].uri.rpartition("-")[2]) for item in plan.known}
    assert {numbers[item]: answer for item, answer in plan.known.items()} == RIGHT
    assert len(plan.gold(made["graded"][0])) == 10


def test_plan__anywhere_on_the_disk__shows_no_answer(desk: Desk, shell: Shell) -> None:
    known = desk.known(RIGHT)
    plan = Path(desk.plan(known)["plan"])
    assert plan.stat().st_mode & 0o777 == 0o600 and plan.parent.stat().st_mode & 0o777 == 0o700
    known.unlink()
    told = {file for file in shell.folder.rglob("*") if file.is_file() and b"certainly" in file.read_bytes()}
    # What may be answered stands in the manifest, of no item.
    assert told == {desk.draft, desk.manifest}


def test_plan__by_accuracy__is_computed(desk: Desk) -> None:
    by = ["--accuracy", "0.90", "--share", "1/2", "--reward", "0.50", "--stake"]
    made = desk.plan(desk.known(RIGHT), *by, "2")
    assert (made["test"]["counts"], made["test"]["allowed"]) == ([5, 5], 3)
    desk.manifest.unlink()
    shutil.rmtree(desk.shell.home / "plans")
    kind, message = desk.refused(RIGHT, *by, "0.50")
    assert kind == "NoTestFits" and "of a reward per label" in message


def test_plan__counts_of_classes__each_its_own(desk: Desk) -> None:
    counts = ["--count", "6", "--count", "certainly benign=4", "--allowed", "3"]
    test = desk.plan(desk.known(RIGHT), *counts, "--opening-period", "2d", "--dispute-period", "5d")["test"]
    assert dict(zip(test["classes"], test["counts"], strict=True)) == {CLASSES[0]: 4, CLASSES[1]: 6}
    assert (test["opening_period"], test["dispute_period"]) == (2 * 86_400, 5 * 86_400)


def test_plan__classes_that_are_no_texts__are_named_as_json(desk: Desk) -> None:
    desk.write_draft({"enum": [{"grade": 1}, {"grade": 2}]})
    known = desk.known({number: {"grade": 1 + number % 2} for number in range(14)}, "known.jsonl")
    test = desk.plan(known, "--count", '{"grade":1}=4', "--count", "6", "--allowed", "3")["test"]
    assert {each["grade"]: count for each, count in zip(test["classes"], test["counts"], strict=True)} == {1: 4, 2: 6}


def test_plan__schema_that_lists_no_labels__classes_are_the_answers(desk: Desk) -> None:
    desk.write_draft({"type": "integer"})
    made = desk.plan(desk.known({number: number % 2 for number in range(14)}))
    assert sorted(made["test"]["classes"]) == [0, 1]


def test_plan__fewer_answers_than_asked_for__says_what_is_missing(desk: Desk) -> None:
    given = ["--manifest", desk.draft, "--known", desk.known(RIGHT), "--batch-size", 20, "-o", desk.manifest]
    made = desk.shell.run("test", "plan", *given, *TERMS, "--share", "1")
    assert made.exit_code == 0
    assert "fewer batches can be tested than was asked for: there lack 3 certainly" in made.stderr
    assert "known.csv is not encrypted" in made.stderr and "keep a copy" in made.stdout


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ({**RIGHT, 3: "unclear"}, "LabelOutsideSchema", "known.csv, line 5: item 3: "),
        ({**RIGHT, 40: CLASSES[0]}, "UnknownItem", "item 40 is not one of the 40 items"),
        (dict.fromkeys(range(14), CLASSES[0]), "TooFewKnownItems", "5 of 'certainly malignant' (0 known)"),
        ({number: RIGHT[number] for number in range(9)}, "TooFewKnownItems", "5 of 'certainly malignant' (4 known)"),
        ({}, "TooFewKnownItems", "5 of 'certainly benign' (0 known)"),
    ],
)
def test_plan__gold_that_tests_nothing__refused(desk: Desk, answers: dict[int, Any], kind: str, said: str) -> None:
    found, message = desk.refused(answers)
    assert found == kind and said in message


def test_plan__one_class_alone_where_the_schema_lists_none__refused(desk: Desk) -> None:
    desk.write_draft({"type": "string"})
    assert desk.refused(dict.fromkeys(range(14), "benign"))[0] == "BadClasses"


def test_plan__item_that_has_two_answers__refused(desk: Desk) -> None:
    file = desk.shell.folder / "twice.csv"
    file.write_text("item,label\n0,certainly benign\n0,certainly malignant\n")
    told = desk.plan(file, code=failures.REFUSED)
    assert told["type"] == "LabelError" and "item 0 has a label already" in told["message"]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["--count", "5", "--allowed", "5"], "ConstantAnswerPasses"),
        (["--count", "5", "--allowed", "0"], "ExpertsFail"),
        (["--count", "4", "--allowed", "2"], "BadTestSize"),
        (["--count", "11", "--allowed", "4"], "BadTestSize"),
        (["--count", "5"], "UsageError"),
        (["--allowed", "5"], "UsageError"),
        (["--accuracy", "0.9"], "UsageError"),
        (["--accuracy", "0.9", "--reward", "1", "--stake", "1u"], "UsageError"),
        (["--accuracy", "0.9", "--reward", "0", "--stake", "1"], "UsageError"),
        (["--accuracy", "0.9", "--reward", "1", "--stake", "4", "--count", "5"], "UsageError"),
        (["--count", "certainly benign=5", "--allowed", "4"], "UsageError"),
        (["--count", "benign=x", "--allowed", "4"], "UsageError"),
        ([*TERMS, "--share", "half"], "ArgumentError"),
    ],
)
def test_plan__terms_that_cannot_be__refused(desk: Desk, options: list[str], kind: str) -> None:
    code = failures.USAGE if kind == "UsageError" else failures.REFUSED
    assert desk.refused(RIGHT, *options, code=code)[0] == kind


def test_plan__items_that_tell_their_answers__refused(desk: Desk) -> None:
    items = [Item.of(f"ipfs://{RIGHT.get(n, 'other').split()[-1]}/{n}", b"%d" % n) for n in range(40)]
    desk.draft.write_bytes(Manifest("Is it malignant?", {"enum": CLASSES}, items, "CC0-1.0").to_bytes())
    assert desk.refused(RIGHT)[0] == "AnswersInManifest"


def test_plan__wrong_password__refused(desk: Desk) -> None:
    told = desk.plan(desk.known(RIGHT), code=failures.REFUSED, GOLDLEAF_PASSWORD="wrong horse")
    assert told["type"] == "WrongPassword" and not desk.manifest.exists()


def test_plan__file_in_the_store__refused(desk: Desk, shell: Shell) -> None:
    store = shell.folder / "store"
    store.mkdir()
    known = desk.known(RIGHT)
    for name in (str(store), f"file://{store}"):
        options = [*TERMS, "--plan", store / "plan.json"]
        told = desk.plan(known, *options, code=failures.USAGE, GOLDLEAF_STORE=name)
        assert "which others read" in told["message"] and not list(store.iterdir())
    made = desk.plan(known, *TERMS, "--plan", shell.folder / "plan.json")
    assert made["plan"] == str(shell.folder / "plan.json") and not (shell.home / "plans").exists()
    told = desk.plan(known, *TERMS, "--plan", shell.folder / "none" / "plan.json", code=failures.USAGE)
    assert "there is no folder" in told["message"]


def test_open_task__other_batches_than_planned__refused_before_anything_is_sent(desk: Desk) -> None:
    desk.plan(desk.known(RIGHT))
    terms = ["--manifest", desk.manifest, "--reward", "1", "--stake", "2", "--deadline", "14d"]
    told = desk.shell.json("task", "open", *terms, "--batch-size", "40", code=failures.REFUSED)
    assert told["type"] == "BadBatchSize" and "is 40, must be 20, as in the plan of its test" in told["message"]
    told = desk.shell.json("task", "open", *terms, "--batch-size", "20", code=failures.NODE)
    assert told["type"] == "Unreachable"


@pytest.mark.parametrize("options", [["--uri", "ipfs://x"], ["--hash", "0x" + "11" * 32], []])
def test_dispute__evidence_that_is_told_twice_or_not_there__refused(shell: Shell, options: list[str]) -> None:
    told = shell.json("test", "dispute", "1/0", "3", "--evidence", "nowhere.txt", *options, code=failures.USAGE)
    assert ("--uri" if options else "nowhere.txt: No such file") in told["message"]
