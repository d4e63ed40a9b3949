"""What an auditor knows, out of files that people write by hand: read as labels are, and held against the schema."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldleaf import Item, LabelSet, Manifest
from goldleaf.errors import LabelError, LabelOutsideSchema, StoreUnreachable
from goldleaf.labels.readers import Reading
from goldleaf_tools.audit.gold import read_gold

TONES = {"enum": ["positive", "neutral", "negative"]}

DEFINED = {"$ref": "#/$defs/grade", "$defs": {"grade": {"minimum": 1}}}


def manifest(schema: Any, items: int = 3) -> Manifest:
    return Manifest("Look.", schema, [Item.of(f"ipfs://{number}", b"pixels") for number in range(items)], "CC0-1.0")


def of(*schemas: Any, first: int = 1) -> Callable[[int], Manifest]:
    """The manifests of tasks from `first` on; there are no others."""
    return dict(enumerate(map(manifest, schemas), first)).__getitem__


@pytest.mark.parametrize(
    ("name", "text", "schema", "expected"),
    [
        ("g.csv", "item,label\n0,yes\n2,no\n", True, {(1, 0): b'"yes"', (1, 2): b'"no"'}),
        ("g.csv", "\ufefftask,item,label\n2,0,yes\n,1,no\n", True, {(1, 1): b'"no"'}),
        ("g.csv", "item,label\n0,2\n1,5\n", {"type": "integer"}, {(1, 0): b"2", (1, 1): b"5"}),
        ("g.csv", "item,label\n0,2\n1,5.0\n", DEFINED, {(1, 0): b"2", (1, 1): b"5"}),
        ("g.csv", "item,label\n0,true\n", {"type": "boolean"}, {(1, 0): b"true"}),
        # An empty cell: not known.
        ("g.csv", "item,label\n0,2\n1,\n,\n", {"type": "integer"}, {(1, 0): b"2"}),
        ("g.csv", "item,label\n0,yes\n0,yes\n", True, {(1, 0): b'"yes"'}),
        # The line end of a cell is the cell's, whatever the file's is.
        ("g.csv", 'item,label\n0,"a\r\nb"\n', True, {(1, 0): rb'"a\r\nb"'}),
        ("g.csv", 'item,label\r\n0,"a\nb"\r\n', True, {(1, 0): rb'"a\nb"'}),
        ("g.tsv", "item\tlabel\n0\tyes\n", True, {(1, 0): b'"yes"'}),
        ("g.jsonl", '{"item": 1, "label": {"b": 1, "a": 2}}\n\n', True, {(1, 1): b'{"a":2,"b":1}'}),
        ("g.jsonl", '{"item":1,"label":true,"task":"1"}\n{"item":1,"label":3,"task":9}', True, {(1, 1): b"true"}),
        ("g.ndjson", '{"item": 1, "label": "a\u2028b"}', True, {(1, 1): '"a\u2028b"'.encode()}),
    ],
)  # fmt: skip
def test_read_gold__any_format__labels_by_item_typed_by_the_schema(
    tmp_path: Path, name: str, text: str, schema: Any, expected: dict[tuple[int, int], bytes]
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert read_gold([path], [1], of(schema)) == expected


def test_read_gold__label_studio__as_labels_are(tmp_path: Path) -> None:
    made = [
        {
            "id": 100 + number,
            "data": {"number": number, "task": "say the tone"},
            "annotations": [
                {
                    "id": number,
                    "completed_by": 1 + number,
                    "result": [{"from_name": "tone", "type": "choices", "value": {"choices": ["neutral"]}}],
                }
            ],
        }
        for number in range(3)
    ]
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(made))
    how = Reading(label="tone", item="number")
    with pytest.raises(LabelError, match=r"^gold.json, task 101: there are annotations by the annotators 1, 2, 3"):
        read_gold([path], [1], of(TONES), how)
    chosen = Reading(label="tone", item="number", annotator=2)
    assert read_gold([path], [1], of(TONES), chosen) == {(1, 1): b'"neutral"'}
    counted = Reading(label="tone", item=None, annotator=3)
    assert read_gold([path], [1], of(TONES), counted) == {(1, 2): b'"neutral"'}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("g.csv", "item,label\n0,positive\n0,neutral\n", "line 3: item 0 has another label by g.csv, line 2"),
        ("g.csv", "item,label\nzero,positive\n", "line 2: expected an item number, found 'zero'"),
        ("g.csv", "item,label\n2.5,positive\n", "line 2: expected an item number, found '2.5'"),
        ("g.csv", "item,label\ntrue,positive\n", "line 2: expected an item number, found 'true'"),
        ("g.csv", "item,label\n1_1,positive\n", "line 2: expected an item number, found '1_1'"),
        ("g.csv", "item,label\n-2,positive\n", "line 2: expected an item number, found '-2'"),
        ("g.csv", "item,label\n3,positive\n", "line 2: item 3 is none of the 3 of task 1"),
        ("g.csv", "number,label\n0,positive\n", "line 1: no column 'item'"),
        ("g.csv", "item;label\n0;positive\n", "separated by semicolons"),
        ("g.csv", "item,label\n0,positive\n1\n", "line 3: 1 cells, but 2 columns"),
        ("g.csv", "item,label\n0,benign, probably\n", "line 2: 3 cells, but 2 columns"),
        ("g.csv", 'item,label\n0,"positive\n1,neutral\n', "line 2: a quotation mark is opened here and never closed"),
        ("g.csv", "item,label,label\n0,positive,neutral\n", "line 1: column 'label' is repeated"),
        ("g.csv", 'item,label\n0,"' + "x" * 150_000 + '"\n', "line 2: a cell has more than 131,072 characters"),
        ("g.csv", "item,label,task\n0,positive,one\n", "line 2: expected a task's number, found 'one'"),
        ("g.csv", "item,label,task\n0,positive,1.0\n", "line 2: expected a task's number, found '1.0'"),
        ("g.jsonl", '{"item": 0}', "line 1: no field 'label'"),
        ("g.jsonl", "[0, 1]", "line 1: expected a JSON object"),
        ("g.jsonl", "{", "line 1: not JSON"),
        ("g.jsonl", '{"item": 0, "label": "a", "label": "b"}', "line 1: not JSON: key 'label' is repeated"),
        ("g.jsonl", '{"item": 0, "task": true, "label": "a"}', "line 1: expected a task's number, found True"),
        ("g.jsonl", '{"item": 0, "label": ' + "[" * 4000 + "]" * 4000 + "}", "line 1: nesting is more than 100 deep"),
        ("g.json", '{"item": 0, "label": "a"}', "expected a list of tasks"),
    ],
)  # fmt: skip
def test_read_gold__not_understood__names_file_and_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(LabelError, match=rf"^{name}, .*{re.escape(says).removeprefix('line')}"):
        read_gold([path], [1], of(TONES))


@pytest.mark.parametrize(
    ("schema", "cell", "says"),
    [
        (TONES, "Positive", "line 3: item 1: 'Positive' is not one of"),
        (TONES, " negative", "line 3: item 1: ' negative' is not one of"),
        ({"type": "integer", "maximum": 5}, "6", "line 3: item 1: 6 is greater than the maximum of 5"),
        ({"multipleOf": 0.05}, "1.16", "line 3: item 1: 1.16 is not a multiple of 0.05"),
        ({"type": "string", "maxLength": 2}, "abc", "line 3: item 1: 'abc' is too long"),
    ],
)
def test_read_gold__what_the_schema_forbids__refused_with_file_and_line(
    tmp_path: Path, schema: Any, cell: str, says: str
) -> None:
    path = tmp_path / "gold.csv"
    path.write_text(f"item,label\n0,\n1,{cell}\n2,{cell}\n")
    with pytest.raises(LabelOutsideSchema, match=re.escape(f"gold.csv, {says}")) as caught:
        read_gold([path], [1], of(schema))
    assert "1 more labels" in str(caught.value)


def test_read_gold__several_tasks__each_by_its_own_schema(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("task,item,label\n1,0,3\n2,0,3\n7,99,what\n")
    found = read_gold([path], [1, 2], of({"type": "integer"}, {"type": "string"}))
    assert found == {(1, 0): b"3", (2, 0): b'"3"'}
    path.write_text("item,label\n0,3\n")
    with pytest.raises(LabelError, match="gold.csv, line 2: no 'task'"):
        read_gold([path], [1, 2], of(True, True))
    with pytest.raises(LabelError, match="cannot be read"):
        read_gold([tmp_path / "none.csv"], [1], of(True))
    with pytest.raises(LabelError, match="may be integer or string"):
        read_gold([path], [1], of(True))
    assert read_gold([path], [1], of(True), Reading(types={"label": "string"})) == {(1, 0): b'"3"'}


def test_read_gold__manifest_that_cannot_be_had__never_read_without_its_schema(tmp_path: Path) -> None:
    def fail(task: int) -> Manifest:
        raise StoreUnreachable("closed")

    path = tmp_path / "gold.csv"
    path.write_text("item,label\n0,3\n")
    with pytest.raises(StoreUnreachable):
        read_gold([path], [1], fail)


cells = st.one_of(
    st.sampled_from(["3", "3.0", "-0", "true", "null", "[1]", '{"a":1}', "1e5", "007", " 3", "up", "", '"x"', "1,5"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
)
schemas = st.sampled_from(
    [True, {"type": "integer"}, {"type": "number"}, {"minimum": 1}, {"type": ["string", "null"]}, {"type": "boolean"}]
)


@given(st.lists(cells, min_size=1, max_size=3), schemas)
def test_read_gold__same_file__gives_what_labels_are(texts: list[str], schema: Any) -> None:
    quoted = [text.replace('"', '""') for text in texts]
    data = ("item,label\n" + "".join(f'{item},"{text}"\n' for item, text in enumerate(quoted))).encode()
    items = range(len(texts))
    try:
        labels = dict(LabelSet.from_csv(data, schema=schema, items=items))
        manifest(schema, len(texts)).check(LabelSet.from_csv(data, schema=schema, items=items))
    except LabelError as error:
        if "no label for item" not in error.detail:
            with pytest.raises(type(error)):
                read_gold([data], [1], lambda _: manifest(schema, len(texts)), Reading(format="csv"))
        return
    found = read_gold([data], [1], lambda _: manifest(schema, len(texts)), Reading(format="csv"))
    assert found == {(1, item): label for item, label in labels.items()}
