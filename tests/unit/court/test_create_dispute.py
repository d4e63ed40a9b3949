"""Opening disputes."""

import pytest

from tests.protocol import DAY, EVIDENCE, Jury, Phase, reverts
from tests.unit.court.helpers import ARBITRABLE, REFUND_TO, create_dispute, events, go_to, leave_delay


def test_create_dispute__seats_enough__takes_the_cost_and_arms_the_draw(jury):
    held = jury.token.balanceOf(jury.court)
    dispute = create_dispute(jury, choices=5)
    created, armed = events(jury, "DisputeCreated")[0], events(jury, "Armed")[0]
    assert (created.dispute, created.evidence, created.choices) == (dispute, EVIDENCE, 5)
    assert (created.arbitrable.lower(), created.refund_to.lower()) == (ARBITRABLE, REFUND_TO)
    assert (armed.dispute, armed.candidates) == (dispute, 16)
    assert jury.token.balanceOf(jury.court) == held + jury.court.arbitration_cost()

    found = jury.court.dispute(dispute)
    assert (found.arbitrable.lower(), found.choices, found.phase, found.round) == (ARBITRABLE, 5, Phase.WAITING, 0)
    assert found.phase_end == jury.chain.now + 2 * DAY
    assert (found.executed, found.settled_count) == (False, 0)
    assert jury.court.round(dispute, 0).payer.lower() == REFUND_TO
    queue = jury.court.round_queue()
    assert (queue.head, queue.tail, queue.armed, queue.candidates) == (dispute, dispute, True, 16)


def test_create_dispute__no_seats__waits(empty_jury):
    dispute = create_dispute(empty_jury)
    assert events(empty_jury, "Armed") == []
    queue = empty_jury.court.round_queue()
    assert (queue.head, queue.armed) == (dispute, False)


def test_create_dispute__several__wait_by_their_numbers(jury):
    assert [create_dispute(jury) for _ in range(3)] == [1, 2, 3]
    queue = jury.court.round_queue()
    assert (queue.head, queue.tail) == (1, 3)
    assert jury.court.dispute_count() == 3


def test_create_dispute__somebodys_leave_is_over__is_armed_without_them(jury):
    first = create_dispute(jury)
    jury.court.leave(1, sender=jury.court.seat(1).holder)
    jury.draw(first)
    jury.chain.travel(leave_delay(jury))
    second = create_dispute(jury)
    assert not jury.court.round_queue().armed
    assert jury.court.draw() == 0
    assert jury.court.round_queue().armed
    assert jury.court.round_queue().head == second
    assert jury.court.round_queue().candidates == 15


def test_create_dispute__departures_left_over__are_not_taken_out_at_the_cost_of_the_caller(token):
    jury = Jury(token)
    for seat, holder in enumerate(jury.seat(20), 1):
        jury.court.leave(seat, sender=holder)
    go_to(jury, jury.court.seat(20).leaves_at - 1)
    first = create_dispute(jury)
    jury.draw(first)
    # Sixteen of twenty departures are gone.
    assert jury.court.listed_seats() == 4
    create_dispute(jury)
    assert not jury.court.round_queue().armed
    with reverts("queue: too few seats"):
        jury.draw(2)
    assert jury.court.listed_seats() == 0


@pytest.mark.parametrize("choices", [0, 255, 2**256 - 1])
def test_create_dispute__no_or_too_many_choices__is_refused(jury, choices):
    with reverts("court: bad number of choices"):
        create_dispute(jury, choices)


@pytest.mark.parametrize("choices", [1, 254])
def test_create_dispute__fewest_and_most_choices__are_accepted(jury, choices):
    assert jury.court.dispute(create_dispute(jury, choices)).choices == choices


def test_create_dispute__nobody_to_refund__is_refused(jury):
    for account in ("0x" + "00" * 20, jury.court.address):
        with reverts("ledger: bad account"):
            jury.court.create_dispute(2, EVIDENCE, account, sender=ARBITRABLE)


def test_create_dispute__token_returns_false__is_refused(token):
    chain = Jury(token).chain
    false_token = chain.deploy("mocks/FalseToken", 6)
    jury = Jury(false_token)
    false_token.set_refusing(True)
    with reverts("court: transferFrom refused"):
        jury.court.create_dispute(2, EVIDENCE, REFUND_TO, sender=ARBITRABLE)


def test_create_dispute__token_takes_a_fee__is_refused(token):
    fee_token = Jury(token).chain.deploy("mocks/FeeToken", 6)
    jury = Jury(fee_token)
    fee_token.set_fee(1)
    with reverts("court: cost did not arrive"):
        create_dispute(jury)


def test_create_dispute__not_approved__is_refused_and_leaves_nothing(jury):
    with reverts("erc20: insufficient allowance"):
        jury.court.create_dispute(2, EVIDENCE, REFUND_TO, sender=jury.chain.account())
    assert jury.court.dispute_count() == 0
