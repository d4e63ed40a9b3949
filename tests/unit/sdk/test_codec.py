import dataclasses
import json
import re
from enum import IntEnum
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vyper.compiler.output import build_abi_output

from goldleaf import errors, types
from goldleaf._encoding import codec
from goldleaf.events import EVENTS
from tests.chains import deployer

INTERFACES = Path(__file__).parents[3] / "contracts" / "interfaces"
# Name of the packaged ABI -> source in contracts.
CONTRACTS = {
    "TaskEscrow": "TaskEscrow",
    "GoldTest": "GoldTest",
    "TaskTerms": "TaskTerms",
    "Lens": "Lens",
    "Court": "Court",
    "RoyaltyPool": "RoyaltyPool",
    "Relay": "Relay",
    "CredentialGate": "gates/CredentialGate",
    "TokenGate": "gates/TokenGate",
    "Erc792Adapter": "adapters/Erc792Adapter",
    "DrandRandomness": "randomness/DrandRandomness",
}
STRUCTS = {
    ("Lens", "task"): types.Task,
    ("Lens", "submission"): types.Submission,
    ("Lens", "challenge"): types.Challenge,
    ("GoldTest", "test"): types.TaskTest,
    ("GoldTest", "batch"): types.BatchTest,
    ("GoldTest", "gold_dispute"): types.GoldDispute,
    ("Court", "parameters"): types.CourtParameters,
    ("Court", "seat"): types.Seat,
    ("Court", "dispute"): types.Dispute,
    ("Court", "round"): types.Round,
    ("Court", "round_queue"): types.Queue,
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
        elif member["type"] == "bytes32[]":
            assert hint == tuple[bytes, ...]
        else:
            assert issubclass(hint, PYTHON[member["type"]])


@pytest.mark.parametrize(("name", "path"), CONTRACTS.items())
def test_abi__packaged__is_that_of_the_source(name: str, path: str) -> None:
    packaged = {json.dumps(entry, sort_keys=True) for entry in codec.contract(name).abi}
    compiled = {json.dumps(entry, sort_keys=True) for entry in build_abi_output(deployer(path).compiler_data)}
    assert packaged == compiled, "run `make abi`"


def test_abi__erc20__is_a_part_of_a_tokens() -> None:
    token = {
        (entry["type"], entry.get("name")): entry
        for entry in build_abi_output(deployer("mocks/TokenMock").compiler_data)
    }
    for entry in codec.contract("ERC20").abi:
        real = token[entry["type"], entry["name"]]
        assert [field["type"] for field in real["inputs"]] == [field["type"] for field in entry["inputs"]]
        assert [field["type"] for field in real["outputs"]] == [field["type"] for field in entry["outputs"]]


@pytest.mark.parametrize(("source", "kind"), STRUCTS.items())
def test_types__each_struct__has_the_fields_of_the_contract(source: tuple[str, str], kind: Any) -> None:
    contract, function = source
    (entry,) = [entry for entry in codec.contract(contract).abi if entry.get("name") == function]
    check_fields(kind, entry["outputs"][0]["components"])


def test_events__each__has_the_fields_of_the_contract() -> None:
    entries = [entry for contract in CONTRACTS for entry in codec.contract(contract).abi if entry["type"] == "event"]
    for entry in entries:
        check_fields(EVENTS[entry["name"]], entry["inputs"])
    assert {entry["name"] for entry in entries} == set(EVENTS)


@pytest.mark.parametrize(
    "kind",
    [
        types.SubmissionState,
        types.ChallengeKind,
        types.ChallengeState,
        types.Outcome,
        types.TestPhase,
        types.GoldDisputeState,
        types.Phase,
    ],
)
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
        codec.contract("TaskEscrow").functions["claim"].encode(*arguments)


@pytest.mark.parametrize("data", [b"", b"\x01" * 31])
def test_decode__too_few_bytes__says_what_was_asked(data: bytes) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match=f"task_count answered {len(data)} bytes"):
        codec.contract("TaskEscrow").functions["task_count"].decode(int, data)


@pytest.mark.parametrize(
    ("uri", "told"), [(b"\xffoops", "\ufffdoops"), (b"a\0b", "a\ufffdb"), ("ü".encode(), "ü"), (b"", "")]
)
def test_decode_log__uri_that_is_no_text__stops_nobody_who_reads_events(uri: bytes, told: str) -> None:
    published = codec.contract("TaskEscrow").events["Published"]
    # Bytes and texts are laid out in the same way.
    data = codec.encode(["bytes32", "bytes", "uint256"], [bytes(32), uri, 7])
    event = published.decode([published.topic, bytes(32), bytes(32)], data)
    assert (event.uri, event.window_end) == (told, 7)  # type: ignore[attr-defined]
    assert codec.decode(["bytes32", "string", "uint256"], data) == (bytes(32), told, 7)


VALUES = {
    "uint256": st.integers(0, 2**256 - 1),
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": st.binary(min_size=20, max_size=20).map(lambda value: "0x" + value.hex()),
    "bool": st.booleans(),
    "string": st.text(max_size=70).map(lambda text: text.replace("\0", "")),
}


@given(
    st.lists(st.sampled_from(sorted(VALUES)), max_size=5).flatmap(
        lambda kinds: st.tuples(st.just(kinds), st.tuples(*(VALUES[kind] for kind in kinds)))
    )
)
def test_decode_words__any_values__are_those_that_eth_abi_gives(case: tuple[list[str], tuple[object, ...]]) -> None:
    kinds, values = case
    data = codec.encode(kinds, values)
    assert codec.decode_words(kinds, data) == codec.decode(kinds, data) == values


@given(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3), st.binary(max_size=200))
def test_decode_words__anything_else__is_left_to_eth_abi_or_the_same(kinds: list[str], data: bytes) -> None:
    found = codec.decode_words(kinds, data)
    if found is not None:
        assert found == codec.decode(kinds, data)


@pytest.mark.parametrize(("kind", "word"), [("address", b"\1" * 32), ("bool", bytes(31) + b"\2")])
def test_decode_words__word_that_holds_no_such_value__is_left_to_eth_abi(kind: str, word: bytes) -> None:
    assert codec.decode_words([kind], word) is None
    with pytest.raises(ValueError, match="."):
        codec.decode([kind], word)


def test_decode_words__cut_off__is_left_to_eth_abi() -> None:
    # Which raises, unless ape is in the same process, that has it fill the word up.
    assert codec.decode_words(["uint256"], b"\1") is None
