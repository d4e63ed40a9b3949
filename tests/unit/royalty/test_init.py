"""The constructor, and what the deployment fixes for good."""

import pytest

from goldleaf.types import ZERO_ADDRESS
from tests.chains import deployer
from tests.protocol import reverts
from tests.royalty import Royalties


def test_init__relay_and_escrow__are_told(royalties: Royalties) -> None:
    relay = royalties.account()
    pool = deployer("RoyaltyPool").deploy(relay, royalties.escrow)
    assert (pool.relay(), pool.escrow()) == (relay, royalties.escrow.address)
    assert (royalties.pool.relay(), royalties.pool.escrow()) == (ZERO_ADDRESS, royalties.escrow.address)


@pytest.mark.parametrize("escrow", [ZERO_ADDRESS, "0x000000000000000000000000000000000000bEEF"])
def test_init__escrow_without_code__is_refused(royalties: Royalties, escrow: str) -> None:
    with reverts("royalty: escrow has no code"):
        deployer("RoyaltyPool").deploy(ZERO_ADDRESS, escrow)
