"""`goldleaf test design` and `goldleaf test pilot`: tests by numbers, none of which needs a node."""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from goldleaf import Item, Manifest, testing
from goldleaf_tools.cli import failures
from tests.shell import Shell
from tests.standards import DATA

EASY = ["--accuracy", "0.80", "--stake", "4", "--batch-size", "40"]
MARKET = ["--stake", "4", "--batch-size", "100"]
MAMMO = [DATA / "mammo" / "answers.csv", DATA / "mammo" / "gold.csv"]


def design(shell: Shell, *options: object, code: int = 0) -> Any:
    return shell.json("test", "design", *options, code=code, GOLDLEAF_DEPLOYMENT=None, GOLDLEAF_ACCOUNT=None)


def pilot(shell: Shell, *options: object, code: int = 0) -> Any:
    return shell.json("test", "pilot", *options, code=code, GOLDLEAF_DEPLOYMENT=None, GOLDLEAF_ACCOUNT=None)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


# ---------------------------------------------------------------- design


def test_design__as_json__is_what_the_library_computes(shell: Shell) -> None:
    found = design(shell, "--classes", 2, *EASY, "--items", 1000)
    expected = testing.design(classes=2, accuracy="0.80", stake=4, reward=1, share="1/2", batch_size=40)
    assert (found["counts"], found["allowed"]) == ([9, 9], 7) == (list(expected.counts), expected.allowed)
    assert found["expert"] == {
        "accuracy": 0.8,
        "passes": float(1 - expected.chance_to_fail("0.80")),
        "income": float(expected.expert),
    }
    incomes = [found[name] for name in ("half_informed", "random", "even", "constant")]
    assert incomes == [float(getattr(expected, name)) for name in ("half_informed", "random", "even", "constant")]
    assert incomes[1:] == sorted(incomes[1:], key=lambda each: (each == -1.5, each)) and max(incomes[1:]) <= -0.5
    assert [point["accuracy"] for point in found["power"]] == [step / 20 for step in range(10, 21)]
    # 25 batches, of which every second one is graded.
    assert found["known_items"] == {
        "graded_batch": 18,
        "batches": 25,
        "graded_batches": 13,
        "each_class": 117,
        "all": 234,
        "share_of_labels": 0.225,
    }
    chance = expected.chance_to_fail("0.80") / 2
    assert found["worst_loss"] == {"stake": 160.0, "pay": 40.0, "chance": float(chance)}


def test_design__for_people__says_whom_it_keeps_and_what_to_do_next(shell: Shell) -> None:
    shown = shell.run("test", "design", "--classes", 2, *EASY, "--items", 1010)
    assert shown.exit_code == 0
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert "known items 18 in a graded batch: 9 of each of 2 classes" in lines
    assert "least expert right on 80.0 %: passes 98.4 % of tests, earns 0.96 rewards a label" in lines
    assert "one answer to all fails every test, be it the commonest: earns -1.50 rewards a label" in lines
    assert any(line.startswith("worst loss of a submission: the stake, 160 rewards, and the pay") for line in lines)
    assert "to know in all 234 items, of 13 graded batches: 117 of each class" in lines
    assert "70.0 % 85.9 % 0.65" in lines
    assert "`goldleaf test plan --count 9 --allowed 7 --batch-size 40 --share 1/2`" in shown.stdout
    assert "1,010 items are no whole batches of 40: a tested task has 1,000" in shown.stderr


def test_design__manifest__gives_classes_and_items(shell: Shell) -> None:
    items = [Item.of(f"ipfs://image-{number}", b"%d" % number) for number in range(200)]
    draft = shell.folder / "draft.json"
    draft.write_bytes(Manifest("Which?", {"enum": ["a", {"b": 1}, 3]}, items, "CC0-1.0").to_bytes())
    found = design(shell, "--manifest", draft, "--accuracy", "0.9", "--stake", "4", "--batch-size", "40")
    assert found["classes"] == ["a", '{"b":1}', "3"] and len(found["counts"]) == 3
    assert found["known_items"]["batches"] == 5
    draft.write_bytes(Manifest("Which?", {"type": "string"}, items, "CC0-1.0").to_bytes())
    told = design(shell, "--manifest", draft, *EASY, code=failures.USAGE)
    assert "its label schema lists no labels" in told["message"]


