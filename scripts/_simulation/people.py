"""Who answers how: real answers as they are, or changed the way that other people's are.

A kind of people is described twice. `responses` is how likely each label is, by the true class, which is all that a
test on known items depends on; `answers` are labels of the very items that the real annotator has answered, which
agreement among annotators depends on.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scripts._simulation.sets import Flags, Floats, Ints, RealSet

# How often a careless annotator misses what the real one got right.
SLIPS = 0.3
# On which share of the items a lying group agrees on a wrong label, and on which the half-lazy and the half-informed
# give something else than the real answer.
HALF = 0.5


class Kind(StrEnum):
    """How somebody makes labels."""

    HONEST = "honest"  # the real answers
    CARELESS = "careless"  # the real answers, of which so many right ones are missed
    CONSTANT = "constant"  # always the most frequent label
    RANDOM = "random"  # any label
    PRIOR = "prior-matching"  # any label, each as often as it is true
    LYING = "lying"  # a group that agrees on a wrong label for half of the items
    COPYING = "copying"  # the answers of an honest friend
    HALF_LAZY = "half-lazy"  # the real answer on half of the items, the most frequent label on the others
    HALF_INFORMED = "half-informed"  # right half-way between chance and the real annotator


OTHERS = tuple(kind for kind in Kind if kind is not Kind.HONEST)
# Who must lose by answering.
CHEATS = (Kind.CONSTANT, Kind.RANDOM, Kind.LYING)


def commonest(real: RealSet) -> int:
    """The class that is named most often."""
    return int(np.bincount(real.label).argmax())


def shares(real: RealSet) -> Floats:
    """How often each class is true."""
    found: Floats = np.bincount(real.gold, minlength=len(real.classes)) / len(real.gold)
    return found


def honest_responses(real: RealSet) -> Floats:
    """[annotator, truth, label] -> how likely it is, by the annotator's real answers.

    All people's answers together weigh as much as one answer more to each class: somebody may have seen few items of
    it, or none.
    """
    size = len(real.classes)
    counts = np.zeros((len(real.annotators), size, size))
    np.add.at(counts, (real.annotator, real.truth, real.label), 1)
    pooled = counts.sum(axis=0)
    pooled = pooled / pooled.sum(axis=1, keepdims=True)
    found: Floats = (counts + pooled) / (counts.sum(axis=2, keepdims=True) + 1)
    return found


def error_pattern(real: RealSet) -> Floats:
    """[truth, label] -> how often that wrong label is the one given, of all errors; what nobody did weighs one."""
    size = len(real.classes)
    counts = 1 - np.eye(size)
    wrong = real.label != real.truth
    np.add.at(counts, (real.truth[wrong], real.label[wrong]), 1)
    found: Floats = counts / counts.sum(axis=1, keepdims=True)
    return found


def responses(real: RealSet, kind: Kind) -> Floats:
    """[annotator, truth, label] -> how likely it is that this kind of the annotator gives the label."""
    own = honest_responses(real)
    size = len(real.classes)
    right = own * np.eye(size)
    pattern = error_pattern(real)
    always = np.eye(size)[commonest(real)]
    match kind:
        case Kind.HONEST | Kind.COPYING:  # the copied friend's
            found = own
        case Kind.CARELESS:
            found = own - SLIPS * right + SLIPS * right.sum(axis=2, keepdims=True) * pattern
        case Kind.CONSTANT:
            found = np.broadcast_to(always, own.shape)
        case Kind.RANDOM:
            found = np.full(own.shape, 1 / size)
        case Kind.PRIOR:
            found = np.broadcast_to(shares(real), own.shape)
        case Kind.LYING:
            found = (1 - HALF) * own + HALF * pattern
        case Kind.HALF_LAZY:
            found = (1 - HALF) * own + HALF * always
        case Kind.HALF_INFORMED:
            found = (1 - HALF) * own + HALF / size
    return found


def right_by_class(given: Floats) -> Floats:
    """[annotator, class] -> how likely an item of the class is answered right."""
    found: Floats = np.diagonal(given, axis1=1, axis2=2)
    return found


# ------------------------------------------------------------ answers to the real items


@dataclass(frozen=True)
class Crowd:
    """Accounts and the labels that they hand in; row `r` is one label."""

    real: RealSet
    kind: tuple[Kind, ...]  # of each account
    source: Ints  # the annotator whose items each account answers
    account: Ints  # of each row
    item: Ints  # of each row
    label: Ints  # of each row

    @property
    def wrong(self) -> Flags:
        """Whether each row's label differs from the truth."""
        found: Flags = self.label != self.real.gold[self.item]
        return found


def gather(real: RealSet, others: bool, seed: str) -> Crowd:
    """The honest annotators, and with `others` about as many accounts more, in equal parts of each other kind.

    Each of these answers the items of an annotator who is drawn.
    """
    chance = np.random.default_rng(list(seed.encode()))
    size = len(real.annotators)
    kinds, sources = [Kind.HONEST] * size, list(range(size))
    for kind in OTHERS if others else ():
        drawn = chance.permutation(size)[: max(1, round(size / len(OTHERS)))].tolist()
        kinds += [kind] * len(drawn)
        sources += drawn
    lies = _draw(error_pattern(real)[real.gold], chance)
    lies = np.where(chance.random(len(real.items)) < HALF, lies, -1)
    rows = [np.flatnonzero(real.annotator == source) for source in range(size)]
    labels = [_answers(real, kind, rows[source], lies, chance) for kind, source in zip(kinds, sources, strict=True)]
    lengths = [len(rows[source]) for source in sources]
    return Crowd(
        real=real,
        kind=tuple(kinds),
        source=np.array(sources, dtype=np.int64),
        account=np.repeat(np.arange(len(kinds)), lengths),
        item=np.concatenate([real.item[rows[source]] for source in sources]),
        label=np.concatenate(labels),
    )


def _answers(real: RealSet, kind: Kind, rows: Ints, lies: Ints, chance: np.random.Generator) -> Ints:
    """What somebody of a kind hands in for the items of these rows; `lies` has a group's label of an item, or -1."""
    own, truth, item = real.label[rows], real.truth[rows], real.item[rows]
    size = len(real.classes)
    any_label = chance.integers(size, size=len(rows))
    other_half = chance.random(len(rows)) < HALF
    match kind:
        case Kind.CARELESS:
            slips = (own == truth) & (chance.random(len(rows)) < SLIPS)
            found = np.where(slips, _draw(error_pattern(real)[truth], chance), own)
        case Kind.CONSTANT:
            found = np.full(len(rows), commonest(real))
        case Kind.RANDOM:
            found = any_label
        case Kind.PRIOR:
            found = _draw(np.broadcast_to(shares(real), (len(rows), size)), chance)
        case Kind.LYING:
            found = np.where(lies[item] >= 0, lies[item], own)
        case Kind.HALF_LAZY:
            found = np.where(other_half, commonest(real), own)
        case Kind.HALF_INFORMED:
            found = np.where(other_half, any_label, own)
        case _:  # who copies answers the friend's items, and is the friend's twin
            found = own
    return found.astype(np.int64)


def _draw(chances: Floats, chance: np.random.Generator) -> Ints:
    """A class for each row of chances."""
    bounds = chances.cumsum(axis=1)
    drawn: Ints = (chance.random((len(chances), 1)) >= bounds[:, :-1]).sum(axis=1)
    return drawn
