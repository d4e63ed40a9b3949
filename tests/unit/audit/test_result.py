"""The result of an audit as JSON."""

import json

import pytest

from goldleaf.types import SubmissionState
from goldleaf_tools.audit.result import (
    Action,
    DemandProposal,
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
DEMAND = DemandProposal(5 << 64, 3, 10**20, 2, 1_700_000_000, Action.LEAVE, "why")


@pytest.mark.parametrize("part", [TABLE, FINDING, PROPOSAL, DEMAND], ids=lambda part: type(part).__name__)
def test_from_json__what_to_json_made__is_the_same(part: LabelTable) -> None:
    assert type(part).from_json(json.loads(json.dumps(part.to_json()))) == part


def test_to_json__ids_and_amounts__are_text() -> None:
    content = PROPOSAL.to_json()
    assert content["submission"] == str(5 << 64) and content["prize"] == str(10**21)


@pytest.mark.parametrize(
    "change", [{"fee": 1}, {"action": "burn"}, {"items": [True]}, {"more": 1}, {"p_wrong": None}], ids=str
)
def test_from_json__something_else__is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ResultError, match="not a Proposal"):
        Proposal.from_json({**PROPOSAL.to_json(), **change})


def test_row__codes__are_names() -> None:
    row = TABLE.row(1)
    assert (row.annotator, row.label, row.consensus, row.gold) == ("0xA", '"\u00e9"'.encode(), None, b'"a"')


def test_label_table__lengths_differ__is_refused() -> None:
    with pytest.raises(ResultError, match="differ in length"):
        LabelTable((b"1",), (1,), ("0xA",), (0,), (0,), (0,), (0,), (0.5,), ())
