"""Dawid and Skene's estimate (1979) of what is true of each item, and how probably: crowd-kit's, as audits take it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ..audit.answers import Answers
from ..audit.estimate import MOST_CLASSES, estimate
from ..audit.result import Estimator
from ..audit.rulings import Rulings
from ..errors import ExportError
from .rows import Basis, Consensus, Label


def dawid_skene(
    task: int,
    uris: Sequence[str],
    classes: Sequence[bytes],
    rows: Sequence[Label],
    known: Mapping[int, bytes],
    ruled: Mapping[int, tuple[bytes | None, frozenset[bytes]]],
) -> Iterator[Consensus]:
    """What the labels of each item of a task come to. `rows` are those that count, `uris` are of all items, and
    `classes` are what the label schema lists.

    `known` are truths that the requester has shown, `ruled` the label of an item that jurors did not find wrong, and
    those that they did. Raises `ExportError` unless there are labels, of 2 to 32 classes.
    """
    if not rows:
        raise ExportError("no label counts, so there is nothing to estimate from")
    answers = Answers.from_columns(
        annotator=[row.annotator for row in rows],
        item=[(task, row.item) for row in rows],
        label=[row.label for row in rows],
        submission=[row.submission for row in rows],
        classes=[*classes, *known.values()],
    )
    if not 2 <= len(answers.classes) <= MOST_CLASSES:
        raise ExportError(
            f"there are {len(answers.classes)} different labels, and Dawid-Skene takes 2 to {MOST_CLASSES}: take the "
            "majority"
        )
    rulings = Rulings(
        right={(task, item): right for item, (right, _) in ruled.items() if right is not None},
        wrong={(task, item): wrong for item, (_, wrong) in ruled.items() if wrong},
    )
    gold = {(task, item): label for item, label in known.items()}
    found = estimate(answers, gold, rulings=rulings, estimators=[Estimator.DAWID_SKENE])
    places = {number: place for place, (_, number) in enumerate(found.answers.items)}
    votes: dict[int, Counter[bytes]] = defaultdict(Counter)
    for row in rows:
        votes[row.item][row.label] += 1
    for item, uri in enumerate(uris):
        counted, place = votes[item].total(), places.get(item)
        right = ruled[item][0] if item in ruled else None
        basis, label, certainty = Basis.DAWID_SKENE, None, 1.0
        if item in known:
            basis, label = Basis.KNOWN, known[item]
        elif right is not None:
            basis, label = Basis.RULING, right
        elif place is None:
            yield Consensus(item, uri, None, None, Basis.NOTHING, 0, 0)
            continue
        else:
            code = int(found.consensus[place])
            label, certainty = None if code < 0 else found.answers.classes[code], float(found.certainty[place])
        agreeing = 0 if label is None else votes[item][label]
        yield Consensus(item, uri, label, certainty, basis, counted, agreeing)