def test_design__amounts__only_their_ratio_counts(shell: Shell) -> None:
    in_rewards = design(shell, "--classes", 2, *EASY)
    options = ["--classes", 2, "--accuracy", "0.80", "--batch-size", 40]
    assert design(shell, *options, "--stake", "2", "--reward", "0.50") == in_rewards
    assert design(shell, *options, "--stake", "2000000u", "--reward", "500000u") == in_rewards


def test_design__chance_to_pass__is_kept(shell: Shell) -> None:
    found = design(shell, "--classes", 2, "--accuracy", "0.7", "--passes", "0.99", "--stake", "4", "--batch-size", 200)
    assert found["expert"]["passes"] >= 0.99
    assert sum(found["counts"]) > sum(
        design(shell, "--classes", 2, "--accuracy", "0.7", "--stake", "4", "--batch-size", 200)["counts"]
    )


@pytest.mark.parametrize(
    ("options", "said", "advised"),
    [
        # A hard question with two answers.
        (["--accuracy", "0.6", "--stake", "4", "--batch-size", "40"], "the expert keeps -0.011", "79.0 % or more"),
        # Little at stake.
        (["--accuracy", "0.8", "--stake", "1", "--batch-size", "40"], "gets 0.000 of a reward", "a stake of 4 rewards"),
        (["--accuracy", "0.75", "--stake", "4", "--batch-size", "40"], "with 20 known items", "batches of 64 labels"),
        (
            ["--accuracy", "0.8", "--stake", "4", "--batch-size", "40", "--share", "0.2"],
            "0.000",
            "of the batches graded",
        ),
        (["--accuracy", "0.52", "--stake", "1", "--batch-size", "40"], "0.000", "audited instead"),
        (["--accuracy", "0.8", "--stake", "4", "--batch-size", "12"], "has no room for 10", "batches of 36 labels"),
    ],
    ids=range(6),
)
def test_design__none_fits__says_what_to_change_and_fails(
    shell: Shell, options: list[str], said: str, advised: str
) -> None:
    told = design(shell, "--classes", 2, *options, code=failures.REFUSED)
    assert told["type"] == "NoTestFits" and said in told["message"] and advised in told["advice"]
    shown = shell.run("test", "design", "--classes", 2, *options)
    assert shown.exit_code == failures.REFUSED and shown.stdout == "" and advised in shown.stderr


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["--accuracy", "0.8", "--stake", "4", "--batch-size", "40"], "UsageError"),
        (["--classes", "1", *EASY], "UsageError"),
        (["--classes", "17", *EASY], "UsageError"),
        (["--classes", "2", *EASY, "--manifest", "draft.json"], "UsageError"),
        (["--classes", "2", *EASY, "--batch-size", "4097"], "UsageError"),
        (["--classes", "2", *EASY, "--stake", "4u"], "UsageError"),
        (["--classes", "2", *EASY, "--stake", "4u", "--reward", "1"], "UsageError"),
        (["--classes", "2", *EASY, "--reward", "0"], "UsageError"),
        (["--classes", "2", *EASY, "--plot", "power.gif"], "UsageError"),
        (["--classes", "2", *EASY, "--plot", "nowhere/power.svg"], "UsageError"),
        (["--classes", "2", *EASY, "--stake", "0"], "ArgumentError"),
        (["--classes", "2", *EASY, "--share", "0"], "ArgumentError"),
        (["--classes", "2", *EASY, "--share", "1e-999999999"], "ArgumentError"),
        (["--classes", "2", *EASY, "--accuracy", "0.5"], "ArgumentError"),
        (["--classes", "2", *EASY, "--passes", "2"], "ArgumentError"),
    ],
    ids=range(15),
)
def test_design__nonsense__refused(shell: Shell, options: list[str], kind: str) -> None:
    code = failures.USAGE if kind == "UsageError" else failures.REFUSED
    assert design(shell, *options, code=code)["type"] == kind


