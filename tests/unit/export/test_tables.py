"""Tables of every format: what is written is what is read back, and no text is a formula."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from goldleaf import errors
from goldleaf_tools.export import Table
from goldleaf_tools.export.tables import MISSING, Column, Kind

COLUMNS = [
    Column("item", Kind.WHOLE),
    Column("label", Kind.JSON),
    Column("uri", Kind.TEXT),
    Column("certainty", Kind.SHARE),
    Column("counts", Kind.TRUTH),
]
VALUES = [
    ("good", "string", "good"),
    ("1", "string", "1"),
    ("", "string", ""),
    (1, "integer", "1"),
    (-0.5, "number", "-0.5"),
    (True, "boolean", "true"),
    (None, "null", "null"),
    ({"b": [1, "x"], "a": "é"}, "object", '{"a":"é","b":[1,"x"]}'),
    ([], "array", "[]"),
    ('quoted "twice",\nand broken\x00', "string", 'quoted "twice",\nand broken\x00'),
    (MISSING, None, None),
]
FORMULAS = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1", "''@x"]


def table(path: Path, rows: list[tuple[Any, ...]], format: str | None = None) -> None:
    with Table(path, COLUMNS, format) as table:
        for row in rows:
            table.write(row)
    assert table.rows == len(rows)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_table__values_of_every_type__are_told_apart_in_csv(tmp_path: Path) -> None:
    table(tmp_path / "t.csv", [(n, value, "u", 1 / 3, True) for n, (value, _, _) in enumerate(VALUES)])
    found = read(tmp_path / "t.csv")
    assert [(row["type"], row["label"]) for row in found] == [(kind or "", text or "") for _, kind, text in VALUES]
    assert {(row["uri"], row["certainty"], row["counts"]) for row in found} == {("u", "0.333333", "true")}
    table(tmp_path / "empty.csv", [])
    assert (tmp_path / "empty.csv").read_bytes() == b"item,label,type,uri,certainty,counts\r\n"


def test_table__values_of_every_type__are_themselves_in_json_lines(tmp_path: Path) -> None:
    table(tmp_path / "t.jsonl", [(n, value, "=u\u2028", 1 / 3, False) for n, (value, _, _) in enumerate(VALUES)])
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert [row.get("label", MISSING) for row in rows] == [value for value, _, _ in VALUES]
    assert rows[0] == {"item": 0, "label": "good", "uri": "=u\u2028", "certainty": 0.333333, "counts": False}


def test_table__more_rows_than_a_group__are_all_in_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("goldleaf_tools.export.tables._GROUP", 4)
    table(tmp_path / "t.parquet", [(n, value, "=u", None, True) for n, (value, _, _) in enumerate(VALUES)])
    found = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert [(row["label"], row["type"]) for row in found] == [(text, kind) for _, kind, text in VALUES]
    assert [row["item"] for row in found] == list(range(len(VALUES)))
    assert {(row["uri"], row["certainty"], row["counts"]) for row in found} == {("=u", None, True)}
    table(tmp_path / "empty.parquet", [])
    assert parquet.read_table(tmp_path / "empty.parquet").num_rows == 0


@pytest.mark.parametrize("text", FORMULAS)
def test_table__text_that_a_spreadsheet_would_compute__has_an_apostrophe_before_it(tmp_path: Path, text: str) -> None:
    table(tmp_path / "t.csv", [(0, text, text, None, True)])
    [row] = read(tmp_path / "t.csv")
    assert row["label"] == row["uri"] == "'" + text


@pytest.mark.parametrize("value", [-1, -0.5, "it's", "'", "a=b", "2-3", ["=1"]])
def test_table__what_no_spreadsheet_computes__is_as_it_was(tmp_path: Path, value: Any) -> None:
    table(tmp_path / "t.csv", [(0, value, "u", None, True)])
    [row] = read(tmp_path / "t.csv")
    assert row["label"] == (value if isinstance(value, str) else json.dumps(value))


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_table__that_fails__leaves_what_was_there(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("before")
    with pytest.raises(ValueError, match="shorter"):
        table(tmp_path / name, [(0, "x", "u", 1.0, True), (0,)])
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_text() == "before"


def test_table__name_without_a_format__asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(errors.ArgumentError, match="labels.txt: the name does not tell the format"):
        Table(tmp_path / "labels.txt", COLUMNS)
    table(tmp_path / "labels.txt", [(0, "x", "u", 1.0, True)], "jsonl")
    assert json.loads((tmp_path / "labels.txt").read_text())["label"] == "x"
    with pytest.raises(FileNotFoundError):
        table(tmp_path / "nowhere" / "t.csv", [])


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_table__amounts_of_256_bits_of_either_sign__lose_no_digit(tmp_path: Path, format: str) -> None:
    path, amounts = tmp_path / f"t.{format}", [2**255, -(2**255), 0, None]
    with Table(path, [Column("amount", Kind.AMOUNT)]) as written:
        for amount in amounts:
            written.write((amount,))
    match format:
        case "csv":
            found = [row["amount"] or None for row in read(path)]
        case "jsonl":
            found = [json.loads(line)["amount"] for line in path.read_text().splitlines()]
        case _:
            found = pytest.importorskip("pyarrow.parquet").read_table(path)["amount"].to_pylist()
    assert found == [None if amount is None else str(amount) for amount in amounts]
