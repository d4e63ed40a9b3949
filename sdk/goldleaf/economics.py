"""What things cost, by the protocol's formulas. All amounts are integers in base units of the task's token.

`stake` is per label, and S the stake of a submission, `stake * labels`. Whatever else is given for an amount raises
`BaseUnitsNeeded`.

Worked through: 1,000 labels at 0.05 each with a stake of 0.06 each, 5 % tolerated, a jury costing 3, in a token of 6
decimals:

>>> tolerated(labels=1000, tolerance_bps=500)
50
>>> prize(50_000)  # a quarter of the pay
12500
>>> least_bond(challenged=3, reward=50_000, arbitration_cost=3_000_000)  # max(0.075, 9)
9000000
>>> minimum_stake(reward=50_000, labels=1000, tolerance_bps=500, arbitration_cost=3_000_000)  # max(6, 5.1) / 1,000
6000
>>> crossing_bonus(stake=60_000, labels=1000, bond=9_000_000)  # min(15, 18)
15000000
>>> crossing_bond(stake=60_000, labels=1000)  # a bond of 7.5 earns all of it
7500000
"""

from . import errors

BPS = 10_000
# The least pay of a label, of which a quarter is still a unit.
MIN_REWARD = 4
# The most labels that one challenge may hold.
MAX_CHALLENGED = 32


def tolerated(*, labels: int, tolerance_bps: int) -> int:
    """How many labels of a submission may be proven wrong before all of it is rejected.

    `c = labels * tolerance_bps // 10000`
    """
    return labels * tolerance_bps // BPS


def prize(reward: int) -> int:
    """What whoever proves a label wrong gets for it: a quarter of its pay, `reward // 4`.

    The stake advances it, and gets it back out of the pot when the submission is paid: a label proven wrong earns its
    author nothing, and costs no stake. The rest of its pay is the requester's again.
    """
    return only_base_units("reward", reward) // 4


def least_bond(*, challenged: int, reward: int, arbitration_cost: int) -> int:
    """The least bond of a challenge of `challenged` labels: `max(k * reward // 2, 3 * cost)`."""
    only_base_units("reward", reward)
    only_base_units("arbitration cost", arbitration_cost)
    return max(challenged * reward // 2, 3 * arbitration_cost)


def crossing_bonus(*, stake: int, labels: int, bond: int) -> int:
    """What the challenge that has a submission rejected earns besides its prizes: `min(S // 4, 2 * bond)`."""
    only_base_units("stake", stake)
    only_base_units("bond", bond)
    return min(stake * labels // 4, 2 * bond)


def crossing_bond(*, stake: int, labels: int) -> int:
    """The lowest bond that earns all of the bonus of a rejection, about `S / 8`: see `crossing_bonus`."""
    return -(-(only_base_units("stake", stake) * labels // 4) // 2)


def availability_bonus(*, stake: int, labels: int, availability_bond: int) -> int:
    """What a challenge of availability earns if its labels are not all shown: `min(S // 16, 4 * availability_bond)`.

    The bond comes back besides.
    """
    only_base_units("stake", stake)
    only_base_units("availability bond", availability_bond)
    return min(stake * labels // 16, 4 * availability_bond)


def defence(*, bond: int, fee: int, challenged: int, reward: int) -> tuple[int, int]:
    """Who gets a bond that is lost, as its labels are ruled to be not each wrong: the defender, and the annotator.

    The defender has the fee back, and half of what is left, but no more than the fee or a quarter of the challenged
    labels' pay, whichever is more: about what the least bond gives. The rest is the annotator's. The sum is always the
    bond.

    >>> defence(bond=9_000_000, fee=3_000_000, challenged=1, reward=50_000)
    (6000000, 3000000)
    >>> defence(bond=15_000_000, fee=3_000_000, challenged=1, reward=50_000)  # more is the annotator's gain
    (6000000, 9000000)
    """
    only_base_units("bond", bond)
    back = min(only_base_units("fee", fee), bond)
    only_base_units("reward", reward)
    defender = back + min((bond - back) // 2, max(fee, challenged * reward // 4))
    return defender, bond - defender


def gold_deposit(*, cost: int, redundancy: int, size: int) -> int:
    """What the requester sets aside to open the known items of a batch: `cost * (r + min(r, size // 10 + 1))`.

    It covers each annotator's fee of a dispute, and a prize of as much for each that drops an item. What nobody wins of
    it comes back, unless more than a tenth of the items are dropped.
    """
    return only_base_units("cost", cost) * (redundancy + min(redundancy, size // 10 + 1))


def graded_publish_end(
    *, deadline: int, publish_period: int, opening_period: int, dispute_period: int, fixed_at: int, opened_at: int = 0
) -> int:
    """The time from which what is committed to a batch that GoldTest tests can be published no more, unix seconds.

    `fixed_at` is when the outcome of its test stands, `opened_at` when its gold was opened, 0 if it was not. A publish
    period starts when everybody could reckon with an outcome at the latest, though it may have come earlier:
    `max(fixed_at, deadline + opening_period, opened_at + dispute_period) + publish_period`.
    """
    disputed_until = opened_at + dispute_period if opened_at else 0
    return max(fixed_at, deadline + opening_period, disputed_until) + publish_period


def highest_availability_bond(*, stake: int, labels: int, reward: int) -> int:
    """The highest availability bond that a task may have, by its smallest batch: `max(reward, S // 16)`."""
    return max(only_base_units("reward", reward), only_base_units("stake", stake) * labels // 16)


def worst_loss(*, stake: int, labels: int) -> int:
    """The most that an annotator can lose by a submission: its whole stake, `stake * labels`.

    It is lost by a rejection and by labels that were committed and not published in time. A release costs a sixteenth
    of it, work that is not delivered a quarter.
    """
    return only_base_units("stake", stake) * labels


def keeps_stake_rule(*, stake: int, reward: int, labels: int, tolerance_bps: int, arbitration_cost: int) -> bool:
    """Whether a submission's stake is worth its disputes: `S >= 2 * cost` and `S >= 2 * reward * (c + 1)`.

    By the second it can advance every prize, and is mostly lost by a rejection whatever its annotator files against it.
    """
    only_base_units("stake", stake)
    return stake * labels >= _least_stake(reward, labels, tolerance_bps, arbitration_cost)


def minimum_stake(*, reward: int, labels: int, tolerance_bps: int, arbitration_cost: int) -> int:
    """The lowest stake per label that keeps the stake rule for a submission of `labels` labels."""
    return max(1, -(-_least_stake(reward, labels, tolerance_bps, arbitration_cost) // labels))


def _least_stake(reward: int, labels: int, tolerance_bps: int, arbitration_cost: int) -> int:
    """The lowest S of a submission."""
    for_jury = 2 * only_base_units("arbitration cost", arbitration_cost)
    errors_to_reject = tolerated(labels=labels, tolerance_bps=tolerance_bps) + 1
    return max(for_jury, 2 * only_base_units("reward", reward) * errors_to_reject)


def only_base_units(name: str, value: object) -> int:
    """An amount of base units, an int. Raises `BaseUnitsNeeded`, with the amount's name, for whatever else.

    For amounts where no token is known, and so nobody can tell how many base units a whole one has.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise errors.BaseUnitsNeeded(name, value=repr(value), bound="an int of base units")
    return value
