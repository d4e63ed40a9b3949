import csv
import io
import json
import re
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goldleaf import GoldleafWarning, LabelSet
from goldleaf.errors import ArgumentError, LabelError
from goldleaf.labels import readers

from .test_canonical import json_values

EMAIL = "ada@hospital.example"


def values(labels: LabelSet) -> dict[int, Any]:
    return {item: json.loads(label) for item, label in labels}


# ---------------------------------------------------------------- JSON Lines


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b'{"label": "a", "item": 1}\n{"item":0,"label":"b"}', {}, {0: "b", 1: "a"}),
        (
            b'\xef\xbb\xbf{"item":0,"label":1.0}\r\n\r\n{"item":1,"label":{"b":1,"a":2}}\r\n',
            {},
            {0: 1, 1: {"a": 2, "b": 1}},
        ),
        (b'{"id":"7","tone":"up","who":"x"}', {"item": "id", "label": "tone"}, {7: "up"}),
        (b'{"item":0,"tone":"up","sure":3,"who":"x"}', {"label": ["tone", "sure"]}, {0: {"tone": "up", "sure": 3}}),
        (b'{"item":0,"Tone":"up","who":"x"}', {"label": {"Tone": "tone"}}, {0: {"tone": "up"}}),
        (b'{"item":0,"label":"a","who":"x"}', {}, {0: "a"}),
    ],
)
def test_from_json_lines__any_form__takes_what_is_asked_for(
    data: bytes, options: dict[str, Any], expected: dict[int, Any]
) -> None:
    assert values(LabelSet.from_json_lines(data, **options)) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "found 0"),
        (b'{"item":0,"label":1}\n{"item":1,"label":}', "line 2: not JSON"),
        (b'{"item":0,"label":1}\n\n[1]', "line 3: expected a JSON object, found [1]"),
        (b'{"item": 0, "label": 1}\n{"item": 1, "label": 1}}', "line 2: not JSON"),
        (b'{"item": 0, "label": 1}\n{"item": 01, "label": 1}', "line 2: not JSON"),
        (b'{"item": 0, "label": 1 }\n{"item": 1, "label": 1, "label": 1 }', "line 2: not JSON: key 'label'"),
        (b'{"item":0}', "line 1: no field 'label'"),
        (b'{"label":0}', "line 1: no item number: there is no 'item'"),
        (b'{"item":true,"label":1}', "line 1: expected an item number, found True"),
        (b'{"item":-1,"label":1}', "line 1: expected an item number, found -1"),
        (b'{"item":1.5,"label":1}', "line 1: expected an item number, found 1.5"),
        (b'{"item":4294967296,"label":1}', "line 1: expected an item number, found 4294967296"),
        (b'{"item":0,"label":NaN}', "line 1: not JSON: NaN is no JSON number"),
        (b'{"item":0,"label":1e999}', "line 1: "),
        (b'{"item":0,"label":9007199254740993}', "line 1: not JSON: whole number"),
        (b'{"item":0,"label":' + b"9" * 5000 + b"}", "line 1: not JSON"),
        (b'{"item":0,"label":1,"label":2}', "line 1: not JSON: key 'label' is repeated"),
        (b'{"item":0,"label":' + b"[" * 5000 + b"]" * 5000 + b"}", "line 1: nesting is more than 100 deep"),
        (b'{"item":0,"label":"\xff"}', "line 1: not JSON: 'utf-8' codec can't decode"),
        ('{"item":0,"label":1}'.encode("utf-16"), "line 1: not JSON"),
        (b'{"item":0,"label":1}\n{"item":0,"label":2}', "line 2: item 0 has a label already, by line 1"),
        (b'{"item":0,"label":1}\n{"item":2,"label":2}', "no label for item 1"),
        (b'{"item":0,"label":1}\n{"item":9999,"label":2}', "items 0 to 9999, and a set holds at most 4096"),
        (b'{"item":0,"label":"' + b"x" * 2047 + b'"}', "line 1: label is 2049 bytes"),
        (b'{"item":0,"label":"' + b"x" * 2**20, "line 1: longer than 1048576 bytes"),
    ],
)
def test_from_json_lines__malformed_file__names_the_line(data: bytes, message: str) -> None:
    with pytest.raises(LabelError, match=re.escape(message)):
        LabelSet.from_json_lines(data)


def test_from_json_lines__labels_of_other_batches__left_out() -> None:
    data = b"".join(b'{"item":%d,"label":%d}\n' % (item, item) for item in range(10))
    assert values(LabelSet.from_json_lines(data, range(4, 8))) == {4: 4, 5: 5, 6: 6, 7: 7}
    with pytest.raises(LabelError, match="no label for item 10, 11"):
        LabelSet.from_json_lines(data, range(8, 12))


@given(st.dictionaries(st.integers(0, 30), json_values, min_size=1), st.booleans())
def test_from_json_lines__what_json_wrote__is_from_mapping(labels: dict[int, Any], escaped: bool) -> None:
    items = {item: labels.get(item) for item in range(min(labels), max(labels) + 1)}
    lines = [json.dumps({"item": item, "label": value}, ensure_ascii=escaped) for item, value in items.items()]
    data = "\n".join(reversed(lines)).encode("utf-8")
    assert LabelSet.from_json_lines(data) == LabelSet.from_mapping(items)


