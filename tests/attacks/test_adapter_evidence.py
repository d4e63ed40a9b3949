"""Evidence before an adapter's arbitrator: anyone may show some, in their own name, for a dispute that exists."""

from typing import Any

import boa
import pytest

from tests.adapter import Adapted, adapter_of
from tests.kleros import artifact
from tests.protocol import reverts
from tests.relayed import Gasless, call, signer
from tests.unit.adapter.helpers import WAITING, create_dispute, named

URI = "ipfs://evidence"


@pytest.fixture
def gasless() -> Gasless:
    return Gasless()


@pytest.fixture
def protocol(gasless: Gasless) -> Adapted:
    return Adapted(relay=gasless.relay.address)


@pytest.fixture
def adapter(protocol: Adapted) -> Any:
    return protocol.adapter


@pytest.fixture
def dispute(protocol: Adapted) -> int:
    return create_dispute(protocol.arbitrable())


def test_evidence_in_floods__stays_under_its_authors_names_and_changes_no_case(protocol, adapter, dispute):
    """Interfaces leave out whom they don't want to hear; each piece costs its author gas, and the case nothing."""
    before = adapter.case(dispute)
    spammer = protocol.chain.account()
    for number in range(20):
        adapter.submit_evidence(dispute, f"ipfs://spam/{number}".ljust(256, "x"), sender=spammer)
        event = named(adapter.get_logs(), "Evidence")
        assert (event.party, event.evidence_group) == (spammer, dispute)
    assert adapter.case(dispute) == before
    protocol.judge.rule(adapter, dispute, 1)


def test_evidence_in_another_s_name__by_an_appended_address__is_the_caller_s(protocol, adapter, dispute):
    """ERC-2771 data counts from the relay alone."""
    forger, victim = protocol.chain.account(), protocol.chain.account()
    data = adapter.submit_evidence.prepare_calldata(dispute, URI) + bytes.fromhex(victim[2:])
    computation = boa.env.execute_code(to_address=adapter.address, sender=forger, data=data)
    assert named(adapter.get_logs(computation), "Evidence").party == forger


def test_evidence_in_another_s_name__through_the_relay__is_not_signed(protocol, adapter, dispute, gasless):
    forger, victim = signer("forger of evidence"), protocol.chain.account()
    data = call("Erc792Adapter", "submit_evidence", dispute, URI)
    with reverts("relay: not signed"):
        gasless.execute(gasless.signed_by_owner(forger, gasless.request(victim, adapter, data)))
    gasless.execute(gasless.signed(forger, adapter, data + bytes.fromhex(victim[2:])))
    event = named([log for log in gasless.relay.get_logs() if log.address == adapter.address], "Evidence")
    assert event.party == forger.address


def test_evidence_for_a_dispute_of_another_adapter__is_refused(protocol, adapter, dispute):
    """Else it would be shown for whatever dispute gets that number here."""
    other = adapter_of(protocol)
    with reverts("adapter: unknown dispute"):
        other.submit_evidence(dispute, URI)
    for unknown in (dispute + 1, 2**256 - 1):
        with reverts("adapter: unknown dispute"):
            adapter.submit_evidence(unknown, URI)
    assert adapter.case(dispute).state == WAITING


def test_evidence_longer_than_its_bound__is_refused(protocol, adapter, dispute):
    """By hand-made calldata: no client would encode it."""
    head = adapter.submit_evidence.prepare_calldata(dispute, "x" * 256)
    longer = head[: 4 + 64] + (257).to_bytes(32) + b"x" * 257 + bytes(31)
    computation = boa.env.execute_code(to_address=adapter.address, sender=protocol.chain.account(), data=longer)
    assert computation.is_error


@pytest.mark.parametrize("name", ["MetaEvidence", "Dispute", "Evidence", "Ruling"])
def test_event_of_erc_1497__is_laid_out_as_kleros_reads_it(adapter, name):
    """A field of another type, or indexed otherwise, and no interface would find the case or its evidence."""

    def layout(abi: Any) -> Any:
        [event] = [entry for entry in abi if entry["type"] == "event" and entry["name"] == name]
        return event["anonymous"], [(field["type"], field["indexed"]) for field in event["inputs"]]

    assert layout(adapter.abi) == layout(artifact("IArbitrable")["abi"])
