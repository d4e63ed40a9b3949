"""What jurors are given to read of a challenge: a bundle that they can check offline."""

import json
from collections.abc import Sequence

from goldleaf import Goldleaf
from goldleaf.stores import Reader
from goldleaf.types import Outcome

from .. import evidence
from .collect import Library, Place, confirm
from .filing import Order
from .result import AvailabilityProposal, LabelRow, Proposal, TaskAudit

# Of a label in a sentence, characters.
LONGEST = 120
_RULED = (Outcome.WRONG, Outcome.NOT_WRONG)


def bundle(client: Goldleaf, reader: Reader, audit: TaskAudit, proposal: Proposal) -> bytes:
    """The evidence of a proposal as a file.

    Raises `StoreError` if the manifest or the label set is there no more, `NodeError`.
    """
    found = next(one for one in audit.sets if one.submission == proposal.submission)
    refusals = {off.item: f"It is outside the label schema: {off.refusal}" for off in found.off_schema}
    rows = {row.item: row for row in audit.labels.rows() if row.submission == proposal.submission}
    claims = {item: refusals.get(item) or _claim(rows[item], audit) for item in proposal.items}
    return evidence.collect(
        client,
        reader,
        proposal.submission,
        proposal.items,
        claim=f"Each of these {len(proposal.items)} labels is wrong.",
        claims=claims,
    ).to_bytes()


def confirmed(library: Library, audits: Sequence[TaskAudit], order: Order) -> Order:
    """The order, without the availability challenges of label sets that are not to be accused any more.

    They are read again: between an audit and the moment at which money is staked, stores recover.
    """
    sets = {one.submission: one for audit in audits for one in audit.sets}
    reasons: dict[int, str | None] = {}

    def reason(submission: int) -> str | None:
        found = sets[submission]
        if not found.verdict.at_fault or found.uri is None or found.root is None:
            return None
        if submission not in reasons:
            items = range(found.first_item, found.first_item + found.labels)
            reasons[submission] = confirm(library, Place(found.uri, found.root, items))
        return reasons[submission]

    refused: list[tuple[Proposal | AvailabilityProposal, str]] = []
    for each in order.availability:
        why = reason(each.submission)
        if why is not None:
            refused.append((each, why))
    return order.without(refused)


def _claim(row: LabelRow, audit: TaskAudit) -> str:
    others = [other for other in audit.labels.rows() if other.item == row.item and other.annotator != row.annotator]
    differing = sum(other.label != row.label for other in others)
    truth = "" if row.consensus is None else f" It should be {_short(row.consensus)}."
    how = "by all answers to the item"
    if row.gold is not None:
        how = "as is known of this item"
    elif any(row.item in challenge.items and challenge.outcome in _RULED for challenge in audit.challenges):
        how = "by all answers to the item and what was ruled of it"
    return f"{_short(row.label)} is wrong, {how}: {differing} of {len(others)} others say something else.{truth}"


def _short(label: bytes) -> str:
    text = json.dumps(json.loads(label))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
