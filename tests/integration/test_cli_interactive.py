"""Labelling at a terminal, on a real node: what is shown, saved, taken up again, and committed."""

import json
from collections.abc import Iterator

import pytest

from goldleaf_tools.cli import failures
from tests.chains import anvil
from tests.integration.town import Town
from tests.terminal import Terminal

pytestmark = pytest.mark.anvil

TERMS = ("--reward", "1", "--stake", "10", "--batch-size", "4", "--tolerance-bps", "2500", "--redundancy", "2")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with anvil() as chain:
        town = Town(chain, tmp_path_factory.mktemp("town"))
        for name in ("requester", "alice"):
            town.settle_in(name)
        yield town


@pytest.fixture(scope="module")
def mine(town: Town) -> str:
    """A submission of four items: three texts, of which one wants to look like a command, and a picture."""
    items = town.folder / "items"
    items.mkdir()
    for number, content in enumerate(
        (b"Sales rose.\nAgain.", b"\x89PNG\r\n\x1a\n\x00", b"Mill closes", b"[1]: \t$(rm)\xc2\x9b2J")
    ):
        (items / f"{number}").write_bytes(content)
    guidelines = town.folder / "guidelines.txt"
    guidelines.write_text("Good or bad?\nBe fair.")
    manifest = town.folder / "news.json"
    given = ("--guidelines", guidelines, "--class", "good", "--class", "bad", "--licence", "CC0-1.0")
    town.run("requester", "manifest", "make", items, *given, "--output", manifest)
    opening = ("task", "open", "--manifest", manifest, *TERMS, "--deadline", "14d", "--deposit", "--accept-small-court")
    task = town.do("requester", *opening)["task"]
    town.do("alice", "take", task, "--slot", 0, "--deposit")
    return f"{task}/0"


def press(terminal: Terminal, title: str, key: str) -> None:
    """Waits for the question about an item, and types a key, and Enter, as people do where none is needed."""
    seen = len(terminal.text)
    terminal.answer("q: save and quit]: ", key)
    assert title in terminal.text[seen:]


def test_label__at_a_terminal__saves_each_goes_on_and_is_committed(town: Town, mine: str) -> None:
    first = town.sit("alice", "label", mine, "--interactive")
    press(first, "Item 0: 0 of 4 are labelled", "1")
    press(first, "Item 1: 1 of 4 are labelled", "s")
    press(first, "Item 2: 1 of 4 are labelled", "2")
    press(first, "Item 3: 2 of 4 are labelled", "q")
    assert first.end() == failures.OK, first.text
    for shown in (
        "Good or bad?",
        "Be fair.",
        "  Sales rose.\r\n  Again.",
        "  file://",
        "  [1]: \\t$(rm)\\x9b2J",
        "2 of 4 are labelled, and saved",
    ):
        assert shown in first.text, shown
    assert "\x9b" not in first.text
    [draft] = (town.folder / "home" / "drafts").glob("*/*.jsonl")
    assert draft.stat().st_mode & 0o077 == 0
    assert [json.loads(line) for line in draft.read_bytes().splitlines()] == [
        {"item": 0, "label": "good"},
        {"item": 2, "label": "bad"},
    ]
    # Nothing can be committed of it yet.
    assert town.run("alice", "commit", mine, "--yes", code=failures.REFUSED)["type"] == "LabelsForgotten"

    again = town.sit("alice", "label", mine, "-i")
    press(again, "Item 1: 2 of 4 are labelled", "b")
    press(again, 'So far: "good"', "2")
    press(again, "Item 1: 2 of 4 are labelled", "1")
    press(again, "Item 3: 3 of 4 are labelled", "1")
    assert again.end() == failures.OK, again.text
    assert f"goldleaf commit {mine}" in again.text
    town.do("alice", "commit", mine)
    kept = [path.read_bytes() for path in (town.folder / "home" / "labels").iterdir()]
    lines = [json.loads(line)["label"] for line in kept[0].splitlines()]
    assert len(kept) == 1 and lines == ["bad", "good", "bad", "good"]


def test_label__no_terminal_or_both_ways__is_wrong_usage(town: Town, mine: str) -> None:
    told = town.spawn("alice", "label", mine, "--interactive", code=failures.USAGE).stderr
    assert "--interactive needs a terminal" in told
    town.run("alice", "label", mine, "--interactive", code=failures.USAGE)
    assert (
        "give either FILE|FOLDER or --interactive" in town.run("alice", "label", mine, code=failures.USAGE)["message"]
    )
    town.run("alice", "label", mine, "labels.csv", "--interactive", code=failures.USAGE)
