"""What an item is known by in a list."""

from pathlib import Path

import pytest

from goldleaf import Item
from goldleaf.stores import Reader, Store
from goldleaf_tools.manifests import file_name, glance, look_at

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_glance__of_a_text__is_its_beginning_on_one_line() -> None:
    assert glance(b"  Shares of ACME\n\tfell. ", "ipfs://x/1.txt") == "Shares of ACME fell."
    long = glance(("word " * 50).encode(), "x")
    assert len(long) == 60 and long.endswith("…")


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/left%20breast.png", "left breast.png"),
        ("https://host/scans/12.png?token=abc#top", "12.png"),
        ("file:///home/me/12.png", "12.png"),
        ("ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", ""),
        ("https://host/scans/12", ""),
        ("https://host/" + "a" * 59 + ".png", ""),
        ("https://[broken", ""),
        ("https://host/\x1b[31m.png", ""),
    ],
)
def test_glance__of_a_picture__is_the_name_of_its_file_if_people_gave_it_one(uri: str, name: str) -> None:
    assert file_name(uri) == name
    assert glance(PNG, uri) == (name or "image, 108 bytes")


def test_look_at__what_is_not_there_or_another_file__says_so(tmp_path: Path) -> None:
    store = Store(tmp_path)
    item = Item.of(store.put(b"good news"), b"good news")
    assert look_at(Reader(store), item) == "good news"
    missing = Item.of(store.uri(b"never put"), b"never put")
    other = Item(item.uri, missing.keccak256)
    for one in (missing, other):
        assert look_at(Reader(store), one).startswith("cannot be read: ")