@given(st.lists(json_values, min_size=1, max_size=20), st.integers(0, 2**32 - 30))
def test_from_json_lines__a_label_set_s_own_file__is_equal(labels: list[Any], first: int) -> None:
    made = LabelSet(labels, first)
    assert LabelSet.from_json_lines(made.to_bytes()) == made == LabelSet.from_bytes(made.to_bytes())


def test_from_json_lines__labels_that_repeat__are_each_their_item_s() -> None:
    data = b"".join(b'{"item": %d, "label": {"b": 1.0, "a": %d}}\n' % (item, item % 3) for item in range(30))
    assert LabelSet.from_json_lines(data) == LabelSet([{"a": item % 3, "b": 1} for item in range(30)])
    # Beside another field, the same text is no label set's line.
    mixed = b'{"item": 0, "label": 1}\n{"item": 1, "label": 1, "x": 2}\n{"item": 2, "label": 1, "x": 2}\n'
    assert values(LabelSet.from_json_lines(mixed)) == {0: 1, 1: 1, 2: 1}


def test_from_json_lines__no_such_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read: No such file"):
        LabelSet.from_json_lines(tmp_path / "labels.jsonl")
    (tmp_path / "labels.jsonl").write_bytes(b'{"item":0,"label":1}\n')
    assert len(LabelSet.from_json_lines(str(tmp_path / "labels.jsonl"))) == 1


# ---------------------------------------------------------------- CSV

CSV = "item,diagnosis,confidence,sure,who\r\n1,benign,0.5,True,Ada\r\n0,malignant,2,false,Bo\r\n"
SCHEMA = {
    "type": "object",
    "properties": {
        "diagnosis": {"enum": ["benign", "malignant"]},
        "confidence": {"type": "number"},
        "sure": {"type": ["boolean", "null"]},
    },
}


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_from_csv__types_by_schema__are_the_labels_of_the_chosen_columns(start: str) -> None:
    labels = LabelSet.from_csv((start + CSV).encode(), label=["diagnosis", "confidence", "sure"], schema=SCHEMA)
    assert values(labels) == {
        0: {"diagnosis": "malignant", "confidence": 2, "sure": False},
        1: {"diagnosis": "benign", "confidence": 0.5, "sure": True},
    }


def test_from_csv__types_stated__are_taken() -> None:
    types = {"confidence": "number", "sure": "boolean"}
    labels = LabelSet.from_csv(CSV.encode(), label={"confidence": "c", "sure": "s"}, types=types)
    assert values(labels) == {0: {"c": 2, "s": False}, 1: {"c": 0.5, "s": True}}


def test_from_csv__one_column__is_the_label_itself() -> None:
    assert values(LabelSet.from_csv(CSV.encode(), label="diagnosis")) == {0: "malignant", 1: "benign"}
    labels = LabelSet.from_csv(b"item;grade\n0;3\n1;4.0\n", label="grade", schema={"enum": [3, 4]}, delimiter=";")
    assert labels.to_bytes() == b'{"item":0,"label":3}\n{"item":1,"label":4}\n'


def test_from_csv__quotes_and_line_ends_in_cells__are_text() -> None:
    data = b'item,label\n0,"a, ""b""\nc"\n\n1,\n2,d\n'
    assert values(LabelSet.from_csv(data, range(1))) == {0: 'a, "b"\nc'}


