import re
import socket
from typing import Any

import pytest

from goldleaf import Item, LabelSet, Manifest, digest, to_canonical
from goldleaf.errors import LabelError, LabelOutsideSchema, ManifestError, NotCanonical

MANIFEST = Manifest(
    guidelines="Say whether the mammogram shows a malign finding.",
    label_schema={"type": "boolean"},
    items=[Item.of("ipfs://scan-1", b"pixels"), Item.of("ipfs://scan-2", b"other pixels")],
    licence="CC-BY-4.0",
)


@pytest.mark.parametrize("gold_root", [None, b"\x02" * 32])
def test_from_bytes__what_to_bytes_wrote__is_equal_and_has_the_same_terms(gold_root: bytes | None) -> None:
    manifest = Manifest(MANIFEST.guidelines, MANIFEST.label_schema, MANIFEST.items, MANIFEST.licence, gold_root)
    data = manifest.to_bytes()
    assert Manifest.from_bytes(data, terms=manifest.terms) == manifest
    assert manifest.terms == digest(data)


def test_item_of__content__binds_its_hash() -> None:
    assert MANIFEST.items[0].keccak256 == digest(b"pixels")


def test_from_bytes__other_terms__refused() -> None:
    with pytest.raises(ManifestError, match="the task's is 0x" + "11" * 32):
        Manifest.from_bytes(MANIFEST.to_bytes(), terms=b"\x11" * 32)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b" " + MANIFEST.to_bytes(),
        to_canonical({"format": "goldleaf-manifest-2"}),
        MANIFEST.to_bytes().replace(b'"guidelines"', b'"guideline"'),
        MANIFEST.to_bytes().replace(b'"licence"', b'"licence":"more","licencf"'),
        MANIFEST.to_bytes().replace(b'"keccak256":"0x', b'"keccak256":"0y'),
    ],
)
def test_from_bytes__something_else__refused(data: bytes) -> None:
    with pytest.raises(ManifestError) as caught:
        Manifest.from_bytes(data)
    assert not re.search(r"Error\(|Canonical\(", str(caught.value))  # no class of Python's


def test_manifest__no_items_or_short_hash__refused() -> None:
    with pytest.raises(ManifestError, match="at least one item"):
        Manifest("", {}, [], "CC0")
    with pytest.raises(ManifestError, match="item 0: 3 bytes"):
        Manifest("", {}, [Item("a", b"abc")], "CC0")
    with pytest.raises(ManifestError, match="gold_root: 1 bytes"):
        Manifest("", {}, [Item.of("a", b"")], "CC0", gold_root=b"a")


def test_to_bytes__schema_without_json__refused() -> None:
    with pytest.raises(NotCanonical):
        Manifest("", {"maximum": float("inf")}, [Item.of("a", b"")], "CC0").to_bytes()


SCHEMA = {
    "type": "object",
    "properties": {"diagnosis": {"enum": ["benign", "malignant"]}, "sure": {"$ref": "#/$defs/share"}},
    "required": ["diagnosis"],
    "additionalProperties": False,
    "$defs": {"share": {"type": "number", "minimum": 0, "maximum": 1}},
}


def manifest_of(schema: Any, items: int = 9) -> Manifest:
    return Manifest("Look.", schema, [Item.of(f"ipfs://{number}", b"pixels") for number in range(items)], "CC0-1.0")


def test_check__labels_inside_the_schema__pass() -> None:
    manifest_of(SCHEMA).check(LabelSet([{"diagnosis": "benign"}, {"diagnosis": "malignant", "sure": 0.5}], first=7))
    manifest_of(True).check(LabelSet([1, "x", None]))


@pytest.mark.parametrize(
    ("label", "refusal"),
    [
        ({"diagnosis": "bening"}, "item 6: 'bening' is not one of ['benign', 'malignant'] at $.diagnosis"),
        ({"diagnosis": "benign", "sure": 2}, "item 6: 2 is greater than the maximum of 1 at $.sure"),
        ({}, "item 6: 'diagnosis' is a required property at $"),
        ("benign", "item 6: 'benign' is not of type 'object' at $"),
        ({"diagnosis": "benign", "who": "Ada"}, "item 6: Additional properties are not allowed ('who' was unexpected)"),
    ],
)
def test_check__label_outside_the_schema__names_item_and_value(label: object, refusal: str) -> None:
    good: dict[str, object] = {"diagnosis": "benign"}
    with pytest.raises(LabelOutsideSchema) as caught:
        manifest_of(SCHEMA).check(LabelSet([good, label, good], first=5))
    assert refusal in str(caught.value) and "more" not in caught.value.detail
    with pytest.raises(LabelOutsideSchema, match="2 more labels are outside the schema"):
        manifest_of(SCHEMA).check(LabelSet([label] * 3, first=6))


