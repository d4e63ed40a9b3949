"""What an annotator is told before taking a slot, and that the contracts keep to it."""

from datetime import timedelta
from typing import Any

import pytest

from goldleaf import Deployment, Goldleaf, GoldleafWarning, Outcome, commitments, errors
from goldleaf.types import TakePreview
from tests.in_process import DAY, GAS_LIMIT, URI, WORTHWHILE, Play, labels_for

SALT = b"\x07" * 32
PUBLIC = "what is published, labels and all, is public for good"


def test_preview__full_and_last_batch__figures_of_each(play: Play) -> None:
    task = play.open(tolerance_bps=2500, **WORTHWHILE)
    now = play.world.now
    full = play.annotator.submissions.preview(task)
    assert full == TakePreview(
        task=task,
        slot=None,
        token=play.world.token.address,
        labels=4,
        locked=12_000_000,
        pay=4_000_000,
        worst_loss=12_000_000,
        prize=250_000,
        tolerated=1,
        due=full.due,
        free_by=full.due + 4 * DAY + 2 * DAY + 20 * DAY - 3,
        notes=(PUBLIC,),
    )
    assert now + 2 * DAY <= full.due <= now + 2 * DAY + 5
    last = play.annotator.submissions.preview(task, 2)
    assert (last.slot, last.labels, last.locked, last.pay, last.tolerated) == (2, 2, 6_000_000, 2_000_000, 0)
    with pytest.raises(errors.NoSuchSlot):
        play.annotator.submissions.preview(task, 3)
    with pytest.raises(errors.NoSuchTask):
        play.annotator.submissions.preview(task + 1)


def test_preview__taken__what_was_said(play: Play) -> None:
    task = play.open()
    said = play.annotator.submissions.preview(task, 1)
    free = play.annotator.ledger.free()
    taken = play.annotator.submissions.take(task, 1).result
    assert play.annotator.ledger.free() == free - said.locked
    assert 0 <= taken.due - said.due <= 5
    play.world.travel_to(taken.due)
    play.stranger.submissions.expire(taken.submission)
    assert free - play.annotator.ledger.free() <= said.worst_loss


