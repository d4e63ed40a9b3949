"""Labels that somebody is working on: each is kept for itself, so that no tab takes the place of another's work."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goldleaf import LabelSet
from goldleaf.canonical import Json
from goldleaf.ids import name_submission

from .database import Database


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has given for an item so far: a label, or parts of one."""

    label: Json = None
    is_label: bool = False
    # What the form holds, where that is no label yet.
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Drafts:
    """The drafts of one account for one submission. Methods block: call them in a thread."""

    def __init__(self, database: Database, account: str, submission: int) -> None:
        self._database = database
        self._account = account
        self._kind = f"labels of {name_submission(submission)}"

    def all(self) -> dict[int, Draft]:
        """Item -> draft."""
        found = self._database.recall_all(self._account, self._kind)
        return {int(item): _draft(content) for item, content in found.items()}

    def keep_label(self, item: int, label: Json) -> None:
        """Keeps a label."""
        self._keep(item, {"label": label})

    def keep_labels(self, labels: Mapping[int, Json]) -> None:
        """Keeps labels of several items."""
        for item, label in labels.items():
            self.keep_label(item, label)

    def keep_values(self, item: int, values: Mapping[str, Sequence[str]]) -> None:
        """Keeps what is no label yet."""
        self._keep(item, {"values": {name: [*texts] for name, texts in values.items()}})

    def forget(self, item: int) -> None:
        """Deletes the draft of an item."""
        self._database.forget(self._account, self._kind, str(item))

    def _keep(self, item: int, content: Json) -> None:
        self._database.keep(self._account, self._kind, str(item), json.dumps(content, ensure_ascii=False))


def label_set(drafts: Mapping[int, Draft], items: range) -> LabelSet | None:
    """The labels of a batch; None while an item has none."""
    labels = {item: draft.label for item, draft in drafts.items() if draft.is_label and item in items}
    return LabelSet.from_mapping(labels, items) if len(labels) == len(items) else None


def _draft(content: str) -> Draft:
    found = json.loads(content)
    return Draft(found["label"], True) if "label" in found else Draft(values=found["values"])
