"""Fights told in words, also where the arbitrator is not the deployment's court."""

from typing import Any

import pytest

from goldleaf import errors
from goldleaf.types import FightState
from goldleaf_tools import disputes, verify
from tests.in_process import Play


def tell(play: Play, fight: int) -> str:
    story = disputes.tell(play.stranger, fight, lambda token, units: f"{units} units")
    return "\n".join([line for section in story.sections for line in (section.title, *section.lines)])


def filed(play: Play) -> int:
    submission, _ = play.publish()
    return int(play.challenge(submission, [0, 1]).result.fight)


def test_tell__before_another_arbitrator__says_what_is_not_known(play: Play) -> None:
    fight = filed(play)
    play.annotator.challenges.defend(fight)
    told = tell(play, fight)
    assert f"The arbitrator {play.world.arbitrator.address} is not the court of this deployment" in told
    assert "Anyone may settle it as undecided, if there is no ruling, from 20" in told
    assert "The defender" in told and "jurors" not in told
    found = verify.of_chain(play.stranger, fight)
    assert found.holds and any("is taken at its word" in note for note in found.notes)


def test_tell__conceded_and_settled__says_who_got_what(play: Play) -> None:
    fight = filed(play)
    play.annotator.challenges.concede(fight)
    assert "The annotator has conceded: it is to be settled." in tell(play, fight)
    play.stranger.challenges.settle(fight)
    told = tell(play, fight)
    assert "The annotator has agreed that the labels are wrong." in told
    assert f"{play.stranger.account} got " in told and "with a prize for each label newly proven wrong" in told


def test_tell__steps__are_those_whose_time_is_not_over(play: Play) -> None:
    fight = filed(play)
    submission = play.stranger.challenges.get(fight)
    response = play.stranger.tasks.get(1).parameters.response_period
    story = disputes.tell(play.stranger, fight, lambda token, units: str(units))
    assert [step.who.split(",")[0] for step in story.steps] == ["The annotator", "Anyone", "Anyone"]
    assert story.steps[2].start == submission.clock + response
    play.world.travel_to(submission.clock + response)
    story = disputes.tell(play.stranger, fight, lambda token, units: str(units))
    assert [str(step).partition(",")[0] for step in story.steps] == ["Anyone may settle it as unanswered"]
    assert story.state == FightState.FILED


def test_tell__a_demand__says_what_it_asks_for(play: Play) -> None:
    submission, _ = play.publish()
    fight = play.stranger.challenges.demand(submission, 2).result.fight
    told = tell(play, fight)
    assert "demands to see the label of item 2" in told
    assert "Anyone may show the label, before 20" in told


def test_find__filters__give_what_was_asked_for(play: Play) -> None:
    fight = filed(play)

    def find(**wanted: Any) -> list[int]:
        history = play.stranger.events.history(*disputes.KINDS)
        return [entry.fight for entry in disputes.find(history, **wanted)]

    assert find() == find(is_open=True) == find(task=1) == find(party=play.stranger.account) == [fight]
    assert find(is_open=False) == find(task=2) == find(party=play.annotator.account) == []
    play.annotator.challenges.defend(fight)
    assert find(party=play.annotator.account) == find(arbitrator=play.world.arbitrator.address) == [fight]


def test_fight_of__unknown_dispute__raises(play: Play) -> None:
    with pytest.raises(errors.NoSuchFight):
        disputes.fight_of(play.stranger, 1)
    assert disputes.fight_of(play.stranger, 2**128) == 2**128
