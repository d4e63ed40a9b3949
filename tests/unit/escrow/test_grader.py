"""Graded tasks: what the escrow asks of a grader, and what becomes of labels when it says no, or nothing."""

import pytest

from goldleaf.types import ZERO_ADDRESS, SubmissionState
from tests.protocol import DAY, URI, Protocol, Work, reverts
from tests.unit.escrow.helpers import PUBLISH_PERIOD, log, submission

ANSWERS = b"answers"
GRADER_TIMEOUT = 365 * DAY
NEVER = 2**256 - 1


@pytest.fixture
def grader(protocol: Protocol):
    """Ready, and everybody passes."""
    grader = protocol.chain.deploy("mocks/DishonestGrader")
    grader.set_answers(True, True, 0)
    return grader


def graded(protocol: Protocol, grader, **overrides) -> int:
    return protocol.open(grader=grader.address, **overrides)


def sealed(protocol: Protocol, grader, **overrides) -> Work:
    """A committed submission of a graded task that nobody else works on."""
    work = protocol.take(graded(protocol, grader, **{"redundancy": 1, **overrides}))
    protocol.commit(work)
    return work


def publish(protocol: Protocol, work: Work, answers: bytes = ANSWERS) -> None:
    protocol.escrow.publish_graded(work.submission, work.labels.root, work.salt, work.uri, answers)


def publish_end(protocol: Protocol, work: Work) -> int:
    return protocol.parameters_of(work.task).deadline + PUBLISH_PERIOD


# ------------------------------------------------------------ open, take, commit


def test_open__grader_without_code__is_refused(protocol: Protocol) -> None:
    with reverts("tasks: grader has no code"):
        protocol.open(grader=protocol.requester)


@pytest.mark.parametrize(("items", "batch_size"), [(21, 10), (19, 10), (11, 10), (3, 2)])
def test_open__graded_and_the_last_batch_is_not_whole__is_refused(
    protocol: Protocol, grader, items: int, batch_size: int
) -> None:
    terms = {"items": items, "batch_size": batch_size, "tolerance_bps": 0}
    with reverts("tasks: last batch not whole"):
        graded(protocol, grader, **terms, stake=10 * protocol.unit)
    assert protocol.open(**terms, stake=10 * protocol.unit)


def test_open__graded__tells_the_grader(protocol: Protocol, grader) -> None:
    task = graded(protocol, grader)
    assert protocol.parameters_of(task).grader == grader.address
    assert protocol.parameters_of(protocol.open()).grader == ZERO_ADDRESS


def test_take__test_is_not_set_up__is_refused(protocol: Protocol, grader) -> None:
    task = graded(protocol, grader)
    grader.set_answers(False, True, 0)
    annotator = protocol.account(free=10 * protocol.unit)
    with reverts("submissions: test is not set up"):
        protocol.escrow.take(task, 0, b"", sender=annotator)
    with reverts("submissions: test is not set up"):
        protocol.escrow.take_many(task, [0], b"", sender=annotator)
    grader.set_answers(True, True, 0)
    protocol.escrow.take(task, 0, b"", sender=annotator)


def test_commit__graded_with_redundancy_1__is_asked_for(protocol: Protocol, grader) -> None:
    """Sealed before the test is seen, though there is no sibling to read."""
    work = protocol.take(graded(protocol, grader, redundancy=1))
    with reverts("submissions: not committed"):
        publish(protocol, work)
    protocol.commit(work)
    assert submission(protocol, work.submission).state == SubmissionState.COMMITTED
    publish(protocol, work)
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED


# ------------------------------------------------------------ publish_graded


