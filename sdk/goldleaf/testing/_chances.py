"""How probably somebody fails a test: exact, as fractions.

Errors of somebody who looks at the items are independent of each other. Whoever does not look can do nothing but decide
how often to give each answer in a batch; where, makes no difference, as nobody knows where the known items lie.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import comb, perm
from typing import NamedTuple, TypeAlias

from .. import economics, errors

# A number from 0 to 1. A float counts as the decimal that it is shown as: 0.65 is 13/20.
Share: TypeAlias = Fraction | Decimal | float | str

# Of numbers that a caller gives, so that exact sums stay fast.
_MOST_DIGITS = 18


def chance_to_fail(size: int, allowed: int, accuracy: Share) -> Fraction:
    """The chance that somebody who is right on each item with chance `accuracy` errs on more than `allowed` of `size`.

    `1 - sum(comb(size, i) * (1 - accuracy)**i * accuracy**(size - i) for i in 0..allowed)`, as if errors were
    independent of each other.
    """
    return tails([(size, as_share("accuracy", accuracy))]).chance(allowed)


def chance_to_fail_by_class(counts: Sequence[int], allowed: int, accuracies: Sequence[Share]) -> Fraction:
    """The chance to err on more than `allowed` items for somebody who is better at some classes than at others.

    There are `counts[k]` items of class k, each of which is answered right with chance `accuracies[k]`. Whoever draws
    answers at random, class k with chance `accuracies[k]`, is one of them. Raises `ArgumentError`.
    """
    if len(counts) != len(accuracies):
        raise errors.ArgumentError("number of accuracies", value=len(accuracies), bound=f"{len(counts)}, as of counts")
    shares = [as_share("accuracy", accuracy) for accuracy in accuracies]
    return tails(zip(counts, shares, strict=True)).chance(allowed)


def chance_to_fail_unseen(counts: Sequence[int], allowed: int, given: Sequence[int]) -> Fraction:
    """The chance to fail for somebody who does not look at the items, and gives `given[k]` answers of class k.

    `given` is of a whole batch: `(40, 0)` is one answer throughout, `(20, 20)` each of two as often. As nobody knows
    where the known items lie, the number of right answers is hypergeometric, for several classes that of matches of a
    random arrangement. Raises `ArgumentError`.
    """
    if len(counts) != len(given) or min(given) < 0 or sum(given) < sum(counts):
        bound = f"{len(counts)} numbers, of as many labels as a batch has, at least {sum(counts)}"
        raise errors.ArgumentError("answers given", value=list(given), bound=bound)
    return tails_unseen(counts, given).chance(allowed)


def income(size: int, allowed: int, accuracy: Share, *, stake: int, reward: int, share: Share) -> Fraction:
    """What a label earns on average, in rewards, if nothing else goes wrong: `1 - q * (1 + s) * F`.

    `q` is the share of batches that are graded, `s` stake over reward, `F` the chance to fail, which costs both.
    """
    lost = as_share("share", share) * (1 + in_rewards(stake, reward))
    return 1 - lost * chance_to_fail(size, allowed, accuracy)


def in_rewards(stake: int, reward: int) -> Fraction:
    """A stake in rewards. Raises `ArgumentError`."""
    at_stake = economics.only_base_units("stake", stake)
    if at_stake < 1 or economics.only_base_units("reward", reward) < 1:
        raise errors.ArgumentError("stake and reward are 1 base unit or more")
    return Fraction(at_stake, reward)


def as_share(name: str, value: Share) -> Fraction:
    """A number from 0 to 1, exactly. Raises `ArgumentError`, with the number's name."""
    text = str(value)
    exponent = re.search(r"[eE]([+-]?\d+)", text)
    try:
        if exponent and abs(int(exponent[1])) > _MOST_DIGITS:  # which would be computed first, however long that takes
            raise ValueError
        found = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise errors.ArgumentError(name, value=repr(value), bound="a number from 0 to 1") from error
    if not 0 <= found <= 1 or found.denominator > 10**_MOST_DIGITS:
        raise errors.ArgumentError(name, value=value, bound=f"from 0 to 1, of at most {_MOST_DIGITS} digits")
    return found


class Tails(NamedTuple):
    """The chances of more than i errors, for i from 0 on: `ways[i]` of `total`. They fall as i rises."""

    ways: list[int]
    total: int

    def chance(self, allowed: int) -> Fraction:
        """Of more than `allowed` errors; of more than there are items none."""
        return Fraction(self.ways[allowed], self.total) if allowed < len(self.ways) else Fraction(0)

    def most_allowed(self, chance: Fraction) -> int:
        """The most errors that may pass, so that the chance to fail is `chance` or more; -1 if not even 0 may."""
        return self._count(lambda ways: ways * chance.denominator >= chance.numerator * self.total) - 1

    def least_allowed(self, chance: Fraction) -> int:
        """The fewest errors that must pass, so that the chance to fail is `chance` or less."""
        return self._count(lambda ways: ways * chance.denominator > chance.numerator * self.total)

    def _count(self, is_so: Callable[[int], bool]) -> int:
        """How many of `ways`, from the first on, are so."""
        return bisect_left(self.ways, True, key=lambda ways: not is_so(ways))


def tails(groups: Iterable[tuple[int, Fraction]]) -> Tails:
    """Of groups of items: how many, and the chance to be right on each of them."""
    exactly, total = [1], 1
    for count, accuracy in groups:
        right, whole = accuracy.as_integer_ratio()
        wrong = whole - right
        own = [comb(count, i) * wrong**i * right ** (count - i) for i in range(count + 1)]
        exactly, total = _product(exactly, own), total * whole**count
    return Tails([total - at_most for at_most in accumulate(exactly)], total)


def tails_unseen(counts: Sequence[int], given: Sequence[int]) -> Tails:
    """Of whoever gives so many answers of each class in a batch, anywhere.

    By factorial moments: sets of t known items that are all right can be chosen, and answered, in as many ways as the
    coefficient of x^t of the product of `sum(comb(c, j) * perm(g, j) * x^j)` says, of `perm(batch, t)`; inclusion and
    exclusion gives the chance of r right answers or more.
    """
    size, batch = sum(counts), sum(given)
    matches = [1]
    for count, answers in zip(counts, given, strict=True):
        matches = _product(matches, [comb(count, j) * perm(answers, j) for j in range(count + 1)])
    # All of one denominator, perm(batch, size).
    moments = [ways * perm(batch - t, size - t) for t, ways in enumerate(matches)]
    total = moments[0]
    passing = [
        sum((-1) ** (t - right) * comb(t - 1, right - 1) * moments[t] for t in range(right, size + 1))
        for right in range(size, 0, -1)
    ]
    return Tails([total - ways for ways in [*passing, total]], total)


def _product(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """Of two polynomials, by their coefficients."""
    if len(left) == 1:
        return [left[0] * each for each in right]
    product = [0] * (len(left) + len(right) - 1)
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            product[i + j] += one * other
    return product
