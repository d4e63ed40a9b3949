"""Graders: a bad one wastes a year of its own task at most, harms nobody else, and earns its requester nothing."""

import boa
import pytest

from goldleaf.types import SubmissionState
from tests.protocol import DAY, SINK, Protocol, Work, reverts

YEAR = 365 * DAY
NEVER = 2**256 - 1


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


@pytest.fixture
def grader(protocol: Protocol):
    """Of a kind that does whatever its owner tells it to; at first it behaves."""
    grader = protocol.chain.deploy("mocks/DishonestGrader")
    grader.set_answers(True, True, 0)
    return grader


def sealed(protocol: Protocol, grader, **overrides) -> Work:
    work = protocol.take(protocol.open(**{"redundancy": 1, "grader": grader.address, **overrides}))
    protocol.commit(work)
    return work


def publish(protocol: Protocol, work: Work, answers: bytes = b"", sender: str | None = None) -> None:
    protocol.escrow.publish_graded(
        work.submission, work.labels.root, work.salt, work.uri, answers, sender=sender or work.annotator
    )


def last_moment(protocol: Protocol, work: Work) -> int:
    parameters = protocol.parameters_of(work.task)
    return parameters.deadline + parameters.publish_period


@pytest.mark.parametrize("promised", [0, NEVER], ids=["no time", "any time"])
def test_a_grader_that_reverts__for_good__takes_no_stake(protocol, grader, promised):
    work = sealed(protocol, grader)
    grader.set_answers(True, False, promised)
    grader.set_refusing(True)
    for wait in (last_moment(protocol, work) - 1, last_moment(protocol, work) + YEAR - 1):
        protocol.travel_to(wait)
        for attempt in (lambda: publish(protocol, work), lambda: protocol.escrow.expire(work.submission)):
            with boa.reverts():
                attempt()
    protocol.travel(1)
    with protocol.gains(work.annotator, SINK) as gained:
        protocol.escrow.expire(work.submission)
        protocol.escrow.close(work.task)
    assert gained == [protocol.parameters_of(work.task).stake_of(0), 0]
    protocol.assert_conserved()


def test_a_grader_that_reverts__in_one_task__holds_up_no_other(protocol, grader):
    """Also not in one call for several: no claim, no settlement asks a grader."""
    work = sealed(protocol, grader)
    publish(protocol, work)
    other = protocol.delivered(redundancy=1)
    challenges = [protocol.challenge(each, [0]) for each in (work, other)]
    grader.set_refusing(True)
    for challenge, each in zip(challenges, (work, other), strict=True):
        protocol.escrow.concede(challenge, sender=each.annotator)
    assert protocol.escrow.settle_many(challenges, [[0], [0]]) == 2
    protocol.pass_window(other)
    assert protocol.escrow.claim_many([work.submission, other.submission]) == 2
    protocol.assert_conserved()


def test_a_grader_that_lies__to_have_stakes_forfeited__earns_its_requester_nothing(protocol, grader):
    """Right labels are failed: nobody can read them, the pay goes back, and the stake to nobody's gain."""
    work = sealed(protocol, grader)
    grader.set_answers(True, False, 0)
    parameters = protocol.parameters_of(work.task)
    protocol.travel_to(last_moment(protocol, work))
    with protocol.gains(protocol.requester, work.annotator, SINK) as gained:
        protocol.escrow.expire(work.submission)
        protocol.escrow.close(work.task)
    assert gained == [parameters.pot, 0, parameters.stake_of(0)]
    with reverts("submissions: not taken"):
        publish(protocol, work)
    protocol.assert_conserved()


def test_a_grader_that_lies__about_items_tested__shields_no_withheld_label(protocol, grader):
    """An annotator whose friend the grader is cannot be challenged as wrong, but what cannot be read is not paid."""
    work = sealed(protocol, grader)
    publish(protocol, work)
    for item in range(10):
        grader.set_tested(item, True)
    with reverts("challenges: item was tested"):
        protocol.challenge(work, [4])
    questioned = protocol.challenge_availability(work, [4, 5])
    protocol.travel(DAY)
    protocol.settle(questioned)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    protocol.assert_conserved()


