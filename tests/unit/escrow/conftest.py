"""An escrow that is deployed once, and a published submission in it."""

from copy import copy

import pytest

from tests.protocol import Protocol, Work
from tests.unit.escrow.helpers import odd_terms


@pytest.fixture(scope="session")
def deployed(request: pytest.FixtureRequest) -> Protocol:
    return Protocol(**getattr(request, "param", {}))


@pytest.fixture(scope="session")
def delivered(deployed: Protocol) -> list[Work]:
    return [deployed.deliver(task, slot)[0] for task in [deployed.open(**odd_terms(deployed))] for slot in (0, 1)]


@pytest.fixture
def protocol(deployed: Protocol) -> Protocol:
    """The deployed protocol, with notes of its own."""
    protocol = copy(deployed)
    protocol.accounts, protocol.indices, protocol.disputes = list(deployed.accounts), {}, {}
    return protocol


@pytest.fixture
def work(delivered: list[Work], protocol: Protocol) -> Work:
    """A submission of ten labels, just published; its sibling is as well. Terms: `odd_terms`."""
    return delivered[0]


@pytest.fixture
def last(delivered: list[Work], protocol: Protocol) -> Work:
    """A submission of the task's last seven labels, just published."""
    return delivered[1]
