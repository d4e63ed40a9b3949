"""Labels from the JSON export of Label Studio: a list of tasks, each with its annotations."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...canonical import STRICT, Json, check_nesting
from ...errors import LabelError, NotCanonical
from ._fields import Chosen, Fields, item_number, shorten
from ._files import File
from ._rows import Given, Row, at

# Chooses the annotations whose author the export does not say, as of users who were deleted.
UNKNOWN = "unknown"

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


def rows(file: File, *, item: str | None, label: Fields, authors: "Authors") -> Iterator[Row | None]:
    """The rows of a file; None for a task that the chosen annotator has not labelled."""
    chosen = Chosen.of(label, lists=True)
    for place, task in _tasks(file):
        try:
            annotations = [one for one in _annotations(task) if authors.are_chosen(one)]
            results = [_result(one) for one in annotations]
            if len(annotations) > 1:
                ids = ", ".join(str(one.get("id")) for one in annotations)
                raise LabelError(f"{len(annotations)} annotations by the same annotator (ids {ids}): leave one")
            if annotations:
                named = sorted(
                    {str(each["from_name"]) for each in results[0] if isinstance(each, dict) and "from_name" in each}
                )
                value = chosen.label(_controls(results[0], chosen), "value of control", optional=True, others=named)
                yield Row(place, item_number(_member(task, "data", dict), item), None, Given(value))
            else:
                yield None
        except LabelError as error:
            raise at(place, error) from error


# ---------------------------------------------------------------- authors


class _Author(NamedTuple):
    """Who made an annotation, as far as it is said."""

    id: int | None
    email: str | None

    @classmethod
    def of(cls, annotation: Mapping[str, Json]) -> "_Author":
        by = annotation.get("completed_by")
        if isinstance(by, dict):
            return cls(_user_id(by.get("id")), _email(by.get("email")))
        return cls(_user_id(by), _email(by))


class Authors:
    """Whose annotations are taken, of all files that are read together.

    Annotations of several people are never one label set, and those whose author is not known may be of several.
    """

    def __init__(self, files: Sequence[File], annotator: int | str | None) -> None:
        """`annotator`: an id, an e-mail address, or `UNKNOWN`; None where all are by one.

        Raises `LabelError` if that leaves open whose to take, or if there are none by that one.
        """
        made = [
            (place, _Author.of(one)) for file in files for place, task in _tasks(file) for one in _made(place, task)
        ]
        # One who is told by an id here, and by an e-mail address there.
        self._ids = {author.email: author.id for _, author in made if author.email and author.id is not None}
        keys = [(place, self._key(author)) for place, author in made]
        self._count = Counter(key for _, key in keys)
        self._chosen: int | str | None = None
        self._is_everybody = annotator is None
        if annotator is None:
            self._check_one(keys)
        elif made and annotator != UNKNOWN:
            self._chosen = self._find(annotator, made)
        if files and not self._is_everybody and not self._count[self._chosen]:
            raise LabelError(f"there is no annotation by {annotator!r}, but by {self._who()}")

    def are_chosen(self, annotation: Mapping[str, Json]) -> bool:
        """Whether an annotation is by the one whose annotations are taken."""
        return self._is_everybody or self._key(_Author.of(annotation)) == self._chosen

    def _key(self, author: _Author) -> int | str | None:
        """The same for the same person; None where nobody knows."""
        if author.id is not None or author.email is None:
            return author.id
        return self._ids.get(author.email, author.email)

    def _find(self, annotator: int | str, made: Sequence[tuple[str, _Author]]) -> int | str | None:
        number = _user_id(annotator)
        if number is not None:
            return number
        email = _email(annotator)
        if len({author.id for _, author in made if author.email == email and author.id is not None}) > 1:
            raise LabelError(
                f"several annotators have the e-mail address {annotator!r}: say whose to take by id, `annotator=`"
            )
        return self._key(_Author(None, email or str(annotator)))

    def _check_one(self, keys: Sequence[tuple[str, int | str | None]]) -> None:
        if len(self._count) + max(0, self._count[None] - 1) > 1:
            place = next(place for place, key in keys[1:] if key is None or key != keys[0][1])
            raise LabelError(f"{place}: there are annotations by {self._who()}: say whose to take, `annotator=`")

    def _who(self) -> str:
        """Who is in the files."""
        ids = sorted(key for key in self._count if isinstance(key, int))
        emails = sorted(key for key in self._count if isinstance(key, str))
        parts = [f"the annotators {', '.join([*map(str, ids), *emails])}"] if ids or emails else []
        if not emails and not self._ids and ids:
            parts[0] += " (none with an e-mail address)"
        if self._count[None]:
            unknown = f"{self._count[None]} by unknown ones, such as deleted users"
            parts.append(f"{unknown} (`annotator={UNKNOWN!r}` takes them for one)")
        return ", and ".join(parts) or "nobody"


def _made(place: str, task: Mapping[str, Json]) -> list[dict[str, Json]]:
    try:
        return _annotations(task)
    except LabelError as error:
        raise at(place, error) from error


def _user_id(value: Json) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _email(value: Json) -> str | None:
    return value.strip().lower() if isinstance(value, str) and value.strip() and _user_id(value) is None else None


# ---------------------------------------------------------------- tasks


def _tasks(file: File) -> Iterator[tuple[str, dict[str, Json]]]:
    text = file.text()
    try:
        check_nesting(text.encode("utf-8"))
    except NotCanonical as error:
        raise LabelError(f"{file.place('the export')}: {error.detail}") from error
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise LabelError(
            f"{file.place('line 1')}: expected a list of tasks: export as JSON (for JSON Lines, say `format='jsonl'`)"
        )
    at = _skip(text, at + 1)
    index = 0
    while text[at : at + 1] != "]":
        place = f"task at index {index}"
        try:
            if index > 0:
                if text[at : at + 1] != ",":
                    raise json.JSONDecodeError("expected a comma or the end of the list", text, at)
                at = _skip(text, at + 1)
            task, at = STRICT.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise LabelError(f"{file.place(f'line {error.lineno}, {place}')}: not JSON: {error.msg}") from error
        except ValueError as error:
            raise LabelError(f"{file.place(place)}: {error}") from error
        if not isinstance(task, dict):
            raise LabelError(f"{file.place(place)}: expected an object")
        yield file.place(f"task {task['id']}" if isinstance(task.get("id"), int) else place), task
        at = _skip(text, at)
        index += 1
    if _skip(text, at + 1) != len(text):
        raise LabelError(f"{file.place('at the end')}: there is something behind the list of tasks")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _annotations(task: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The annotations of a task that were not skipped."""
    _member(task, "data", dict)
    annotations = _member(task, "annotations", list)
    if not all(isinstance(one, dict) for one in annotations):
        raise LabelError("an annotation is not an object")
    return [one for one in annotations if not one.get("was_cancelled")]


def _member(task: Mapping[str, Json], name: str, kind: type) -> Any:
    if not isinstance(task.get(name), kind):
        raise LabelError(f"no {name}: export as JSON, not as JSON-MIN")
    return task[name]


def _result(annotation: Mapping[str, Json]) -> list[Json]:
    result = annotation.get("result")
    if not isinstance(result, list):
        found = shorten(result) if result is not None else "null" if "result" in annotation else "nothing"
        raise LabelError(f"no result in annotation {annotation.get('id')}: expected a list, found {found}; delete it")
    return result


def _controls(result: Sequence[Json], chosen: Chosen) -> dict[str, Json]:
    """Control -> its value, or its values where it gives a list."""
    found: dict[str, list[Json]] = {name: [] for name in chosen.names}
    for region in result:
        name = region.get("from_name") if isinstance(region, dict) else None
        if isinstance(name, str) and name in found:
            found[name] += _values(region)
    controls: dict[str, Json] = {}
    for name, values in found.items():
        if name in chosen.lists:
            controls[name] = values
        elif len(values) > 1:
            raise LabelError(f"control {name!r} has {len(values)} values: take them as a list, `label='{name}[]'`")
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
