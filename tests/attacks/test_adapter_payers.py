"""Who pays an adapter, in whose name, and who gets what comes back."""

from copy import copy
from typing import Any

import boa
import pytest

from goldleaf.signing.relaying import SignedRequest
from goldleaf.types import ZERO_ADDRESS, ChallengeState, Outcome
from tests.adapter import COST, Adapted, give_ether
from tests.chains import deploy_escrow
from tests.protocol import EVIDENCE, reverts
from tests.relayed import Gasless, call, signer
from tests.unit.adapter.helpers import REFUND_TO, WAITING, create_dispute

CHANGE = COST // 4


@pytest.fixture
def gasless() -> Gasless:
    return Gasless()


@pytest.fixture
def protocol(gasless: Gasless) -> Adapted:
    """Escrow and adapter trust the relay; the arbitrator has ether to give back."""
    protocol = Adapted(relay=gasless.relay.address)
    give_ether(protocol.chain, protocol.judge.address, 100 * COST)
    return protocol


@pytest.fixture
def adapter(protocol: Adapted) -> Any:
    return protocol.adapter


@pytest.fixture
def judge(protocol: Adapted) -> Any:
    return protocol.judge


# ---------------------------------------------------------------- through the relay


def test_relayed_defence__names_who_signed_as_the_defender_and_takes_nothing_from_the_relayer(protocol, judge, gasless):
    """The relayer, the relay and the escrow all stand between the defender and the arbitrator."""
    alice = signer("alice, who defends")
    relayer = protocol.payer(5 * COST)
    protocol.accounts += [alice.address, relayer]
    protocol.fund(relayer, 5 * COST)
    task = protocol.open(redundancy=1)
    work = protocol.take(task, annotator=alice.address)
    protocol.publish(work)
    challenge = protocol.challenge(work, [0])
    protocol.provide(alice.address, COST)
    judge.set_change(CHANGE)
    free = protocol.free(alice.address)
    relayers = protocol.free(relayer), protocol.token.balanceOf(relayer)

    request = gasless.signed(alice, protocol.escrow, call("TaskEscrow", "defend", challenge, COST))
    gasless.execute(request, relayer)
    defended = protocol.lens.challenge(challenge)
    assert (defended.state, defended.defender, defended.fee) == (ChallengeState.DEFENDED, alice.address, COST - CHANGE)
    assert protocol.free(alice.address) == free - COST + CHANGE
    dispute = judge.next_id() - 1
    assert protocol.adapter.case(dispute).arbitrable == protocol.escrow.address

    judge.rule(protocol.adapter, dispute, 2)
    protocol.settle(challenge)
    half = (defended.bond - defended.fee) // 2
    assert protocol.free(alice.address) == free + 2 * half
    assert (protocol.free(relayer), protocol.token.balanceOf(relayer)) == relayers
    protocol.assert_conserved()


def test_relayed_appeal__unsigned_by_who_has_approved__spends_nothing(protocol, adapter, gasless):
    """Approvals for the adapter are spent by their owner's call or signature, not by a thief's in their name."""
    thief, victim = signer("thief of fees"), protocol.payer()
    dispute = create_dispute(protocol.arbitrable())
    request = gasless.request(victim, adapter, call("Erc792Adapter", "appeal", dispute, COST))
    with reverts("relay: not signed"):
        gasless.execute(gasless.signed_by_owner(thief, request))
    appended = call("Erc792Adapter", "appeal", dispute, COST) + bytes.fromhex(victim[2:])
    with boa.reverts():
        gasless.act(thief, adapter, appended)
    assert protocol.token.balanceOf(victim) == COST


def test_relayed_ruling__in_the_arbitrators_name__is_not_signed(protocol, adapter, judge, gasless):
    """An arbitrator signs nothing, so nobody can bring its ruling but itself."""
    thief = signer("thief of rulings")
    dispute = create_dispute(protocol.arbitrable())
    ruling = call("Erc792Adapter", "rule", dispute, 1)
    request = gasless.request(judge.address, adapter, ruling)
    with reverts("relay: not signed"):
        gasless.execute(gasless.signed_by_owner(thief, request))
    for data in (ruling, ruling + bytes.fromhex(judge.address[2:])):
        with reverts("adapter: not the arbitrator"):
            gasless.act(thief, adapter, data)
    with reverts("relay: not signed"):
        gasless.execute(SignedRequest(request, b""))
    assert adapter.case(dispute).state == WAITING


