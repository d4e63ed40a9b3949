"""What the pages say of outcomes, against what the contracts pay."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from goldleaf import Item, Manifest
from goldleaf.types import ZERO_ADDRESS, Challenge, ChallengeKind, ChallengeState, Outcome
from goldleaf_app.outcomes import Stakes, view
from goldleaf_devnet import Devnet
from tests.app import scenes
from tests.app.serving import ANVIL, TOKEN

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


ANNOTATOR, CHALLENGER, STRANGER = (f"0x{digit * 40}" for digit in "123")


@pytest.mark.parametrize(
    ("defender", "account", "whom", "brings"),
    [
        # As long as nobody has defended: the annotator would have both parts of a lost bond.
        (ZERO_ADDRESS, ANNOTATOR, "you", 6),
        (ZERO_ADDRESS, None, "the annotator", 6),
        (ZERO_ADDRESS, STRANGER, "you, if you defend", 3),
        # Then whoever has done it has the defender's.
        (ANNOTATOR, ANNOTATOR, "you", 6),
        (STRANGER, ANNOTATOR, "you", 3),
        (STRANGER, STRANGER, "you", 3),
        (ANNOTATOR, STRANGER, "the annotator", 6),
        (STRANGER, CHALLENGER, "the annotator", 3),
    ],
)
def test_view__of_a_challenge_that_fails__has_the_parts_of_whoever_looks(
    defender: str, account: str | None, whom: str, brings: int
) -> None:
    is_defended = defender != ZERO_ADDRESS
    state = ChallengeState.DEFENDED if is_defended else ChallengeState.FILED
    challenge = Challenge(
        CHALLENGER, ChallengeKind.CORRECTNESS, state, 1, int(is_defended), 1, 0, 9 * TOKEN, bytes(32), defender, 0
    )
    stakes = Stakes(9 * TOKEN, 3 * TOKEN, 1, 1, False, TOKEN // 2, 2 * TOKEN, 8 * TOKEN, 0)
    seen = view(stakes, challenge, ANNOTATOR, account)
    assert (seen.whom, dict(seen.rows)[Outcome.NOT_WRONG]) == (whom, brings * TOKEN)
    assert (Outcome.CONCEDED in dict(seen.rows)) == (not is_defended and account != STRANGER)
