"""Who acts: the caller, or the account that has signed, when the relay calls."""

import pytest

from tests.adapter import COST, Adapted, adapter_of
from tests.protocol import EVIDENCE
from tests.relayed import RELAY, Acts, Gasless, call, signer
from tests.unit.adapter.helpers import named

ABI = "Erc792Adapter"
PATH = f"adapters/{ABI}"


@pytest.fixture
def gasless() -> Gasless:
    return Gasless()


def test_actor__relayed__is_who_signed_in_every_entry_point_that_asks(protocol: Adapted, gasless: Gasless) -> None:
    adapter = adapter_of(protocol, relay=gasless.relay.address)
    alice = signer("alice with wrapped ether")
    protocol.wrap(alice.address, 2 * COST)
    protocol.token.approve(adapter, 2 * COST, sender=alice.address)

    opened = gasless.act(alice, adapter, call(ABI, "create_dispute", 2, EVIDENCE, alice.address))
    dispute = int.from_bytes(opened)
    assert adapter.case(dispute).arbitrable == alice.address

    gasless.act(alice, adapter, call(ABI, "appeal", dispute, COST))
    assert protocol.token.balanceOf(alice.address) == 0

    request = gasless.signed(alice, adapter, call(ABI, "submit_evidence", dispute, "ipfs://evidence"))
    gasless.execute(request)
    event = named([log for log in gasless.relay.get_logs() if log.address == adapter.address], "Evidence")
    assert event.party == alice.address


def test_actor__relayed__is_the_account_named_in_every_entry_point(protocol: Adapted) -> None:
    adapter, judge = adapter_of(protocol, relay=RELAY), protocol.judge
    act = Acts(adapter, PATH)
    payer, anyone = protocol.payer(2 * COST), protocol.chain.account()
    protocol.token.approve(adapter, 2 * COST, sender=payer)
    dispute = int.from_bytes(act(payer, "create_dispute", 2, EVIDENCE, anyone))
    act(payer, "appeal", dispute, COST)
    act(payer, "submit_evidence", dispute, "ipfs://evidence")
    act(judge.address, "rule", dispute, 1)
    refusing = protocol.chain.deploy("mocks/ArbitrableMock", adapter.address)
    refusing.set_manner(1)
    protocol.wrap(anyone, COST)
    protocol.token.transfer(refusing, COST, sender=anyone)
    refused = refusing.create_dispute(2, EVIDENCE, anyone)
    act(judge.address, "rule", refused, 1)
    refusing.set_manner(0)
    act(anyone, "execute", refused)
    assert protocol.token.balanceOf(RELAY) == 0
    act.assert_complete({"execute"})


def test_actor__relay_of_another_contract__is_a_caller_like_others(protocol: Adapted) -> None:
    payer = protocol.payer()
    data = protocol.adapter.create_dispute.prepare_calldata(2, EVIDENCE, payer) + bytes(20)
    protocol.adapter.env.raw_call(protocol.adapter.address, sender=payer, data=data)
    assert protocol.adapter.case(protocol.judge.next_id() - 1).arbitrable == payer