def test_design__plot__is_drawn(shell: Shell) -> None:
    drawn = shell.folder / "power.svg"
    assert design(shell, "--classes", 2, *EASY, "--plot", drawn)["plot"] == str(drawn)
    assert drawn.read_bytes().startswith(b"<?xml")


def test_design__plot_without_the_extra__says_what_to_install(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "goldleaf_tools.standards.plot", raising=False)
    told = design(shell, "--classes", 2, *EASY, "--plot", shell.folder / "power.svg", code=failures.REFUSED)
    assert told["type"] == "MissingExtra" and "goldleaf-tools[audit]" in told["message"]
    # Without a picture it needs nothing.
    assert design(shell, "--classes", 2, *EASY)["allowed"] == 7


# ---------------------------------------------------------------- pilot


def test_pilot__radiologists__proposes_whom_to_keep_and_the_test(shell: Shell) -> None:
    found = pilot(shell, *MAMMO, *MARKET, "--items", "1000")
    assert found["trial"]["standard"] == {
        "annotator": "rad08",
        "accuracy": 0.75,
        "low": 0.691,
        "high": 0.818,
        "kept": 7,
        "fails_at_low": found["trial"]["standard"]["fails_at_low"],
        "fails_at_high": found["trial"]["standard"]["fails_at_high"],
    }
    assert found["trial"]["is_told"] and found["trial"]["answers_needed"] is None
    assert found["trial"]["called"]["suspicious"] == {"not_suspicious": 241, "suspicious": 479, "": 0}
    # The same as by numbers.
    typed = design(shell, "--classes", 2, "--accuracy", "0.75", *MARKET, "--items", "1000")
    assert (found["counts"], found["allowed"], found["power"]) == (typed["counts"], typed["allowed"], typed["power"])
    # What each of them would pass follows from what they recognized.
    for one in found["trial"]["people"]:
        recognized = [Fraction(round(120 * one["by_class"][0]), 120), Fraction(round(80 * one["by_class"][1]), 80)]
        fails = testing.chance_to_fail_by_class(found["counts"], found["allowed"], recognized)
        assert one["passes"] == float(1 - fails)


def test_pilot__for_people__tells_classes_and_people(shell: Shell) -> None:
    shown = shell.run("test", "pilot", *MAMMO, *MARKET)
    lines = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert "judged 9 people on 200 known items, the best 7 to be kept" in lines
    assert "of all its answers 78.5 % are right, classes as they come" in lines
    assert "tested for 69.1 % 50 known items in a graded batch, 22 errors pass" in lines
    assert "suspicious 66.5 % not_suspicious, 33.5 %" in lines
    assert "rad06 170 of 200 84.6 % 78.6 % to 89.4 % 100.0 % 1.00" in lines
    assert "least expert right on 75.0 %: passes 98.4 % of tests, earns 0.96 rewards a label" in lines


def test_pilot__too_few_answers__says_how_many_it_takes(shell: Shell) -> None:
    weather = [DATA / "weather" / "answers.csv", DATA / "weather" / "gold.csv"]
    shown = shell.run("test", "pilot", *weather, *MARKET)
    assert shown.exit_code == 0
    assert "the trial is too small to tell: w075 may be right on 25.4 % only, and would fail 71.0 %" in shown.stderr
    assert "54 people have answered too few known items to be judged" in shown.stderr
    # One class nobody knows: that is no fault of theirs.
    assert "cannot_tell was recognized in 13.9 % of answers alone" in shown.stderr
    assert "and 36 more: --json has all" in shown.stdout
    found = pilot(shell, *weather, *MARKET)["trial"]
    assert not found["is_told"] and found["answers_needed"] == 19


