"""Kinds of tasks, the real sets that stand for them, and what is recommended for each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts._simulation.terms import Terms

STAKES = (0.5, 1.0, 2.0, 4.0)  # times the reward
TOLERANCES = (500, 1000, 1500, 2000, 2500, 3000, 4000, 5000)  # in 1/10,000
# The least whole number of rewards that keeps the stake rule at any tolerance.
STAKE = 2.0
STEP = 500  # of a tolerance, in 1/10,000
BPS = 10_000
# How much of the truth the auditor holds: what a spot check finds, and everything.
SPOT_CHECK, FULL_AUDIT = 0.3, 1.0
AUDITS = (SPOT_CHECK, FULL_AUDIT)

CHEATS = ("constant", "random", "lying")
# What a cheat must lose by a label, in rewards, to be deterred.
DETERRENT = 0.5


@dataclass(frozen=True)
class Kind:
    """Tasks that need the same terms."""

    name: str
    sets: tuple[str, ...]
    batch: int  # labels in a submission
    cost: float  # of a dispute's first round, in rewards

    def terms(self, stake: float, tolerance_bps: int) -> Terms:
        """The terms of a task of this kind."""
        return Terms(stake, tolerance_bps, self.batch, self.cost)


# What jurors cost is an assumption: three quarters of a reward each where a label takes an expert, else half of one.
KINDS = (
    Kind("expert", ("mammo",), 50, 2.25),
    Kind("easy", ("movie",), 20, 1.5),
    Kind("subjective", ("weather", "fin_crowd"), 40, 1.5),
    Kind("web", ("adult",), 30, 1.5),
    Kind("hard", ("bluebirds",), 54, 1.5),
)


def kind_of(data: str) -> Kind:
    """The kind that a set stands for."""
    return next(kind for kind in KINDS if data in kind.sets)


def worst_cheat(figures: Mapping[str, Any]) -> tuple[str, float]:
    """The cheat that pays best, and its net per label in rewards."""
    paid = {name: figures["net_by_behaviour"][name] for name in CHEATS}
    best = max(paid, key=paid.__getitem__)
    return best, paid[best]


def tolerance(errors: float, batch: int) -> int:
    """What people who err with this chance stay within, in 1/10,000: two standard deviations more than is expected."""
    most = batch * errors + 2 * math.sqrt(batch * errors * (1 - errors))
    return STEP * math.ceil(most / batch * BPS / STEP)


def recommended_terms(kind: Kind, errors: Mapping[str, float]) -> Terms:
    """What is recommended for a kind, by the set of it whose honest annotators err most. `errors`: of each set."""
    return kind.terms(STAKE, tolerance(max(errors[name] for name in kind.sets if name in errors), kind.batch))


def recommend(kind: Kind, errors: Mapping[str, float], scenarios: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is recommended for a kind, and how it does with all kinds of people, in the worst of audits and sets."""
    sets = [name for name in kind.sets if name in errors]
    terms = recommended_terms(kind, errors)
    results = [cell["figures"] for cell in scenarios if cell["data"] in sets and cell["scenario"] == "mixed"]
    cheat = max(worst_cheat(figures)[1] for figures in results)
    return {
        "kind": kind.name,
        "sets": sets,
        "errors": max(errors[name] for name in sets),
        "batch": kind.batch,
        "cost": kind.cost,
        "terms": {
            "stake": terms.stake,
            "tolerance_bps": terms.tolerance_bps,
            "good_net": min(figures["good_net"] for figures in results),
            "cheat_net": cheat,
            "deters": cheat <= -DETERRENT,
        },
    }
