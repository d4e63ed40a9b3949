"""Whether all who label a batch have committed, in blocks that nobody replaces any more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from goldleaf import Goldleaf, events
from goldleaf.ids import submission_id
from goldleaf.types import Block, SubmissionState, Task

from .snapshot import DEPTH

_NOT_COMMITTED = (SubmissionState.OPEN, SubmissionState.TAKEN)

# Task and number of a batch.
BatchKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Siblings:
    """The submissions of a batch."""

    # Whether each is committed, in blocks that have the confirmations that were asked for.
    committed: bool
    # Whether any is COMMITTED, and not published.
    awaited: bool


class SiblingReader:
    """Remembers of which submissions the commitment was confirmed."""

    def __init__(self, client: Goldleaf) -> None:
        self._client = client
        # Submissions whose commitment was confirmed, and the last block up to which that of others was looked for.
        self._committed: set[int] = set()
        self._looked_for: dict[int, int] = {}

    def read(self, batches: Mapping[BatchKey, Task], confirmed: Block | None) -> dict[BatchKey, Siblings]:
        """The siblings of batches, as they are now; with a block, whether they were committed by then."""
        siblings = {
            (task_id, number): [submission_id(task_id, slot) for slot in task.parameters.siblings(number)]
            for (task_id, number), task in batches.items()
        }
        ids = sorted({one for group in siblings.values() for one in group})
        found = {one: each.state for one, each in zip(ids, self._client.submissions.get.many(ids), strict=True)}
        committed = {
            key: group for key, group in siblings.items() if not any(found[one] in _NOT_COMMITTED for one in group)
        }
        stands = None
        if confirmed is not None:
            stands = self._find_commitments({one for group in committed.values() for one in group}, confirmed.number)
        return {
            key: Siblings(
                committed=key in committed and (stands is None or stands.issuperset(group)),
                awaited=any(found[one] == SubmissionState.COMMITTED for one in group),
            )
            for key, group in siblings.items()
        }

    def _find_commitments(self, ids: Collection[int], block: int) -> set[int]:
        """Those of the submissions that were committed in this block or before.

        Only the events tell that: what a node says of now may hold what no block does yet.
        """
        unknown = [id for id in ids if id not in self._committed]
        if unknown:
            first = min(self._looked_for.get(id, 0) for id in unknown) - DEPTH
            first = max(first, self._client.deployment.block)
            if first <= block:
                logged = self._client.events.history(
                    events.Committed, first_block=first, last_block=block, submission=unknown
                )
                self._committed.update(
                    each.event.submission for each in logged if isinstance(each.event, events.Committed)
                )
            self._looked_for.update(dict.fromkeys(unknown, block))
        return self._committed.intersection(ids)
