"""Deposits with a signature instead of an approval, on a node."""

import pytest
from eth_account import Account

from goldleaf import ZERO_ADDRESS, Deployment, Goldleaf, permits
from tests.chains import anvil, deploy_escrow
from tests.in_process import GAS_LIMIT

# A token as far as signing goes. Each part of it is optional in one token or another.

pytestmark = pytest.mark.anvil


def test_deposit_with_permit__on_a_node__deposits() -> None:
    with anvil() as chain:
        token = chain.deploy("mocks/TokenMock", 6)
        escrow = deploy_escrow(chain.deploy, ZERO_ADDRESS)["TaskEscrow"]
        account = Account.create()
        token.mint(account.address, 100)
        chain._request("anvil_setBalance", account.address, hex(10**18))
        deployment = Deployment(chain.id, 0, {"TaskEscrow": escrow.address, "Token": token.address})
        gl = Goldleaf(chain.web3, deployment, account, gas_limit=GAS_LIMIT)
        typed_data = gl.ledger.permit(100)
        deadline = int(typed_data["message"]["deadline"])
        sent = gl.ledger.deposit_with_permit(100, signature=permits.sign(typed_data, account), deadline=deadline)
        assert sent.result.amount == gl.ledger.free() == 100
        assert token.allowance(account.address, escrow.address) == 0
