"""Tests on known items to try again: as they end in each way there is."""

from dataclasses import replace
from functools import cache
from typing import Any

from goldleaf.events import Event
from goldleaf.feed import Logged
from goldleaf.labels import LabelSet
from goldleaf.types import NOT_HEARD
from goldleaf_tools import verify
from goldleaf_tools.verify import BatchVerification
from tests.gold import GoldWorld, Terms, Work
from tests.recorded import Record, recorded

RULINGS = {"wrong": 1, "not wrong": 2, "undecided": 0, "not heard": NOT_HEARD}
ENDINGS = ("unopened", "waived", "passed", "failed", "timeout", "void", *RULINGS)


class History:
    """What was recorded of a batch, and how it is tried again."""

    def __init__(self, record: Record, task: int, works: list[Work]) -> None:
        self.record = record
        self.task = task
        self.works = {work.submission: work for work in works}

    def labels(self, submission: int) -> LabelSet | None:
        return self.works[submission].labels

    def verify(self, logged: list[Logged] | None = None, **changes: Any) -> BatchVerification:
        """The batch, by the events that were recorded, or by others."""
        options: dict[str, Any] = {
            "deployment": self.record.deployment,
            "clock": self.record.times.__getitem__,
            "labels": self.labels,
        }
        return verify.of_batch(self.task, 0, self.record.logged if logged is None else logged, **options | changes)

    def forged(self, kind: type[Event], number: int = 0, **changes: Any) -> list[Logged]:
        """The events with some fields of the `number`-th event of a kind changed."""
        logged = list(self.record.logged)
        place = [place for place, one in enumerate(logged) if isinstance(one.event, kind)][number]
        logged[place] = replace(logged[place], event=replace(logged[place].event, **changes))  # type: ignore[type-var]
        return logged

    def without(self, kind: type[Event], number: int = 0) -> list[Logged]:
        """The events without the `number`-th of a kind."""
        places = [place for place, one in enumerate(self.record.logged) if isinstance(one.event, kind)]
        return [one for place, one in enumerate(self.record.logged) if place != places[number]]

    def event(self, kind: type[Event], number: int = 0) -> Any:
        return [one.event for one in self.record.logged if isinstance(one.event, kind)][number]


@cache
def ended(ending: str) -> History:
    """A batch of three, or four, whose test has ended so; who could publish has, who could not has lost the stake."""
    world = GoldWorld()
    with recorded(world) as record:
        task = world.tested(Terms(redundancy=4 if ending == "void" else 3))
        wrong = [(), (), tuple(range(6))] if ending == "failed" else []
        works = world.sealed(task, wrong=wrong)
        world.gold.note_sealed(task, 0)
        if ending == "waived":
            world.gold.waive(task, 0, sender=world.requester)
        elif ending == "unopened":
            world.travel(world.terms[task].opening_period)
        else:
            world.open_gold(task)
            _dispute(world, works, ending)
            if not world.gold.batch(task, 0).fixed_at:
                world.pass_dispute_period(task)
        for work in works if ending != "failed" else works[:2]:
            world.publish(work, b"" if ending in ("waived", "unopened") else world.answers(task, work))
        if ending not in ("waived", "unopened"):
            world.gold.release_deposit(task, 0)
        if ending == "failed":
            world.travel(60 * 86_400)
            world.escrow.expire(works[2].submission)
    return History(record, task, works)


def _dispute(world: GoldWorld, works: list[Work], ending: str) -> None:
    if ending in ("passed", "failed"):
        return
    if ending == "void":
        # The third finds the test void: it has its fee back, and no prize. The last is wrong.
        filed = [world.dispute(work, [number]) for number, work in enumerate(works)]
        for one, ruling in zip(filed, (1, 1, 1, 2), strict=True):
            world.rule(one, ruling)
        for one in filed:
            world.settle(one)
        return
    filed_now = world.dispute(works[0], [3])
    if ending == "timeout":
        world.travel(world.terms[works[0].submission >> 64].arbitration_timeout)
    else:
        world.rule(filed_now, RULINGS[ending])
    world.settle(filed_now)
