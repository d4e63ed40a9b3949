"""An adapter in front of an ERC-792 arbitrator, an escrow and another arbitrable behind it."""

from copy import copy
from typing import Any

import pytest

from tests.adapter import Adapted


@pytest.fixture(scope="session")
def adapted() -> Adapted:
    return Adapted()


@pytest.fixture
def protocol(adapted: Adapted) -> Adapted:
    """The deployed protocol, with notes of its own."""
    protocol = copy(adapted)
    protocol.accounts, protocol.indices, protocol.disputes = list(adapted.accounts), {}, {}
    return protocol


@pytest.fixture
def adapter(protocol: Adapted) -> Any:
    return protocol.adapter


@pytest.fixture
def judge(protocol: Adapted) -> Any:
    return protocol.judge


@pytest.fixture
def arbitrable(protocol: Adapted) -> Any:
    """With wrapped ether for three disputes."""
    return protocol.arbitrable(3 * protocol.judge.cost())
