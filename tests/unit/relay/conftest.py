"""A relay, and a contract behind it that remembers who acted."""

from typing import Any

import pytest

from tests.relayed import Gasless


@pytest.fixture(scope="session")
def gasless() -> Gasless:
    return Gasless()


@pytest.fixture
def target(gasless: Gasless) -> Any:
    """Its `act(number)` returns `number + 1`; its `withdraw` is that of a ledger."""
    return gasless.chain.deploy("mocks/RelayTarget", gasless.relay)