def test_relayed_change__of_a_dispute_and_of_an_appeal__goes_to_who_signed(protocol, adapter, judge, gasless):
    """The relay is the caller, but never the payer: what came back to it would be anybody's."""
    alice = signer("alice, who gets change")
    protocol.wrap(alice.address, 2 * COST)
    protocol.token.approve(adapter, 2 * COST, sender=alice.address)
    judge.set_change(CHANGE)
    gasless.act(alice, adapter, call("Erc792Adapter", "create_dispute", 2, EVIDENCE, REFUND_TO))
    assert protocol.token.balanceOf(alice.address) == COST + CHANGE
    gasless.act(alice, adapter, call("Erc792Adapter", "appeal", judge.next_id() - 1, COST))
    assert protocol.token.balanceOf(alice.address) == 2 * CHANGE
    for other in (gasless.relay, adapter, REFUND_TO):
        assert protocol.token.balanceOf(other) == 0


# ---------------------------------------------------------------- odd payers


def test_payer_that_refuses_ether__gets_its_change_as_tokens(protocol, adapter, judge):
    """It cannot make a dispute or an appeal fail for others, nor lose by it."""
    refuser = protocol.arbitrable(2 * COST)
    judge.set_change(CHANGE)
    dispute = create_dispute(refuser)
    protocol.token.approve(adapter, COST, sender=refuser.address)
    adapter.appeal(dispute, COST, sender=refuser.address)
    assert protocol.token.balanceOf(refuser) == 2 * CHANGE
    with boa.reverts():
        judge.send_ether(refuser, 1)


@pytest.mark.parametrize("whom", ["nobody", "adapter", "token", "escrow", "judge", "stranger"])
def test_refund_to__anybody__gets_and_pays_nothing(protocol, adapter, judge, whom):
    """A name that is logged: whoever is named, the caller pays and the caller gets the change."""
    named = {
        "nobody": ZERO_ADDRESS,
        "adapter": adapter.address,
        "token": protocol.token.address,
        "escrow": protocol.escrow.address,
        "judge": judge.address,
        "stranger": protocol.payer(),
    }[whom]
    foreign = protocol.arbitrable()
    judge.set_change(CHANGE)
    held = protocol.token.balanceOf(named)
    dispute = int(foreign.create_dispute(2, EVIDENCE, named))
    assert protocol.token.balanceOf(named) == held
    assert protocol.token.balanceOf(foreign) == CHANGE
    judge.rule(adapter, dispute, 2)
    assert foreign.ruling() == 2
    protocol.assert_conserved()


# ---------------------------------------------------------------- two escrows


def test_two_escrows_before_one_adapter__with_challenges_of_the_same_id__hear_their_own_rulings(protocol, judge):
    """Each escrow counts from one, so its word for the case is the other's as well."""
    other = copy(protocol)
    contracts = deploy_escrow(protocol.chain.deploy, ZERO_ADDRESS)
    other.escrow, other.lens = contracts["TaskEscrow"], contracts["Lens"]
    other.accounts, other.indices, other.disputes = [protocol.requester], {}, {}
    challenges = []
    for world in (protocol, other):
        work = world.delivered(redundancy=1)
        challenges.append(world.challenge(work, [0]))
        world.defend(challenges[-1])
    challenge, same = challenges
    assert challenge == same
    assert protocol.disputes[challenge] != other.disputes[challenge]
    assert protocol.escrow.challenge_of(protocol.adapter, other.disputes[challenge]) == 0

    other.rule(challenge, 2)
    assert protocol.lens.challenge(challenge).state == ChallengeState.DEFENDED
    protocol.rule(challenge, 1)
    for world, outcome in ((protocol, Outcome.WRONG), (other, Outcome.NOT_WRONG)):
        world.settle(challenge)
        assert world.event("Settled").outcome == outcome
        world.assert_conserved()


def test_two_escrows_before_one_adapter__one_defends_while_the_other_is_paying__is_locked_out(protocol, judge):
    """Else the ether of the one could pass for the change of the other."""
    other = copy(protocol)
    contracts = deploy_escrow(protocol.chain.deploy, ZERO_ADDRESS)
    other.escrow, other.lens = contracts["TaskEscrow"], contracts["Lens"]
    other.accounts, other.indices, other.disputes = [protocol.requester, judge.address], {}, {}
    first = protocol.challenge(protocol.delivered(redundancy=1), [0])
    second = other.challenge(other.delivered(redundancy=1), [0])
    other.provide(judge.address, COST)
    protocol.travel(protocol.parameters_of(1).response_period // 2)
    judge.set_change(CHANGE)
    judge.set_call(other.escrow, other.escrow.defend.prepare_calldata(second, COST))
    protocol.defend(first)
    assert judge.called() and not judge.succeeded()
    assert protocol.lens.challenge(first).fee == COST - CHANGE
    assert other.lens.challenge(second).state == ChallengeState.FILED
    for world in (protocol, other):
        world.assert_conserved()
