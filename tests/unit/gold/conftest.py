"""An escrow and a GoldTest that are deployed once."""

import boa
import pytest

from tests.gold import GoldWorld


@pytest.fixture(scope="session")
def deployed_gold(request: pytest.FixtureRequest) -> GoldWorld:
    return GoldWorld(**getattr(request, "param", {}))


@pytest.fixture
def world(deployed_gold: GoldWorld):
    """The deployed protocol, in which nothing has happened yet."""
    with boa.env.anchor():
        yield GoldWorld.copy(deployed_gold)