def test_publish_graded__test_is_passed__starts_the_window(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    publish(protocol, work)
    window_end = protocol.now + protocol.parameters_of(work.task).challenge_period
    fields = {"submission": work.submission, "annotator": work.annotator, "root": work.labels.root}
    assert log(protocol) == [("Published", fields | {"uri": URI, "window_end": window_end})]
    protocol.pass_window(work)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.claim(work.submission)
    parameters = protocol.parameters_of(work.task)
    assert gained == [parameters.stake_of(0) + 10 * parameters.reward]
    protocol.assert_conserved()


@pytest.mark.parametrize("size", [0, 1, 24_576])
def test_publish_graded__answers_of_any_size__reach_the_grader(protocol: Protocol, grader, size: int) -> None:
    work = sealed(protocol, grader)
    publish(protocol, work, b"\xff" * size)
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED


def test_publish_graded__test_is_not_passed__is_refused(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    grader.set_answers(True, False, 0)
    with reverts("submissions: test is not passed"):
        publish(protocol, work)
    assert submission(protocol, work.submission).state == SubmissionState.COMMITTED


def test_publish_graded__grader_gives_a_reason__passes_it_on(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    grader.set_refusing(True)
    with reverts("grader: no answer"):
        publish(protocol, work)


def test_publish__graded_task__is_refused(protocol: Protocol, grader) -> None:
    """Nobody passes the grader by."""
    work = sealed(protocol, grader)
    for sender in (work.annotator, protocol.requester):
        with reverts("submissions: publish otherwise"):
            protocol.publish(work, sender)


@pytest.mark.parametrize("redundancy", [1, 2])
def test_publish_graded__task_without_a_grader__is_refused(protocol: Protocol, redundancy: int) -> None:
    work = protocol.take(protocol.open(redundancy=redundancy))
    if redundancy > 1:
        protocol.commit(work)
    with reverts("submissions: publish otherwise"):
        publish(protocol, work)


def test_publish_graded__sibling_is_not_committed__is_refused(protocol: Protocol, grader) -> None:
    """Passing the test is no leave to show labels to a sibling who is still at work."""
    task = graded(protocol, grader)
    work, sibling = protocol.take(task, 0), protocol.take(task, 2)
    protocol.commit(work)
    with reverts("submissions: siblings not ready"):
        publish(protocol, work)
    protocol.commit(sibling)
    publish(protocol, work)


@pytest.mark.parametrize("change", ["root", "salt", "uri"])
def test_publish_graded__what_was_not_committed__is_refused(protocol: Protocol, grader, change: str) -> None:
    work = sealed(protocol, grader)
    root, salt, uri = work.labels.root, work.salt, work.uri
    match change:
        case "root":
            root = salt
        case "salt":
            salt = root
        case _:
            uri += "x"
    with reverts("submissions: wrong opening"):
        protocol.escrow.publish_graded(work.submission, root, salt, uri, ANSWERS)


# ------------------------------------------------------------ the last moment


@pytest.mark.parametrize("until", [None, -1, 0], ids=["nothing", "before the publish period ends", "at its end"])
def test_publish_graded__grader_leaves_no_more_time__ends_with_the_publish_period(
    protocol: Protocol, grader, until: int | None
) -> None:
    work = sealed(protocol, grader)
    end = publish_end(protocol, work)
    grader.set_answers(True, True, 0 if until is None else end + until)
    protocol.travel_to(end - 1)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)
    protocol.travel(1)
    with reverts("submissions: too late to publish"):
        publish(protocol, work)
    protocol.escrow.expire(work.submission)


def test_publish_graded__late_grade__leaves_the_grader_s_time(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    end = publish_end(protocol, work)
    grader.set_answers(True, True, end + 5 * DAY)
    protocol.travel_to(end + 5 * DAY - 1)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)
    publish(protocol, work)
    assert submission(protocol, work.submission).window_end == protocol.now + 4 * DAY


def test_publish_graded__after_the_grader_s_time__is_refused(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    end = publish_end(protocol, work) + 5 * DAY
    grader.set_answers(True, True, end)
    protocol.travel_to(end)
    with reverts("submissions: too late to publish"):
        publish(protocol, work)


# ------------------------------------------------------------ expire


def test_expire__who_failed_the_test__loses_the_stake_to_the_sink(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    grader.set_answers(True, False, 0)
    protocol.travel_to(publish_end(protocol, work))
    stake = protocol.parameters_of(work.task).stake_of(0)
    with protocol.gains(work.annotator, protocol.requester, protocol.escrow.sink()) as gained:
        protocol.escrow.expire(work.submission)
        fields = {"submission": work.submission, "annotator": work.annotator, "to_sink": stake}
        assert log(protocol) == [("Forfeited", fields)]
    assert gained == [0, 0, stake]
    assert submission(protocol, work.submission).state == SubmissionState.FORFEITED
    protocol.assert_conserved()


@pytest.mark.parametrize("way", ["refuses", "never ends"])
def test_expire__grader_never_answers__gives_the_whole_stake_back_after_a_year(
    protocol: Protocol, grader, way: str
) -> None:
    work = sealed(protocol, grader)
    if way == "refuses":
        grader.set_refusing(True)
    else:
        grader.set_answers(True, False, NEVER)
    protocol.travel_to(publish_end(protocol, work) + GRADER_TIMEOUT - 1)
    with reverts("grader: no answer" if way == "refuses" else "submissions: may be published"):
        protocol.escrow.expire(work.submission)
    protocol.travel(1)
    with protocol.gains(work.annotator, protocol.escrow.sink()) as gained:
        protocol.escrow.expire(work.submission)
        fields = {"submission": work.submission, "annotator": work.annotator, "to_sink": 0}
        assert log(protocol) == [("Forfeited", fields)]
    assert gained == [protocol.parameters_of(work.task).stake_of(0), 0]
    assert submission(protocol, work.submission).state == SubmissionState.FORFEITED
    with reverts("submissions: not taken"):
        publish(protocol, work)
    # The pot has kept the pay, and goes back.
    with protocol.gains(protocol.requester) as returned:
        protocol.escrow.close(work.task)
    assert returned == [protocol.parameters_of(work.task).pot]
    protocol.assert_conserved()


def test_expire__after_a_year__is_still_published_if_the_grader_answers_first(protocol: Protocol, grader) -> None:
    work = sealed(protocol, grader)
    grader.set_answers(True, True, NEVER)
    protocol.travel_to(publish_end(protocol, work) + GRADER_TIMEOUT)
    publish(protocol, work)
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED


def test_expire__nothing_was_committed__asks_no_grader(protocol: Protocol, grader) -> None:
    work = protocol.take(graded(protocol, grader))
    grader.set_refusing(True)
    protocol.travel_to(submission(protocol, work.submission).due_at)
    with protocol.gains(protocol.escrow.sink()) as gained:
        protocol.escrow.expire(work.submission)
    assert gained == [-(-protocol.parameters_of(work.task).stake_of(0) // 4)]


# ------------------------------------------------------------ challenges


def test_challenge__of_a_tested_item__is_refused(protocol: Protocol, grader) -> None:
    """What the test has made public would only be hunted; its errors are allowed for."""
    work = sealed(protocol, grader)
    publish(protocol, work)
    grader.set_tested(3, True)
    for indices in ([3], [0, 3], [3, 9]):
        with reverts("challenges: item was tested"):
            protocol.challenge(work, indices)
    protocol.challenge(work, [2, 4])
    # That it can be read is asked all the same.
    protocol.challenge_availability(work, [3])


def test_challenge__grader_does_not_answer__is_refused_and_all_else_goes_on(protocol: Protocol, grader) -> None:
    """A challenge that was filed before is settled, and the rest is paid."""
    work = sealed(protocol, grader)
    publish(protocol, work)
    challenge = protocol.challenge(work, [0])
    grader.set_refusing(True)
    with reverts("grader: no answer"):
        protocol.challenge(work, [1])
    questioned = protocol.challenge_availability(work, [3])
    protocol.answer(work, questioned, 3)
    protocol.escrow.concede(challenge, sender=work.annotator)
    protocol.settle(challenge)
    protocol.settle(questioned)
    protocol.pass_window(work)
    protocol.escrow.claim(work.submission)
    assert submission(protocol, work.submission).state == SubmissionState.PAID
    protocol.assert_conserved()


# ------------------------------------------------------------ what a grader may read


def test_task_words__while_the_grader_is_asked__can_be_read(protocol: Protocol, grader) -> None:
    task = graded(protocol, grader, redundancy=1)
    grader.set_call(protocol.escrow, protocol.escrow.task_words.prepare_calldata(task))
    work = protocol.take(task)
    protocol.commit(work)
    publish(protocol, work)
    protocol.challenge(work, [0])
    assert submission(protocol, work.submission).state == SubmissionState.PUBLISHED
