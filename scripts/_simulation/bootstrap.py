"""Intervals by the bootstrap, of whole numbers: what is drawn and summed up is the same on every machine."""

import numpy as np

from scripts._simulation.sets import Ints
from scripts._simulation.standard import MICRO

RESAMPLES = 1000
LEVEL = 0.95
SEED = 20_000

Interval = tuple[float, float, float]  # estimate, lower end, upper end


def mean(values: Ints) -> float:
    """The mean of millionths, as a number of four places."""
    return shown(int(values.sum()) / len(values))


def shown(millionths: float) -> float:
    """Millionths as a number of four places."""
    return round(millionths / MICRO, 4)


def interval(values: Ints) -> Interval:
    """The mean of millionths, one of each unit, and the percentile interval at 95 % from units drawn anew."""
    drawn = np.random.default_rng(SEED).integers(len(values), size=(RESAMPLES, len(values)))
    sums = np.sort(values[drawn].sum(axis=1))
    tail = round(RESAMPLES * (1 - LEVEL) / 2)
    low, high = int(sums[tail]), int(sums[RESAMPLES - 1 - tail])
    return mean(values), shown(low / len(values)), shown(high / len(values))
