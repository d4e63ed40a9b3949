"""What the rules of the escrow's machine and of its tests share: whom and what they choose, and how time passes."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from goldleaf.types import ChallengeKind, ChallengeState
from tests.stateful.counterparties import ArbitratorTwin
from tests.stateful.survey import Survey
from tests.stateful.world import ACTORS, KEEPER, Pair, Statistics, world

T = TypeVar("T")


def one_of(choices: Sequence[T], number: int) -> T:
    return choices[number % len(choices)]


class Play(RuleBasedStateMachine):
    """Rules draw small numbers only: which object (`pick`), who acts (`who`), how (`how`) and when (`when`)."""

    statistics: ClassVar[Statistics] = Statistics()

    def __init__(self) -> None:
        super().__init__()
        self.pair = self.start_pair()
        self.model = self.pair.model
        self.chain = self.pair.chain
        self.survey = Survey(self.pair)

    def start_pair(self) -> Pair:
        """The contracts and the models, before anybody has called."""
        return Pair(world(), self.statistics)

    def _tell(self, contract: Any, function: str, arguments: Sequence[Any]) -> None:
        self.chain.call(contract, function, arguments, KEEPER)

    def _grain(self, market: ArbitratorTwin) -> int:
        """Amounts are small multiples of it: units of a cheap token, or about a cent of a dear one, less one unit."""
        return 1 if market.token.decimals == 6 else 10**16 - 1

    def _part_of(self, amount: int, how: int) -> int:
        return one_of((amount // 7, amount // 2, 1, amount, amount + 1, 0), how)

    # Choosing

    def _task(self, pick: int) -> int:
        """Mostly one that exists, the latest most of all."""
        count = len(self.model.tasks)
        return count - min(pick // 4 % 8, count - 1) if pick < 250 and count else 10**6 * (pick % 2)

    def _deadline(self, task: int) -> int:
        return self.model.tasks[task].parameters.deadline if task in self.model.tasks else 0

    def _submission(self, likely: list[int], pick: int) -> int:
        if 244 <= pick < 253 and self.model.submissions:
            return one_of(list(self.model.submissions), pick)
        return one_of(likely, pick) if pick < 253 and likely else pick << 64

    def _clock(self, submission: int) -> int:
        s = self.model.submissions.get(submission)
        return (s.window_end or s.due_at) if s else 0

    def _annotator(self, submission: int, who: int) -> str:
        """The annotator, and sometimes somebody else."""
        s = self.model.submissions.get(submission)
        return s.annotator if s and who % 8 != 7 else one_of(ACTORS, who // 8)

    def _challenge(self, likely: list[int], pick: int) -> int:
        if 240 <= pick < 253 and self.model.challenges:
            return one_of(list(self.model.challenges), pick)
        return one_of(likely, pick) if pick < 253 and likely else pick << 128

    def _challenge_clocks(self, key: int) -> list[int]:
        f = self.model.challenges.get(key)
        if f is None:
            return []
        p = self.model.tasks[key >> 128].parameters
        if f.kind == ChallengeKind.AVAILABILITY:
            return [f.filed_at + p.challenge_period // 4]
        if f.state == ChallengeState.DEFENDED:
            return [f.defended_at + p.arbitration_timeout]
        return [f.filed_at + p.response_period // 2, f.filed_at + p.response_period]

    def _wait(self, when: int, *clocks: int, eager: bool = False) -> None:
        """Mostly no time passes; else a little, or as much as leads to one of the clocks, or to just before it."""
        ahead = sorted(clock for clock in clocks if clock > self.chain.now)
        if ahead and (eager or when >= 232):
            self.chain.now = max(self.chain.now, one_of(ahead, when // 8) + (0, 0, 1, -1)[when % 4])
        elif when >= 208:
            self.chain.now += when - 207
