"""Clients made of the environment."""

import asyncio
from pathlib import Path

import pytest

from goldleaf import AsyncGoldleaf, Deployment, Goldleaf
from tests.chains import anvil
from tests.deployed import Chain

pytestmark = pytest.mark.anvil


def test_from_environment__node_and_deployment__are_those_of_the_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with anvil() as node:
        chain = Chain(node.web3, lambda time: None, lambda: None)
        monkeypatch.setenv("GOLDLEAF_RPC", str(chain.web3.provider.endpoint_uri))  # type: ignore[attr-defined]
        monkeypatch.setenv("GOLDLEAF_DEPLOYMENT", str(tmp_path / "deployment.json"))
        chain.deployment.dump(tmp_path / "deployment.json")

        async def awaited() -> tuple[Deployment, str | None]:
            async with await AsyncGoldleaf.from_environment(chain.deployer) as client:
                return client.deployment, client.account

        with Goldleaf.from_environment(chain.deployer) as client:
            assert (client.deployment, client.account) == (chain.deployment, chain.deployer)
        assert asyncio.run(awaited()) == (chain.deployment, chain.deployer)
