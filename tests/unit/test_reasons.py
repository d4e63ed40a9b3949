"""Reasons to refuse: texts that tell where and what, each kept as the bytes that the contracts revert with."""

import re
from collections import Counter

import pytest

from tests.reasons import SOURCES, reasons, texts


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
