"""What a test on known items pays to whom, exactly: no chance is drawn.

Somebody who is right on an item of class k with a chance of their own errs on a test as the sum of independent trials
does. The chances are doubles that are only added, multiplied and divided, one after another: the same on every machine.
Money is whole millionths of a reward from there on.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from goldleaf import errors, testing
from goldleaf_tools.rules.gold import GoldTerms
from scripts._simulation.people import right_by_class
from scripts._simulation.sets import Floats, Ints

MICRO = 10**6
# Labels in a batch for each known item of a graded one: at half of the batches graded, a tenth of all labels are of
# known items.
BATCH = 5


@dataclass(frozen=True)
class Test:
    """Terms of a task whose sealed labels are tested."""

    counts: tuple[int, ...]  # known items of each class in a graded batch
    allowed: int  # errors that pass
    stake: int  # rewards
    share: Fraction  # of the batches, which are graded

    @property
    def terms(self) -> GoldTerms:
        """What the protocol's rules know of it: all but the periods."""
        return GoldTerms(len(self.counts), self.counts, self.allowed, opening_period=0, dispute_period=0)

    @property
    def size(self) -> int:
        """Known items in a graded batch."""
        return self.terms.size

    @property
    def batch(self) -> int:
        """Labels in a submission."""
        return BATCH * self.size

    @property
    def known(self) -> Fraction:
        """The share of all items that is known."""
        return self.share * self.size / self.batch


def least_accuracy(classes: int, standard: Fraction) -> Fraction:
    """How often the least expert to keep is right, if the standard is so far on the way from chance to always."""
    chance = Fraction(1, classes)
    return chance + standard * (1 - chance)


@cache
def design(classes: int, standard: Fraction, stake: int, share: Fraction) -> Test | None:
    """The smallest test for that standard by the protocol's calculator; None if there is none."""
    accuracy = least_accuracy(classes, standard)
    try:
        found = testing.design(classes=classes, accuracy=accuracy, stake=stake, reward=1, share=share)
    except errors.NoTestFits:
        return None
    return Test(found.counts, found.allowed, stake, share)


def chances_to_fail(right: Floats, test: Test) -> Floats:
    """For each of these people the chance to err on more than is allowed. `right`: [people, class]."""
    exactly = np.zeros((len(right), test.size + 1))
    exactly[:, 0] = 1
    for place, count in enumerate(test.counts):
        for _ in range(count):
            exactly = _trial(exactly, right[:, place : place + 1])
    return _total(exactly, range(test.allowed + 1, test.size + 1))


def misled(given: Floats, shares: Floats, wrong: float) -> Floats:
    """[people, class] -> how likely a known item of the class is answered as the requester says.

    With a chance of `wrong` the requester errs, and the item is of another class: of each as often as that is true.
    `given` are `people.responses`.
    """
    right = right_by_class(given)
    found = np.empty_like(right)
    for place in range(right.shape[1]):
        others = shares / (1 - shares[place])
        as_told = _total(given[:, :, place] * others, [other for other in range(len(shares)) if other != place])
        found[:, place] = (1 - wrong) * right[:, place] + wrong * as_told
    return found


def chances_to_fail_disputed(right: Floats, test: Test, wrong: float) -> tuple[Floats, float]:
    """As `chances_to_fail`, if each known item is wrong with a chance of `wrong`, and every wrong one is dropped.

    What is dropped is not asked, and one error less is allowed for each; if more than a tenth are dropped the batch is
    not graded. Besides, the chance of that.
    """
    terms = test.terms
    exactly = np.zeros((terms.droppable + 2, len(right), test.size + 1))  # [dropped, people, errors]
    exactly[0, :, 0] = 1
    for place, count in enumerate(test.counts):
        for _ in range(count):
            after = np.stack([_trial(layer, right[:, place : place + 1]) for layer in exactly]) * (1 - wrong)
            after[1:] += exactly[:-1] * wrong
            after[-1] += exactly[-1] * wrong
            exactly = after
    failing = np.zeros(len(right))
    for dropped in range(terms.droppable + 1):
        failing = failing + _total(exactly[dropped], range(terms.allowed_after(dropped) + 1, terms.size + 1))
    return failing, float(_total(exactly[-1][:1], range(test.size + 1))[0])


def net(failing: Floats, test: Test) -> Ints:
    """What a label earns on average, millionths of a reward: a failed test costs pay and stake."""
    found: Ints = np.rint(MICRO * (1 - float(test.share * (1 + test.stake)) * failing)).astype(np.int64)
    return found


def _trial(exactly: Floats, right: Floats) -> Floats:
    """Chances of each number of errors after one item more."""
    after = exactly * right
    after[:, 1:] += exactly[:, :-1] * (1 - right)
    return after


def _total(columns: Floats, chosen: "range | list[int]") -> Floats:
    """The sum of these columns, one after another: in no order of the machine's own."""
    found = np.zeros(len(columns))
    for place in chosen:
        found = found + columns[:, place]
    return found
