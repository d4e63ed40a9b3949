"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.protocol import EVIDENCE, SALT, Jury, provide, reverts
from tests.relayed import RELAY, call_as
from tests.unit.court.helpers import create_dispute, free


@pytest.fixture
def relayed(token):
    """A court with a relay, and six jurors besides those of a test."""
    jury = Jury(token, RELAY, juror_fee=1)
    jury.seat(6)
    return jury


def test_actor__relayed__is_the_account_named_in_every_entry_point(relayed, token):
    """A juror, a payer and an arbitrable that never send a transaction themselves. The relay has nothing to charge."""
    court, price = relayed.court, relayed.court.seat_price()
    juror, payer = relayed.chain.account(), relayed.chain.account()
    token.mint(juror, 2 * price)
    token.approve(court, 2 * price, sender=juror)
    call_as(court, juror, "deposit", token.address, price, juror)
    call_as(court, juror, "deposit_with_permit", token.address, price, juror, 0, 0, bytes(32), bytes(32))
    seat = int.from_bytes(call_as(court, juror, "join", 1, b"card"))
    assert (court.seat(seat).holder, free(relayed, juror)) == (juror, price)
    call_as(court, juror, "renew", b"new card")
    [event] = [log for log in court.get_logs() if type(log).__name__ == "Renewed"]
    assert (event.holder, event.gate_data) == (juror, b"new card")
    relayed.chain.travel(relayed.parameters.join_delay)
    court.ready(seat)

    cost = court.arbitration_cost()
    token.mint(payer, cost)
    token.approve(court, cost, sender=payer)
    dispute = int.from_bytes(call_as(court, payer, "create_dispute", 2, EVIDENCE, payer))
    assert (court.dispute(dispute).arbitrable, token.balanceOf(payer)) == (payer, 0)
    holders = relayed.draw(dispute)
    for holder in holders:
        call_as(court, holder, "commit_vote", dispute, relayed.commitment(dispute, holder, 1))
    for holder in holders:
        call_as(court, juror, "reveal_vote", dispute, holder, 1, SALT)
    relayed.pass_phase(dispute)
    provide(token, court, payer, court.appeal_cost(dispute))
    call_as(court, payer, "appeal", dispute)
    assert (court.round(dispute, 1).payer, free(relayed, payer)) == (payer, 0)

    call_as(court, juror, "leave", seat)
    assert court.seat(seat).leaves_at
    call_as(court, juror, "transfer", token.address, price - 1, payer)
    call_as(court, juror, "withdraw", token.address, 1, payer)
    assert (free(relayed, payer), token.balanceOf(payer)) == (price - 1, 1)
    assert free(relayed, RELAY) == token.balanceOf(RELAY) == 0


def test_actor__relayed_for_a_stranger__has_no_rights(relayed):
    stranger = relayed.chain.account()
    dispute = create_dispute(relayed)
    holders = relayed.draw(dispute)
    for function, arguments, reason in (
        ("leave", (1,), "seats: not the holder"),
        ("renew", (b"card",), "seats: holds none"),
        ("join", (1, b""), "ledger: balance too low"),
        ("commit_vote", (dispute, SALT), "votes: not a juror of this round"),
    ):
        with reverts(reason):
            call_as(relayed.court, stranger, function, *arguments)
    relayed.vote(dispute, dict.fromkeys(holders, 1))
    with reverts("ledger: balance too low"):
        call_as(relayed.court, stranger, "appeal", dispute)


@pytest.mark.parametrize("relay", [RELAY, ZERO_ADDRESS], ids=["relay", "no relay"])
def test_actor__not_the_relay__cannot_speak_for_others(token, relay):
    jury = Jury(token, relay, juror_fee=1)
    [holder] = jury.seat(1)
    thief = jury.chain.account()
    with reverts("seats: not the holder"):
        call_as(jury.court, holder, "leave", 1, sender=thief)
    with reverts("seats: holds none"):
        call_as(jury.court, holder, "renew", b"", sender=thief)