def test_from_csv__empty_cell__is_no_value() -> None:
    data = b"item,tone,note\n0,up,\n1,down,x\n"
    assert values(LabelSet.from_csv(data, label=["tone", "note"])) == {
        0: {"tone": "up"},
        1: {"tone": "down", "note": "x"},
    }
    assert values(LabelSet.from_csv(data, label="note")) == {1: "x"}
    with pytest.raises(LabelError, match="no label for item 0"):
        LabelSet.from_csv(data, range(2), label="note")


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"", {}, "the file is empty"),
        (b"item,label\n0,a\n1\n", {}, "line 3: 1 cells, but 2 columns"),
        (b"item,label\n0,a,b\n", {}, "line 2: 3 cells, but 2 columns"),
        (
            b"item;label\n0;a\n",
            {},
            "line 1: no column 'item', the file has 'item;label': its columns are separated by semicolons, say so: "
            "`delimiter=';'`",
        ),
        (b"item,label,label\n", {}, "line 1: column 'label' is repeated"),
        (b"item,tone\n", {}, "line 1: no column 'label'"),
        (b'item,label\n0,"a\nb"\n1,\xff\n', {}, "line 4: not UTF-8"),
        (b'item,label\n0,"a\n1,b\n', {}, "line 2: a quotation mark is opened here and never closed"),
        (b'item,label\n0,"a" b\n', {}, "line 2: "),
        (b"item,label\n0,a\nx,b\n", {}, "line 3: expected an item number, found 'x'"),
        (b"item,label\n0,a\n0,b\n", {}, "line 3: item 0 has a label already, by line 2"),
        (
            b"item,label\n0,nan\n",
            {"types": {"label": "number"}},
            "line 2: column 'label': expected number, found 'nan'",
        ),
        (b"item,label\n0,1_000\n", {"types": {"label": "integer"}}, "expected integer, found '1_000'"),
        (b"item,label\n0,1.5\n", {"types": {"label": "integer"}}, "expected integer, found '1.5'"),
        (b"item,label\n0,1e999\n", {"types": {"label": "number"}}, "expected number, found '1e999'"),
        (b"item,label\n0,9007199254740993\n", {"types": {"label": "integer"}}, "expected integer"),
        (b"item,label\n0,yes\n", {"schema": {"type": "boolean"}}, "expected boolean, found 'yes'"),
        (b"item,label\n0,{\n", {"types": {"label": "json"}}, "expected json, found '{'"),
        (b"item,label\n0," + b"x" * 200_000, {}, "line 2: a cell has more than 131,072 characters"),
    ],
)
def test_from_csv__malformed_file__names_the_line(data: bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(LabelError, match=re.escape(message)):
        LabelSet.from_csv(data, **options)


@pytest.mark.parametrize(
    "options", [{"types": {"label": "date"}}, {"delimiter": "ab"}, {"label": []}, {"label": {"a": "x", "b": "x"}}]
)
def test_from_csv__impossible_options__refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        LabelSet.from_csv(b"item,label,a,b\n0,1,2,3\n", **options)


DEFINED = {"$defs": {"grade": {"type": "integer", "minimum": 1}}, "$ref": "#/$defs/grade"}
KINDS = {
    "oneOf": [
        {"properties": {"kind": {"const": "size"}, "value": {"type": "number"}}},
        {"properties": {"kind": {"const": "code"}, "value": {"type": "string"}}},
    ]
}


@pytest.mark.parametrize(
    ("schema", "cell", "expected"),
    [
        (DEFINED, "3", 3),
        ({"oneOf": [{"const": 1}, {"const": 3, "title": "mild"}]}, "3", 3),
        ({"oneOf": [{"const": "1"}, {"const": "3"}]}, "3", "3"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "3", 3),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "null", None),
        ({"allOf": [{"type": ["string", "number"]}, {"type": ["number", "null"]}]}, "3", 3),
        ({"minimum": 0}, "3", 3),
        ({"anyOf": [{"minimum": 0}, {"type": "null"}]}, "3", 3),
        ({"anyOf": [{"minimum": 0}, {"type": "null"}]}, "null", None),
        ({"allOf": [{"minimum": 0}, {"type": ["number", "null"]}]}, "null", None),
        ({"allOf": [{"multipleOf": 0.5}]}, "2.5", 2.5),
        ({"maxLength": 4}, "3", "3"),
        ({"type": "number"}, "1.5", 1.5),
        ({"type": "number"}, "3.0", 3),
        ({"type": "integer"}, "3e2", 300),
        ({"type": "string"}, "true", "true"),
        ({"type": "boolean"}, "TRUE", True),
        ({"enum": [1, "2", None]}, "1", 1),
        ({"enum": [1, "2", None]}, "2", "2"),
        ({"enum": [1, "2", None]}, "null", None),
        ({"not": {"type": "string"}}, "3", 3),
        ({"if": {"const": "x"}, "then": {"type": "string"}, "else": {"type": "integer"}}, "7", 7),
        ({"type": ["string", "null"], "pattern": "^[a-z]+$"}, "up", "up"),
        ({"type": "array", "items": {"type": "integer"}}, "[1, 2]", [1, 2]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": "string"}, "[1]", "[1]"),
        (True, "benign", "benign"),
    ],
)
def test_from_csv__whole_schema__gives_the_only_type_that_it_allows(schema: Any, cell: str, expected: Any) -> None:
    data = table([["item", "label"], ["0", cell]])
    assert values(LabelSet.from_csv(data, schema=schema)) == {0: expected}
    inner = {"allOf": [{"$ref": "#/$defs/all"}], "$defs": {"all": {"properties": {"a": schema}}, **DEFINED["$defs"]}}
    assert values(LabelSet.from_csv(data, label={"label": "a"}, schema=inner)) == {0: {"a": expected}}


@pytest.mark.parametrize(
    ("schema", "cell", "named"),
    [
        ({"type": ["string", "number"]}, "3", "integer or string"),
        ({"type": ["string", "number"], "minimum": 0}, "3", "integer or string"),
        ({"type": ["string", "number"]}, "3.5", "number or string"),
        ({"type": ["string", "boolean"]}, "true", "boolean or string"),
        ({"type": ["string", "null"]}, "null", "null or string"),
        ({"type": ["string", "array"]}, "[1]", "string or array"),
        ({"enum": [1, "2"]}, "3", "integer or string"),
        (True, "3", "integer or string"),
        ({"anyOf": [{"minimum": 0}, {"type": "string"}]}, "3", "integer or string"),
        ({"anyOf": [{"minimum": 0}, True]}, "3", "integer or string"),
        ({"minimum": 0, "minLength": 1}, "3", "integer or string"),
        ({"type": ["string", "number"]}, "007", "may be meant as a number"),
        ({"type": ["string", "number"]}, "1_000", "may be meant as a number"),
        ({"type": ["string", "number"]}, "0,5", "may be meant as a number"),
        ({"type": ["string", "number"]}, "9007199254740993", "may be meant as a number"),
    ],
)
def test_from_csv__schema_that_allows_several_types__refused_until_it_is_said(
    schema: Any, cell: str, named: str
) -> None:
    data = table([["item", "label"], ["0", cell]])
    with pytest.raises(LabelError, match=rf"line 2: column 'label': .*{named}.*say the column's type"):
        LabelSet.from_csv(data, schema=schema)
    assert values(LabelSet.from_csv(data, schema=schema, types={"label": "string"})) == {0: cell}
    quoted = table([["item", "label"], ["0", json.dumps(cell)]])
    assert values(LabelSet.from_csv(quoted, schema=schema, types={"label": "json"})) == {0: cell}


def test_from_csv__type_that_another_column_decides__is_found() -> None:
    data = table([["item", "kind", "value"], ["0", "size", "3"], ["1", "code", "3"]])
    labels = LabelSet.from_csv(data, label=["kind", "value"], schema=KINDS)
    assert values(labels) == {0: {"kind": "size", "value": 3}, 1: {"kind": "code", "value": "3"}}
    wide = [f"c{number}" for number in range(40)]
    with pytest.raises(LabelError, match="column 'c0': '1' may be integer or string"):
        LabelSet.from_csv(table([["item", *wide], ["0", *["1"] * 40]]), label=wide, schema=True)


@pytest.mark.parametrize(
    ("schema", "cell", "message"),
    [
        ({"type": "integer"}, "high", "expected integer, found 'high'"),
        ({"type": "integer"}, "1.5", "expected integer, found '1.5'"),
        ({"type": "integer"}, " 3", "expected integer, found ' 3'"),
        ({"minimum": 0}, "high", "expected number, found 'high'"),
        ({"type": ["number", "null"]}, "0,5", "expected null or number, found '0,5'; decimals have a point"),
        ({"type": "number"}, "1e999", "expected number, found '1e999'"),
        ({"type": "array"}, "[" * 4000 + "]" * 4000, "expected array, found '[[["),
    ],
)
def test_from_csv__cell_that_no_type_of_the_schema_has__refused(schema: Any, cell: str, message: str) -> None:
    with pytest.raises(LabelError, match=re.escape(f"line 2: column 'label': {message}")):
        LabelSet.from_csv(table([["item", "label"], ["0", cell]]), schema=schema)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("item,label\n0,groß\n".encode("latin1"), "line 2: not UTF-8: save it as UTF-8 .* `iconv -f latin1 -t utf-8`"),
        ("item,label\n0,a\n".encode("utf-16"), "line 1: not UTF-8: .* `iconv -f utf-16 -t utf-8`"),
        (b'item\tlabel\n0\t"a"\n', r"line 1: .*separated by tabs, say so: `format='tsv'`"),
        (b"item|label\n0|a\n", r"line 1: .*separated by bars, say so: `delimiter='\|'`"),
        (b"item,label\r0,a\r", "line 1: a carriage return outside quotation marks"),
        (b'item,label\n0,"a"b\n', "line 2: text follows a closing quotation mark"),
    ],
)
def test_from_csv__as_other_programs_write_it__says_what_to_do(data: bytes, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        LabelSet.from_csv(data)


# ---------------------------------------------------------------- any format


def in_every_format(items: list[Any], labels: list[Any]) -> list[tuple[str, bytes]]:
    """The same texts as labels in a file of each format."""
    tasks = [
        {**task(0, annotation(n, [result("label", "choices", {"choices": [label]})])), "id": n, "data": {"item": item}}
        for n, (item, label) in enumerate(zip(items, labels, strict=True))
    ]
    cells = [["item", "label"], *([text(item), label] for item, label in zip(items, labels, strict=True))]
    lines = [
        json.dumps({"item": item, "label": label}, ensure_ascii=False)
        for item, label in zip(items, labels, strict=True)
    ]
    return [
        ("labels.jsonl", "\n".join(lines).encode()),
        ("labels.csv", table(cells)),
        ("labels.json", json.dumps(tasks, ensure_ascii=False).encode()),
    ]


def text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)


