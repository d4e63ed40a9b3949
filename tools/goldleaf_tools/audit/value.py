"""What a challenge is worth on average, and which labels to challenge together.

A challenge of k labels says that each of them is wrong. By the protocol's rules, with S the stake of the submission and
`cost` what a jury costs, its author puts down a bond b of at least max(k * reward // 2, 3 * cost), and

    conceded, unanswered, or ruled wrong   wins a quarter of the reward for each label, up to the `room` that is left
                                           until the rejection; and, if it is the one that rejects, min(S // 4, 2 * b)
    ruled not wrong                        loses b
    not decided                            loses half of the fee

So within the tolerance nothing speaks for more than the least bond. The challenge that rejects, if all those before it
are won too, earns two units for each unit of bond, until b is S/8: so much is put down if the chance to reject is more
than half of the chance to lose.

Let q be the chance that each label is wrong. Labels of different items are taken for independent, given what all
annotators said, so q is the product of their probabilities. If an annotator's errors come together (a batch done
carelessly), the product is too low, and a challenge is worth more than it says here.

What was filed before is settled first, and counts by its own chance to be won: so much of the prize of each label in it
is gone; and it may use up the room, or reject the submission, before one's own turn comes. Whoever is behind it then
wins nothing, and can still lose the bond where somebody has defended. One that holds a right label will be lost, and
takes no prize from anybody.

All money is in base units of the task's token. What is decided by chances is decided by whole numbers: by exact
arithmetic on the chances as they are given, so the same on every machine.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldleaf import economics

from .result import Action, Expectation, Proposal

# Chances in whole parts of one: those on the grid exactly, their products rounded down.
ONE = 2**60
# And how others act, to a millionth.
_MILLION = 10**6
_SCALE = ONE * _MILLION**2


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How others are expected to act."""

    # That nobody defends, by concession or silence, if each label is wrong: in the demo on `mammo`, 26 of 41 right
    # challenges were conceded.
    undefended_if_wrong: float = 0.6
    # And if not each of them is: that everybody defends what is right is the cautious assumption.
    undefended_if_right: float = 0.0
    # That a jury rules the opposite of what is true: of three jurors who each err with a chance of 0.2, as those of the
    # demo do, two or three: 3 * 0.2^2 * 0.8 + 0.2^3.
    jury_error: float = 0.104
    # That a jury decides nothing: three votes between two rulings cannot tie.
    undecided: float = 0.0


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a challenge of a submission pays and costs, now."""

    reward: int
    stake: int  # per label
    labels: int  # of the submission
    arbitration_cost: int
    room: int  # labels that still earn a prize: tolerated + 1 - errors
    gas: int  # of committing, filing and settling one challenge, in the token
    # Numbers of labels that challenges which are settled first may prove wrong, rising, each with its chance in parts
    # of `ONE`.
    ahead: tuple[tuple[int, int], ...] = ((0, ONE),)

    @property
    def most_room(self) -> int:
        """Labels that earn a prize if as few as may be are proven wrong first."""
        return max(0, self.room - self.ahead[0][0])

    def least_bond(self, labels: int) -> int:
        """The least that a challenge of so many labels locks."""
        return economics.least_bond(challenged=labels, reward=self.reward, arbitration_cost=self.arbitration_cost)

    def bonds(self, labels: int, before: int = 0) -> tuple[int, ...]:
        """The bonds that may be the best: the least, and if the challenge may reject, what earns all of the bonus."""
        least = self.least_bond(labels)
        whole = economics.crossing_bond(stake=self.stake, labels=self.labels)
        return (least, whole) if self.rejection_chance(labels, before) and whole > least else (least,)

    def rejection_chance(self, labels: int, before: int = 0) -> int:
        """How probably a challenge of so many labels rejects the submission if it is won, in parts of `ONE`.

        `before` labels of one's own earlier challenges are taken for proven.
        """
        return sum(chance for proven, chance in self.ahead if 0 < self.room - proven - before <= labels)

    def bonus(self, bond: int) -> int:
        """What the challenge that rejects earns besides its prizes."""
        return economics.crossing_bonus(stake=self.stake, labels=self.labels, bond=bond)

    def prize(self, labels: int, before: int = 0, gone: int = 0) -> int:
        """What a challenge of so many labels wins on average, if it is won; rounded down.

        `before` labels of one's own earlier challenges are taken for proven; `gone` of its labels, in parts of `ONE`,
        are expected to be proven by others first.
        """
        paid = sum(
            chance * max(0, min(labels * ONE - gone, (self.room - proven - before) * ONE))
            for proven, chance in self.ahead
        )
        return economics.prize(self.reward) * paid // ONE**2


def chance(p_wrong: Sequence[float], behaviour: Behaviour | None = None) -> int:
    """How probably a challenge of these labels is won, whoever has filed it, in parts of `ONE`, rounded down."""
    return _Acts.of(behaviour or Behaviour()).won(_product(p_wrong))


def proven_first(challenges: Iterable[tuple[int, int]], room: int) -> tuple[tuple[int, int], ...]:
    """How many labels challenges prove wrong together, at most `room`: see `Stakes.ahead`.

    `challenges` has, of each, how many labels it proves wrong if it is won, and the chance of that in parts of `ONE`.
    """
    chances = {0: ONE}
    for labels, won in challenges:
        following: dict[int, int] = defaultdict(int)
        for proven, chance in chances.items():
            following[min(proven + labels, room)] += chance * won // ONE
            following[proven] += chance - chance * won // ONE
        chances = following
    return tuple(sorted((proven, chance) for proven, chance in chances.items() if chance))


def expectation(
    p_wrong: Sequence[float], stakes: Stakes, behaviour: Behaviour, before: int = 0, gone: int = 0
) -> Expectation:
    """What challenging these labels together is worth, with its best bond; `before` and `gone` as in `Stakes.prize`.

    The labels before it are taken for proven.
    """
    at = _Place(before, gone, ONE)
    return _expect(_Acts.of(behaviour), _product(p_wrong), len(p_wrong), stakes, at)[1]


def group(
    p_wrong: Sequence[float], stakes: Stakes, behaviour: Behaviour, gone: Sequence[int] | None = None
) -> list[list[int]]:
    """The labels to challenge, by their places in `p_wrong`, in groups of up to 32 whose values add up to the most.

    Groups come in the order in which to file them, and each is worth something by itself.

    The bonus aside, the value of a group of k labels is a + b * q, with b >= 0 where juries are right more often than
    not and wrong labels are defended no more than right ones. So a label that is left out is never more probably wrong
    than one that is challenged: swapping them would raise q. And of two groups one holds the more probable labels
    throughout: with their sizes and all their labels given, q1 * q2 is given, and b1 * q1 + b2 * q2 is convex in q1,
    so it is largest where q1 is largest or smallest. Hence the best groups are runs of the labels in falling order, and
    the best cut into runs is found in 32 steps a label. No more labels are challenged than there is room for: what is
    beyond earns no prize.

    Where all that there is room for is challenged, the last group has the submission rejected if all are won, and its
    bonus counts by that chance. The groups before it are then those that are worth most by themselves.

    `gone` is how probably others prove each label first, in parts of `ONE`. Where they differ, the groups are still the
    best runs; of equally probable labels those come first of which more is left.
    """
    taken = gone or [0] * len(p_wrong)
    order = sorted(range(len(p_wrong)), key=lambda place: (-p_wrong[place], taken[place]))
    acts = _Acts.of(behaviour)
    # values[n]: the most that the first n labels give, if all are challenged; None: that pays not. cuts[n]: the size of
    # the last group then. sure[n]: how probably all of these groups are won.
    values: list[int | None] = [0]
    cuts, sure = [0], [ONE]
    for end in range(1, min(len(order), stakes.most_room) + 1):
        q, others = ONE, 0
        best: tuple[int, int] | None = None
        chances = 0
        for size in range(1, min(end, economics.MAX_CHALLENGED) + 1):
            start = end - size
            q = q * _parts(p_wrong[order[start]]) // ONE
            others += taken[order[start]]
            value = values[start]
            if value is None:
                continue
            worth = acts.worth(q, size, stakes, _Place(start, others, sure[start]))
            if worth > 0 and (best is None or (value + worth, -size) > best):
                best, chances = (value + worth, -size), sure[start] * acts.won(q) // ONE
        values.append(None if best is None else best[0])
        cuts.append(0 if best is None else -best[1])
        sure.append(chances)
    end = max(range(len(values)), key=lambda place: values[place] or 0)
    groups: list[list[int]] = []
    while end:
        groups.append(order[end - cuts[end] : end])
        end -= cuts[end]
    return groups[::-1]


def propose(
    submission: int,
    p_wrong: Mapping[int, float],
    stakes: Stakes,
    behaviour: Behaviour | None = None,
    *,
    least_value: int = 0,
    gone: Mapping[int, int] | None = None,
) -> list[Proposal]:
    """The challenges of a submission that are worth more than `least_value` each, the dearest labels first.

    `p_wrong` has the labels that may be challenged, by item number; `gone` how probably others prove some of them
    first, in parts of `ONE`. If no challenge is worth it, and there is one that comes nearest, the list holds just
    that, to be left, and says why.
    """
    behaviour, gone = behaviour or Behaviour(), gone or {}
    items = sorted(p_wrong)
    chances = [p_wrong[item] for item in items]
    taken = [gone.get(item, 0) for item in items]
    acts = _Acts.of(behaviour)
    proposals: list[Proposal] = []
    before, sure = 0, ONE
    for places in group(chances, stakes, behaviour, taken):
        q = _product([chances[place] for place in places])
        at = _Place(before, sum(taken[place] for place in places), sure)
        bond, value = _expect(acts, q, len(places), stakes, at)
        if value.value > least_value:
            challenged = sorted(items[place] for place in places)
            proposals.append(_proposal(submission, challenged, p_wrong, stakes, value, bond, before))
            before += len(places)
            sure = sure * acts.won(q) // ONE
    return proposals or _nearest(submission, items, p_wrong, stakes, acts, gone)


def _nearest(
    submission: int,
    items: Sequence[int],
    p_wrong: Mapping[int, float],
    stakes: Stakes,
    acts: "_Acts",
    gone: Mapping[int, int],
) -> list[Proposal]:
    """The challenge that loses least, of the most probably wrong labels."""
    likely = sorted(items, key=lambda item: (-p_wrong[item], gone.get(item, 0)))
    likely = likely[: min(economics.MAX_CHALLENGED, stakes.most_room)]
    found = []
    for size in range(1, len(likely) + 1):
        at = _Place(0, sum(gone.get(item, 0) for item in likely[:size]), ONE)
        found.append(_expect(acts, _product([p_wrong[item] for item in likely[:size]]), size, stakes, at))
    if not found:
        return []
    best = max(range(len(found)), key=lambda place: found[place][1].value)
    bond, value = found[best]
    return [_proposal(submission, sorted(likely[: best + 1]), p_wrong, stakes, value, bond, 0, Action.LEAVE)]


def _proposal(
    submission: int,
    items: Sequence[int],
    p_wrong: Mapping[int, float],
    stakes: Stakes,
    value: Expectation,
    bond: int,
    before: int,
    action: Action = Action.FILE,
) -> Proposal:
    labels = "its label" if len(items) == 1 else f"each of its {len(items)} labels"
    return Proposal(
        submission=submission,
        items=tuple(items),
        p_wrong=tuple(p_wrong[item] for item in items),
        expectation=value,
        prize=stakes.prize(len(items), before),
        bonus=stakes.bonus(bond) if stakes.rejection_chance(len(items), before) else 0,
        bond=bond,
        fee=stakes.arbitration_cost,
        action=action,
        why=(
            f"With a chance of {value.p_all_wrong:.0%} {labels} is wrong; it is won with {value.p_won:.0%} and lost "
            f"with {value.p_lost:.0%}: {'worth it' if action is Action.FILE else 'not worth the bond, fee and gas'}."
        ),
    )


def _parts(chance: float) -> int:
    """In parts of `ONE`."""
    return round(chance * ONE)


def _product(chances: Sequence[float]) -> int:
    q = ONE
    for chance in chances:
        q = q * _parts(chance) // ONE
    return q


@dataclass(frozen=True, slots=True)
class _Place:
    """What comes before a challenge."""

    # Labels of one's own challenges before it.
    before: int
    # Of its own labels, in parts of `ONE`, those that others are expected to prove first.
    gone: int
    # How probably all of these labels are proven, in parts of `ONE`.
    sure: int


@dataclass(frozen=True, slots=True)
class _Acts:
    """How others act, in whole millionths."""

    undefended_if_wrong: int
    undefended_if_right: int
    jury_error: int
    undecided: int

    @classmethod
    def of(cls, behaviour: Behaviour) -> "_Acts":
        return cls(
            *(
                round(chance * _MILLION)
                for chance in (
                    behaviour.undefended_if_wrong,
                    behaviour.undefended_if_right,
                    behaviour.jury_error,
                    behaviour.undecided,
                )
            )
        )

    def outcomes(self, q: int) -> tuple[int, int, int]:
        """How probably a challenge is won, lost, and not decided, in parts of `_SCALE`."""
        heard_if_wrong, heard_if_right = _MILLION - self.undefended_if_wrong, _MILLION - self.undefended_if_right
        true_ruling = _MILLION - self.jury_error - self.undecided
        won = q * (self.undefended_if_wrong * _MILLION + heard_if_wrong * true_ruling)
        won += (ONE - q) * (self.undefended_if_right * _MILLION + heard_if_right * self.jury_error)
        lost = q * heard_if_wrong * self.jury_error + (ONE - q) * heard_if_right * true_ruling
        undecided = self.undecided * (q * heard_if_wrong + (ONE - q) * heard_if_right)
        return won, lost, undecided

    def won(self, q: int) -> int:
        """How probably a challenge is won, in parts of `ONE`, rounded down."""
        return self.outcomes(q)[0] // (_SCALE // ONE)

    def worth(self, q: int, labels: int, stakes: Stakes, at: _Place) -> int:
        """Twice what a challenge is worth with its best bond, exactly, in parts of `_SCALE`."""
        return self.best(q, labels, stakes, at)[0]

    def best(self, q: int, labels: int, stakes: Stakes, at: _Place) -> tuple[int, int]:
        """Twice what a challenge is worth, exactly, in parts of `_SCALE`, and the bond at which it is worth that."""
        won, lost, undecided = self.outcomes(q)
        gain = 2 * (won * stakes.prize(labels, at.before, at.gone) - stakes.gas * _SCALE)
        gain -= undecided * stakes.arbitration_cost
        rejected = _rejected(won, labels, stakes, at)
        # Of equal ones the lower bond.
        worth, bond = max(
            (gain + 2 * (rejected * stakes.bonus(bond) - lost * bond), -bond)
            for bond in stakes.bonds(labels, at.before)
        )
        return worth, -bond


def _rejected(won: int, labels: int, stakes: Stakes, at: _Place) -> int:
    """How probably it is this challenge that rejects the submission, in parts of `_SCALE`."""
    return won * (at.sure * stakes.rejection_chance(labels, at.before) // ONE) // ONE


def _expect(acts: _Acts, q: int, labels: int, stakes: Stakes, at: _Place) -> tuple[int, Expectation]:
    """The best bond of a challenge, and what it is worth: each amount the float that is nearest to the exact one."""
    won, lost, undecided = acts.outcomes(q)
    worth, bond = acts.best(q, labels, stakes, at)
    rejected = _rejected(won, labels, stakes, at)
    return bond, Expectation(
        value=worth / (2 * _SCALE),
        prize=won * stakes.prize(labels, at.before, at.gone) / _SCALE,
        bonus=rejected * stakes.bonus(bond) / _SCALE,
        bond_loss=lost * bond / _SCALE,
        fee_loss=undecided * stakes.arbitration_cost / (2 * _SCALE),
        gas=float(stakes.gas),
        p_all_wrong=q / ONE,
        p_won=won / _SCALE,
        p_lost=lost / _SCALE,
    )
