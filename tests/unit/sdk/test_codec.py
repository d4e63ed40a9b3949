import dataclasses
import json
import re
from enum import IntEnum
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from vyper.compiler.output import build_abi_output

from goldleaf import _codec, errors, types
from goldleaf.events import EVENTS
from tests.chains import deployer

INTERFACES = Path(__file__).parents[3] / "contracts" / "interfaces"
# Name of the packaged ABI -> source in contracts.
CONTRACTS = {
    "TaskEscrow": "TaskEscrow",
    "Court": "Court",
    "RoyaltyPool": "RoyaltyPool",
    "Relay": "Relay",
    "CredentialGate": "gates/CredentialGate",
    "TokenGate": "gates/TokenGate",
    "Erc792Adapter": "adapters/Erc792Adapter",
}
STRUCTS = {
    ("TaskEscrow", "task"): types.Task,
    ("TaskEscrow", "submission"): types.Submission,
    ("TaskEscrow", "fight"): types.Fight,
    ("Court", "parameters"): types.CourtParameters,
    ("Court", "seat"): types.Seat,
    ("Court", "dispute"): types.Dispute,
    ("Court", "round"): types.Round,
    ("Court", "line_of_rounds"): types.Line,
}
PYTHON = {"address": str, "bool": bool, "bytes32": bytes, "bytes": bytes, "string": str, "uint256": int}


def check_fields(kind: Any, members: list[dict[str, Any]]) -> None:
    hints = get_type_hints(kind)
    assert [field.name for field in dataclasses.fields(kind)] == [member["name"] for member in members]
    for member in members:
        hint = hints[member["name"]]
        if member["type"] == "tuple":
            check_fields(hint, member["components"])
        elif member["type"] == "uint256[]":
            assert hint == tuple[int, ...]
        else:
            assert issubclass(hint, PYTHON[member["type"]])


@pytest.mark.parametrize(("name", "path"), CONTRACTS.items())
def test_abi__packaged__is_that_of_the_source(name: str, path: str) -> None:
    packaged = {json.dumps(entry, sort_keys=True) for entry in _codec.contract(name).abi}
    compiled = {json.dumps(entry, sort_keys=True) for entry in build_abi_output(deployer(path).compiler_data)}
    assert packaged == compiled, "run `make abi`"


def test_abi__erc20__is_a_part_of_a_tokens() -> None:
    token = {
        (entry["type"], entry.get("name")): entry
        for entry in build_abi_output(deployer("mocks/TokenMock").compiler_data)
    }
    for entry in _codec.contract("ERC20").abi:
        real = token[entry["type"], entry["name"]]
        assert [field["type"] for field in real["inputs"]] == [field["type"] for field in entry["inputs"]]
        assert [field["type"] for field in real["outputs"]] == [field["type"] for field in entry["outputs"]]


@pytest.mark.parametrize(("source", "kind"), STRUCTS.items())
def test_types__each_struct__has_the_fields_of_the_contract(source: tuple[str, str], kind: Any) -> None:
    contract, function = source
    (entry,) = [entry for entry in _codec.contract(contract).abi if entry.get("name") == function]
    check_fields(kind, entry["outputs"][0]["components"])


def test_events__each__has_the_fields_of_the_contract() -> None:
    entries = [entry for contract in CONTRACTS for entry in _codec.contract(contract).abi if entry["type"] == "event"]
    for entry in entries:
        check_fields(EVENTS[entry["name"]], entry["inputs"])
    assert {entry["name"] for entry in entries} == set(EVENTS)


@pytest.mark.parametrize("kind", [types.SubmissionState, types.FightState, types.Outcome, types.Phase])
def test_types__each_flag__has_the_members_of_the_contract(kind: type[IntEnum]) -> None:
    sources = "".join(path.read_text() for path in INTERFACES.glob("*.vyi"))
    block = re.search(rf"^flag {kind.__name__}:\n((?:    .*\n)+)", sources, re.MULTILINE)
    assert block is not None
    names = re.findall(r"^    ([A-Z_]+)", block[1], re.MULTILINE)
    assert {member.name: member.value for member in kind if member.value} == {
        name: 1 << position for position, name in enumerate(names)
    }


@pytest.mark.parametrize("arguments", [(), (-1,), (2**256,), ("1",), (1, 2)])
def test_encode__argument_of_another_type__refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(errors.ArgumentError, match=r"claim\(uint256\)"):
        _codec.contract("TaskEscrow").functions["claim"].encode(*arguments)


@pytest.mark.parametrize("data", [b"", b"\x01" * 31])
def test_decode__too_few_bytes__says_what_was_asked(data: bytes) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match=f"task_count answered {len(data)} bytes"):
        _codec.contract("TaskEscrow").functions["task_count"].decode(int, data)
