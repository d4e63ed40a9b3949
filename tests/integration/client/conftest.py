"""A node with the protocol on it, and one that meddles with what is asked of it."""

from collections.abc import Iterator

import pytest

from goldleaf import Goldleaf
from tests.chains import anvil, node
from tests.deployed import Chain
from tests.in_process import deployed, world  # noqa: F401
from tests.meddling import Meddler
from tests.proxy import served
from tests.sending import GWEI, Scene


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


@pytest.fixture(scope="module")
def escrow_node() -> Iterator[Scene]:
    with node() as url:
        yield Scene(url)


@pytest.fixture
def scene(escrow_node: Scene) -> Iterator[Scene]:
    """An escrow on a node that mines at once, whose pool is empty."""
    yield escrow_node
    escrow_node.request("anvil_dropAllTransactions")
    escrow_node.request("evm_setAutomine", True)
    escrow_node.request("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    escrow_node.mine()
