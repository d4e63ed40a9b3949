"""Tests on known items ("gold"): how many a test takes, and where they lie.

A requester who knows the answer of some items has sealed labels tested on them, and whoever errs on too many is neither
read nor paid. `design` computes how many known items of each class that takes and how many errors to allow, `arrange`
lays them into the batches of a task. All of it is exact: probabilities are fractions, and no answer depends on the
machine.

>>> found = design(classes=2, accuracy="0.80", stake=4, reward=1, share="1/2")
>>> found.counts, found.allowed
((9, 9), 7)
>>> round(float(found.chance_to_fail("0.7")), 3), round(float(found.chance_to_fail("0.9")), 6)
(0.141, 0.000173)
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Any, TypeAlias

from . import economics, errors
from .canonical import Json, from_canonical, to_canonical
from .labels import GoldTerms, Item, Manifest

# A number from 0 to 1. A float counts as the decimal that it is shown as: 0.65 is 13/20.
Share: TypeAlias = Fraction | Decimal | float | str

# Known items in a graded batch.
MIN_SIZE, MAX_SIZE = 10, 128
# What a graded batch pays, in rewards: to the least expert at least; to whoever answers at random, and to whoever knows
# a third of the way from chance to that expert, at most.
EXPERT_KEEPS = Fraction(955, 1000)
RANDOM_GETS = Fraction(-1, 2)
HALF_INFORMED_GETS = Fraction(0)
# Who has to pass most tests, where nobody else is named.
EXPERT = Fraction(9, 10)
# At which accuracies annotators are told their chance to fail.
SHOWN = (Fraction(7, 10), Fraction(8, 10), Fraction(9, 10))

# Of numbers that a caller gives, so that exact sums stay fast.
_MOST_DIGITS = 18
_FORMAT = "goldleaf-gold-1"


# ---------------------------------------------------------------- the calculator


def chance_to_fail(size: int, allowed: int, accuracy: Share) -> Fraction:
    """The chance that somebody who is right on each item with chance `accuracy` errs on more than `allowed` of `size`.

    `1 - sum(comb(size, i) * (1 - accuracy)**i * accuracy**(size - i) for i in 0..allowed)`, as if errors were
    independent of each other.
    """
    if allowed >= size:
        return Fraction(0)
    return _chances(size, _share("accuracy", accuracy))[allowed]


def income(size: int, allowed: int, accuracy: Share, *, stake: int, reward: int, share: Share) -> Fraction:
    """What a label earns on average, in rewards, if nothing else goes wrong: `1 - q * (1 + s) * F`.

    `q` is the share of batches that are graded, `s` stake over reward, `F` the chance to fail, which costs both.
    """
    return 1 - _weight(stake, reward, share) * chance_to_fail(size, allowed, accuracy)


@dataclass(frozen=True)
class Design:
    """A test, by numbers alone. Incomes are those of `income`."""

    counts: tuple[int, ...]  # known items of each class in a graded batch
    allowed: int  # errors that pass
    expert: Fraction  # income of the least expert
    half_informed: Fraction  # of whoever knows a third of the way from chance to that
    random: Fraction  # of whoever answers at random
    constant: Fraction  # of whoever gives one answer to all, who always fails a test

    @property
    def size(self) -> int:
        """Known items in a graded batch."""
        return sum(self.counts)

    def chance_to_fail(self, accuracy: Share) -> Fraction:
        """The chance to fail the test for who is right on each item with chance `accuracy`."""
        return chance_to_fail(self.size, self.allowed, accuracy)

    def terms(self, classes: Sequence[Json], **periods: int) -> GoldTerms:
        """The test for labels of these classes; `periods` are those of `GoldTerms`."""
        return GoldTerms(classes, self.counts, self.allowed, **periods)


def design(
    *, classes: int, accuracy: Share, stake: int, reward: int, share: Share, batch_size: int | None = None
) -> Design:
    """The smallest test, with as many known items of each class, that is worth it: honest experts keep their pay, and
    whoever does not look at the items loses.

    `accuracy` is that of the least expert to keep, `stake` and `reward` are per label in base units, `share` is the
    share of batches to be graded. Of `income`, that expert keeps 0.955 or more, an answer at random gets -0.5 or less,
    and whoever knows a third of the way from chance to the expert nothing or less; a constant answer always fails. Of
    several numbers of allowed errors that do, it is the highest, by which the fewest experts fail.

    A batch of `batch_size` labels holds a test of at most half as many items. Raises `NoTestFits` with the figures if
    there is none; `ArgumentError`.
    """
    if not 2 <= classes <= 16:
        raise errors.ArgumentError("number of classes", value=classes, bound="2 to 16")
    expert, chance = _share("accuracy", accuracy), Fraction(1, classes)
    if expert <= chance:
        raise errors.ArgumentError("accuracy", value=accuracy, bound=f"above {chance}, which is chance")
    most = MAX_SIZE if batch_size is None else min(MAX_SIZE, batch_size // 2)
    sizes = range(-(-MIN_SIZE // classes) * classes, most + 1, classes)
    if not sizes:
        raise errors.NoTestFits(f"a batch of {batch_size} labels has no room for {MIN_SIZE} known items or more")
    weight = _weight(stake, reward, share)
    if 1 - weight > RANDOM_GETS:
        raise errors.NoTestFits(
            f"whoever fails each test gets {_shown(1 - weight)} of a reward per label, "
            f"and should get {_shown(RANDOM_GETS)} or less",
            advice="Ask for a higher stake, or grade more of the batches.",
        )
    informed = chance + (expert - chance) / 3
    for size in sizes:
        experts, strangers, halves = (_chances(size, one) for one in (expert, chance, informed))
        for allowed in range(_highest_allowed(size, size // classes), -1, -1):
            kept = 1 - weight * experts[allowed]
            if kept < EXPERT_KEEPS:
                break
            lost, half = 1 - weight * strangers[allowed], 1 - weight * halves[allowed]
            if lost <= RANDOM_GETS and half <= HALF_INFORMED_GETS:
                return Design((size // classes,) * classes, allowed, kept, half, lost, 1 - weight)
    raise _none_fits(sizes[-1], classes, weight, experts, strangers, halves)


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
            f"who is right on {_percent(_share('accuracy', accuracy))} of the items fails {_percent(fails)} of the "
            f"tests, in which {terms.allowed} errors on {size} items pass"
        )


def check_size(terms: GoldTerms, *, batch_size: int | None = None) -> None:
    """Refuses a test of too few known items, or of more than half a batch: `BadTestSize`."""
    room = MAX_SIZE if batch_size is None else min(MAX_SIZE, batch_size // 2)
    if not MIN_SIZE <= terms.size <= room:
        raise errors.BadTestSize("known items in a graded batch", value=terms.size, bound=f"{MIN_SIZE} to {room}")


def _highest_allowed(size: int, most: int) -> int:
    """The most errors that a test may allow, of whose items `most` are of one class."""
    return size - most - 1


def _chances(size: int, accuracy: Fraction) -> list[Fraction]:
    """The chance of more than i errors, for i from 0 to `size`."""
    right, whole = accuracy.as_integer_ratio()
    wrong = whole - right
    exactly = (comb(size, i) * wrong**i * right ** (size - i) for i in range(size + 1))
    total = whole**size
    return [Fraction(total - at_most, total) for at_most in accumulate(exactly)]


def _weight(stake: int, reward: int, share: Share) -> Fraction:
    """What a failed test costs of each label, in rewards, times the chance that there is one."""
    at_stake = economics.only_base_units("stake", stake)
    if at_stake < 1 or economics.only_base_units("reward", reward) < 1:
        raise errors.ArgumentError("stake and reward are 1 base unit or more")
    return _share("share", share) * (1 + Fraction(at_stake, reward))


def _none_fits(
    size: int,
    classes: int,
    weight: Fraction,
    experts: Sequence[Fraction],
    strangers: Sequence[Fraction],
    halves: Sequence[Fraction],
) -> errors.NoTestFits:
    """What the largest test comes to."""
    deterring = [
        allowed
        for allowed in range(_highest_allowed(size, size // classes) + 1)
        if 1 - weight * strangers[allowed] <= RANDOM_GETS and 1 - weight * halves[allowed] <= HALF_INFORMED_GETS
    ]
    allowed = max(deterring, default=0)
    return errors.NoTestFits(
        f"with {size} known items and {allowed} errors allowed "
        f"the expert keeps {_shown(1 - weight * experts[allowed])} "
        f"of a reward per label (should be {_shown(EXPERT_KEEPS)} or more), "
        f"who knows a third as much gets {_shown(1 - weight * halves[allowed])} "
        f"({_shown(HALF_INFORMED_GETS)} or less), "
        f"an answer at random {_shown(1 - weight * strangers[allowed])} ({_shown(RANDOM_GETS)} or less)"
    )


def _share(name: str, value: Share) -> Fraction:
    try:
        found = Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise errors.ArgumentError(name, value=repr(value), bound="a number from 0 to 1") from error
    if not 0 <= found <= 1 or found.denominator > 10**_MOST_DIGITS:
        raise errors.ArgumentError(name, value=value, bound=f"from 0 to 1, of at most {_MOST_DIGITS} digits")
    return found


def _shown(value: Fraction) -> str:
    return f"{float(value):.3f}"


def _percent(value: Fraction) -> str:
    return f"{float(100 * value):.1f} %"


# ---------------------------------------------------------------- the planner


@dataclass(frozen=True)
class Plan:
    """Where known items lie in a task. It holds their answers, so it stays with the requester.

    Keep it encrypted, in a file that nobody else may read, and never beside what is published: `to_bytes` is plain
    text. `goldleaf_tools.keys.write_plan` encrypts it with the account's key, as `goldleaf test plan` does. Without it
    no batch can be tested, so keep a copy of that file.
    """

    terms: GoldTerms
    batch_size: int
    # order[n] is the requester's own number of the task's item n.
    order: tuple[int, ...]
    # Answers of all known items, by the task's item numbers.
    known: Mapping[int, Json]
    # Graded batch -> the task's numbers of the items that it is tested on.
    tested: Mapping[int, tuple[int, ...]]
    # More known items of each class that it takes to grade as many batches as were asked for.
    short: tuple[int, ...]

    @property
    def graded(self) -> tuple[int, ...]:
        """The batches that are graded."""
        return tuple(sorted(self.tested))

    def gold(self, batch: int) -> dict[int, Json]:
        """What `client.tests.open_gold` shows of a graded batch: item -> answer. Raises `ArgumentError`."""
        if batch not in self.tested:
            raise errors.ArgumentError("batch", value=batch, bound=f"one that is graded: {list(self.graded)}")
        return {item: self.known[item] for item in self.tested[batch]}

    def positions(self, batch: int) -> tuple[tuple[int, ...], ...]:
        """Places in a graded batch of the items that it is tested on, grouped by class, rising within each."""
        gold, first = self.gold(batch), batch * self.batch_size
        grouped: list[list[int]] = [[] for _ in self.terms.classes]
        for item in sorted(gold):
            grouped[self.terms.place(gold[item])].append(item - first)
        return tuple(map(tuple, grouped))

    def manifest(self, *, guidelines: str, label_schema: Json, items: Sequence[Item], licence: str) -> Manifest:
        """The manifest of the task. `items` are in the requester's own order, in the manifest they are in the plan's.

        Raises `ManifestError`; `AnswersInManifest`, as `check` does.
        """
        if len(items) != len(self.order):
            raise errors.ManifestError(f"{len(items)} items, and the plan is of {len(self.order)}")
        ordered = [items[number] for number in self.order]
        manifest = Manifest(guidelines, label_schema, ordered, licence, test=self.terms)
        self.check(manifest)
        return manifest

    def check(self, manifest: Manifest) -> None:
        """Refuses a manifest by which anybody could tell the known answers, as far as a program can see it.

        It looks for URIs that tell items of one class from those of others, for known items that the guidelines or the
        schema name, and for lists of answers in these. Raises `AnswersInManifest`; `ManifestError` if the manifest is
        not of this plan's items and test.
        """
        if len(manifest.items) != len(self.order):
            raise errors.ManifestError(f"{len(manifest.items)} items, and the plan is of {len(self.order)}")
        if manifest.test != self.terms:
            raise errors.ManifestError("the manifest does not show the test that the plan is made for")
        leak = self._leak_in_uris(manifest.items) or self._leak_in_text(manifest)
        if leak:
            raise errors.AnswersInManifest(leak)

    def _leak_in_uris(self, items: Sequence[Item]) -> str | None:
        """Words by which items of a class are known: a folder, a part of a file's name."""
        words = {item: set(_words(items[item].uri)) for item in self.known}
        for place, label in enumerate(self.terms.classes):
            own = [item for item in self.known if self.terms.place(self.known[item]) == place]
            others = [item for item in self.known if item not in own]
            # Of a single item every word is its own.
            if len(own) > 1 and (telling := set.intersection(*map(words.get, own)) - _union(words, others)):  # type: ignore[arg-type]
                return f"the URI of each known item that is {label!r} holds {min(telling)!r}, and of no other"
            name = [word for word in _words(label) if len(word) > 2] if isinstance(label, str) else []
            if (
                name
                and (named := [item for item in own if words[item].issuperset(name)])
                and not any(words[item].issuperset(name) for item in others)
            ):
                return f"the URI of item {min(named)} says that it is {label!r}"
        return None

    def _leak_in_text(self, manifest: Manifest) -> str | None:
        """Known items that the guidelines or the schema speak of."""
        text = f"{manifest.guidelines}\n{to_canonical(manifest.label_schema).decode()}"
        for item in sorted(self.known):
            told = manifest.items[item]
            if told.uri in text or told.keccak256.hex() in text:
                return f"the guidelines or the schema name item {item}, of which the answer is to stay secret"
        listed = [item for item, answer in self.known.items() if _is_told(text, item, answer)]
        # A list of the classes by number looks like answers of the first few items.
        if len(listed) > len(self.terms.classes):
            return (
                f"the guidelines or the schema list answers of {len(listed)} known items, item {min(listed)} among them"
            )
        return None

    def to_bytes(self) -> bytes:
        """The plan as canonical JSON: whoever reads it knows the answers, so encrypt it before it is on a disk."""
        return to_canonical(
            {
                "batch_size": self.batch_size,
                "format": _FORMAT,
                "known": {str(item): answer for item, answer in self.known.items()},
                "order": list(self.order),
                "short": list(self.short),
                "test": self.terms.to_json(),
                "tested": {str(batch): list(items) for batch, items in self.tested.items()},
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Plan":
        """Reads the file that `to_bytes` writes. Raises `PlanError`."""
        try:
            content: Any = from_canonical(data)
            if content["format"] != _FORMAT:
                raise errors.PlanError(f"format {content['format']!r}, expected {_FORMAT!r}")
            return cls(
                terms=GoldTerms.from_json(content["test"]),
                batch_size=content["batch_size"],
                order=tuple(content["order"]),
                known={int(item): answer for item, answer in content["known"].items()},
                tested={int(batch): tuple(items) for batch, items in content["tested"].items()},
                short=tuple(content["short"]),
            )
        except KeyError as error:
            raise errors.PlanError(f"it has no {error.args[0]!r}") from error
        except (errors.NotCanonical, TypeError, ValueError, AttributeError) as error:
            raise errors.PlanError(f"not a plan: {error}") from error

    def __repr__(self) -> str:
        # No answers: what is shown in a log or on a screen is read by others.
        return f"Plan({len(self.order)} items, {len(self.known)} known, {len(self.tested)} batches graded)"


def arrange(
    known: Mapping[int, Json],
    *,
    items: int,
    batch_size: int,
    terms: GoldTerms,
    share: Share,
    seed: int | None = None,
) -> Plan:
    """Lays items into batches at random: as many known ones of each class as `terms` say in each graded batch.

    `known` has the answers by the requester's own numbers of the items, which count from 0. `share` of the batches,
    rounded up, are graded, or as many as there are known items for: then `Plan.short` says what is missing. What else
    is known lies anywhere, like all other items. The order is secret until batches are opened, so it is drawn by the
    system's randomness; a `seed` is for tests.

    Raises `LastBatchNotWhole`; `BadTestSize`, `ConstantAnswerPasses`, `ExpertsFail` as `check`; `UnknownItem`;
    `LabelOutsideSchema` for an answer that is none of the classes; `TooFewKnownItems` if not one batch can be graded.
    """
    if batch_size < 1 or items < 1 or items % batch_size:
        raise errors.LastBatchNotWhole("items", value=items, bound=f"a multiple of {batch_size}, the batch size")
    check(terms, batch_size=batch_size)
    by_class = _by_class(known, items, terms)
    batches = items // batch_size
    wanted = -(-_share("share", share) * batches // 1)
    if wanted < 1:
        raise errors.ArgumentError("share", value=share, bound="above 0")
    graded = min(wanted, *(len(own) // count for own, count in zip(by_class, terms.counts, strict=True)))
    counted = zip(by_class, terms.counts, strict=True)
    short = tuple(max(0, int(wanted) * count - len(own)) for own, count in counted)
    if graded < 1:
        raise errors.TooFewKnownItems(
            "a graded batch takes "
            + ", ".join(
                f"{count} of {label!r} ({len(own)} known)"
                for label, count, own in zip(terms.classes, terms.counts, by_class, strict=True)
            )
        )
    chooser = random.SystemRandom() if seed is None else random.Random(seed)
    pools = [chooser.sample(own, len(own)) for own in by_class]
    order: list[int | None] = [None] * items
    tested: dict[int, tuple[int, ...]] = {}
    for batch in sorted(chooser.sample(range(batches), int(graded))):
        chosen = [pool.pop() for pool, count in zip(pools, terms.counts, strict=True) for _ in range(count)]
        places = chooser.sample(range(batch * batch_size, (batch + 1) * batch_size), len(chosen))
        for place, number in zip(places, chosen, strict=True):
            order[place] = number
        tested[batch] = tuple(sorted(places))
    laid = {number for number in order if number is not None}
    rest = [number for number in range(items) if number not in laid]
    chooser.shuffle(rest)
    numbers = tuple(rest.pop() if number is None else number for number in order)
    answers = {place: known[number] for place, number in enumerate(numbers) if number in known}
    return Plan(terms, batch_size, numbers, answers, tested, short)


def _by_class(known: Mapping[int, Json], items: int, terms: GoldTerms) -> list[list[int]]:
    """The known items of each class, rising."""
    grouped: list[list[int]] = [[] for _ in terms.classes]
    for number in sorted(known):
        if not 0 <= number < items:
            raise errors.UnknownItem(f"item {number} is not one of the {items} items")
        try:
            grouped[terms.place(known[number])].append(number)
        except ValueError:
            raise errors.LabelOutsideSchema(
                f"item {number}: {known[number]!r} is none of the classes {list(terms.classes)}"
            ) from None
    return grouped


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _union(words: Mapping[int, set[str]], items: Sequence[int]) -> set[str]:
    return set().union(*(words[item] for item in items))


def _is_told(text: str, item: int, answer: Json) -> bool:
    """Whether a text says `ITEM: ANSWER`, in one of the ways in which people and programs write it."""
    label = re.escape(answer if isinstance(answer, str) else to_canonical(answer).decode())
    return re.search(rf'(?<![\w.]){item}"?\s*[,:;=\t]\s*(?:"label"\s*:\s*)?"?{label}(?!\w)', text) is not None
