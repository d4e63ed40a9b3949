"""Who gets what at the end of a challenge or demand. All amounts are base units.

Stakes, penalties and bonds are those of `goldleaf.economics`. Whatever a division leaves over goes to the requester.
"""

from typing import NamedTuple

from goldleaf.types import Outcome


class Split(NamedTuple):
    """Where the bond, and the penalties for what was newly proven wrong, go."""

    party: int = 0
    requester: int = 0
    annotator: int = 0
    defender: int = 0


def split(outcome: Outcome, *, bond: int, fee: int, proven: int, penalty: int) -> Split:
    """What a challenge pays by its outcome, with `proven` labels newly proven wrong and a defender's `fee`."""
    match outcome:
        case Outcome.CONCEDED:
            prize, back = proven * (penalty // 2), proven * (penalty // 4)
            return Split(bond + prize, proven * penalty - prize - back, back)
        case Outcome.UNANSWERED | Outcome.WRONG:
            prize = proven * (penalty // 2)
            return Split(bond + prize, proven * penalty - prize)
        case Outcome.NOT_WRONG:
            refund = min(fee, bond)
            half, odd = divmod(bond - refund, 2)
            return Split(0, odd, half, refund + half)
        case Outcome.UNDECIDED:
            half = min(fee // 2, bond)
            return Split(bond - half, defender=half)
        case _:
            return Split(bond)


def split_withheld(*, bond: int, penalty: int) -> Split:
    """What a demand pays that nobody answered; all that is left of the stake goes to the requester by the rejection."""
    return Split(bond + penalty // 2)