def table(cells: list[list[str]], delimiter: str = ",") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(cells)
    return file.getvalue().encode()


def read_labels(path: Path, **options: Any) -> LabelSet:
    rows = readers.read([path], readers.Reading(**options))
    return LabelSet.from_entries(readers.collect(row.entry() for row in rows))


@pytest.mark.parametrize(
    "item", [2.5, True, "1_1", -2, "-2", "+2", " 2", "2.0", "٢", "1e1", None, [], "", 2**32, "9" * 30]
)
def test_read__odd_item_number__refused_with_file_and_place(tmp_path: Path, item: Any) -> None:
    for name, data in in_every_format([0, item], ["a", "b"]):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(LabelError, match=rf"^{name}, (line|task) \d: expected an item number, found "):
            read_labels(tmp_path / name)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, max_size=5))
@example(["a\u2028b", "\u2029", "\x85c", "d\x0be", "f\x1cg"])
@example(["a\r\nb", "c\nd", '"', "'", ",", "\ufeff", "\x00"])
def test_read__same_texts_in_any_format__are_the_same_labels(labels: list[str]) -> None:
    expected = LabelSet(labels)
    jsonl, csv_, studio = (data for _, data in in_every_format([*range(len(labels))], labels))
    assert LabelSet.from_json_lines(jsonl) == expected
    assert LabelSet.from_csv(csv_) == LabelSet.from_csv(csv_, schema={"type": "string"}) == expected
    assert LabelSet.from_label_studio(studio, label="label") == expected
    assert LabelSet.from_json_lines(jsonl, item=None) == expected
    assert LabelSet.from_csv(csv_, item=None) == expected
    assert LabelSet.from_label_studio(studio, label="label", item=None) == expected


