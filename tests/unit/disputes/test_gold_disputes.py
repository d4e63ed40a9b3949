"""Disputes about known answers told to jurors, and verified from what a node tells."""

from pathlib import Path
from typing import Any

import pytest

from goldleaf import Outcome, errors
from goldleaf.encoding import keccak256
from goldleaf.stores import Reader, Store
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


def test_find_gold__filed_ruled_and_settled__is_listed_as_it_stands(play: Play) -> None:
    task = graded(play, play.world.arbitrator.address)
    filed = file(play, task)

    def found(**asked: Any) -> list[tuple[int, str, Outcome | None]]:
        history = play.stranger.events.history(*disputes.GOLD_KINDS, contract="GoldTest")
        return [(each.gold_dispute, each.state.name, each.outcome) for each in disputes.find_gold(history, **asked)]

    assert found() == [(filed, "FILED", None)]
    play.world.arbitrator.functions.give_ruling(0, 1).transact({"from": play.world.accounts[0]})
    assert found(is_open=True, task=task.task, party=play.annotator.account) == [(filed, "RULED", None)]
    play.stranger.tests.settle(filed)
    assert found(arbitrator=play.world.arbitrator.address) == [(filed, "SETTLED", Outcome.WRONG)]
    others = ({"is_open": True}, {"task": task.task + 1}, {"party": play.stranger.account}, {"arbitrator": task.task})
    assert [found(**asked) for asked in others] == [[], [], [], []]


def test_papers_of__known_answers__are_told_as_labels_with_guidelines_and_evidence(play: Play, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    people = [play.annotator, play.stranger]
    task = GradedTask(play.requester, people, play.world.deployment, play.world.court.address, store=store)
    for client in (play.requester, *people):
        client.tests.ledger.deposit(50_000_000)
    task.seal(task.graded)
    task.open_gold(task.swapped(task.gold_of("benign")[0], task.gold_of("malignant")[0]))
    item = task.gold_of("benign")[0]
    note = b"Look again:\nit is benign."
    submission = task.task << 64 | task.graded
    play.annotator.tests.file_dispute(submission, [item], evidence=keccak256(note), uri=store.put(note))
    case = disputes.case_of(play.stranger, 1)
    papers = disputes.papers_of(play.stranger, Reader(store), case)
    assert papers.guidelines == task.manifest.guidelines and papers.troubles == ()
    [exhibit] = papers.exhibits
    assert (exhibit.item, exhibit.label, exhibit.kind) == (item, '"malignant"', None)
    # Its picture lies where nobody reads without a gateway.
    assert exhibit.uri == task.manifest.items[item].uri and exhibit.trouble
    assert papers.claims == (note.decode(),) and papers.statements == ()
    told = [line for section in papers.sections() for line in (section.title, *section.lines)]
    assert "  it is benign." in told and 'Label: "malignant"' in told and f"Item {item}" in told
    # Without the store nothing is known but what is on chain, and all of it is said.
    papers = disputes.papers_of(play.stranger, Reader(), case)
    assert papers.guidelines is None and papers.exhibits[0].label is None and len(papers.troubles) == 2
    told = [line for section in papers.sections() for line in section.lines]
    assert "They could not be read." in told and "Label: not known" in told