def test_check__items_that_the_task_has_not__refused() -> None:
    with pytest.raises(LabelError, match="item 9 is not one of the task's 9 items"):
        manifest_of(True).check(LabelSet([1, 2], first=8))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strin"}, "'strin' is not valid"),
        ({"pattern": "("}, "is not a 'regex'"),
        ({"items": {"pattern": "(((a{1000}){1000}){1000}){1000}"}}, "is none of RE2: invalid repetition size"),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "is none of RE2: invalid perl operator"),
        ({"properties": {"a": {"minimum": "0"}}}, "at $.properties.a.minimum"),
        ([], "expected an object"),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#"},
            "$schema is 'http://json-schema.org/draft-07/schema#'",
        ),
        ({"$ref": "#/$defs/missing"}, "which is not in it"),
        ({"items": {"$dynamicRef": "#x"}}, "$dynamicRef is not read"),
        ({"items": {"patternProperties": {"(a+)+b": True}}}, "patternProperties is not read"),
        ({"allOf": [{"unevaluatedProperties": False}]}, "unevaluatedProperties is not read"),
        ({"items": {"$ref": "other.json"}}, "refers to 'other.json'"),
    ],
)
def test_manifest__schema_that_is_none__refused(schema: Any, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest_of(schema)
    assert message in str(caught.value)


def test_manifest__schema_elsewhere__is_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        with pytest.raises(ManifestError, match="nothing is fetched"):
            manifest_of({"properties": {"a": {"$ref": url}}})
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#/allOf/0"}]},
        {"$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"dependentSchemas": {"x": {"$ref": "#/$defs/a"}}}}},
    ],
)
def test_manifest__schema_that_refers_to_itself_without_end__refused(schema: Any) -> None:
    with pytest.raises(ManifestError, match="without end"):
        manifest_of(schema)


def test_check__schema_of_a_tree__passes_and_refuses() -> None:
    tree = {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#"}}}}
    manifest_of(tree).check(LabelSet([{"parts": [{"parts": []}, {}]}]))
    with pytest.raises(LabelOutsideSchema, match=r"3 is not of type 'object' at \$\.parts\[0\]\.parts\[0\]"):
        manifest_of(tree).check(LabelSet([{"parts": [{"parts": [3]}]}]))


def test_manifest__keys_that_look_like_references__are_keys() -> None:
    manifest_of({"properties": {"$ref": {"type": "string"}}, "const": {"$ref": "http://127.0.0.1:9"}})


DOUBLING = {
    "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {"type": "string"}},
    "$ref": "#/$defs/d0",
}


def test_check__schema_that_takes_for_ever__is_given_up() -> None:
    manifest = manifest_of(DOUBLING)
    for _ in range(50):
        with pytest.raises(ManifestError, match="takes too long"):
            manifest.check(LabelSet(["benign"]))


@pytest.mark.parametrize(
    ("slow", "label"),
    [
        ({"uniqueItems": True}, [{"a": number} for number in range(150)]),
        ({"enum": [[0] * 900 + [number] for number in range(1, 120)]}, [0] * 901),
        ({"enum": [*range(10_000)]}, -1),
        ({"items": True}, [0] * 1000),
        ({"anyOf": [{"dependentRequired": {"a": [*map(str, range(10_000))]}}]}, {"a": 1}),
    ],
)
def test_check__keyword_that_looks_at_many_values__counts_for_many(slow: Any, label: Any) -> None:
    doubling = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(14)}
    manifest = manifest_of({"$defs": {**doubling, "d14": {"not": {"allOf": [slow, False]}}}, "$ref": "#/$defs/d0"})
    with pytest.raises(ManifestError, match="takes too long"):
        manifest.check(LabelSet([label]))


@pytest.mark.parametrize("pattern", ["^(a+)+b$", "^(([a-z])+.)+[A-Z]([a-z])+$", "^(.*?,){30}P"])
def test_check__pattern_that_backtracks_for_ever_elsewhere__takes_no_time(pattern: str) -> None:
    with pytest.raises(LabelOutsideSchema, match="1 more labels are outside"):
        manifest_of({"pattern": pattern}).check(LabelSet(["a" * 1900, "1," * 900]))


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        ({"additionalProperties": False, "patternProperties": {"^(a+)+b$": True}}, "patternProperties is not read"),
        ({"pattern": "(?=a)b"}, "is none of RE2"),
        ({"type": "strin"}, "'strin' is not valid"),
        ({"enum": 3}, "3 is not of type 'array'"),
        ({"properties": {"a": {"$ref": "#/missing"}}}, "which is not in it"),
        ({"$ref": "#/elsewhere/there"}, "without end"),
        ("text", "'text' is not of type"),
    ],
)
def test_manifest__reference_to_what_is_no_part_of_a_schema__is_checked_too(hidden: Any, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        manifest_of({"$ref": "#/elsewhere/there", "elsewhere": {"there": hidden}})


def test_check__pattern__is_searched_for() -> None:
    manifest = manifest_of({"pattern": "^[A-Z]{2}[0-9]+$"})
    manifest.check(LabelSet(["AB12"]))
    with pytest.raises(LabelOutsideSchema, match=r"'ab12' does not match '\^\[A-Z\]\{2\}"):
        manifest.check(LabelSet(["AB12", "ab12"]))
