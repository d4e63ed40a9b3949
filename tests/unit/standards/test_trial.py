"""Answers of a trial out of files that strangers wrote."""

from pathlib import Path

import pytest

from goldleaf.errors import LabelError, LabelOutsideSchema
from goldleaf_tools.errors import TrialError
from goldleaf_tools.standards import trial
from goldleaf_tools.standards.trial import read_trial
from tests.standards import DATA, answers_of

GOLD = b"item,label\na,up\nb,down\nc,up\nd,\n"
ANSWERS = (
    b"annotator,item,label\nann,a,up\nann,b,up\nann,c,down\nbob,a,down\nbob,b,sideways\nbob,c,\nbob,d,up\nbob,x,up\n"
)


def test_read_trial__answers_beside_gold__counts_what_was_called_what() -> None:
    found = read_trial(ANSWERS, GOLD)
    assert found.classes == ("down", "up") and found.known == (1, 2)
    # Rows are what is true, columns what was said: down, up, anything else.
    assert found.called == {"ann": ((0, 1, 0), (1, 1, 0)), "bob": ((0, 0, 1), (1, 0, 0))}
    assert found.pooled == ((0, 1, 1), (2, 1, 0))
    # Of items d and x nothing is known; an empty answer is none.
    assert found.left_out == 2


def test_read_trial__classes_that_are_given__in_their_order() -> None:
    assert read_trial(ANSWERS, GOLD, classes=["up", "down"]).known == (2, 1)
    with pytest.raises(TrialError, match="no known item of the trial is 'sideways'"):
        read_trial(ANSWERS, GOLD, classes=["up", "down", "sideways"])
    with pytest.raises(LabelOutsideSchema, match="line 3: item 'b': 'down' is none of"):
        read_trial(ANSWERS, GOLD, classes=["up", "over"])


@pytest.mark.parametrize(
    ("answers", "gold", "message"),
    [
        (ANSWERS + b"ann,b,down\n", GOLD, "line 10: 'ann' has answered item 'b' already, line 3"),
        # Also of what is not known.
        (ANSWERS + b"bob,x,down\n", GOLD, "line 10: 'bob' has answered item 'x' already, line 9"),
        (ANSWERS, GOLD + b"a,up\n", "line 6: item 'a' has a label already, by line 2"),
        (ANSWERS + b",b,up\n", GOLD, "line 10: no annotator"),
        (ANSWERS + b"ann, ,up\n", GOLD, "line 10: no item"),
        (ANSWERS + b"ann,y\n", GOLD, "line 10: 2 cells, but 3 columns"),
        (ANSWERS + b'ann,"y,up\n', GOLD, "line 10: a quotation mark is opened here and never closed"),
        (ANSWERS + b"ann,\xff,up\n", GOLD, "line 10: not UTF-8"),
        (ANSWERS + b"a" * 201 + b",y,up\n", GOLD, "line 10: the annotator has 201 characters, must have at most 200"),
        (ANSWERS, GOLD + b"y," + b"a" * 201 + b"\n", "line 6: the label has 201 characters"),
        (ANSWERS, b"item;label\na;up\n", "line 1: no column 'item'"),
        (b"", GOLD, "the file is empty"),
        (b"annotator,item\nann,a\n", GOLD, "line 1: no column 'label'"),
        (b"\x00" * 3_000_000, GOLD, "longer than 1048576 bytes"),
        # Also of blank ones.
        (b"annotator,item,label\n" + b"\n" * 300_000, GOLD, "line 300001: the file has more than 300000 lines"),
        (ANSWERS, b"item,label\n" + b"\n" * 300_000, "line 300001: the file has more than 300000 lines"),
    ],
    ids=range(16),
)
def test_read_trial__hostile_or_odd_file__refused_with_its_line(answers: bytes, gold: bytes, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_trial(answers, gold)


def test_read_trial__file_that_is_too_large__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_BYTES", len(ANSWERS))
    assert read_trial(ANSWERS, GOLD)
    with pytest.raises(LabelError, match=f"line 10: the file has more than {len(ANSWERS)} bytes"):
        read_trial(ANSWERS + b"\n", GOLD)


@pytest.mark.parametrize(
    ("answers", "gold", "message"),
    [
        (b"annotator,item,label\nann,x,up\n", GOLD, "none of the 1 answers is to an item that is known"),
        (b"annotator,item,label\n", GOLD, "none of the 0 answers"),
        (ANSWERS, b"item,label\na,up\n", "items are of 1 classes, and a test is for 2 to 16"),
        (ANSWERS, b"item,label\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(17)), "of 17 classes"),
    ],
)
def test_read_trial__that_tells_nothing__refused(answers: bytes, gold: bytes, message: str) -> None:
    with pytest.raises(TrialError, match=message):
        read_trial(answers, gold)


def test_read_trial__file_that_is_not_there__refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        read_trial(str(tmp_path / "nowhere.csv"), GOLD)


@pytest.mark.parametrize(
    ("name", "people", "classes"),
    [
        ("mammo", 9, (120, 80)),
        ("fin_crowd", 10, (121, 132, 96)),
        ("weather", 110, (9, 57, 70, 92, 72)),
        ("bluebirds", 39, (60, 48)),
        ("movie", 143, (245, 255)),
        ("adult", 269, (187, 61, 36, 49)),
    ],
)
def test_read_trial__real_sets__all_of_them(name: str, people: int, classes: tuple[int, ...]) -> None:
    answers = answers_of(name)
    found = read_trial(answers, DATA / name / "gold.csv")
    assert (len(found.called), found.known) == (people, classes)
    judged = sum(sum(map(sum, rows)) for rows in found.called.values())
    assert judged + found.left_out == answers.count(b"\n") - 1
    assert judged == sum(map(sum, found.pooled))
