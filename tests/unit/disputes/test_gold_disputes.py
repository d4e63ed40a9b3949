"""Disputes about known answers told to jurors, and verified from what a node tells."""

import pytest

from goldleaf import errors
from goldleaf_tools import disputes, verify
from tests.graded import GradedTask
from tests.in_process import Play

DAY = 86_400


def graded(play: Play, arbitrator: str | None = None) -> GradedTask:
    """A batch of two annotators, sealed, whose gold is open; one answer of each class is exchanged for the other."""
    people = [play.annotator, play.stranger]
    task = GradedTask(play.requester, people, play.world.deployment, arbitrator)
    for client in (play.requester, *people):
        client.tests.ledger.deposit(50_000_000)
    task.seal(task.graded)
    task.open_gold(task.swapped(task.gold_of("benign")[0], task.gold_of("malignant")[0]))
    return task


def tell(play: Play, task: GradedTask, gold_dispute: int, *, manifest: bool = True) -> str:
    story = disputes.tell_gold(
        play.stranger, gold_dispute, lambda token, units: f"{units} units", task.manifest if manifest else None
    )
    return "\n".join([line for section in story.sections for line in (section.title, *section.lines)])


def file(play: Play, task: GradedTask) -> int:
    submission = task.task << 64 | task.graded
    items = [task.gold_of("benign")[0], task.gold_of("malignant")[0]]
    return int(play.annotator.tests.file_dispute(submission, items).result.gold_dispute)


def test_tell_gold__before_the_court__asks_in_plain_words_what_a_juror_decides(play: Play) -> None:
    task = graded(play, play.world.court.address)
    filed = file(play, task)
    case = disputes.case_of(play.stranger, 1)
    assert case == disputes.Case(gold_dispute=filed)
    with pytest.raises(errors.NoSuchChallenge, match="known answers"):
        disputes.challenge_of(play.stranger, 1)
    told = tell(play, task, filed)
    assert "Rule 1: each of these known answers is wrong or cannot be told from the item." in told
    assert "Rule 2: not each of these known answers is wrong" in told and "Rule 0: it cannot be decided." in told
    wrong = task.gold_of("benign")[0]
    # The requester has shown the other answer of this item.
    assert f'item {wrong}, at {task.manifest.items[wrong].uri}: "malignant"' in told
    assert "waits for jurors" in told and "Anyone may have jurors drawn" in told
    assert "0x" in tell(play, task, filed, manifest=False) and "ipfs://image" not in tell(
        play, task, filed, manifest=False
    )


def test_tell_gold__ruled_and_settled__says_who_got_what(play: Play) -> None:
    task = graded(play, play.world.arbitrator.address)
    filed = file(play, task)
    play.world.arbitrator.functions.give_ruling(0, 1).transact({"from": play.world.accounts[0]})
    assert "The arbitrator has ruled: each of these known answers is wrong" in tell(play, task, filed)
    play.stranger.tests.settle(filed)
    told = tell(play, task, filed)
    assert f"{play.annotator.account} got 9000000 units (gold dispute 0: to the disputer): ruled wrong" in told
    assert f"{play.requester.account} paid 12000000 units (deposit)" in told


def test_batch_of_chain__published__is_held_against_its_labels(play: Play) -> None:
    task = graded(play, play.world.arbitrator.address)
    file(play, task)
    play.world.travel_to(task.end_of_disputes())
    found = verify.batch_of_chain(play.stranger, task.task, task.graded)
    assert found.holds and found.outcomes == {0: None}
    assert any("not settled yet" in note for note in found.notes)
    assert any("is taken at its word" in note for note in found.notes)
