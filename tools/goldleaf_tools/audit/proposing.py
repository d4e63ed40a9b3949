"""Which challenges to think of: of each submission whose window is open, what is best challenged together."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from goldleaf.events import Ruled
from goldleaf.types import FightState, Outcome, SubmissionState

from ..autopilot.appeals import EACH_IS_WRONG, NOT_EACH_IS_WRONG
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

    Labels that were proven wrong, or that somebody challenges who will probably win, are not challenged again: who was
    first has the prize. Nor are those that jurors did not find wrong, nor equal ones of the same item (`ruled`), nor
    those that the auditor has challenged or is about to (`pending`), nor those that nothing else is more probable than.
    Of labels that were challenged together and not each found wrong, the most probably right one is left alone. A
    challenge that is not decided counts by its chance: one that holds a right label shields none of the others. The
    auditor's own submissions are left alone. Where the arbitrator is not `trusted`, nothing is to be filed.
    """
    terms = read.task.parameters
    if terms.arbitrator not in market.costs:
        return ()
    p_wrong: dict[int, dict[int, float]] = defaultdict(dict)
    for row in labels.rows():
        if row.doubted and ruled.right.get((read.id, row.item)) != row.label:
            p_wrong[row.submission][row.item] = row.p_wrong
    settled: dict[int, set[int]] = defaultdict(set)
    rejected: list[Dispute] = []
    for fight in read.fights:
        if not fight.is_demand and (fight.outcome == Outcome.NOT_WRONG or _ruling(fight) == NOT_EACH_IS_WRONG):
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
    beliefs: dict[int, dict[int, float]] = defaultdict(dict)
    for row in labels.rows():
        is_right = ruled.right.get((read.id, row.item)) == row.label
        beliefs[row.submission][row.item] = 0.0 if is_right else row.p_wrong
    found: list[Proposal] = []
    for delivery in read.deliveries:
        if delivery.id not in fetched or not _is_open(delivery, market.time):
            continue
        if delivery.submission.annotator == auditor:
            continue
        verdict = fetched[delivery.id].verdict
        believed = beliefs[delivery.id] if verdict.readable else dict.fromkeys(delivery.items, WITHHELD)
        ahead = _Ahead.of(delivery, read.fights, pending, believed, auditor)
        stakes = value.Stakes(
            reward=terms.reward,
            stake=terms.stake,
            labels=len(delivery.items),
            arbitration_cost=market.costs[terms.arbitrator],
            room=terms.tolerated(delivery.slot) + 1 - delivery.submission.errors - ahead.expected,
            gas=market.gas(read.task.token, ether),
            sure=ahead.sure,
        )
        taken = {*ahead.items, *delivery.wrong_items, *settled[delivery.id]}
        if verdict.readable:
            left = {item: chance for item, chance in p_wrong[delivery.id].items() if item not in taken}
            found += value.propose(delivery.id, left, stakes, gone=ahead.gone)
        elif _is_withheld(delivery, read, verdict, market.time):
            unread = [item for item in delivery.items if item not in taken]
            found += value.together(delivery.id, unread, WITHHELD, stakes)
    if terms.arbitrator not in trusted:
        found = list(_left(found))
    return tuple(sorted(found, key=lambda one: -one.expectation.value))


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The challenges of a submission that are not settled, and the auditor's own that are to be filed."""

    # Not to be challenged: the auditor does, or somebody who will probably win.
    items: frozenset[int]
    # How probably each label is proven by one of them first, in parts of `value.ONE`.
    gone: Mapping[int, int]
    # So many of `items` are expected to be proven, to the nearest whole one. What is improbable leaves the room as it
    # is: somebody who challenges many right labels would fill it at the price of a fee.
    expected: int
    # How probably all of the challenges that these come of are won, in parts of `value.ONE`.
    sure: int

    @classmethod
    def of(
        cls,
        delivery: Delivery,
        fights: Collection[Dispute],
        pending: Collection[Seal],
        believed: Mapping[int, float],
        auditor: str | None,
    ) -> "_Ahead":
        """`believed` is how probably each label is wrong; one of which nothing is known counts as right."""
        proven = set(delivery.wrong_items)
        ahead = [(seal.items, False, True) for seal in pending if seal.submission == delivery.id]
        ahead += [
            (fight.items, _is_won(fight), fight.party == auditor)
            for fight in fights
            if fight.submission == delivery.id and not fight.is_demand and _is_undecided(fight)
        ]
        items: set[int] = set()
        left: dict[int, int] = {}
        sure = value.ONE
        for challenged, won, own in ahead:
            new = [item for item in challenged if item not in proven]
            chance = value.ONE if won else value.chance([believed.get(item, 0.0) for item in new])
            if own or chance > value.ONE // 2:
                items.update(new)
                sure = sure * chance // value.ONE
            for item in new:
                left[item] = left.get(item, value.ONE) * (value.ONE - chance) // value.ONE
        gone = {item: value.ONE - chance for item, chance in left.items()}
        expected = (sum(gone[item] for item in items) + value.ONE // 2) // value.ONE
        return cls(frozenset(items), gone, expected, sure)


def _is_undecided(fight: Dispute) -> bool:
    """Whether it may still prove labels wrong."""
    return fight.state != FightState.SETTLED and _ruling(fight) in (None, EACH_IS_WRONG)


def _is_won(fight: Dispute) -> bool:
    """Whether only settling it is left."""
    return fight.state == FightState.CONCEDED or _ruling(fight) == EACH_IS_WRONG


def _ruling(fight: Dispute) -> int | None:
    """What its arbitrator has told the escrow; None: nothing yet."""
    return next((told.event.ruling for told in fight.told if isinstance(told.event, Ruled)), None)


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
