"""Figures: what an episode came to, and what some episodes of the same terms say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from goldleaf.types import Outcome
from scripts._simulation.episode import AUDITOR, GREEDY, REQUESTER, STRANGER, Episode
from scripts._simulation.people import Behaviour, Population
from scripts._simulation.sets import Flags, Floats, Ints
from scripts._simulation.terms import REWARD

WON = (Outcome.CONCEDED, Outcome.UNANSWERED, Outcome.WRONG)
# Edges of the accuracy bins that earnings are reported in.
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001)
RESAMPLES = 400
LEVEL = 0.95

Figure = float | None
Interval = tuple[float, float, float]  # estimate, lower end, upper end


@dataclass(frozen=True)
class Tally:
    """One episode in numbers. Amounts are rewards; arrays are by annotator, or by item where it says so."""

    behaviours: tuple[Behaviour, ...]
    labels: Ints
    wrong: Ints
    gain: Floats
    submissions: Ints
    rejected: Ints
    rejected_within: Ints  # of them with no more wrong labels than are tolerated
    accepted: int
    accepted_right: int
    plain: Floats  # by item: whether the majority of all labels is the truth; a tie counts in part
    kept: Floats  # by item: the same of the accepted labels; 0 without any
    covered: Floats  # by item: whether any label was accepted
    paid: float  # by the requester
    bonds: dict[str, float]  # of each kind of challenger
    profit: dict[str, float]  # of each kind of challenger, and of strangers who defend
    filed: dict[str, int]
    won: dict[str, int]


def tally(population: Population, episode: Episode) -> Tally:
    """Counts an episode."""
    real = population.real
    size = len(real.annotators)
    who = np.array([work.annotator for work in episode.works])
    rejected = np.array([work.rejected for work in episode.works])
    within = rejected & np.array([work.wrong <= work.tolerated for work in episode.works])
    accepted = np.zeros(len(real.label), dtype=bool)
    accepted[list(episode.accepted)] = True
    kinds = (AUDITOR, GREEDY)
    return Tally(
        behaviours=population.behaviours,
        labels=np.bincount(real.annotator, minlength=size),
        wrong=np.bincount(real.annotator[population.wrong], minlength=size),
        gain=np.array([episode.gains[annotator] for annotator in real.annotators]) / REWARD,
        submissions=np.bincount(who, minlength=size),
        rejected=np.bincount(who[rejected], minlength=size),
        rejected_within=np.bincount(who[within], minlength=size),
        accepted=int(accepted.sum()),
        accepted_right=int((accepted & ~population.wrong).sum()),
        plain=majority(population, np.ones(len(accepted), dtype=bool)),
        kept=majority(population, accepted),
        covered=(np.bincount(real.item[accepted], minlength=len(real.items)) > 0).astype(float),
        paid=-episode.gains[REQUESTER] / REWARD,
        bonds={kind: sum(case.bond for case in episode.cases if case.party == kind) / REWARD for kind in kinds},
        profit={kind: episode.gains[kind] / REWARD for kind in (*kinds, STRANGER)},
        filed={kind: sum(case.party == kind for case in episode.cases) for kind in kinds},
        won={kind: sum(case.party == kind and case.outcome in WON for case in episode.cases) for kind in kinds},
    )


def majority(population: Population, chosen: Flags) -> Floats:
    """By item: how much of the chosen labels' majority is the truth; classes of a tie share it; 0 with no label."""
    real = population.real
    votes = np.zeros((len(real.items), len(real.classes)))
    np.add.at(votes, (real.item[chosen], population.label[chosen]), 1)
    most = votes.max(axis=1)
    winners = (votes == most[:, None]) & (most[:, None] > 0)
    credit: Floats = winners[np.arange(len(real.items)), real.gold] / np.maximum(winners.sum(axis=1), 1)
    return credit


# ------------------------------------------------------------ several episodes


def interval(estimate: float, resampled: Floats) -> Interval:
    """An estimate with the bootstrap's percentile interval."""
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    return round(float(estimate), 4), round(float(low), 4), round(float(high), 4)


def resamples(size: int, seed: int) -> Ints:
    """[resample, unit] -> how often a unit is drawn."""
    chance = np.random.default_rng(seed)
    drawn = chance.integers(size, size=(RESAMPLES, size))
    counts = np.zeros((RESAMPLES, size), dtype=np.int64)
    np.add.at(counts, (np.arange(RESAMPLES)[:, None], drawn), 1)
    return counts


def ratio(above: Floats, below: Floats, counts: Ints) -> Interval | None:
    """Sum over sum, with units resampled; None if there is nothing below."""
    if not below.sum():
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        return interval(above.sum() / below.sum(), (counts @ above) / (counts @ below))


