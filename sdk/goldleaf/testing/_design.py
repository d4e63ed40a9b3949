"""How many known items a test takes, and how many errors may pass."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

from .. import errors
from ..canonical import Json
from ..labels import GoldTerms
from ._chances import Share, Tails, as_share, chance_to_fail, in_rewards, tails, tails_unseen

# Known items in a graded batch.
MIN_SIZE, MAX_SIZE = 10, 128
# What a graded batch pays, in rewards: to the least expert at least; to whoever does not look, and to whoever knows a
# third of the way from chance to that expert, at most.
EXPERT_KEEPS = Fraction(955, 1000)
RANDOM_GETS = Fraction(-1, 2)
HALF_INFORMED_GETS = Fraction(0)
# Who has to pass most tests, where nobody else is named.
EXPERT = Fraction(9, 10)
# At which accuracies annotators are told their chance to fail.
SHOWN = (Fraction(7, 10), Fraction(8, 10), Fraction(9, 10))

# What is tried where no test fits: stakes up to so many rewards, shares and accuracies in so many steps from 0 to 1.
_MOST_STAKE = 32
_SHARES, _ACCURACIES = 20, 100
# Of a power curve, as many from 0 to 1.
_STEPS = 20

_Tried = TypeVar("_Tried")


class Power(NamedTuple):
    """What becomes of somebody by a test: whose answers are right with such a chance, how often they pass a graded
    batch, and what a label earns them, in rewards."""

    accuracy: Fraction
    passes: Fraction
    income: Fraction


@dataclass(frozen=True)
class Design:
    """A test, by numbers alone. Incomes are those of `income`."""

    counts: tuple[int, ...]  # known items of each class in a graded batch
    allowed: int  # errors that pass
    accuracy: Fraction  # of the least expert
    weight: Fraction  # what a failed test costs of a label, in rewards, times the share of graded batches
    expert: Fraction  # income of the least expert
    half_informed: Fraction  # of whoever knows a third of the way from chance to that
    random: Fraction  # of whoever answers at random
    # Of whoever gives each answer as often in a batch, without looking: nobody has more of not looking. None where the
    # size of a batch is not known: in large ones it is `random`.
    even: Fraction | None

    @property
    def size(self) -> int:
        """Known items in a graded batch."""
        return sum(self.counts)

    @property
    def constant(self) -> Fraction:
        """Income of whoever gives one answer to all, be it the commonest: it always fails a test."""
        return 1 - self.weight

    def chance_to_fail(self, accuracy: Share) -> Fraction:
        """The chance to fail the test for who is right on each item with chance `accuracy`."""
        return chance_to_fail(self.size, self.allowed, accuracy)

    def power(self, accuracies: Iterable[Share] | None = None) -> tuple[Power, ...]:
        """The power curve: who is kept, and what they earn, by accuracy; in steps of 1/20 from chance on, if none are
        given."""
        lowest = _STEPS // len(self.counts)
        wanted = accuracies or [Fraction(step, _STEPS) for step in range(lowest, _STEPS + 1)]
        shares = [as_share("accuracy", accuracy) for accuracy in wanted]
        return tuple(
            Power(share, 1 - fails, 1 - self.weight * fails)
            for share in shares
            for fails in [self.chance_to_fail(share)]
        )

    def terms(self, classes: Sequence[Json], **periods: int) -> GoldTerms:
        """The test for labels of these classes; `periods` are those of `GoldTerms`."""
        return GoldTerms(classes, self.counts, self.allowed, **periods)


def design(
    *,
    classes: int,
    accuracy: Share,
    stake: int,
    reward: int,
    share: Share,
    batch_size: int | None = None,
    passes: Share | None = None,
) -> Design:
    """The smallest test, with as many known items of each class, that is worth it: honest experts keep their pay, and
    whoever does not look at the items loses.

    `accuracy` is that of the least expert to keep, on items of which each class has as many; `stake` and `reward` are
    per label in base units, `share` is the share of batches to be graded. That expert passes the test of a graded batch
    with chance `passes` or more; by default so often as leaves 0.955 of the pay, by `income`. Of the same, whoever does
    not look at the items gets -0.5 or less, however often each answer is given (a constant answer always fails), and
    whoever knows a third of the way from chance to the expert nothing or less. Of several numbers of allowed errors
    that do, it is the highest, by which the fewest experts fail.

    A batch of `batch_size` labels holds a test of at most half as many items. Raises `NoTestFits` if there is none,
    with the figures, and with what would have to be changed; `ArgumentError`.
    """
    if not 2 <= classes <= 16:
        raise errors.ArgumentError("number of classes", value=classes, bound="2 to 16")
    expert, chance = as_share("accuracy", accuracy), Fraction(1, classes)
    if expert <= chance:
        raise errors.ArgumentError("accuracy", value=accuracy, bound=f"above {chance}, which is chance")
    terms = _Terms(in_rewards(stake, reward), _above_0(share), _passing(passes))
    crowd = _Crowd(classes, expert)
    room = MAX_SIZE if batch_size is None else min(MAX_SIZE, batch_size // 2)
    found = crowd.first(crowd.sizes(room), terms, batch_size)
    if found is None:
        raise _none_fits(crowd, terms, room, batch_size)
    size, allowed = found

    def earns(chances: Tails) -> Fraction:
        return 1 - terms.weight * chances.chance(allowed)

    return Design(
        counts=(size // classes,) * classes,
        allowed=allowed,
        accuracy=expert,
        weight=terms.weight,
        expert=earns(crowd.tails(size, expert)),
        half_informed=earns(crowd.tails(size, crowd.informed)),
        random=earns(crowd.tails(size, chance)),
        even=None if batch_size is None else earns(crowd.even(size, batch_size)),
    )


def check(terms: GoldTerms, *, accuracy: Share = EXPERT, batch_size: int | None = None) -> None:
    """Refuses a test that tells nothing apart.

    Raises `BadTestSize`; `ConstantAnswerPasses` if a constant answer would ever pass; `ExpertsFail` if somebody who is
    right on `accuracy` of the items fails it more often than not.
    """
    check_size(terms, batch_size=batch_size)
    size, most = terms.size, max(terms.counts)
    if not 0 <= terms.allowed <= _highest_allowed(size, most):
        raise errors.ConstantAnswerPasses(
            f"allowed errors: one answer to all {size} items errs on {size - most}, so",
            value=terms.allowed,
            bound=f"0 to {_highest_allowed(size, most)}",
        )
    fails = chance_to_fail(size, terms.allowed, accuracy)
    if fails > Fraction(1, 2):
        raise errors.ExpertsFail(
            f"who is right on {_percent(as_share('accuracy', accuracy))} of the items fails {_percent(fails)} of the "
            f"tests, in which {terms.allowed} errors on {size} items pass"
        )


def check_size(terms: GoldTerms, *, batch_size: int | None = None) -> None:
    """Refuses a test of too few known items, or of more than half a batch: `BadTestSize`."""
    room = MAX_SIZE if batch_size is None else min(MAX_SIZE, batch_size // 2)
    if not MIN_SIZE <= terms.size <= room:
        raise errors.BadTestSize("known items in a graded batch", value=terms.size, bound=f"{MIN_SIZE} to {room}")


def graded_batches(batches: int, share: Share) -> int:
    """How many of `batches` are graded where `share` of them are to be: rounded up. Raises `ArgumentError` for 0."""
    return int(-(-_above_0(share) * batches // 1))


# ---------------------------------------------------------------- the search


class _Terms(NamedTuple):
    """What is paid and lost, and who has to pass."""

    stake: Fraction  # in rewards
    share: Fraction
    passes: Fraction | None

    @property
    def weight(self) -> Fraction:
        return self.share * (1 + self.stake)

    @property
    def deters(self) -> bool:
        """Whether whoever fails each test loses enough."""
        return 1 - self.weight <= RANDOM_GETS

    @property
    def expert_fails(self) -> Fraction:
        """How often at most."""
        return (1 - EXPERT_KEEPS) / self.weight if self.passes is None else 1 - self.passes

    @property
    def stranger_fails(self) -> Fraction:
        """How often at least."""
        return (1 - RANDOM_GETS) / self.weight

    @property
    def informed_fails(self) -> Fraction:
        """How often at least."""
        return (1 - HALF_INFORMED_GETS) / self.weight


class _Crowd:
    """Those who take the test, with the chances of what was looked at."""

    def __init__(self, classes: int, expert: Fraction) -> None:
        self.classes = classes
        self.expert = expert
        self.chance = Fraction(1, classes)
        self.informed = self.chance + (expert - self.chance) / 3
        self._tails: dict[tuple[int, Fraction], Tails] = {}

    def sizes(self, room: int) -> range:
        """Of the tests that there are, with as many items of each class."""
        return range(-(-MIN_SIZE // self.classes) * self.classes, room + 1, self.classes)

    def tails(self, size: int, accuracy: Fraction) -> Tails:
        """Of somebody who is right so often."""
        if (size, accuracy) not in self._tails:
            self._tails[size, accuracy] = tails([(size, accuracy)])
        return self._tails[size, accuracy]

    def even(self, size: int, batch_size: int) -> Tails:
        """Of somebody who gives each answer as often as the others, without looking."""
        each, more = divmod(batch_size, self.classes)
        given = [each + (place < more) for place in range(self.classes)]
        return tails_unseen([size // self.classes] * self.classes, given)

    def deterring(self, size: int, terms: _Terms) -> int:
        """The most errors that a test may allow by which whoever knows too little loses; -1 if there are none."""
        return min(
            _highest_allowed(size, size // self.classes),
            self.tails(size, self.chance).most_allowed(terms.stranger_fails),
            self.tails(size, self.informed).most_allowed(terms.informed_fails),
        )

    def allowed(self, size: int, terms: _Terms, batch_size: int | None) -> int | None:
        """The most errors that a test of this size may allow; None if it is no test for them."""
        most = self.deterring(size, terms)
        if most < 0:
            return None
        least = self.tails(size, self.expert).least_allowed(terms.expert_fails)
        if most >= least and batch_size is not None:
            most = min(most, self.even(size, batch_size).most_allowed(terms.stranger_fails))
        return most if most >= least else None

    def first(self, sizes: Iterable[int], terms: _Terms, batch_size: int | None) -> tuple[int, int] | None:
        """The first size that is a test for them, and the most errors that it may allow."""
        if not terms.deters:
            return None
        each = ((size, self.allowed(size, terms, batch_size)) for size in sizes)
        return next(((size, allowed) for size, allowed in each if allowed is not None), None)


def _highest_allowed(size: int, most: int) -> int:
    """The most errors that a test may allow, of whose items `most` are of one class."""
    return size - most - 1


# ---------------------------------------------------------------- where none fits


def _none_fits(crowd: _Crowd, terms: _Terms, room: int, batch_size: int | None) -> errors.NoTestFits:
    """What the largest test comes to, and what would have to change."""
    sizes = crowd.sizes(room)
    advice = _advice(_changes(crowd, terms, sizes, batch_size))
    if not sizes:
        return errors.NoTestFits(
            f"a batch of {batch_size} labels has no room for {crowd.sizes(MAX_SIZE)[0]} known items or more",
            advice=advice,
        )
    if not terms.deters:
        return errors.NoTestFits(
            f"whoever fails each test gets {_shown(1 - terms.weight)} of a reward per label, "
            f"and should get {_shown(RANDOM_GETS)} or less",
            advice=advice,
        )
    size = sizes[-1]
    allowed = max(0, crowd.deterring(size, terms))

    def gets(accuracy: Fraction) -> str:
        return _shown(1 - terms.weight * crowd.tails(size, accuracy).chance(allowed))

    asked = f"should be {_shown(EXPERT_KEEPS)} or more"
    if terms.passes is not None:
        passes = 1 - crowd.tails(size, crowd.expert).chance(allowed)
        asked = f"and passes {_percent(passes)} of tests, should be {_percent(terms.passes)} or more"
    return errors.NoTestFits(
        f"with {size} known items and {allowed} errors allowed "
        f"the expert keeps {gets(crowd.expert)} of a reward per label ({asked}), "
        f"who knows a third as much gets {gets(crowd.informed)} ({_shown(HALF_INFORMED_GETS)} or less), "
        f"an answer at random {gets(crowd.chance)} ({_shown(RANDOM_GETS)} or less)",
        advice=advice,
    )


def _changes(crowd: _Crowd, terms: _Terms, sizes: range, batch_size: int | None) -> list[str]:
    """What would make a test fit, each alone."""
    stakes = range(int(terms.stake // 1) + 1, _MOST_STAKE + 1)
    stake = _first(stakes, lambda each: crowd.first(sizes, terms._replace(stake=Fraction(each)), batch_size))
    shares = (Fraction(step, _SHARES) for step in range(int(terms.share * _SHARES // 1) + 1, _SHARES + 1))
    share = _first(shares, lambda each: crowd.first(sizes, terms._replace(share=each), batch_size))
    larger = range(sizes[-1] + crowd.classes, MAX_SIZE + 1, crowd.classes) if sizes else crowd.sizes(MAX_SIZE)
    size = _first(larger, lambda each: crowd.first([each], terms, 2 * each))
    accuracy = _least_accuracy(crowd, terms, sizes, batch_size)
    found = [
        stake and _staked(stake),
        share and f"{share} of the batches graded" if share != 1 else "every batch graded",
        size and f"batches of {2 * size} labels, {size} of them known",
        accuracy and f"keeping those alone who are right on {_percent(accuracy)} or more",
    ]
    return [each for each in found if each] or _all_changed(crowd, terms)


def _all_changed(crowd: _Crowd, terms: _Terms) -> list[str]:
    """What would make a test fit if every batch was graded."""
    for stake in range(int(terms.stake // 1), _MOST_STAKE + 1):
        changed = terms._replace(stake=Fraction(max(1, stake)), share=Fraction(1))
        if found := crowd.first(crowd.sizes(MAX_SIZE), changed, None):
            size, _ = found
            return [f"every batch graded, {_staked(changed.stake)} and batches of {2 * size} labels together"]
    return []


def _least_accuracy(crowd: _Crowd, terms: _Terms, sizes: range, batch_size: int | None) -> Fraction | None:
    """Of which experts there would be a test, in whole hundredths."""
    low, high = int(crowd.expert * _ACCURACIES // 1), _ACCURACIES
    found = None
    while sizes and low < high - 1:  # the better the expert, the easier the test
        middle = (low + high) // 2
        better = _Crowd(crowd.classes, Fraction(middle, _ACCURACIES))
        if better.first(sizes[-1:], terms, batch_size) is None:
            low = middle
        else:
            high, found = middle, better.expert
    return found


def _first(candidates: Iterable[_Tried], is_so: Callable[[_Tried], object]) -> _Tried | None:
    return next((each for each in candidates if is_so(each) is not None), None)


def _staked(rewards: Fraction | int) -> str:
    return f"a stake of {rewards} reward{'s' if rewards != 1 else ''}"


def _advice(changes: Sequence[str]) -> str:
    if not changes:
        return (
            f"No test of up to {MAX_SIZE} known items does it, at this stake and share or at more, up to {_MOST_STAKE} "
            "rewards and all batches: have all labels audited instead."
        )
    listed = "; ".join(changes)
    return f"Any one of these would do: {listed}." if len(changes) > 1 else f"This would do: {listed}."


def _above_0(share: Share) -> Fraction:
    found = as_share("share", share)
    if not found:
        raise errors.ArgumentError("share", value=share, bound="above 0")
    return found


def _passing(passes: Share | None) -> Fraction | None:
    if passes is None:
        return None
    found = as_share("passes", passes)
    if found < Fraction(1, 2):
        raise errors.ArgumentError("passes", value=passes, bound="1/2 or more")
    return found


def _shown(value: Fraction) -> str:
    return f"{float(value):.3f}"


def _percent(value: Fraction) -> str:
    return f"{float(100 * value):.1f} %"
