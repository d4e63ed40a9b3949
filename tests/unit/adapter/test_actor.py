"""Who acts: the caller, or the account that has signed, when the relay calls."""

import pytest

from tests.adapter import COST, Adapted, adapter_of
from tests.protocol import EVIDENCE
from tests.relayed import Gasless, call, signer
from tests.unit.adapter.helpers import named

ABI = "Erc792Adapter"


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


def test_actor__relay_of_another_contract__is_a_caller_like_others(protocol: Adapted) -> None:
    payer = protocol.payer()
    data = protocol.adapter.create_dispute.prepare_calldata(2, EVIDENCE, payer) + bytes(20)
    protocol.adapter.env.raw_call(protocol.adapter.address, sender=payer, data=data)
    assert protocol.adapter.case(protocol.judge.next_id() - 1).arbitrable == payer
