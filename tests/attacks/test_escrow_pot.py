"""The pot: it covers every slot that may still be paid, and leaves only by rule."""

import pytest

from goldleaf.ids import submission_id
from goldleaf.types import SubmissionState
from tests.protocol import DAY, Protocol, reverts


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return Protocol()


def test_draining_the_pot_before_claims__by_closing__is_refused(protocol):
    task = protocol.open()
    works = protocol.deliver(task)
    parameters = protocol.parameters_of(task)
    with reverts("tasks: deadline not passed"):
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
        with reverts("tasks: deadline not passed"):
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
        lambda: protocol.escrow.demand(work.submission, 0, sender=protocol.account()),
        lambda: protocol.challenge(work, [0]),
    ):
        with reverts("submissions: not published"):
            again()
    assert protocol.escrow.task(victim).accepted == 0
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
    assert protocol.escrow.accepted_labels(task) == sum(accepted) == 25 * 3 - 11
    stakes = [parameters.stake_of(work.slot) - (work is works[1]) * parameters.penalty(0) for work in paid]
    assert gained == [11 * parameters.reward] + [
        stake + labels * parameters.reward for stake, labels in zip(stakes, accepted, strict=True)
    ]
    protocol.assert_conserved()


def test_draining_the_pot_of_another_task__a_foreign_requester_has_no_say(protocol):
    work = protocol.delivered(redundancy=1)
    thief = protocol.account()
    own = protocol.open(requester=thief)
    assert protocol.escrow.task(own).requester == thief
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
        fight = protocol.challenge(work, list(range(10)), protocol.requester)
        protocol.defend(fight)
        protocol.rule(fight, 2)
        protocol.settle(fight)
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
            fight = protocol.challenge(work, labels, protocol.requester)
            protocol.defend(fight)
            protocol.rule(fight, 2)
            protocol.settle(fight)
    assert gained == [-bonds, bonds - 3 * cost]
    assert protocol.escrow.submission(work.submission).state == SubmissionState.PUBLISHED
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
    fight = protocol.challenge(work, [0, 1])
    demand = protocol.demand(work, 4)
    protocol.escrow.accept(work.submission, sender=protocol.requester)
    with reverts("submissions: fights are pending"):
        protocol.escrow.claim(work.submission)
    with reverts("demands: first half is over"):
        protocol.demand(work, 5)
    with reverts("challenges: window has ended"):
        protocol.challenge(work, [5])
    protocol.answer(work, demand)
    protocol.travel(2 * DAY)
    protocol.settle(fight)
    assert protocol.escrow.submission(work.submission).state == SubmissionState.REJECTED
    protocol.escrow.settle_demand(demand)
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


def test_leaving_with_the_stake__costs_a_part_each_time(protocol):
    task = protocol.open()
    parameters = protocol.parameters_of(task)
    stake = parameters.stake_of(0)
    sleeper = protocol.account(free=10 * stake)
    with protocol.gains(sleeper, protocol.requester) as gained:
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
    assert gained == [-lost, lost]
    protocol.assert_conserved()
