"""Whether a challenger who has lost a round should appeal: what the votes say, what it costs, what hangs on it.

The rule weighs one appeal against giving up. Jurors are taken to vote independently, each right with the same chance,
as in Condorcet's jury theorem; that a later round may be appealed again, by either side, is left out. Chances are
fractions, taken to a millionth: money hangs on them, and the same votes have to mean the same everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from goldleaf.types import NOT_REVEALED

# What is ruled of a challenge.
UNDECIDED, EACH_IS_WRONG, NOT_EACH_IS_WRONG = 0, 1, 2
# The least that somebody is sure of their labels who challenges rationally: below it a challenge loses money.
LEAST_CHANCE = Fraction(2, 3)
MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Stakes:
    """What hangs for a challenger on the ruling of a dispute that stands against them; amounts in base units."""

    # The bond, of which nothing comes back after ruling 2.
    bond: int
    # What the arbitrator took for the first round: half of it is lost by ruling 0.
    fee: int
    # What ruling 1 pays besides the bond.
    prize: int
    # The chance that each challenged label is wrong, as believed before any juror voted; None: not known any more.
    chance: float | None
    # What an appeal costs, and how many seats will vote on it.
    cost: int
    seats: int
    # All votes of all rounds so far.
    votes: tuple[int, ...]


def is_worth_it(ruling: int, stakes: Stakes, *, accuracy: float) -> bool:
    """Whether an appeal against this ruling is expected to gain more than it costs.

    `accuracy` is the chance that a juror's vote is right. Won, the fees come back, and with them what the ruling has
    taken and the prize; lost, the fees are gone.
    """
    if ruling not in (UNDECIDED, NOT_EACH_IS_WRONG):
        return False
    chance = chance_of_winning(stakes.votes, stakes.seats, prior=stakes.chance, accuracy=accuracy)
    at_stake = stakes.prize + (stakes.bond if ruling == NOT_EACH_IS_WRONG else stakes.fee // 2)
    return chance * at_stake > (1 - chance) * stakes.cost


def chance_of_winning(votes: Sequence[int], seats: int, *, prior: float | None, accuracy: float) -> Fraction:
    """The chance that a jury of `seats` rules 1, given all votes so far and what was believed before them."""
    believed = belief(votes, LEAST_CHANCE if prior is None else prior, accuracy=accuracy)
    wins = _majority(seats, _exact(accuracy))
    # A panel with no majority for the truth is, as its size is odd, one with a majority against it.
    return believed * wins + (1 - believed) * (1 - wins)


def belief(votes: Sequence[int], prior: float | Fraction, *, accuracy: float) -> Fraction:
    """The chance that each label is wrong after these votes, by Bayes' rule; votes for 0 say nothing."""
    believed, right = _exact(prior), _exact(accuracy)
    if not 0 < believed < 1:
        return believed
    ahead = sum((vote == EACH_IS_WRONG) - (vote == NOT_EACH_IS_WRONG) for vote in votes if vote != NOT_REVEALED)
    odds = believed / (1 - believed) * (right / (1 - right)) ** ahead
    return odds / (1 + odds)


def _exact(chance: float | Fraction) -> Fraction:
    return Fraction(chance).limit_denominator(MILLION)


def _majority(seats: int, accuracy: Fraction) -> Fraction:
    """The chance that more than half of the seats vote for what is true."""
    chances = (
        comb(seats, right) * accuracy**right * (1 - accuracy) ** (seats - right)
        for right in range(seats // 2 + 1, seats + 1)
    )
    return sum(chances, Fraction(0))
