"""Labels from JSON Lines: one JSON object per line."""

from collections.abc import Iterable, Iterator

from ...canonical import parse
from ...errors import LabelError, NotCanonical
from ._fields import Chosen, Fields, item_number, shorten, task_number
from ._files import File, not_utf_8
from ._rows import Given, Row, at


def json_lines(
    file: File, lines: Iterable[tuple[int, bytes]], item: str | None, label: Fields, task: str | None = None
) -> Iterator[Row]:
    """The rows of numbered lines of a file."""
    chosen = Chosen.of(label)
    for number, line in lines:
        place = file.place(f"line {number}")
        try:
            entry, _ = parse(line)
            if not isinstance(entry, dict):
                raise LabelError(f"expected a JSON object, found {shorten(entry)}")
            found = item_number(entry, item), task_number(entry, task)
            yield Row(place, *found, Given(chosen.label(entry, "field")))
        except NotCanonical as error:
            raise at(place, error if _is_utf_8(line) else LabelError(f"{error.detail}; {not_utf_8(line)}")) from error
        except LabelError as error:
            raise at(place, error) from error


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
