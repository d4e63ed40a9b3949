"""Who acts: the caller, or the account that the relay names at the end of the calldata."""

import pytest
from eth_utils import keccak

from goldleaf.types import ZERO_ADDRESS
from tests.chains import InProcessChain
from tests.protocol import EVIDENCE, SALT, Jury, provide, reverts
from tests.relayed import RELAY, Acts, call_as
from tests.unit.court.helpers import create_dispute, free

# Whoever calls these, the same happens.
FOR_ANYONE = {"ready", "dismiss", "draw", "drop", "reveal_vote", "settle", "execute"}


@pytest.fixture
def gate():
    """Lets in whoever shows nothing, and whoever it is told to."""
    gate = InProcessChain().deploy("mocks/GateMock")
    gate.set_password(0, keccak(b""))
    return gate


@pytest.fixture
def relayed(token, gate):
    """A court with a relay, and six jurors besides those of a test."""
    jury = Jury(token, RELAY, juror_fee=1, gate=gate.address)
    jury.seat(6)
    return jury


def test_actor__relayed__is_the_account_named_in_every_entry_point(relayed, token, gate):
    """Jurors, a payer and an arbitrable that never send a transaction themselves. The relay has nothing to charge."""
    court, price = relayed.court, relayed.court.seat_price()
    act = Acts(court, "Court")
    juror, expelled, payer = (relayed.chain.account() for _ in range(3))
    arbitrable = relayed.chain.deploy("mocks/ArbitrableMock", court.address).address
    for account in (juror, expelled):
        gate.set_allowed(account, 0, True)
        token.mint(account, 2 * price)
        token.approve(court, 2 * price, sender=account)
        act(account, "deposit", token.address, price, account)
        act(account, "deposit_with_permit", token.address, price, account, 0, 0, bytes(32), bytes(32))
    seat, unwanted = (int.from_bytes(act(account, "join", 1, b"card")) for account in (juror, expelled))
    assert (court.seat(seat).holder, free(relayed, juror)) == (juror, price)
    act(juror, "renew", b"new card")
    [event] = [log for log in court.get_logs() if type(log).__name__ == "Renewed"]
    assert (event.holder, event.gate_data) == (juror, b"new card")
    relayed.chain.travel(relayed.parameters.join_delay)
    act(payer, "ready", seat)
    gate.set_allowed(expelled, 0, False)
    act(payer, "dismiss", unwanted, b"card")

    cost = court.arbitration_cost()
    token.mint(arbitrable, 2 * cost)
    token.approve(court, 2 * cost, sender=arbitrable)
    dispute = int.from_bytes(act(arbitrable, "create_dispute", 2, EVIDENCE, payer))
    assert (court.dispute(dispute).arbitrable, token.balanceOf(arbitrable)) == (arbitrable, cost)
    relayed.chain.mine(2)
    assert int.from_bytes(act(payer, "draw")) == dispute
    holders = [court.seat(drawn).holder for drawn in court.round(dispute, 0).seats]
    for holder in holders:
        act(holder, "commit_vote", dispute, relayed.commitment(dispute, holder, 1))
    for holder in holders:
        act(juror, "reveal_vote", dispute, holder, 1, SALT)
    relayed.pass_phase(dispute)
    provide(token, court, payer, court.appeal_cost(dispute))
    act(payer, "appeal", dispute)
    assert (court.round(dispute, 1).payer, free(relayed, payer)) == (payer, 0)
    relayed.vote(dispute, dict.fromkeys(relayed.draw(dispute), 1))
    relayed.pass_phase(dispute)
    act(payer, "execute", dispute)
    act(payer, "settle", dispute)

    waiting = int.from_bytes(act(arbitrable, "create_dispute", 2, EVIDENCE, payer))
    relayed.chain.travel(relayed.parameters.draw_timeout)
    act(payer, "drop", waiting)
    assert free(relayed, payer) == cost

    act(juror, "leave", seat)
    assert court.seat(seat).leaves_at
    had = free(relayed, payer)
    act(juror, "transfer", token.address, price - 1, payer)
    act(juror, "withdraw", token.address, 1, payer)
    assert (free(relayed, payer) - had, token.balanceOf(payer)) == (price - 1, 1)
    assert free(relayed, RELAY) == token.balanceOf(RELAY) == 0
    act.assert_complete(FOR_ANYONE)


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
