"""Which challenges to think of: of each submission whose window is open, what is best challenged together."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from goldleaf.events import Ruled
from goldleaf.types import ChallengeKind, ChallengeState, Outcome, SubmissionState

from ..autopilot.appeals import EACH_IS_WRONG, NOT_EACH_IS_WRONG
from ..memory import PlannedChallenge
from . import value
from .collect import Fetched
from .facts import Delivery, Dispute, TaskFacts
from .market import Market
from .result import Action, LabelTable, Proposal
from .rulings import Rulings

# Seconds that it takes to commit and file, at the least, and something to spare.
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
    pending: Collection[PlannedChallenge],
    trusted: Collection[str],
) -> tuple[Proposal, ...]:
    """The challenges that are worth it, the best first; of each other submission with a doubted label, the nearest one.

    Labels that were proven wrong, or that somebody challenges who will probably win, are not challenged again: who was
    first has the prize. Nor are those of items that labels were tested on, which no challenge may name; nor those that
    jurors did not find wrong, nor equal ones of the same item (`ruled`), nor those that the auditor has challenged or
    is about to (`pending`), nor those that nothing else is more probable than. Of labels that were challenged together
    and not each found wrong, the most probably right one is left alone. What was filed before, by anybody, and is not
    decided is settled first and counts by its chance: one that holds a right label shields none of the others. The
    auditor's own submissions are left alone, and so are labels that nobody can read: that is no ground to call them
    wrong. Where the arbitrator is not `trusted`, nothing is to be filed.
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
    for challenge in read.challenges:
        if challenge.kind == ChallengeKind.CORRECTNESS and (
            challenge.outcome == Outcome.NOT_WRONG or _ruling(challenge) == NOT_EACH_IS_WRONG
        ):
            # Jurors found one of the labels right: which one is known if it was one alone, or the auditor's own guess.
            if len(challenge.items) == 1 or challenge.challenger == auditor:
                settled[challenge.submission].update(challenge.items)
            else:
                rejected.append(challenge)
    proven = {delivery.id: set(delivery.wrong_items) for delivery in read.deliveries}
    for challenge in rejected:
        chances = p_wrong[challenge.submission]
        if standing := set(challenge.items) - proven[challenge.submission]:
            settled[challenge.submission].add(min(standing, key=lambda item: (chances.get(item, 0.0), item)))
    beliefs: dict[int, dict[int, float]] = defaultdict(dict)
    for row in labels.rows():
        is_right = ruled.right.get((read.id, row.item)) == row.label
        beliefs[row.submission][row.item] = 0.0 if is_right else row.p_wrong
    found: list[Proposal] = []
    for delivery in read.deliveries:
        if delivery.id not in fetched or not fetched[delivery.id].verdict.readable:
            continue
        if not _is_open(delivery, market.time):
            continue
        if delivery.submission.annotator == auditor:
            continue
        room = terms.tolerated(delivery.slot) + 1 - delivery.submission.errors
        ahead = _Ahead.of(delivery, read.challenges, pending, beliefs[delivery.id], auditor, room)
        stakes = value.Stakes(
            reward=terms.reward,
            stake=terms.stake,
            labels=len(delivery.items),
            arbitration_cost=market.costs[terms.arbitrator],
            room=room,
            gas=market.gas(read.task.token, ether),
            ahead=ahead.proven,
        )
        tested = read.tested_items(delivery.slot)
        taken = {*ahead.items, *delivery.wrong_items, *settled[delivery.id], *tested}
        left = {item: chance for item, chance in p_wrong[delivery.id].items() if item not in taken}
        found += value.propose(delivery.id, left, stakes, gone=ahead.gone)
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
    # How many labels they prove, by chance: see `value.Stakes.ahead`. What is improbable hardly counts: somebody who
    # challenges many right labels would fill the room at the price of a fee.
    proven: tuple[tuple[int, int], ...]

    @classmethod
    def of(
        cls,
        delivery: Delivery,
        challenges: Collection[Dispute],
        pending: Collection[PlannedChallenge],
        believed: Mapping[int, float],
        auditor: str | None,
        room: int,
    ) -> "_Ahead":
        """`believed` is how probably each label is wrong; one of which nothing is known counts as right."""
        proven = set(delivery.wrong_items)
        ahead = [(planned.items, False, True) for planned in pending if planned.submission == delivery.id]
        ahead += [
            (challenge.items, _is_won(challenge), challenge.challenger == auditor)
            for challenge in challenges
            if challenge.submission == delivery.id
            and challenge.kind == ChallengeKind.CORRECTNESS
            and _is_undecided(challenge)
        ]
        items: set[int] = set()
        left: dict[int, int] = {}
        chances: list[tuple[int, list[int]]] = []
        for challenged, won, own in ahead:
            new = [item for item in challenged if item not in proven]
            chance = value.ONE if won else value.chance([believed.get(item, 0.0) for item in new])
            if own or chance > value.ONE // 2:
                items.update(new)
            chances.append((chance, new))
            for item in new:
                left[item] = left.get(item, value.ONE) * (value.ONE - chance) // value.ONE
        gone = {item: value.ONE - chance for item, chance in left.items()}
        # A label of several of them counts with the one that is won most probably.
        counted: set[int] = set()
        proving: list[tuple[int, int]] = []
        for chance, new in sorted(chances, key=lambda one: -one[0]):
            proving.append((len(set(new) - counted), chance))
            counted.update(new)
        return cls(frozenset(items), gone, value.proven_first(proving, room))


def _is_undecided(challenge: Dispute) -> bool:
    """Whether it may still prove labels wrong."""
    return challenge.state != ChallengeState.SETTLED and _ruling(challenge) in (None, EACH_IS_WRONG)


def _is_won(challenge: Dispute) -> bool:
    """Whether only settling it is left."""
    return challenge.state == ChallengeState.CONCEDED or _ruling(challenge) == EACH_IS_WRONG


def _ruling(challenge: Dispute) -> int | None:
    """What its arbitrator has told the escrow; None: nothing yet."""
    return next((told.event.ruling for told in challenge.told if isinstance(told.event, Ruled)), None)


def _is_open(delivery: Delivery, time: int) -> bool:
    return delivery.submission.state == SubmissionState.PUBLISHED and time + HASTE < delivery.submission.window_end


def _left(proposals: list[Proposal]) -> Iterator[Proposal]:
    for one in proposals:
        yield replace(one, action=Action.LEAVE, why=NOT_TRUSTED) if one.action == Action.FILE else one
