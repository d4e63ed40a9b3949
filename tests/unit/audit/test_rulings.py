"""What rulings tell of labels and of the truth: with hand-made facts."""

from typing import Any

import pytest

from goldleaf import ChallengeKind, LabelSet, Outcome
from goldleaf_tools.audit.facts import Delivery, Dispute, TaskFacts
from goldleaf_tools.audit.rulings import NOTHING, Rulings, rulings, together, upheld
from tests.unit.audit.proposals import CAROL, COURT, ID, SUBMISSION, TASK, dispute

OTHER = ID + 1
LABELS = {ID: LabelSet(["yes", "no", "yes"]), OTHER: LabelSet(["no", "no", "yes"])}
YES, NO = b'"yes"', b'"no"'


def facts(*challenges: Dispute, wrong: tuple[int, ...] = ()) -> TaskFacts:
    deliveries = (
        Delivery(ID, 0, SUBMISSION, range(3), "u", 4000, wrong),
        Delivery(OTHER, 1, SUBMISSION, range(3), "u", 4000, ()),
    )
    return TaskFacts(1, TASK, "m", deliveries, challenges, ())


def ruled(items: tuple[int, ...], outcome: Outcome, **changes: Any) -> Dispute:
    return dispute(items, outcome=outcome, **changes)


@pytest.mark.parametrize(
    ("challenges", "expected"),
    [
        ([], NOTHING),
        ([ruled((0,), Outcome.NOT_WRONG)], Rulings(right={(1, 0): YES})),
        ([ruled((0, 1), Outcome.WRONG)], Rulings(wrong={(1, 0): frozenset({YES}), (1, 1): frozenset({NO})})),
        # Which of them is right, nobody has said.
        ([ruled((0, 1), Outcome.NOT_WRONG)], NOTHING),
        # Nobody has ruled: neither a confession nor silence tells what is true.
        ([ruled((0,), Outcome.CONCEDED)], NOTHING),
        ([ruled((0,), Outcome.UNANSWERED)], NOTHING),
        ([ruled((0,), Outcome.UNDECIDED)], NOTHING),
        ([ruled((0,), Outcome.NOT_HEARD)], NOTHING),
        ([ruled((0,), Outcome.NOT_WRONG, arbitrator=CAROL)], NOTHING),
        ([ruled((0,), Outcome.WRONG, arbitrator=CAROL)], NOTHING),
        ([ruled((0,), Outcome.ANSWERED, kind=ChallengeKind.AVAILABILITY)], NOTHING),
        # Contradictions: one label both, two labels right.
        ([ruled((2,), Outcome.NOT_WRONG), ruled((2,), Outcome.WRONG, submission=OTHER)], NOTHING),
        ([ruled((0,), Outcome.NOT_WRONG), ruled((0,), Outcome.NOT_WRONG, submission=OTHER)], NOTHING),
        # Two labels wrong do not contradict each other.
        (
            [ruled((0,), Outcome.WRONG), ruled((0,), Outcome.WRONG, submission=OTHER)],
            Rulings(wrong={(1, 0): frozenset({YES, NO})}),
        ),
        ([ruled((0,), Outcome.WRONG, submission=ID + 7)], NOTHING),
    ],
)
def test_rulings__how_it_ended__what_it_tells_of_the_truth(challenges: list[Dispute], expected: Rulings) -> None:
    assert rulings(facts(*challenges), LABELS, {COURT}) == expected


def test_rulings__all_but_one_proven_since__the_last_one_is_right() -> None:
    read = facts(ruled((0, 1, 2), Outcome.NOT_WRONG), wrong=(0, 2))
    assert upheld(read, {COURT}) == {ID: {1}}
    assert rulings(read, LABELS, {COURT}) == Rulings(right={(1, 1): NO})
    assert not upheld(facts(ruled((0, 1, 2), Outcome.NOT_WRONG), wrong=(0,)), {COURT})


def test_together__several_tasks__all_of_it() -> None:
    one, other = Rulings(right={(1, 0): YES}), Rulings(right={(2, 0): NO}, wrong={(2, 1): frozenset({YES})})
    assert together([one, other]) == Rulings(right={(1, 0): YES, (2, 0): NO}, wrong={(2, 1): frozenset({YES})})
