"""Forms made of label schemas: what can be put into them comes back as the label that it stands for."""

from typing import Any

import pytest

from goldleaf.labels.schema import Schema
from goldleaf_app.label_forms import MOST_CHOICES, ROOT, Kind, fill, form_of, read

PERSON = {
    "type": "object",
    "properties": {
        "kind": {"const": "person"},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "roles": {"type": "array", "items": {"$ref": "#/$defs/role"}},
        "home": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
    "required": ["name", "kind", "roles"],
    "$defs": {"role": {"oneOf": [{"const": "author", "title": "Author"}, {"const": "editor"}]}},
}


@pytest.mark.parametrize(
    ("schema", "label"),
    [
        ({"enum": ["a", 1, None, False, {"b": [2]}]}, {"b": [2]}),
        ({"enum": ["a", 1, True]}, True),
        ({"enum": [1, True]}, 1),
        ({"type": "boolean"}, False),
        ({"type": "string"}, "two\nlines"),
        ({"type": "string"}, ""),
        ({"type": "integer"}, -3),
        ({"type": "number"}, 0.1),
        ({"anyOf": [{"type": "boolean"}, {"enum": ["unknown"]}, {"type": "null"}]}, "unknown"),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "7"),
        ({"type": "array", "items": {"enum": ["x", "y", "z"]}}, ["x", "z"]),
        ({"type": "array", "items": {"enum": ["x", "y", "z"]}}, []),
        ({"type": "array", "items": {"type": "number"}}, [1, 2.5]),
        (True, {"anything": [None]}),
        (PERSON, {"kind": "person", "name": "N", "roles": ["editor"], "age": 4, "home": {"town": "T"}}),
        (PERSON, {"kind": "person", "name": "N", "roles": []}),
        # A key that the schema does not name, an order that boxes do not have: as JSON.
        (PERSON, {"kind": "person", "name": "N", "roles": [], "other": 1}),
        ({"type": "array", "items": {"enum": ["x", "y"]}}, ["y", "x"]),
    ],
)
def test_fill__of_a_label__is_read_back_as_the_same(schema: Any, label: Any) -> None:
    checked = Schema(schema)
    form, given = fill(form_of(schema), label, checked)
    answer = read(form, given, checked)
    assert answer.is_label and not answer.wrong and not answer.missing
    assert answer.label == label and type(answer.label) is type(label)


def test_form__of_an_object__asks_for_required_keys_first_and_in_their_order() -> None:
    form = form_of(PERSON)
    assert form.kind is Kind.GROUP
    told = [(field.key, field.kind, field.required) for field in form.fields]
    assert told == [
        ("name", Kind.TEXT, True),
        ("kind", Kind.FIXED, True),
        ("roles", Kind.CHOICES, True),
        ("age", Kind.NUMBER, False),
        ("home", Kind.GROUP, False),
    ]
    assert [choice.text for choice in form.fields[2].choices] == ["Author", "editor"]
    assert form.fields[3].bounds == "At least 0, at most 130"


@pytest.mark.parametrize(
    ("given", "wrong", "missing"),
    [
        ({}, {}, {"label-0", "label-2"}),
        ({"label-0": ["  "], "label-2": ["0"]}, {}, {"label-0"}),
        ({"label-0": ["N"], "label-2": ["7"]}, {"label-2": "Choose among what is offered."}, set()),
        ({"label-0": ["N"], "label-2": ["-1"]}, {"label-2": "Choose among what is offered."}, set()),
        ({"label-0": ["N"], "label-2": ["0"], "label-3": ["4.5"]}, {"label-3": "Write a whole number."}, set()),
        (
            {"label-0": ["N"], "label-2": ["0"], "label-3": ["131"]},
            {"label-3": "131 is greater than the maximum of 130."},
            set(),
        ),
        ({"label-0": ["N" * 21], "label-2": ["0"]}, {"label-0": f"'{'N' * 21}' is too long."}, set()),
        ({"label-0": ["N" * 3000], "label-2": ["0"]}, {ROOT: None}, set()),
    ],
)
def test_read__of_what_is_no_label__says_so_beside_the_field(
    given: dict[str, list[str]], wrong: dict[str, str | None], missing: set[str]
) -> None:
    answer = read(form_of(PERSON), given, Schema(PERSON))
    assert not answer.is_label and set(answer.missing) == missing
    assert answer.wrong.keys() == wrong.keys()
    assert all(text is None or answer.wrong[name] == text for name, text in wrong.items())


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": list(range(MOST_CHOICES + 1))},
        {"type": "object", "properties": {f"key {n}": {"type": "string"} for n in range(61)}},
        {"$ref": "#/$defs/loop", "$defs": {"loop": {"type": "array", "items": {"$ref": "#/$defs/loop"}}}},
        {"type": "object"},
        {"not": {"type": "string"}},
    ],
)
def test_form__of_what_cannot_be_asked_field_by_field__takes_json(schema: Any) -> None:
    assert form_of(schema).kind is Kind.JSON


def test_read__of_lines_as_forms_send_them__has_those_of_a_text() -> None:
    schema = {"type": "string"}
    assert read(form_of(schema), {ROOT: ["a\r\nb"]}, Schema(schema)).label == "a\nb"


def test_form__with_objects_in_objects__ends_at_some_depth() -> None:
    schema: Any = {"type": "string"}
    for _ in range(50):
        schema = {"type": "object", "properties": {"inner": schema}}
    assert max(field.name.count("-") for field in form_of(schema).all()) == 3
