"""One label: a JSON value, kept off chain, of which a digest goes on chain.

A label is canonical JSON of at most 2,048 bytes; its digest is the keccak-256 of those bytes.
"""

from .._encoding.keccak import keccak256
from ..canonical import Json, to_canonical
from ..errors import LabelTooLarge

MAX_LABEL_BYTES = 2048


def encode_label(value: Json) -> bytes:
    """The canonical JSON of a label.

    Raises `NotCanonical` if `value` has no JSON form, and `LabelTooLarge` if it takes more than 2,048 bytes: store
    it elsewhere and label with a `reference` to it.
    """
    return check_size(to_canonical(value))


def check_size(label: bytes) -> bytes:
    """`label`, which is canonical JSON, if it is small enough. Raises `LabelTooLarge`."""
    if len(label) > MAX_LABEL_BYTES:
        raise LabelTooLarge("label", value=f"{len(label)} bytes", bound=f"at most {MAX_LABEL_BYTES} bytes")
    return label


def reference(data: bytes, uri: str) -> dict[str, Json]:
    """A label that stands for `data` stored at `uri`: its URI, keccak-256 and length in bytes."""
    return {"uri": uri, "keccak256": "0x" + keccak256(data).hex(), "bytes": len(data)}


def digest(label: bytes) -> bytes:
    """The keccak-256 of a label's canonical JSON."""
    return keccak256(label)
