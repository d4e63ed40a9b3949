"""From scores to honest probabilities.

The models take annotators' errors for independent. They are not: what is hard for one is hard for the others, so twenty
answers are worth far fewer. As with clustered samples, an item's log-odds are divided by Kish's design effect,

    1 + (n - 1) * correlation        for n answers to the item (Kish 1965, Survey Sampling, 8.2)

which leaves a single answer as it is. One number can be learned from little gold. Without gold it is `CORRELATION`.
"""

from dataclasses import dataclass

from goldleaf.errors import MissingExtra

from .grid import on_grid
from .models import Floats
from .result import Bin, Reliability

try:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.optimize import minimize_scalar
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

# What fits the gold of the six real sets lies between 0.1 and 0.8, in the middle about this: see
# `docs/estimators.json`, which `ape run estimators` measures.
CORRELATION = 0.5
# And so far does its logarithm scatter about it.
_SCATTER = 0.5
_RANGE = (0.01, 10.0)
_STEPS = 4096

FOLDS = 5
BINS = 10
# No probability is nearer to 0 or 1 than this: the gold of the real sets is not better.
FLOOR = 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What answers say of items, not yet calibrated."""

    scores: Floats  # (items, classes): log-likelihoods
    prior: Floats  # (classes,)
    answers: NDArray[np.intp]  # (items,): how many answers each item has

    def at(self, items: NDArray[np.intp]) -> "Evidence":
        """Of some of the items."""
        return Evidence(self.scores[items], self.prior, self.answers[items])

    def posterior(self, correlation: float) -> Floats:
        """P(truth) of each item, (items, classes), on the grid. Correlation 0: as if all errors were independent."""
        posterior: Floats = on_grid(self._posterior(correlation))
        return posterior

    def _posterior(self, correlation: float) -> Floats:
        effect = 1 + np.maximum(self.answers - 1, 0) * correlation
        logs = (on_grid(np.log(self.prior)) + self.scores) / effect[:, None]
        odds = np.exp(logs - logs.max(axis=1, keepdims=True))
        posterior: Floats = odds / odds.sum(axis=1, keepdims=True)
        return posterior


def fit_correlation(evidence: Evidence, truth: NDArray[np.int32]) -> float:
    """The correlation that fits these items' true classes best, shrunk towards `CORRELATION` by a log-normal prior.

    In steps that are far above what the search differs by from one machine to another.
    """

    def loss(log_correlation: float) -> float:
        posterior = evidence._posterior(np.exp(log_correlation))
        surprise = (log_correlation - np.log(CORRELATION)) ** 2 / (2 * _SCATTER**2)
        return float(losses(posterior, truth).sum() + surprise)

    found = minimize_scalar(loss, bounds=np.log(_RANGE), method="bounded", options={"xatol": 1e-4})
    return max(1, round(float(np.exp(found.x)) * _STEPS)) / _STEPS


def cross_validated(evidence: Evidence, truth: NDArray[np.int32], seed: int) -> Floats:
    """The posterior of each item with the correlation that was fit to the other folds' items, (items, classes)."""
    items = len(truth)
    order = np.random.default_rng(seed).permutation(items)
    posterior = np.empty_like(evidence.scores)
    for fold in range(FOLDS):
        left_out, shown = order[fold::FOLDS], np.setdiff1d(order, order[fold::FOLDS])
        posterior[left_out] = evidence.at(left_out).posterior(fit_correlation(evidence.at(shown), truth[shown]))
    return posterior


def losses(posterior: Floats, truth: NDArray[np.int32]) -> Floats:
    """-ln P(truth) of each item."""
    chances: Floats = -np.log(np.clip(posterior[np.arange(len(truth)), truth], FLOOR, 1))
    return chances


def measure(p_wrong: Floats, wrong: NDArray[np.bool_]) -> Reliability:
    """How far these probabilities are from what was, in ten bins of equal width. There must be at least one label."""
    p_wrong = on_grid(np.clip(p_wrong, FLOOR, 1 - FLOOR))
    places = np.minimum((p_wrong * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for place in range(BINS):
        here = places == place
        count = int(here.sum())
        predicted, observed = (float(values[here].mean()) if count else 0.0 for values in (p_wrong, wrong))
        bins.append(Bin(place / BINS, (place + 1) / BINS, predicted, observed, count))
        error += count * abs(predicted - observed)
    return Reliability(
        bins=tuple(bins),
        brier=on_grid(float(np.mean((p_wrong - wrong) ** 2))),
        ece=on_grid(error / len(p_wrong)),
        log_loss=on_grid(float(np.mean(-np.log(np.where(wrong, p_wrong, 1 - p_wrong))))),
    )
