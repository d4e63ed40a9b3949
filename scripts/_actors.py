"""What everybody in the demo knows, and how they decide. Nothing here touches the chain.

Chance is drawn from the seed and the name of the decision, so that each decision is the same whatever came before it.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from scripts._data import Block

EACH_IS_WRONG = 1
NOT_EACH_IS_WRONG = 2


class Chance:
    """Random choices that depend on nothing but the seed and their names."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, *name: object) -> random.Random:
        """The source of one choice."""
        return random.Random(f"{self._seed} {name}")


class Cheats:
    """Two who take work and do not look at the items. They have no more to say when they are challenged."""

    CONSTANT = "constant"
    RANDOM = "random"
    rule = f"{CONSTANT} gives every item the commonest label, {RANDOM} any; neither answers to a challenge"

    @classmethod
    def join(cls, block: Block, chance: Chance) -> Block:
        """The block with their answers."""
        (commonest, _), *_ = Counter(block.gold[item] for item in block.items).most_common()
        drawn = {item: chance.of("random answer", item).choice(block.classes) for item in block.items}
        answers = {cls.CONSTANT: dict.fromkeys(block.items, commonest), cls.RANDOM: drawn}
        return replace(block, answers={**block.answers, **answers}, cheats=tuple(answers))


class Auditor:
    """Knows the truth."""

    rule = "knows the gold labels, challenges every wrong label that was not tested, up to one more than is tolerated"

    def __init__(self, block: Block) -> None:
        self._block = block

    def suspects(self, labels: Mapping[int, str], most: int) -> list[int]:
        """Item numbers of the labels to challenge; more than `most` would earn nothing."""
        gold = self._block.gold
        return [item for item, label in labels.items() if label != gold[self._block.items[item]]][:most]


class Watcher:
    """Knows only what others have answered."""

    AGREEMENT = Fraction(7, 8)
    rule = "does not know them, challenges labels that 7 of 8 other annotators contradict, no more than pays"

    def suspects(self, labels: Mapping[int, str], siblings: Sequence[Mapping[int, str]], fewest: int) -> list[int]:
        """Item numbers of the `fewest` labels that most siblings contradict: one that is right would lose them all."""
        if not siblings:
            return []
        contradicted = {
            item: Fraction(sum(sibling[item] != label for sibling in siblings), len(siblings))
            for item, label in labels.items()
        }
        doubtful = [item for item in labels if contradicted[item] >= self.AGREEMENT]
        doubtful.sort(key=contradicted.__getitem__, reverse=True)
        return sorted(doubtful[:fewest])


class Annotators:
    """Each knows only what they have answered, and how sure they were."""

    DISTANCE = 30  # of a score from where the label changes, mean of the challenged labels
    CHANCE = 0.35

    def __init__(self, block: Block, chance: Chance) -> None:
        self._block = block
        self._chance = chance
        self.rule = (
            f"defend when their scores (0 to 100) of the challenged items were {self.DISTANCE} or more from 50 on "
            "average, else concede"
            if block.conviction
            else f"defend with a chance of {self.CHANCE:.0%}, else concede"
        )

    def defends(self, annotator: str, challenge: int, items: Sequence[int]) -> bool:
        """Whether an annotator brings a challenge of these items before the court."""
        if self._block.conviction:
            distances = [self._block.conviction[annotator][self._block.items[item]] for item in items]
            return sum(distances) >= self.DISTANCE * len(distances)
        return self._chance.of("defence", challenge).random() < self.CHANCE


class Jurors:
    """Each finds the truth, or errs."""

    def __init__(self, block: Block, chance: Chance, error: float) -> None:
        self._block = block
        self._chance = chance
        self._error = error
        self.rule = f"vote for the truth, but each vote errs with a chance of {error:.0%}"

    def truth(self, annotator: str, items: Sequence[int]) -> int:
        """What should be ruled about a challenge of these labels."""
        wrong = all(self._block.is_wrong(annotator, self._block.items[item]) for item in items)
        return EACH_IS_WRONG if wrong else NOT_EACH_IS_WRONG

    def vote(self, juror: object, dispute: int, number: int, truth: int) -> int:
        """What a juror votes in a round of this number: whoever it is, or in whichever place."""
        errs = self._chance.of("vote", juror, dispute, number).random() < self._error
        return EACH_IS_WRONG + NOT_EACH_IS_WRONG - truth if errs else truth


class Losers:
    """Whoever has lost a round of a dispute."""

    rule = "appeal when a third of the panel or more voted for them and the bond is above the cost"

    @staticmethod
    def appeal(votes: Sequence[int], ruling: int, bond: int, cost: int) -> bool:
        """Whether the loser of a round pays for the next one."""
        others = sum(vote != ruling for vote in votes)
        return 3 * others >= len(votes) and bond > cost
