"""What Label Studio needs to have items labelled: its tasks as JSON, and its labelling configuration as XML.

What it exports is read by `goldleaf.labels.readers`: each task has the item's number in its data.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from goldleaf.canonical import Json
from goldleaf.errors import ManifestError
from goldleaf.labels import Manifest

from .content import Kind

# Object tags, and what their values are called in the data of a task.
_OBJECTS = {Kind.TEXT: "Text", Kind.IMAGE: "Image", Kind.AUDIO: "Audio"}
# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The one control of labels that are no objects.
LABEL = "label"


def tasks(shown: Iterable[tuple[int, Kind, str]]) -> Iterator[dict[str, Any]]:
    """The tasks of items: number, kind, and the text itself or the URL of the picture or sound.

    Raises `ManifestError` unless all are of one kind that Label Studio shows.
    """
    first: tuple[int, Kind] | None = None
    for number, kind, value in shown:
        if kind not in _OBJECTS:
            raise ManifestError(f"item {number} is no text, picture or sound that Label Studio shows")
        first = first or (number, kind)
        if kind is not first[1]:
            raise ManifestError(
                f"item {first[0]} is {first[1].value} and item {number} is {kind.value}: label them apart"
            )
        yield {"data": {"item": number, kind.value: value}}


def config(manifest: Manifest, kind: Kind) -> bytes:
    """The labelling configuration for items of a kind: a control for each value that the label schema asks for.

    Raises `ManifestError` if the schema asks for something that none of Label Studio's controls gives.
    """
    view = ElementTree.Element("View")
    # A text that begins with $ would name a field of the task.
    ElementTree.SubElement(view, "Header", value="Guidelines: " + _NOT_XML.sub("\ufffd", manifest.guidelines), size="5")
    ElementTree.SubElement(view, _OBJECTS[kind], name="item", value=f"${kind.value}")
    for name, part, required in _controls(manifest.label_schema):
        if name != LABEL:
            ElementTree.SubElement(view, "Header", value=f"Value: {_xml(name)}", size="6")
        tag, attributes, classes = _control(name, part)
        given = {"name": _xml(name), "toName": "item", "required": "true" if required else "false", **attributes}
        control = ElementTree.SubElement(view, tag, given)
        for each in classes:
            ElementTree.SubElement(control, "Choice", value=_choice(each))
    ElementTree.indent(view)
    made: bytes = ElementTree.tostring(view, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def fields(manifest: Manifest) -> list[str]:
    """What makes the label, as `goldleaf commit --field` takes it; empty where the default does.

    Raises `ManifestError` as `config` does.
    """
    for name, part, _ in _controls(manifest.label_schema):
        _control(name, part)
    names = [f"{name}[]" if part.get("type") == "array" else name for name, part, _ in _controls(manifest.label_schema)]
    return [] if names == [LABEL] else names


def _controls(schema: Json) -> list[tuple[str, dict[str, Any], bool]]:
    """The controls: name, schema of the value, whether it is needed."""
    if not isinstance(schema, dict):
        raise ManifestError("the label schema allows everything, and Label Studio has no control for that")
    if schema.get("type") != "object":
        return [(LABEL, schema, True)]
    properties, required = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, dict) or not properties:
        raise ManifestError("the label schema names no properties of the object that it asks for")
    return [(name, part if isinstance(part, dict) else {}, name in required) for name, part in properties.items()]


def _control(name: str, part: Mapping[str, Any]) -> tuple[str, dict[str, str], list[str]]:
    listed, kind = part.get("enum"), part.get("type")
    if _are_texts(listed):
        return "Choices", {"choice": "single"}, listed  # type: ignore[return-value]
    inner = part.get("items")
    if kind == "array" and isinstance(inner, dict) and _are_texts(inner.get("enum")):
        return "Choices", {"choice": "multiple"}, inner["enum"]
    if kind in ("integer", "number") and listed is None:
        bounds = {"min": part.get("minimum"), "max": part.get("maximum"), "step": 1 if kind == "integer" else None}
        return "Number", {bound: str(value) for bound, value in bounds.items() if value is not None}, []
    if kind == "string" and listed is None:
        return "TextArea", {"maxSubmissions": "1", "editable": "true"}, []
    raise ManifestError(
        f"Label Studio has no control for {'the label' if name == LABEL else repr(name)}: it gives one text of a list, "
        "several of a list, a number, or a text"
    )


def _are_texts(listed: Any) -> bool:
    return isinstance(listed, list) and bool(listed) and all(isinstance(each, str) for each in listed)


def _choice(text: str) -> str:
    # It would be looked up in the data of the task.
    if text.startswith("$"):
        raise ManifestError(f"Label Studio takes {text!r} for the name of a field: no class may begin with $")
    return _xml(text)


def _xml(text: str) -> str:
    if _NOT_XML.search(text):
        raise ManifestError(f"{text!r} has characters that XML cannot hold")
    return text
