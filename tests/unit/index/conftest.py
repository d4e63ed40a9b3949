"""Long plays that are told to each database."""

import pytest

from tests.databases import server, url  # noqa: F401
from tests.unit.index.gold_play import RandomGoldPlay
from tests.unit.index.play import RandomPlay


@pytest.fixture(scope="session")
def played() -> RandomPlay:
    played = RandomPlay(seed=1)
    played.play()
    return played


@pytest.fixture(scope="session")
def tested() -> RandomGoldPlay:
    played = RandomGoldPlay(seed=3)
    played.play()
    return played
