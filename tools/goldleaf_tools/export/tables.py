"""Tables in files: CSV, JSON Lines, Parquet. They are written row by row, and are there whole or not at all.

A label is any JSON value. JSON Lines has it as it is. Tables of columns have the text of a text, and the canonical JSON
of everything else; a column `type` beside it says which, so that the text "1" is told from the number 1.

What others wrote is no formula: in CSV a text that a spreadsheet would compute, one that begins with = + - @ or white
space, has an apostrophe before it, and so has one that begins with apostrophes and goes on like that. Whoever takes one
apostrophe from before such texts has every text as it was. Numbers stay numbers.
"""

import csv
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from goldleaf.canonical import Json, json_type, to_canonical
from goldleaf.errors import ArgumentError, MissingExtra

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}

# What a spreadsheet may take for a formula, in ASCII and in full width.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# Rows of Parquet that are kept until they are written together.
_GROUP = 65_536
# Of a share, in every format: what comes after it hangs on the machine that has computed it.
_DIGITS = 6

Value = Json


class Kind(Enum):
    """What a column holds."""

    WHOLE = "whole numbers"
    AMOUNT = "base units, of up to 256 bits"
    SHARE = "numbers of 0 to 1"
    TEXT = "texts"
    TRUTH = "true or false"
    JSON = "JSON values"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Each value may be missing."""

    name: str
    kind: Kind


class _Missing:
    """In a column of JSON: there is no value, not even null."""


MISSING = _Missing()


class Table:
    """A table that is written to a file, in the format that the name ends in, or `format`; a context.

    When it ends well, the file takes the place of one that was there; otherwise nothing of it is left. Raises
    `ArgumentError` for another format, `MissingExtra` for Parquet without the extra `goldleaf-tools[audit]`, `OSError`.
    """

    def __init__(self, path: str | Path, columns: Sequence[Column], format: str | None = None) -> None:
        self.path = Path(path)
        self._columns = columns
        known = FORMATS.get(self.path.suffix.lower(), "")
        self._format: str = known if format is None else format
        if self._format not in FORMATS.values():
            formats = ", ".join(sorted(set(FORMATS.values())))
            raise ArgumentError(f"{self.path.name}: the name does not tell the format, say it, `format=`: {formats}")
        self._draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        self.rows = 0

    def __enter__(self) -> Self:
        try:
            self._writer = _WRITERS[self._format](self._draft, self._columns)
        except BaseException:
            self._draft.unlink(missing_ok=True)
            raise
        return self

    def write(self, values: Sequence[Value]) -> None:
        """One row: a value for each column, None or `MISSING` where there is none."""
        self._writer.write(values)
        self.rows += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
            if error is None:
                self._draft.replace(self.path)
        finally:
            self._draft.unlink(missing_ok=True)


class _Writer(Protocol):
    def write(self, values: Sequence[Value]) -> None: ...

    def close(self) -> None: ...


class _Csv:
    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        self._columns = columns
        # CRLF, as RFC 4180 has it: with LF alone, Python writes cells with a lone CR without quotation marks.
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow(_flat_names(columns))

    def write(self, values: Sequence[Value]) -> None:
        cells: list[str] = []
        for column, value in zip(self._columns, values, strict=True):
            match column.kind:
                case Kind.JSON:
                    text, kind = _flat(value)
                    cells += [_guarded(text) if kind == "string" else text or "", kind or ""]
                case Kind.TEXT:
                    cells.append(_guarded(value))
                case Kind.TRUTH:
                    cells.append("true" if value else "false")
                case Kind.SHARE:
                    cells.append("" if value is None else repr(round(value, _DIGITS)))
                case Kind.WHOLE | Kind.AMOUNT:
                    cells.append("" if value is None else str(value))
        self._csv.writerow(cells)

    def close(self) -> None:
        self._file.close()


class _JsonLines:
    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        self._columns = columns

    def write(self, values: Sequence[Value]) -> None:
        row = {
            column.name: _json(column.kind, value)
            for column, value in zip(self._columns, values, strict=True)
            if value is not MISSING
        }
        # Of ASCII: some programs take other signs than LF for the end of a line.
        self._file.write(json.dumps(row, separators=(",", ":")) + "\n")

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise MissingExtra("audit", "goldleaf-tools") from error
        self._arrow: Any = pyarrow
        self._columns = columns
        names = _flat_names(columns)
        types = {
            Kind.WHOLE: pyarrow.int64(),
            Kind.AMOUNT: pyarrow.string(),  # readers differ in how many digits a number may have
            Kind.SHARE: pyarrow.float64(),
            Kind.TEXT: pyarrow.string(),
            Kind.TRUTH: pyarrow.bool_(),
            Kind.JSON: pyarrow.string(),
        }
        kinds = [kind for column in columns for kind in [column.kind] * (2 if column.kind is Kind.JSON else 1)]
        self._schema = pyarrow.schema([(name, types[kind]) for name, kind in zip(names, kinds, strict=True)])
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._kept: list[list[Any]] = []

    def write(self, values: Sequence[Value]) -> None:
        cells: list[Any] = []
        for column, value in zip(self._columns, values, strict=True):
            if column.kind is Kind.JSON:
                cells += _flat(value)
            else:
                cells.append(_json(column.kind, value))
        self._kept.append(cells)
        if len(self._kept) >= _GROUP:
            self._flush()

    def close(self) -> None:
        try:
            if self._kept:
                self._flush()
        finally:
            self._writer.close()

    def _flush(self) -> None:
        columns = [
            self._arrow.array(column, type=field.type)
            for column, field in zip(zip(*self._kept, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema))
        self._kept = []


_WRITERS: dict[str, type[_Csv] | type[_JsonLines] | type[_Parquet]] = {
    "csv": _Csv,
    "jsonl": _JsonLines,
    "parquet": _Parquet,
}


def _flat_names(columns: Sequence[Column]) -> list[str]:
    return [
        name for column in columns for name in ([column.name, "type"] if column.kind is Kind.JSON else [column.name])
    ]


def _flat(value: Value) -> tuple[str | None, str | None]:
    """A JSON value as a text, and its type."""
    if value is MISSING:
        return None, None
    return value if isinstance(value, str) else to_canonical(value).decode(), json_type(value)


def _json(kind: Kind, value: Value) -> Value:
    """A value as JSON has it: what may be too large for a reader's numbers is a text of digits."""
    match kind, value:
        case Kind.SHARE, int() | float():
            return round(value, _DIGITS)
        case Kind.AMOUNT, int():
            return str(value)
        case _:
            return value


def _guarded(text: str | None) -> str:
    if text is None:
        return ""
    return "'" + text if _FORMULA.match(text) else text
