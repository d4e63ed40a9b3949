"""What things cost, by the protocol's formulas. All amounts are integers in base units of the task's token.

Whatever else is given for an amount raises `BaseUnitsNeeded`.

Worked through: 1,000 labels with a stake of 0.05 each, 5 % tolerated, a jury costing 3, in a token of 6 decimals:

>>> tolerated(labels=1000, tolerance_bps=500)
50
>>> penalty(stake=50_000, labels=1000, tolerance_bps=500)  # 50 / (2 * 51) = 0.490196
490196
>>> bond(challenged=3, penalty=490_196, arbitration_cost=3_000_000)  # max(1.470588, 9)
9000000
>>> minimum_stake(labels=1000, tolerance_bps=500, arbitration_cost=3_000_000)  # 2 * 3 / 1,000
6000
"""

from . import errors

BPS = 10_000
# The most labels that one challenge may hold.
MAX_CHALLENGED = 32


def tolerated(*, labels: int, tolerance_bps: int) -> int:
    """How many labels of a submission may be proven wrong before all of it is rejected.

    `c = labels * tolerance_bps // 10000`
    """
    return labels * tolerance_bps // BPS


def penalty(*, stake: int, labels: int, tolerance_bps: int) -> int:
    """What one label proven wrong takes from the stake of a submission, with `stake` per label.

    `P = S // (2 * (c + 1))`, with `S = stake * labels` and `c` the tolerated errors: one error more than is tolerated
    takes half of the stake, and the other half rides on the rejection.
    """
    only_base_units("stake", stake)
    return stake * labels // (2 * (tolerated(labels=labels, tolerance_bps=tolerance_bps) + 1))


def bond(*, challenged: int, penalty: int, arbitration_cost: int) -> int:
    """The bond of a challenge of `challenged` labels: `max(k * P, 3 * cost)`."""
    only_base_units("penalty", penalty)
    only_base_units("arbitration cost", arbitration_cost)
    return max(challenged * penalty, 3 * arbitration_cost)


def worst_loss(*, stake: int, labels: int) -> int:
    """The most that an annotator can lose by a submission: its whole stake, `stake * labels`.

    It is lost by a rejection and by labels that were committed and not published in time. A release costs a sixteenth
    of it, work that is not delivered a quarter.
    """
    return only_base_units("stake", stake) * labels


def keeps_jury_rule(*, stake: int, labels: int, tolerance_bps: int, arbitration_cost: int) -> bool:
    """Whether a submission's stake is worth a dispute: `S >= 2 * cost` and `P >= 4`."""
    only_base_units("stake", stake)
    only_base_units("arbitration cost", arbitration_cost)
    return (
        stake * labels >= 2 * arbitration_cost and penalty(stake=stake, labels=labels, tolerance_bps=tolerance_bps) >= 4
    )


def minimum_stake(*, labels: int, tolerance_bps: int, arbitration_cost: int) -> int:
    """The lowest stake per label that keeps the jury rule for a submission of `labels` labels."""
    for_jury = 2 * only_base_units("arbitration cost", arbitration_cost)
    for_penalty = 4 * 2 * (tolerated(labels=labels, tolerance_bps=tolerance_bps) + 1)
    return max(1, -(-max(for_jury, for_penalty) // labels))


def only_base_units(name: str, value: object) -> int:
    """An amount of base units, an int. Raises `BaseUnitsNeeded`, with the amount's name, for whatever else.

    For amounts where no token is known, and so nobody can tell how many base units a whole one has.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise errors.BaseUnitsNeeded(name, value=repr(value), bound="an int of base units")
    return value
