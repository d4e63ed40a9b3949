"""What is under way: kept in private files, one for each thing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldleaf import errors
from goldleaf.keys import write_private
from goldleaf.memory import Labels, Memory, Seal

LABELS = Labels(5 << 64 | 7, b"\x01" * 32, "ipfs://labels")
SEAL = Seal(5 << 64 | 8, (1, 4000), 2, b"\x02" * 32, "ipfs://evidence", 0.75, 10**21)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory")


def only_file(memory: Memory) -> Path:
    [path] = memory.folder.iterdir()
    return path


def test_remember__labels_and_challenges__told_by_another_program(memory: Memory) -> None:
    other = Seal(SEAL.submission, (1, 4000))
    for thing in (LABELS, SEAL, other):
        memory.remember(thing)
    again = Memory(memory.folder)
    assert again.labels(LABELS.submission) == LABELS
    assert set(again.seals()) == {SEAL, other}


def test_remember__twice__the_later(memory: Memory) -> None:
    memory.remember(LABELS)
    later = Labels(LABELS.submission, b"\x03" * 32, "ipfs://other")
    memory.remember(later)
    assert memory.labels(LABELS.submission) == later
    assert only_file(memory).stat().st_mode & 0o777 == 0o600
    assert memory.folder.stat().st_mode & 0o777 == 0o700


def test_memory__nothing_remembered__nothing_and_no_folder(memory: Memory) -> None:
    assert memory.labels(1) is None
    assert memory.seals() == memory.filed() == []
    assert not memory.folder.exists()


def test_file__remembered__counted_among_the_filed(memory: Memory) -> None:
    memory.remember(SEAL)
    memory.file(SEAL)
    assert (memory.seals(), memory.filed()) == ([], [SEAL])


def test_forget__remembered_or_not__gone(memory: Memory) -> None:
    memory.remember(SEAL)
    for _ in range(2):
        memory.forget(SEAL)
    assert memory.seals() == memory.filed() == []


def test_memory__others_may_read__refused_with_the_fix(memory: Memory) -> None:
    memory.remember(SEAL)
    path = only_file(memory)
    path.chmod(0o640)
    with pytest.raises(errors.LoosePermissions, match=f"chmod 600 {path}"):
        memory.seals()
    memory.folder.chmod(0o755)
    with pytest.raises(errors.LoosePermissions, match=f"chmod 700 {memory.folder}"):
        memory.remember(LABELS)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"version": 2}', b"\xff"])
@pytest.mark.parametrize("thing", [LABELS, SEAL], ids=["labels", "seal"])
def test_memory__damaged_file__refused_by_name(memory: Memory, thing: Any, content: bytes) -> None:
    memory.remember(thing)
    path = only_file(memory)
    write_private(path, content)
    with pytest.raises(errors.MemoryDamaged, match=path.name):
        memory.labels(LABELS.submission) if thing == LABELS else memory.seals()


@pytest.mark.parametrize("field", ["submission", "items", "attempt", "evidence", "uri"])
def test_seals__field_is_missing__refused_by_name(memory: Memory, field: str) -> None:
    memory.remember(SEAL)
    path = only_file(memory)
    content = json.loads(path.read_text())
    del content[field]
    write_private(path, json.dumps(content).encode())
    with pytest.raises(errors.MemoryDamaged, match=path.name):
        memory.seals()


@pytest.mark.parametrize("change", [{"version": 2}, {"evidence": "0x02"}, {"items": "all"}])
def test_seals__field_is_something_else__refused_by_name(memory: Memory, change: dict[str, Any]) -> None:
    memory.remember(SEAL)
    path = only_file(memory)
    write_private(path, json.dumps({**json.loads(path.read_text()), **change}).encode())
    with pytest.raises(errors.MemoryDamaged, match=path.name):
        memory.seals()


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
    assert memory.seals() == [replace(SEAL, chance=None, bond=None)]
