"""What anybody can tell from the published labels: how likely each of them is wrong."""

import numpy as np

from goldleaf_tools.audit.grid import leading, on_grid
from scripts._simulation.people import Population
from scripts._simulation.sets import Flags, Floats, Ints

ROUNDS = 20
BINS = 12
# One-coin accuracies are kept off 0 and 1, and off what no vote could correct.
LOWEST, HIGHEST = 0.05, 0.95


def consensus(population: Population) -> Floats:
    """[item, class] -> probability of the class, by the one-coin model.

    Each annotator is right with an own chance, and any wrong label is as likely as another; the chances are estimated
    by expectation maximisation from the majority (Dawid and Skene 1979, with one parameter for each annotator). What
    comes of logarithms and exponentials is rounded, so that it is the same on every machine.
    """
    real, label = population.real, population.label
    size = len(real.classes)
    votes = np.zeros((len(real.items), size))
    np.add.at(votes, (real.item, label), 1)
    posterior = votes / votes.sum(axis=1, keepdims=True)
    answered = np.bincount(real.annotator, minlength=len(real.annotators))
    for _ in range(ROUNDS):
        right = np.bincount(real.annotator, posterior[real.item, label], len(real.annotators))
        accuracy = np.clip((right + 1) / (answered + 2), LOWEST, HIGHEST)[real.annotator]
        # A class that nobody has named stays possible, hardly.
        prior = np.maximum(posterior.mean(axis=0), 1e-9)
        score = np.tile(on_grid(np.log(prior)), (len(real.items), 1))
        np.add.at(score, (real.item, label), on_grid(np.log(accuracy * max(size - 1, 1) / (1 - accuracy))))
        score -= score.max(axis=1, keepdims=True)
        posterior = np.exp(score)
        posterior = leading(posterior / posterior.sum(axis=1, keepdims=True))
    found: Floats = posterior
    return found


def doubts(population: Population, known: Flags) -> Floats:
    """For each row the probability that its label is wrong, calibrated on the items whose truth is `known`.

    The consensus' probabilities are cut into bins of equally many known labels; each bin's share of wrong labels (with
    one right and one wrong label added) is the probability, and a more doubtful bin is never below a less doubtful one.
    """
    real = population.real
    raw: Floats = 1 - consensus(population)[real.item, population.label]
    shown = known[real.item]
    if not shown.any():
        return raw
    edges = np.unique(np.quantile(raw[shown], np.linspace(0, 1, BINS + 1)[1:-1]))
    # A bin without a known label would count as half wrong, and with it all that are more doubtful.
    edges = edges[edges > raw[shown].min()]
    bins: Ints = np.searchsorted(edges, raw, side="right")
    labels = np.bincount(bins[shown], minlength=len(edges) + 1)
    wrong = np.bincount(bins[shown], population.wrong[shown], len(edges) + 1)
    calibrated: Floats = np.maximum.accumulate(np.where(labels > 0, (wrong + 1) / (labels + 2), 0))
    return calibrated[bins]


def audit(population: Population, known: Flags, doubt: Floats) -> Floats:
    """What an auditor believes who holds the truth of the `known` items: certain there, `doubt` elsewhere."""
    certain = population.wrong.astype(np.float64)
    return np.where(known[population.real.item], certain, doubt)
