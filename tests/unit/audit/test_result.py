"""The result of an audit as JSON."""

import json
import re

import pytest

from goldleaf.types import SubmissionState
from goldleaf_tools.audit.result import (
    Action,
    AvailabilityProposal,
    Expectation,
    LabelTable,
    OffSchema,
    Proposal,
    SetFinding,
    Verdict,
)
from goldleaf_tools.errors import ResultError

TABLE = LabelTable(
    classes=(b'"a"', '"\u00e9"'.encode()),
    submissions=(5 << 64,),
    annotators=("0xA",),
    submission=(0, 0),
    item=(0, 1),
    label=(0, 1),
    consensus=(1, None),
    p_wrong=(0.1, 1 / 3),
    gold=(None, 0),
)
FINDING = SetFinding(
    submission=5 << 64,
    slot=0,
    annotator="0xA",
    state=SubmissionState.PUBLISHED,
    errors=0,
    labels=2,
    first_item=0,
    window_end=None,
    uri=None,
    root=bytes(range(32)),
    verdict=Verdict.OFF_SCHEMA,
    detail="",
    off_schema=(OffSchema(1, b"null", "null is not a string"),),
)
PROPOSAL = Proposal(
    submission=5 << 64,
    items=(1, 2),
    p_wrong=(0.9, 0.8),
    expectation=Expectation(1e21, 2.5, 1.5, 0.1, 0, 1, 0.72, 0.7, 0.2),
    prize=10**21,
    bonus=10**20,
    bond=3,
    fee=1,
    action=Action.FILE,
    why="why",
)
UNREAD = AvailabilityProposal(5 << 64, (3, 4), 10**20, 2, 1_700_000_000, Action.LEAVE, "why")


@pytest.mark.parametrize("part", [TABLE, FINDING, PROPOSAL, UNREAD], ids=lambda part: type(part).__name__)
def test_from_json__what_to_json_made__is_the_same(part: LabelTable) -> None:
    assert type(part).from_json(json.loads(json.dumps(part.to_json()))) == part


def test_to_json__state__is_a_plain_number_and_a_state_again() -> None:
    content = FINDING.to_json()
    assert type(content["state"]) is int
    assert type(SetFinding.from_json(content).state) is SubmissionState


def test_to_json__ids_and_amounts__are_text() -> None:
    content = PROPOSAL.to_json()
    assert content["submission"] == str(5 << 64) and content["prize"] == str(10**21)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fee": 1}, "expected str, found 1 @ $.fee"),
        ({"action": "burn"}, "'burn' is not a valid Action @ $.action"),
        ({"items": [True]}, "expected int, found True @ $.items[0]"),
        ({"items": "12"}, "expected list, found '12' @ $.items"),
        ({"expectation": [1]}, "expected an object @ $.expectation"),
        ({"p_wrong": None}, "expected list, found None @ $.p_wrong"),
        ({"more": 1}, "extra fields found (more)"),
    ],
    ids=str,
)
def test_from_json__something_else__is_refused_and_its_place_is_told(change: dict[str, object], told: str) -> None:
    with pytest.raises(ResultError, match=re.escape("not a Proposal: ") + ".*" + re.escape(told)):
        Proposal.from_json({**PROPOSAL.to_json(), **change})


def test_from_json__field_left_out__is_refused() -> None:
    with pytest.raises(ResultError, match="required field missing @ .*why"):
        Proposal.from_json({name: value for name, value in PROPOSAL.to_json().items() if name != "why"})


def test_from_json__columns_of_different_length__are_refused() -> None:
    with pytest.raises(ResultError, match="differ in length"):
        LabelTable.from_json({**TABLE.to_json(), "gold": []})


def test_row__codes__are_names() -> None:
    row = TABLE.row(1)
    assert (row.annotator, row.label, row.consensus, row.gold) == ("0xA", '"\u00e9"'.encode(), None, b'"a"')


def test_label_table__lengths_differ__is_refused() -> None:
    with pytest.raises(ResultError, match="differ in length"):
        LabelTable((b"1",), (1,), ("0xA",), (0,), (0,), (0,), (0,), (0.5,), ())
