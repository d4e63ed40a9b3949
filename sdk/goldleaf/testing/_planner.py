"""Where known items lie in a task, and that nobody is told their answers."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..canonical import Json, from_canonical, to_canonical
from ..labels import GoldTerms, Item, Manifest
from ._chances import Share
from ._design import check, graded_batches

_FORMAT = "goldleaf-gold-1"


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
    wanted = graded_batches(batches, share)
    graded = min(wanted, *(len(own) // count for own, count in zip(by_class, terms.counts, strict=True)))
    counted = zip(by_class, terms.counts, strict=True)
    short = tuple(max(0, wanted * count - len(own)) for own, count in counted)
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
    for batch in sorted(chooser.sample(range(batches), graded)):
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
