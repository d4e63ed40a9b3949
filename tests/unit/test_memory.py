"""What is under way: kept in private files, one for each thing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldleaf import errors
from goldleaf_tools.errors import LoosePermissions
from goldleaf_tools.keys import write_private
from goldleaf_tools.memory import Labels, Memory, PlannedChallenge

LABELS = Labels(5 << 64 | 7, b"\x01" * 32, "ipfs://labels")
SEAL = PlannedChallenge(5 << 64 | 8, (1, 4000), 2, b"\x02" * 32, "ipfs://evidence", 0.75, 10**21)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory")


def only_file(memory: Memory) -> Path:
    [path] = memory.folder.iterdir()
    return path


def test_remember__labels_and_challenges__told_by_another_program(memory: Memory) -> None:
    other = PlannedChallenge(SEAL.submission, (1, 4000))
    for thing in (LABELS, SEAL, other):
        memory.remember(thing)
    again = Memory(memory.folder)
    assert again.labels(LABELS.submission) == [LABELS]
    assert set(again.planned()) == {SEAL, other}


@pytest.mark.parametrize(
    "later",
    [
        replace(LABELS, root=b"\x03" * 32),
        replace(LABELS, uri="ipfs://other"),
        replace(LABELS, commitment=b"\x04" * 32),
        replace(LABELS, commitment=None),
    ],
)
def test_remember__other_labels_of_the_submission__earlier_ones_are_kept(memory: Memory, later: Labels) -> None:
    sealed = replace(LABELS, commitment=b"\x05" * 32)
    for labels in (sealed, later, later):
        memory.remember(labels)
    memory.set_draft(replace(LABELS, uri="ipfs://draft"))
    assert {sealed, later} < set(memory.labels(LABELS.submission))
    assert len(memory.labels(LABELS.submission)) == 3


def test_labels__of_another_submission__not_among_them(memory: Memory) -> None:
    for submission in (LABELS.submission, int(f"{LABELS.submission}1"), 1):
        memory.remember(replace(LABELS, submission=submission))
    assert memory.labels(LABELS.submission) == [LABELS]


def test_labels__file_of_an_earlier_version__still_read(memory: Memory) -> None:
    memory.remember(LABELS)
    path = only_file(memory)
    content = json.loads(path.read_text())
    del content["commitment"]
    write_private(path.with_name(f"labels-{LABELS.submission}.json"), json.dumps(content).encode())
    path.unlink()
    assert memory.labels(LABELS.submission) == [LABELS]


def test_draft__made_twice__the_later(memory: Memory) -> None:
    assert memory.draft(LABELS.submission) is None
    later = replace(LABELS, uri="ipfs://other")
    for labels in (LABELS, later):
        memory.set_draft(labels)
    memory.remember(LABELS)
    assert memory.draft(LABELS.submission) == later


def test_remember__written__for_its_owner_alone(memory: Memory) -> None:
    memory.remember(LABELS)
    assert only_file(memory).stat().st_mode & 0o777 == 0o600
    assert memory.folder.stat().st_mode & 0o777 == 0o700


def test_memory__nothing_remembered__nothing_and_no_folder(memory: Memory) -> None:
    assert memory.labels(1) == []
    assert memory.draft(1) is None
    assert memory.planned() == memory.filed() == []
    assert not memory.folder.exists()


def test_file__remembered__counted_among_the_filed(memory: Memory) -> None:
    memory.remember(SEAL)
    memory.file(SEAL)
    assert (memory.planned(), memory.filed()) == ([], [SEAL])


def test_forget__remembered_or_not__gone(memory: Memory) -> None:
    memory.remember(SEAL)
    for _ in range(2):
        memory.forget(SEAL)
    assert memory.planned() == memory.filed() == []


GOOD = {"labels": replace(LABELS, uri="ipfs://good"), "seal": replace(SEAL, attempt=9)}


def read(memory: Memory, thing: Labels | PlannedChallenge) -> list[Any]:
    return memory.labels(LABELS.submission) if isinstance(thing, Labels) else memory.planned()


@pytest.mark.parametrize("thing", [LABELS, SEAL], ids=["labels", "seal"])
def test_memory__others_may_read_a_file__passed_over_with_the_fix(memory: Memory, thing: Any) -> None:
    memory.remember(thing)
    path = only_file(memory)
    path.chmod(0o640)
    good = GOOD["labels" if isinstance(thing, Labels) else "seal"]
    memory.remember(good)
    with pytest.warns(errors.GoldleafWarning, match=f"chmod 600 {path}"):
        assert read(memory, thing) == [good]


def test_remember__others_may_enter_the_folder__refused_with_the_fix(memory: Memory) -> None:
    memory.remember(SEAL)
    memory.folder.chmod(0o755)
    with pytest.raises(LoosePermissions, match=f"chmod 700 {memory.folder}"):
        memory.remember(LABELS)


# Python reads what is as deep as this, unless its stack is used already.
DEEP = b'{"version": 1, "x": ' + b"[" * 101 + b"]" * 101 + b"}"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"{}", b'{"version": 2}', b"\xff", b"[" * 4000, DEEP, b'"text"', b"1"]
)
@pytest.mark.parametrize("thing", [LABELS, SEAL], ids=["labels", "seal"])
def test_memory__damaged_file__named_and_the_others_are_read(memory: Memory, thing: Any, content: bytes) -> None:
    memory.remember(thing)
    path = only_file(memory)
    write_private(path, content)
    good = GOOD["labels" if isinstance(thing, Labels) else "seal"]
    memory.remember(good)
    with pytest.warns(errors.GoldleafWarning, match=path.name):
        assert read(memory, thing) == [good]


@pytest.mark.parametrize(
    "change",
    [
        *({name: None} for name in ("submission", "items", "attempt", "evidence")),
        {"version": 2},
        {"evidence": "0x02"},
        {"items": "all"},
    ],
)
def test_seals__field_is_something_else__named_and_the_others_are_read(memory: Memory, change: dict[str, Any]) -> None:
    memory.remember(SEAL)
    path = only_file(memory)
    write_private(path, json.dumps({**json.loads(path.read_text()), **change}).encode())
    memory.remember(GOOD["seal"])
    with pytest.warns(errors.GoldleafWarning, match=path.name):
        assert memory.planned() == [GOOD["seal"]]


@pytest.mark.parametrize("field", ["submission", "items", "attempt", "evidence", "uri"])
def test_seals__field_is_missing__named(memory: Memory, field: str) -> None:
    memory.remember(SEAL)
    path = only_file(memory)
    content = json.loads(path.read_text())
    del content[field]
    write_private(path, json.dumps(content).encode())
    with pytest.warns(errors.GoldleafWarning, match=path.name):
        assert memory.planned() == []


def test_remember__what_is_written__holds_no_salt(memory: Memory) -> None:
    memory.remember(SEAL)
    assert json.loads(only_file(memory).read_text()) == {
        "version": 1,
        "submission": str(SEAL.submission),
        "items": [1, 4000],
        "attempt": 2,
        "evidence": "0x" + "02" * 32,
        "uri": "ipfs://evidence",
        "chance": 0.75,
        "bond": str(10**21),
    }


def test_seals__file_of_an_earlier_version__neither_chance_nor_bond(memory: Memory) -> None:
    memory.remember(SEAL)
    path = only_file(memory)
    content = json.loads(path.read_text())
    del content["chance"], content["bond"]
    write_private(path, json.dumps(content).encode())
    assert memory.planned() == [replace(SEAL, chance=None, bond=None)]
