"""What a reader finds, and what becomes of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ...canonical import Json
from ...errors import LabelError, LabelTooLarge, NotCanonical
from ..label import encode_label

if TYPE_CHECKING:
    from ..schema import Schema

# Gives the label schema, if there is one; asked only where it is needed.
SchemaSource = Callable[[], "Schema | None"]


class Entry(NamedTuple):
    """A label read from a file."""

    # For messages: "labels.csv, line 3".
    place: str
    item: int
    # Canonical JSON.
    label: bytes


class Unread(Protocol):
    """What is a label only by a label schema."""

    def read(self, schema: SchemaSource) -> Json:
        """The label. Raises `LabelError` if it is none, or may be several."""


class Given(NamedTuple):
    """A label that is the same by any schema."""

    value: Json

    def read(self, schema: SchemaSource) -> Json:
        """The label."""
        return self.value


class Row(NamedTuple):
    """What a reader finds of one item."""

    place: str
    # None: items are counted.
    item: int | None
    # None: not said.
    task: int | None
    label: Unread

    def entry(self, schema: SchemaSource = lambda: None) -> Entry:
        """The label in canonical JSON, its type by `schema`. Raises `LabelError` naming the place."""
        assert self.item is not None
        try:
            return Entry(self.place, self.item, encode_label(self.label.read(schema)))
        except (LabelError, NotCanonical, LabelTooLarge) as error:
            raise at(self.place, error) from error


def at(place: str, error: LabelError) -> LabelError:
    """The error, with its place before it."""
    return LabelError(f"{place}: {error.detail}")
