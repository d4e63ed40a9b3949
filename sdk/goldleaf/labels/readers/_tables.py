"""Labels from CSV: a line of column names, then a line per item.

A cell is text, and says nothing of its type: "3" may be the number 3 or the text "3". Its type is the one that was
stated for its column, or the only one with which the label schema allows the label; where several would do, nobody but
the file's owner knows. Empty cells give no value.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from math import prod
from typing import NamedTuple

from ...canonical import TYPES, Json, json_type, parse
from ...errors import ArgumentError, LabelError, NotCanonical
from ._fields import Chosen, Fields, item_number, list_names, shorten, task_number
from ._files import File
from ._rows import Row, SchemaSource, at

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# What may be stated of a column -> the JSON types that its cells may have.
_STATED: Mapping[str, Sequence[str]] = {
    "null": ["null"],
    "boolean": ["boolean"],
    "integer": ["integer"],
    "number": ["integer", "number"],
    "json": TYPES,
    "string": ["string"],
}
# Labels that a line may stand for, of which the schema may allow one.
_MOST_READINGS = 64
# What stands between the columns of files that are called CSV.
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def rows(
    file: File,
    *,
    item: str | None,
    label: Fields,
    task: str | None,
    types: Mapping[str, str],
    delimiter: str,
) -> Iterator[Row | None]:
    """The rows of a file; None for a line whose cells are empty: such an item is not labelled yet."""
    chosen = Chosen.of(label)
    columns = _columns(chosen, types)
    for place, cells in lines(file, [*([] if item is None else [item]), *chosen.names], delimiter):
        try:
            yield _row(place, cells, item, task, columns, chosen)
        except LabelError as error:
            raise at(place, error) from error


def lines(file: File, names: Sequence[str], delimiter: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The lines of a file that has columns of these names, and maybe others: place, and cells by columns.

    Blank lines are passed over. Raises `LabelError` naming file and line, `ArgumentError` for a bad delimiter.
    """
    header: list[str] | None = None
    for place, line in table_lines(file, delimiter):
        try:
            if header is None:
                _check_header(line, names, delimiter)
                header = line
            elif line:
                if len(line) != len(header):
                    raise LabelError(f"{len(line)} cells, but {len(header)} columns")
                yield place, dict(zip(header, line, strict=True))
        except LabelError as error:
            raise at(place, error) from error


def table_lines(file: File, delimiter: str = ",") -> Iterator[tuple[str, list[str]]]:
    """The lines of a table as cells, blank ones as none, each with its place in the file; the names of columns first.

    Raises `LabelError` naming the line, also for a file that is empty; `ArgumentError` if `delimiter` cannot be one.
    """
    try:
        table = csv.reader(file.text_lines(), delimiter=delimiter, strict=True)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"delimiter {delimiter!r}: {error}") from error
    while True:
        place = file.place(f"line {table.line_num + 1}")
        try:
            line = next(table)
        except StopIteration:
            break
        except csv.Error as error:
            raise LabelError(f"{place}: {_sentence(error)}") from error
        yield place, line
    if not table.line_num:
        raise LabelError(f"{file.name}: the file is empty" if file.name else "the file is empty")


