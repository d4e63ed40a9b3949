"""Named terms for tasks whose sealed labels are tested on known items, by the number of classes.

All come of one rule, which `docs/simulation.md` states and judges on real answers that it was not made from: every
second batch is graded, and the stake is four rewards, the least of one, two and four at which that makes guessing a
loss. The test is `testing.design` for somebody who is 55 % of the way from chance to being always right. The tolerance
is what that person stays within: of a batch of n labels, each wrong with a chance e, two standard deviations more than
are expected, `(n * e + 2 * sqrt(n * e * (1 - e))) / n`, rounded up to whole steps of 5 %. A batch is five times its
test, so that of all items a tenth are known.

There is no preset for tasks without known answers, nor for those on which people are hardly better than chance: the
simulation found no terms by which honest people keep their pay there and others do not. Redundancy, periods and royalty
are suggestions.

>>> chosen = preset("two-classes")
>>> chosen.counts, chosen.allowed  # of goldleaf.labels.GoldTerms
((11, 11), 9)
>>> terms = chosen.terms(reward=200_000, items=1100, arbitration_cost=300_000)
>>> terms["stake"], terms["tolerance_bps"], terms["batch_size"]
(800000, 3500, 110)
"""

import warnings
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from . import economics, errors
from .economics import only_base_units

# What reaches `client.tasks.open` from a preset, and may be overridden by name.
NAMES = (
    "stake",
    "batch_size",
    "redundancy",
    "tolerance_bps",
    "work_period",
    "challenge_period",
    "response_period",
    "royalty_bps",
)


# Rewards, of each preset.
STAKE = Decimal(4)
# Of the batches, which are graded.
SHARE = Decimal("0.5")


@dataclass(frozen=True)
class Preset:
    """Terms for tasks of one number of classes."""

    name: str
    classes: int
    accuracy: float  # how often the least expert to keep is right, all classes alike
    counts: tuple[int, ...]  # known items of each class in a graded batch
    allowed: int  # errors on them that pass
    tolerance_bps: int
    batch_size: int  # labels in a submission, about
    advice: str
    stake: Decimal = STAKE  # per label, times the reward
    share: Decimal = SHARE
    redundancy: int = 3
    work_period: timedelta = timedelta(days=7)
    challenge_period: timedelta = timedelta(days=7)
    response_period: timedelta = timedelta(days=4)
    royalty_bps: int = 1000

    def terms(self, *, reward: int, items: int, arbitration_cost: int, **overrides: Any) -> dict[str, Any]:
        """Keyword arguments for `client.tasks.open`, for a reward and an arbitration cost in base units.

        Batches are all whole and hold the test twice, as a tested task needs them, at a size near the preset's. If the
        items can't be cut like that, batches are as even as can be, with a `GoldleafWarning`. If the stake would break
        the stake rule (`economics.minimum_stake`) in any batch, as where disputes are dear, it is raised to the lowest
        one that keeps it, with a `GoldleafWarning`. `overrides` are put in place of the preset's own, as they are: an
        own stake is not raised.

        Raises `BaseUnitsNeeded` for amounts in whole tokens, as no token is known here; `ArgumentError` for a reward
        below 4 base units or items below 1, and for an override that is no term of a preset.
        """
        only_base_units("reward", reward)
        only_base_units("arbitration cost", arbitration_cost)
        if reward < economics.MIN_REWARD or items < 1:
            least = economics.MIN_REWARD
            raise errors.ArgumentError(f"a preset needs a reward of {least} base units or more, and 1 item or more")
        if unknown := set(overrides) - set(NAMES):
            raise errors.ArgumentError(f"no terms of a preset: {', '.join(sorted(unknown))}")
        times, parts = self.stake.as_integer_ratio()
        terms: dict[str, Any] = {
            "stake": reward * times // parts,
            **{name: getattr(self, name) for name in NAMES if name not in ("stake", "batch_size")},
            **overrides,
        }
        if "batch_size" not in overrides:
            terms["batch_size"] = self._whole(items)
        if "stake" not in overrides:
            terms["stake"] = self._raised(terms, reward, items, arbitration_cost)
        return {"reward": reward, **terms}

    def _whole(self, items: int) -> int:
        """The size of whole batches that is nearest to the preset's, or of even ones."""
        least = 2 * sum(self.counts)
        whole = [size for size in range(least, 2 * self.batch_size + 1) if items % size == 0]
        if whole:
            return min(whole, key=lambda size: abs(size - self.batch_size))
        warnings.warn(
            f"preset {self.name}: {items} items are no whole batches of {least} to {2 * self.batch_size} labels, so "
            "they can't be tested",
            errors.GoldleafWarning,
            stacklevel=3,
        )
        return -(-items // max(1, round(items / self.batch_size)))

    def _raised(self, terms: dict[str, Any], reward: int, items: int, arbitration_cost: int) -> int:
        """The stake, or the lowest one that keeps the stake rule in a full batch and in the last one."""
        stake, size = int(terms["stake"]), int(terms["batch_size"])
        lowest = max(
            economics.minimum_stake(
                reward=reward, labels=labels, tolerance_bps=terms["tolerance_bps"], arbitration_cost=arbitration_cost
            )
            for labels in {min(size, items), items % size or min(size, items)}
        )
        if lowest > stake:
            warnings.warn(
                f"preset {self.name}: stake raised from {stake} to {lowest} base units, where a dispute costs "
                f"{arbitration_cost}",
                errors.GoldleafWarning,
                stacklevel=3,
            )
        return max(stake, lowest)


PRESETS = {
    each.name: each
    for each in (
        Preset(
            name="two-classes",
            classes=2,
            accuracy=0.775,
            counts=(11, 11),
            allowed=9,
            tolerance_bps=3500,
            batch_size=110,
            advice="Not where people are hardly better than chance: half of the honest would lose. Where nine of ten "
            "labels are right, ask for more by `goldleaf.testing.design`.",
        ),
        Preset(
            name="three-classes",
            classes=3,
            accuracy=0.7,
            counts=(5, 5, 5),
            allowed=8,
            tolerance_bps=4500,
            batch_size=75,
            advice="Judged on eight people alone: have some people try it first.",
        ),
        Preset(
            name="four-classes",
            classes=4,
            accuracy=0.6625,
            counts=(4, 4, 4, 4),
            allowed=9,
            tolerance_bps=4500,
            batch_size=80,
            advice="Every class weighs as much in the test: honest people who know the common ones alone may lose. "
            "Have some people try it first.",
        ),
        Preset(
            name="five-classes",
            classes=5,
            accuracy=0.64,
            counts=(3, 3, 3, 3, 3),
            allowed=9,
            tolerance_bps=5000,
            batch_size=75,
            advice="Groups that lie about half of the items lose least here: read what several people agree on with "
            "care.",
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises `ArgumentError` if there is none."""
    if name not in PRESETS:
        raise errors.ArgumentError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
