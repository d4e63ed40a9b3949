"""Dropping rounds that found no jurors."""

from tests.protocol import DAY, NOT_HEARD, Phase, reverts
from tests.unit.court.helpers import REFUND_TO, create_dispute, events, free, hold_round


def test_drop__first_round__is_not_heard_and_the_fee_goes_back(empty_jury):
    jury = empty_jury
    dispute = create_dispute(jury)
    jury.chain.travel(2 * DAY)
    jury.court.drop(dispute, sender=jury.chain.account())
    [event] = events(jury, "NotHeard")
    assert (event.dispute, event.refund_to.lower()) == (dispute, REFUND_TO)
    assert event.fee == jury.court.arbitration_cost()
    assert free(jury, REFUND_TO) == 3
    assert jury.court.dispute(dispute).phase == Phase.NOT_HEARD
    assert jury.court.ruling(dispute) == NOT_HEARD
    assert jury.court.is_final(dispute)


def test_drop__appeal__leaves_the_ruling_and_pays_back(empty_jury):
    jury = empty_jury
    jury.seat(3)
    dispute = create_dispute(jury)
    holders = hold_round(jury, dispute, [1, 1, 2])
    payer = jury.appeal(dispute)
    assert free(jury, payer) == 0
    jury.chain.travel(2 * DAY)
    jury.court.drop(dispute)
    [event] = events(jury, "AppealDropped")
    assert (event.dispute, event.payer, event.round) == (dispute, payer, 1)
    assert free(jury, payer) == 7
    found = jury.court.dispute(dispute)
    assert (found.phase, found.round, found.ruling) == (Phase.FINAL, 0, 1)
    assert jury.court.round(dispute, 0).votes == [1, 1, 2]
    assert jury.court.round(dispute, 1).payer == "0x" + "00" * 20
    jury.court.settle(dispute)
    assert [free(jury, holder) for holder in holders] == [4, 3, 0]


def test_drop__a_second_before_the_timeout__is_refused(empty_jury):
    jury = empty_jury
    dispute = create_dispute(jury)
    jury.chain.travel(2 * DAY - 1)
    with reverts("queue: too early to drop"):
        jury.court.drop(dispute)
    jury.chain.travel(1)
    jury.court.drop(dispute)


def test_drop__not_waiting__is_refused(jury):
    dispute = create_dispute(jury)
    jury.draw(dispute)
    jury.chain.travel(2 * DAY)
    for number in (dispute, 0, dispute + 1, 2**256 - 1):
        with reverts("queue: does not wait"):
            jury.court.drop(number)


def test_drop__armed_head__arms_the_next(jury):
    first = create_dispute(jury)
    jury.chain.travel(DAY)
    second = create_dispute(jury)
    jury.chain.travel(DAY)
    jury.court.drop(first)
    queue = jury.court.round_queue()
    assert (queue.head, queue.armed) == (second, True)
    jury.draw(second)


def test_drop__inside_the_line__leaves_the_head_armed(jury):
    first, second, third = create_dispute(jury), create_dispute(jury), create_dispute(jury)
    ticket = jury.court.round_queue().ticket
    jury.chain.travel(2 * DAY)
    jury.court.drop(second)
    queue = jury.court.round_queue()
    assert (queue.head, queue.tail, queue.armed, queue.ticket) == (first, third, True, ticket)