def test_read__items_counted__hold_exactly_the_batch(tmp_path: Path) -> None:
    for name, data in in_every_format([9, "x", None], ["a", "b", "c"]):
        (tmp_path / name).write_bytes(data)
        how = readers.Reading(item=None)
        rows = readers.read([tmp_path / name], how, range(40, 43))
        assert {row.item: row.entry().label for row in rows} == {40: b'"a"', 41: b'"b"', 42: b'"c"'}
        with pytest.raises(LabelError, match="3 items in the file, but 4 are expected"):
            list(readers.read([tmp_path / name], how, range(40, 44)))
        with pytest.raises(LabelError, match="counted in one file, and there are 2"):
            list(readers.read([tmp_path / name] * 2, how, range(3)))


def test_read__unlabelled_item_among_counted_ones__keeps_its_place() -> None:
    assert [row.item for row in readers.read([b'label\na\n""\nc\n'], readers.Reading("csv", None))] == [0, 2]
    done = annotation(1, [result("label", "choices", {"choices": ["a"]})])
    studio = export(task(None, done), task(None), task(None, {**done, "id": 3}))
    assert [row.item for row in readers.read([studio], readers.Reading("label-studio", None))] == [0, 2]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("deep.jsonl", b'{"item":0,"label":' + b"[" * 4000 + b"]" * 4000 + b"}"),
        ("deep.json", b'[{"id":0,"data":{"item":0},"annotations":' + b"[" * 4000 + b"]" * 4000 + b"}]"),
        ("long.json", b'[{"id":0,"data":{"item":' + b"9" * 5000 + b'},"annotations":[]}]'),
        ("long.jsonl", b'{"item":' + b"9" * 5000 + b',"label":1}'),
        ("huge.csv", b'item,label\n0,"' + b"x" * 150_000 + b'"\n'),
        ("open.csv", b'item,label\n0,"a\n1,b\n'),
        ("short.csv", b"item,label\n0\n"),
        ("long.csv", b"item,label\n0,benign, probably\n"),
        ("twice.csv", b"item,label,label\n0,a,b\n"),
        ("twice.jsonl", b'{"item":0,"label":1,"label":2}'),
        ("empty.csv", b""),
        ("latin.jsonl", '{"item":0,"label":"groß"}'.encode("latin1")),
        ("latin.json", '[{"id":0,"data":"groß"}]'.encode("latin1")),
        ("lines.json", b'{"item":0,"label":1}\n'),
    ],
)
def test_read__file_that_is_none__named_in_a_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LabelError) as caught:
        read_labels(tmp_path / name)
    told = str(caught.value)
    assert told.startswith(name) and len(told) < 400
    assert not re.search(r"Error|set_int_max|field limit|recursion", told)


@pytest.mark.parametrize("depth", [4000, 200_000])
def test_read__nested_without_end__does_not_take_the_process_down(tmp_path: Path, depth: int) -> None:
    deep = b"[" * depth
    for name, data in (("d.jsonl", b'{"item":0,"label":' + deep), ("d.json", b'[{"data":' + deep)):
        (tmp_path / name).write_bytes(data)
        code = (
            "import sys; from goldleaf.labels.readers import Reading, read; sys.setrecursionlimit(10**6)\n"
            "from goldleaf.errors import LabelError\n"
            f"try: list(read([{str(tmp_path / name)!r}], Reading()))\nexcept LabelError as error: print(error)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and f"{name}, " in done.stdout and "more than 100 deep" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "options", [{"format": "xml"}, {"format": "csv", "types": {"x": "number"}}, {"format": None}, {"delimiter": "ab"}]
)
def test_read__impossible_options__refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        list(readers.read([b"item,label\n"], readers.Reading(**{"format": "csv", **options})))


# ---------------------------------------------------------------- Label Studio


def result(name: str, kind: str, value: Any) -> dict[str, Any]:
    return {"id": "Dx_aB91", "from_name": name, "to_name": "scan", "type": kind, "value": value, "origin": "manual"}


def annotation(number: int, results: list[Any], by: Any = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "completed_by": by,
        "result": results,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-03-09T22:16:08.728353Z",
        "lead_time": 4.288,
        "unique_id": "4f0d5ad4",
        **more,
    }


