"""What the pages say of outcomes, against what the contracts pay."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from goldleaf import Item, Manifest
from goldleaf.types import Outcome
from goldleaf_app.outcomes import Stakes
from goldleaf_devnet import Devnet
from tests.app import scenes
from tests.app.serving import ANVIL

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

VOTES = {Outcome.WRONG: 1, Outcome.NOT_WRONG: 2, Outcome.UNDECIDED: 0}
CASES = [
    (outcome, labels, defender)
    for outcome in (*VOTES, Outcome.NOT_HEARD, Outcome.UNANSWERED)
    for labels, defender in ((1, "annotator1"), (2, "licensee"))
]


@pytest.fixture(scope="module")
def net() -> Iterator[Devnet]:
    with Devnet(anvil=ANVIL, fast=True) as net:
        yield net


@pytest.fixture(scope="module")
def task(net: Devnet) -> int:
    """A task of as many batches of four as there are cases."""
    texts = [f"Headline {number}" for number in range(4 * len(CASES))]
    manifest = Manifest(
        guidelines="Is it good news?",
        label_schema={"enum": ["neutral", "good"]},
        items=[Item.of(net.store.put(text.encode()), text.encode()) for text in texts],
        licence="CC0-1.0",
    )
    requester = net.client("requester")
    requester.ledger.deposit(Decimal("0.50") * len(texts))
    opened = requester.tasks.open(
        terms=manifest,
        uri=net.store.put(manifest.to_bytes()),
        reward=Decimal("0.50"),
        stake=Decimal(2),
        batch_size=4,
        redundancy=1,
        tolerance_bps=2500,
        deadline=timedelta(days=2),
        work_period=net.periods.work,
        publish_period=net.periods.publish,
        challenge_period=net.periods.challenge,
        response_period=net.periods.response,
    )
    return int(opened.result.task)


@pytest.mark.parametrize(("outcome", "labels", "defender"), CASES)
def test_gains__of_every_outcome__are_what_is_paid(
    net: Devnet, task: int, outcome: Outcome, labels: int, defender: str
) -> None:
    slot = CASES.index((outcome, labels, defender))
    people = ("challenger", "annotator1", "licensee")
    for role in people:
        net.client(role).ledger.deposit(Decimal(100))
    before = {role: scenes.worth(net, role) for role in people}
    submission = scenes.publish(net, "annotator1", task, slot, ["neutral"] * 4)
    items = [4 * slot + number for number in range(labels)]
    challenge = scenes.challenge(net, submission, items)
    client, found = net.client(defender), net.client("requester")
    stakes = Stakes.of(
        found.challenges.get(challenge),
        found.submissions.get(submission),
        found.tasks.get(task).parameters,
        slot,
        items=items,
        wrong=(),
        fee=found.court.arbitration_cost(),
    )
    assert stakes.rejects == (labels == 2)
    if outcome == Outcome.UNANSWERED:
        net.travel(net.periods.response)
    else:
        net.travel(net.periods.response // 2)
        dispute = client.challenges.defend(challenge).result.dispute
        if outcome in VOTES:
            scenes.draw(net, dispute)
            scenes.vote(net, dispute, [VOTES[outcome]] * 3)
        else:
            net.travel(net.periods.draw_timeout)
            client.court.drop(dispute)
        net.client("juror1").court.execute(dispute)
    settled = net.client("juror1").challenges.settle(challenge).result
    assert settled.outcome == outcome
    net.travel(net.periods.challenge)
    if not (stakes.rejects and settled.proven):
        net.client("juror1").submissions.claim(submission)
    gains = stakes.gains(outcome)
    expected = {"challenger": gains.challenger, "annotator1": stakes.pay + gains.annotator, "licensee": 0}
    expected[defender] += gains.defender
    assert {role: scenes.worth(net, role) - before[role] for role in people} == expected