def test_a_grader_that_changes_its_mind__after_publication__takes_nothing_back(protocol, grader):
    work = sealed(protocol, grader)
    publish(protocol, work)
    grader.set_answers(False, False, 0)
    protocol.travel_to(last_moment(protocol, work))
    with reverts("submissions: not taken"):
        protocol.escrow.expire(work.submission)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.claim(work.submission)
    parameters = protocol.parameters_of(work.task)
    assert gained == [parameters.stake_of(0) + 10 * parameters.reward]


def test_a_grader_that_changes_its_mind__about_what_was_tested__voids_no_challenge(protocol, grader):
    work = sealed(protocol, grader, tolerance_bps=0)
    publish(protocol, work)
    challenge = protocol.challenge(work, [4])
    grader.set_tested(4, True)
    protocol.defend(challenge)
    protocol.rule(challenge, 1)
    protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED


def test_a_grader_that_changes_its_mind__about_the_last_moment__shortens_no_publish_period(protocol, grader):
    work = sealed(protocol, grader)
    grader.set_answers(True, True, NEVER)
    protocol.travel_to(last_moment(protocol, work) - 1)
    grader.set_answers(True, True, 0)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)
    publish(protocol, work)


@pytest.mark.parametrize(
    "function", ["claim", "expire", "withdraw", "publish_graded", "free", "submission_words", "root"]
)
def test_a_grader_that_re_enters__while_it_is_asked__is_locked_out(protocol, grader, function):
    """It is asked by a static call, in which nothing can be changed, and the lock keeps it from reading half a call."""
    work = sealed(protocol, grader)
    ripe = protocol.delivered(redundancy=1)
    protocol.pass_window(ripe)
    arguments = {
        "claim": (ripe.submission,),
        "expire": (work.submission,),
        "withdraw": (protocol.token, 1, work.annotator),
        "publish_graded": (work.submission, bytes(32), bytes(32), "", b""),
        "free": (protocol.token, work.annotator),
        "submission_words": (work.submission,),
        "root": (work.submission,),
    }[function]
    grader.set_call(protocol.escrow, getattr(protocol.escrow, function).prepare_calldata(*arguments))
    with boa.reverts():
        publish(protocol, work)
    assert protocol.lens.submission(work.submission).state == SubmissionState.COMMITTED
    assert protocol.lens.submission(ripe.submission).state == SubmissionState.PUBLISHED
    protocol.assert_conserved()


def test_repeating_a_publication__with_fewer_answers__harms_nobody(protocol, grader):
    """Whoever sees it in the mempool may send it first: it passes whole or is refused, and costs its author nothing."""
    work = sealed(protocol, grader)
    grader.set_answers(True, False, 0)
    with reverts("submissions: test is not passed"):
        publish(protocol, work, b"fewer", sender=protocol.account())
    grader.set_answers(True, True, 0)
    publish(protocol, work, b"all")
    protocol.pass_window(work)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.claim(work.submission)
    parameters = protocol.parameters_of(work.task)
    assert gained == [parameters.stake_of(0) + 10 * parameters.reward]


def test_passing_the_grader_by__in_any_way__is_refused(protocol, grader):
    """E10: what a graded task publishes has passed its test."""
    work = sealed(protocol, grader)
    grader.set_answers(True, False, 0)
    for time in (protocol.now, protocol.parameters_of(work.task).deadline, last_moment(protocol, work) - 1):
        protocol.travel_to(time)
        with reverts("submissions: publish otherwise"):
            protocol.publish(work)
        with reverts("submissions: test is not passed"):
            publish(protocol, work)


def test_cancelling_a_graded_task__before_the_test__takes_no_sealed_stake(protocol, grader):
    """A requester who cancels opens publication early; the last moment does not move, nor does the test go away."""
    work = sealed(protocol, grader)
    protocol.escrow.cancel(work.task, sender=protocol.requester)
    grader.set_answers(True, False, NEVER)
    with reverts("submissions: test is not passed"):
        publish(protocol, work)
    protocol.travel_to(last_moment(protocol, work))
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)
    grader.set_answers(True, True, NEVER)
    publish(protocol, work)
    assert protocol.lens.submission(work.submission).state == SubmissionState.PUBLISHED
