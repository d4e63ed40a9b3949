"""One long play that is told to each database."""

import pytest

from tests.databases import server, url  # noqa: F401
from tests.unit.index.play import RandomPlay


@pytest.fixture(scope="session")
def played() -> RandomPlay:
    played = RandomPlay(seed=1)
    played.play()
    return played
