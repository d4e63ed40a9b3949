"""Tests on known items ("gold"): how many a test takes, and where they lie.

A requester who knows the answer of some items has sealed labels tested on them, and whoever errs on too many is neither
read nor paid. `design` computes how many known items of each class that takes and how many errors to allow, `arrange`
lays them into the batches of a task. All of it is exact: probabilities are fractions, and no answer depends on the
machine.

>>> found = design(classes=2, accuracy="0.80", stake=4, reward=1, share="1/2")
>>> found.counts, found.allowed
((9, 9), 7)
>>> round(float(found.chance_to_fail("0.7")), 3), round(float(found.chance_to_fail("0.9")), 6)
(0.141, 0.000173)
"""

from ._chances import Share, as_share, chance_to_fail, chance_to_fail_by_class, chance_to_fail_unseen, income
from ._design import (
    EXPERT,
    EXPERT_KEEPS,
    HALF_INFORMED_GETS,
    MAX_SIZE,
    MIN_SIZE,
    RANDOM_GETS,
    SHOWN,
    Design,
    Power,
    check,
    check_size,
    design,
    graded_batches,
)
from ._planner import Plan, arrange

__all__ = [
    "EXPERT",
    "EXPERT_KEEPS",
    "HALF_INFORMED_GETS",
    "MAX_SIZE",
    "MIN_SIZE",
    "RANDOM_GETS",
    "SHOWN",
    "Design",
    "Plan",
    "Power",
    "Share",
    "arrange",
    "as_share",
    "chance_to_fail",
    "chance_to_fail_by_class",
    "chance_to_fail_unseen",
    "check",
    "check_size",
    "design",
    "graded_batches",
    "income",
]
