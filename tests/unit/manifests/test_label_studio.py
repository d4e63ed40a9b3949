"""What Label Studio is given, and that what it exports is read as labels of the same items."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from goldleaf import Item, LabelSet, Manifest
from goldleaf.errors import ManifestError
from goldleaf_tools.manifests import Kind, config, extension_of, fields, kind_of, tasks

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"


def asking(schema: Any, guidelines: str = "Good or bad?") -> Manifest:
    return Manifest(guidelines, schema, [Item.of("https://a.example/1", b"1")], "CC0-1.0")


def controls(schema: Any, kind: Kind = Kind.TEXT) -> list[Any]:
    view = ElementTree.fromstring(config(asking(schema), kind))
    return [each for each in view if "toName" in each.attrib]


@pytest.mark.parametrize(
    ("data", "kind", "extension"),
    [
        (b"plain\r\n\ttext", Kind.TEXT, ".txt"),
        ("\ufeffgrün".encode(), Kind.TEXT, ".txt"),
        (b"BM is a text", Kind.TEXT, ".txt"),
        (b"BM\x00\x00", Kind.IMAGE, ".bmp"),
        (PNG, Kind.IMAGE, ".png"),
        (b"\xff\xd8\xff\xe0", Kind.IMAGE, ".jpg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Kind.IMAGE, ".webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Kind.AUDIO, ".wav"),
        (b"ID3\x04", Kind.AUDIO, ".mp3"),
        (b"RIFF\x00\x00\x00\x00AVI ", Kind.OTHER, ".bin"),
        (b"\x1b[2J", Kind.OTHER, ".bin"),
        (b"\xff\xfe\x00", Kind.OTHER, ".bin"),
    ],
)
def test_kind_of__content__is_told_by_its_bytes(data: bytes, kind: Kind, extension: str) -> None:
    assert (kind_of(data), extension_of(data)) == (kind, extension)


def test_tasks__of_one_kind__have_number_and_content() -> None:
    made = list(tasks([(4, Kind.TEXT, "<b>"), (5, Kind.TEXT, "$x")]))
    assert made == [{"data": {"item": 4, "text": "<b>"}}, {"data": {"item": 5, "text": "$x"}}]
    with pytest.raises(ManifestError, match="item 4 is text and item 5 is image"):
        list(tasks([(4, Kind.TEXT, "a"), (5, Kind.IMAGE, "u")]))
    with pytest.raises(ManifestError, match="item 4 is no text, picture or sound"):
        list(tasks([(4, Kind.OTHER, "u")]))


def test_config__classes__are_choices_and_hostile_text_is_text() -> None:
    hostile = '"/><Text value="$x"/> & <b>\x00'
    view = ElementTree.fromstring(config(asking({"enum": ["good", '<"&>']}, hostile), Kind.IMAGE))
    header, picture, choices = view
    assert header.get("value") == "Guidelines: " + hostile.replace("\x00", "\ufffd")
    assert (picture.tag, picture.get("value"), picture.get("name")) == ("Image", "$image", "item")
    assert (choices.tag, choices.get("name"), choices.get("choice")) == ("Choices", "label", "single")
    assert [each.get("value") for each in choices] == ["good", '<"&>'] and choices.get("toName") == "item"


def test_config__object__has_a_control_for_each_value() -> None:
    schema = {
        "type": "object",
        "properties": {
            "finding": {"enum": ["a", "b"]},
            "signs": {"type": "array", "items": {"enum": ["x", "y"]}},
            "size": {"type": "number", "minimum": 0, "maximum": 9.5},
            "count": {"type": "integer"},
            "note": {"type": "string"},
        },
        "required": ["finding"],
    }
    found = [(each.tag, each.get("name"), each.get("required"), each.get("choice")) for each in controls(schema)]
    assert found == [
        ("Choices", "finding", "true", "single"),
        ("Choices", "signs", "false", "multiple"),
        ("Number", "size", "false", None),
        ("Number", "count", "false", None),
        ("TextArea", "note", "false", None),
    ]
    size, count = controls(schema)[2:4]
    assert (size.get("min"), size.get("max"), count.get("step")) == ("0", "9.5", "1")
    assert fields(asking(schema)) == ["finding", "signs[]", "size", "count", "note"]
    assert fields(asking({"enum": ["a", "b"]})) == []
    assert fields(asking({"type": "array", "items": {"enum": ["a"]}})) == ["label[]"]


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "boolean"},
        {"enum": [1, 2]},
        {"type": "array"},
        {"type": "object"},
        {"anyOf": [{"type": "string"}]},
        {"enum": ["$x"]},
        {"enum": ["\x01"]},
        {"type": "object", "properties": {"a": {"type": "object"}}},
    ],
)
def test_config__what_no_control_gives__is_refused(schema: Any) -> None:
    with pytest.raises(ManifestError):
        config(asking(schema), Kind.TEXT)


def test_export_of_label_studio__of_such_tasks__is_read_as_labels() -> None:
    schema = {
        "type": "object",
        "properties": {"finding": {"enum": ["a", "b"]}, "signs": {"type": "array", "items": {"enum": ["x", "y"]}}},
    }
    results = [
        {"from_name": "finding", "to_name": "item", "type": "choices", "value": {"choices": ["b"]}},
        {"from_name": "signs", "to_name": "item", "type": "choices", "value": {"choices": ["x", "y"]}},
    ]
    made = tasks([(4, Kind.TEXT, "one"), (5, Kind.TEXT, "two")])
    export = [
        {"id": 70 + place, **task, "annotations": [{"id": place, "completed_by": 1, "result": results}]}
        for place, task in enumerate(made)
    ]
    labels = LabelSet.from_label_studio(json.dumps(export).encode(), range(4, 6), label=fields(asking(schema)))
    assert [labels.value(item) for item in (4, 5)] == [{"finding": "b", "signs": ["x", "y"]}] * 2
