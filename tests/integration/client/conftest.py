"""A node with the protocol on it, and one that meddles with what is asked of it."""

from collections.abc import Iterator

import pytest

from goldleaf import Goldleaf
from tests.chains import anvil
from tests.deployed import Chain
from tests.in_process import deployed, world  # noqa: F401
from tests.meddling import Meddler
from tests.proxy import served


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with anvil() as node:
        chain = Chain(node.web3, lambda time: node.travel(time - node.now), lambda: node.mine(1))
        url = str(chain.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        chain.connect = lambda account: Goldleaf(url, chain.deployment, account)
        yield chain


@pytest.fixture
def meddler(chain: Chain) -> Iterator[Meddler]:
    with served(Meddler(str(chain.web3.provider.endpoint_uri))) as meddler:  # type: ignore[attr-defined]
        yield meddler