def test_pilot__hard_question_with_two_answers__no_test_and_says_so(shell: Shell) -> None:
    birds = [DATA / "bluebirds" / "answers.csv", DATA / "bluebirds" / "gold.csv"]
    told = pilot(shell, *birds, *MARKET, code=failures.REFUSED)
    assert told["type"] == "NoTestFits" and "the least of 30 people to keep is w31" in told["message"]
    assert "keeping those alone who are right on 70.0 % or more" in told["advice"]
    few = pilot(shell, *birds, *MARKET, "--keep", "1/4")
    assert few["trial"]["standard"]["accuracy"] >= 0.7


def test_pilot__people_who_guess__refused(shell: Shell) -> None:
    rows = [f"ann,{item},{'up' if item % 4 < 2 else 'down'}" for item in range(40)]
    answers = write(shell.folder / "answers.csv", "annotator,item,label\n" + "\n".join(rows))
    known = [f"{item},{'up' if item % 2 else 'down'}" for item in range(40)]
    gold = write(shell.folder / "gold.csv", "item,label\n" + "\n".join(known))
    told = pilot(shell, answers, gold, *MARKET, code=failures.REFUSED)
    assert told["type"] == "TrialError" and "chance does in 50.0 %" in told["message"]


def test_pilot__classes_of_a_manifest__hold_the_gold(shell: Shell) -> None:
    items = [Item.of(f"ipfs://image-{number}", b"%d" % number) for number in range(400)]
    draft = shell.folder / "draft.json"
    draft.write_bytes(Manifest("?", {"enum": ["suspicious", "not_suspicious"]}, items, "CC0-1.0").to_bytes())
    found = pilot(shell, *MAMMO, *MARKET, "--manifest", draft)
    assert found["classes"] == ["suspicious", "not_suspicious"] and found["known_items"]["batches"] == 4
    draft.write_bytes(Manifest("?", {"enum": ["suspicious", "clear"]}, items, "CC0-1.0").to_bytes())
    told = pilot(shell, *MAMMO, *MARKET, "--manifest", draft, code=failures.REFUSED)
    assert told["type"] == "LabelOutsideSchema" and "gold.csv, line 2" in told["message"]


def test_pilot__hostile_file__is_a_sentence_with_its_line_and_moves_no_cursor(shell: Shell) -> None:
    rows = "annotator,item,label\n\x1b[2Jann,case001,suspicious\n\x1b[2Jann,case001,suspicious\n"
    answers = write(shell.folder / "answers.csv", rows)
    shown = shell.run("test", "pilot", answers, MAMMO[1], *MARKET)
    assert shown.exit_code == failures.REFUSED
    assert "answers.csv, line 3" in shown.stderr and shown.stderr[:-1].isprintable()
    told = pilot(shell, shell.folder / "nowhere.csv", MAMMO[1], *MARKET, code=failures.REFUSED)
    assert told["type"] == "LabelError" and "nowhere.csv" in told["message"]


def test_pilot__names_that_are_hostile__move_no_cursor_where_they_are_listed(shell: Shell) -> None:
    people = {"rad08": "\x1b[2Jrad\u202e", "rad06": '=cmd()"'}
    text = MAMMO[0].read_text()
    for name, hostile in people.items():
        text = text.replace(f"{name},", '"' + hostile.replace('"', '""') + '",')
    answers = write(shell.folder / "answers.csv", text)
    shown = shell.run("test", "pilot", answers, MAMMO[1], *MARKET)
    assert shown.exit_code == 0
    assert all(line.replace("\t", "").isprintable() for line in shown.stdout.splitlines())
    assert json.dumps(pilot(shell, answers, MAMMO[1], *MARKET)["trial"]["standard"]).isascii()
