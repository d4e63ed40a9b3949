"""Tasks whose labels are tested before they are published, as far as any grader goes."""

import pytest

from goldleaf import LabelSet, errors
from tests.in_process import DAY, URI, Play, labels_for

SALT = b"\x08" * 32
YEAR = 365 * DAY


class Graded:
    """A task of two batches of five items, each labelled once, and its grader."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.grader = play.world.deploy("mocks/GraderMock")
        self.task = play.open(grader=self.grader.address, items=10, batch_size=5)

    def told(self, function: str, *arguments: object) -> None:
        """Tells the grader what it is to say."""
        getattr(self.grader.functions, function)(*arguments).transact({"from": self.play.world.accounts[0]})

    def take(self) -> int:
        self.told("set_ready", self.task, True)
        taken = self.play.annotator.submissions.take(self.task, 0, accept_grader=self.grader.address).result
        return int(taken.submission)

    def commit(self) -> tuple[int, LabelSet]:
        submission = self.take()
        labels = labels_for(self.play.annotator, submission)
        self.play.annotator.submissions.commit(submission, labels, uri=URI, salt=SALT)
        return submission, labels

    def publish(self) -> tuple[int, LabelSet]:
        """Past its test."""
        submission, labels = self.commit()
        self.told("set_passed", submission, True)
        publish = self.play.annotator.submissions.publish_graded
        publish(submission, labels, uri=URI, salt=SALT, answers=b"as it wants")
        return submission, labels


@pytest.fixture
def graded(play: Play) -> Graded:
    return Graded(play)


def test_take__grader_that_is_not_listed__only_by_name(graded: Graded) -> None:
    graded.told("set_ready", graded.task, True)
    submissions = graded.play.annotator.submissions
    for accepted in (None, graded.play.world.token.address):
        with pytest.raises(errors.UnknownGrader, match=graded.grader.address):
            submissions.take(graded.task, accept_grader=accepted)
    with pytest.raises(errors.UnknownGrader):
        submissions.take_many(graded.task, 1)
    note = f"the grader {graded.grader.address} is not listed: whoever owns it decides whose labels are published"
    assert note in submissions.preview(graded.task).notes
    assert len(submissions.take_many(graded.task, 1, accept_grader=graded.grader.address).result) == 1


def test_take__test_not_set_up__refused(graded: Graded) -> None:
    for client in (graded.play.annotator, graded.play.annotator.unchecked):  # what the SDK foresees, and the contract
        with pytest.raises(errors.TestNotSetUp):
            client.submissions.take.simulate(graded.task, 0, accept_grader=graded.grader.address)
    graded.take()


def test_publish__labelled_once__is_sealed_first_and_refused_without_answers(graded: Graded) -> None:
    submission, labels = graded.commit()
    for client, error in (
        (graded.play.annotator, errors.UnlistedGrader),
        (graded.play.annotator.unchecked, errors.PublishOtherwise),
    ):
        with pytest.raises(error):
            client.submissions.publish.simulate(submission, labels, uri=URI, salt=SALT)


@pytest.mark.parametrize(("until", "last"), [(0, 0), (5 * DAY, 5 * DAY), (2 * YEAR, YEAR), (None, YEAR)])
def test_expire__as_long_as_the_grader_lets_publish__refused(graded: Graded, until: int | None, last: int) -> None:
    submission, _ = graded.commit()
    end = graded.play.annotator.tasks.get(graded.task).parameters.publish_end
    graded.told("set_publish_until", submission, 2**256 - 1 if until is None else end + until)
    graded.play.world.travel_to(end + last - 1)
    for client in (graded.play.stranger, graded.play.stranger.unchecked):
        with pytest.raises(errors.MayBePublished):
            client.submissions.expire.simulate(submission)
    graded.play.world.travel_to(end + last)
    # A grader that has not answered for a year is nobody's fault.
    stake = 5 * 3_000_000
    assert graded.play.stranger.submissions.expire(submission).result.to_sink == (0 if last == YEAR else stake)


def test_file__items_that_were_tested__refused(graded: Graded) -> None:
    submission, _ = graded.publish()
    graded.told("set_tested", submission, 3, True)
    challenges = graded.play.stranger.challenges
    challenges.commit(submission, [2, 3], salt=SALT)
    challenges.commit(submission, [2, 4], salt=SALT)
    graded.play.world.travel(60)
    with pytest.raises(errors.ItemWasTested, match=r"items \[3\] of"):
        challenges.file(submission, [2, 3], salt=SALT)
    with pytest.raises(errors.ItemWasTested):
        graded.play.stranger.unchecked.challenges.file.simulate(submission, [2, 3], salt=SALT)
    challenges.file(submission, [2, 4], salt=SALT)


def test_open__grader_without_code__refused(play: Play) -> None:
    with pytest.raises(errors.GraderHasNoCode):
        play.open(grader=play.stranger.account, items=8)
