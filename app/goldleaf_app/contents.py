"""What a finished data set holds: which labels, how many of each, and how far those of one item agree."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from goldleaf.errors import StoreError
from goldleaf.types import SubmissionState
from goldleaf_tools.index import Index

from .files import Files
from .shown import show_label

# Labels that are looked at; of larger data sets, those of the first submissions.
MOST_LABELS = 200_000
# Kinds of labels that are shown, the commonest first.
MOST_KINDS = 20
# Data sets that are remembered, and for how long one that could not be read in full is, seconds.
REMEMBERED = 64
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Contents:
    """What the accepted labels of a data set are."""

    labels: int  # that were looked at
    kinds: int
    commonest: tuple[tuple[str, int], ...]
    pairs: int  # of labels of one item by different annotators
    equal: int  # of these
    unread: int  # submissions whose labels cannot be read from here

    @property
    def agreement(self) -> float | None:
        """The share of pairs that are equal; None: no item has two labels."""
        return self.equal / self.pairs if self.pairs else None


def contents(files: Files, index: Index, task: int, now: int) -> Contents:
    """What a closed task's data set holds. Blocks; raises `NoSuchTask`. `now` is unix seconds."""
    # It does not change any more, but stores recover.
    return _read(files, index, task, now // PATIENCE)


@lru_cache(REMEMBERED)
def _read(files: Files, index: Index, task: int, _when: int) -> Contents:
    by_item: dict[int, list[bytes]] = defaultdict(list)
    looked, unread = 0, 0
    for submission, found in index.submissions(task).items():
        if found.state != SubmissionState.PAID or looked >= MOST_LABELS:
            continue
        try:
            labels = files.labels(submission)
        except StoreError:
            labels = None
        if labels is None:
            unread += 1
            continue
        wrong = set(index.wrong_items(submission))
        for item in labels.items:
            if item not in wrong:
                by_item[item].append(labels.label(item))
                looked += 1
    counts = Counter(label for answers in by_item.values() for label in answers)
    pairs = [one == other for answers in by_item.values() for one, other in combinations(answers, 2)]
    return Contents(
        labels=looked,
        kinds=len(counts),
        commonest=tuple((show_label(label), count) for label, count in counts.most_common(MOST_KINDS)),
        pairs=len(pairs),
        equal=sum(pairs),
        unread=unread,
    )
