"""Evidence for the arbitrator's jurors, by anyone."""

from tests.protocol import reverts
from tests.unit.adapter.helpers import create_dispute, named

URI = "ipfs://evidence"


def test_submit_evidence__anyone__is_told_as_erc_1497_has_it(protocol, adapter, judge, arbitrable):
    party, dispute = protocol.chain.account(), create_dispute(arbitrable)
    adapter.submit_evidence(dispute, URI, sender=party)
    event = named(adapter.get_logs(), "Evidence")
    assert (event.arbitrator, event.evidence_group) == (judge.address, dispute)
    assert (event.party, event.evidence) == (party, URI)


def test_submit_evidence__ruled_already__can_still_be_told_for_the_record(protocol, adapter, judge, arbitrable):
    dispute = create_dispute(arbitrable)
    judge.rule(adapter, dispute, 1)
    adapter.submit_evidence(dispute, URI)
    assert named(adapter.get_logs(), "Evidence").evidence_group == dispute


def test_submit_evidence__unknown_dispute__is_refused(adapter, arbitrable):
    dispute = create_dispute(arbitrable)
    with reverts("adapter: unknown dispute"):
        adapter.submit_evidence(dispute + 1, URI)
