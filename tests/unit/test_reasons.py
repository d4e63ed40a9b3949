"""Reasons to refuse: texts that tell where and what, each kept as the bytes that the contracts revert with."""

import re
from collections import Counter

import pytest

from scripts.reasons import SOURCE, TARGET, constant_name, render
from tests.reasons import SOURCES, reasons, texts

# What two functions refuse for causes of their own, or pass over where they may.
USES = {"CHALLENGES_LABEL_WAS_SHOWN": 2, "SUBMISSIONS_NOT_PUBLISHED": 2}


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
    assert uses - 1 == USES.get(name, 1), "its definition, and so many uses"


def test_reasons__module__is_what_the_list_renders_to() -> None:
    """`make reasons` writes it."""
    listed = SOURCE.read_text(encoding="ascii").splitlines()
    assert TARGET.read_text(encoding="ascii") == render(listed)
    assert sorted(listed) == listed, "the list is sorted, so that two changes of it seldom conflict"


def test_reasons__constants__are_named_after_their_texts() -> None:
    assert [name for name, _, text in reasons() if name != constant_name(text)] == []
    assert constant_name("challenges: annotator's turn") == "CHALLENGES_ANNOTATOR_TURN"


@pytest.mark.parametrize(
    "texts",
    [["no area"], ["area:no space"], ["Area: capital"], ["area: longer than a word of 32 bytes"], ["a: twice"] * 2],
    ids=lambda texts: texts[0],
)
def test_render__what_is_no_reason__is_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match=texts[0]):
        render(texts)


def test_reasons__all__are_different() -> None:
    assert [text for text, count in Counter(texts()).items() if count > 1] == []
    assert [name for name, count in Counter(name for name, _, _ in reasons()).items() if count > 1] == []