def task(item: Any, *annotations: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": 100 + item if isinstance(item, int) else 1,
        "data": {"item": item, "image": "https://scans.example/1.png", "uploaded_by": EMAIL},
        "annotations": list(annotations),
        "predictions": [{"result": [result("diagnosis", "choices", {"choices": ["predicted"]})], "score": 0.4}],
        "drafts": [{"user": EMAIL, "result": [result("diagnosis", "choices", {"choices": ["draft"]})]}],
        "meta": {},
        "updated_by": 1,
    }


def export(*tasks: Any) -> bytes:
    return json.dumps(tasks, indent=2).encode()


def person(number: int) -> dict[str, Any]:
    return {"id": number, "email": f"person{number}@hospital.example", "first_name": "Ada", "last_name": "Byron"}


BOX = {"x": 50.8, "y": 5.25, "width": 12.4, "height": 10.5, "rotation": 0, "rectanglelabels": ["mass"]}


@pytest.mark.parametrize(
    ("results", "label", "expected"),
    [
        ([result("d", "choices", {"choices": ["benign"]})], "d", "benign"),
        ([result("d", "choices", {"choices": ["a", "b"]})], "d[]", ["a", "b"]),
        ([result("d", "choices", {"choices": ["a"]})], ["d[]"], {"d": ["a"]}),
        ([], ["d[]", "e"], {"d": []}),
        ([result("d", "textarea", {"text": ["seen twice"]})], {"d": "note"}, {"note": "seen twice"}),
        ([result("d", "textarea", {"text": "seen once"})], "d", "seen once"),
        (
            [result("d", "rating", {"rating": 4}), result("n", "number", {"number": 2.5})],
            ["d", "n"],
            {"d": 4, "n": 2.5},
        ),
        ([result("d", "datetime", {"datetime": "2026-01-02"})], "d", "2026-01-02"),
        ([result("d", "taxonomy", {"taxonomy": [["Eukarya", "Bird"]]})], "d", ["Eukarya", "Bird"]),
        ([result("d", "pairwise", {"selected": "left"})], "d", "left"),
        ([result("d", "rectanglelabels", BOX)], {"d": "boxes[]"}, {"boxes": [BOX]}),
        ([result("d", "rectanglelabels", BOX), result("e", "choices", {**BOX, "choices": ["x"]})], "d", BOX),
        (
            [result("d", "labels", {"start": 0, "end": 4, "text": "gold", "labels": ["up"]}), {"type": "relation"}],
            "d[]",
            [{"start": 0, "end": 4, "text": "gold", "labels": ["up"]}],
        ),
    ],
)
def test_from_label_studio__each_control__gives_its_value(results: list[Any], label: Any, expected: Any) -> None:
    assert values(LabelSet.from_label_studio(export(task(0, annotation(1, results))), label=label)) == {0: expected}


def test_from_label_studio__full_of_people__none_of_them_gets_into_the_bytes() -> None:
    tasks = [
        task(
            item,
            annotation(
                item,
                [{**result("d", "choices", {"choices": ["benign"]}), "meta": {"text": [EMAIL]}, "author": "Ada Byron"}],
                person(1),
                created_username="Ada Byron, ada@hospital.example",
                reviews=[{"created_by": person(3), "accepted": True}],
            ),
            annotation(90 + item, [result("d", "choices", {"choices": ["malignant"]})], person(2)),
        )
        for item in range(3)
    ]
    data = export(*tasks)
    assert data.count(b"@hospital.example") > 10
    labels = LabelSet.from_label_studio(data, label={"d": "diagnosis"}, annotator="Person1@hospital.example")
    assert labels.to_bytes() == b"".join(b'{"item":%d,"label":{"diagnosis":"benign"}}\n' % item for item in range(3))
    assert LabelSet.from_label_studio(data, label={"d": "diagnosis"}, annotator=1) == labels
    assert LabelSet.from_label_studio(data, label={"d": "diagnosis"}, annotator="1") == labels
    others = LabelSet.from_label_studio(data, label="d", annotator=2)
    assert set(values(others).values()) == {"malignant"}


def test_from_label_studio__skipped_annotations_and_tasks_of_others__left_out() -> None:
    benign = [result("d", "choices", {"choices": ["benign"]})]
    data = export(
        task(0, annotation(1, [], was_cancelled=True), annotation(2, benign)),
        task("1", annotation(3, benign, by=None), annotation(4, benign, by=1)),
        task(2, annotation(5, benign, by=2)),
        task(3),
    )
    assert values(LabelSet.from_label_studio(data, label="d", annotator=1)) == {0: "benign", 1: "benign"}


