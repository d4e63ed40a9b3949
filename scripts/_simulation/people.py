"""Who answers how: real answers as they are, or changed the way that bad annotators change them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scripts._simulation.sets import Flags, Floats, Ints, RealSet

# How often a careless annotator misses what the real one got right.
SLIPS = 0.3
# On which share of the items a lying group agrees on a wrong label.
LIES = 0.5
# Accounts that act together are at least two.
SMALLEST_GROUP = 2


class Behaviour(StrEnum):
    """How an annotator makes labels."""

    HONEST = "honest"  # the real answers
    CARELESS = "careless"  # the real answers, with more errors of the annotator's own kind
    CONSTANT = "constant"  # lazy: always the most frequent label
    RANDOM = "random"  # lazy: any label
    COPYING = "copying"  # all of the group hand in one member's answer
    LYING = "lying"  # all of the group hand in the same wrong label for half of the items


# Scenario -> share of the annotators of each behaviour; the others are honest.
SCENARIOS: Mapping[str, Mapping[Behaviour, float]] = {
    "honest": {},
    "careless": {Behaviour.CARELESS: 0.3},
    "lazy": {Behaviour.CONSTANT: 0.15, Behaviour.RANDOM: 0.15},
    "copying": {Behaviour.COPYING: 0.3},
    "lying": {Behaviour.LYING: 0.3},
    "mixed": {Behaviour.CARELESS: 0.1, Behaviour.CONSTANT: 0.1, Behaviour.RANDOM: 0.1, Behaviour.LYING: 0.15},
}


@dataclass(frozen=True)
class Population:
    """The annotators of a set and the labels that they hand in."""

    real: RealSet
    behaviours: tuple[Behaviour, ...]  # of each annotator
    label: Ints  # of each row

    @property
    def wrong(self) -> Flags:
        """Whether each row's label differs from the truth."""
        found: Flags = self.label != self.real.truth
        return found

    def honest(self) -> Flags:
        """Whether each annotator is honest."""
        return np.array([behaviour is Behaviour.HONEST for behaviour in self.behaviours])


def populate(real: RealSet, mix: Mapping[Behaviour, float], seed: str) -> Population:
    """Draws who behaves how, and makes their labels."""
    chance = np.random.default_rng(list(seed.encode()))
    behaviours = [Behaviour.HONEST] * len(real.annotators)
    order = chance.permutation(len(real.annotators)).tolist()
    for behaviour, share in mix.items():
        fewest = SMALLEST_GROUP if behaviour in (Behaviour.COPYING, Behaviour.LYING) else 1
        for _ in range(max(fewest, round(share * len(real.annotators)))):
            behaviours[order.pop()] = behaviour
    label = real.label.copy()
    for behaviour in mix:
        members = np.array([who for who, theirs in enumerate(behaviours) if theirs is behaviour])
        rows = np.flatnonzero(np.isin(real.annotator, members))
        label[rows] = _labels(real, behaviour, rows, chance)
    return Population(real, tuple(behaviours), label)


def error_pattern(real: RealSet, annotator: int | None = None) -> Floats:
    """[true class, label] -> how often that wrong label is the one given, of one annotator or of all.

    Rows add up to 1 and their diagonal is 0. What an annotator was never wrong about is filled in by all annotators'
    errors, weighing as much as one answer, and those by any wrong label.
    """
    size = len(real.classes)
    uniform = (1 - np.eye(size)) / max(size - 1, 1)
    counts = _errors(real, np.ones(len(real.label), dtype=bool)) + uniform
    pooled: Floats = counts / counts.sum(axis=1, keepdims=True)
    if annotator is None:
        return pooled
    own: Floats = _errors(real, real.annotator == annotator) + pooled
    shares: Floats = own / own.sum(axis=1, keepdims=True)
    return shares


def _errors(real: RealSet, chosen: Flags) -> Floats:
    counts = np.zeros((len(real.classes), len(real.classes)))
    np.add.at(counts, (real.truth[chosen], real.label[chosen]), 1)
    np.fill_diagonal(counts, 0)
    return counts


def _labels(real: RealSet, behaviour: Behaviour, rows: Ints, chance: np.random.Generator) -> Ints:
    """What annotators of a behaviour hand in for these rows, which are all of theirs."""
    label, truth = real.label[rows].copy(), real.truth[rows]
    if behaviour is Behaviour.CONSTANT:
        label[:] = np.bincount(real.label).argmax()
    elif behaviour is Behaviour.RANDOM:
        label = chance.integers(len(real.classes), size=len(rows))
    elif behaviour is Behaviour.CARELESS:
        slips = (label == truth) & (chance.random(len(rows)) < SLIPS)
        for annotator in np.unique(real.annotator[rows]):
            theirs = slips & (real.annotator[rows] == annotator)
            label[theirs] = _draw(error_pattern(real, annotator)[truth[theirs]], chance)
    elif behaviour is Behaviour.COPYING:
        # The answer of the first member who has one: rows come in the order of annotators.
        first: dict[int, int] = {}
        for item, answer in zip(real.item[rows].tolist(), label.tolist(), strict=True):
            first.setdefault(item, answer)
        label = np.array([first[item] for item in real.item[rows].tolist()], dtype=np.int64)
    elif behaviour is Behaviour.LYING:
        lies = _draw(error_pattern(real)[real.gold], chance)
        agreed = chance.random(len(real.items)) < LIES
        label = np.where(agreed[real.item[rows]], lies[real.item[rows]], label)
    return label


def _draw(chances: Floats, chance: np.random.Generator) -> Ints:
    """A class for each row of chances."""
    bounds = chances.cumsum(axis=1)
    drawn: Ints = (chance.random((len(chances), 1)) >= bounds[:, :-1]).sum(axis=1)
    return drawn
