"""Content identifiers of IPFS."""

import hashlib

import pytest

from goldleaf.stores import _cid

# Of no bytes at all, as a raw block; the first is what every implementation of IPFS gives.
EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
EMPTY_IN_OTHER_BASES = [
    "f01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "k2cwueebp9wws0fnm29jatrrbqocjaivp132efhd99cd5phw2odywbit",
    "zb2rhmy65F3REf8SZp7De11gxtECBGgUKaLdiDj7MCGCHxbDW",
]


def test_of__no_bytes__is_what_everybody_calls_them() -> None:
    assert _cid.of(b"") == EMPTY


@pytest.mark.parametrize("cid", [EMPTY, *EMPTY_IN_OTHER_BASES])
def test_digest__of_a_raw_block_in_any_base__is_its_sha2_256(cid: str) -> None:
    assert _cid.digest(cid) == hashlib.sha256(b"").digest() and _cid.is_block(cid)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "z",
        EMPTY.upper(),
        EMPTY[1:],
        EMPTY[:-2],
        EMPTY + "aa",
        EMPTY.replace("a", "1"),
        EMPTY_IN_OTHER_BASES[0] + "00",
        "m" + EMPTY[1:],
        "z" + "0" * 40,
        "z" + "z" * 100_000,
        # The node of a tree, in both versions.
        "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG",
        # A raw block by another hash.
        "bafkrmihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    ],
    ids=lambda text: text[:20],
)
def test_digest__of_anything_else__none(text: str) -> None:
    assert _cid.digest(text) is None


def test_holding__some_bytes__is_a_block_without_a_hash() -> None:
    cid = _cid.holding(b"here")
    assert cid == "bafkqabdimvzgk" and _cid.is_block(cid) and _cid.digest(cid) is None
