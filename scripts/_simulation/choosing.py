"""Which terms a task with a test is given: by a rule on some sets, so that it can be judged on others.

The rule. No more than half of the batches are graded, as known items are dear. A *standard* is how far the least
expert to keep is on the way from chance to being always right; the protocol's calculator makes the test for it. A set
*bears* terms if constant, random and lying answers lose half a reward a label or more there, while the better half of
the honest people keeps nine tenths of the pay or more, and the honest person in the middle four fifths. A set that
bears no terms at all is set aside as *hard*. Of all others: the least stake, then the least share of graded batches, at
which some standard is borne by every one of them; of these standards the one with the widest gap between the better
half's pay, where they keep least, and the cheats', where they earn most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from scripts._simulation.people import CHEATS, Kind, responses, right_by_class, shares
from scripts._simulation.sets import FOLDER, Flags, Floats, Ints, RealSet, load
from scripts._simulation.standard import MICRO, Test, chances_to_fail, design, net

# Rewards; more than four on each label is more than people will lock.
STAKES = (1, 2, 4)
SHARES = (Fraction(1, 4), Fraction(1, 2))
STANDARDS = tuple(Fraction(percent, 100) for percent in range(25, 80, 5))
# Millionths of a reward.
DETERRED = -MICRO // 2
KEPT, KEPT_IN_THE_MIDDLE = 9 * MICRO // 10, 8 * MICRO // 10


@dataclass(frozen=True)
class Choice:
    """Terms by the rule."""

    stake: int
    share: Fraction
    standard: Fraction
    hard: tuple[str, ...]  # sets that were set aside

    def test(self, classes: int) -> Test | None:
        """The test for labels of so many classes, if there is one."""
        return design(classes, self.standard, self.stake, self.share)


@cache
def real(name: str) -> RealSet:
    """A set, read once."""
    return load(name, FOLDER)


@cache
def rights(name: str, kind: Kind) -> Floats:
    """[annotator, class] -> how likely a set's annotators, if of this kind, are right."""
    return right_by_class(responses(real(name), kind))


@cache
def accuracies(name: str, kind: Kind) -> Ints:
    """How likely a label is right, by annotator, millionths: classes weigh as they occur."""
    found = np.zeros(len(real(name).annotators))
    for place, share in enumerate(shares(real(name)).tolist()):
        found = found + share * rights(name, kind)[:, place]
    whole: Ints = np.rint(MICRO * found).astype(np.int64)
    return whole


def better_half(name: str) -> Flags:
    """The honest annotators who are at least as accurate as half of them."""
    own = accuracies(name, Kind.HONEST)
    found: Flags = own >= np.median(own)
    return found


@cache
def nets(name: str, kind: Kind, test: Test) -> Ints:
    """What a label earns on average, by annotator."""
    return net(chances_to_fail(rights(name, kind), test), test)


def bears(name: str, test: Test | None) -> bool:
    """Whether cheats are deterred and honest people keep their pay on a set."""
    if test is None:
        return False
    own = nets(name, Kind.HONEST, test)
    return bool(
        _best_cheat(name, test) <= DETERRED
        and own[better_half(name)].mean() >= KEPT
        and np.median(own) >= KEPT_IN_THE_MIDDLE
    )


def bearable(name: str) -> list[tuple[int, Fraction, Fraction]]:
    """All (stake, share, standard) that a set bears."""
    classes = len(real(name).classes)
    return [
        (stake, share, standard)
        for stake in STAKES
        for share in SHARES
        for standard in STANDARDS
        if bears(name, design(classes, standard, stake, share))
    ]


def choose(names: Sequence[str], borne: Mapping[str, Sequence[tuple[int, Fraction, Fraction]]]) -> Choice | None:
    """Terms by the rule on these sets, of each of which `borne` has the `bearable` ones; None if there are none."""
    hard = tuple(name for name in names if not borne[name])
    easier = [name for name in names if borne[name]]
    common = set.intersection(*(set(borne[name]) for name in easier)) if easier else set()
    if not common:
        return None
    stake, share, _ = min(common)
    standards = sorted(standard for one, other, standard in common if (one, other) == (stake, share))

    def gap(standard: Fraction) -> float:
        tests = {name: design(len(real(name).classes), standard, stake, share) for name in easier}
        kept = min(nets(name, Kind.HONEST, test)[better_half(name)].mean() for name, test in tests.items() if test)
        return float(kept - max(_best_cheat(name, test) for name, test in tests.items() if test))

    return Choice(stake, share, max(standards, key=gap), hard)


def _best_cheat(name: str, test: Test) -> float:
    """What the cheat earns that earns most, millionths."""
    return max(float(nets(name, kind, test).mean()) for kind in CHEATS)
