"""What an auditor knows, out of files that people write by hand."""

from pathlib import Path

import pytest

from goldleaf.errors import AnswersError
from goldleaf_tools.audit.gold import read_gold


@pytest.mark.parametrize(
    ("name", "text", "task", "expected"),
    [
        ("g.csv", "item,label\n0,yes\n2,no\n", 7, {(7, 0): b'"yes"', (7, 2): b'"no"'}),
        # With a task of its own, or the one that is audited; a byte order mark as spreadsheets write it.
        ("g.csv", "\ufefftask,item,label\n9,0,yes\n,1,no\n", 7, {(9, 0): b'"yes"', (7, 1): b'"no"'}),
        ("g.jsonl", '{"item": 1, "label": {"b": 1, "a": 2}}\n\n', 7, {(7, 1): b'{"a":2,"b":1}'}),
        ("g.jsonl", '{"item": 1, "label": true, "task": "3"}', None, {(3, 1): b"true"}),
        ("g.csv", "item,label\n0,yes\n0,yes\n", 7, {(7, 0): b'"yes"'}),
    ],
)
def test_read_gold__csv_and_json_lines__labels_by_item(
    tmp_path: Path, name: str, text: str, task: int | None, expected: dict[tuple[int, int], bytes]
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert read_gold(path, task) == expected


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("g.csv", "item,label\n0,yes\n0,no\n", "line 3: another label of item 0"),
        ("g.csv", "item,label\nzero,yes\n", "line 2: "),
        ("g.csv", "number,label\n0,yes\n", "no 'item'"),
        ("g.jsonl", '{"item": 0}', "no 'label'"),
        ("g.jsonl", "[0, 1]", "line 1: expected an object"),
        ("g.jsonl", "{", "line 1: "),
    ],
)
def test_read_gold__not_understood__names_the_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(AnswersError, match=says):
        read_gold(path, 1)


def test_read_gold__several_tasks_and_none_named__refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("item,label\n0,yes\n")
    with pytest.raises(AnswersError, match="no 'task'"):
        read_gold(path)
    with pytest.raises(AnswersError, match="cannot be read"):
        read_gold(tmp_path / "none.csv")