def slope(x: Floats, y: Floats, weight: Floats, counts: Ints) -> Interval:
    """Weighted least squares of y on x. Arrays are [episode, annotator]; annotators are resampled as clusters."""
    moments = np.stack([(weight * each).sum(axis=0) for each in (np.ones_like(x), x, y, x * x, x * y)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return interval(float(_slope(moments.sum(axis=1))), _slope(moments @ counts.T))


def _slope(moments: Floats) -> Floats:
    n, x, y, xx, xy = moments
    fitted: Floats = (n * xy - x * y) / (n * xx - x * x)
    return fitted


def figures(tallies: Sequence[Tally], seed: int = 0) -> dict[str, object]:
    """What some episodes of one set and the same terms say, as JSON: floats, or [estimate, lower end, upper end].

    Intervals are at 95 %, by a bootstrap over annotators (money, rejections) or items (accuracy), whose figures are
    summed over the episodes first: they say what another draw of people or items might give. Amounts are rewards.
    `good` are the honest annotators who are at least as accurate as half of the honest ones.
    """
    people, items = resamples(len(tallies[0].labels), seed), resamples(len(tallies[0].plain), seed)
    honest = np.array([[each is Behaviour.HONEST for each in one.behaviours] for one in tallies])
    labels, wrong, gain, submissions, rejected, within = (
        np.stack([getattr(one, name) for one in tallies])
        for name in ("labels", "wrong", "gain", "submissions", "rejected", "rejected_within")
    )
    accuracy, net = 1 - wrong / labels, gain / labels
    plain, kept, covered = (
        np.stack([getattr(one, name) for one in tallies]).mean(axis=0) for name in ("plain", "kept", "covered")
    )
    ones = np.ones(len(plain))
    accepted, right = sum(one.accepted for one in tallies), sum(one.accepted_right for one in tallies)
    all_right = 1 - wrong.sum() / labels.sum()
    own = net[honest]
    good = honest & (accuracy >= np.nanmedian(np.where(honest, accuracy, np.nan), axis=1, keepdims=True))
    return {
        "episodes": len(tallies),
        "accuracy_all": round(float(all_right), 4),
        "accuracy_accepted": round(right / accepted, 4) if accepted else None,
        "accepted": round(accepted / int(labels.sum()), 4),
        "majority_all": ratio(plain, ones, items),
        "majority_accepted": ratio(kept, ones, items),
        "majority_difference": ratio(kept - plain, ones, items),
        "covered": ratio(covered, ones, items),
        "cost_per_right": round(sum(one.paid for one in tallies) / right, 4) if right else None,
        "cost_per_right_paying_all": round(1 / float(all_right), 4),
        "honest_net": ratio((gain * honest).sum(axis=0), (labels * honest).sum(axis=0).astype(float), people),
        "honest_net_median": round(float(np.median(own)), 4),
        "honest_losing": round(float((own < 0).mean()), 4),
        "honest_rejected": ratio(
            (rejected * honest).sum(axis=0).astype(float), (submissions * honest).sum(axis=0).astype(float), people
        ),
        "honest_rejected_within": round(float((within * honest).sum() / (submissions * honest).sum()), 4),
        "good_net": round(float((gain * good).sum() / (labels * good).sum()), 4),
        "good_losing": round(float((net[good] < 0).mean()), 4),
        "good_rejected": round(float((rejected * good).sum() / (submissions * good).sum()), 4),
        "net_per_10_points": slope(accuracy * 10, net, labels.astype(float), people),
        "net_by_behaviour": by_behaviour(tallies),
        "net_by_accuracy": by_accuracy(accuracy, net, labels, submissions, rejected),
        "challengers": {kind: challenger(tallies, kind) for kind in (AUDITOR, GREEDY) if tallies[0].filed[kind]},
        "stranger_profit": round(sum(one.profit[STRANGER] for one in tallies) / int(labels.sum()), 4),
    }


def by_behaviour(tallies: Sequence[Tally]) -> dict[str, float]:
    """Behaviour -> net per label, rewards."""
    result = {}
    for behaviour in Behaviour:
        chosen = [[each is behaviour for each in one.behaviours] for one in tallies]
        labels = sum(one.labels[who].sum() for one, who in zip(tallies, chosen, strict=True))
        if labels:
            gain = sum(one.gain[who].sum() for one, who in zip(tallies, chosen, strict=True))
            result[behaviour.value] = round(float(gain / labels), 4)
    return result


def by_accuracy(
    accuracy: Floats, net: Floats, labels: Ints, submissions: Ints, rejected: Ints
) -> list[dict[str, float | int]]:
    """Bins of what was handed in: annotators, net per label, submissions rejected. Arrays are [episode, annotator]."""
    result = []
    for low, high in pairwise(BINS):
        inside = (accuracy >= low) & (accuracy < high)
        if inside.any():
            result.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "annotators": int(inside.sum()),
                    "net": round(float((net * labels)[inside].sum() / labels[inside].sum()), 4),
                    "rejected": round(float(rejected[inside].sum() / submissions[inside].sum()), 4),
                }
            )
    return result


def challenger(tallies: Sequence[Tally], kind: str) -> dict[str, object]:
    """Challenges, the share that proved errors, and profit per unit of bond, with episodes resampled."""
    filed, bonds = sum(one.filed[kind] for one in tallies), np.array([one.bonds[kind] for one in tallies])
    profit = np.array([one.profit[kind] for one in tallies])
    return {
        "filed": filed,
        "won": round(sum(one.won[kind] for one in tallies) / filed, 4),
        "return": ratio(profit, bonds, resamples(len(tallies), 0)),
        "profit_per_label": round(float(profit.sum()) / sum(int(one.labels.sum()) for one in tallies), 4),
    }
