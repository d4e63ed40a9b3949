"""Which challenges to think of: of each submission whose window is open, what is best challenged together."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from goldleaf.types import FightState, Outcome, SubmissionState

from ..memory import Seal
from . import value
from .collect import Fetched
from .facts import Delivery, Dispute, TaskFacts
from .market import Market
from .result import Action, LabelTable, Proposal, Verdict
from .rulings import Rulings
from .withheld import WITHHELD, demand_end

# Seconds that it takes to seal and file, at the least, and something to spare.
HASTE = 120


# Whoever opens a task names its arbitrator: it may be one of their own, that rules as they like and takes the bonds.
NOT_TRUSTED = "The auditor does not trust its arbitrator, which could rule against any challenge and take the bond."


def propose(
    read: TaskFacts,
    fetched: Mapping[int, Fetched],
    labels: LabelTable,
    ruled: Rulings,
    market: Market,
    *,
    auditor: str | None,
    ether: Decimal,
    pending: Collection[Seal],
    trusted: Collection[str],
) -> tuple[Proposal, ...]:
    """The challenges that are worth it, the best first; of each other submission with a doubted label, the nearest one.

    Labels that were proven wrong, or are challenged by somebody already, are not challenged again: who was first has
    the prize. Nor are those that jurors did not find wrong, nor equal ones of the same item (`ruled`), nor those that
    the auditor is about to challenge (`pending`), nor those that nothing else is more probable than. Of labels that
    were challenged together and not each found wrong, the most probably right one is left alone. The auditor's own
    submissions are left alone. Where the arbitrator is not `trusted`, nothing is to be filed.
    """
    terms = read.task.parameters
    if terms.arbitrator not in market.costs:
        return ()
    p_wrong: dict[int, dict[int, float]] = defaultdict(dict)
    for row in labels.rows():
        if row.doubted and ruled.right.get((read.id, row.item)) != row.label:
            p_wrong[row.submission][row.item] = row.p_wrong
    challenged: dict[int, set[int]] = defaultdict(set)
    settled: dict[int, set[int]] = defaultdict(set)
    rejected: list[Dispute] = []
    for seal in pending:
        challenged[seal.submission].update(seal.items)
    for fight in read.fights:
        if fight.is_demand:
            continue
        if fight.state != FightState.SETTLED:
            challenged[fight.submission].update(fight.items)
        elif fight.outcome == Outcome.NOT_WRONG:
            # Jurors found one of the labels right: which one is known if it was one alone, or the auditor's own guess.
            if len(fight.items) == 1 or fight.party == auditor:
                settled[fight.submission].update(fight.items)
            else:
                rejected.append(fight)
    proven = {delivery.id: set(delivery.wrong_items) for delivery in read.deliveries}
    for fight in rejected:
        chances = p_wrong[fight.submission]
        if standing := set(fight.items) - proven[fight.submission]:
            settled[fight.submission].add(min(standing, key=lambda item: (chances.get(item, 0.0), item)))
    found: list[Proposal] = []
    for delivery in read.deliveries:
        if delivery.id not in fetched or not _is_open(delivery, market.time):
            continue
        if delivery.submission.annotator == auditor:
            continue
        ahead = challenged[delivery.id]
        stakes = value.Stakes(
            penalty=terms.penalty(delivery.slot),
            arbitration_cost=market.costs[terms.arbitrator],
            room=terms.tolerated(delivery.slot) + 1 - delivery.submission.errors - len(ahead),
            gas=market.gas(read.task.token, ether),
        )
        taken = {*ahead, *delivery.wrong_items, *settled[delivery.id]}
        if fetched[delivery.id].verdict.readable:
            left = {item: chance for item, chance in p_wrong[delivery.id].items() if item not in taken}
            found += value.propose(delivery.id, left, stakes)
        elif _is_withheld(delivery, read, fetched[delivery.id].verdict, market.time):
            unread = [item for item in delivery.items if item not in taken]
            found += value.together(delivery.id, unread, WITHHELD, stakes)
    if terms.arbitrator not in trusted:
        found = list(_left(found))
    return tuple(sorted(found, key=lambda one: -one.expectation.value))


def _is_open(delivery: Delivery, time: int) -> bool:
    return delivery.submission.state == SubmissionState.PUBLISHED and time + HASTE < delivery.submission.clock


def _is_withheld(delivery: Delivery, read: TaskFacts, verdict: Verdict, time: int) -> bool:
    """Whether a label set is not what it should be, and it is too late to demand a label of it.

    Jurors see all of it or nothing: all its labels are wrong, or none is.
    """
    return verdict.at_fault and time >= demand_end(delivery, read.task)


def _left(proposals: list[Proposal]) -> Iterator[Proposal]:
    for one in proposals:
        yield replace(one, action=Action.LEAVE, why=NOT_TRUSTED) if one.action == Action.FILE else one
