"""Kinds of tasks, the real sets that stand for them, and what is recommended for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts._simulation.terms import Terms

STAKES = (0.5, 1.0, 1.5, 2.0, 4.0)  # times the reward
TOLERANCES = (500, 1000, 1500, 2000, 2500, 3000, 4000, 5000)  # in 1/10,000
# Below one reward, who is caught every second time still earns: only from it on is a stake recommended.
LOWEST_STAKE = 1.0
# How much of the truth the auditor holds: what a spot check finds, and everything.
SPOT_CHECK, FULL_AUDIT = 0.3, 1.0
AUDITS = (SPOT_CHECK, FULL_AUDIT)

# However much is audited: at most so many good annotators lose money, so many of their submissions are rejected, and
# the median honest annotator keeps so much of a reward.
MOST_LOSING = 0.05
MOST_REJECTED = 0.05
LEAST_KEPT = 0.2
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


def recommend(kind: Kind, sweep: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The stake and tolerance at which cheats are deterred and good annotators keep most.

    Honest annotators must be able to live with it (`MOST_LOSING`, `MOST_REJECTED`, `LEAST_KEPT`) under any audit and in
    any set of the kind; a choice is judged by its worst case of these. Where no such choice deters every cheat, the one
    with the widest gap between good annotators and the cheat that pays best. Without any, `terms` is None.
    """
    best: dict[str, Any] | None = None
    for stake in (stake for stake in STAKES if stake >= LOWEST_STAKE):
        for tolerance in TOLERANCES:
            cells = [
                cell
                for cell in sweep
                if cell["data"] in kind.sets and cell["stake"] == stake and cell["tolerance_bps"] == tolerance
            ]
            if any("refused" in cell for cell in cells):
                continue
            results = [cell["figures"] for cell in cells]
            if not all(_bearable(f) for f in results):
                continue
            gap = min(f["good_net"] - worst_cheat(f)[1] for f in results)
            choice = {
                "stake": stake,
                "tolerance_bps": tolerance,
                "gap": round(gap, 4),
                "good_net": min(f["good_net"] for f in results),
                "cheat_net": max(worst_cheat(f)[1] for f in results),
                "deters": max(worst_cheat(f)[1] for f in results) <= -DETERRENT,
            }
            if best is None or _merit(choice) > _merit(best):
                best = choice
    return {"kind": kind.name, "sets": list(kind.sets), "batch": kind.batch, "cost": kind.cost, "terms": best}


def _merit(choice: Mapping[str, Any]) -> tuple[bool, float]:
    return choice["deters"], choice["good_net"] if choice["deters"] else choice["gap"]


def _bearable(figures: Mapping[str, Any]) -> bool:
    return bool(
        figures["good_losing"] <= MOST_LOSING
        and figures["good_rejected"] <= MOST_REJECTED
        and figures["honest_net_median"] >= LEAST_KEPT
    )
