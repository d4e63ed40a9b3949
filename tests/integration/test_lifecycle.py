"""The whole life of a task through the SDK, on a node: blocking, awaited, and signed elsewhere.

Two annotators label two batches of three items. Of their four submissions one has an error, which is conceded; one
shows labels that are said to be withheld, and is defended in court, with an appeal; of one the labels are withheld; one
has too many errors.
"""

import warnings
from collections.abc import Iterator
from decimal import Decimal

import pytest

from goldleaf import (
    GoldleafWarning,
    LabelSet,
    Outcome,
    Phase,
    SubmissionState,
    challenge_id,
    submission_id,
)
from tests.deployed import JURORS, UNIT, Chain
from tests.life import WAYS, Life, living

pytestmark = pytest.mark.anvil


@pytest.fixture(params=WAYS)
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with living(request.param) as chain:
        yield chain


def test_lifecycle__everything_that_can_happen__pays_by_rule_to_the_last_unit(chain: Chain) -> None:
    warnings.simplefilter("ignore", GoldleafWarning)
    life = Life(chain)
    life.seat_jurors()
    task = life.open()
    erring, defended, withheld, hopeless = (submission_id(task, slot) for slot in range(4))
    first, second = (LabelSet(["benign", "malignant", "benign"], first=item) for item in (0, 3))

    for annotator, slots in ((life.alice, [0, 1]), (life.bob, [2, 3])):
        annotator.ledger.deposit(Decimal(60))
        annotator.submissions.take_many(task, slots)
    life.deliver(
        {
            erring: (life.alice, first),
            defended: (life.alice, second),
            withheld: (life.bob, first),
            hopeless: (life.bob, second),
        }
    )

    # Of two labels half of the pay is 1, three juries cost 9, so each bond is 9.
    life.auditor.ledger.deposit(Decimal(2 * 1 + 3 * 9))
    answered = life.auditor.challenges.file_availability(defended, [4, 5]).result.challenge
    unanswered = life.auditor.challenges.file_availability(withheld, [0]).result.challenge
    conceded, disputed, ignored = life.challenge({erring: [0], defended: [3], hopeless: [3, 4]})
    assert [answered, disputed] == [challenge_id(defended, 0), challenge_id(defended, 1)]
    for item in life.auditor.challenges.unanswered(answered):
        life.alice.challenges.answer(answered, second, item)
    life.alice.challenges.concede(conceded)
    life.alice.ledger.deposit(Decimal(3))
    dispute = life.alice.challenges.defend(disputed).result.dispute

    # Two of three find the label wrong; whoever lost appeals, and all of seven find it right.
    life.vote(dispute, [1, 1, 2])
    assert life.auditor.court.ruling(dispute) == 1
    life.alice.court.ledger.deposit(life.alice.court.appeal_cost(dispute))
    life.alice.court.appeal(dispute)
    life.vote(dispute, [2] * JURORS)
    life.pass_phase(dispute)
    assert life.auditor.court.dispute(dispute).phase == Phase.FINAL
    life.auditor.court.execute(dispute)
    refunds = [life.auditor.court.settle(dispute).result.refund for _ in range(2)]
    assert refunds == [7 * UNIT, 0]

    # By now every window is over.
    settled = life.auditor.challenges.settle_many([conceded, answered, disputed, unanswered, ignored]).result
    assert [event.outcome for event in settled] == [
        Outcome.CONCEDED,
        Outcome.ANSWERED,
        Outcome.NOT_WRONG,
        Outcome.UNANSWERED,
        Outcome.UNANSWERED,
    ]
    assert [event.proven for event in settled] == [1, 0, 0, 0, 2]
    life.alice.submissions.claim_many([erring, defended])
    states = [life.auditor.submissions.get(submission).state for submission in (erring, defended, withheld, hopeless)]
    assert states == [SubmissionState.PAID] * 2 + [SubmissionState.REJECTED] * 2

    chain.travel_to(life.auditor.tasks.get(task).parameters.deadline)
    chain.mine()
    assert life.auditor.tasks.close(task).result.accepted == 5
    life.leave()

    # Five labels are paid, and the stakes come back whole. Of the lost bond of 9, the fee of 3 comes back and all else
    # is the defender's and annotator's.
    assert life.gain(life.alice) == 5 * UNIT + 6 * UNIT
    assert life.gain(life.bob) == -60 * UNIT
    # Three prizes, of a stake a quarter for the rejection and of another a sixteenth for labels that were withheld;
    # less the bonds that were lost, of the challenge that was answered and of the one that was defended.
    assert life.gain(life.auditor) == 3 * 250_000 + 7_500_000 + 1_875_000 - 1 * UNIT - 9 * UNIT
    # All 12 labels can be read. Of the pay of wrong ones the prizes are others', or in what is lost by the rejection.
    assert life.gain(life.requester) == -12 * UNIT + 750_000 + 2 * UNIT
    # The fee of the first round; that of the appeal was refunded out of what jurors lost.
    assert life.gain(*life.jurors) == 3 * UNIT
    # The bond of the challenge that was answered, and of both rejected submissions the rest of the stake and the pay of
    # labels that were not proven wrong.
    lost = 1 * UNIT + (30 * UNIT - 1_875_000 + 3 * UNIT) + (30 * UNIT - 8 * UNIT + 1 * UNIT)
    assert life.gain(*life.people) == -lost
    assert [chain.balance(chain.deployment.address(name)) for name in ("TaskEscrow", "Court")] == [lost, 0]