BENIGN = [result("d", "choices", {"choices": ["benign"]})]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"", {}, "expected a list of tasks"),
        (b'{"id":1}', {}, "expected a list of tasks"),
        (b"[", {}, "line 1, task at index 0: not JSON"),
        (export(task(0, annotation(1, BENIGN)))[:-3], {}, "task at index 0: not JSON"),
        (export(task(0, annotation(1, BENIGN)))[:-2], {}, "task at index 1: not JSON"),
        (export(task(0, annotation(1, BENIGN))) + b"x", {}, "something behind the list"),
        (b"[\n1]", {}, "task at index 0: expected an object"),
        (b'[{"id":5,"item":0,"d":"benign"}]', {}, "task 5: no data: export as JSON, not as JSON-MIN"),
        (b'[{"id":5,"data":{"item":0,"item":1},"annotations":[]}]', {}, "task at index 0: key 'item' is repeated"),
        (b'[{"id":5,"data":{"item":NaN},"annotations":[]}]', {}, "task at index 0: NaN is no JSON number"),
        (b'[{"id":5,"data":' + b"9" * 5000 + b"}]", {}, "task at index 0: "),
        (b'[{"id":5,"data":' + b"[" * 50_000, {}, "nesting is more than 100 deep"),
        (b'[\n{"id":5,\n"data":"\xff"}]', {}, "line 3: not UTF-8"),
        (export(task(None, annotation(1, BENIGN))), {}, "task 1: expected an item number, found None"),
        (export(task(0, annotation(1, BENIGN))), {"item": "number"}, "task 100: no item number: there is no 'number'"),
        (export(task(0, annotation(1, BENIGN))), {"label": "x"}, "task 100: no value of control 'x'"),
        (
            export(task(0, annotation(1, BENIGN), annotation(2, BENIGN))),
            {},
            "task 100: 2 annotations by the same annotator (ids 1, 2): leave one",
        ),
        (
            export(task(0, annotation(1, BENIGN)), task(1, annotation(2, BENIGN, by=person(2)))),
            {},
            "task 101: there are annotations by the annotators 1, 2: say whose",
        ),
        (
            export(task(0, annotation(1, BENIGN))),
            {"annotator": EMAIL},
            "but by the annotators 1 (none with an e-mail address)",
        ),
        (
            export(task(0, annotation(1, BENIGN))),
            {"annotator": 9},
            "there is no annotation by 9, but by the annotators 1",
        ),
        (export(task(0, annotation(1, BENIGN)), task(0, annotation(2, BENIGN))), {}, "item 0 has a label already"),
        (
            export(task(0, annotation(1, [result("d", "choices", {"choices": ["a", "b"]})]))),
            {},
            "task 100: control 'd' has 2 values: take them as a list, `label='d[]'`",
        ),
        (export(task(0, annotation(1, [result("d", "number", {"number": 2**60 + 1})]))), {}, "task 100: "),
        (export(task(0, "x")), {}, "task 100: an annotation is not an object"),
        (export(task(0, {"id": 1, "completed_by": 1})), {}, "task 100: no result"),
    ],
)
def test_from_label_studio__malformed_export__names_the_task(
    data: bytes, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(LabelError, match=re.escape(message)) as caught:
        LabelSet.from_label_studio(data, **{"label": "d", **options})
    assert "@" not in str(caught.value).replace(EMAIL, "" if options.get("annotator") == EMAIL else EMAIL)


def by(*people: Any) -> bytes:
    """An export with one annotation of each, of one task after the other."""
    return export(*(task(item, annotation(50 + item, BENIGN, by=one)) for item, one in enumerate(people)))


MAIL = {"email": EMAIL}


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ((None, None), "2 by unknown ones, such as deleted users"),
        ((1, None), "the annotators 1 (none with an e-mail address), and 1 by unknown ones"),
        ((None, None, 2, 3), "the annotators 2, 3 (none with an e-mail address), and 2 by unknown ones"),
        ((EMAIL, "bo@hospital.example"), f"the annotators {EMAIL}, bo@hospital.example"),
        ((EMAIL, None), f"the annotators {EMAIL}, and 1 by unknown ones"),
        ((MAIL, {"email": "bo@hospital.example"}), f"the annotators {EMAIL}, bo@hospital.example"),
        (({"id": None}, {}), "2 by unknown ones"),
        (({"id": True}, [1]), "2 by unknown ones"),
        ((person(1), person(2)), "the annotators 1, 2"),
        ((person(1), EMAIL), f"the annotators 1, {EMAIL}"),
    ],
)
def test_from_label_studio__authors_of_several_or_unknown__never_one(people: tuple[Any, ...], told: str) -> None:
    with pytest.raises(LabelError, match=re.escape(f"there are annotations by {told}") + ".*say whose to take"):
        LabelSet.from_label_studio(by(*people), label="d")
    with pytest.raises(LabelError, match=re.escape(f"no annotation by 99, but by {told}")):
        LabelSet.from_label_studio(by(*people), label="d", annotator=99)


@pytest.mark.parametrize(
    ("people", "annotator"),
    [
        ((EMAIL, EMAIL.upper(), MAIL), None),
        (({"id": 1, "email": EMAIL}, 1, EMAIL, "1", {"id": "1"}), None),
        (({"id": 1, "email": EMAIL}, 1, EMAIL, 2, None), EMAIL),
        ((EMAIL, 1, {"id": 1, "email": EMAIL}, None, "bo@hospital.example"), "1"),
        ((EMAIL, None, 1), EMAIL.upper()),
        ((None, None, 1), "unknown"),
        ((None,), None),
    ],
)
def test_from_label_studio__one_author_in_any_form__taken(people: tuple[Any, ...], annotator: Any) -> None:
    labels = LabelSet.from_label_studio(by(*people), label="d", annotator=annotator)
    count = {"unknown": 2, EMAIL: 3, "1": 3, EMAIL.upper(): 1}.get(annotator, len(people))
    assert values(labels) == dict.fromkeys(range(count), "benign")


