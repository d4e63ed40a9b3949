"""What rulings have told: which labels jurors found wrong, and which they did not.

A ruling is knowledge of the label that it is about, and of the item's truth, so of equal labels of others too. It
counts where the auditor trusts the arbitrator. What was conceded or left unanswered is proven wrong by the rules and
tells nothing of the truth: whoever gives up their own label must not make that of others doubtful. Where two rulings on
an item contradict each other, neither tells anything of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goldleaf.labels import LabelSet
from goldleaf.types import ChallengeKind, Outcome

from .facts import Dispute, TaskFacts

if TYPE_CHECKING:  # numpy, which this needs not
    from .answers import Gold, Item


@dataclass(frozen=True, slots=True)
class Rulings:
    """What rulings tell of the truth of items. Labels are canonical JSON."""

    # The label of each item that jurors did not find wrong.
    right: Gold = field(default_factory=dict)
    # Labels of each item that jurors found wrong.
    wrong: Mapping[Item, frozenset[bytes]] = field(default_factory=dict)


NOTHING = Rulings()


def upheld(facts: TaskFacts, trusted: Collection[str]) -> dict[int, set[int]]:
    """By submission, the items whose labels jurors did not find wrong.

    That of a challenge of one label; and of several, "not each is wrong" says it of the last one that was not proven
    wrong since.
    """
    proven = {one.id: set(one.wrong_items) for one in facts.deliveries}
    found: dict[int, set[int]] = defaultdict(set)
    for challenge in facts.challenges:
        left = set(challenge.items) - proven.get(challenge.submission, set())
        if _is_ruled(challenge, Outcome.NOT_WRONG, trusted) and len(left) == 1:
            found[challenge.submission] |= left
    return found


def rulings(facts: TaskFacts, labels: Mapping[int, LabelSet], trusted: Collection[str]) -> Rulings:
    """What the rulings of a task tell of its items. `labels` has the label sets, by submission, that could be read."""
    right: dict[Item, set[bytes]] = defaultdict(set)
    wrong: dict[Item, set[bytes]] = defaultdict(set)
    for submission, items in upheld(facts, trusted).items():
        _add(right, facts.id, labels.get(submission), items)
    for challenge in facts.challenges:
        if _is_ruled(challenge, Outcome.WRONG, trusted):
            _add(wrong, facts.id, labels.get(challenge.submission), challenge.items)
    torn = {item for item, found in right.items() if len(found) > 1 or found & wrong.get(item, set())}
    return Rulings(
        right={item: label for item, found in right.items() if item not in torn for label in found},
        wrong={item: frozenset(found) for item, found in wrong.items() if item not in torn},
    )


def together(found: Collection[Rulings]) -> Rulings:
    """Those of several tasks."""
    return Rulings(
        right={item: label for one in found for item, label in one.right.items()},
        wrong={item: labels for one in found for item, labels in one.wrong.items()},
    )


def _is_ruled(challenge: Dispute, outcome: Outcome, trusted: Collection[str]) -> bool:
    is_correctness = challenge.kind == ChallengeKind.CORRECTNESS
    return is_correctness and challenge.outcome == outcome and challenge.arbitrator in trusted


def _add(found: dict[Item, set[bytes]], task: int, labels: LabelSet | None, items: Collection[int]) -> None:
    for item in items:
        if labels is not None and item in labels.items:
            found[task, item].add(labels.label(item))
