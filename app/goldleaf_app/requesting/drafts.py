"""A task that is being put together: what its requester has typed, step by step, kept in private for the account.

What was typed is kept as it was typed, right or wrong; `done` says which steps were found right. Items, known answers
and plans can be large, and are kept apart from it.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from goldleaf.canonical import Json
from goldleaf.labels import Item
from goldleaf.testing import Plan

from ..database import Database

# Kinds of private things.
DRAFT, ITEMS, KNOWN, PLAN, NAMES = "task draft", "task items", "known answers", "test plan", "item names"
# An account puts one task together at a time.
ONLY = "new"
# The steps, in their order, and what they are called.
STEPS: Mapping[str, str] = {
    "items": "Items",
    "guidelines": "Guidelines",
    "labels": "Labels",
    "terms": "Pay and terms",
    "test": "Test",
    "review": "Review",
}
# Of what is typed in a step, in characters, but for guidelines.
LONGEST = 64 * 1024
_EDITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class DraftItem:
    """Something that is to be labelled."""

    name: str  # what its owner calls it; it stays in private
    uri: str
    keccak256: str  # hex
    size: int  # bytes

    @property
    def item(self) -> Item:
        """As manifests have it."""
        return Item(self.uri, bytes.fromhex(self.keccak256))


@dataclass
class Draft:
    """What was typed so far."""

    # Step -> field -> what was typed.
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    # Steps that were found right as they are.
    done: list[str] = field(default_factory=list)
    # How many items there are, and their bytes.
    items: int = 0
    size: int = 0
    # How many answers are known.
    known: int = 0
    # What to know about the terms that a preset has filled in.
    notes: list[str] = field(default_factory=list)
    # keccak-256 of the manifest that was made of it, hex, and where that lies; empty since something was changed.
    terms: str = ""
    uri: str = ""

    def of(self, step: str) -> dict[str, str]:
        """What was typed in a step."""
        return self.typed.get(step, {})

    def type(self, step: str, values: Mapping[str, str], *, done: bool) -> None:
        """Takes down what was typed in a step. A manifest that was made before is out of date."""
        if self.typed.get(step) != dict(values):
            self.change()
        self.typed[step] = dict(values)
        self.mark(step, done=done)

    def mark(self, step: str, *, done: bool) -> None:
        """Takes down whether a step is right as it is."""
        self.done = [name for name in STEPS if (name in self.done and name != step) or (name == step and done)]

    def change(self) -> None:
        """Forgets the manifest that was made."""
        self.terms = self.uri = ""

    @property
    def next_step(self) -> str:
        """The first step that is left to do."""
        return next((step for step in STEPS if step not in self.done), "review")


class Drafts:
    """The drafts and plans of one account. Methods block: call them in a thread."""

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self.account = account

    def load(self) -> Draft:
        """The account's draft; an empty one if there is none."""
        found = self._recall(DRAFT, ONLY)
        return Draft() if found is None else Draft(**found)

    def edit(self, change: Callable[[Draft], object]) -> Draft:
        """Changes the draft, and keeps it. While one page saves what is typed, another is being left by a button."""
        with _EDITING:
            draft = self.load()
            change(draft)
            self._keep(DRAFT, ONLY, asdict(draft))
        return draft

    def finish(self, checked: Draft, step: str) -> None:
        """Takes down that a step is right, if it is still as it was when it was looked at."""

        def change(draft: Draft) -> None:
            if draft.of(step) == checked.of(step):
                draft.mark(step, done=True)

        self.edit(change)

    def forget(self) -> None:
        """Begins anew."""
        for kind in (DRAFT, ITEMS, KNOWN):
            self._database.forget(self.account, kind, ONLY)

    # ------------------------------------------------------------ what is large

    def items(self) -> list[DraftItem]:
        """The items of the draft, in their owner's order."""
        return [DraftItem(*row) for row in self._recall(ITEMS, ONLY) or ()]

    def keep_items(self, items: Iterable[DraftItem]) -> None:
        """Keeps the items of the draft. What was known was known of others."""
        self._keep(ITEMS, ONLY, [[one.name, one.uri, one.keccak256, one.size] for one in items])
        self._database.forget(self.account, KNOWN, ONLY)

    def known(self) -> dict[int, Json]:
        """The answers that are known, by the numbers of the draft's items."""
        return {int(number): answer for number, answer in (self._recall(KNOWN, ONLY) or {}).items()}

    def keep_known(self, known: Mapping[int, Json]) -> None:
        """Keeps the answers that are known."""
        self._keep(KNOWN, ONLY, {str(number): answer for number, answer in known.items()})

    def plan(self, terms: bytes) -> Plan | None:
        """The plan of the test of a task with these terms; None: this account keeps none here. Raises `PlanError`."""
        found = self._database.recall(self.account, PLAN, terms.hex())
        return None if found is None else Plan.from_bytes(found.encode())

    def keep_plan(self, terms: bytes, plan: Plan) -> None:
        """Keeps the plan of a test: for this account alone."""
        self._database.keep(self.account, PLAN, terms.hex(), plan.to_bytes().decode())

    def names(self, terms: bytes) -> list[str]:
        """What the owner of a task with these terms calls its items, in the task's order; empty: not known here."""
        return self._recall(NAMES, terms.hex()) or []

    def keep_names(self, terms: bytes, names: Iterable[str]) -> None:
        """Keeps what the owner of a task calls its items."""
        self._keep(NAMES, terms.hex(), list(names))

    def _recall(self, kind: str, name: str) -> Any:
        found = self._database.recall(self.account, kind, name)
        return None if found is None else json.loads(found)

    def _keep(self, kind: str, name: str, content: Any) -> None:
        self._database.keep(self.account, kind, name, json.dumps(content))
