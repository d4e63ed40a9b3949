"""Labels from the files that people have: JSON Lines, CSV, and the JSON export of Label Studio.

Each reader yields entries: where the label stands in the file, its item number, and its canonical JSON. Only what is
chosen by name gets into a label, so that the names and e-mail addresses beside it stay where they are.
"""

import csv
import io
import json
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from ._label import encode_label
from .canonical import Json, parse, refuse_constant, unique
from .errors import ArgumentError, GoldleafWarning, LabelError, LabelTooLarge, NotCanonical

# A path, or the bytes of a file.
Source = str | os.PathLike[str] | bytes
# What makes a label: the name of its one field, names of fields, or names of fields -> keys in the label.
Fields = str | Sequence[str] | Mapping[str, str]


class Entry(NamedTuple):
    """A label read from a file."""

    # For messages: "line 3".
    place: str
    item: int
    # Canonical JSON.
    label: bytes


MAX_ITEM = 2**32 - 1
# Of a file that is read line by line; a label of 2,048 bytes may stand among other things.
_MAX_LINE_BYTES = 2**20
_BOM = b"\xef\xbb\xbf"
_DIGITS = re.compile(r"[0-9]{1,10}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_EMAIL = re.compile(rb"(?<=[\w.+-])@[\w-]+\.\w")


def numbered_lines(source: Source, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not blank, with their numbers, of which `first` is the first line's."""
    for number, line in lines(source, first):
        text = line.strip(b" \t\r\n")
        if text:
            yield number, text


def collect(entries: Iterable[Entry], items: range | None) -> dict[int, bytes]:
    """Item number -> label, of `items` only if they are given.

    Warns of labels that look as if there were an e-mail address in them. Raises `LabelError` where an item has two.
    """
    labels: dict[int, bytes] = {}
    places: dict[int, str] = {}
    for place, item, label in entries:
        if items is not None and item not in items:
            continue
        if item in labels:
            raise LabelError(f"{place}: item {item} has a label already, by {places[item]}")
        warn_if_personal(place, item, label)
        labels[item] = label
        places[item] = place
    return labels


def warn_if_personal(place: str, item: int, label: bytes) -> None:
    """Warns of a label that looks as if there were an e-mail address in it."""
    if b"@" in label and _EMAIL.search(label):
        message = f"{place}: the label of item {item} seems to hold an e-mail address; labels are public for good"
        warnings.warn(message, GoldleafWarning, stacklevel=4)


# ---------------------------------------------------------------- JSON Lines


def json_lines(lines: Iterable[tuple[int, bytes]], item: str, label: Fields) -> Iterator[Entry]:
    """The entries of a file with one JSON object per line."""
    fields = _Fields.of(label)
    for number, line in lines:
        try:
            entry, _ = parse(line)
            if not isinstance(entry, dict):
                raise LabelError(f"expected a JSON object, found {_shorten(entry)}")
            found = _item(entry, item)
            encoded = encode_label(fields.label(entry, "field"))
        except (LabelError, NotCanonical, LabelTooLarge) as error:
            raise LabelError(f"line {number}: {error.detail}") from error
        yield Entry(f"line {number}", found, encoded)


# ---------------------------------------------------------------- CSV


def csv_rows(
    source: Source, item: str, label: Fields, types: Mapping[str, str], schema: Json, delimiter: str
) -> Iterator[Entry]:
    """The entries of a CSV file with a line of column names."""
    fields = _Fields.of(label)
    try:
        rows = csv.reader(_text_lines(source), delimiter=delimiter, strict=True)
    except TypeError as error:
        raise ArgumentError(f"delimiter {delimiter!r}: {error}") from error
    header: list[str] | None = None
    convert: dict[str, Callable[[str], Json]] = {}
    while True:
        place = f"line {rows.line_num + 1}"
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            raise LabelError(f"{place}: {error}") from error
        if header is None:
            header = row
            _check_columns(place, header, [item, *fields.names])
            convert = {name: _converter(name, types.get(name) or _types(schema, fields, name)) for name in fields.names}
        elif row:
            yield from _row(place, header, row, item, fields, convert)
    if header is None:
        raise LabelError("the file is empty")


def _row(
    place: str,
    header: Sequence[str],
    row: Sequence[str],
    item: str,
    fields: "_Fields",
    convert: Mapping[str, Callable[[str], Json]],
) -> Iterator[Entry]:
    """The row's entry, or none if all its cells are empty: such an item is not labelled yet."""
    try:
        if len(row) != len(header):
            raise LabelError(f"{len(row)} cells, but {len(header)} columns")
        cells = dict(zip(header, row, strict=True))
        values = {}
        for name in fields.names:
            if cells[name] != "":
                values[name] = convert[name](cells[name])
        if values:
            label = fields.label(values, "value in column", optional=True)
            yield Entry(place, _item(cells, item), encode_label(label))
    except (LabelError, NotCanonical, LabelTooLarge) as error:
        raise LabelError(f"{place}: {error.detail}") from error


def _check_columns(place: str, header: Sequence[str], names: Sequence[str]) -> None:
    repeated = [name for name in header if header.count(name) > 1]
    if repeated:
        raise LabelError(f"{place}: column {repeated[0]!r} is repeated")
    for name in names:
        if name not in header:
            raise LabelError(f"{place}: no column {name!r}, the file has {', '.join(map(repr, header))}")


def _types(schema: Json, fields: "_Fields", name: str) -> Sequence[str]:
    """The JSON types that the label schema allows for a column, or text if it is silent."""
    if not fields.is_bare and isinstance(schema, dict):
        properties = schema.get("properties")
        schema = properties.get(fields.keys[name]) if isinstance(properties, dict) else None
    if not isinstance(schema, dict):
        return ["string"]
    if "type" in schema:
        types = schema["type"]
        return [types] if isinstance(types, str) else list(types)
    values = schema["enum"] if isinstance(schema.get("enum"), list) else [schema["const"]] if "const" in schema else []
    return [_type_of(value) for value in values] or ["string"]


def _type_of(value: Json) -> str:
    # bool is an int in Python.
    kinds = [(bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (type(None), "null")]
    return next((name for kind, name in kinds if isinstance(value, kind)), "json")


def _converter(name: str, types: str | Sequence[str]) -> Callable[[str], Json]:
    wanted = {types} if isinstance(types, str) else {"json" if kind in ("array", "object") else kind for kind in types}
    unknown = wanted - _CONVERTERS.keys()
    if unknown:
        raise ArgumentError(f"column {name!r} cannot have the type {sorted(unknown)[0]!r}")
    # Text last, for every cell is one.
    kinds = [kind for kind in _CONVERTERS if kind in wanted]

    def convert(cell: str) -> Json:
        for kind in kinds:
            try:
                return _CONVERTERS[kind](cell)
            except ValueError:
                continue
        raise LabelError(f"column {name!r}: expected {' or '.join(kinds)}, found {_shorten(cell)}")

    return convert


def _null(cell: str) -> None:
    if cell != "null":
        raise ValueError(cell)


def _boolean(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise ValueError(cell)
    return cell.lower() == "true"


def _integer(cell: str) -> int:
    number = _number(cell)
    # Programs that know only floats write 3 as 3.0.
    if number != int(number):
        raise ValueError(cell)
    return int(number)


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError(cell)
    number: float = _json(cell)
    return number


def _json(cell: str) -> Json:
    try:
        return parse(cell.encode("utf-8"))[0]
    except NotCanonical as error:
        raise ValueError(error.detail) from error


# In the order in which they are tried.
_CONVERTERS: Mapping[str, Callable[[str], Json]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "json": _json,
    "string": str,
}


# ---------------------------------------------------------------- Label Studio

# The controls whose values stand for the whole item, and where in `value` they are. With anything else beside it the
# value belongs to a region.
_WHOLE = {
    "choices": "choices",
    "datetime": "datetime",
    "number": "number",
    "pairwise": "selected",
    "rating": "rating",
    "taxonomy": "taxonomy",
    "textarea": "text",
}


def label_studio(source: Source, item: str, label: Fields, annotator: int | str | None) -> Iterator[Entry]:
    """The entries of a JSON export of Label Studio: a list of tasks, each with its annotations."""
    fields = _Fields.of(label, lists=True)
    authors: set[int | None] = set()
    for place, task in _tasks(source):
        try:
            data, annotations = _member(task, "data", dict), _member(task, "annotations", list)
            chosen = [one for one in annotations if _is_chosen(one, annotator)]
            authors |= {_author(one)[0] for one in chosen}
            if annotator is None and len(authors) > 1:
                ids = ", ".join(sorted(map(str, authors)))
                raise LabelError(f"there are annotations by the annotators {ids}: say whose with `annotator`")
            if len(chosen) > 1:
                ids = ", ".join(str(one.get("id")) for one in chosen)
                raise LabelError(f"{len(chosen)} annotations by the same annotator (ids {ids}): leave one")
            if chosen:
                encoded = encode_label(fields.label(_controls(chosen[0], fields), "value of control", optional=True))
                yield Entry(place, _item(data, item), encoded)
        except (LabelError, NotCanonical, LabelTooLarge) as error:
            raise LabelError(f"{place}: {error.detail}") from error


def _tasks(source: Source) -> Iterator[tuple[str, dict[str, Json]]]:
    with _open(source) as file:
        data = file.read().removeprefix(_BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LabelError(f"line {line}: not UTF-8") from error
    decoder = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=unique)
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise LabelError("expected a list of tasks: export as JSON")
    at = _skip(text, at + 1)
    index = 0
    while text[at : at + 1] != "]":
        place = f"task at index {index}"
        try:
            if index > 0:
                if text[at : at + 1] != ",":
                    raise json.JSONDecodeError("expected a comma or the end of the list", text, at)
                at = _skip(text, at + 1)
            task, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise LabelError(f"line {error.lineno}, {place}: not JSON: {error.msg}") from error
        except (ValueError, RecursionError) as error:
            raise LabelError(f"{place}: {error}") from error
        if not isinstance(task, dict):
            raise LabelError(f"{place}: expected an object")
        yield (f"task {task['id']}" if isinstance(task.get("id"), int) else place), task
        at = _skip(text, at)
        index += 1
    if _skip(text, at + 1) != len(text):
        raise LabelError("there is something behind the list of tasks")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _member(task: Mapping[str, Json], name: str, kind: type) -> Any:
    if not isinstance(task.get(name), kind):
        raise LabelError(f"no {name}: export as JSON, not as JSON-MIN")
    return task[name]


def _is_chosen(annotation: Json, annotator: int | str | None) -> bool:
    if not isinstance(annotation, dict):
        raise LabelError("an annotation is not an object")
    if annotation.get("was_cancelled"):
        return False
    if annotator is None:
        return True
    number, email = _author(annotation)
    if isinstance(annotator, int) or annotator.isdecimal():
        return number == int(annotator)
    if email is None:
        raise LabelError(f"the annotation of annotator {number} has no e-mail address: say whose by id")
    return email.lower() == annotator.lower()


def _author(annotation: Mapping[str, Json]) -> tuple[int | None, str | None]:
    """The id and the e-mail address of who made an annotation."""
    author = annotation.get("completed_by")
    number, email = (author.get("id"), author.get("email")) if isinstance(author, dict) else (author, None)
    return (number if isinstance(number, int) else None), (email if isinstance(email, str) else None)


def _controls(annotation: Mapping[str, Json], fields: "_Fields") -> dict[str, Json]:
    """Control -> its value, or its values where it gives a list."""
    found: dict[str, list[Json]] = {name: [] for name in fields.names}
    for region in _member(annotation, "result", list):
        name = region.get("from_name") if isinstance(region, dict) else None
        if name in found:
            found[name] += _values(region)
    controls: dict[str, Json] = {}
    for name, values in found.items():
        if name in fields.lists:
            controls[name] = values
        elif len(values) > 1:
            raise LabelError(f"control {name!r} has {len(values)} values: take them as a list, by the key '{name}[]'")
        elif values:
            controls[name] = values[0]
    return controls


def _values(region: Mapping[str, Json]) -> list[Json]:
    value = region.get("value")
    member = _WHOLE.get(str(region.get("type")))
    if isinstance(value, dict) and value.keys() == {member}:
        value = value[member]
        return value if isinstance(value, list) else [value]
    return [value]


# ---------------------------------------------------------------- shared


class _Fields(NamedTuple):
    """Which fields make a label, and how."""

    # The label is the value of its one field, not an object.
    is_bare: bool
    # Name of the field -> key in the label.
    keys: Mapping[str, str]
    # Names of the fields that give a list.
    lists: frozenset[str]

    @classmethod
    def of(cls, label: Fields, *, lists: bool = False) -> "_Fields":
        keys = dict(label) if isinstance(label, Mapping) else {}
        if isinstance(label, str):
            keys = {label: label}
        elif not isinstance(label, Mapping):
            keys = {name: name for name in label}
        many: set[str] = set()
        if lists:
            named = isinstance(label, Mapping)
            many = {name if named else name.removesuffix("[]") for name, key in keys.items() if key.endswith("[]")}
            keys = {name if named else name.removesuffix("[]"): key.removesuffix("[]") for name, key in keys.items()}
        if not keys or len(set(keys.values())) != len(keys):
            raise ArgumentError(f"{label!r} does not say what makes a label: names, each once")
        return cls(isinstance(label, str), keys, frozenset(many))

    @property
    def names(self) -> Sequence[str]:
        return list(self.keys)

    def label(self, values: Mapping[str, Json], kind: str, *, optional: bool = False) -> Json:
        """The label that `values` make; those of an object may be missing if `optional`."""
        for name in self.names:
            if name not in values and (self.is_bare or not optional):
                raise LabelError(f"no {kind} {name!r}")
        if self.is_bare:
            return values[self.names[0]]
        return {key: values[name] for name, key in self.keys.items() if name in values}


def _item(values: Mapping[str, Json], name: str) -> int:
    if name not in values:
        raise LabelError(f"no item number: there is no {name!r}")
    value = values[name]
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    # bool is an int in Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_ITEM:
        raise LabelError(f"expected an item number, found {_shorten(value)}")
    return value


def _open(source: Source) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return open(source, "rb")
    except OSError as error:
        raise LabelError(f"{os.fspath(source)} cannot be read: {error.strerror}") from error


def lines(source: Source, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """All lines with their numbers, of which `first` is the first line's."""
    with _open(source) as file:
        number = first
        while line := file.readline(_MAX_LINE_BYTES + 1):
            if len(line) > _MAX_LINE_BYTES:
                raise LabelError(f"line {number}: longer than {_MAX_LINE_BYTES} bytes")
            yield number, line.removeprefix(_BOM) if number == 1 else line
            number += 1


def _text_lines(source: Source) -> Iterator[str]:
    for number, line in lines(source):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise LabelError(f"line {number}: not UTF-8") from error


def _shorten(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
