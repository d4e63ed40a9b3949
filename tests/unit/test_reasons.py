"""Reasons to refuse: texts that tell where and what, each kept as the bytes that the contracts revert with."""

import re
from collections import Counter
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"
SOURCES = {
    path.relative_to(CONTRACTS).as_posix(): path.read_text()
    for path in sorted(CONTRACTS.rglob("*.vy"))
    if "mocks" not in path.parts
}
# A reason's text is the comment before its constant, or after it on the same line.
REASON = re.compile(
    r'(?:^# "(?P<before>[^"\n]*)"\n)?^(?P<name>[A-Z][A-Z0-9_]*): constant\(bytes32\) = 0x(?P<bytes>[0-9a-fA-F]{64})'
    r'(?: +# "(?P<after>[^"\n]*)")?$',
    re.MULTILINE,
)


def reasons() -> list[tuple[str, str, str]]:
    """Name, bytes in hexadecimal digits, and text of each reason constant."""
    return [
        (match["name"], match["bytes"], match["before"] or match["after"])
        for source in SOURCES.values()
        for match in REASON.finditer(source)
    ]


def texts() -> list[str]:
    return [text for _, _, text in reasons()]


def test_reasons__of_the_contracts__are_found() -> None:
    """Nothing escapes the tests below: each constant of 32 bytes, hashes aside, is a reason with a text."""
    declared = sum(len(re.findall(r": constant\(bytes32\) = (?!keccak256)", source)) for source in SOURCES.values())
    assert len(reasons()) == declared > 80
    assert all(texts())


@pytest.mark.parametrize(("name", "digits", "text"), reasons(), ids=lambda value: value[:40])
def test_reasons__each__is_its_text_in_bytes(name: str, digits: str, text: str) -> None:
    assert bytes.fromhex(digits) == text.encode("ascii").rjust(32, b"\0")
    assert len(text) <= 32
    assert re.match(r"^[a-z]+: \S", text)


@pytest.mark.parametrize("name", [name for name, _, _ in reasons()])
def test_reasons__each__is_used_once(name: str) -> None:
    """A check that several functions share is a function of its own."""
    uses = sum(len(re.findall(rf"\b{name}\b", source)) for source in SOURCES.values())
    assert uses == 2, "its definition and one use"


def test_reasons__all__are_different() -> None:
    assert [text for text, count in Counter(texts()).items() if count > 1] == []
    assert [name for name, count in Counter(name for name, _, _ in reasons()).items() if count > 1] == []
