"""How people decide: what to challenge, whether to concede, defend or appeal. Amounts are base units.

Chances are reckoned in whole parts of one, rounded down: what is decided is the same on every machine.
"""

from collections.abc import Sequence

from goldleaf.economics import MAX_CHALLENGED, bond

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


def worth_challenging(doubts: Sequence[float], most: int, penalty: int, cost: int, error: float) -> list[list[int]]:
    """Groups of labels, by their places in `doubts`, whose challenge has a positive expected value by itself.

    The most doubtful come first; each group is as large as is worth most, for one label that is right loses all of it.
    It is reckoned as if each challenge were defended. More than `most` labels altogether would earn nothing.
    """
    order = sorted(range(len(doubts)), key=lambda place: -doubts[place])[:most]
    groups: list[list[int]] = []
    while order:
        best, size, certainty = 0, 0, ONE
        for labels, place in enumerate(order[:MAX_CHALLENGED], 1):
            certainty = certainty * _parts(doubts[place]) // ONE
            win = _ruled_wrong(certainty, error)
            stake = bond(challenged=labels, penalty=penalty, arbitration_cost=cost)
            value = win * labels * penalty - 2 * (ONE - win) * stake
            if value > best:
                best, size = value, labels
        if not size:
            break
        groups.append(order[:size])
        order = order[size:]
    return groups


def each_wrong(doubts: Sequence[float]) -> float:
    """The chance that all of these labels are wrong, for somebody who knows nothing but that they were challenged.

    The challenge is one piece of evidence for all of them, so it is as strong as for the label that is doubted least.
    """
    return _each_wrong(doubts) / ONE


def annotator_defends(
    doubts: Sequence[float], *, penalty: int, bond: int, cost: int, error: float, on_rejection: int
) -> bool:
    """Whether a defence is worth more to the annotator than to concede.

    `on_rejection` is what these labels, proven wrong, would lose beyond their penalties: pay and the rest of the stake.
    """
    lose = _ruled_wrong(_each_wrong(doubts), error)
    slashed = len(doubts) * penalty
    defended = (ONE - lose) * (bond - cost) - lose * (cost + slashed + on_rejection)
    # Of the penalties a quarter comes back.
    conceded = -(3 * slashed + 4 * on_rejection) * ONE
    return 4 * defended > conceded


def stranger_defends(doubts: Sequence[float], *, bond: int, cost: int, error: float) -> bool:
    """Whether the defence of a label that its annotator left alone pays."""
    lose = _ruled_wrong(_each_wrong(doubts), error)
    return (ONE - lose) * (bond - cost) > 2 * lose * cost


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
