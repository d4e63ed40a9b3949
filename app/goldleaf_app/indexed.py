"""A client whose history is the index's: what tools ask of a chain's past is answered without searching the chain."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, TypeVar, cast

from goldleaf import Goldleaf, errors, events
from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.ids import name_submission
from goldleaf_tools.index import Index

E = TypeVar("E", bound=Event)
# Whose events the index keeps.
_KEPT = {"TaskEscrow", "GoldTest", "Court", "RoyaltyPool"}
# By which fields of an event the index finds it.
_FOUND_BY = {"task", "submission", "challenge", "gold_dispute", "dispute"}


def indexed(client: Goldleaf, index: Index) -> Goldleaf:
    """The client, whose reads of events are answered by the index; all else it asks the node as before."""
    return cast(Goldleaf, _Client(client, index))


class _Part:
    """What is not answered here, the client answers."""

    def __init__(self, part: Any, index: Index) -> None:
        self._part = part
        self._index = index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


class _Client(_Part):
    def __init__(self, client: Goldleaf, index: Index) -> None:
        super().__init__(client, index)
        self.events = _Events(client.events, index)
        self.tasks = _Tasks(client.tasks, index)
        self.submissions = _Submissions(client.submissions, index)
        self.challenges = _Challenges(client.challenges, index)
        self.tests = _Tests(client.tests, index)


class _Events(_Part):
    def history(self, *kinds: type[Event], contract: str | None = None, **fields: Any) -> Iterator[Logged]:
        """As `goldleaf.feed.Events.history`; fields that the index does not know are compared one by one."""
        if contract not in _KEPT:
            found: Iterator[Logged] = self._part.history(*kinds, contract=contract, **fields)
            return found
        known = {name: _listed(value) for name, value in fields.items() if name in _FOUND_BY}
        others = {name: _listed(value) for name, value in fields.items() if name not in _FOUND_BY}
        parts = [
            self._index.events(*kinds, contract=contract, **dict(zip(known, values, strict=True)))
            for values in product(*known.values())
        ]
        return (
            logged
            for logged in heapq.merge(*parts, key=lambda one: (one.block, one.index))
            if all(getattr(logged.event, name, None) in wanted for name, wanted in others.items())
        )


class _Tasks(_Part):
    def opening(self, task: int) -> events.Opened:
        missing = errors.NoSuchTask(f"task {task}")
        return _one(events.Opened, self._index.events(events.Opened, task=task), missing)


class _Submissions(_Part):
    def publication(self, submission: int) -> events.Published:
        missing = errors.NotPublished(f"submission {name_submission(submission)}")
        return _one(events.Published, self._index.events(events.Published, submission=submission), missing)


class _Challenges(_Part):
    def filing(self, challenge: int) -> events.Challenged | events.AvailabilityChallenged:
        return self._index.filing(challenge)

    def unanswered(self, challenge: int) -> tuple[int, ...]:
        return self._index.unanswered(challenge)


class _Tests(_Part):
    def filing(self, gold_dispute: int) -> events.GoldDisputed:
        return self._index.gold_filing(gold_dispute)

    def opened(self, task: int, batch: int) -> Any:
        return self._index.gold(task, batch)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [value]


def _one(kind: type[E], logged: Iterable[Logged], missing: errors.GoldleafError) -> E:
    for one in logged:
        if isinstance(one.event, kind):
            return one.event
    raise missing
