"""How people decide: what to challenge, whether to concede, defend or appeal. Amounts are base units.

Chances are reckoned in whole parts of one, rounded down: what is decided is the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from goldleaf.economics import MAX_CHALLENGED, defence, least_bond, prize

# Parts of one.
ONE = 2**40
# Whoever challenges risks a bond that pays only above two thirds: to an annotator who gives a label one chance in three
# of being wrong that is four times the odds.
WARNING = 4
# A loser appeals when at least one in so many of the panel was on their side.
DISSENT = 3


def misrule(error: float) -> float:
    """How often a panel of three rules against the truth if votes err with this chance; people reckon with it."""
    return 3 * error * error * (1 - error) + error * error * error


@dataclass(frozen=True)
class Market:
    """What challenging a submission is about."""

    reward: int  # per label
    stake: int  # of the submission
    tolerated: int
    cost: int  # of a dispute
    error: float  # chance that a juror's vote is wrong

    def least_bond(self, labels: int) -> int:
        """Of a challenge of so many labels."""
        return least_bond(challenged=labels, reward=self.reward, arbitration_cost=self.cost)


@dataclass(frozen=True)
class Bet:
    """A challenge to be filed."""

    places: Sequence[int]  # of the labels in the submission
    bond: int


def worth_challenging(doubts: Sequence[float], market: Market) -> list[Bet]:
    """What to file against a submission: single challenges, or its rejection if that is worth more.

    The most doubtful labels come first. It is reckoned as if each challenge were defended. More labels than one above
    the tolerance would earn nothing.
    """
    order = sorted(range(len(doubts)), key=lambda place: -doubts[place])[: market.tolerated + 1]
    return max(_single(doubts, order, market), _rejection(doubts, order, market), key=lambda plan: plan[0])[1]


def _single(doubts: Sequence[float], order: Sequence[int], market: Market) -> tuple[int, list[Bet]]:
    """The value, and challenges that are worth it each by its prizes alone.

    Each is as large as is worth most, for one label that is right loses all of it.
    """
    total, bets = 0, []
    while order:
        best, size, certainty = 0, 0, ONE
        for labels, place in enumerate(order[:MAX_CHALLENGED], 1):
            certainty = certainty * _parts(doubts[place]) // ONE
            win = _ruled_wrong(certainty, market.error)
            value = win * labels * prize(market.reward) - (ONE - win) * market.least_bond(labels)
            if value > best:
                best, size = value, labels
        if not size:
            break
        total += best
        bets.append(Bet(order[:size], market.least_bond(size)))
        order = order[size:]
    return total, bets


def _rejection(doubts: Sequence[float], order: Sequence[int], market: Market) -> tuple[int, list[Bet]]:
    """The value, and challenges of just so many labels that the submission is rejected if all are proven wrong.

    The last one has a bond that brings the whole bonus, where that is worth the risk.
    """
    if len(order) <= market.tolerated:
        return 0, []
    count = -(-len(order) // MAX_CHALLENGED)
    groups = [order[len(order) * part // count : len(order) * (part + 1) // count] for part in range(count)]
    value, every, bets = 0, ONE, []
    for group in groups:
        certainty = ONE
        for place in group:
            certainty = certainty * _parts(doubts[place]) // ONE
        win, bond = _ruled_wrong(certainty, market.error), market.least_bond(len(group))
        every = every * win // ONE
        if group is groups[-1] and 2 * every > ONE - win:
            bond = max(bond, -(-(market.stake // 4) // 2))
        value += win * len(group) * prize(market.reward) - (ONE - win) * bond
        bets.append(Bet(group, bond))
    return value + every * min(market.stake // 4, 2 * bets[-1].bond), bets


def each_wrong(doubts: Sequence[float]) -> float:
    """The chance that all of these labels are wrong, for somebody who knows nothing but that they were challenged.

    The challenge is one piece of evidence for all of them, so it is as strong as for the label that is doubted least.
    """
    return _each_wrong(doubts) / ONE


def annotator_defends(doubts: Sequence[float], *, lost: int, bond: int, cost: int, error: float) -> bool:
    """Whether a defence is worth more to the annotator than to concede.

    `lost` is what goes with the labels once they are proven wrong or conceded: their pay, or all of pay and stake.
    """
    lose = _ruled_wrong(_each_wrong(doubts), error)
    return (ONE - lose) * (bond - cost) - lose * (cost + lost) > -lost * ONE


def stranger_defends(doubts: Sequence[float], *, bond: int, cost: int, reward: int, error: float) -> bool:
    """Whether the defence of a label that its annotator left alone pays."""
    lose = _ruled_wrong(_each_wrong(doubts), error)
    back, _ = defence(bond=bond, fee=cost, challenged=len(doubts), reward=reward)
    return (ONE - lose) * (back - cost) > lose * cost


def appeals(votes: Sequence[int], ruling: int, *, bond: int, cost: int) -> bool:
    """Whether the loser of a round pays for the next one."""
    return DISSENT * sum(vote != ruling for vote in votes) >= len(votes) and bond > cost


def _parts(chance: float) -> int:
    return round(chance * ONE)


def _each_wrong(doubts: Sequence[float]) -> int:
    doubt = _parts(min(doubts))
    return WARNING * doubt * ONE // (ONE + (WARNING - 1) * doubt)


def _ruled_wrong(certainty: int, error: float) -> int:
    """Chance of the ruling that each label is wrong, if that is true with this chance."""
    missed = _parts(misrule(error))
    return (certainty * (ONE - missed) + (ONE - certainty) * missed) // ONE
