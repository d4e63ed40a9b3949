"""A graded task through the SDK, on a node, from opening to the last withdrawal: blocking, awaited, signed elsewhere.

Three annotators label two batches, of which one is tested, and nobody knows which. One of them gives the same answer to
all items. The requester is wrong about two known items, of which one is disputed.
"""

import warnings
from collections.abc import Iterator

import pytest

from goldleaf import (
    GoldleafWarning,
    Outcome,
    SubmissionState,
    TaskTest,
    events,
)
from goldleaf import errors as refusals
from goldleaf.deployment import SINK
from goldleaf.ids import submission_id
from goldleaf.types import TestPhase as Phase
from tests.deployed import UNIT, Chain
from tests.graded import GradedTask
from tests.life import WAYS, Life, living

pytestmark = pytest.mark.anvil

STAKE = 20 * 400_000
PAY = 20 * 50_000


@pytest.fixture(params=WAYS)
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with living(request.param) as chain:
        yield chain


def test_graded_task__passed_failed_and_spared__pays_by_rule_to_the_last_unit(chain: Chain) -> None:
    warnings.simplefilter("ignore", GoldleafWarning)
    life = Life(chain)
    life.seat_jurors()
    alice, bob, carol = people = (life.alice, life.bob, life.auditor)
    life.requester.ledger.deposit(6 * PAY)
    for person in people:
        person.ledger.deposit(2 * STAKE)
    scene = GradedTask(life.requester, people, chain.deployment)
    test: TaskTest = alice.tests.get(scene.task)
    assert (test.counts, test.allowed) == ((5, 5), 4)
    preview = alice.submissions.preview(scene.task, scene.graded)
    assert preview.test.size == 10 and preview.worst_loss == STAKE
    assert preview.test.chances[0][1] > preview.test.chances[-1][1] > 0

    # Everybody seals both batches, Bob the same answer to all items.
    graded, spared = scene.graded, scene.spared
    pair = [scene.gold_of("benign")[0], scene.gold_of("malignant")[0]]
    careless = [scene.gold_of("benign")[1], scene.gold_of("malignant")[1]]
    work = {
        batch: [scene.labels(batch), scene.labels(batch, constant="benign"), scene.labels(batch)] for batch in (0, 1)
    }
    work[graded][2] = scene.labels(graded, wrong=careless)
    submissions = {batch: scene.seal(batch, *work[batch]) for batch in (0, 1)}

    # Two of the requester's answers are exchanged. Alice disputes one of them, and two of three jurors agree.
    life.requester.tests.ledger.deposit(life.requester.tests.deposit(scene.task))
    opened = scene.open_gold(scene.swapped(*pair)).result
    assert opened.deposit == 3 * UNIT * (3 + 2) and life.requester.tests.ledger.free() == 0
    assert alice.tests.result(submissions[graded][0], work[graded][0]).wrong == tuple(sorted(pair))
    life.requester.tests.waive(scene.task, spared)
    alice.tests.ledger.deposit(6 * UNIT)
    filed = alice.tests.file_dispute(submissions[graded][0], [pair[0]], uri="ipfs://evidence").result
    with pytest.raises(refusals.GoldAwaitingRuling):
        carol.tests.settle(filed.gold_dispute)
    life.vote(filed.dispute, [1, 1, 2])
    life.pass_phase(filed.dispute)
    with pytest.raises(refusals.RulingNotExecuted):
        carol.tests.settle(filed.gold_dispute)
    carol.court.execute(filed.dispute)
    carol.court.settle(filed.dispute)
    settled = carol.tests.settle(filed.gold_dispute).result
    assert (settled.outcome, settled.to_disputer) == (Outcome.WRONG, 9 * UNIT)

    # The spared batch is published whatever is in it; of the graded one, what has passed.
    for sibling, submission in enumerate(submissions[spared]):
        assert scene.publish(sibling, submission, work[spared][sibling]).result.submission == submission
        assert people[sibling].tests.tested(submission) == ()
    chain.travel_to(scene.end_of_disputes())
    chain.mine()
    assert carol.tests.batch(scene.task, graded).phase == Phase.GRADED
    for sibling, errors in ((0, 1), (2, 3)):
        submission, labels = submissions[graded][sibling], work[graded][sibling]
        found = carol.tests.result(submission, labels)
        assert (len(found.right), len(found.wrong), found.allowed) == (9 - errors, errors, 3)
        scene.publish(sibling, submission, labels)
    failed = submissions[graded][1]
    with pytest.raises(refusals.TooManyErrors, match="is 5, must be at most 3|is 4, must be at most 3"):
        scene.publish(1, failed, work[graded][1])

    # What has failed is never read, and costs its stake; all else is paid.
    until = max(bob.tests.publish_until(failed), bob.tasks.get(scene.task).parameters.publish_end)
    with pytest.raises(refusals.MayBePublished):
        carol.submissions.expire(failed)
    chain.travel_to(until)
    chain.mine()
    assert carol.submissions.expire(failed).result == events.Forfeited(failed, bob.account, STAKE)
    published = [*submissions[spared], submissions[graded][0], submissions[graded][2]]
    # By now every window is over.
    assert len(carol.submissions.claim_many(published).result) == 5
    states = [carol.submissions.get(submission_id(scene.task, slot)).state for slot in range(6)]
    assert states.count(SubmissionState.PAID) == 5 and states[graded + 2] == SubmissionState.FORFEITED
    assert carol.tests.release_deposit(scene.task, graded).result.to_requester == (15 - 6) * UNIT
    assert carol.tasks.close(scene.task).result.to_requester == PAY

    life.leave()
    for person in life.people:
        if person.tests.ledger.free():
            person.tests.ledger.withdraw()
    # Of two batches, and the prize of an item that was dropped.
    assert life.gain(alice) == 2 * PAY + 3 * UNIT
    assert life.gain(bob) == PAY - STAKE
    assert life.gain(carol) == 2 * PAY
    # Paid for what can be read, and for having been wrong: no unit of a stake.
    assert life.gain(life.requester) == -5 * PAY - 6 * UNIT
    assert life.gain(*life.jurors) == 3 * UNIT
    assert carol.ledger.free(account=SINK) == STAKE
    held = [chain.balance(chain.deployment.address(name)) for name in ("TaskEscrow", "GoldTest", "Court")]
    assert held == [STAKE, 0, 0]