def test_from_label_studio__two_with_one_address__said() -> None:
    data = by({"id": 1, "email": EMAIL}, {"id": 2, "email": EMAIL})
    with pytest.raises(LabelError, match="several annotators have the e-mail address"):
        LabelSet.from_label_studio(data, label="d", annotator=EMAIL)


def test_read__exports_of_several_annotators__never_one(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_bytes(export(task(number, annotation(number, BENIGN, by=number))))
    files = sorted(tmp_path.iterdir())
    with pytest.raises(LabelError, match=r"^2.json, task 102: there are annotations by the annotators 1, 2"):
        list(readers.read(files, readers.Reading(label="d")))
    assert [row.item for row in readers.read(files, readers.Reading(label="d", annotator=2))] == [2]


@pytest.mark.parametrize("broken", [None, "text", {}, 3])
def test_from_label_studio__result_that_is_none__named_by_task_and_annotation(broken: Any) -> None:
    data = export(
        task(0, annotation(7, BENIGN), {**annotation(8, []), "result": broken}), task(1, annotation(9, BENIGN))
    )
    with pytest.raises(
        LabelError, match=r"task 100: no result in annotation 8: expected a list, found (null|'text'|{}|3)"
    ):
        LabelSet.from_label_studio(data, label="d")
    # Of somebody else, or skipped, it is nobody's concern.
    other = {**annotation(8, [], by=2), "result": broken}
    skipped = {**annotation(8, [], was_cancelled=True), "result": broken}
    assert len(LabelSet.from_label_studio(export(task(0, annotation(7, BENIGN), other)), label="d", annotator=1)) == 1
    assert len(LabelSet.from_label_studio(export(task(0, annotation(7, BENIGN), skipped)), label="d")) == 1


def test_from_label_studio__no_item_field__says_which_fields_there_are() -> None:
    data = export({**task(0, annotation(1, BENIGN)), "data": {"image": "a.png", "number": 4}})
    with pytest.raises(
        LabelError, match="there is no 'item', but 'image', 'number': say which has it, `item=`, or that items"
    ):
        LabelSet.from_label_studio(data, label="d")
    assert values(LabelSet.from_label_studio(data, label="d", item="number")) == {4: "benign"}
    assert values(LabelSet.from_label_studio(data, range(6, 7), label="d", item=None)) == {6: "benign"}


# ---------------------------------------------------------------- personal data


@pytest.mark.parametrize("label", ['"write to ada@hospital.example"', '{"note":["x@y.example"]}'])
def test_import__label_that_holds_an_address__warns(label: str) -> None:
    with pytest.warns(GoldleafWarning, match="line 1: the label of item 0 seems to hold an e-mail address"):
        LabelSet.from_json_lines(f'{{"item":0,"label":{label}}}'.encode())


@pytest.mark.parametrize("label", ["5 @ 3.20", "@ada", "a@b", "@" * 2000, "x" * 2000])
def test_import__other_text__does_not_warn(label: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LabelSet.from_json_lines(json.dumps({"item": 0, "label": label}).encode())


def test_from_json_lines__endless_line__takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    with pytest.raises(LabelError, match="line 1: longer than"):
        LabelSet.from_json_lines(path)
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


# ---------------------------------------------------------------- tables of whatever


def test_table__columns_that_are_asked_for__cells_with_their_places(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbfwho,item,more\nann,"a\nb",1\n\nbob,c,\n'
    found = [
        ("line 2", {"who": "ann", "item": "a\nb", "more": "1"}),
        ("line 5", {"who": "bob", "item": "c", "more": ""}),
    ]
    assert list(readers.table(data, ["item", "who"])) == found
    file = tmp_path / "answers.tsv"
    file.write_bytes(b"who\titem\nann\ta,b\n")
    assert list(readers.table(file, ["who"])) == [("answers.tsv, line 2", {"who": "ann", "item": "a,b"})]
    assert list(readers.table(b"who;item\nann;a", ["who"], delimiter=";", most_bytes=14))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"who,thing\n", "line 1: no column 'item'"),
        (b"who;item\n", "separated by semicolons"),
        (b"item,item\n", "line 1: column 'item' is repeated"),
        (b"item\na,b\n", "line 2: 2 cells, but 1 columns"),
        (b'item\n"a\n', "line 2: a quotation mark is opened here"),
        (b"item\n\xff\n", "line 2: not UTF-8"),
        (b"item\n" + b"a" * 200_000, "line 2: a cell has more than 131,072 characters"),
        (b"item\n" + b"a" * (2**20 + 1), "line 2: longer than 1048576 bytes"),
        (b"item\n" + b"a\n" * 500_000, "line 499999: the file has more than 1000000 bytes"),
        (b"item\n" + b"\n" * 500_000, "line 500001: the file has more than 500000 lines"),
    ],
    ids=range(11),
)
def test_table__hostile_or_odd__refused_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        list(readers.table(data, ["item"], most_bytes=1_000_000 if len(data) < 2**20 else None, most_lines=500_000))
