"""`goldleaf autopilot` of an account whose own code does several calls as one transaction."""

import json
import re
from pathlib import Path

import pytest

from goldleaf_tools.cli import failures
from tests.chains import anvil
from tests.deployed import DAY
from tests.integration.town import Town

pytestmark = pytest.mark.anvil


def test_autopilot__account_that_can_batch__says_that_duties_went_as_one(tmp_path: Path) -> None:
    with anvil("prague") as chain:
        town = Town(chain, tmp_path)
        for name in ("requester", "alice"):
            town.settle_in(name)
        code = chain.web3.eth.get_code(chain.deploy("mocks/BatchAccount").address)
        chain._request("anvil_setCode", town.addresses["alice"], code.to_0x_hex())
        for command in (["--json"], []):
            task = town.open()
            for slot in range(2):
                town.do("alice", "take", task, "--slot", slot, "--deposit")
            chain.travel(30 * DAY)
            ended = town.spawn("alice", "autopilot", "--once", "--yes", *command, code=failures.REFUSED)  # too late
            told = re.search(r"2 duties done as one in (0x\w+): expire .*; expire ", ended.stderr)
            assert told is not None
            if command:
                done = json.loads(ended.stdout)["result"]["done"]
                assert [each["transaction"] for each in done] == [told[1]] * 2
            else:
                assert "2 done by 1 transaction, 0 failed" in ended.stdout
