"""What wallets and block explorers show of each function: its notice, in the ABI's companion `userdoc`."""

from typing import Any

import pytest
from vyper.compiler.output import build_userdoc

from tests.chains import CONTRACTS, abi_of, deployer

NOT_DEPLOYED = {"interfaces", "mocks", "modules"}
DEPLOYABLES = sorted(
    str(path)
    for path in (found.relative_to(CONTRACTS).with_suffix("") for found in CONTRACTS.rglob("*.vy"))
    if path.parts[0] not in NOT_DEPLOYED
)
# Exported from a library whose functions have no notice of ours.
EXCUSED = {"eip712Domain()"}


def signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(type_of(argument) for argument in entry['inputs'])})"


def type_of(argument: dict[str, Any]) -> str:
    if not argument["type"].startswith("tuple"):
        return str(argument["type"])
    return f"({','.join(type_of(part) for part in argument['components'])}){argument['type'].removeprefix('tuple')}"


def test_deployables__are_found() -> None:
    assert {"TaskEscrow", "TaskTerms", "Lens", "Court", "RoyaltyPool", "Relay"} < set(DEPLOYABLES)


@pytest.mark.parametrize("path", DEPLOYABLES)
def test_userdoc__of_every_deployable__has_a_notice_for_every_function(path: str) -> None:
    functions = {signature(entry) for entry in abi_of(path) if entry["type"] == "function"}
    methods = build_userdoc(deployer(path).compiler_data)["methods"]
    assert functions - EXCUSED
    assert functions - EXCUSED - {name for name, text in methods.items() if text.get("notice", "").strip()} == set()
    assert methods.keys() <= functions, "a notice of no function"
