import pytest

from goldleaf import Item, Manifest, digest, to_canonical
from goldleaf.errors import ManifestError, NotCanonical

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
    with pytest.raises(ManifestError):
        Manifest.from_bytes(data)


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
