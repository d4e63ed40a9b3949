"""What a wrong label earns whoever proves it, what a challenge has to risk, and who gets what in the end.

All amounts are base units. Whatever a division of a stake or a bond leaves over goes to the sink, of a pot to the
requester.
"""

from typing import NamedTuple

from goldleaf.types import Outcome


class Split(NamedTuple):
    """Where the bond goes, and the prizes that the stake advances."""

    challenger: int = 0
    annotator: int = 0
    defender: int = 0
    sink: int = 0


class Rejection(NamedTuple):
    """Where the stake and the pay of a rejected submission go, besides what is in the `Split`."""

    sink: int
    requester: int


def prize(reward: int) -> int:
    """What a label newly proven wrong earns the challenger: a quarter of its reward."""
    return reward // 4


def least_bond(*, challenged: int, reward: int, arbitration_cost: int) -> int:
    """The least bond of a challenge of so many labels: half of their reward, and three times what a dispute costs."""
    return max(challenged * reward // 2, 3 * arbitration_cost)


def keeps_stake_rule(*, stake: int, reward: int, tolerated: int, arbitration_cost: int) -> bool:
    """Whether the whole stake of a submission is worth a dispute, and covers a rejection with all of its prizes."""
    return stake >= 2 * arbitration_cost and stake >= 2 * reward * (tolerated + 1)


def rejection_bonus(*, stake: int, bond: int) -> int:
    """What the challenger who brings a rejection about gets of the whole stake, besides prizes."""
    return min(stake // 4, 2 * bond)


def availability_bonus(*, stake: int, bond: int) -> int:
    """What whoever challenged the availability of labels that nobody shows gets of the whole stake."""
    return min(stake // 16, 4 * bond)


def split(outcome: Outcome, *, bond: int, fee: int, challenged: int, proven: int, reward: int) -> Split:
    """What a challenge of so many labels pays by its outcome, with `proven` of them newly proven wrong.

    `fee` is the defender's.

    A bonus for a rejection comes besides.
    """
    match outcome:
        case Outcome.CONCEDED | Outcome.UNANSWERED | Outcome.WRONG:
            return Split(bond + proven * prize(reward))
        case Outcome.NOT_WRONG:
            refund = min(fee, bond)
            premium = min((bond - refund) // 2, max(fee, challenged * reward // 4))
            return Split(0, bond - refund - premium, refund + premium)
        case Outcome.UNDECIDED:
            half = min(fee // 2, bond)
            return Split(bond - half, defender=half)
        case _:
            return Split(bond)


def rejection(*, stake: int, labels: int, errors: int, reward: int, bonus: int) -> Rejection:
    """What a rejection takes, with so many of the labels proven wrong and their prizes and the bonus paid."""
    pay = reward * labels
    lost = min(reward * (labels - errors), stake // 2)
    return Rejection(sink=stake - errors * prize(reward) - bonus + lost, requester=pay - lost)
