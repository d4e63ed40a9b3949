"""Label schemas that requesters build: what they allow, how they are told, and what is no schema."""

import pytest

from goldleaf.canonical import Json
from goldleaf_app.refusals import Refused
from goldleaf_app.requesting.schemas import build, classes_of, describe, refusal


@pytest.mark.parametrize(
    ("typed", "inside", "outside", "told"),
    [
        ({"kind": "one", "choices": "cat\n dog \n"}, ["cat", "dog"], ["bird", " dog ", 1], "one of 2 choices"),
        (
            {"kind": "several", "choices": "cat\ndog", "at_least_one": "yes"},
            [["cat"], ["dog", "cat"]],
            [[], ["cat", "cat"], ["bird"], "cat"],
            "any number of 2 choices",
        ),
        (
            {"kind": "number", "lowest": "-1", "highest": "2.5"},
            [-1, 0.5, 2.5],
            [-1.5, 3, "1"],
            "a number from -1 to 2.5",
        ),
        ({"kind": "number", "whole": "yes", "lowest": "", "highest": ""}, [7], [0.5], "a whole number"),
        ({"kind": "text", "longest": "5"}, ["word"], ["", "longer"], "a text of at most 5 characters"),
        ({"kind": "truth"}, [True, False], ["yes", 1], "yes or no"),
        ({"kind": "json", "schema": '{"enum": [1, 0]}'}, [0, 1], [True, 2], "one of 2 choices"),
    ],
)
def test_build__each_way__allows_what_is_told(
    typed: dict[str, str], inside: list[Json], outside: list[Json], told: str
) -> None:
    schema = build(typed)
    assert [label for label in inside if refusal(schema, label)] == []
    assert [label for label in outside if not refusal(schema, label)] == []
    [control] = describe(schema)
    assert control.told == told


def test_describe__object__tells_each_value_and_which_may_be_left_out() -> None:
    schema = {
        "type": "object",
        "properties": {"tone": {"enum": ["good", "bad"]}, "note": {"type": "string"}},
        "required": ["tone"],
    }
    tone, note = describe(schema)
    assert (tone.name, tone.choices, tone.is_needed) == ("tone", ("good", "bad"), True)
    assert (note.name, note.told, note.is_needed) == ("note", "a text", False)


def test_classes_of__choices_and_truth__lists_them_and_nothing_of_the_rest() -> None:
    assert classes_of(build({"kind": "one", "choices": "cat\ndog"})) == ["cat", "dog"]
    assert classes_of(build({"kind": "truth"})) == [True, False]
    assert classes_of(build({"kind": "text"})) is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "kind"),
        ({"kind": "one", "choices": "cat"}, "choices"),
        ({"kind": "one", "choices": "cat\ncat"}, "choices"),
        ({"kind": "one", "choices": "cat\n" + "d" * 3000}, "choices"),
        ({"kind": "several", "choices": "\n".join(f"{number}" * 20 for number in range(100, 140))}, "choices"),
        ({"kind": "number", "lowest": "a"}, "lowest"),
        ({"kind": "number", "lowest": "true"}, "lowest"),
        ({"kind": "number", "lowest": "3", "highest": "2"}, "highest"),
        ({"kind": "text", "longest": "0"}, "longest"),
        ({"kind": "text", "longest": "501"}, "longest"),
        ({"kind": "json", "schema": ""}, "schema"),
        ({"kind": "json", "schema": "[1]"}, "schema"),
        ({"kind": "json", "schema": "[" * 200}, "schema"),
        ({"kind": "json", "schema": '{"type": "string", "pattern": "("}'}, "schema"),
    ],
)
def test_build__what_is_no_schema__is_refused_beside_its_field(typed: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        build(typed)
    assert list(refused.value.fields) == [field]