def _sentence(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "a quotation mark is opened here and never closed"
    if "expected after" in text:
        return "text follows a closing quotation mark; inside a cell, each quotation mark is written twice"
    if "field limit" in text:
        return f"a cell has more than {csv.field_size_limit():,} characters"
    if "new-line" in text:
        return "a carriage return outside quotation marks: save it with the line ends of Unix or Windows"
    return text


def _check_header(header: Sequence[str], names: Sequence[str], delimiter: str) -> None:
    repeated = [name for name in header if header.count(name) > 1]
    if repeated:
        raise LabelError(f"column {repeated[0]!r} is repeated")
    for name in names:
        if name not in header:
            raise LabelError(f"no column {name!r}, the file has {list_names(header)}{_other_delimiter(header, names)}")


def _other_delimiter(header: Sequence[str], names: Sequence[str]) -> str:
    """What to say of a file whose columns are separated by something else than was said."""
    for delimiter, called in _DELIMITERS.items():
        columns = [column.strip(' "') for column in delimiter.join(header).split(delimiter)]
        if len(header) == 1 and len(columns) > 1 and set(names) <= set(columns):
            how = "`format='tsv'`" if delimiter == "\t" else f"`delimiter={delimiter!r}`"
            return f": its columns are separated by {called}, say so: {how}"
    return ""


def _row(
    place: str,
    cells: Mapping[str, str],
    item: str | None,
    task: str | None,
    columns: "Sequence[_Column]",
    chosen: Chosen,
) -> Row | None:
    texts = {name: cells[name] for name in chosen.names if cells[name] != ""}
    if not texts:
        return None
    return Row(place, item_number(cells, item), task_number(cells, task), _Cells(chosen, columns, texts))


class _Column(NamedTuple):
    """A column of which labels are made."""

    name: str
    # Its key in the label; None: it is the label.
    key: str | None
    # What was stated, one of `_STATED`.
    type: str | None

    def types(self, schema: SchemaSource) -> Collection[str]:
        """The JSON types that its cells may have: what was stated, or the label schema allows; or text."""
        if self.type is not None:
            return _STATED[self.type]
        known = schema()
        # What the schema allows not at all is read, and refused by whoever holds labels against it.
        return _STATED["string"] if known is None else known.types(self.key) or TYPES

    def readings(self, text: str, schema: SchemaSource) -> list[Json]:
        """The values that a cell may stand for, one at least. Raises `LabelError`."""
        types = self.types(schema)
        # Of JSON, a text is a string only in quotation marks.
        may_be_text = "string" in types and self.type != "json"
        found = [value for value in _values(text, is_json=self.type == "json") if json_type(value) in types]
        if may_be_text and not found and "number" in types and _looks_like_number(text):
            raise LabelError(
                f"column {self.name!r}: {shorten(text)} may be meant as a number, but is none of JSON; by the label "
                "schema it may be a text: say the column's type, `types=`"
            )
        if may_be_text:
            found.append(text)
        if not found:
            expected = "json" if self.type == "json" else _list_types(types)
            hint = "; decimals have a point" if "number" in types and _looks_like_number(text) and "," in text else ""
            raise LabelError(f"column {self.name!r}: expected {expected}, found {shorten(text)}{hint}")
        return found


class _Cells(NamedTuple):
    """A line's cells that are not empty, by columns."""

    chosen: Chosen
    columns: Sequence[_Column]
    texts: Mapping[str, str]

    def read(self, schema: SchemaSource) -> Json:
        """The only label that the cells may stand for. Raises `LabelError` if that cannot be told."""
        columns = [column for column in self.columns if column.name in self.texts]
        readings = [column.readings(self.texts[column.name], schema) for column in columns]
        several = next((place for place, values in enumerate(readings) if len(values) > 1), None)
        if several is None:
            return self._label(columns, [values[0] for values in readings])
        known = schema()
        assert known is not None
        allowed: list[Json] = []
        if prod(map(len, readings)) <= _MOST_READINGS:
            labels = [self._label(columns, values) for values in product(*readings)]
            allowed = [label for label in labels if known.refusal(label) is None]
        if len(allowed) == 1:
            return allowed[0]
        kinds = _list_types({json_type(value) for value in readings[several]})
        raise LabelError(
            f"column {columns[several].name!r}: {shorten(self.texts[columns[several].name])} may be {kinds}, and the "
            "label schema does not tell: say the column's type, or that its cells are json, `types=`"
        )

    def _label(self, columns: Sequence[_Column], values: Sequence[Json]) -> Json:
        named = {column.name: value for column, value in zip(columns, values, strict=True)}
        return self.chosen.label(named, "value in column", optional=True)


def _values(text: str, *, is_json: bool) -> list[Json]:
    """What a cell stands for besides its text: one value, or none."""
    if text.lower() in ("true", "false"):
        return [text.lower() == "true"]
    if is_json or text == "null" or text[0] in "[{" or _NUMBER.fullmatch(text):
        with suppress(NotCanonical):
            return [parse(text.encode("utf-8"))[0]]
    return []


def _looks_like_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _list_types(types: Collection[str]) -> str:
    """Types for a message. Every integer is a number."""
    named = [name for name in TYPES if name in types and not (name == "integer" and "number" in types)]
    return " or ".join(named)


def _columns(chosen: Chosen, types: Mapping[str, str]) -> "list[_Column]":
    for name, kind in types.items():
        if name not in chosen.keys:
            raise ArgumentError(f"a type is stated of column {name!r}, which is not among {list_names(chosen.names)}")
        if kind not in _STATED:
            raise ArgumentError(f"column {name!r} cannot have the type {kind!r}, but one of {', '.join(_STATED)}")
    return [_Column(name, None if chosen.is_bare else key, types.get(name)) for name, key in chosen.keys.items()]
