"""Challenges told in words, also where the arbitrator is not the deployment's court."""

from typing import Any

import pytest

from goldleaf import errors
from goldleaf.types import ChallengeState
from goldleaf_tools import disputes, verify
from tests.in_process import Play


def tell(play: Play, challenge: int) -> str:
    story = disputes.tell(play.stranger, challenge, lambda token, units: f"{units} units")
    return "\n".join([line for section in story.sections for line in (section.title, *section.lines)])


def filed(play: Play) -> int:
    submission, _ = play.publish()
    return int(play.challenge(submission, [0, 1]).result.challenge)


def test_tell__before_another_arbitrator__says_what_is_not_known(play: Play) -> None:
    challenge = filed(play)
    play.annotator.challenges.defend(challenge)
    told = tell(play, challenge)
    assert f"The arbitrator {play.world.arbitrator.address} is not the court of this deployment" in told
    assert "Anyone may settle it as undecided, if there is no ruling, from 20" in told
    assert "The defender" in told and "jurors" not in told
    found = verify.of_chain(play.stranger, challenge)
    assert found.holds and any("is taken at its word" in note for note in found.notes)


def test_tell__conceded_and_settled__says_who_got_what(play: Play) -> None:
    challenge = filed(play)
    play.annotator.challenges.concede(challenge)
    assert "The annotator has conceded: it is to be settled." in tell(play, challenge)
    play.stranger.challenges.settle(challenge)
    told = tell(play, challenge)
    assert "The annotator has agreed that the labels are wrong." in told
    assert f"{play.stranger.account} got " in told and "with a prize for each label newly proven wrong" in told


def test_tell__steps__are_those_whose_time_is_not_over(play: Play) -> None:
    challenge = filed(play)
    filed_at = play.stranger.challenges.get(challenge).filed_at
    response = play.stranger.tasks.get(1).parameters.response_period
    story = disputes.tell(play.stranger, challenge, lambda token, units: str(units))
    assert [step.who.split(",")[0] for step in story.steps] == ["The annotator", "Anyone", "Anyone"]
    assert story.steps[2].start == filed_at + response
    play.world.travel_to(filed_at + response)
    story = disputes.tell(play.stranger, challenge, lambda token, units: str(units))
    assert [str(step).partition(",")[0] for step in story.steps] == ["Anyone may settle it as unanswered"]
    assert story.state == ChallengeState.FILED


def test_tell__of_availability__says_which_labels_are_still_to_be_shown(play: Play) -> None:
    submission, labels = play.publish()
    challenge = play.stranger.challenges.file_availability(submission, [1, 2]).result.challenge
    told = tell(play, challenge)
    assert "not each of the labels of these items can be read: 1, 2." in told
    assert "Labels of these items are still to be shown: 1, 2." in told
    assert "Anyone may show the labels that are missing, before 20" in told
    # In answer to whichever challenge: what is shown is shown for all.
    other = play.stranger.challenges.file_availability(submission, [1, 3]).result.challenge
    play.annotator.challenges.answer(other, labels, 1)
    assert "Labels of these items are still to be shown: 2." in tell(play, challenge)
    play.annotator.challenges.answer(challenge, labels, 2)
    told = tell(play, challenge)
    assert "All of its labels were shown." in told and "Anyone may settle it, which pays, at any time." in told
    play.stranger.challenges.settle(challenge)
    assert "All labels that were asked for have been shown." in tell(play, challenge)


def test_find__filters__give_what_was_asked_for(play: Play) -> None:
    challenge = filed(play)

    def find(**wanted: Any) -> list[int]:
        history = play.stranger.events.history(*disputes.KINDS)
        return [entry.challenge for entry in disputes.find(history, **wanted)]

    assert find() == find(is_open=True) == find(task=1) == find(party=play.stranger.account) == [challenge]
    assert find(is_open=False) == find(task=2) == find(party=play.annotator.account) == []
    play.annotator.challenges.defend(challenge)
    assert find(party=play.annotator.account) == find(arbitrator=play.world.arbitrator.address) == [challenge]


def test_challenge_of__unknown_dispute__raises(play: Play) -> None:
    with pytest.raises(errors.NoSuchChallenge):
        disputes.challenge_of(play.stranger, 1)
    assert disputes.challenge_of(play.stranger, 2**128) == 2**128
