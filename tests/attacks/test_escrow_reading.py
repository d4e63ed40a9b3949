"""Reading before writing: nobody labels, or holds a slot, while the labels of a sibling can be read."""

from dataclasses import replace

import pytest

from goldleaf.labels import LabelSet
from goldleaf.types import SubmissionState
from tests.protocol import DAY, SINK, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def test_labelling_after_reading_others__nothing_is_published_while_a_sibling_may_commit(protocol):
    task = protocol.open()
    first, second = protocol.take(task, 0), protocol.take(task, 2)
    protocol.commit(first)
    with reverts("submissions: siblings not ready"):
        protocol.publish(first)
    with reverts("submissions: not committed"):
        protocol.publish(second)
    protocol.commit(second)
    protocol.publish(first)
    # What is committed stays, whatever the author has read since.
    better = replace(second, labels=LabelSet(["a better label"] * 10))
    with reverts("submissions: already committed"):
        protocol.commit(better)
    with reverts("submissions: wrong opening"):
        protocol.publish(better)


def test_labelling_after_reading_others__no_slot_opens_again_once_all_were_committed(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    first, second = protocol.take(task, 0), protocol.take(task, 2)
    protocol.commit(first)
    protocol.commit(second)
    protocol.publish(first)
    with reverts("submissions: already committed"):
        protocol.escrow.release(second.submission, sender=second.annotator)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(second.submission)
    with reverts("submissions: slot is taken"):
        protocol.take(task, 2)
    protocol.travel_to(parameters.deadline + parameters.publish_period)
    protocol.escrow.expire(second.submission)
    assert protocol.lens.submission(second.submission).state == SubmissionState.FORFEITED
    with reverts("submissions: too late to take"):
        protocol.take(task, 2)


def test_labelling_after_reading_others__not_in_the_last_second_before_the_deadline(protocol):
    """The latest take is due before the moment from which its siblings' labels can be read."""
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    early = protocol.take(task, 0)
    protocol.commit(early)
    protocol.travel_to(parameters.deadline - parameters.work_period - 1)
    last = protocol.take(task, 2)
    protocol.travel_to(parameters.deadline - 1)
    with reverts("submissions: siblings not ready"):
        protocol.publish(early)
    with reverts("submissions: past due"):
        protocol.commit(last)
    protocol.travel(1)
    protocol.publish(early)
    with reverts("submissions: past due"):
        protocol.commit(last)


@pytest.mark.parametrize("left", [1, 2 * DAY, 10 * DAY], ids=["second", "work period", "long"])
def test_cancelling_to_read_early__leaves_takers_their_whole_time(protocol, left):
    """A requester who cancels just after a take can't make the siblings' labels readable before it is due."""
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    committed = protocol.take(task, 0)
    protocol.commit(committed)
    # At the latest moment that a slot can be taken, or earlier.
    protocol.travel_to(parameters.deadline - parameters.work_period - left)
    working = protocol.take(task, 2)
    protocol.escrow.cancel(task, sender=protocol.requester)
    due = protocol.lens.submission(working.submission).due_at
    assert protocol.lens.task(task).publish_from >= due

    protocol.travel_to(due - 1)
    with reverts("submissions: siblings not ready"):
        protocol.publish(committed)
    protocol.commit(working)
    protocol.publish(committed)
    protocol.publish(working)


def test_cancelling_to_shorten_publication__does_not_move_its_end(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    work = protocol.take(task)
    protocol.commit(work)
    protocol.escrow.cancel(task, sender=protocol.requester)
    protocol.travel_to(parameters.deadline + parameters.publish_period - 1)
    with reverts("submissions: may be published"):
        protocol.escrow.expire(work.submission)
    protocol.publish(work)


def test_cancelling_twice_to_move_the_publication__is_refused(protocol):
    task = protocol.open()
    protocol.escrow.cancel(task, sender=protocol.requester)
    publish_from = protocol.lens.task(task).publish_from
    protocol.travel(DAY)
    with reverts("tasks: already cancelled"):
        protocol.escrow.cancel(task, sender=protocol.requester)
    assert protocol.lens.task(task).publish_from == publish_from


def test_own_sibling__is_refused_in_every_state(protocol):
    task = protocol.open(redundancy=3)
    annotator = protocol.account(free=100 * protocol.unit)
    work = protocol.take(task, 0, annotator)
    others = [protocol.take(task, 2), protocol.take(task, 4)]
    protocol.escrow.release(others[0].submission, sender=others[0].annotator)

    def take_a_sibling():
        with reverts("submissions: has a sibling"):
            protocol.escrow.take(task, 2, b"", sender=annotator)

    take_a_sibling()
    protocol.commit(work)
    take_a_sibling()
    # All at once, in either order of the slots, works no better.
    stranger = protocol.account(free=100 * protocol.unit)
    for slots in ([1, 3], [5, 1]):
        with reverts("submissions: has a sibling"):
            protocol.escrow.take_many(task, slots, b"", sender=stranger)
    # A slot of another batch is another matter.
    protocol.escrow.take(task, 1, b"", sender=annotator)


def test_own_sibling__stays_one_after_a_rejection(protocol):
    """A rejected annotator has been shown to the others: no second try in the batch."""
    task = protocol.open(redundancy=2, publish_period=60 * DAY)
    annotator = protocol.account(free=100 * protocol.unit)
    work = protocol.take(task, 0, annotator)
    sibling = protocol.take(task, 2)
    protocol.commit(work)
    protocol.commit(sibling)
    protocol.publish(work)
    protocol.prove_wrong(work, [0, 1])
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    for slot, reason in ((0, "submissions: slot is taken"), (2, "submissions: slot is taken")):
        with reverts(reason):
            protocol.escrow.take(task, slot, b"", sender=annotator)


def test_a_sibling_who_never_commits__delays_the_others_to_the_deadline_and_pays(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    stake = parameters.stake_of(0)
    work, idle = protocol.take(task, 0), protocol.take(task, 2)
    protocol.commit(work)
    with protocol.gains(work.annotator, idle.annotator, SINK, protocol.requester) as gained:
        protocol.travel(parameters.work_period)
        protocol.escrow.expire(idle.submission)
        protocol.travel_to(parameters.deadline)
        protocol.publish(work)
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
        protocol.escrow.close(task)
    pay = 10 * parameters.reward
    assert gained == [stake + pay, stake - stake // 4, stake // 4, parameters.pot - pay]
    protocol.assert_conserved()


def test_publishing_for_a_rival__changes_nothing_for_them(protocol):
    """Whoever knows an opening may publish it, exactly as it was committed, and earns nothing by it."""
    task = protocol.open()
    works = [protocol.take(task, slot) for slot in (0, 2)]
    for work in works:
        protocol.commit(work)
    thief = protocol.account()
    with reverts("submissions: wrong opening"):
        protocol.publish(replace(works[0], uri="ipfs://nothing"), sender=thief)
    protocol.publish(works[0], sender=thief)
    with protocol.gains(thief, works[0].annotator) as gained:
        protocol.pass_window(works[0])
        protocol.escrow.claim(works[0].submission, sender=thief)
    parameters = protocol.parameters_of(task)
    assert gained == [0, parameters.stake_of(0) + 10 * parameters.reward]


def test_delivering_for_a_rival__with_redundancy_1__is_refused(protocol):
    work = protocol.take(protocol.open(redundancy=1))
    thief = protocol.account()
    with reverts("submissions: not the annotator"):
        protocol.publish(work, sender=thief)
    with reverts("submissions: publish directly"):
        protocol.commit(work)
    with reverts("submissions: not the annotator"):
        protocol.escrow.release(work.submission, sender=thief)
