"""Hearings: noisy votes, appeals, and what they cost, by the rules of the court's reference model."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goldleaf_tools.rules.jury import LAST_ROUND, PANELS, settlement, standing

EACH_IS_WRONG = 1
NOT_EACH_IS_WRONG = 2


@dataclass(frozen=True)
class Hearing:
    """One dispute from the first vote to the final ruling."""

    rounds: tuple[tuple[int, ...], ...]  # the votes of each panel, by position
    appellants: tuple[str, ...]  # who paid for each round but the first
    ruling: int

    def refunds(self) -> dict[str, int]:
        """What each appellant gets back, in juror fees."""
        refunds: dict[str, int] = {}
        for outcome in settlement(self.rounds):
            if outcome.refund:
                payer = self.appellants[outcome.refunded_round - 1]
                refunds[payer] = refunds.get(payer, 0) + outcome.refund
        return refunds


def hear(
    chance: random.Random, truth: int, error: float, appeals: Callable[[Sequence[int], int, int], str | None]
) -> Hearing:
    """Jurors vote for the truth, each wrong with a chance of `error`, until nobody appeals.

    `appeals(votes, ruling, round)` says who pays for the next panel, if anybody does.
    """
    rounds: list[tuple[int, ...]] = []
    appellants: list[str] = []
    for number, seats in enumerate(PANELS):
        other = EACH_IS_WRONG + NOT_EACH_IS_WRONG - truth
        votes = tuple(other if chance.random() < error else truth for _ in range(seats))
        rounds.append(votes)
        if number == LAST_ROUND:
            break
        payer = appeals(votes, standing(rounds).ruling, number)
        if payer is None:
            break
        appellants.append(payer)
    return Hearing(tuple(rounds), tuple(appellants), standing(rounds).ruling)
