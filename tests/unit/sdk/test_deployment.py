import json
from pathlib import Path

import pytest

from goldleaf import Deployment
from goldleaf.errors import DeploymentError

ESCROW = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"


def test_load__what_dump_wrote__is_equal(tmp_path: Path) -> None:
    deployment = Deployment(10, 7, {"TaskEscrow": ESCROW}, {"Kleros": OTHER}, {"oncologists": OTHER})
    deployment.dump(tmp_path / "deployment.json")
    assert Deployment.load(tmp_path / "deployment.json") == deployment


def test_deployment__lower_case_addresses__are_checksummed() -> None:
    assert Deployment(1, 0, {"Court": ESCROW.lower()}).address("Court") == ESCROW


def test_lists__court_and_named_arbitrators__only() -> None:
    deployment = Deployment(1, 0, {"Court": ESCROW, "Token": OTHER})
    assert deployment.lists(ESCROW)
    assert not deployment.lists(OTHER)
    assert Deployment(1, 0, {}, {"Kleros": OTHER}).lists(OTHER)


def test_address__unknown_name__says_which_there_are() -> None:
    with pytest.raises(DeploymentError, match="no Court among TaskEscrow"):
        Deployment(1, 0, {"TaskEscrow": ESCROW}).address("Court")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[" * 101 + "]" * 101,
        "[" * 200_000,
        '{"chain_id": 1, "chain_id": 2, "block": 0, "contracts": {}}',
        "[]",
        "{}",
        json.dumps({"chain_id": "one", "block": 0, "contracts": {}}),
        json.dumps({"chain_id": 1, "block": 0, "contracts": {"Court": "0x12"}}),
        json.dumps({"chain_id": 1, "block": 0, "contracts": {"Court": 5}}),
        json.dumps({"chain_id": 1, "block": 0, "contracts": {"Court": ESCROW.replace("aA", "Aa")}}),
    ],
)
def test_load__malformed_file__names_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(content)
    with pytest.raises(DeploymentError) as caught:
        Deployment.load(path)
    assert "Error(" not in str(caught.value)  # no class of Python's


def test_load__missing_file__names_it(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="nowhere.json: No such file or directory."):
        Deployment.load(tmp_path / "nowhere.json")
