"""The plain vote: what most annotators say of an item, and how large a part of them."""

from collections import Counter
from collections.abc import Collection, Sequence

from .rows import Basis, Consensus, Label


def majority(
    item: int,
    uri: str,
    rows: Sequence[Label],
    known: bytes | None = None,
    right: bytes | None = None,
    wrong: Collection[bytes] = (),
) -> Consensus:
    """What the labels of an item come to.

    `known` is its truth where the requester has shown it; `right` is a label that jurors did not find wrong, `wrong`
    are those that they did: equal ones of others do not count either. Of a tie there is no label.
    """
    votes = Counter(row.label for row in rows if row.counts and row.label not in wrong)
    counted = votes.total()
    for label, basis in ((known, Basis.KNOWN), (right, Basis.RULING)):
        if label is not None:
            return Consensus(item, uri, label, 1.0, basis, counted, votes[label])
    if not counted:
        return Consensus(item, uri, None, None, Basis.NOTHING, 0, 0)
    most = max(votes.values())
    first = [label for label, count in votes.items() if count == most]
    label = first[0] if len(first) == 1 else None
    return Consensus(item, uri, label, most / counted, Basis.MAJORITY, counted, most if label is not None else 0)
