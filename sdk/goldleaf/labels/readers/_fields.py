"""What of an entry is taken: the fields that make a label, and numbers."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...canonical import Json
from ...errors import ArgumentError, LabelError

# What makes a label: the name of its one field, names of fields, or names of fields -> keys in the label.
Fields = str | Sequence[str] | Mapping[str, str]

MAX_ITEM = 2**32 - 1
# Task numbers are 64 bits of a submission's id.
MAX_TASK = 2**64 - 1
_DIGITS = re.compile(r"[0-9]{1,20}")
# Names that a message lists.
_MOST_NAMES = 12


class Chosen(NamedTuple):
    """Which fields make a label, and how."""

    # The label is the value of its one field, not an object.
    is_bare: bool
    # Name of the field -> key in the label.
    keys: Mapping[str, str]
    # Names of the fields that give a list.
    lists: frozenset[str]

    @classmethod
    def of(cls, label: Fields, *, lists: bool = False) -> "Chosen":
        """Raises `ArgumentError` unless `label` names fields, each for a key of its own."""
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
            raise ArgumentError(
                f"each field that makes the label needs a key of its own, and there are {list_names(keys)}"
            )
        return cls(isinstance(label, str), keys, frozenset(many))

    @property
    def names(self) -> Sequence[str]:
        """The fields, in the order in which they were named."""
        return list(self.keys)

    def label(
        self, values: Mapping[str, Json], kind: str, *, optional: bool = False, others: Sequence[str] = ()
    ) -> Json:
        """The label that `values` make; those of an object may be missing if `optional`.

        `others` are fields that there are, of which one may have been meant.
        """
        for name in self.names:
            if name not in values and (self.is_bare or not optional):
                hint = f", but of {list_names(others)}: say which makes the label, `label=`" if others else ""
                raise LabelError(f"no {kind} {name!r}{hint}")
        if self.is_bare:
            return values[self.names[0]]
        return {key: values[name] for name, key in self.keys.items() if name in values}


def item_number(values: Mapping[str, Json], name: str | None) -> int | None:
    """The item number in field `name`; None where items are counted. Raises `LabelError`."""
    if name is None:
        return None
    if name not in values:
        others = f", but {list_names(values)}" if values else ""
        raise LabelError(
            f"no item number: there is no {name!r}{others}"
            + (": say which has it, `item=`, or that items are counted by order, `item=None`" if values else "")
        )
    return _number(values[name], "an item number", MAX_ITEM)


def task_number(values: Mapping[str, Json], name: str | None) -> int | None:
    """The task's number in field `name`; None where there is none. Raises `LabelError`."""
    value = None if name is None else values.get(name)
    return None if value is None or value == "" else _number(value, "a task's number", MAX_TASK)


def list_names(names: Mapping[str, object] | Sequence[str]) -> str:
    """Names for a message."""
    shown = ", ".join(map(repr, [*names][:_MOST_NAMES]))
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown


def shorten(value: Json) -> str:
    """A value for a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _number(value: Json, what: str, most: int) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    # bool is an int in Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise LabelError(f"expected {what}, found {shorten(value)}")
    return value
