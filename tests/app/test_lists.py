"""Lists of work and challenges out of the index: by page, by state, by task."""

import pytest

from goldleaf import challenge_id
from goldleaf.types import ChallengeKind, ChallengeState
from goldleaf_app import queries
from goldleaf_devnet import Devnet
from goldleaf_tools.index import Index
from tests.app import scenes

pytestmark = [pytest.mark.anvil, pytest.mark.filterwarnings("ignore::goldleaf.GoldleafWarning")]

ANSWERS = ["negative", "positive", "neutral", "positive"]


def test_lists__of_more_than_a_page__give_each_row_once(net: Devnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    challenger, annotator = net.client("challenger"), net.client("annotator1")
    challenger.ledger.deposit(10**8)
    submissions = [scenes.publish(net, "annotator1", 1, slot, ANSWERS) for slot in range(3)]
    for slot, submission in enumerate(submissions):
        challenger.challenges.file_availability(submission, [4 * slot])
    wrong = scenes.challenge(net, submissions[2], [8, 9])
    account = str(annotator.account)
    engine = _index(net).engine
    assert [queries.submissions_of(engine, account, ended=False, number=page) for page in range(2)] == [
        submissions,
        submissions[2:],
    ]
    assert queries.submissions_of(engine, account, ended=True, number=0) == []
    pages = [queries.challenges(engine, page, kind=ChallengeKind.AVAILABILITY) for page in range(2)]
    assert [[line.row.slot for line in page] for page in pages] == [[2, 1, 0], [0]]

    annotator.challenges.concede(wrong)
    net.travel(net.periods.challenge // 4)
    challenger.challenges.settle_many([challenge_id(submissions[2], 0), wrong])
    engine = _index(net).engine
    # Labels that nobody has shown: all is rejected, and what stood beside it is settled as well.
    assert queries.submissions_of(engine, account, ended=True, number=0) == submissions[2:]
    assert queries.submissions_of(engine, account, ended=False, number=0) == submissions[:2]
    settled = queries.challenges(engine, 0, states=[ChallengeState.SETTLED])
    assert [(line.row.slot, line.row.number) for line in settled] == [(2, 1), (2, 0)]
    assert queries.challenges(engine, 0, task=2) == []


def _index(net: Devnet) -> Index:
    """The index of a devnet as it is now."""
    index = Index("sqlite://", net.deployment)
    index.catch_up(net.client("deployer"))
    return index
