"""The pot: it covers every slot that may still be paid, and leaves only by rule."""

import pytest

from goldleaf.ids import submission_id
from goldleaf.types import SubmissionState
from tests.protocol import DAY, SINK, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def test_draining_the_pot_before_claims__by_closing__is_refused(protocol):
    task = protocol.open()
    works = protocol.deliver(task)
    parameters = protocol.parameters_of(task)
    with reverts("tasks: too early to close"):
        protocol.escrow.close(task)
    protocol.travel_to(parameters.deadline)
    protocol.escrow.claim(works[0].submission)
    with reverts("tasks: submissions are live"):
        protocol.escrow.close(task)
    protocol.escrow.claim(works[1].submission)
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(task)
    assert gained == [parameters.pot // 2]
    with reverts("tasks: already closed"):
        protocol.escrow.close(task)
    protocol.assert_conserved()


def test_draining_the_pot_before_claims__by_cancelling__is_refused(protocol):
    task = protocol.open()
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.cancel(task, sender=protocol.requester)
        with reverts("tasks: too early to close"):
            protocol.escrow.close(task)
        with reverts("submissions: task is cancelled"):
            protocol.take(task)
    assert gained == [0]


def test_draining_the_pot__by_claiming_twice__is_refused(protocol):
    victim = protocol.open()
    work = protocol.delivered(redundancy=1)
    protocol.pass_window(work)
    with protocol.gains(work.annotator) as gained:
        assert protocol.escrow.claim_many([work.submission, work.submission]) == 1
        assert protocol.escrow.claim_many([work.submission]) == 0
    parameters = protocol.parameters_of(work.task)
    assert gained == [parameters.stake_of(0) + 10 * parameters.reward]
    for again in (
        lambda: protocol.escrow.claim(work.submission),
        lambda: protocol.escrow.accept(work.submission, sender=protocol.requester),
        lambda: protocol.escrow.challenge_availability(work.submission, [0], sender=protocol.account()),
        lambda: protocol.challenge(work, [0]),
    ):
        with reverts("submissions: not published"):
            again()
    assert protocol.lens.task(victim).accepted == 0
    protocol.assert_conserved()


@pytest.mark.parametrize("state", ["open", "taken", "committed", "rejected", "forfeited"])
def test_draining_the_pot__by_claiming_what_was_not_published__is_refused(protocol, state):
    task = protocol.open(redundancy=1 if state == "rejected" else 2)
    parameters = protocol.parameters_of(task)
    if state == "rejected":
        work = protocol.deliver(task)[0]
        protocol.prove_wrong(work, [0, 1])
    elif state != "open":
        work = protocol.take(task)
        if state != "taken":
            protocol.commit(work)
    protocol.travel_to(parameters.deadline + parameters.publish_period)
    if state == "forfeited":
        protocol.escrow.expire(work.submission)
    with protocol.gains(*protocol.accounts) as gained:
        for claim in (protocol.escrow.claim, protocol.escrow.accept):
            with reverts("submissions: not published"):
                claim(submission_id(task, 0), sender=protocol.requester)
    assert not any(gained)
    protocol.assert_conserved()


def test_draining_the_pot__every_slot_can_be_paid_in_any_order(protocol):
    """Rejections, expiries and releases on the way don't cost anybody else a unit."""
    task = protocol.open(items=25, redundancy=3, stake=2 * protocol.unit)  # the last batch holds 5
    parameters = protocol.parameters_of(task)
    works = [work for slot in range(3) for work in protocol.deliver(task, slot)]
    protocol.prove_wrong(works[0], [0, 1])
    protocol.prove_wrong(works[1], [3])
    protocol.travel_to(parameters.deadline)
    paid = works[:0:-1]
    with protocol.gains(protocol.requester, *[work.annotator for work in paid]) as gained:
        protocol.escrow.claim_many([work.submission for work in paid])
        protocol.escrow.close(task)
    accepted = [len(parameters.items_of(work.slot)) - (work is works[1]) for work in paid]
    assert protocol.lens.accepted_labels(task) == sum(accepted) == 25 * 3 - 11
    # Of the one tolerated error the requester has what was no prize. The rejected ten had been paid out of the pot.
    assert gained == [parameters.reward - parameters.reward // 4] + [
        parameters.stake_of(work.slot) + labels * parameters.reward for work, labels in zip(paid, accepted, strict=True)
    ]
    protocol.assert_conserved()


def test_draining_the_pot_of_another_task__a_foreign_requester_has_no_say(protocol):
    work = protocol.delivered(redundancy=1)
    thief = protocol.account()
    own = protocol.open(requester=thief)
    assert protocol.lens.task(own).requester == thief
    with reverts("tasks: not the requester"):
        protocol.escrow.cancel(work.task, sender=thief)
    with reverts("submissions: not the requester"):
        protocol.escrow.accept(work.submission, sender=thief)


def test_a_requester_who_rejects_all__pays_for_it(protocol):
    """Challenging every label of honest work before an honest jury makes the annotator richer."""
    work = protocol.delivered(redundancy=1)
    parameters = protocol.parameters_of(work.task)
    cost, bond = protocol.arbitrator.arbitration_cost(), protocol.bond(work, 10)
    for account in (protocol.requester, work.annotator):
        protocol.provide(account, 100 * protocol.unit)
    with protocol.gains(protocol.requester, work.annotator) as gained:
        challenge = protocol.challenge(work, list(range(10)), protocol.requester)
        protocol.defend(challenge)
        protocol.rule(challenge, 2)
        protocol.settle(challenge)
        protocol.pass_window(work)
        protocol.escrow.claim(work.submission)
    assert gained == [-bond, bond - cost + parameters.stake_of(0) + 10 * parameters.reward]
    protocol.assert_conserved()


def test_a_requester_who_rejects_all__piece_by_piece__gains_nothing_more(protocol):
    """The same labels again and again: every challenge that is defended is lost."""
    work = protocol.delivered(redundancy=1)
    cost = protocol.arbitrator.arbitration_cost()
    for account in (protocol.requester, work.annotator):
        protocol.provide(account, 100 * protocol.unit)
    bonds = 0
    with protocol.gains(protocol.requester, work.annotator) as gained:
        for labels in ([0, 1], [1, 2], [0, 1]):
            bonds += protocol.bond(work, len(labels))
            challenge = protocol.challenge(work, labels, protocol.requester)
            protocol.defend(challenge)
            protocol.rule(challenge, 2)
            protocol.settle(challenge)
    assert gained == [-bonds, bonds - 3 * cost]
    assert protocol.lens.submission(work.submission).state == SubmissionState.PUBLISHED
    protocol.assert_conserved()


def test_a_requester_who_rejects_all__by_holding_back_acceptance__does_not_delay_the_claim(protocol):
    work = protocol.delivered(redundancy=1)
    protocol.pass_window(work)
    with reverts("submissions: window has ended"):
        protocol.escrow.accept(work.submission, sender=protocol.requester)
    with protocol.gains(work.annotator) as gained:
        protocol.escrow.claim(work.submission, sender=protocol.account())
    parameters = protocol.parameters_of(work.task)
    assert gained == [parameters.stake_of(0) + 10 * parameters.reward]


def test_accepting_to_shield_an_accomplice__does_not_end_what_was_filed(protocol):
    """A requester who is the annotator too can waive the window, not the challenge that stands."""
    task = protocol.open(redundancy=1)
    protocol.provide(protocol.requester, 100 * protocol.unit)
    work = protocol.take(task, 0, protocol.requester)
    protocol.publish(work)
    challenge = protocol.challenge(work, [0, 1])
    questioned = protocol.challenge_availability(work, [4])
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    with reverts("submissions: challenges pending"):
        protocol.escrow.claim(work.submission)
    with reverts("challenges: first half is over"):
        protocol.challenge_availability(work, [5])
    with reverts("challenges: window has ended"):
        protocol.challenge(work, [5])
    protocol.answer(work, questioned, 4)
    protocol.travel(2 * DAY)
    protocol.settle(challenge)
    assert protocol.lens.submission(work.submission).state == SubmissionState.REJECTED
    protocol.settle(questioned)
    protocol.assert_conserved()


def test_accepting_at_once__pays_no_more_than_the_terms(protocol):
    """Requester, annotator and claimer in one account and one block move their own money in a circle."""
    task = protocol.open(redundancy=2)
    parameters = protocol.parameters_of(task)
    protocol.provide(protocol.requester, 100 * protocol.unit)
    with protocol.gains(protocol.requester) as gained:
        works = [protocol.take(task, 0, protocol.requester), protocol.take(task, 2)]
        for work in works:
            protocol.commit(work)
        protocol.publish(works[0])
        protocol.escrow.accept(works[0].submission, sender=protocol.requester)
        with reverts("submissions: window has ended"):
            protocol.escrow.accept(works[0].submission, sender=protocol.requester)
        protocol.escrow.claim(works[0].submission)
    assert gained == [10 * parameters.reward]
    protocol.assert_conserved()


@pytest.mark.parametrize("way", ["unanswered", "ruled", "withheld"])
@pytest.mark.parametrize("helper", ["a stranger", "the requester"])
def test_a_requester_who_rejects_all__by_an_owned_jury_or_silence__has_not_the_labels_for_nothing(
    protocol, way, helper
):
    """What was right in them is paid for, up to half of the stake, and of the stake nothing comes to a requester."""
    work = protocol.delivered(redundancy=1, items=10)
    parameters = protocol.parameters_of(work.task)
    helper = protocol.requester if helper == "the requester" else protocol.account()
    protocol.provide(helper, 100 * protocol.unit)
    protocol.provide(work.annotator, 100 * protocol.unit)
    with protocol.gains(helper, protocol.requester, SINK) as gained:
        labels = [] if way == "withheld" else list(range(10))
        challenge = (
            protocol.challenge(work, labels, helper) if labels else protocol.challenge_availability(work, [3], helper)
        )
        if way == "ruled":
            protocol.defend(challenge)
            protocol.rule(challenge, 1)
        protocol.travel(2 * DAY)
        protocol.escrow.settle_many([challenge], [protocol.indices[challenge]])
        event = protocol.event("Rejected")
    stake, errors = parameters.stake_of(0), 0 if way == "withheld" else 2
    lost = (10 - errors) * parameters.reward
    assert event.to_requester == errors * parameters.reward
    prize = errors * (parameters.reward // 4)
    bonus = min(stake // 16, 4 * parameters.availability_bond) if way == "withheld" else stake // 4
    expected = [prize + bonus, errors * parameters.reward, stake - prize - bonus + lost]
    if helper == protocol.requester:
        expected[:2] = [expected[0] + expected[1]] * 2
    assert gained == expected
    protocol.assert_conserved()


def test_profit_for_a_requester_from_a_stake__as_requester__is_never_a_unit(protocol):
    """Released, expired, forfeited, rejected, with tolerated errors: all that comes back is pay they had paid in."""
    task = protocol.open(redundancy=2, items=50)
    parameters = protocol.parameters_of(task)
    with protocol.gains(protocol.requester) as gained:
        released = protocol.take(task, 0)
        protocol.escrow.release(released.submission, sender=released.annotator)
        expired = protocol.take(task, 0)
        protocol.travel(parameters.work_period)
        protocol.escrow.expire(expired.submission)
        rejected, tolerated = protocol.deliver(task, 1)
        withheld, paid = protocol.deliver(task, 2)
        forfeited = protocol.take(task, 3)
        protocol.commit(forfeited)
        questioned = protocol.challenge_availability(withheld, [20])
        protocol.prove_wrong(rejected, [10, 11])
        protocol.prove_wrong(tolerated, [10])
        protocol.travel(DAY)
        protocol.settle(questioned)
        protocol.travel_to(parameters.deadline + parameters.publish_period)
        protocol.escrow.claim_many([tolerated.submission, paid.submission])
        protocol.escrow.expire(forfeited.submission)
        protocol.escrow.close(task)
    reward = parameters.reward
    # Ten slots: one paid, one with an error, one with two, one withheld; six were never delivered.
    assert gained == [6 * 10 * reward + (reward - reward // 4) + 2 * reward]
    assert gained[0] < parameters.pot
    assert protocol.lens.task(task).delivered == 40
    protocol.assert_conserved()


def test_profit_for_a_requester_from_a_stake__by_cancelling_early__is_the_pot_alone(protocol):
    """A cancelled task closes as soon as nothing is live, and what is live keeps its pay until it is claimed."""
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    works = protocol.deliver(task)
    protocol.escrow.cancel(task, sender=protocol.requester)
    protocol.travel(parameters.work_period)
    with reverts("tasks: submissions are live"):
        protocol.escrow.close(task)
    for work in works:
        protocol.pass_window(work)
    with protocol.gains(protocol.requester, *[work.annotator for work in works]) as gained:
        protocol.escrow.claim_many([work.submission for work in works])
        protocol.escrow.close(task)
    assert protocol.now < parameters.deadline
    earned = parameters.stake_of(0) + 10 * parameters.reward
    assert gained == [20 * parameters.reward, earned, earned]
    with reverts("submissions: task is cancelled"):
        protocol.take(task, 1)
    with reverts("tasks: already closed"):
        protocol.escrow.close(task)
    protocol.assert_conserved()


def test_draining_the_pot__by_closing_early_over_a_slot_that_was_left__ends_all_of_it(protocol):
    """What a slot's last holder had before the close is gone: no seal, delivery or pay comes of it any more."""
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    left, late = protocol.take(task, 0), protocol.take(task, 1)
    protocol.escrow.release(left.submission, sender=left.annotator)
    protocol.escrow.cancel(task, sender=protocol.requester)
    publish_from = protocol.lens.task(task).publish_from
    protocol.travel_to(publish_from - 1)
    with reverts("tasks: too early to close"):
        protocol.escrow.close(task)
    protocol.travel_to(publish_from)
    with reverts("tasks: submissions are live"):
        protocol.escrow.close(task)
    with reverts("submissions: past due"):
        protocol.commit(late)
    protocol.escrow.expire(late.submission)
    with protocol.gains(protocol.requester) as gained:
        protocol.escrow.close(task)
    assert gained == [parameters.pot]
    for work in (left, late):
        for again in (
            lambda work=work: protocol.commit(work),
            lambda work=work: protocol.publish(work),
            lambda work=work: protocol.escrow.release(work.submission, sender=work.annotator),
            lambda work=work: protocol.escrow.expire(work.submission),
        ):
            with reverts("submissions: not taken"):
                again()
        assert protocol.escrow.claim_many([work.submission]) == 0
    protocol.assert_conserved()


def test_leaving_with_the_stake__costs_a_part_each_time(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    stake = parameters.stake_of(0)
    sleeper = protocol.account(free=10 * stake)
    with protocol.gains(sleeper, SINK, protocol.requester) as gained:
        for _ in range(3):
            work = protocol.take(task, 0, sleeper)
            protocol.escrow.release(work.submission, sender=sleeper)
        work = protocol.take(task, 0, sleeper)
        with reverts("submissions: not due yet"):
            protocol.escrow.expire(work.submission)
        protocol.travel(parameters.work_period)
        with reverts("submissions: past due"):
            protocol.escrow.release(work.submission, sender=sleeper)
        protocol.escrow.expire(work.submission)
    lost = 3 * (stake // 16) + stake // 4
    assert gained == [-lost, lost, 0]
    protocol.assert_conserved()
