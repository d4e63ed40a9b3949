"""What an adapter is deployed with, and what it tells at once."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.adapter import EXTRA_DATA, META_EVIDENCE, adapter_of
from tests.protocol import DAY, reverts
from tests.unit.adapter.helpers import named


def test_init__fields__are_as_given(protocol, judge):
    relay = protocol.chain.account()
    adapter = adapter_of(protocol, relay=relay)
    assert adapter.relay() == relay
    assert adapter.arbitrator() == judge.address
    assert adapter.extra_data() == EXTRA_DATA
    assert adapter.token() == protocol.token.address
    assert adapter.max_duration() == DAY


def test_init__meta_evidence__is_told(protocol):
    event = named(adapter_of(protocol).get_logs(), "MetaEvidence")
    assert (event.meta_evidence, event.evidence) == (0, META_EVIDENCE)


@pytest.mark.parametrize("length", [0, 64, 256])
def test_init__extra_data_of_any_length__is_what_the_arbitrator_gets(protocol, judge, length):
    extra_data = bytes(range(1, 256)).ljust(256, b"\xff")[:length]
    adapter = adapter_of(protocol, extra_data=extra_data)
    payer = protocol.chain.account()
    protocol.wrap(payer, judge.cost())
    protocol.token.approve(adapter, judge.cost(), sender=payer)
    adapter.create_dispute(1, bytes(32), payer, sender=payer)
    assert judge.extra_data() == extra_data


def test_init__no_arbitrator__is_refused(protocol):
    for nobody in (ZERO_ADDRESS, protocol.chain.account()):
        with reverts("adapter: arbitrator has no code"):
            adapter_of(protocol, arbitrator=nobody)


def test_init__no_token__is_refused(protocol):
    for nobody in (ZERO_ADDRESS, protocol.chain.account()):
        with reverts("adapter: token has no code"):
            adapter_of(protocol, token=nobody)


def test_init__no_duration__is_refused(protocol):
    with reverts("adapter: zero duration"):
        adapter_of(protocol, max_duration=0)
    assert adapter_of(protocol, max_duration=1).max_duration() == 1