@pytest.mark.parametrize("redundancy", [1, 2])
def test_free_by__every_step_at_its_last_second__reached_and_not_passed(play: Play, redundancy: int) -> None:
    task = play.open(redundancy=redundancy, challenge_period=DAY, response_period=DAY)
    submission = play.take(task)
    # The take was mined at the time that the work period before `due` began at.
    due = play.annotator.submissions.get(submission).due_at
    said = play.annotator.submissions.preview(task)
    free_by = said.free_by - (said.due - due if redundancy == 1 else 0)
    parameters = play.annotator.tasks.get(task).parameters
    labels = labels_for(play.annotator, submission)

    if redundancy == 1:
        play.world.travel_to(due - 1)
        play.annotator.submissions.publish(submission, labels, uri=URI)
    else:
        play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
        play.world.travel_to(parameters.publish_end - 1)
        play.annotator.submissions.publish(submission, labels, uri=URI, salt=SALT)
    window_end = play.annotator.submissions.get(submission).window_end
    # An earlier challenge runs beside the later one, and one of availability is over before the window.
    play.world.travel_to(window_end - DAY // 2 - 1)
    withheld = play.stranger.challenges.file_availability(submission, [1]).result.challenge
    play.annotator.challenges.answer(withheld, labels, 1)
    early = play.challenge(submission, [2]).result.challenge
    salt = commitments.new_salt()
    play.world.travel_to(window_end - 100)
    play.stranger.challenges.commit(submission, [0], salt=salt)
    play.world.travel_to(window_end - 1)
    late = play.stranger.challenges.file(submission, [0], salt=salt).result.challenge
    play.annotator.challenges.defend(early)
    play.world.travel_to(window_end - 1 + DAY - 1)
    play.annotator.challenges.defend(late)

    play.world.travel_to(free_by - DAY // 2)
    play.stranger.challenges.settle_many([withheld, early])
    play.world.travel_to(free_by - 1)
    for client in (play.stranger, play.stranger.unchecked):  # what the SDK foresees, and what the contract says
        with pytest.raises(errors.AwaitingRuling):
            client.challenges.settle.simulate(late, [0])
    play.world.travel_to(free_by)
    assert play.world.now == free_by
    assert play.stranger.challenges.settle(late).result.outcome == Outcome.UNDECIDED
    assert play.stranger.submissions.claim(submission).result.stake == said.locked


@pytest.mark.parametrize("challenge", ["none", "unanswered", "answered", "conceded"])
def test_free_by__less_than_the_worst__free_earlier(play: Play, challenge: str) -> None:
    task = play.open(tolerance_bps=5000, stake=4_000_000)
    said = play.annotator.submissions.preview(task, 0)
    submission = play.take(task)
    labels = labels_for(play.annotator, submission)
    play.world.travel(DAY)
    play.annotator.submissions.publish(submission, labels, uri=URI)
    window_end = play.annotator.submissions.get(submission).window_end
    if challenge == "answered":
        play.world.travel_to(window_end - 2 * DAY - 1)
        filed = play.stranger.challenges.file_availability(submission, [0]).result.challenge
        play.world.travel(DAY - 10)
        play.annotator.challenges.answer(filed, labels, 0)
    elif challenge != "none":
        play.world.travel_to(window_end - 70)
        filed = play.challenge(submission, [0]).result.challenge
    if challenge == "conceded":
        play.annotator.challenges.concede(filed)
    play.world.travel_to(window_end + (2 * DAY if challenge == "unanswered" else 0))
    if challenge != "none":
        play.stranger.challenges.settle(filed)
    play.stranger.submissions.claim(submission)
    assert play.world.now < said.free_by


def test_preview__unwise_tasks__say_why(play: Play) -> None:
    world = play.world
    unlisted = Deployment(world.deployment.chain_id, 0, world.deployment.contracts)
    client = Goldleaf(world.web3, unlisted, play.annotator.account, gas_limit=GAS_LIMIT)
    listed = play.open(**WORTHWHILE)
    (note, public) = client.submissions.preview(listed).notes
    assert f"the arbitrator {world.arbitrator.address} is not listed" in note and public == PUBLIC
    short = {"challenge_period": 4 * DAY - 1, "response_period": timedelta(hours=23)}
    task = play.open(arbitrator=None, accept_small_court=True, **short, **WORTHWHILE)
    notes = play.annotator.submissions.preview(task).notes
    assert len(notes) == 4
    for said, note in zip(
        ("has no gate", "challenge period is 345599", "response period is 82800", PUBLIC), notes, strict=True
    ):
        assert said in note


def test_open_and_take__challenges_that_cannot_pay__warned_of(play: Play) -> None:
    changes: dict[str, Any] = {"items": 80, "batch_size": 80, "stake": 600_000, "tolerance_bps": 5000}
    expected = (
        "challenges within the tolerance can hardly pay: half of the pay of 32 labels, at 562499 base units each, is "
        "less than 3 disputes at 3000000 base units each"
    )
    changes["reward"] = 562_499
    with pytest.warns(GoldleafWarning, match=expected):
        task = play.open(**changes)
    assert expected in play.annotator.submissions.preview(task).notes
    with pytest.warns(GoldleafWarning, match=expected):
        play.take(task)
    # A unit more, and it is as much: 16 * 562,500 = 9 tokens.
    fair = play.open(**{**changes, "reward": 562_500})
    assert play.annotator.submissions.preview(fair).notes == (PUBLIC,)


def test_preview__arbitrator_that_has_become_dearer__said(play: Play) -> None:
    task = play.open(**WORTHWHILE)
    play.world.arbitrator.functions.set_cost(10**9).transact({"from": play.world.accounts[0]})
    assert "disputes at 1000000000 base units each" in play.annotator.submissions.preview(task).notes[0]
